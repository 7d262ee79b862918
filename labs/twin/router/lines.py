"""When interfaces come up and go down, and what follows from it.

A change of a line protocol is logged, puts or removes the connected routes, and is told to NHRP,
crypto and the routing protocols. Tunnels depend on other interfaces and on routes, so judging
goes round until nothing moves.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from labs.twin.addresses import IPV6, IPInterface, IPNetwork, host
from labs.twin.device import InterfaceConfig
from labs.twin.effects import RouteEntry
from labs.twin.nhrp.entries import NhsStatus
from labs.twin.rib import NULL
from labs.twin.router import tunnels
from labs.twin.router.ports import Admin, Port, kind_of, parent_of

if TYPE_CHECKING:
    from labs.twin.router.router import Router

ROUNDS = 8
"""More than the depth of tunnels in tunnels that anybody configures."""
STATIC = "static"
QUIET = frozenset({"Loopback", "Tunnel"})
"""Interfaces whose creation is no LINK event [K]."""


def settle(router: "Router", ports: Iterable[Port], now: float) -> None:
    """Judge interfaces again; if one changed, all tunnels as well."""
    moved = [_settle_port(router, port, now) for port in ports]
    if any(moved):
        offer_statics(router, now)
        settle_tunnels(router, now)


def settle_tunnels(router: "Router", now: float) -> None:
    """Judge all tunnels until nothing moves."""
    for _ in range(ROUNDS):
        moved = [_settle_port(router, port, now) for port in router.tunnel_ports()]
        if not any(moved):
            return
        offer_statics(router, now)


def _judge(router: "Router", port: Port, now: float) -> tuple[Admin, bool, bool]:
    """Give (interface, ready, line protocol) as they should be."""
    if port.config.shutdown:
        return Admin.SHUT, False, False
    if port.config.tunnel is not None:
        ready, port.why = tunnels.judge(router, port, now)
        return Admin.UP, ready, ready and _servers_allow(router, port)
    name = parent_of(port.name)
    parent = router.ports.get(name) if name is not None else None
    wired = port.wired and (parent is None or (parent.wired and not parent.config.shutdown))
    return (Admin.UP, True, True) if wired else (Admin.DOWN, False, False)


def _servers_allow(router: "Router", port: Port) -> bool:
    """Tell whether `if-state nhrp` lets the line protocol be up."""
    if not port.config.if_state_nhrp:
        return True
    servers = [s for _, machine in router.overlays(port.name) for s in machine.nhs.values()]
    return not servers or any(server.status is NhsStatus.RESPONDING for server in servers)


def _settle_port(router: "Router", port: Port, now: float) -> bool:
    source = port.source
    admin, ready, line = _judge(router, port, now)
    if port.ready and ready and source != port.source:
        # The source address moved: everybody has to be told anew.
        moved, port.source = port.source, source
        lower(router, port, port.admin, now)
        port.source = moved
    before = (port.admin, port.ready, port.line)
    if before == (admin, ready, line):
        return False
    if (port.ready and not ready) or (port.line and not line):
        lower(router, port, admin, now, ready=ready)
    if admin is not port.admin:
        _log_admin(router, port, admin, now)
        port.admin = admin
    if ready or line:
        _lift(router, port, now, ready=ready, line=line)
    return True


def _log_admin(router: "Router", port: Port, admin: Admin, now: float) -> None:
    if admin is Admin.SHUT:
        router.note(
            f"%LINK-5-CHANGED: Interface {port.name}, changed state to administratively down", now
        )
        return
    if port.changed is None and (kind_of(port.name) in QUIET or parent_of(port.name)):
        return  # what has just come into being, or has no hardware, logs its line protocol only
    # Tunnels print severity 5 (reference/FAULT_SWEEP.md), others 3 [K].
    severity = 5 if port.config.tunnel is not None else 3
    router.note(
        f"%LINK-{severity}-UPDOWN: Interface {port.name}, changed state to {admin.value}", now
    )


def _line_changed(router: "Router", port: Port, now: float) -> None:
    if port.quiet:
        return
    port.changed = now
    word = "up" if port.line else "down"
    router.note(
        f"%LINEPROTO-5-UPDOWN: Line protocol on Interface {port.name}, changed state to {word}", now
    )


def lower(router: "Router", port: Port, admin: Admin, now: float, *, ready: bool = False) -> None:
    """Take an interface down with everything that rests on it."""
    was_line, was_ready = port.line, port.ready
    port.line = False
    port.ready = ready
    if was_line:
        _line_changed(router, port, now)
        _withdraw_connected(router, port, now)
        _tell_routing(router, port, now, up=False)
    if was_ready and not ready:
        reason = "administratively prohibited" if admin is Admin.SHUT else "External"
        for label, machine in tuple(router.overlays(port.name)):
            router.perform(label, machine.stop(now, reason), now)
        if port.config.tunnel is not None:
            router.perform("crypto", router.crypto.close_tunnel(port.name, now), now)


def _lift(router: "Router", port: Port, now: float, *, ready: bool, line: bool) -> None:
    was_line, was_ready = port.line, port.ready
    port.ready, port.line = ready, line
    if line and not was_line:
        _line_changed(router, port, now)
        _offer_connected(router, port, now)
    if ready and not was_ready:
        start_nhrp(router, port, now)
    if line and not was_line:
        _tell_routing(router, port, now, up=True)
    port.quiet = False


def start_nhrp(router: "Router", port: Port, now: float) -> None:
    """Start NHRP on a tunnel that can send, and open the socket of a point-to-point one."""
    for label, machine in tuple(router.overlays(port.name)):
        router.perform(label, machine.start(now), now)
    tunnel = port.config.tunnel
    if tunnel is not None and not port.multipoint and tunnel.destination is not None:
        effects = router.crypto.open_socket(port.name, tunnel.destination, now)
        router.perform("crypto", effects, now)


def _tell_routing(router: "Router", port: Port, now: float, *, up: bool) -> None:
    for machine in router.eigrp.values():
        effects = machine.interface_changed(port.name, up=up, now=now)
        router.perform(machine.label, effects, now)


def _connected(addresses: Iterable[IPInterface]) -> tuple[tuple[str, IPNetwork], ...]:
    """Give the routes that an interface's addresses make: (protocol, prefix)."""
    routes: dict[tuple[str, IPNetwork], None] = {}
    for address in addresses:
        alone = host(address.ip)
        routes["connected", address.network] = None
        if address.network != alone:
            routes["local", alone] = None
    return tuple(routes)


