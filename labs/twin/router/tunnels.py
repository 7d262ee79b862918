"""GRE tunnels of a router: encapsulation, protection, and when a tunnel is up.

Which tunnel an arriving GRE packet belongs to is told by the outer addresses, the key and the
front-door VRF; a point-to-point tunnel takes only what its destination sends, which is why a
direct path to such a spoke is a black hole (reference/PHASES.md section 6, invariant).
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from labs.twin.addresses import Address
from labs.twin.crypto.proposals import protection_of
from labs.twin.device import TunnelConfig
from labs.twin.effects import HandNhrp, SendNhrp
from labs.twin.packet import Esp, Gre, Icmp, IcmpKind, Nhrp, Packet
from labs.twin.router import dataplane, sizes
from labs.twin.router.ports import Port
from labs.twin.wire import length_of

if TYPE_CHECKING:
    from labs.twin.router.router import Router

NHRP_PROCESS_S = 0.02
"""NHRP is handled by a process, data is switched: in published traceroutes all three probes of the
first hop pass the hub before the direct path stands (cases p2-eigrp-companya and others). [K]"""
NHRP_INPUT = "nhrp input"
NOT_IPSEC_GAP_S = 60.0
"""The log line comes about once a minute (reference/FAULT_SWEEP.md W8)."""
DEEPEST = 4
"""Tunnels inside tunnels; more is two tunnels that run through each other."""
RECURSION_HOLD_S = 10.0
"""A tunnel whose destination is learned through it flaps about every 10 s (reference/FAULTS.md
F39): it is tried again, comes up, learns its destination through itself, and goes down."""
NO_DESTINATION = "no IPv4 tunnel destination address"
"""Capture show_interface_tunnel/003."""
GRE_PROTOCOL = 47
ESP_PROTOCOL = 50


def send(
    router: "Router",
    port: Port,
    next_hop: Address,
    packet: Packet,
    now: float,
    ingress: Port | None,
    nbma: Address | None,
) -> None:
    """Send an IP packet into a tunnel; `ingress` and `nbma` say where a transit packet is from."""
    if dataplane.is_multicast(packet.dst):
        for member in multicast_targets(router, port, packet.dst.version):
            encapsulate(router, port, member, packet, now)
        return
    if ingress is not None and nbma is not None:
        machine = router.overlay(ingress.name, packet.dst.version)
        if machine is not None:
            effects = machine.forwarded(packet, nbma, ingress.name, port.name, now)
            router.perform(f"{machine.label} {ingress.name}", effects, now)
    target = _resolve(router, port, next_hop, packet, now)
    if target is None:
        port.drops += 1
        return
    if not _fits(router, port, target, packet, now, ingress):
        return
    encapsulate(router, port, target, packet, now)


def _fits(
    router: "Router", port: Port, target: Address, packet: Packet, now: float, ingress: Port | None
) -> bool:
    """Tell whether a packet fits the path MTU learned for a far end; if not, tell its source."""
    if not packet.df or not port.path_mtus:
        return True
    mtu = sizes.path_mtu(port, target, now)
    if mtu is None or sizes.outer_size(router, port, target, packet.size) <= mtu:
        return True
    port.drops += 1
    room = sizes.room(router, port, target, mtu)
    dataplane.complain(router, ingress, packet, IcmpKind.FRAGMENTATION_NEEDED, now, mtu=room)
    return False


def _resolve(
    router: "Router", port: Port, next_hop: Address, packet: Packet, now: float
) -> Address | None:
    """Find the far end of a tunnel for a next hop; NHRP learns that it was used."""
    target = None
    machine = router.overlay(port.name, packet.dst.version)
    if machine is not None:
        target, effects = machine.resolve(next_hop, packet, now)
        router.perform(f"{machine.label} {port.name}", effects, now)
    tunnel = port.config.tunnel
    if tunnel is not None and not port.multipoint:
        return tunnel.destination
    return target


def multicast_targets(router: "Router", port: Port, family: int) -> tuple[Address, ...]:
    """List who gets a copy of a multicast packet."""
    tunnel = port.config.tunnel
    if tunnel is not None and not port.multipoint:
        return (tunnel.destination,) if tunnel.destination is not None else ()
    machine = router.overlay(port.name, family)
    return machine.multicast_targets() if machine is not None else ()


def encapsulate(
    router: "Router", port: Port, target: Address, inner: Packet | Nhrp, now: float
) -> None:
    """Wrap a packet in GRE, and in ESP if the tunnel is protected, and send it off."""
    tunnel = port.config.tunnel
    if tunnel is None or port.source is None or not port.ready or router.nesting > DEEPEST:
        return
    if target.version != port.source.version:
        port.drops += 1  # a map line of the other family: no header could carry it
        return
    size = inner.size if isinstance(inner, Packet) else length_of(inner)
    port.count_out(size, now)
    gre = Gre(key=tunnel.key, payload=inner)
    size += sizes.gre_overhead(tunnel)
    payload: Gre | Esp = gre
    if router.protected(port.name):
        esp, effects = router.crypto.protect(port.name, target, gre, now)
        router.perform("crypto", effects, now)
        if esp is None:
            port.drops += 1
            return
        payload = esp
        child = router.crypto.children[router.crypto.spi_of(port.name, target)]
        size = sizes.esp_size(size, child)
    table = router.table(tunnel.vrf, target.version)
    via = table.via(target) if table is not None else None
    if via is None or via.interface == port.name:
        port.drops += 1
        return
    df = tunnel.path_mtu_discovery and isinstance(inner, Packet) and inner.df
    outer = Packet(src=port.source, dst=target, payload=payload, size=size, df=df, ttl=tunnel.ttl)
    if router.taps:
        router.show_taps(port.name, replace(outer, payload=gre), now)
    router.nesting += 1
    if tunnel.route_via is None:
        dataplane.originate(router, outer, tunnel.vrf, now)
    else:
        _send_pinned(router, port, tunnel, outer, now)
    router.nesting -= 1


def _send_pinned(
    router: "Router", port: Port, tunnel: TunnelConfig, outer: Packet, now: float
) -> None:
    """Send an outer packet by the interface of `tunnel route-via`, if a best path leads there."""
    table = router.table(tunnel.vrf, outer.dst.version)
    route = table.lookup(outer.dst) if table is not None else None
    if table is not None and route is not None:
        ways = (table.via(outer.dst, flow=flow) for flow in range(len(route.paths)))
        for via in ways:
            if via is not None and via.interface == tunnel.route_via:
                dataplane.emit(router, via.interface, via.next_hop, outer, now)
                return
    if tunnel.route_via_only:
        port.drops += 1
    else:
        dataplane.originate(router, outer, tunnel.vrf, now)


def take_esp(router: "Router", packet: Packet, esp: Esp, vrf: str, now: float) -> None:
    """Take an encrypted packet for us."""
    child = router.crypto.unprotect(esp, now)
    if child is None:
        router.complain_once(
            f"%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for "
            f"destaddr={packet.dst}, prot={ESP_PROTOCOL}, spi=0x{esp.spi:X}({esp.spi}), "
            f"srcaddr={packet.src}",
            f"spi {packet.src} {packet.dst}",
            NOT_IPSEC_GAP_S,
            now,
        )
        return
    gre = esp.payload
    port = tunnel_for(router, packet, gre, vrf)
    if port is not None and port.name in child.tunnels:
        _accept(router, port, packet, gre, now)


def take_gre(router: "Router", packet: Packet, gre: Gre, vrf: str, now: float) -> None:
    """Take a GRE packet for us that came unprotected."""
    port = tunnel_for(router, packet, gre, vrf)
    guarded = port is not None and router.protected(port.name)
    if guarded or (port is None and _guards_source(router, packet, vrf)):
        router.complain_once(
            "%CRYPTO-4-RECVD_PKT_NOT_IPSEC: Rec'd packet not an IPSEC packet. (ip) "
            f"vrf/dest_addr= {vrf}/{packet.dst}, src_addr= {packet.src}, prot= {GRE_PROTOCOL}",
            f"clear {packet.src} {packet.dst}",
            NOT_IPSEC_GAP_S,
            now,
        )
        return
    if port is not None:
        _accept(router, port, packet, gre, now)


def _guards_source(router: "Router", packet: Packet, vrf: str) -> bool:
    """Tell whether some protected tunnel, of whatever key, sends from this address."""
    return any(
        port.source == packet.dst and port.config.tunnel.vrf == vrf and router.protected(port.name)
        for port in router.tunnel_ports()
        if port.config.tunnel is not None
    )


def tunnel_for(router: "Router", packet: Packet, gre: Gre, vrf: str) -> Port | None:
    """Find the tunnel a GRE packet belongs to; point-to-point tunnels come first."""
    found: Port | None = None
    for port in router.tunnel_ports():
        tunnel = port.config.tunnel
        if (
            tunnel is None
            or not port.ready
            or port.source != packet.dst
            or tunnel.key != gre.key
            or tunnel.vrf != vrf
        ):
            continue
        if port.multipoint:
            found = found or port
        elif tunnel.destination == packet.src:
            return port
    return found


def _accept(router: "Router", port: Port, packet: Packet, gre: Gre, now: float) -> None:
    inner = gre.payload
    if router.taps:
        router.show_taps(port.name, replace(packet, payload=gre), now)
    if isinstance(inner, Packet):
        dataplane.receive(router, port, inner, now, nbma=packet.src)
        return
    port.count_in(length_of(inner), now)
    router.clock.post(now + NHRP_PROCESS_S, router.name, NHRP_INPUT, (port.name, inner, packet.src))


def process_nhrp(router: "Router", name: str, message: Nhrp, nbma: Address, now: float) -> None:
    """Take an NHRP packet out of the input queue."""
    machine = router.overlay(name, message.source.version)
    port = router.ports.get(name)
    if machine is not None and port is not None and port.ready:
        router.perform(f"{machine.label} {name}", machine.receive(message, nbma, now), now)


def meet_ourselves(router: "Router", port: Port, packet: Packet, now: float) -> None:
    """Tell NHRP of an echo of ours to the address of a tunnel of ours."""
    echo = isinstance(packet.payload, Icmp) and packet.payload.kind is IcmpKind.ECHO
    machine = router.overlay(port.name, packet.dst.version) if echo else None
    if machine is not None:
        router.perform(f"{machine.label} {port.name}", machine.meet_ourselves(now), now)


def send_nhrp(router: "Router", sent: SendNhrp, now: float) -> None:
    """Send an NHRP packet, as far as its rate is not limited."""
    port = router.ports.get(sent.tunnel)
    machine = router.overlay(sent.tunnel, sent.message.source.version)
    if port is not None and (machine is None or machine.end.admits(sent.message, now)):
        encapsulate(router, port, sent.nbma, sent.message, now)


def hand_over(router: "Router", handed: HandNhrp, now: float) -> None:
    """Give an NHRP packet to the tunnel its way leads out by."""
    machine = router.overlay(handed.tunnel, handed.message.source.version)
    if machine is not None:
        effects = machine.take_over(handed.message, handed.came_by, handed.nbma)
        router.perform(f"{machine.label} {handed.tunnel}", effects, now)


def judge(router: "Router", port: Port, now: float) -> tuple[bool, str]:
    """Tell whether a tunnel can send, and if not why; its source is looked up on the way."""
    tunnel = port.config.tunnel
    if tunnel is None:
        return False, "no tunnel"
    port.source = router.source_address(tunnel)
    if port.source is None:
        return False, "no source"
    if port.multipoint:
        return True, ""
    if tunnel.destination is None:
        return False, NO_DESTINATION
    if tunnel.destination.version != tunnel.transport:
        return False, NO_DESTINATION
    if now < port.held_until:
        return False, ""
    table = router.table(tunnel.vrf, tunnel.transport)
    via = table.via(tunnel.destination) if table is not None else None
    if via is None:
        return False, "no output interface"
    if leads_back(router, port):
        _hold(router, port, now)
        return False, ""
    return True, ""


def leads_back(router: "Router", port: Port) -> bool:
    """Tell whether the way to a tunnel's destination goes through the tunnel itself.

    Only point-to-point tunnels are followed: of an mGRE one it is not known before the packet
    where it leads (measured: it says nothing, reference/FAULTS.md F39).
    """
    follow = port
    for _ in range(DEEPEST):
        tunnel = follow.config.tunnel
        if tunnel is None or tunnel.destination is None or follow.multipoint:
            return False
        table = router.table(tunnel.vrf, tunnel.destination.version)
        via = table.via(tunnel.destination) if table is not None else None
        after = router.ports.get(via.interface) if via is not None else None
        if after is None:
            return False
        if after is port:
            return True
        follow = after
    return False


def _hold(router: "Router", port: Port, now: float) -> None:
    """Take a tunnel out of use for a while: without it its destination may be found again."""
    router.note(f"%TUN-5-RECURDOWN: {port.name} temporarily disabled due to recursive routing", now)
    port.held_until = now + RECURSION_HOLD_S
    router.clock.arm(port.held_until, router.name, "router", f"tunnels {port.name}")


def is_protected(router: "Router", name: str) -> bool:
    """Tell whether a tunnel has a protection that exists."""
    return protection_of(router.config, name) is not None
