"""Values of `show crypto ipsec sa`, `show crypto sockets` and the protection of tunnels."""

from dataclasses import dataclass

from parsers.records.base import Address, Network, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecIdent(Record):
    """One side of a protected flow; protocol and port 0 mean any."""

    network: Network
    protocol: int
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecSa(Record):
    """One IPsec association: one SPI in one direction."""

    direction: str  # inbound, outbound
    protocol: str  # esp, ah, pcp
    spi: int
    transform: str  # esp-256-aes esp-sha256-hmac: as printed, not as configured
    settings: tuple[str, ...]  # Transport, Tunnel, Transport UDP-Encaps, esn
    connection_id: int
    flow_id: str | None  # SW:2, HW:49, CSR:4
    sibling_flags: str | None
    crypto_map: str
    initiator: bool | None
    lifetime_kb: int | None  # None: no volume limit, or not printed
    lifetime_s: int | None
    volume_rekey: bool  # False: `Kilobyte Volume Rekey has been disabled`
    iv_bytes: int | None
    replay_detection: bool | None
    replay_window: int | None  # packets; printed where it is set
    status: str | None  # ACTIVE, ACTIVE(ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecCounters(Record):
    """The counters of a flow, in the order of the output; those of `detail` may be None."""

    encaps: int | None = None
    encrypt: int | None = None
    digest: int | None = None
    decaps: int | None = None
    decrypt: int | None = None
    verify: int | None = None
    compressed: int | None = None
    decompressed: int | None = None
    not_compressed: int | None = None
    compression_failed: int | None = None
    not_decompressed: int | None = None
    decompression_failed: int | None = None
    send_errors: int | None = None
    recv_errors: int | None = None
    no_sa_send: int | None = None
    invalid_sa_rcv: int | None = None
    encaps_failed_send: int | None = None
    decaps_failed_rcv: int | None = None
    invalid_prot_recv: int | None = None
    verify_failed: int | None = None
    invalid_identity_recv: int | None = None
    invalid_len_rcv: int | None = None
    replay_rollover_send: int | None = None
    replay_rollover_rcv: int | None = None
    replay_failed_rcv: int | None = None
    tagged_send: int | None = None
    untagged_rcv: int | None = None
    not_tagged_send: int | None = None
    not_untagged_rcv: int | None = None
    internal_err_send: int | None = None
    internal_err_recv: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IpsecPeer(Record):
    """One protected flow of `show crypto ipsec sa [detail]` with its associations."""

    interface: str
    crypto_map: str | None
    local_address: Address
    policy_name: str | None  # IPsec of IPv6 routing protocols
    protected_vrf: str | None
    local_ident: IpsecIdent | None
    remote_ident: IpsecIdent | None
    peer_address: Address
    peer_port: int | None
    action: str | None  # PERMIT, DENY
    flags: tuple[str, ...]
    counters: IpsecCounters
    local_endpoint: Address | None
    remote_endpoint: Address | None
    plaintext_mtu_bytes: int | None
    path_mtu_bytes: int | None
    ip_mtu_bytes: int | None
    ip_mtu_interface: str | None
    outbound_spi: int | None  # 0: there is no association
    pfs: bool | None
    dh_group: str | None
    pqc_key_exchange: str | None
    sas: tuple[IpsecSa, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSocketClient(Record):
    """Who uses a crypto socket."""

    name: str  # TUNNEL SEC
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSocketFlow(Record):
    """A flow that a socket really carries (TRUE ident)."""

    local: IpsecIdent
    remote: IpsecIdent


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSocket(Record):
    """One connection of `show crypto sockets`."""

    interface: str  # short form, Tu1; Shd where several tunnels share it
    local_address: Address
    remote_address: Address
    local_ident: IpsecIdent
    remote_ident: IpsecIdent
    true_idents: tuple[CryptoSocketFlow, ...]
    profile: str
    state: str
    clients: tuple[CryptoSocketClient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptoSocketListener(Record):
    """A socket of `show crypto sockets` that waits for peers."""

    client: str
    profile: str
    map_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelProtectionCounter(Record):
    """One counter of `show tunnel protection statistics`."""

    section: str  # Message, Error, Data
    direction: str  # Sent, Rcvd
    name: str  # as printed: Socket Up, clear pkt drops
    count: int