def _all(config: InterfaceConfig) -> tuple[IPInterface, ...]:
    return (*config.addresses, *config.addresses_of(IPV6))


def further(config: InterfaceConfig) -> tuple[IPInterface, ...]:
    """Give the addresses whose change leaves the line up: secondary ones, and those of IPv6."""
    return (*config.secondaries, *config.addresses_of(IPV6))


def change_further(router: "Router", port: Port, new: InterfaceConfig, now: float) -> None:
    """Take over other secondary and IPv6 addresses; the line and the primary address stay."""
    if port.line:
        _withdraw(router, port, further(port.config), now)
    port.config = new
    if port.line:
        _offer_connected(router, port, now)


def _offer_connected(router: "Router", port: Port, now: float) -> None:
    vrf = port.config.vrf
    addresses = _all(port.config)
    for address in addresses:
        router.local.setdefault(vrf, {})[int(address.ip)] = port.name
    for source, network in _connected(addresses):
        entry = RouteEntry(
            network=network, source=source, distance=0, metric=0, interface=port.name, vrf=vrf
        )
        router.offer(f"{source} {port.name}", network, (entry,), vrf, now)


def _withdraw_connected(router: "Router", port: Port, now: float) -> None:
    _withdraw(router, port, _all(port.config), now)


def _withdraw(router: "Router", port: Port, addresses: tuple[IPInterface, ...], now: float) -> None:
    vrf = port.config.vrf
    owned = router.local.get(vrf, {})
    for address in addresses:
        if owned.get(int(address.ip)) == port.name:
            del owned[int(address.ip)]
    for source, network in _connected(addresses):
        router.offer(f"{source} {port.name}", network, (), vrf, now)


def offer_statics(router: "Router", now: float) -> None:
    """Offer the static routes whose interface is up, and withdraw the others."""
    wanted: dict[tuple[str, IPNetwork], list[RouteEntry]] = {}
    for static in router.config.static_routes:
        entries = wanted.setdefault((static.vrf, static.prefix), [])
        name = static.interface
        stays = name in (None, NULL) or static.permanent
        if name is not None and not stays and not router.interface_up(name):
            continue
        entries.append(
            RouteEntry(
                network=static.prefix,
                source=STATIC,
                distance=static.distance,
                metric=0,
                next_hop=static.next_hop,
                interface=name,
                vrf=static.vrf,
                tag=static.tag,
            )
        )
    for vrf, prefix in router.statics - wanted.keys():
        router.offer(STATIC, prefix, (), vrf, now)
    router.statics = set(wanted)
    for (vrf, prefix), entries in wanted.items():
        router.offer(STATIC, prefix, tuple(entries), vrf, now)
