"""What a BGP machine knows and says: peers, paths, messages, as plain values.

No behaviour beyond reading a value belongs here.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import ClassVar


class BgpState(StrEnum):
    """RFC 4271 section 8.2.2, the names that `show ip bgp summary` prints."""

    IDLE = "Idle"
    CONNECT = "Connect"
    ACTIVE = "Active"
    OPEN_SENT = "OpenSent"
    OPEN_CONFIRM = "OpenConfirm"
    ESTABLISHED = "Established"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """Path attributes."""

    next_hop: IPv4Address
    as_path: tuple[int, ...] = ()
    origin: str = "i"
    """i, e or ?."""
    local_pref: int = 100
    med: int = 0
    originator: IPv4Address | None = None
    clusters: tuple[IPv4Address, ...] = ()
    aggregator: IPv4Address | None = None
    atomic: bool = False
    communities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The OPEN message."""

    asn: int
    hold_s: int
    router_id: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepalive:
    """The KEEPALIVE message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """The NOTIFICATION message (RFC 4271 section 6)."""

    code: int
    subcode: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """The UPDATE message; without content it is the end of RIB (RFC 4724)."""

    withdrawn: tuple[IPv4Network, ...] = ()
    reached: tuple[IPv4Network, ...] = ()
    attributes: Attributes | None = None


BgpMessage = Open | Keepalive | Notification | Update


@dataclass(frozen=True, slots=True, kw_only=True)
class BgpRoute:
    """One path of a prefix."""

    network: IPv4Network
    attributes: Attributes
    peer: IPv4Address | None = None
    """Who sent it; None: our own."""
    peer_router_id: IPv4Address | None = None
    internal: bool = True
    weight: int = 0
    valid: bool = True
    """The next hop is reachable."""
    best: bool = False
    since: float = 0.0
    aggregate: bool = False
    suppressed: bool = False
    igp_metric: int = 0
    """Of the route to the next hop."""
    multipath: bool = False
    """Installed beside the best path."""


@dataclass(slots=True, kw_only=True)
class BgpPeer:
    """One row of `show ip bgp summary`."""

    COUNTERS: ClassVar = frozenset({"messages_sent", "messages_received"})

    address: IPv4Address
    remote_as: int
    group: str | None = None
    dynamic: bool = False
    """Made by a listen range: printed with `*`."""
    state: BgpState = BgpState.IDLE
    admin_down: bool = False
    """Printed as `Idle (Admin)`."""
    changed: float | None = None
    """When it came up or went down last; None prints `never`."""
    messages_received: int = 0
    messages_sent: int = 0
    table_version: int = 1
    remote_router_id: IPv4Address | None = None
    local_address: IPv4Address | None = None
    hold_s: int = 180
    """As negotiated."""
    keepalive_s: int = 60
    heard: float = 0.0
    received: dict[IPv4Network, BgpRoute] = field(default_factory=dict)
    """What we took of it."""
    offered: dict[IPv4Network, BgpRoute] = field(default_factory=dict)
    """What it told us, before any policy."""
    told: dict[IPv4Network, Attributes] = field(default_factory=dict)
    times_established: int = 0
    times_dropped: int = 0
    last_reset: str = ""
    out_queue: int = 0
    history: tuple[str, ...] = ()
    """The last transitions, for the error of an illegal one."""

    @property
    def prefixes_received(self) -> int:
        """Count the prefixes it advertises: the PfxRcd column."""
        return len(self.received)
