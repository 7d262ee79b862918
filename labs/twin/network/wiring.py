"""Which interfaces are on one wire, told by their addresses.

Nobody writes down the cables of a lab: interfaces whose addresses see each other share a
segment. Two ends that claim one address cannot (two sites behind address translators use the
same inside addresses); such a group falls apart into segments where each address is unique.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from labs.twin.addresses import IPInterface, IPNetwork
from labs.twin.device import DeviceConfig, InterfaceConfig
from labs.twin.network.segments import End

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
    return [
        tuple(socket.end for socket in part)
        for group in groups.values()
        for part in _without_twins(group)
    ]


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
