"""`show crypto ...` (layout: reference/FORMATS.md section 11 and captures)."""

from collections.abc import Iterable, Mapping
from math import floor
from typing import Any

from labs.twin.crypto import ChildSa, CryptoSession, IkeSa, IkeState
from labs.twin.device import ISAKMP, InterfaceConfig
from labs.twin.image import Legend
from labs.twin.show.times import age, hms
from labs.twin.show.view import View

IKE_PORT = 500
GRE_PROTOCOL = 47
KEY_LIFE_KB = 4608000
"""First key lifetime in kilobytes."""
PATH_MTU = 1500
IP_HEADER = 20
HASHES = {"md5": "MD596", "sha1": "SHA96", "sha": "SHA96"}
ICV = {"esp-md5-hmac": 12, "esp-sha-hmac": 12, "esp-sha256-hmac": 16, "esp-sha384-hmac": 24}
LONGEST_ICV = 32
GCM = (8, 4, 16)
"""IV, block and ICV of AES-GCM as the plaintext mtu of captures counts them."""
IKE_HEADING = "Tunnel-id Local                 Remote                fvrf/ivrf            Status \n"
ISAKMP_HEADING = (
    "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n"
)
CONN_ID = 1000
"""Connection ids of IKEv1 begin above it (captures show_crypto_isakmp_sa)."""
VRF_WIDTH = 18
"""The fvrf/ivrf cell is cut here (capture show_crypto_ikev2_sa/009)."""
LEGEND = """\
Crypto session current status

Code: C - IKE Configuration mode, D - Dead Peer Detection
K - Keepalives, N - NAT-traversal, T - cTCP encapsulation
X - IKE Extended Authentication, F - IKE Fragmentation
R - IKE Auto Reconnect, U - IKE Dynamic Route Update
S - SIP VPN

"""


