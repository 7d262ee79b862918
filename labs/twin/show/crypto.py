"""`show crypto session ...` (layout: reference/FORMATS.md section 11 and captures)."""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.twin.addresses import IPV4
from labs.twin.crypto import ChildSa, CryptoSession, IkeSa, IkeState
from labs.twin.crypto.values import SessionStatus
from labs.twin.device import ISAKMP
from labs.twin.image import Legend
from labs.twin.show.ike import CONN_ID, IKE_PORT, ike_left
from labs.twin.show.ipsec import GRE_PROTOCOL, KEY_LIFE_KB, child_left, transform_text
from labs.twin.show.names import short
from labs.twin.show.times import age, hms
from labs.twin.show.view import View

LEGEND = (
    "Crypto session current status\n"
    "\n"
    "Code: C - IKE Configuration mode, D - Dead Peer Detection     \n"
    "K - Keepalives, N - NAT-traversal, T - cTCP encapsulation     \n"
    "X - IKE Extended Authentication, F - IKE Fragmentation\n"
    "R - IKE Auto Reconnect, U - IKE Dynamic Route Update\n"
    "S - SIP VPN\n"
    "\n"
)
BRIEF_LEGEND = """\
Status: A- Active, U - Up, D - Down, I - Idle, S - Standby, N - Negotiating
        K - No IKE
"""
BRIEF_HEADING = (
    "           Peer        I/F         Username      Group/Phase1_id    Uptime   Status\n"
)
BRIEF_STATUS = {
    SessionStatus.UP_ACTIVE: "UA",
    SessionStatus.UP_IDLE: "UI",
    SessionStatus.UP_NO_IKE: "UK",
    SessionStatus.DOWN: "D",
    SessionStatus.DOWN_NEGOTIATING: "DN",
}


def show_session(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto session`."""
    blocks = [_session(view, session) for session in _wanted(view, args)]
    return "Crypto session current status\n\n" + "".join(f"{block}\n" for block in blocks)


def _wanted(view: View, args: Mapping[str, Any]) -> list[CryptoSession]:
    """Give the sessions that a command asks for: of an interface, a local or a remote address."""
    return [
        session
        for session in view.router.crypto.sessions()
        if args.get("interface") in (None, session.interface)
        and args.get("local") in (None, session.local)
        and args.get("peer") in (None, session.peer)
    ]


def show_session_brief(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto session brief`: a table for every inside VRF."""
    tables: dict[str, list[str]] = {}
    for session in _wanted(view, args):
        vrf = view.router.config.interfaces[session.interface].vrf
        tables.setdefault(vrf or "(none)", []).append(_brief(session, view.now))
    return BRIEF_LEGEND + "".join(
        f"ivrf = {vrf}\n{BRIEF_HEADING}{''.join(rows)}" for vrf, rows in tables.items()
    )


def _brief(session: CryptoSession, now: float) -> str:
    identity = str(session.peer) if _known(session) else ""
    up = "" if session.since is None else age(now - session.since)
    return (
        f"{session.peer!s:>15} {short(session.interface):>10} {'':>16} {identity:>20} "
        f"{up:>9} {BRIEF_STATUS[session.status]:>8}\n"
    )


def _known(session: CryptoSession) -> bool:
    """Tell whether the peer has proved who it is."""
    return any(sa.state is IkeState.READY for sa in session.ike)


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
    # The ends of IPv6 stand on two lines (capture show_crypto_session_detail/004).
    gap = " " if sa.local.version == IPV4 else f" \n{' ' * 10}"
    ends = f"local {sa.local}/{IKE_PORT}{gap}remote {sa.remote}/{IKE_PORT}"
    session = f"  Session ID: {number}  \n" if with_id else ""
    return f"{session}  IKEv{sa.version} SA: {ends} {active} \n"


def _flow(session: CryptoSession) -> str:
    return (
        f"  IPSEC FLOW: permit {GRE_PROTOCOL} host {session.local} host {session.peer} \n"
        f"        Active SAs: {2 * len(session.children)}, origin: crypto map\n"
    )


def show_session_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto session detail`."""
    blocks = [_session_detail(view, session) for session in _wanted(view, args)]
    return LEGEND + "".join(f"{block}\n" for block in blocks)


def _session_detail(view: View, session: CryptoSession) -> str:
    up = "" if session.since is None else f"Uptime: {age(view.now - session.since)}\n"
    ivrf = view.router.config.interfaces[session.interface].vrf
    return (
        f"Interface: {session.interface}\n{_profile(session)}{up}"
        f"Session status: {session.status.value:<14}\n"
        f"Peer: {session.peer} port {IKE_PORT} fvrf: {session.vrf or '(none)'} "
        f"ivrf: {ivrf or '(none)'}\n"
        f"      Phase1_id: {session.peer if _known(session) else '(none)'}\n"
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
        f"lifetime:{hms(ike_left(sa, view.now))}\n"
    )


def _traffic(children: Iterable[ChildSa], now: float) -> str:
    pairs = list(children)
    received = sum(child.decaps for child in pairs)
    sent = sum(child.encaps for child in pairs)
    life = f"{KEY_LIFE_KB}/{child_left(pairs[-1], now)}" if pairs else "0/0"
    return (
        f"        Inbound:  #pkts dec'ed {received} drop 0 life (KB/Sec) {life}\n"
        f"        Outbound: #pkts enc'ed {sent} drop 0 life (KB/Sec) {life}\n"
    )


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
