"""The typed values that the parsers return, one class a kind of row.

Fields carry the words of the command; units stand in the name (`_s` seconds, `_ms` milliseconds,
`_kib` KiB); what the output leaves out or prints as `never` is None. What a heading says
(interface, type, VRF, AS) is repeated on each of its rows. One module a subject, as in `commands`.
How text becomes these values is in `convert`.
"""

from parsers.records.base import Address, Network, Plain, Record, plain
from parsers.records.crypto import CryptoSession, IkeSa, Ikev2Sa, IpsecFlow
from parsers.records.overlay import (
    Attribute,
    DmvpnPeer,
    DmvpnTunnelDown,
    NhrpEntry,
    NhrpPendingRegistration,
    NhrpRequester,
    NhrpServer,
)
from parsers.records.probe import Ping, Probe, TracerouteHop
from parsers.records.routing import BgpNeighbor, CefPath, EigrpNeighbor, Route, RoutePath
from parsers.records.system import (
    Archive,
    ArchiveFile,
    Clock,
    InterfaceBrief,
    RollbackTimer,
    UserLine,
    Version,
)

__all__ = [
    "Address",
    "Archive",
    "ArchiveFile",
    "Attribute",
    "BgpNeighbor",
    "CefPath",
    "Clock",
    "CryptoSession",
    "DmvpnPeer",
    "DmvpnTunnelDown",
    "EigrpNeighbor",
    "IkeSa",
    "Ikev2Sa",
    "InterfaceBrief",
    "IpsecFlow",
    "Network",
    "NhrpEntry",
    "NhrpPendingRegistration",
    "NhrpRequester",
    "NhrpServer",
    "Ping",
    "Plain",
    "Probe",
    "Record",
    "RollbackTimer",
    "Route",
    "RoutePath",
    "TracerouteHop",
    "UserLine",
    "Version",
    "plain",
]
