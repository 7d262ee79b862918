"""EIGRP as a sans-I/O machine: one an autonomous system (RFC 7868)."""

from labs.twin.routing.eigrp.machine import EigrpMachine
from labs.twin.routing.eigrp.values import (
    INFINITY,
    Advert,
    EigrpCounters,
    EigrpMessage,
    EigrpNeighbor,
    EigrpPath,
    EigrpTopologyEntry,
    Opcode,
    Vector,
)

__all__ = [
    "INFINITY",
    "Advert",
    "EigrpCounters",
    "EigrpMachine",
    "EigrpMessage",
    "EigrpNeighbor",
    "EigrpPath",
    "EigrpTopologyEntry",
    "Opcode",
    "Vector",
]
