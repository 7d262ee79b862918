"""Facts about one device: what it is, and what it offers for a safe change."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nornir.core.task import Result, Task

from tasks.connect import session_of
from tasks.session import IosSession

NAPALM_COMMANDS = ("show version", "show hosts", "show ip interface brief")
"""What napalm's get_facts reads; asked in one write and handed to it."""
ARCHIVE = "show archive"
FILE_SYSTEMS = "show file systems"

_REMOTE = ("tftp", "ftp", "scp", "sftp", "rcp", "http", "https")
# `*   2142715904    1994403840      disk     rw   flash0: flash:#`
_FS_ROW = re.compile(
    r"^(?P<mark>\*?)\s+(?P<size>\d+|-)\s+(?P<free>\d+|-)\s+(?P<type>\S+)\s+(?P<flags>rw|ro|wo)"
    r"\s+(?P<prefixes>.+)$"
)
_DIR_TOTAL = re.compile(r"(?P<size>\d+) bytes total \((?P<free>\d+) bytes free\)")
_NEXT_FILE = re.compile(r"The next archive file will be named (?P<name>\S+)")
_MAXIMUM = re.compile(r"maximum archive configurations allowed is (?P<maximum>\d+)")
_SAVED = re.compile(r"There are currently (?P<saved>\d+) archive configurations saved")
_RELEASE = re.compile(r"\bVersion (?P<release>[^\s,]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSystem:
    """One local file system."""

    prefix: str
    """As IOS writes it, colon included: flash:, bootflash:, unix:."""
    size_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """What `show archive` says."""

    enabled: bool
    path: str = ""
    """Prefix of the archive files, empty where it is not known."""
    maximum: int = 0
    saved: int = 0

    @property
    def filesystem(self) -> str:
        """File system of the archive, e.g. flash:."""
        return self.path.partition(":")[0] + ":" if ":" in self.path else ""

    @property
    def local(self) -> bool:
        """Tell whether the archive can be read when every path to the device is cut."""
        return self.enabled and self.filesystem.rstrip(":").lower() not in ("", *_REMOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Identity of a device and its means of undoing a change."""

    hostname: str
    vendor: str
    model: str
    os_version: str
    """Release as in `show version`, e.g. 17.3.4a or 15.9(3)M."""
    serial_number: str
    uptime_s: float
    interfaces: tuple[str, ...]
    filesystem: FileSystem | None
    archive: ArchiveSettings


def read_archive(text: str) -> ArchiveSettings:
    """Read `show archive`."""
    named = _NEXT_FILE.search(text)
    if named is None:
        return ArchiveSettings(enabled=False)
    maximum, saved = _MAXIMUM.search(text), _SAVED.search(text)
    return ArchiveSettings(
        enabled=True,
        # The name ends in `-<timestamp>-N`, or in `-N` on images that stamp nothing.
        path=re.sub(r"(?:-<timestamp>)?-\d+$", "", named["name"]),
        maximum=int(maximum["maximum"]) if maximum else 0,
        saved=int(saved["saved"]) if saved else 0,
    )


def read_filesystems(text: str) -> tuple[FileSystem, ...]:
    """Read the writable file systems of `show file systems`, the default one first.

    A size that the device does not give is 0; `read_space` completes it.
    """
    found: list[FileSystem] = []
    for line in text.splitlines():
        row = _FS_ROW.match(line)
        if row is None or row["flags"] != "rw":
            continue
        names = [name.rstrip("#") for name in row["prefixes"].split()]
        default = bool(row["mark"])
        if not default and row["type"] in ("opaque", "network", "nvram"):
            continue
        # `flash0: flash:#` is one place; the short name is the one that `dir` shows.
        systems = [
            FileSystem(
                prefix=name, size_bytes=_number(row["size"]), free_bytes=_number(row["free"])
            )
            for name in reversed(names)
        ]
        found[:0] = systems if default else []
        found.extend([] if default else systems)
    return tuple(found)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def read_space(prefix: str, text: str) -> FileSystem | None:
    """Read the last line of `dir`."""
    total = _DIR_TOTAL.search(text)
    if total is None:
        return None
    return FileSystem(prefix=prefix, size_bytes=int(total["size"]), free_bytes=int(total["free"]))


def find_filesystem(session: IosSession, text: str, archive: ArchiveSettings) -> FileSystem | None:
    """Choose the file system to work on: that of a local archive, else the device's default."""
    wanted = archive.filesystem if archive.local else ""
    listed = read_filesystems(text)
    named = [system for system in listed if system.prefix == wanted] if wanted else list(listed)
    if not named and not wanted:
        return None
    chosen = named[0] if named else FileSystem(prefix=wanted, size_bytes=0, free_bytes=0)
    if chosen.size_bytes:
        return chosen
    return read_space(chosen.prefix, session.show([f"dir {chosen.prefix}"])[f"dir {chosen.prefix}"])


class _Answered:
    """What napalm's driver takes for its device: answers that are there already."""

    def __init__(self, said: Mapping[str, str], session: IosSession) -> None:
        self._said = said
        self._session = session

    def send_command(self, command: str) -> str:
        """Give the answer to one command."""
        return self._said[command] if command in self._said else self._session.send(command)


def napalm_facts(session: IosSession, said: Mapping[str, str]) -> dict[str, object]:
    """Let napalm's IOS driver make its facts of answers from our session."""
    # Imports the drivers of all vendors, which takes longer than a session.
    from napalm.ios import IOSDriver

    driver = IOSDriver(session.host, session.username, "")
    driver.device = _Answered(said, session)
    found: dict[str, object] = driver.get_facts()
    return found


def facts(task: Task) -> Result:
    """Read identity, file system and archive settings; the result is a Facts."""
    session = session_of(task)
    said = session.show([*NAPALM_COMMANDS, ARCHIVE, FILE_SYSTEMS])
    found = napalm_facts(session, said)
    release = _RELEASE.search(str(found["os_version"]))
    archive = read_archive(said[ARCHIVE])
    interfaces = found["interface_list"]
    return Result(
        host=task.host,
        result=Facts(
            hostname=str(found["hostname"]),
            vendor=str(found["vendor"]),
            model=str(found["model"]),
            os_version=release["release"] if release else str(found["os_version"]),
            serial_number=str(found["serial_number"]),
            uptime_s=float(str(found["uptime"])),
            interfaces=tuple(interfaces) if isinstance(interfaces, list) else (),
            filesystem=find_filesystem(session, said[FILE_SYSTEMS], archive),
            archive=archive,
        ),
    )
