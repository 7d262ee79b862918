"""How long a packet is in its wrappings, and the path MTU that a tunnel learns by it.

Outside in: IP 20, ESP (8, IV, padding, ICV) if protected, GRE 4 and 4 more with a key
(reference/DMVPN.md sections 1 and 6). A tunnel copies DF to the outer header only with
`tunnel path-mtu-discovery`; then, and only then, it listens to "fragmentation needed".
"""

from typing import TYPE_CHECKING

from labs.twin.addresses import IPV4, IPV6, Address
from labs.twin.crypto import ChildSa
from labs.twin.device import TunnelConfig
from labs.twin.packet import Packet
from labs.twin.router.ports import GRE_OVERHEAD, KEY_OVERHEAD, Port

if TYPE_CHECKING:
    from labs.twin.router.router import Router

IP_HEADER = {IPV4: 20, IPV6: 40}
ESP_HEADER = 8
ESP_TRAILER = 2
"""Pad length and next header."""


def gre_overhead(tunnel: TunnelConfig) -> int:
    """Give what GRE adds to a packet: outer IP header, GRE header, key."""
    return GRE_OVERHEAD[tunnel.transport] + (0 if tunnel.key is None else KEY_OVERHEAD)


def _esp(child: ChildSa) -> tuple[int, int, int]:
    """Give IV, block and ICV of the algorithms of an SA."""
    words = " ".join(child.transform)
    if "gcm" in words:
        return 8, 4, 16
    icv = 12
    for name, length in (("sha256", 16), ("sha384", 24), ("sha512", 32)):
        if name in words:
            icv = length
    return (8, 8, icv) if "3des" in words else (16, 16, icv)


def esp_size(size: int, child: ChildSa) -> int:
    """Give the length of an IP packet of `size` bytes after ESP.

    The maths is that of `plaintext mtu` (reference/DMVPN.md section 6) the other way round.
    """
    header = IP_HEADER[child.local.version]
    iv, block, icv = _esp(child)
    inner = size if child.tunnel_mode else size - header
    padded = -(-(inner + ESP_TRAILER) // block) * block
    return header + ESP_HEADER + iv + padded + icv


def plaintext_mtu(mtu: int, child: ChildSa) -> int:
    """Give the longest IP packet that ESP makes no longer than `mtu`."""
    header = IP_HEADER[child.local.version]
    iv, block, icv = _esp(child)
    room = (mtu - header - ESP_HEADER - iv - icv) // block * block - ESP_TRAILER
    return room if child.tunnel_mode else room + header


def _child(router: "Router", port: Port, target: Address) -> ChildSa | None:
    if not router.protected(port.name):
        return None
    return router.crypto.children.get(router.crypto.spi_of(port.name, target))


def outer_size(router: "Router", port: Port, target: Address, size: int) -> int:
    """Give the length of a packet once it has been wrapped for a far end."""
    tunnel = port.config.tunnel
    if tunnel is None:
        return size
    child = _child(router, port, target)
    wrapped = size + gre_overhead(tunnel)
    return wrapped if child is None else esp_size(wrapped, child)


def room(router: "Router", port: Port, target: Address, mtu: int) -> int:
    """Give the longest packet that fits a path MTU once it has been wrapped."""
    tunnel = port.config.tunnel
    if tunnel is None:
        return mtu
    child = _child(router, port, target)
    return (mtu if child is None else plaintext_mtu(mtu, child)) - gre_overhead(tunnel)


def path_mtu(port: Port, target: Address, now: float) -> int | None:
    """Give the path MTU learned for a far end, None if none is known any more."""
    known = port.path_mtus.get(target)
    return known[0] if known is not None and now < known[1] else None


def learn(router: "Router", about: Packet, mtu: int, now: float) -> None:
    """Note what the underlay said about a packet that tunnels of ours sent.

    Which of several tunnels with one source it was is not asked: their paths are the same.
    """
    for port in router.tunnel_ports():
        tunnel = port.config.tunnel
        if tunnel is None or not tunnel.path_mtu_discovery or port.source != about.src:
            continue
        known = path_mtu(port, about.dst, now)
        if mtu >= tunnel.path_mtu_floor and (known is None or mtu < known):
            port.path_mtus[about.dst] = (mtu, now + tunnel.path_mtu_age_s)
