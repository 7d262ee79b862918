"""Host keys: which file says what about a device, and what happens with an unknown key.

OpenSSH's known_hosts format, hashed names included. Keys are never accepted silently.
"""

import logging
from pathlib import Path
from threading import Lock

import paramiko
from paramiko.hostkeys import HostKeyEntry, HostKeys

from tasks.errors import HostKeyChanged, HostKeyUnknown

log = logging.getLogger(__name__)
_writing = Lock()


def fingerprint(key: paramiko.PKey) -> str:
    """Format a key as OpenSSH does, e.g. `ssh-rsa SHA256:...`."""
    return f"{key.get_name()} {key.fingerprint}"


def entry_name(hostname: str, port: int) -> str:
    """Give the name of a device in known_hosts, with the port when it is not 22."""
    return hostname if port == 22 else f"[{hostname}]:{port}"


def find_line(file: Path, name: str) -> int:
    """Find the line of known_hosts that speaks about a device; 0 when there is none."""
    if not file.is_file():
        return 0
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        entry = _entry(text)
        if entry is None:
            continue
        if any(_matches(known, name) for known in entry.hostnames or []):
            return number
    return 0


def _entry(text: str) -> HostKeyEntry | None:
    if not text.strip() or text.lstrip().startswith(("#", "@")):
        return None
    try:
        return HostKeyEntry.from_line(text)
    except (paramiko.SSHException, ValueError):
        return None


def _matches(known: str, name: str) -> bool:
    if known.startswith("|1|"):
        return HostKeys.hash_host(name, known) == known
    return known == name


def changed(host: str, file: Path, name: str, shown: paramiko.PKey) -> HostKeyChanged:
    """Make the error for a device that shows another key than the known one."""
    line = find_line(file, name)
    return HostKeyChanged(
        host,
        f"host key of {name} changed: {file}:{line} holds another key, "
        f"the device shows {fingerprint(shown)}",
        "if the router was replaced or its key made anew, compare with `show ip ssh` on its "
        f"console, then `ssh-keygen -R '{name}' -f {file}`; "
        "if not, somebody stands between",
        file=str(file),
        line=line,
    )


def unknown(host: str, file: Path, name: str, shown: paramiko.PKey) -> HostKeyUnknown:
    """Make the error for a device whose key nobody has checked yet."""
    return HostKeyUnknown(
        host,
        f"host key of {name} is not in {file}: the device shows {fingerprint(shown)}",
        "compare with the key that `show ip ssh` prints on its console and add it to the file, "
        "or set `host_keys: accept-new` in its connection options",
        file=str(file),
    )


class StrictPolicy(paramiko.MissingHostKeyPolicy):
    """Refuse a device that known_hosts does not know."""

    def __init__(self, host: str, file: Path) -> None:
        """Remember whom and where to name in the error."""
        self.host = host
        self.file = file

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Refuse."""
        raise unknown(self.host, self.file, hostname, key)


class AcceptNewPolicy(StrictPolicy):
    """Write the key of a device that known_hosts does not know; a changed key is still refused."""

    def missing_host_key(
        self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
    ) -> None:
        """Add one line to known_hosts."""
        line = f"{hostname} {key.get_name()} {key.get_base64()}\n"
        with _writing:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self.file.open("a", encoding="utf-8") as known:
                known.write(line)
        log.warning("host key accepted", extra={"device": self.host, "key": fingerprint(key)})