def show_session(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto session`."""
    blocks = [_session(view, session) for session in view.router.crypto.sessions()]
    return "Crypto session current status\n\n" + "".join(f"{block}\n" for block in blocks)


def _session(view: View, session: CryptoSession) -> str:
    return (
        f"Interface: {session.interface}\n{_profile(session)}"
        f"Session status: {session.status.value:<14}\n"
        f"Peer: {session.peer} port {IKE_PORT} \n"
        + "".join(_ike_line(view, sa) for sa in session.ike)
        + _flow(session)
    )


def _profile(session: CryptoSession) -> str:
    """IKEv1 without a `crypto isakmp profile` has no profile line."""
    name = session.profile.removeprefix(ISAKMP)
    return f"Profile: {name}\n" if name else ""


def _ike_line(view: View, sa: IkeSa) -> str:
    ready = sa.state is IkeState.READY
    active = "Active" if ready else "Inactive"
    number = sa.session_id if ready and sa.version != 1 else 0
    # 15.4 and older have no session ids in IKEv1 (captures show_crypto_session/009, 012).
    with_id = sa.version != 1 or view.router.image.legend is not Legend.IOS_154
    ends = f"local {sa.local}/{IKE_PORT} remote {sa.remote}/{IKE_PORT}"
    session = f"  Session ID: {number}  \n" if with_id else ""
    return f"{session}  IKEv{sa.version} SA: {ends} {active} \n"


def _flow(session: CryptoSession) -> str:
    return (
        f"  IPSEC FLOW: permit {GRE_PROTOCOL} host {session.local} host {session.peer} \n"
        f"        Active SAs: {2 * len(session.children)}, origin: crypto map\n"
    )


def show_session_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto session detail`."""
    blocks = [_session_detail(view, session) for session in view.router.crypto.sessions()]
    return LEGEND + "".join(f"{block}\n" for block in blocks)


def _session_detail(view: View, session: CryptoSession) -> str:
    up = "" if session.since is None else f"Uptime: {age(view.now - session.since)}\n"
    known = any(sa.state is IkeState.READY for sa in session.ike)
    ivrf = view.router.config.interfaces[session.interface].vrf
    return (
        f"Interface: {session.interface}\n{_profile(session)}{up}"
        f"Session status: {session.status.value:<14}\n"
        f"Peer: {session.peer} port {IKE_PORT} fvrf: {session.vrf or '(none)'} "
        f"ivrf: {ivrf or '(none)'}\n"
        f"      Phase1_id: {session.peer if known else '(none)'}\n"
        "      Desc: (none)\n"
        + "".join(_ike_detail(view, sa) for sa in session.ike)
        + _flow(session)
        + _traffic(session.children, view.now)
    )


def _ike_detail(view: View, sa: IkeSa) -> str:
    connection = sa.tunnel_id + (CONN_ID if sa.version == 1 else 0)
    letters = "D" if sa.dpd is not None else "(none)"
    return (
        _ike_line(view, sa) + f"          Capabilities:{letters} connid:{connection} "
        f"lifetime:{hms(_ike_left(sa, view.now))}\n"
    )


def _ike_left(sa: IkeSa, now: float) -> float:
    return sa.lifetime_s - (now - sa.created) if sa.state is IkeState.READY else 0.0


def _traffic(children: Iterable[ChildSa], now: float) -> str:
    pairs = list(children)
    received = sum(child.decaps for child in pairs)
    sent = sum(child.encaps for child in pairs)
    life = f"{KEY_LIFE_KB}/{_child_left(pairs[-1], now)}" if pairs else "0/0"
    return (
        f"        Inbound:  #pkts dec'ed {received} drop 0 life (KB/Sec) {life}\n"
        f"        Outbound: #pkts enc'ed {sent} drop 0 life (KB/Sec) {life}\n"
    )


def _child_left(child: ChildSa, now: float) -> int:
    return max(int(child.lifetime_s - (now - child.created)), 0)


def show_isakmp(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto isakmp sa`: the responder is `dst` on both routers."""
    rows = []
    for sa in sorted(view.router.crypto.sas.values(), key=lambda sa: sa.tunnel_id):
        if sa.version == 1:
            ends = (sa.remote, sa.local) if sa.initiator else (sa.local, sa.remote)
            begun = sa.state is not IkeState.INIT_SENT
            rows.append(
                f"{ends[0]!s:<16}{ends[1]!s:<16}{sa.state.main_mode:<15}"
                f"{CONN_ID + sa.tunnel_id if begun else 0:>7} ACTIVE\n"
            )
    return f"{ISAKMP_HEADING}{''.join(rows)}\nIPv6 Crypto ISAKMP SA\n\n"


def show_ikev2(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 sa`."""
    return _ike_table(view, detail=False)


def show_ikev2_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 sa detailed`."""
    return _ike_table(view, detail=True)


def _ike_table(view: View, *, detail: bool) -> str:
    known = (sa for sa in view.router.crypto.sas.values() if sa.version != 1)
    sas = sorted(known, key=lambda sa: sa.tunnel_id)
    if not sas:
        return ""
    blocks = [_ike_sa(view, sa, detail=detail) for sa in sas]
    return " IPv4 Crypto IKEv2  SA \n\n" + "\n".join(blocks) + "\n IPv6 Crypto IKEv2  SA \n\n"


def _ike_sa(view: View, sa: IkeSa, *, detail: bool) -> str:
    inside = _inside_vrf(view, sa)
    vrfs = f"{sa.vrf or 'none'}/{inside or 'none'}"[:VRF_WIDTH]
    active = int(view.now - sa.created) if sa.state is IkeState.READY else 0
    lines = [
        (
            f"{sa.tunnel_id:<10}{f'{sa.local}/{IKE_PORT}':<22}{f'{sa.remote}/{IKE_PORT}':<22}"
            f"{vrfs:<21}{sa.state.column:<7}"
        ),
        f"      Encr: {_suite(view, sa)}",
        f"      Life/Active Time: {sa.lifetime_s}/{active} sec",
    ]
    if detail:
        lines += _ike_rest(sa)
    return IKE_HEADING + "".join(f"{line}\n" for line in lines)


def _inside_vrf(view: View, sa: IkeSa) -> str:
    for child in sa.children.values():
        for tunnel in child.tunnels:
            if tunnel in view.router.config.interfaces:
                return view.router.config.interfaces[tunnel].vrf
    return ""


def _suite(view: View, sa: IkeSa) -> str:
    if sa.suite is None:
        return (
            "Unknown - 0, PRF: Unknown - 0, Hash: None, DH Grp:0, Auth sign: Unknown - 0, "
            "Auth verify: Unknown - 0"
        )
    cipher, _, size = sa.suite.encryption.rpartition("-")
    name = f"{cipher.upper()}, keysize: {size}" if cipher else sa.suite.encryption.upper()
    integrity = sa.suite.integrity
    hashed = "None" if integrity is None else HASHES.get(integrity, integrity.upper())
    return (
        f"{name}, PRF: {sa.suite.prf.upper()}, Hash: {hashed}, DH Grp:{sa.suite.group}, "
        f"Auth sign: {_auth(view, sa, local=True)}, Auth verify: {_auth(view, sa, local=False)}"
    )


def _auth(view: View, sa: IkeSa, *, local: bool) -> str:
    profile = view.router.config.crypto.profiles.get(sa.profile)
    method = None if profile is None else profile.auth_local if local else profile.auth_remote
    return "RSA" if method == "rsa-sig" else "PSK"


def _ike_rest(sa: IkeSa) -> list[str]:
    ready = "Negotiation done" if sa.state is IkeState.READY else "Negotiating"
    sent, seen = sa.next_number, sa.expected_number
    interval, retry, _ = sa.dpd or (0, 0, "")
    return [
        f"      CE id: 0, Session-id: {sa.session_id}",
        f"      Status Description: {ready}",
        f"      Local spi: {sa.local_spi:016X}       Remote spi: {sa.remote_spi:016X}",
        f"      Local id: {sa.local}",
        f"      Remote id: {sa.remote}",
        f"      Local req msg id:  {sent:<15}Remote req msg id:  {seen:<10}",
        f"      Local next msg id: {sent:<15}Remote next msg id: {seen:<10}",
        f"      Local req queued:  {sent:<15}Remote req queued:  {seen:<10}",
        "      Local window:      5              Remote window:      5         ",
        f"      DPD configured for {interval} seconds, retry {retry}",
        "      Fragmentation not  configured.",
        "      Extended Authentication not configured.",
        "      NAT-T is not detected  ",
        "      Cisco Trust Security SGT is disabled",
        f"      Initiator of SA : {'Yes' if sa.initiator else 'No'}",
    ]


def show_ipsec(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ipsec sa`: every peer of every protected tunnel."""
    wanted = args.get("interface")
    peer = args.get("peer")
    text = ""
    for interface in view.router.config.interfaces.values():
        if interface.name not in {wanted, *([interface.name] if wanted is None else [])}:
            continue
        text += _interface_sas(view, interface, peer)
    return text or ("\nNo SAs found\n" if wanted is None else "")


def _interface_sas(view: View, interface: InterfaceConfig, peer: object) -> str:
    sockets = [
        socket
        for (tunnel, nbma), socket in view.router.crypto.sockets.items()
        if tunnel == interface.name and peer in (None, nbma)
    ]
    if not sockets:
        return ""
    text = (
        f"\ninterface: {interface.name}\n"
        f"    Crypto map tag: {interface.name}-head-0, local addr {sockets[0].local}\n"
    )
    for socket in reversed(sockets):  # the newest peer first (captures 011, 018, 020, 023)
        children = [
            child
            for child in view.router.crypto.children.values()
            if child.remote == socket.remote and interface.name in child.tunnels
        ]
        text += _peer_sas(view, interface, str(socket.local), str(socket.remote), children)
    return text


def _peer_sas(
    view: View, interface: InterfaceConfig, local: str, remote: str, children: list[ChildSa]
) -> str:
    current = max(children, key=lambda child: child.created, default=None)
    encaps = sum(child.encaps for child in children)
    decaps = sum(child.decaps for child in children)
    spi = current.remote_spi if current is not None else 0
    mtu, idb = _path_mtu(view, interface)
    group = f"group{current.pfs_group}" if current and current.pfs_group else "none"
    head = f"""
   protected vrf: {interface.vrf or "(none)"}
   local  ident (addr/mask/prot/port): ({local}/255.255.255.255/{GRE_PROTOCOL}/0)
   remote ident (addr/mask/prot/port): ({remote}/255.255.255.255/{GRE_PROTOCOL}/0)
   current_peer {remote} port {IKE_PORT}
     PERMIT, flags={{origin_is_acl,}}
    #pkts encaps: {encaps}, #pkts encrypt: {encaps}, #pkts digest: {encaps}
    #pkts decaps: {decaps}, #pkts decrypt: {decaps}, #pkts verify: {decaps}
    #pkts compressed: 0, #pkts decompressed: 0
    #pkts not compressed: 0, #pkts compr. failed: 0
    #pkts not decompressed: 0, #pkts decompress failed: 0
    #send errors 0, #recv errors 0

     local crypto endpt.: {local}, remote crypto endpt.: {remote}
     plaintext mtu {plaintext_mtu(current, mtu)}, path mtu {mtu}, ip mtu {mtu}, ip mtu idb {idb}
     current outbound spi: 0x{spi:X}({spi})
     PFS (Y/N): {"Y" if group != "none" else "N"}, DH group: {group}
"""
    sections = (("inbound", True), ("outbound", False))
    for title, inbound in sections:
        stanzas = [_stanza(view, interface, child, inbound=inbound) for child in children]
        head += (
            f"\n     {title} esp sas:\n{''.join(stanzas)}"
            f"\n     {title} ah sas:\n\n     {title} pcp sas:\n"
        )
    return head


def _path_mtu(view: View, interface: InterfaceConfig) -> tuple[int, str]:
    """Give the path mtu and the interface it comes from.

    XE takes the tunnel's own `ip mtu` (capture show_crypto_ipsec_sa/023), IOS the interface the
    packets leave by.
    """
    if view.router.image.xe and interface.ip_mtu is not None:
        return interface.ip_mtu, interface.name
    source = interface.tunnel.source if interface.tunnel is not None else None
    return PATH_MTU, source if isinstance(source, str) else "(none)"


def plaintext_mtu(child: ChildSa | None, path_mtu: int = PATH_MTU) -> int:
    """Give the plaintext mtu of an SA: the formula of reference/DMVPN.md section 6."""
    if child is None:
        return path_mtu
    iv, block, icv = _sizes(child.transform)
    inner = path_mtu - IP_HEADER - 8 - iv - icv
    size = floor(inner / block) * block - 2
    return size if child.tunnel_mode else size + IP_HEADER


def _sizes(transform: tuple[str, ...]) -> tuple[int, int, int]:
    if transform and transform[0] in {"esp-gcm", "esp-gmac"}:
        return GCM
    icv = next((ICV.get(word, LONGEST_ICV) for word in transform if word.endswith("-hmac")), 0)
    return (8, 8, icv) if "des" in transform[0] else (16, 16, icv)


def transform_text(transform: tuple[str, ...]) -> str:
    """Write a transform as SAs print it: `esp-aes 256` becomes `esp-256-aes`."""
    words = list(transform)
    if len(words) > 1 and words[0] == "esp-aes" and words[1].isdigit():
        words[:2] = [f"esp-{words[1]}-aes"]
    return " ".join(words)


def _stanza(view: View, interface: InterfaceConfig, child: ChildSa, *, inbound: bool) -> str:
    spi = child.local_spi if inbound else child.remote_spi
    xe = view.router.image.xe
    number = 2 * (1 + list(view.router.crypto.children).index(child.local_spi)) - (not inbound)
    # The last digit is 8 with IKEv2 (captures show_crypto_ipsec_sa/017, 018, 020, 023).
    bits = 0x80000000 | 0x40 * child.tunnel_mode | 0x8 * (child.version != 1)
    flags = f"{'FFFFFFFF' if xe else ''}{bits:X}"
    connection = 2000 + number if xe else number
    return (
        f"      spi: 0x{spi:X}({spi})\n"
        f"        transform: {transform_text(child.transform)} ,\n"
        f"        in use settings ={{{'Tunnel' if child.tunnel_mode else 'Transport'}, }}\n"
        f"        conn id: {connection}, flow_id: {'CSR' if xe else 'SW'}:{number}, "
        f"sibling_flags {flags}, crypto map: {interface.name}-head-0\n"
        f"        sa timing: remaining key lifetime (k/sec): "
        f"({KEY_LIFE_KB}/{_child_left(child, view.now)})\n"
        f"        IV size: {_sizes(child.transform)[0]} bytes\n"
        f"        replay detection support: Y{_window(view)}\n"
        "        Status: ACTIVE(ACTIVE)\n"
    )


def _window(view: View) -> str:
    """Give the replay window, which XE prints when it was set (reference/DMVPN.md section 4)."""
    size = view.router.config.crypto.replay_window
    return f"  replay window size: {size}" if size and view.router.image.xe else ""


def dmvpn_sessions(view: View, tunnels: Iterable[str]) -> str:
    """Give the `Crypto Session Details` of `show dmvpn detail`."""
    wanted = set(tunnels)
    return "".join(
        f"{_dmvpn_session(view, session)}\n"
        for session in view.router.crypto.sessions()
        if session.interface in wanted
    )


def _dmvpn_session(view: View, session: CryptoSession) -> str:
    handle = 0x7F000000 + sum((sa.session_id for sa in session.ike), start=0) * 0xF8
    spi = session.children[-1].remote_spi if session.children else 0
    transform = transform_text(session.children[-1].transform) if session.children else ""
    ike = "".join(_ike_detail(view, sa) for sa in session.ike)
    identity = f"Phase1_id: {session.peer}\n" if session.ike else ""
    flow = _flow(session)
    fvrf = session.vrf or "(none)"
    join = f"  fvrf: {fvrf},\t{identity}{flow}" if identity else f"  fvrf: {fvrf}, {flow}"
    state = "Open" if session.children else "Closed"
    return (
        f"Interface: {session.interface}\nSession: [0x{handle:08X}]\n{ike}"
        f"  Crypto Session Status: {session.status.value:<14}\n{join}"
        + _traffic(session.children, view.now)
        + f"   Outbound SPI : 0x{spi:>8X}, transform : {transform} \n    Socket State: {state}\n"
    )
