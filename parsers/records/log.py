"""Values of `show logging` and of the event trace of DMVPN."""

from dataclasses import dataclass

from parsers.records.base import Address, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings(Record):
    """The settings at the head of `show logging`."""

    enabled: bool
    messages_dropped: int
    messages_rate_limited: int
    console_level: str | None  # None: disabled
    monitor_level: str | None
    buffer_level: str | None
    buffered_messages: int | None
    trap_level: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHost(Record):
    """A host that `show logging` says messages are sent to."""

    address: Address
    vrf: str | None
    protocol: str | None  # udp, tcp, tls
    port: int | None
    link: str | None  # up, down


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource(Record):
    """An interface that `show logging` says messages are sent from."""

    interface: str
    vrf: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBuffer(Record):
    """The heading above the messages of `show logging`."""

    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMessage(Record):
    """One message of the buffer; the fields from `interface` on where its text tells them."""

    sequence: int | None
    clock_source: str | None  # as in `show clock`; None: no time, or the time since the start
    timestamp: str | None  # as printed: most forms leave out the year
    uptime_s: int | None  # `service timestamps log uptime`
    facility: str | None  # None: a line of a debug
    severity: int | None  # 0 emergency to 7 debugging
    mnemonic: str | None
    text: str
    interface: str | None = None
    tunnel_address: Address | None = None
    nbma_address: Address | None = None
    local_tunnel_address: Address | None = None
    local_nbma_address: Address | None = None
    peer_address: Address | None = None  # routing neighbour, sender of a packet, peer of IKE
    state: str | None = None  # UP, down, FULL ...
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DmvpnTraceEvent(Record):
    """One event of `show monitor event-trace dmvpn`; addresses as printed: the trace cuts some."""

    trace: str | None  # nhrp_event, nhrp_error, nhrp_exception, dmtunnel, tp_ss_events
    clock_source: str
    timestamp: str
    event: str  # NHRP-CACHE-ADD
    interface: str | None  # short form, Tu1
    target: str | None
    nbma_src: str | None
    vpn_src: str | None
    nbma_dest: str | None
    vpn_dest: str | None
    vrf: str | None
    reason: str | None
    text: str
