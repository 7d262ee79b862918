"""`show adjacency` (layout: captures show_adjacency and show_adjacency_tunnel).

An adjacency holds what is written before a packet: on Ethernet the two hardware addresses, in a
tunnel the outer IP and GRE headers, with lengths still empty. `internal` prints addresses of the
router's memory and is not modelled.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from labs.twin.addresses import IPV4, Address, mac_of, order
from labs.twin.device import TunnelConfig
from labs.twin.grammar import interface_order
from labs.twin.network.segments import End
from labs.twin.nhrp.entries import EntryType
from labs.twin.rib import Rib
from labs.twin.router import Port, Router
from labs.twin.router.ports import kind_of, parent_of
from labs.twin.show.arp import IPV4_END, WITHOUT
from labs.twin.show.view import View

HEAD = "Protocol Interface                 Address\n"
PAD = " " * 35
ROW = 32
"""Hexadecimal digits of a header on one line."""
IDLE = 7
"""References that an adjacency without routes has: 8 stand behind a host that only ARP knows
(capture show_adjacency/002)."""
GRE_IPV4 = 0x0800
KEY_PRESENT = 0x2000
DOT1Q = "8100"
ETHERTYPE = "0800"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacency:
    """A neighbour that packets can be sent to."""

    interface: str
    address: Address | None
    """None on a point-to-point tunnel."""
    owner: End | None = None
    """On Ethernet: who has the hardware address."""
    target: Address | None = None
    """In a tunnel: the far end; None while NHRP has not found it."""

    @property
    def complete(self) -> bool:
        """Tell whether it is known what to write before a packet."""
        return self.owner is not None or self.target is not None


def adjacencies(view: View, vrf: str | None = None) -> list[Adjacency]:
    """List the IPv4 adjacencies of a router or of one VRF, by interface and address."""
    router = view.router
    names = sorted(router.ports, key=interface_order)
    found: dict[str, list[Adjacency]] = {name: [] for name in names}
    for name in names:
        port = router.ports[name]
        if port.line and vrf in (None, port.config.vrf) and port.config.tunnel is not None:
            found[name] += _tunnel(router, port)
    for name, address, _, owner in view.network.arp_table(router.name):
        port_or_none = router.ports.get(name)
        if port_or_none is None or address >= IPV4_END or kind_of(name) in WITHOUT:
            continue
        if port_or_none.line and vrf in (None, port_or_none.config.vrf):
            entry = Adjacency(interface=name, address=IPv4Address(address), owner=owner)
            found[name].append(entry)
    return [entry for name in names for entry in sorted(found[name], key=_order)]


def _order(entry: Adjacency) -> tuple[int, int]:
    return (0, 0) if entry.address is None else order(entry.address)


def _tunnel(router: Router, port: Port) -> Iterator[Adjacency]:
    tunnel = port.config.tunnel
    if tunnel is None:
        return
    if not port.multipoint:
        yield Adjacency(interface=port.name, address=None, target=tunnel.destination)
        return
    machine = router.overlay(port.name, IPV4)
    if machine is None:
        return
    hops: dict[Address, Address | None] = {}
    for entry in machine.cache.values():
        if entry.local or (entry.nbma is None and entry.type is not EntryType.INCOMPLETE):
            continue
        hops[entry.next_hop] = entry.nbma or hops.get(entry.next_hop)
    for address, nbma in hops.items():
        yield Adjacency(interface=port.name, address=address, target=nbma)


def show_adjacency(view: View, args: Mapping[str, Any]) -> str:
    """Print the adjacencies with the number of their references."""
    return HEAD + "".join(f"{_line(entry, uses)}\n" for entry, uses in _chosen(view, args))


def show_adjacency_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print the adjacencies with the headers they write."""
    text = HEAD
    for entry, uses in _chosen(view, args):
        text += f"{_line(entry, uses)}\n"
        text += "".join(f"{PAD}{line}\n" for line in _detail(view, entry))
    return text


