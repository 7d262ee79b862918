"""Values of `show crypto ...`."""

from dataclasses import dataclass

from parsers.records.base import Address, Record


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
    inbound_life: str | None = None
    encrypted_packets: int | None = None
    outbound_drops: int | None = None
    outbound_life: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSession(Record):
    """One session of `show crypto session [detail]`."""

    interface: str
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
class Ikev2Sa(Record):
    """One association of `show crypto ikev2 sa`."""

    tunnel_id: int
    local_address: Address
    local_port: int
    remote_address: Address
    remote_port: int
    fvrf: str | None
    ivrf: str | None
    status: str  # READY, IN-NEG, DELETE
    encryption: str | None
    key_size: int | None
    prf: str | None
    hash: str | None
    dh_group: int | None
    auth_sign: str | None
    auth_verify: str | None
    lifetime_s: int | None
    active_s: int | None
    ce_id: int | None = None
    session_id: int | None = None
    local_spi: str | None = None
    remote_spi: str | None = None
