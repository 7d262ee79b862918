"""`show crypto isakmp sa` and `show crypto ikev2 sa|session` (reference/FORMATS.md section 11)."""

from collections.abc import Callable, Mapping
from typing import Any

from labs.twin.addresses import IPV4, IPV6
from labs.twin.crypto import ChildSa, IkeSa, IkeState
from labs.twin.show.times import hms
from labs.twin.show.view import View

IKE_PORT = 500
HASHES = {"md5": "MD596", "sha1": "SHA96", "sha": "SHA96"}
ESP_NAMES = {"esp-aes": "AES-CBC", "esp-gcm": "AES-GCM", "esp-gmac": "AES-GMAC"}
ESP_HASHES = {
    "esp-md5-hmac": "MD596",
    "esp-sha-hmac": "SHA96",
    "esp-sha256-hmac": "SHA256",
    "esp-sha384-hmac": "SHA384",
    "esp-sha512-hmac": "SHA512",
}
IKE_HEADING = "Tunnel-id Local                 Remote                fvrf/ivrf            Status "
IKE_V6_HEADING = "Tunnel-id    fvrf/ivrf              Status "
ISAKMP_HEADING = (
    "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n"
)
ISAKMP_CODES = """\
Codes: C - IKE configuration mode, D - Dead Peer Detection
       K - Keepalives, N - NAT-traversal
       T - cTCP encapsulation, X - IKE Extended Authentication
       psk - Preshared key, rsig - RSA signature
       renc - RSA encryption
"""
ISAKMP_DETAIL = """\
IPv4 Crypto ISAKMP SA

C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.

"""
CONN_ID = 1000
"""Connection ids of IKEv1 begin above it (captures show_crypto_isakmp_sa)."""
VRF_WIDTH = 18
"""The fvrf/ivrf cell is cut here (capture show_crypto_ikev2_sa/009)."""


