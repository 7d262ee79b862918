"""An instant look at a packet's way: what would happen now, with nothing changed.

It follows the same tables as the data plane (RIB with NHRP overrides, NHRP cache, security
associations, wires), but sends nothing, so no resolution is started and no counter moves.
"""

from typing import TYPE_CHECKING

from labs.twin.addresses import Address
from labs.twin.network.probes import Hop, Walk
from labs.twin.packet import Gre, Packet
from labs.twin.rib import NULL
from labs.twin.router import Port, Router, sizes
from labs.twin.router.dataplane import flow_of
from labs.twin.router.tunnels import tunnel_for

if TYPE_CHECKING:
    from labs.twin.network.network import Network

DEPTH = 4
"""Tunnels inside tunnels that are followed."""


def walk(network: "Network", start: str, packet: Packet, vrf: str = "", depth: int = 0) -> Walk:
    """Follow a packet from a router to where it ends."""
    hops: list[Hop] = [Hop(router=start, ingress="", address=None)]
    router = network.routers[start]
    ttl = packet.ttl
    while True:
        if router.is_local(packet.dst, vrf):
            return Walk(arrived=True, hops=tuple(hops))
        if len(hops) > 1:
            ttl -= 1
        if ttl <= 0:
            return Walk(arrived=False, hops=tuple(hops), reason=f"TTL ends at {router.name}")
        step = _step(network, router, packet, vrf, depth)
        if isinstance(step, str):
            return Walk(arrived=False, hops=tuple(hops), reason=step)
        router, port = step
        vrf = port.config.vrf
        hops.append(Hop(router=router.name, ingress=port.name, address=port.address))


def _step(
    network: "Network", router: Router, packet: Packet, vrf: str, depth: int
) -> tuple[Router, Port] | str:
    """Go one router further; a text says why not."""
    table = router.table(vrf, packet.dst.version)
    via = table.via(packet.dst, flow=flow_of(packet)) if table is not None else None
    if via is None:
        return f"{router.name} has no route to {packet.dst}"
    if via.interface == NULL:
        return f"{router.name} drops {packet.dst}: {via.network} is routed to Null0"
    port = router.ports.get(via.interface)
    if port is None or not port.line:
        return f"{via.interface} of {router.name} is down"
    if packet.df and packet.size > port.ip_mtu:
        return f"{packet.size} bytes do not fit {via.interface} of {router.name} ({port.ip_mtu})"
    if port.config.tunnel is not None:
        next_hop = via.next_hop or packet.dst
        return _through_tunnel(network, router, port, next_hop, packet, depth)
    next_hop = via.next_hop or packet.dst
    end = network.neighbor(router.name, port.name, next_hop)
    if end is None:
        return f"nobody answers for {next_hop} on {port.name} of {router.name}"
    after = network.routers[end[0]]
    arrival = after.ports[end[1]]
    return (after, arrival) if arrival.line else f"{end[1]} of {end[0]} is down"


def _through_tunnel(
    network: "Network",
    router: Router,
    port: Port,
    next_hop: Address,
    packet: Packet,
    depth: int,
) -> tuple[Router, Port] | str:
    tunnel = port.config.tunnel
    if tunnel is None or port.source is None:
        return f"{port.name} of {router.name} is down"
    target = tunnel.destination
    if port.multipoint:
        machine = router.overlay(port.name, packet.dst.version)
        target = machine.peek(next_hop) if machine is not None else None
    if target is None:
        return f"{router.name} has no NBMA address for {next_hop}"
    if not router.socket_up(port.name, target):
        return f"{router.name} has no IPsec SA with {target} on {port.name}"
    if depth >= DEPTH:
        return f"{port.name} of {router.name} runs through itself"
    size = sizes.outer_size(router, port, target, packet.size)
    mtu = sizes.path_mtu(port, target, network.now) if packet.df else None
    if mtu is not None and size > mtu:
        return f"{packet.size} bytes do not fit the path MTU {mtu} of {port.name} of {router.name}"
    gre = Gre(key=tunnel.key, payload=packet)
    df = packet.df and tunnel.path_mtu_discovery
    outer = Packet(src=port.source, dst=target, payload=gre, size=size, df=df)
    way = walk(network, router.name, outer, tunnel.vrf, depth + 1)
    if not way.arrived:
        return f"{port.name} of {router.name}: {way.reason}"
    after = network.routers[way.hops[-1].router]
    front = way.hops[-1].ingress
    fvrf = after.ports[front].config.vrf if front else tunnel.vrf
    arrival = tunnel_for(after, outer, gre, fvrf)
    if arrival is None or not arrival.line:
        return f"{after.name} has no tunnel for GRE from {port.source} with key {tunnel.key}"
    if after.protected(arrival.name) != router.protected(port.name):
        return (
            f"{arrival.name} of {after.name} and {port.name} of {router.name} protect differently"
        )
    return after, arrival
