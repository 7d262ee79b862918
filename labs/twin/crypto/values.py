"""What the crypto machine knows and says: security associations, sockets, IKE messages.

Values only; `machine` changes them, `show` prints them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from labs.twin.addresses import Address


class IllegalTransition(Exception):
    """An IKE SA was told something that its state does not know."""

    def __init__(self, state: str, event: str, history: tuple[str, ...]) -> None:
        super().__init__(f"IKE SA in state {state} has no transition for {event}: {history}")
        self.state = state
        self.event = event
        self.history = history


class IkeState(StrEnum):
    """State of an IKEv2 SA; the value is the Status column of `show crypto ikev2 sa`."""

    INIT_SENT = "IN-NEG init"
    INIT_ANSWERED = "IN-NEG answered"
    AUTH_SENT = "IN-NEG auth"
    READY = "READY"
    DELETED = "DELETE"

    @property
    def column(self) -> str:
        """Give the word `show` prints."""
        return self.value.split(" ", maxsplit=1)[0]

    @property
    def main_mode(self) -> str:
        """Give the word of `show crypto isakmp sa`."""
        return MAIN_MODE[self]


# Cisco's names of the states of main mode: first message sent, keys exchanged, established.
MAIN_MODE = {
    IkeState.INIT_SENT: "MM_NO_STATE",
    IkeState.INIT_ANSWERED: "MM_KEY_EXCH",
    IkeState.AUTH_SENT: "MM_KEY_EXCH",
    IkeState.READY: "QM_IDLE",
    IkeState.DELETED: "MM_NO_STATE",
}


class SessionStatus(StrEnum):
    """The `Session status:` of `show crypto session`."""

    UP_ACTIVE = "UP-ACTIVE"
    UP_IDLE = "UP-IDLE"
    UP_NO_IKE = "UP-NO-IKE"
    DOWN_NEGOTIATING = "DOWN-NEGOTIATING"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The algorithms an IKE SA agreed on."""

    encryption: str
    """As configured: aes-cbc-256, aes-gcm-256 ..."""
    integrity: str | None
    """None with a combined mode (GCM)."""
    prf: str
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One IKE proposal: alternatives of every kind, best first."""

    encryption: tuple[str, ...]
    integrity: tuple[str, ...]
    prf: tuple[str, ...]
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOffer:
    """What an initiator asks for an IPsec SA pair, or a responder agrees on (one transform)."""

    transforms: tuple[tuple[str, ...], ...]
    transport: bool
    spi: int
    local: Address
    """The sender's end of the protected GRE traffic."""
    remote: Address
    pfs_group: int | None = None
    rekeys: int = 0
    """SPI of the SA this one takes the place of, 0 for a new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeMessage:
    """An IKE message; unlike the wire form it is not encrypted, and keys never travel in it."""

    exchange: str
    """init, auth, child or info."""
    number: int
    response: bool = False
    offers: tuple[Offer, ...] = ()
    suite: Suite | None = None
    group: int = 0
    nonce: int = 0
    identity: Address | None = None
    proof: str = ""
    """Digest over the pre-shared key and both nonces."""
    initial_contact: bool = False
    child: ChildOffer | None = None
    delete_ike: bool = False
    delete_spis: tuple[int, ...] = ()
    error: str = ""
    """A notify of type error, e.g. NO_PROPOSAL_CHOSEN, AUTHENTICATION_FAILED."""


@dataclass(slots=True, kw_only=True)
class ChildSa:
    """A pair of IPsec SAs."""

    COUNTERS: ClassVar = frozenset({"encaps", "decaps", "sequence"})

    local_spi: int
    """Inbound SPI, chosen by us."""
    remote_spi: int
    local: Address
    remote: Address
    transform: tuple[str, ...]
    """Words as configured: esp-aes, 256, esp-sha256-hmac."""
    tunnel_mode: bool
    tunnels: tuple[str, ...]
    """Interfaces that use it; several with `shared`."""
    profile: str
    """IPsec profile."""
    pfs_group: int | None
    created: float
    lifetime_s: int
    initiator: bool
    ike: int
    """Tunnel-id of the IKE SA it belongs to."""
    version: int = 2
    """Of IKE."""
    encaps: int = 0
    decaps: int = 0
    sequence: int = 0
    last_outbound: float = 0.0


@dataclass(slots=True, kw_only=True)
class IkeSa:
    """One IKE SA."""

    COUNTERS: ClassVar = frozenset({"next_number", "expected_number"})

    tunnel_id: int
    """The Tunnel-id column; also the connid of `show crypto session detail`."""
    session_id: int
    local: Address
    remote: Address
    vrf: str
    """Front-door VRF."""
    initiator: bool
    local_spi: int
    remote_spi: int = 0
    state: IkeState
    version: int = 2
    begun: float
    """When negotiation began."""
    created: float = 0.0
    """When it became READY."""
    profile: str = ""
    """IKEv2 profile."""
    suite: Suite | None = None
    lifetime_s: int = 86400
    dpd: tuple[int, int, str] | None = None
    nonces: tuple[int, int] = (0, 0)
    """(initiator's, responder's)."""
    children: dict[int, ChildSa] = field(default_factory=dict)
    """By local SPI."""
    next_number: int = 0
    expected_number: int = 0
    pending: IkeMessage | None = None
    """The request that waits for an answer."""
    queue: tuple[IkeMessage, ...] = ()
    tries: int = 0
    last_answer: IkeMessage | None = None
    wants: str = ""
    """Tunnel whose protection made us begin."""
    asked: dict[int, str] = field(default_factory=dict)
    """Our SPI and the tunnel of every child being negotiated."""
    last_heard: float = 0.0
    history: tuple[str, ...] = ()


class SocketState(StrEnum):
    """State of a crypto socket; the value is the word of `show crypto sockets`."""

    CLOSED = "Closed"
    OPENING = "Opening"
    OPEN = "Open"


@dataclass(slots=True, kw_only=True)
class CryptoSocket:
    """The protected path of one tunnel to one peer."""

    tunnel: str
    local: Address
    remote: Address
    vrf: str
    profile: str
    """IPsec profile."""
    state: SocketState = SocketState.CLOSED
    since: float = 0.0
    spi: int = 0
    """Local SPI of the SA pair in use."""
    wanted: bool = True
    """Somebody here (NHRP, a point-to-point tunnel) asked for it."""
    failures: int = 0


@dataclass(slots=True, kw_only=True)
class SocketCounts:
    """What tunnels and IPsec told each other (`show tunnel protection statistics`)."""

    opened: int = 0
    closed: int = 0
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSession:
    """One block of `show crypto session`."""

    interface: str
    profile: str
    """IKEv2 profile, empty while unknown."""
    status: SessionStatus
    local: Address
    peer: Address
    vrf: str
    since: float | None
    """When the session came up."""
    ike: tuple[IkeSa, ...]
    children: tuple[ChildSa, ...]
