"""What a sans-I/O protocol machine asks its router to do.

A machine (NHRP, EIGRP, BGP, IKE) is fed packets and timer events with `now` and answers with a
list of these values. It never calls its router, except for the read-only `Surroundings`.
"""

from dataclasses import dataclass, field
from typing import Protocol

from labs.twin.addresses import IPV4, Address, IPNetwork
from labs.twin.device import DeviceConfig
from labs.twin.packet import Nhrp, Packet


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPacket:
    """Send an IP packet; by `interface` and `next_hop` if given, else by the routing table."""

    packet: Packet
    interface: str | None = None
    next_hop: Address | None = None
    vrf: str = ""
    """The table to route by when no interface is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendNhrp:
    """Send an NHRP packet out of a tunnel to an NBMA address (GRE, then IPsec if protected)."""

    tunnel: str
    nbma: Address
    message: Nhrp


@dataclass(frozen=True, slots=True, kw_only=True)
class HandNhrp:
    """Hand an NHRP packet of others to the machine of the tunnel its way leads out by."""

    tunnel: str
    message: Nhrp
    came_by: str
    """The tunnel it came in by."""
    nbma: Address
    """The NBMA address it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Arm the machine's timer `kind`/`key` at virtual time `at` (s); a second one replaces it."""

    at: float
    kind: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    """Forget a timer; no error if it is not armed."""

    kind: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteEntry:
    """A candidate route of one protocol for the RIB."""

    network: IPNetwork
    source: str
    """connected, local, static, eigrp, bgp, nhrp."""
    distance: int
    metric: int
    next_hop: Address | None = None
    interface: str | None = None
    since: float = 0.0
    external: bool = False
    summary: bool = False
    """An EIGRP summary to Null0 ("is a summary")."""
    vrf: str = ""
    tag: int = 0
    process: int = 0
    """Autonomous system of the protocol that offers it."""
    share: int = 1
    """How many of a round of flows take this path (`variance`); 0: none."""
    detail: object = field(default=None, compare=False)
    """What the protocol knows beyond this, for the one that redistributes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutRoutes:
    """Offer the full set of next hops of one protocol for one prefix; empty removes it."""

    source: str
    """Owner, e.g. "eigrp 100", "bgp 65000", "nhrp Tunnel100"."""
    network: IPNetwork
    routes: tuple[RouteEntry, ...]
    vrf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOverride:
    """Set (or, with next_hop None, remove) the NHRP next-hop override of an existing route."""

    tunnel: str
    network: IPNetwork
    next_hop: Address | None
    vrf: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSocket:
    """Ask for a protected path to a peer; answered by `on_socket(peer, up, now)`."""

    tunnel: str
    nbma: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSocket:
    """The peer is not needed any more."""

    tunnel: str
    nbma: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketChanged:
    """The crypto machine reports that the protected path to a peer came up or went down."""

    tunnel: str
    nbma: Address
    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A syslog line without its time stamp, e.g. `%DUAL-5-NBRCHANGE: ...`."""

    text: str


Effect = (
    SendPacket
    | SendNhrp
    | HandNhrp
    | SetTimer
    | CancelTimer
    | PutRoutes
    | PutOverride
    | OpenSocket
    | CloseSocket
    | SocketChanged
    | LogLine
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Via:
    """Where the routing table sends a packet."""

    network: IPNetwork
    """The matching prefix."""
    source: str
    """Protocol of the route: connected, local, static, eigrp, bgp, nhrp."""
    interface: str
    next_hop: Address | None
    """None when attached."""
    overridden: bool = False
    metric: int = 0
    """Of the matching route."""


class Surroundings(Protocol):
    """What a machine may ask its router, read-only and at once."""

    @property
    def config(self) -> DeviceConfig:
        """The configuration in force."""

    def lookup(self, address: Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        """Longest match; with nhrp False NHRP's own routes and overrides are left out."""

    def route_covers(self, network: IPNetwork, vrf: str = "") -> bool:
        """Tell whether a non-NHRP route with exactly this prefix is in the table."""

    def interface_up(self, name: str) -> bool:
        """Tell whether the line protocol of an interface is up."""

    def nbma_source(self, tunnel: str) -> Address | None:
        """The address a tunnel sends from, None while it has none."""

    def socket_up(self, tunnel: str, nbma: Address) -> bool:
        """Tell whether packets to a peer can be sent protected (always True unprotected)."""

    def routes(self, vrf: str = "", family: int = IPV4) -> tuple[RouteEntry, ...]:
        """The best routes in the table (what redistribution and `network` look at)."""
