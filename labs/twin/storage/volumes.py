"""The file systems of a router beside its flash: nvram:, system:, null:, and those of servers.

The lines of `show file systems` and the listings of nvram: and system: are those of the vendor's
command reference; no capture shows them.
"""

from typing import Protocol

from labs.twin.image import FLASH
from labs.twin.storage.files import CAPACITY, FileSystem

NVRAM = 524288
"""Bytes of NVRAM, as `show startup-config` counts them on IOSv."""
RUNNING = ("running-config", "system:running-config", "system:/running-config")
STARTUP = ("startup-config", "nvram:startup-config", "nvram:/startup-config")
SERVERS = ("tftp:", "ftp:", "scp:", "http:", "https:", "rcp:", "sftp:")
"""File systems on other machines: none of them answers a twin."""
NO_DATE = f"{'<no date>':>27}"


class Shelves(Protocol):
    """What a router keeps, as these listings see it."""

    files: FileSystem
    startup: str | None

    def running_text(self) -> str:
        """Give the running configuration."""


def is_remote(url: str) -> bool:
    """Tell whether a URL names a server."""
    return url.lower().startswith(SERVERS)


def volumes(shelves: Shelves) -> tuple[str, ...]:
    """List the file systems that have folders."""
    return (*shelves.files.aliases(), "nvram:", "system:")


def directory(shelves: Shelves, url: str, *, recursive: bool = False) -> str:
    """Print `dir`."""
    low = url.lower()
    if low.startswith("nvram:"):
        text = shelves.startup
        kept = {} if text is None else {"startup-config": len(text.encode())}
        free = NVRAM - sum(kept.values())
        return _plain("nvram:", low, kept, f"{NVRAM} bytes total ({free} bytes free)\n")
    if low.startswith("system:"):
        size = len(shelves.running_text().encode())
        return _plain("system:", low, {"running-config": size}, "No space information available\n")
    return shelves.files.directory(url, recursive=recursive)


def _plain(volume: str, url: str, kept: dict[str, int], foot: str) -> str:
    name = url.removeprefix(volume).strip("/")
    if name and name not in kept:
        return f"%Error opening {volume}/{name} (No such file or directory)\n"
    rows = "".join(
        f"{number:5d}  -rw-  {size:12d}  {NO_DATE}  {known}\n"
        for number, (known, size) in enumerate(kept.items(), 1)
        if name in ("", known)
    )
    return f"Directory of {volume}/{name}\n\n{rows or 'No files in directory' + chr(10)}\n{foot}"


def everything(shelves: Shelves) -> str:
    """Print `dir all-filesystems`."""
    names = (shelves.files.prefix, "nvram:", "system:")
    return "\n".join(directory(shelves, name) for name in names)


def file_systems(shelves: Shelves, here: str) -> str:
    """Print `show file systems`; a star marks the one that bare names stand for."""
    files = shelves.files
    free = NVRAM - len((shelves.startup or "").encode())
    own = "flash0: flash:#" if files.prefix == FLASH else files.prefix
    rows = [
        ("", "", "opaque", "rw", "system:"),
        ("", "", "opaque", "rw", "null:"),
        (f"{CAPACITY}", f"{CAPACITY - files.used()}", "disk", "rw", own),
        (f"{NVRAM}", f"{free}", "nvram", "rw", "nvram:"),
        *(("", "", "network", "rw", name) for name in ("tftp:", "rcp:", "ftp:", "http:")),
        *(("", "", "network", "rw", name) for name in ("scp:", "https:")),
    ]
    text = "File Systems:\n\n       Size(b)       Free(b)      Type  Flags  Prefixes\n"
    for size, left, kind, flags, prefixes in rows:
        mark = "*" if here in prefixes.replace("#", "").split() else " "
        text += f"{mark}{size or '-':>13}{left or '-':>14}{kind:>10}{flags:>7}   {prefixes}\n"
    return text + "\n"
