"""Which interfaces are on one wire, told by their addresses.

Nobody writes down the cables of a lab: interfaces whose addresses see each other share a
segment. Two ends that claim one address cannot (two sites behind address translators use the
same inside addresses); such a group falls apart into segments where each address is unique.
An interface with `ip address dhcp` goes where a router serves addresses.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import chain

from labs.twin.addresses import IPInterface, IPNetwork
from labs.twin.device import DeviceConfig, InterfaceConfig
from labs.twin.network.segments import End
from labs.twin.router import Lease

FAMILIES = (4, 6)
NO_CABLE = ("Loopback", "Null", "NVI", "Virtual-Access", "Virtual-Template")


@dataclass(frozen=True, slots=True)
class Socket:
    """An interface that a cable can go to, with its addresses."""

    end: End
    addresses: tuple[IPInterface, ...]
    shutdown: bool
    vrf: str


def sockets(configs: Mapping[str, DeviceConfig]) -> Iterator[Socket]:
    """Give the interfaces with addresses that a cable can go to."""
    for name, config in configs.items():
        for interface in config.interfaces.values():
            addresses = tuple(_reaching(interface))
            if addresses and has_cable(interface):
                yield Socket((name, interface.name), addresses, interface.shutdown, interface.vrf)


def has_cable(interface: InterfaceConfig) -> bool:
    """Tell whether a cable can go to an interface."""
    return interface.tunnel is None and not interface.name.startswith(NO_CABLE)


def _reaching(interface: InterfaceConfig) -> Iterator[IPInterface]:
    """Give the addresses that see others: not those that stand alone in their prefix."""
    for address in chain.from_iterable(interface.addresses_of(family) for family in FAMILIES):
        if address.network.prefixlen < address.max_prefixlen:
            yield address


def wires(configs: Mapping[str, DeviceConfig]) -> list[tuple[End, ...]]:
    """Give the segments, those with a single end included, in order of the routers."""
    found = list(sockets(configs))
    groups: dict[int, list[Socket]] = {}
    for socket, root in zip(found, _roots(found), strict=True):
        groups.setdefault(root, []).append(socket)
    drawn = [
        [socket.end for socket in part]
        for group in groups.values()
        for part in _without_twins(group)
    ]
    _add_clients(configs, drawn)
    return [tuple(ends) for ends in drawn]


def _roots(found: list[Socket]) -> list[int]:
    """Give each interface the number of the first one on its wire."""
    parents = list(range(len(found)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    for one, other in _pairs(found):
        first, second = sorted((root(one), root(other)))
        parents[second] = first
    return [root(number) for number in range(len(found))]


def _pairs(found: list[Socket]) -> Iterator[tuple[int, int]]:
    """Give pairs of interfaces with addresses that see each other, enough to join all of them."""
    subnets: dict[IPNetwork, list[tuple[int, IPInterface]]] = {}
    for number, socket in enumerate(found):
        for address in socket.addresses:
            subnets.setdefault(address.network, []).append((number, address))
    lengths = {(net.version, net.prefixlen) for net in subnets}
    for subnet, members in subnets.items():
        yield from ((members[0][0], number) for number, _ in members[1:])
        wider = (subnet.supernet(new_prefix=n) for v, n in lengths if _wider(subnet, v, n))
        for number, address in chain.from_iterable(subnets.get(net, ()) for net in wider):
            # Masks differ, and still each finds the other in its own subnet.
            if address.ip in subnet:
                yield number, members[0][0]


def _wider(subnet: IPNetwork, version: int, length: int) -> bool:
    return version == subnet.version and length < subnet.prefixlen


def _without_twins(group: Iterable[Socket]) -> list[list[Socket]]:
    """Part a group so that no address is twice on a wire; those that are shut go last."""
    parts: list[list[Socket]] = []
    taken: list[set[str]] = []
    for socket in sorted(group, key=lambda one: one.shutdown):
        own = {str(address.ip) for address in socket.addresses}
        place = next((n for n, known in enumerate(taken) if not known & own), len(parts))
        if place == len(parts):
            parts.append([])
            taken.append(set())
        parts[place].append(socket)
        taken[place] |= own
    return parts


# DHCP


def _clients(configs: Mapping[str, DeviceConfig]) -> Iterator[End]:
    for name, config in configs.items():
        for interface in config.interfaces.values():
            if interface.dhcp and has_cable(interface) and interface.address is None:
                yield name, interface.name


def _served(
    configs: Mapping[str, DeviceConfig], ends: Iterable[End]
) -> Iterator[tuple[IPv4Network, IPv4Address | None]]:
    """Give the pools that routers serve on a segment."""
    for name, port in ends:
        own = configs[name].interfaces[port].address
        if own is not None:
            yield from (pool for pool in configs[name].dhcp.pools if own.ip in pool[0])


def _add_clients(configs: Mapping[str, DeviceConfig], drawn: list[list[End]]) -> None:
    """Put clients on served segments: where their next hops are, else on the emptiest."""
    serving = [(ends, pools) for ends in drawn if (pools := list(_served(configs, ends)))]
    for name, port in _clients(configs):
        hops = {route.next_hop for route in configs[name].static_routes} - {None}
        fitting = [
            (not any(hop in net for hop in hops for net, _ in pools), len(ends), at)
            for at, (ends, pools) in enumerate(serving)
            if name not in {router for router, _ in ends}
        ]
        if fitting:
            serving[min(fitting)[2]][0].append((name, port))


def leases(
    configs: Mapping[str, DeviceConfig], segments: Iterable[tuple[End, ...]]
) -> dict[End, Lease]:
    """Give every client an address of a pool that is served on its segment."""
    waiting = set(_clients(configs))
    found: dict[End, Lease] = {}
    for ends in segments:
        taken = {
            address.ip
            for name, port in ends
            for address in configs[name].interfaces[port].addresses
        }
        for end in (end for end in ends if end in waiting):
            lease = next(_offers(configs, ends, taken), None)
            if lease is not None:
                found[end] = lease
                taken.add(lease.address.ip)
    return found


def _offers(
    configs: Mapping[str, DeviceConfig], ends: tuple[End, ...], taken: set[IPv4Address]
) -> Iterator[Lease]:
    barred = [pair for name, _ in ends for pair in configs[name].dhcp.excluded]
    for network, gateway in _served(configs, ends):
        for host in network.hosts():
            if host not in taken and not any(first <= host <= last for first, last in barred):
                yield Lease(address=IPv4Interface((host, network.prefixlen)), gateway=gateway)