def show_isakmp(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto isakmp sa`: the responder is `dst` on both routers."""
    rows = _by_family(view, _isakmp_line)
    return f"{ISAKMP_HEADING}{rows[IPV4]}\nIPv6 Crypto ISAKMP SA\n\n{rows[IPV6]}"


def show_isakmp_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto isakmp sa detail`."""
    rows = _by_family(view, lambda sa: _isakmp_row(view, sa))
    text = f"{ISAKMP_CODES}{ISAKMP_DETAIL}{rows[IPV4]}IPv6 Crypto ISAKMP SA\n"
    return text + (rows[IPV6] or "\n")


def _by_family(view: View, write: Callable[[IkeSa], str]) -> dict[int, str]:
    """Write the SAs of IKEv1, each below the heading of its family."""
    texts = {IPV4: "", IPV6: ""}
    for sa in sorted(view.router.crypto.sas.values(), key=lambda sa: sa.tunnel_id):
        if sa.version == 1:
            texts[sa.local.version] += write(sa)
    return texts


def _isakmp_line(sa: IkeSa) -> str:
    destination, source = (sa.remote, sa.local) if sa.initiator else (sa.local, sa.remote)
    number = CONN_ID + sa.tunnel_id if sa.state is not IkeState.INIT_SENT else 0
    if sa.local.version == IPV6:
        return (
            f" dst: {destination}\n src: {source}\n"
            f" state: {sa.state.main_mode:<15} conn-id: {number:>6} status: ACTIVE\n\n"
        )
    return f"{destination!s:<16}{source!s:<16}{sa.state.main_mode:<15}{number:>7} ACTIVE\n"


def _isakmp_row(view: View, sa: IkeSa) -> str:
    head = f"{sa.local!s:<15} {sa.remote!s:<15} {_inside_vrf(view, sa):<6} ACTIVE"
    if sa.suite is None:
        return f"{0:<5} {head}\n       Engine-id:Conn-id =  ???\n\n"
    cipher = sa.suite.encryption.partition("-")[0]
    digest = "sha" if sa.suite.integrity == "sha1" else sa.suite.integrity
    letters = "D" if sa.dpd is not None else ""
    return (
        f"{CONN_ID + sa.tunnel_id:<5} {head} {cipher:<4} {digest:<6} psk  {sa.suite.group:<2} "
        f"{hms(ike_left(sa, view.now))} {letters:<3}\n"
        f"       Engine-id:Conn-id =  SW:{sa.tunnel_id}\n\n"
    )


def show_ikev2(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 sa`."""
    return _ike_table(view, args, detail=False)


def show_ikev2_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 sa detailed`."""
    return _ike_table(view, args, detail=True)


def _ikev2_sas(view: View, args: Mapping[str, Any]) -> list[IkeSa]:
    """Give the SAs of IKEv2 that a command asks for, by tunnel-id."""
    found = (
        sa
        for sa in view.router.crypto.sas.values()
        if sa.version != 1
        and args.get("local") in (None, sa.local)
        and args.get("peer") in (None, sa.remote)
    )
    return sorted(found, key=lambda sa: sa.tunnel_id)


def _ike_table(view: View, args: Mapping[str, Any], *, detail: bool) -> str:
    sas = _ikev2_sas(view, args)
    if not sas:
        return ""
    blocks = {IPV4: "", IPV6: ""}
    for sa in sas:
        blocks[sa.local.version] += _ike_sa(view, sa, detail=detail) + "\n"
    return f" IPv4 Crypto IKEv2  SA \n\n{blocks[IPV4]} IPv6 Crypto IKEv2  SA \n\n{blocks[IPV6]}"


def _ike_sa(view: View, sa: IkeSa, *, detail: bool) -> str:
    inside = _inside_vrf(view, sa)
    vrfs = f"{sa.vrf or 'none'}/{inside or 'none'}"[:VRF_WIDTH]
    active = int(view.now - sa.created) if sa.state is IkeState.READY else 0
    lines = [
        *_ends(sa, vrfs),
        f"      Encr: {_suite(view, sa)}",
        f"      Life/Active Time: {sa.lifetime_s}/{active} sec",
    ]
    if detail:
        lines += _ike_rest(sa)
    return "".join(f"{line}\n" for line in lines)


def _ends(sa: IkeSa, vrfs: str) -> list[str]:
    """Write heading and ends; those of IPv6 have lines of their own.

    So in capture show_crypto_ikev2_session/004.
    """
    local, remote = f"{sa.local}/{IKE_PORT}", f"{sa.remote}/{IKE_PORT}"
    if sa.local.version == IPV4:
        return [
            IKE_HEADING,
            f"{sa.tunnel_id:<10}{local:<22}{remote:<22}{vrfs:<21}{sa.state.column:<7}",
        ]
    return [
        IKE_V6_HEADING,
        f"{sa.tunnel_id:<11}{vrfs:<22}{sa.state.column:<7}",
        f"Local  {local}",
        f"Remote  {remote}",
    ]


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


def show_ikev2_session(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 session`."""
    return _ike_sessions(view, args, detail=False)


def show_ikev2_session_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ikev2 session detailed`."""
    return _ike_sessions(view, args, detail=True)


def _ike_sessions(view: View, args: Mapping[str, Any], *, detail: bool) -> str:
    sas = _ikev2_sas(view, args)
    if not sas:
        return ""
    blocks = {IPV4: "", IPV6: ""}
    for sa in sas:
        blocks[sa.local.version] += _ike_session(view, sa, detail=detail)
    return (
        f" IPv4 Crypto IKEv2 Session \n\n{blocks[IPV4]}"
        f" IPv6 Crypto IKEv2 Session \n\n{blocks[IPV6]}"
    )


def _ike_session(view: View, sa: IkeSa, *, detail: bool) -> str:
    children = list(sa.children.values())
    if sa.state is not IkeState.READY:
        status = "DOWN-NEGOTIATING"
    else:
        status = "UP-ACTIVE" if children else "UP-IDLE"
    head = f"Session-id:{sa.session_id}, Status:{status}, IKE count:1, CHILD count:{len(children)}"
    pairs = "".join(_child(child, detail=detail) for child in children)
    # The capture of IPv6 has two lines of `detailed` without that word.
    ids = _ike_rest(sa)[0:3:2] if sa.local.version == IPV6 and not detail else []
    more = "".join(f"{line}\n" for line in ids)
    return f"{head}\n\n{_ike_sa(view, sa, detail=detail)}{more}{pairs}\n"


def _child(child: ChildSa, *, detail: bool) -> str:
    """Write an SA pair: the selectors are the ends of the GRE packets."""
    text = _selectors(child) + (
        f"          ESP spi in/out: 0x{child.local_spi:X}/0x{child.remote_spi:X}  \n"
    )
    return text + _child_rest(child) if detail else text


def _selectors(child: ChildSa) -> str:
    if child.local.version == IPV6:
        return (
            "Child sa:\n"
            "          local selector       ->      remote_selector\n"
            f"          {child.local}/0 - {child.local}/65535    ->    "
            f"{child.remote}/0 - {child.remote}/65535\n"
        )
    return (
        f"Child sa: local selector  {child.local}/0 - {child.local}/65535\n"
        f"          remote selector {child.remote}/0 - {child.remote}/65535\n"
    )


def _child_rest(child: ChildSa) -> str:
    cipher, *rest = child.transform
    size = next((word for word in rest if word.isdigit()), "128")
    name = ESP_NAMES.get(cipher, cipher.removeprefix("esp-").upper())
    keyed = f"{name}, keysize: {size}" if name.startswith("AES") else name
    digest = next((ESP_HASHES[word] for word in rest if word in ESP_HASHES), "None")
    mode = "tunnel" if child.tunnel_mode else "transport"
    return (
        "          AH spi in/out: 0x0/0x0  \n"
        "          CPI in/out: 0x0/0x0  \n"
        f"          Encr: {keyed}, esp_hmac: {digest}\n"
        f"          ah_hmac: None, comp: IPCOMP_NONE, mode {mode}\n"
    )


def ike_left(sa: IkeSa, now: float) -> float:
    """Give the seconds that are left of an SA; none before it is established."""
    return sa.lifetime_s - (now - sa.created) if sa.state is IkeState.READY else 0.0
