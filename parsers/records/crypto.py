"""Values of `show crypto ...` about sessions and IKE; IPsec associations are in `ipsec`."""

from dataclasses import dataclass
from enum import StrEnum

from parsers.records.base import Address, Network, Record


class SessionFlag(StrEnum):
    """Letters of the column Status of `show crypto session brief`; UA is ("U", "A")."""

    ACTIVE = "A"
    UP = "U"
    DOWN = "D"
    IDLE = "I"
    STANDBY = "S"
    NEGOTIATING = "N"
    NO_IKE = "K"


@dataclass(frozen=True, slots=True, kw_only=True)
class IkeSa(Record):
    """One IKE security association of a crypto session."""

    version: int | None  # None: printed as `IKE SA`, 12.4
    session_id: int | None
    local_address: Address
    local_port: int
    remote_address: Address
    remote_port: int
    state: str
    capabilities: str | None = None
    connection_id: int | None = None
    lifetime_s: int | None = None

    @property
    def active(self) -> bool:
        """Tell whether the association is in use."""
        return self.state == "Active"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecFlow(Record):
    """One protected flow of a crypto session."""

    flow: str
    active_sas: int
    origin: str
    decrypted_packets: int | None = None
    inbound_drops: int | None = None
    inbound_life_kb: int | None = None  # None: no volume limit, `KB Vol Rekey Disabled`
    inbound_life_s: int | None = None
    encrypted_packets: int | None = None
    outbound_drops: int | None = None
    outbound_life_kb: int | None = None
    outbound_life_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSession(Record):
    """One session of `show crypto session [detail]`."""

    interface: str  # all that share it, with a blank between, where protection is shared
    status: str  # UP-ACTIVE, UP-IDLE, UP-NO-IKE, DOWN, DOWN-NEGOTIATING
    peer_address: Address
    peer_port: int
    ike_sas: tuple[IkeSa, ...]
    flows: tuple[IpsecFlow, ...]
    profile: str | None = None
    username: str | None = None
    group: str | None = None
    assigned_address: Address | None = None
    uptime_s: int | None = None
    fvrf: str | None = None
    ivrf: str | None = None
    phase1_id: str | None = None
    description: str | None = None

    @property
    def active_sas(self) -> int:
        """Sum the active IPsec associations of all flows."""
        return sum(flow.active_sas for flow in self.flows)


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSessionBrief(Record):
    """One row of `show crypto session brief`."""

    ivrf: str | None
    peer_address: Address
    interface: str  # short form, Tu0
    username: str | None
    phase1_id: str | None  # the group, where a client has one
    uptime_s: int | None
    status: tuple[SessionFlag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsakmpSa(Record):
    """One association of `show crypto isakmp sa`."""

    dst_address: Address | str  # of the responder; text where an IPv6 address was made unreadable
    src_address: Address | str  # of the initiator
    state: str  # QM_IDLE, MM_NO_STATE, MM_KEY_EXCH ...
    connection_id: int  # 0: never built
    slot: int | None  # 12.4
    status: str  # ACTIVE
    deleted: bool  # `(deleted)`: on its way out

    @property
    def ready(self) -> bool:
        """Tell whether phase 1 is done and the association in use."""
        return self.state == "QM_IDLE" and not self.deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class IsakmpSaDetail(Record):
    """One association of `show crypto isakmp sa detail`."""

    connection_id: int
    local_address: Address | str
    remote_address: Address | str
    ivrf: str | None
    status: str
    deleted: bool
    encryption: str | None
    hash: str | None
    authentication: str | None  # psk, rsig, renc
    dh_group: int | None
    lifetime_s: int | None
    capabilities: str | None  # letters of the legend: C D K N T X
    engine: str | None  # engine and its connection, SW:1001


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Sa(Record):
    """One association of `show crypto ikev2 sa [detailed]`."""

    tunnel_id: int
    local_address: Address | str  # text where an IPv6 address was made unreadable
    local_port: int
    remote_address: Address | str
    remote_port: int
    fvrf: str | None
    ivrf: str | None
    status: str  # READY, IN-NEG, DELETE
    encryption: str | None  # None: not agreed yet
    key_size: int | None
    prf: str | None
    hash: str | None  # None also for a cipher that needs none, AES-GCM
    dh_group: int | None
    auth_sign: str | None
    auth_verify: str | None
    quantum_resistant: bool
    pqc_key_exchange: str | None
    lifetime_s: int | None
    active_s: int | None
    ce_id: int | None = None
    session_id: int | None = None
    local_spi: str | None = None
    remote_spi: str | None = None
    status_description: str | None = None
    local_id: str | None = None
    remote_id: str | None = None
    local_req_msg_id: int | None = None
    remote_req_msg_id: int | None = None
    local_next_msg_id: int | None = None
    remote_next_msg_id: int | None = None
    local_req_queued: int | None = None
    remote_req_queued: int | None = None
    local_window: int | None = None
    remote_window: int | None = None
    dpd_s: int | None = None  # 0: not configured
    dpd_retry_s: int | None = None
    fragmentation: bool | None = None
    fragmentation_mtu_bytes: int | None = None
    dynamic_route_update: bool | None = None
    extended_authentication: bool | None = None
    nat_detected: bool | None = None
    nat_sides: tuple[str, ...] = ()  # inside, outside
    sgt: bool | None = None
    initiator: bool | None = None
    pushed_address: Address | None = None
    remote_subnets: tuple[Network, ...] = ()
    peer_type: str | None = None
    local_sys_id: str | None = None
    remote_sys_id: str | None = None
    notes: tuple[str, ...] = ()  # lines about quantum-safe encryption, as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Selector(Record):
    """A range of addresses and ports; text where an IPv6 address was made unreadable."""

    first_address: Address | str
    first_port: int
    last_address: Address | str
    last_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2ChildSa(Record):
    """One child of an IKEv2 session: a pair of IPsec associations."""

    local_selectors: tuple[Ikev2Selector, ...]
    remote_selectors: tuple[Ikev2Selector, ...]
    esp_spi_in: int
    esp_spi_out: int
    details: tuple[str, ...] = ()  # AH, compression, ciphers, mode: as printed in `detailed`


@dataclass(frozen=True, slots=True, kw_only=True)
class Ikev2Session(Record):
    """One session of `show crypto ikev2 session [detailed]`."""

    session_id: int
    status: str  # UP-ACTIVE, UP-IDLE, DOWN-NEGOTIATING
    ike_count: int
    child_count: int
    ike_sas: tuple[Ikev2Sa, ...]
    child_sas: tuple[Ikev2ChildSa, ...]