def _chosen(view: View, args: Mapping[str, Any]) -> list[tuple[Adjacency, int]]:
    """Give what was asked for, with the number of references: one by itself, one a route."""
    name = args.get("interface")
    uses: Counter[tuple[str, Address | None]] = Counter()
    for rib in view.router.rib.values():
        uses.update(_uses(rib))
    entries = [entry for entry in adjacencies(view) if name in (None, entry.interface)]
    return [(entry, uses[entry.interface, entry.address]) for entry in entries]


def _uses(rib: Rib) -> Iterator[tuple[str, Address | None]]:
    for route in rib:
        entry = rib.cef_prefix(route.network)
        for path in entry.paths if entry is not None else ():
            if path.kind == "nexthop" and path.interface is not None:
                yield path.interface, path.next_hop


def _line(entry: Adjacency, uses: int) -> str:
    address = "point2point" if entry.address is None else str(entry.address)
    mark = "" if entry.complete else " (incomplete)"
    return f"IP       {entry.interface:<26}{address}({IDLE + 1 + uses}){mark}"


def _detail(view: View, entry: Adjacency) -> Iterator[str]:
    yield "0 packets, 0 bytes"
    yield f"epoch {epoch(view)}"
    yield "sourced in sev-epoch 0"
    if not entry.complete:
        yield "punt (rate-limited) packets"
        return
    port = view.router.ports[entry.interface]
    tunnel = port.config.tunnel
    if tunnel is not None and entry.target is not None and port.source is not None:
        yield from _wrapped(outer_header(tunnel, port.source, entry.target))
        yield "P2P-ADJ" if entry.address is None else "Tun endpt"
        yield from _chain(view.router, tunnel, entry.target)
    elif entry.owner is not None:
        yield from _wrapped(_ethernet(view.router, port, entry.owner))
        yield "L2 destination address byte offset 0"
        yield "L2 destination address byte length 6"
        yield f"Link-type after encap: {'ip' if port.config.vlan is None else 'dot1Q'}"
        yield "ARP"


def epoch(view: View) -> int:
    """Give the epoch of the CEF tables: 2 in captures of XE, 0 in those of IOS."""
    return 2 if view.router.image.xe else 0


def _wrapped(header: str) -> Iterator[str]:
    yield f"Encap length {len(header) // 2}"
    for at in range(0, len(header), ROW):
        yield header[at : at + ROW]


def _chain(router: Router, tunnel: TunnelConfig, target: Address) -> Iterator[str]:
    """Give the adjacency below a tunnel."""
    yield "Next chain element:"
    table = router.table(tunnel.vrf, target.version)
    via = table.via(target) if table is not None else None
    if via is None:
        yield "  drop"
    else:
        family = "IP" if target.version == IPV4 else "IPV6"
        yield f"  {family} adj out of {via.interface}, addr {via.next_hop or target}"


def _ethernet(router: Router, port: Port, owner: End) -> str:
    def mac(end: End) -> str:
        return f"{mac_of(end[0], parent_of(end[1]) or end[1]):012X}"

    tag = "" if port.config.vlan is None else f"{DOT1Q}{port.config.vlan:04X}"
    return mac(owner) + mac((router.name, port.name)) + tag + ETHERTYPE


def outer_header(tunnel: TunnelConfig, source: Address, target: Address) -> str:
    """Write the outer IP header, its length still empty, and the GRE header in digits."""
    gre = f"{0 if tunnel.key is None else KEY_PRESENT:04X}{GRE_IPV4:04X}"
    gre += "" if tunnel.key is None else f"{tunnel.key:08X}"
    if source.version != IPV4:
        return f"6000000000002FFF{int(source):032X}{int(target):032X}{gre}"
    words = [0x4500, 0, 0, 0, 0xFF2F, 0]
    for address in (int(source), int(target)):
        words += [address >> 16, address & 0xFFFF]
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    words[5] = total ^ 0xFFFF
    return "".join(f"{word:04X}" for word in words) + gre
