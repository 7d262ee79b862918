"""The local file system of a router: a flat folder under one name per image."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Calendar time of virtual time 0.0, when the network boots."""
CAPACITY = 64 * 1024 * 1024
"""Bytes of the file system; what `dir` prints at its foot."""


def wall_clock(now: float) -> datetime:
    """Give the calendar time that the routers show."""
    return EPOCH + timedelta(seconds=now)


def date_text(now: float) -> str:
    """Print a moment as IOS does in `show clock` and comments, without fractions."""
    moment = wall_clock(now)
    return f"{moment:%H:%M:%S} UTC {moment:%a %b} {moment.day} {moment.year}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file and when it was written (virtual time)."""

    content: bytes
    written: float

    @property
    def text(self) -> str:
        """Give the content as text."""
        return self.content.decode("utf-8", "replace")


@dataclass(slots=True)
class FileSystem:
    """The files of one router."""

    prefix: str
    """Its own name: flash:, bootflash: or unix:."""
    files: dict[str, StoredFile] = field(default_factory=dict)

    def aliases(self) -> tuple[str, ...]:
        """List the names it answers to; IOL has no flash: (reference/LAB.md)."""
        if self.prefix == "unix:":
            return ("unix:",)
        return tuple(dict.fromkeys((self.prefix, "flash:", "flash0:", "bootflash:")))

    def name_of(self, url: str) -> str | None:
        """Give the bare name in a URL, None when it is not on this file system."""
        low = url.lower()
        for alias in self.aliases():
            if low.startswith(alias):
                return url[len(alias) :].lstrip("/")
        return None if ":" in url else url.lstrip("/")

    def write(self, name: str, content: bytes | str, now: float) -> None:
        """Write a file.

        Raises:
            OSError: There is no room.
        """
        data = content.encode() if isinstance(content, str) else content
        if self.used() - len(self.content(name) or b"") + len(data) > CAPACITY:
            raise OSError("No space left on device")
        self.files[name] = StoredFile(data, now)

    def content(self, name: str) -> bytes | None:
        """Give the content of a file, None if there is none."""
        file = self.files.get(name)
        return None if file is None else file.content

    def delete(self, name: str) -> bool:
        """Delete a file; False if there is none."""
        return self.files.pop(name, None) is not None

    def used(self) -> int:
        """Count the bytes in use."""
        return sum(len(file.content) for file in self.files.values())

    def md5(self, name: str) -> str | None:
        """Give the MD5 of a file."""
        content = self.content(name)
        return None if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()

    def directory(self, url: str = "") -> str:
        """Print `dir`, of one file when its name is given."""
        name = self.name_of(url) if url else ""
        shown = next((a for a in self.aliases() if url.lower().startswith(a)), self.prefix)
        if name is None:
            return f"%Error opening {url} (Invalid device name)\n"
        if name and name not in self.files:
            return f"%Error opening {shown}/{name} (No such file or directory)\n"
        names = [name] if name else list(self.files)
        head = f"Directory of {shown}/{name}\n\n"
        rows = "".join(self._row(i, n) for i, n in enumerate(names, 1)) or "No files in directory\n"
        return f"{head}{rows}\n{CAPACITY} bytes total ({CAPACITY - self.used()} bytes free)\n"

    def _row(self, number: int, name: str) -> str:
        file = self.files[name]
        moment = wall_clock(file.written)
        date = f"{moment:%b} {moment.day:2d} {moment:%Y %H:%M:%S} +00:00"
        return f"{number:5d}  -rw-  {len(file.content):12d}  {date}  {name}\n"
