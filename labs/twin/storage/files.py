"""The local file system of a router: files and folders under one name per image."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""Calendar time of virtual time 0.0, when the network boots."""
CAPACITY = 64 * 1024 * 1024
"""Bytes of the file system; what `dir` prints at its foot."""
NO_FILE = "No such file or directory"


def wall_clock(now: float) -> datetime:
    """Give the calendar time that the routers show."""
    return EPOCH + timedelta(seconds=now)


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
    """The files of one router; a path has no slash in front."""

    prefix: str
    """Its own name: flash:, bootflash: or unix:."""
    files: dict[str, StoredFile] = field(default_factory=dict)
    folders: dict[str, float] = field(default_factory=dict)
    """Folders and when they were made."""

    def aliases(self) -> tuple[str, ...]:
        """List the names it answers to; IOL has no flash: (reference/LAB.md)."""
        if self.prefix == "unix:":
            return ("unix:",)
        return tuple(dict.fromkeys((self.prefix, "flash:", "flash0:", "bootflash:")))

    def name_of(self, url: str) -> str | None:
        """Give the path in a URL, None when it is not on this file system."""
        low = url.lower()
        alias = next((alias for alias in self.aliases() if low.startswith(alias)), "")
        if not alias and ":" in url:
            return None
        return resolved(url[len(alias) :])

    def write(self, name: str, content: bytes | str, now: float) -> None:
        """Write a file.

        Raises:
            OSError: There is no room, or no such folder.
        """
        data = content.encode() if isinstance(content, str) else content
        if not self.is_folder(parent_of(name)) or name in self.folders:
            raise OSError(NO_FILE)
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

    def is_folder(self, name: str) -> bool:
        """Tell whether a path is a folder; the root is one."""
        return not name or name in self.folders

    def below(self, folder: str) -> list[str]:
        """List what is in a folder, at any depth."""
        start = f"{folder}/" if folder else ""
        return [name for name in (*self.files, *self.folders) if name.startswith(start)]

    def make_folder(self, name: str, now: float) -> None:
        """Make a folder.

        Raises:
            OSError: There is one, or nowhere to put it.
        """
        if self.is_folder(name) or name in self.files:
            raise OSError("File exists")
        if not self.is_folder(parent_of(name)):
            raise OSError(NO_FILE)
        self.folders[name] = now

    def remove_tree(self, name: str) -> None:
        """Remove a file, or a folder with all in it."""
        for path in (name, *self.below(name)):
            self.files.pop(path, None)
            self.folders.pop(path, None)

    def used(self) -> int:
        """Count the bytes in use."""
        return sum(len(file.content) for file in self.files.values())

    def md5(self, name: str) -> str | None:
        """Give the MD5 of a file."""
        content = self.content(name)
        return None if content is None else hashlib.md5(content, usedforsecurity=False).hexdigest()

    def directory(self, url: str = "", *, recursive: bool = False) -> str:
        """Print `dir`: of a folder, or of one file when its name is given."""
        name = self.name_of(url) if url else ""
        shown = next((a for a in self.aliases() if url.lower().startswith(a)), self.prefix)
        if name is None:
            return f"%Error opening {url} (Invalid device name)\n"
        if name not in self.files and not self.is_folder(name):
            return f"%Error opening {shown}/{name} ({NO_FILE})\n"
        folders = [name, *(f for f in self.below(name) if f in self.folders)]
        listed = "\n".join(self._folder(shown, f) for f in (folders if recursive else [name]))
        return f"{listed}\n{CAPACITY} bytes total ({CAPACITY - self.used()} bytes free)\n"

    def _folder(self, shown: str, name: str) -> str:
        names = [name]
        if name not in self.files:
            names = [n for n in self.below(name) if parent_of(n) == name]
        rows = "".join(self._row(i, n) for i, n in enumerate(names, 1)) or "No files in directory\n"
        return f"Directory of {shown}/{name}\n\n{rows}"

    def _row(self, number: int, name: str) -> str:
        file = self.files.get(name)
        moment = wall_clock(self.folders[name] if file is None else file.written)
        date = f"{moment:%b} {moment.day:2d} {moment:%Y %H:%M:%S} +00:00"
        kind, size = ("drwx", 4096) if file is None else ("-rw-", len(file.content))
        return f"{number:5d}  {kind}  {size:12d}  {date}  {name.rpartition('/')[2]}\n"

    def table(self) -> str:
        """Print `show flash:`."""
        rows = ["-#- --length-- -----date/time------ path\n"]
        for number, name in enumerate(sorted(self.files), 1):
            file = self.files[name]
            moment = wall_clock(file.written)
            date = f"{moment:%b} {moment.day:2d} {moment:%Y %H:%M:%S}"
            rows.append(f"{number:<3d} {len(file.content):10d} {date} +00:00 {name}\n")
        rows.append(f"\n{CAPACITY - self.used()} bytes available ({self.used()} bytes used)\n")
        return "".join(rows)


def resolved(path: str) -> str:
    """Write a path without slashes around it, `.` and `..`."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def parent_of(name: str) -> str:
    """Give the folder of a path."""
    return name.rpartition("/")[0]
