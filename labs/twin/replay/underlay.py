"""The wires of a published network, and the provider that nobody publishes.

Links are drawn by subnet: interfaces with addresses of one subnet share a segment. Where a
configuration points at a next hop or an external BGP neighbour that no published router owns,
a provider router owns it: one for each autonomous system, joined by a backbone, which knows the
way to every tunnel source and gives a default route to those who speak BGP with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import islice

from labs.twin.device import DeviceConfig, InterfaceConfig
from labs.twin.network.wiring import wires

BACKBONE = IPv4Network("192.0.0.0/24")
"""Between the providers: addresses that no network has (RFC 6890, IETF protocol assignments)."""
End = tuple[str, str]
PLAIN = 0
"""Number of the provider that speaks no BGP."""


@dataclass(slots=True)
class Port:
    """An unpublished address on a segment."""

    address: IPv4Interface
    peers: list[tuple[IPv4Address, int]] = field(default_factory=list)
    """Published BGP neighbours on the segment: address and autonomous system."""


@dataclass(slots=True)
class Underlay:
    """What has to be added to the published routers."""

    providers: dict[str, str] = field(default_factory=dict)
    """Configuration texts by name."""
    segments: list[tuple[End, ...]] = field(default_factory=list)


def draw(configs: Mapping[str, DeviceConfig]) -> Underlay:
    """Draw the segments and the providers of published routers."""
    segments = [list(ends) for ends in wires(configs)]
    subnets = {
        network: ends
        for ends in segments
        for name, port in ends
        for network in _subnets(configs[name].interfaces[port])
    }
    ports = _missing(configs, subnets)
    drawn = Underlay()
    names: dict[int, str] = {asn: f"provider-{asn}" for asn in ports}
    for asn, owned in ports.items():
        for number, port in enumerate(owned, start=1):
            subnets[port.address.network].append((names[asn], f"GigabitEthernet0/{number}"))
    for at, (asn, owned) in enumerate(ports.items(), start=1):
        drawn.providers[names[asn]] = _provider(names[asn], asn, at, owned, ports, configs)
    drawn.segments = [tuple(ends) for ends in segments if len(ends) > 1]
    if len(ports) > 1:
        drawn.segments.append(tuple((name, "GigabitEthernet0/0") for name in names.values()))
    return drawn


def _subnets(interface: InterfaceConfig) -> tuple[IPv4Network, ...]:
    return () if interface.shutdown else tuple(a.network for a in interface.addresses)


def _missing(
    configs: Mapping[str, DeviceConfig], subnets: Mapping[IPv4Network, list[End]]
) -> dict[int, list[Port]]:
    """Find the addresses that are pointed at and that nobody owns, by autonomous system."""
    owned = {address for config in configs.values() for address in _addresses(config)}
    ports: dict[IPv4Address, tuple[int, Port]] = {}
    for config in configs.values():
        for address, asn in (*_pointed_at(config), *_pointed_out(config, subnets, owned)):
            subnet = next((net for net in subnets if address in net), None)
            if address in owned or subnet is None:
                continue
            number, port = ports.get(address, (PLAIN, None))
            port = port or Port(IPv4Interface((address, subnet.prefixlen)))
            ports[address] = (number or asn, port)
            if asn and config.bgp is not None:
                own = _address_in(config, subnet)
                if own is not None:
                    port.peers.append((own, config.bgp.asn))
    found: dict[int, list[Port]] = {}
    for asn, port in ports.values():
        found.setdefault(asn, []).append(port)
    return found


def _pointed_out(
    config: DeviceConfig,
    subnets: Mapping[IPv4Network, list[End]],
    owned: set[IPv4Address],
) -> Iterator[tuple[IPv4Address, int]]:
    """Give an address for whoever answers where a route names an interface and no next hop."""
    for route in config.static_routes:
        port = config.interfaces.get(route.interface or "")
        if route.next_hop is not None or port is None or port.address is None:
            continue
        subnet = port.address.network
        if len(subnets.get(subnet, ())) == 1:
            yield from ((host, PLAIN) for host in islice(_free(subnet, owned), 1))


def _free(subnet: IPv4Network, owned: set[IPv4Address]) -> Iterator[IPv4Address]:
    return (host for host in subnet.hosts() if host not in owned)


def _addresses(config: DeviceConfig) -> Iterator[IPv4Address]:
    for interface in config.interfaces.values():
        yield from (address.ip for address in interface.addresses)


def _pointed_at(config: DeviceConfig) -> Iterator[tuple[IPv4Address, int]]:
    """Give next hops and external BGP neighbours, those with their autonomous system."""
    for route in config.static_routes:
        if isinstance(route.next_hop, IPv4Address):
            yield route.next_hop, PLAIN
    if config.bgp is None:
        return
    for address, neighbor in config.bgp.neighbors.items():
        if neighbor.remote_as not in (None, config.bgp.asn):
            yield address, neighbor.remote_as or PLAIN


def _address_in(config: DeviceConfig, subnet: IPv4Network) -> IPv4Address | None:
    return next((address for address in _addresses(config) if address in subnet), None)


def _provider(
    name: str,
    asn: int,
    at: int,
    owned: list[Port],
    ports: Mapping[int, list[Port]],
    configs: Mapping[str, DeviceConfig],
) -> str:
    lines = [f"hostname {name}"]
    if len(ports) > 1:
        lines += _interface("GigabitEthernet0/0", IPv4Interface((BACKBONE[at], 24)))
    for number, port in enumerate(owned, start=1):
        lines += _interface(f"GigabitEthernet0/{number}", port.address)
    lines += _routes(asn, ports, configs)
    if asn:
        lines.append(f"router bgp {asn}")
        for peer, remote in (pair for port in owned for pair in port.peers):
            lines.append(f" neighbor {peer} remote-as {remote}")
            lines.append(f" neighbor {peer} default-originate")
    return "\n".join(lines) + "\n"


def _interface(name: str, address: IPv4Interface) -> list[str]:
    return [f"interface {name}", f" ip address {address.ip} {address.netmask}", " no shutdown"]


def _routes(
    asn: int, ports: Mapping[int, list[Port]], configs: Mapping[str, DeviceConfig]
) -> Iterator[str]:
    """Give the ways to the segments of other providers and to tunnel sources behind routers."""
    local = {port.address.network for port in ports[asn]}
    everywhere = {port.address.network for owned in ports.values() for port in owned}
    for at, (other, owned) in enumerate(ports.items(), start=1):
        for subnet in dict.fromkeys(port.address.network for port in owned):
            if other != asn and subnet not in local:
                yield _route(subnet, BACKBONE[at])
    for config in configs.values():
        for source in _sources(config):
            if any(source in subnet for subnet in everywhere):
                continue
            hop = _way(config, asn, ports)
            if hop is not None:
                yield _route(IPv4Network(source), hop)


def _route(subnet: IPv4Network, hop: IPv4Address) -> str:
    return f"ip route {subnet.network_address} {subnet.netmask} {hop}"


def _way(config: DeviceConfig, asn: int, ports: Mapping[int, list[Port]]) -> IPv4Address | None:
    """Give the next hop of a provider towards a router: itself, or the provider it hangs on."""
    for at, (other, owned) in enumerate(ports.items(), start=1):
        for port in owned:
            own = _address_in(config, port.address.network)
            if own is not None:
                return own if other == asn else BACKBONE[at]
    return None


def _sources(config: DeviceConfig) -> Iterable[IPv4Address]:
    """Give the tunnel sources of a router."""
    found: dict[IPv4Address, None] = {}
    for interface in config.interfaces.values():
        source = interface.tunnel.source if interface.tunnel is not None else None
        if isinstance(source, str):
            via = config.interfaces.get(source)
            source = via.address.ip if via is not None and via.address is not None else None
        if isinstance(source, IPv4Address):
            found[source] = None
    return found
