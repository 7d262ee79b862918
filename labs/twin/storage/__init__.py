"""What a router keeps: its running and startup configuration, its files, its archive, its undo.

`Storage` holds plain values and no reference to the network: whoever changes the configuration
through it tells the network (`labs.twin.cli`). Times are virtual and always arguments.
"""

from labs.twin.storage.archive import Archive, Rollback
from labs.twin.storage.files import FileSystem, StoredFile, wall_clock
from labs.twin.storage.store import Storage, StorageError

__all__ = [
    "Archive",
    "FileSystem",
    "Rollback",
    "Storage",
    "StorageError",
    "StoredFile",
    "wall_clock",
]
