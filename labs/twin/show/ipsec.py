"""`show crypto ipsec sa`, the sockets below it, and the counters of tunnel protection."""

from collections.abc import Mapping
from math import floor
from typing import Any

from labs.twin.addresses import IPV4, IPV6
from labs.twin.crypto import ChildSa
from labs.twin.crypto.proposals import protections
from labs.twin.crypto.values import CryptoSocket
from labs.twin.device import InterfaceConfig
from labs.twin.show.ike import IKE_PORT
from labs.twin.show.names import short
from labs.twin.show.view import View

GRE_PROTOCOL = 47
KEY_LIFE_KB = 4608000
"""First key lifetime in kilobytes."""
PATH_MTU = 1500
IP_HEADER = {IPV4: 20, IPV6: 40}
FORMS = {IPV4: ("255.255.255.255", " ", "ip"), IPV6: ("128", "\n     ", "ipv6")}
"""Mask of a host, what parts the two ends, and the word before `mtu`."""
ICV = {"esp-md5-hmac": 12, "esp-sha-hmac": 12, "esp-sha256-hmac": 16, "esp-sha384-hmac": 24}
LONGEST_ICV = 32
GCM = (8, 4, 16)
"""IV, block and ICV of AES-GCM as the plaintext mtu of captures counts them."""
ERRORS = "    #send errors 0, #recv errors 0\n"
DETAILED_ERRORS = """\
    #pkts no sa (send) 0, #pkts invalid sa (rcv) 0
    #pkts encaps failed (send) 0, #pkts decaps failed (rcv) 0
    #pkts invalid prot (recv) 0, #pkts verify failed: 0
    #pkts invalid identity (recv) 0, #pkts invalid len (rcv) 0
    #pkts replay rollover (send): 0, #pkts replay rollover (rcv) 0
    ##pkts replay failed (rcv): 0
    #pkts tagged (send): 0, #pkts untagged (rcv): 0
    #pkts not tagged (send): 0, #pkts not untagged (rcv): 0
    #pkts internal err (send): 0, #pkts internal err (recv) 0
"""
"""In place of the sums of errors (captures show_crypto_ipsec_sa_detail)."""


def child_left(child: ChildSa, now: float) -> int:
    """Give the whole seconds that are left of an SA pair."""
    return max(int(child.lifetime_s - (now - child.created)), 0)


def show_ipsec(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ipsec sa`: every peer of every protected tunnel."""
    return _sas(view, args, ERRORS)


def show_ipsec_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto ipsec sa detail`: errors by kind."""
    return _sas(view, args, DETAILED_ERRORS)


def _sas(view: View, args: Mapping[str, Any], errors: str) -> str:
    wanted = args.get("interface")
    peer = args.get("peer")
    text = ""
    for interface in view.router.config.interfaces.values():
        if interface.name not in {wanted, *([interface.name] if wanted is None else [])}:
            continue
        text += _interface_sas(view, interface, peer, errors)
    return text or ("\nNo SAs found\n" if wanted is None else "")


def _interface_sas(view: View, interface: InterfaceConfig, peer: object, errors: str) -> str:
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
        text += _peer_sas(view, interface, socket, children, errors)
    return text


def _peer_sas(
    view: View,
    interface: InterfaceConfig,
    socket: CryptoSocket,
    children: list[ChildSa],
    errors: str,
) -> str:
    local, remote = socket.local, socket.remote
    current = max(children, key=lambda child: child.created, default=None)
    encaps = sum(child.encaps for child in children)
    decaps = sum(child.decaps for child in children)
    spi = current.remote_spi if current is not None else 0
    mtu, idb = _path_mtu(view, interface)
    # Masks, ends and words of IPv6: capture show_crypto_ipsec_sa/006.
    mask, gap, ip = FORMS[local.version]
    group = f"group{current.pfs_group}" if current and current.pfs_group else "none"
    head = f"""
   protected vrf: {interface.vrf or "(none)"}
   local  ident (addr/mask/prot/port): ({local}/{mask}/{GRE_PROTOCOL}/0)
   remote ident (addr/mask/prot/port): ({remote}/{mask}/{GRE_PROTOCOL}/0)
   current_peer {remote} port {IKE_PORT}
     PERMIT, flags={{origin_is_acl,}}
    #pkts encaps: {encaps}, #pkts encrypt: {encaps}, #pkts digest: {encaps}
    #pkts decaps: {decaps}, #pkts decrypt: {decaps}, #pkts verify: {decaps}
    #pkts compressed: 0, #pkts decompressed: 0
    #pkts not compressed: 0, #pkts compr. failed: 0
    #pkts not decompressed: 0, #pkts decompress failed: 0
{errors}
     local crypto endpt.: {local},{gap}remote crypto endpt.: {remote}
     plaintext mtu {plaintext_mtu(current, mtu)}, path mtu {mtu}, {ip} mtu {mtu}, {ip} mtu idb {idb}
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
    header = IP_HEADER[child.local.version]
    inner = path_mtu - header - 8 - iv - icv
    size = floor(inner / block) * block - 2
    return size if child.tunnel_mode else size + header


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
        f"({KEY_LIFE_KB}/{child_left(child, view.now)})\n"
        f"        IV size: {_sizes(child.transform)[0]} bytes\n"
        f"        replay detection support: Y{_window(view)}\n"
        "        Status: ACTIVE(ACTIVE)\n"
    )


