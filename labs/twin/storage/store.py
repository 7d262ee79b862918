"""The storage of one router: configuration, files, archive, undo."""

from collections.abc import Callable
from dataclasses import dataclass, field

from labs.twin.commands import LOCKED, TABLES
from labs.twin.commands.edit import Editor
from labs.twin.commands.reader import read_config
from labs.twin.image import LICENSED_LEVELS, ImageProfile
from labs.twin.storage.archive import NONE_PENDING, NOT_ENABLED, TURN_ON, Archive, Rollback
from labs.twin.storage.calendar import UTC, Calendar
from labs.twin.storage.files import FileSystem
from labs.twin.storage.replace import Replacement, replace_with
from labs.twin.storage.running import body, interface_text
from labs.twin.storage.unsaid import with_defaults
from labs.twin.storage.volumes import NVRAM, RUNNING, STARTUP, is_remote
from labs.twin.tree import Block

ALWAYS_THERE = ("boot-start-marker", "boot-end-marker", "line con 0", "line vty 0 4")


class StorageError(Exception):
    """A file or configuration that cannot be had; its text is what IOS prints."""


@dataclass(slots=True)
class Storage:
    """What one router keeps."""

    image: ImageProfile
    tree: Block
    """The running configuration."""
    files: FileSystem
    startup: str | None = None
    licensed: bool = True
    """The licence level that was booted has crypto commands."""
    booted_level: tuple[str, str] = ("", "")
    """The licence level that was booted, and its add-on."""
    unknown: tuple[str, ...] = ()
    """Lines of the booted configuration that were kept verbatim."""
    archive: Archive = field(default_factory=Archive)
    commands: list[tuple[str, str]] = field(default_factory=list)
    """The last lines typed in configuration mode, by whom, where `log config` keeps them."""
    commands_kept: int = 0
    """How many there ever were."""
    archive_at: float | None = None
    """When the configuration is archived by itself (`time-period`)."""
    rollback: Rollback | None = None
    changed_at: float | None = None
    changed_by: str = ""
    saved_at: float | None = None
    saved_by: str = ""
    edits: int = 0
    """Lines done since boot; varies salts."""
    saved_edits: int = 0
    """How many of them were saved."""
    clock_shift_s: float = 0.0
    """How far `clock set` moved the clock."""
    clock_set: bool = False

    @classmethod
    def boot(cls, image: ImageProfile, text: str, *, salt: str = "") -> "Storage":
        """Read a startup configuration."""
        reading = read_config(text, image, salt=salt)
        adopt(reading.root, image)
        made = cls(
            image=image,
            tree=reading.root,
            files=FileSystem(image.filesystem),
            licensed=licensed(reading.root, image),
            booted_level=level_of(reading.root),
            unknown=tuple(reading.unknown),
        )
        if text.strip():
            # NVRAM holds what `write memory` wrote: a listing, not what somebody typed.
            made.startup = made.running_text()
        return made

    @property
    def modified(self) -> bool:
        """Tell whether there are changes that were not saved."""
        return self.edits > self.saved_edits

    @property
    def hostname(self) -> str:
        """Give the configured host name."""
        args = self.tree.args("hostname")
        return "Router" if args is None else str(args["name"])

    @property
    def calendar(self) -> Calendar:
        """Give the clock in the configured time zone."""
        args = self.tree.args("clock timezone") or {}
        hours, minutes = args.get("hours", 0), args.get("minutes", 0)
        return Calendar(
            shift_s=self.clock_shift_s,
            is_set=self.clock_set,
            zone=str(args.get("zone", UTC)),
            offset_s=60.0 * (hours * 60 + (-minutes if hours < 0 else minutes)),
        )

    @property
    def prompts_quiet(self) -> bool:
        """Tell whether `file prompt quiet` is set."""
        args = self.tree.args("file prompt")
        return args is not None and args.get("level") == "quiet"

    def editor(self) -> Editor:
        """Give a cursor in the running configuration."""
        salt = f"{self.hostname}:{self.edits}"
        return Editor(self.tree, self.image, salt=salt, licensed=self.licensed)

    def touched(self, now: float, user: str) -> None:
        """Note that the running configuration was changed."""
        self.changed_at, self.changed_by = now, user
        self.edits += 1

    # Texts

    def running_text(self) -> str:
        """Give the running configuration as it is shown and saved."""
        return body(self.tree, self._comment())

    def _comment(self) -> str:
        if self.changed_at is None:
            return ""
        by = f" by {self.changed_by}" if self.changed_by else ""
        text = f"! Last configuration change at {self.calendar.text(self.changed_at)}{by}"
        if self.saved_at is not None:
            by = f" by {self.saved_by}" if self.saved_by else ""
            text += f"\n! NVRAM config last updated at {self.calendar.text(self.saved_at)}{by}"
        return text

    def show_running(self, *, everything: bool = False, interface: str | None = None) -> str:
        """Print `show running-config [all | interface X]`."""
        tree = with_defaults(self.tree, self.image) if everything else self.tree
        if interface is None:
            text = body(tree, self._comment())
            return f"Building configuration...\n\n{_size(text)}{text}\n"
        part = interface_text(tree, interface)
        if part is None:
            raise StorageError("")
        # The blank line behind is counted here (capture p1-rip-hq: 204 bytes).
        return f"Building configuration...\n\n{_size(part, 1)}{part}\n"

    def show_startup(self) -> str:
        """Print `show startup-config`."""
        if self.startup is None:
            return "startup-config is not present\n"
        return f"Using {len(self.startup.encode())} out of {NVRAM} bytes\n{self.startup}\n"

    def read(self, url: str) -> bytes:
        """Read a file or a configuration by URL.

        Raises:
            StorageError: There is none.
        """
        if url in RUNNING:
            return self.running_text().encode()
        if url in STARTUP and self.startup is not None:
            return self.startup.encode()
        if url.lower().startswith("null:"):
            return b""
        if is_remote(url):
            raise StorageError(f"%Error opening {url} (Timed out)\n")
        name = self.files.name_of(url)
        content = None if name is None else self.files.content(name)
        if content is None:
            raise StorageError(f"%Error opening {url} (No such file or directory)\n")
        return content

    def write(self, url: str, content: bytes, now: float, *, append: bool = False) -> None:
        """Write a file, or the startup configuration.

        Raises:
            StorageError: The place does not exist or is full.
        """
        if url in STARTUP:
            self.startup = content.decode("utf-8", "replace")
            return
        if url.lower().startswith("null:"):
            return
        if is_remote(url):
            raise StorageError(f"%Error opening {url} (Timed out)\n")
        name = self.files.name_of(url)
        if not name:
            raise StorageError(f"%Error opening {url} (Invalid file name)\n")
        before = (self.files.content(name) or b"") if append else b""
        try:
            self.files.write(name, before + content, now)
        except OSError as error:
            raise StorageError(f"%Error writing {url} ({error})\n") from error

    def save(self, now: float, user: str) -> None:
        """Save the running configuration as startup."""
        self.saved_at, self.saved_by, self.saved_edits = now, user, self.edits
        self.startup = self.running_text()
        block = self.tree.get("archive")
        if block is not None and "write-memory" in block.children and self.archive_path:
            self.snapshot(now)

    # Archive

    @property
    def archive_path(self) -> str | None:
        """Give the configured path of the archive."""
        block = self.tree.get("archive")
        args = None if block is None else block.args("path")
        return None if args is None else str(args["url"])

    @property
    def archive_maximum(self) -> int:
        """Give the configured number of archive files."""
        block = self.tree.get("archive")
        args = None if block is None else block.args("maximum")
        return 10 if args is None else int(args["count"])

    def _command_log(self) -> set[str]:
        block = self.tree.get("archive")
        log = None if block is None else block.get("log config")
        return set() if log is None else set(log.children)

    @property
    def keeps_commands(self) -> bool:
        """Tell whether lines typed in configuration mode are kept (`logging enable`)."""
        return "logging enable" in self._command_log()

    @property
    def tells_commands(self) -> bool:
        """Tell whether they go to the syslog too (`notify syslog`)."""
        return "notify syslog" in self._command_log()

    def plan_archive(self, now: float) -> bool:
        """Plan the next archiving by `time-period`; tell whether the plan changed."""
        block = self.tree.get("archive")
        args = None if block is None else block.args("time-period")
        planned = self.archive_at
        if args is None:
            self.archive_at = None
        elif planned is None:
            self.archive_at = now + args["minutes"] * 60.0
        return self.archive_at != planned

    def snapshot(self, now: float) -> str:
        """Archive the running configuration (`archive config`); give the file's name.

        Raises:
            StorageError: The archive has no path, or the file cannot be written.
        """
        path = self.archive_path
        if path is None:
            raise StorageError(TURN_ON)
        name = self.archive.next_name(path, self.hostname, now)
        self.write(name, self.running_text().encode(), now)
        for dropped in self.archive.added(name, self.archive_maximum):
            self.files.delete(self.files.name_of(dropped) or "")
        return name

    def show_archive(self) -> str:
        """Print `show archive`."""
        path = self.archive_path
        if path is None:
            return NOT_ENABLED
        return self.archive.listing(path, self.hostname, self.archive_maximum)

    # A change that must be confirmed

    def arm(self, user: str, minutes: int, now: float, *, idle: bool) -> str:
        """Back up and start the timer (`configure terminal revert`); give the backup's name."""
        if self.archive_path is None:
            raise StorageError(TURN_ON)
        if self.rollback is not None:
            # No capture shows the wording.
            raise StorageError("%Rollback Confirmed Change is already pending\n")
        name = self.snapshot(now)
        self.rollback = Rollback(
            file=name,
            user=user,
            minutes=minutes,
            idle=idle,
            armed_at=now,
            deadline=now + minutes * 60.0,
        )
        return name

    def pending(self, user: str) -> Rollback:
        """Give the armed undo to the user who armed it.

        Raises:
            StorageError: None is armed, or somebody else armed it.
        """
        if self.rollback is None:
            raise StorageError(NONE_PENDING)
        if self.rollback.user != user:
            # RELIABILITY section A: only the user who armed it may; the wording is not captured.
            raise StorageError(
                f"%Rollback Confirmed Change was scheduled by user {self.rollback.user}\n"
            )
        return self.rollback

    def rollback_status(self) -> str:
        """Print `show archive config rollback timer`."""
        return NONE_PENDING if self.rollback is None else self.rollback.status(self.calendar)

    def next_timer(self) -> float | None:
        """Tell when the warning or the rollback is due, None when nothing is armed."""
        return None if self.rollback is None else self.rollback.next_at()

    def replace(
        self,
        text: str,
        changed: Callable[[], None],
        *,
        stop_on_error: bool = False,
        restoring: bool = False,
    ) -> Replacement:
        """Make the running configuration that of a text."""
        target = read_config(text, self.image, salt=self.hostname).root
        return replace_with(
            self.editor(), target, changed, stop_on_error=stop_on_error, restoring=restoring
        )


def level_of(root: Block) -> tuple[str, str]:
    """Give the configured licence level and its add-on."""
    args = root.args("license boot level") or {}
    return str(args.get("level", "")), str(args.get("addon", ""))


def licensed(root: Block, image: ImageProfile) -> bool:
    """Tell whether a router that boots a configuration has crypto commands.

    It has them by a licence level, or because it has used them: then its level was set before.
    """
    if not image.crypto_locked:
        return True
    return level_of(root)[0] in LICENSED_LEVELS or any(
        block.line.name in LOCKED for block in root.walk()
    )


def adopt(root: Block, image: ImageProfile) -> None:
    """Add what every running configuration of an image has."""
    if "version" not in root.children:
        root.put(TABLES.read("global", f"version {image.version}").line)
    vty = any(block.line.name == "line vty" for block in root.children.values())
    for text in ALWAYS_THERE:
        line = TABLES.read("global", text).line
        if line.key not in root.children and not (vty and line.name == "line vty"):
            root.put(line)


def _size(text: str, more: int = 0) -> str:
    return f"Current configuration : {len(text.encode()) + more} bytes\n"
