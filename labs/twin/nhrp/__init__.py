"""NHRP as a sans-I/O machine: one a tunnel interface (RFC 2332 and its Cisco extensions)."""

from labs.twin.nhrp.entries import (
    EntryType,
    NhrpCounters,
    NhrpEntry,
    NhrpStats,
    NhsState,
    NhsStatus,
    Requester,
)
from labs.twin.nhrp.machine import NhrpMachine

__all__ = [
    "EntryType",
    "NhrpCounters",
    "NhrpEntry",
    "NhrpMachine",
    "NhrpStats",
    "NhsState",
    "NhsStatus",
    "Requester",
]
