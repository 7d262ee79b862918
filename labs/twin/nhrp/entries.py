"""What an NHRP machine knows: cache entries, servers, counters, as plain values.

No behaviour beyond reading a value belongs here; `show` renders these, `machine` changes them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from labs.twin.addresses import Address, IPNetwork
from labs.twin.packet import NhrpType


class EntryType(StrEnum):
    """The `Type:` of a cache entry."""

    STATIC = "static"
    DYNAMIC = "dynamic"
    INCOMPLETE = "incomplete"


TYPE_LETTERS = {EntryType.STATIC: "S", EntryType.DYNAMIC: "D", EntryType.INCOMPLETE: "I"}

# The order in which `show ip nhrp` prints them (reference/PHASES.md section 2).
FLAG_ORDER = (
    "authoritative",
    "router",
    "unique",
    "nat",
    "registered",
    "local",
    "implicit",
    "used",
    "temporary",
    "nhop",
    "rib",
    "nho",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """Somebody who was told a mapping, and is to be told when it ends."""

    address: Address
    nbma: Address
    request_id: int


@dataclass(slots=True, kw_only=True)
class NhrpEntry:
    """One row of the NHRP cache."""

    COUNTERS: ClassVar = frozenset({"hits"})

    target: IPNetwork
    next_hop: Address
    """The `via`; of an incomplete entry the address asked for."""
    nbma: Address | None = None
    claimed: Address | None = None
    type: EntryType = EntryType.DYNAMIC
    words: set[str] = field(default_factory=set)
    """Flag words that stay until changed; `used` is computed, see `NhrpMachine.flags`."""
    created: float = 0.0
    expires: float | None = None
    """Virtual time of the end, None for never."""
    hits: int = 0
    """Packets that asked for an incomplete entry."""
    last_used: float | None = None
    no_socket: bool = False
    requesters: tuple[Requester, ...] = ()
    asked: Address | None = None
    """The address our resolution request asked for; a refresh asks for it again."""
    refresh_at: float | None = None
    """When to ask again, if used by then; None when that is past or never happens."""
    preference: int = 255
    group: str | None = None
    """Name of the client's group, from its registration."""
    up: bool = True
    """NHRP is done with the peer: registered, answered, or (static without NHS) never."""
    changed: float | None = None
    """When `up` last changed: the base of `UpDn Tm`; None prints `never`."""

    @property
    def host(self) -> bool:
        """Tell whether the entry maps one address."""
        return self.target.prefixlen == self.target.max_prefixlen

    @property
    def refreshable(self) -> bool:
        """Tell whether the entry is asked for again while it is used."""
        told = {"local", "registered", "linklocal", "implicit", "temporary"}
        return self.type is EntryType.DYNAMIC and not self.words & told

    @property
    def pending(self) -> bool:
        """Tell whether a resolution is under way: packets take the way over a server."""
        return self.type is EntryType.INCOMPLETE or "temporary" in self.words

    def negate(self) -> None:
        """Become the entry of a mapping that could not be obtained; packets still count."""
        self.type, self.nbma, self.up = EntryType.INCOMPLETE, None, False
        self.changed = self.last_used = None
        self.words.clear()

    @property
    def addresses(self) -> tuple[Address | None, ...]:
        """Give the NBMA addresses of the peer: where it is reached, and what it claims."""
        return (self.nbma, self.claimed)

    @property
    def local(self) -> bool:
        """Tell whether this is a mapping of our own that we answered for."""
        return "local" in self.words

    @property
    def flags(self) -> tuple[str, ...]:
        """List the flag words in the order IOS prints them."""
        if self.type is EntryType.INCOMPLETE:
            return ("negative",)
        words = self.words | ({"used"} if self.last_used is not None else set())
        return tuple(word for word in FLAG_ORDER if word in words)

    @property
    def attributes(self) -> str:
        """Give the `Attrb` letters of `show dmvpn`."""
        kind = TYPE_LETTERS[self.type]
        text = "I2" if "temporary" in self.words else kind
        text += "N" if self.claimed is not None else ""
        text += "L" if self.local else ""
        text += "X" if self.no_socket or self.type is EntryType.INCOMPLETE else ""
        if "nho" in self.words:
            return text + "T2"
        return text + ("T1" if "rib" in self.words else "")


class NhsStatus(StrEnum):
    """State of a next hop server; the value is the cell of `show ip nhrp nhs`."""

    WAITING = "W"
    EXPECTING = "E"
    RESPONDING = "RE"


@dataclass(slots=True, kw_only=True)
class NhsState:
    """What the client knows of one next hop server."""

    COUNTERS: ClassVar = frozenset(
        {"request_id", "acknowledged", "requests_sent", "replies_received"}
    )

    address: Address
    nbma: Address | None = None
    priority: int = 0
    cluster: int = 0
    status: NhsStatus = NhsStatus.WAITING
    request_id: int = 0
    """Id of the last registration request."""
    acknowledged: int | None = None
    """Id of the last one that was answered."""
    requests_sent: int = 0
    requests_failed: int = 0
    replies_received: int = 0
    last_heard: float | None = None
    """Time of the last reply or of the last state change; None prints no `(... ago)`."""
    retry_s: int = 0
    """Back-off in force (`Ret`), 0 while nothing is pending."""
    pending_since: float | None = None
    announced_down: bool = False
    history: tuple[str, ...] = ()
    """The last transitions, for the error of an illegal one."""


@dataclass(slots=True, kw_only=True)
class NhrpCounters:
    """Packets by type, as in `show ip nhrp traffic`."""

    COUNTERS: ClassVar = frozenset({"sent", "received"})

    sent: dict[NhrpType, int] = field(default_factory=dict)
    received: dict[NhrpType, int] = field(default_factory=dict)
    redirects_suppressed: int = 0

    def count_sent(self, kind: NhrpType) -> None:
        """Count a packet we sent."""
        self.sent[kind] = self.sent.get(kind, 0) + 1

    def count_received(self, kind: NhrpType) -> None:
        """Count a packet we received."""
        self.received[kind] = self.received.get(kind, 0) + 1


@dataclass(slots=True, kw_only=True)
class NhrpStats:
    """Events between NHRP and its surroundings, as in `show ip nhrp stats`."""

    ups: int = 0
    downs: int = 0
    endpoints_added: int = 0
    endpoints_deleted: int = 0
    protection_ups: int = 0
    protection_downs: int = 0
    routes_added: int = 0
    routes_deleted: int = 0
    overrides_added: int = 0
    overrides_deleted: int = 0