def _window(view: View) -> str:
    """Give the replay window, which XE prints when it was set (reference/DMVPN.md section 4)."""
    size = view.router.config.crypto.replay_window
    return f"  replay window size: {size}" if size and view.router.image.xe else ""


def show_sockets(view: View, args: Mapping[str, Any]) -> str:
    """Print `show crypto sockets`."""
    config = view.router.config
    guards = {guard.tunnel: guard for guard in protections(config)}
    found = [s for s in view.router.crypto.sockets.values() if s.tunnel in guards]
    found.sort(key=lambda socket: (len(socket.tunnel), socket.tunnel))
    rows = "".join(_socket(socket, shared=guards[socket.tunnel].shared) for socket in found)
    listening = "".join(
        f'Client: "TUNNEL SEC" Profile: "{guard.profile.name}" Map-name: "{name}-head-0"\n'
        for name, guard in guards.items()
    )
    return (
        f"Number of Crypto Socket connections {len(found)}\n\n{rows}"
        f"Crypto Sockets in Listen state:\n{listening}"
    )


def _socket(socket: CryptoSocket, *, shared: bool) -> str:
    mask = f"{FORMS[socket.local.version][0]}/0/{GRE_PROTOCOL}"
    flags = "       Flags: shared\n" if shared else ""
    return (
        f"   {'Shd' if shared else short(socket.tunnel)} Peers (local/remote): "
        f"{socket.local}/{socket.remote} \n"
        f"       Local Ident  (addr/mask/port/prot): ({socket.local}/{mask})\n"
        f"       Remote Ident (addr/mask/port/prot): ({socket.remote}/{mask})\n"
        f'{flags}       IPSec Profile: "{socket.profile}"\n'
        f"       Socket State: {socket.state.value}\n"
        '       Client: "TUNNEL SEC" (Client State: Active)\n'
    )


def show_protection_statistics(view: View, args: Mapping[str, Any]) -> str:
    """Print `show tunnel protection statistics`: what tunnels and IPsec told each other."""
    told = view.router.crypto.told
    listening = len(list(protections(view.router.config)))
    return f"""\
------------------------- Message Statistics -------------------------
   Sent:
      Listen Start   : {listening:<5}Listen Stop    : {0:<5}Socket Open    : {told.opened:<5}
      Socket Close   : {told.closed:<5}
   Rcvd:
      General Error  : {0:<5}Socket Error   : {0:<5}Socket Ready   : {told.up:<5}
      Socket Up      : {told.up:<5}Socket Down    : {told.down:<5}MTU Changed    : {0:<5}
      Listen Ready   : {listening:<5}Other          : {0:<5}

-------------------------- Error Statistics --------------------------
   Rcvd:
      Listen Start   : {0:<5}Listen Stop    : {0:<5}Socket Open    : {0:<5}
      Socket Close   : {0:<5}Conn Timeout   : {0:<5}

------------ Data Statistics(Other than IPSec protection) ------------
   Sent:
      cef pkt drops  : {0:<5}ps pkt drops   : {0:<5}
   Rcvd:
      ps pkt drops   : {0:<5}clear pkt drops: {0:<5}
"""
