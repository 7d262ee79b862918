"""`show ip cef ...` (layout: reference/FORMATS.md section 9 and captures show_ip_cef_detail).

The forwarding table holds more prefixes than the routing table: the edges of attached subnets,
every neighbour that is known, and what the router drops or takes whatever the routes say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any
from zlib import crc32

from labs.twin.addresses import Address, IPNetwork, host, prefix_of
from labs.twin.rib import NULL, CefPath, Rib, Route
from labs.twin.show.adjacency import Adjacency, adjacencies, epoch
from labs.twin.show.view import View

SPECIAL = (
    ("0.0.0.0/8", "drop"),
    ("0.0.0.0/32", "receive"),
    ("127.0.0.0/8", "drop"),
    ("224.0.0.0/4", "drop"),
    ("224.0.0.0/24", "receive"),
    ("240.0.0.0/4", "drop"),
    ("255.255.255.255/32", "receive"),
)
"""Entries every table has (capture show_ip_cef/005)."""
DEFAULT = IPv4Network("0.0.0.0/0")
NO_TABLE = "% IP routing table {} does not exist\n"
UNLABELLED = ("rib only nolabel", "rib defined all labels")
"""Flags of what BGP learned (capture show_ip_cef_detail/004)."""
LOCAL = ("receive", "local", "source eligible")
EDGED = 31
"""Subnets longer than this have a first and a last address of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One prefix of the forwarding table."""

    network: IPNetwork
    cells: tuple[tuple[str, str], ...]
    """Next hop and interface in the table, one pair a path."""
    paths: tuple[str, ...]
    """Lines below the prefix, without the first indentation."""
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Lines that `detail` puts before the paths."""


class Fib:
    """The forwarding table of one VRF, as a view of its routes and neighbours."""

    def __init__(self, view: View, vrf: str, rib: Rib) -> None:
        self.view = view
        self.rib = rib
        self.leaves: dict[IPNetwork, Leaf] = {}
        self.covers: dict[IPNetwork, list[IPNetwork]] = {}
        """By attached subnet: the neighbours known in it."""
        neighbours = [entry for entry in adjacencies(view, vrf) if entry.complete and entry.address]
        attached = {
            route.network: route.paths[0].interface
            for route in rib
            if route.source == "connected" and not _is_host(route.network)
        }
        for entry in neighbours:
            self._adjfib(entry, attached)
        for route in rib:
            self.leaves[route.network] = self._route(route)
        for network, interface in attached.items():
            if network.prefixlen < EDGED:
                self._edges(network, interface or "")
        for text, kind in SPECIAL:
            self._special(IPv4Network(text), kind)
        if DEFAULT not in self.leaves:
            flags = ("default route handler", "default route")
            self._put(DEFAULT, (("no route", ""),), ("no route",), flags)

    def match(self, address: Address) -> Leaf:
        """Give the longest prefix that holds an address."""
        lengths = sorted({network.prefixlen for network in self.leaves}, reverse=True)
        found = (self.leaves.get(prefix_of(address, length)) for length in lengths)
        return next(leaf for leaf in found if leaf is not None)

    def ordered(self) -> list[Leaf]:
        """Give all prefixes in order."""
        return [
            self.leaves[network]
            for network in sorted(self.leaves, key=lambda n: (int(n.network_address), n.prefixlen))
        ]

    def _put(
        self,
        network: IPNetwork,
        cells: tuple[tuple[str, str], ...],
        paths: tuple[str, ...],
        flags: tuple[str, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> None:
        leaf = Leaf(network=network, cells=cells, paths=paths, flags=flags, notes=notes)
        self.leaves.setdefault(network, leaf)

    def _special(self, network: IPNetwork, kind: str) -> None:
        flags = ("receive",) if kind == "receive" else ()
        self._put(network, ((kind, ""),), (kind,), flags, (f"Special source: {kind}",))

    def _adjfib(self, entry: Adjacency, attached: Mapping[IPNetwork, str | None]) -> None:
        if entry.address is None:
            return
        cover = next(
            (n for n, name in attached.items() if name == entry.interface and entry.address in n),
            None,
        )
        if cover is None:
            return
        network = host(entry.address)
        self.covers.setdefault(cover, []).append(network)
        kind = "IP adj" if entry.owner is not None else "IP midchain"
        source = f"{kind} out of {entry.interface}, addr {entry.address}"
        notes = (
            f"Adj source: {source} {self._pointer(entry)}",
            f"  Dependent covered prefix type adjfib, cover {cover}",
        )
        cells = (("attached", entry.interface),)
        self._put(network, cells, (f"attached to {entry.interface}",), ("attached",), notes)

    def _pointer(self, entry: Adjacency) -> str:
        """Write a place in memory: made up, but always the same for an adjacency."""
        number = crc32(f"{self.view.router.name} {entry.interface} {entry.address}".encode())
        low = number & 0xFFFFFFF8
        return f"7F{low:010X}" if self.view.router.image.xe else f"{low:08X}"

    def _edges(self, network: IPNetwork, interface: str) -> None:
        notes = (
            self._source(interface, "none"),
            f"  Dependent covered prefix type cover need deagg, cover {network}",
        )
        for address in (network[0], network[-1]):
            self._put(
                host(address),
                (("receive", interface),),
                (f"receive for {interface}",),
                ("receive",),
                notes,
            )

    def _source(self, interface: str, flags: str) -> str:
        more = " flags3: none" if self.view.router.image.xe else ""
        return f"Interface source: {interface} flags: {flags}{more}"

    def _route(self, route: Route) -> Leaf:
        interface = route.paths[0].interface or ""
        own = route.source == "local" or (route.source == "connected" and _is_host(route.network))
        if own:
            flags = LOCAL if route.source == "local" else ("attached", "connected", *LOCAL)
            return Leaf(
                network=route.network,
                cells=(("receive", interface),),
                paths=(f"receive for {interface}",),
                flags=flags,
                notes=(self._source(interface, "local, source eligible"),),
            )
        entry = self.rib.cef_prefix(route.network)
        paths = sorted(entry.paths if entry is not None else (), key=_by_hop)
        return Leaf(
            network=route.network,
            cells=tuple(_cells(path) for path in paths),
            paths=tuple(line for path in paths for line in self._path(path)),
            flags=self._flags(route),
            notes=self._covered(route) if route.source == "connected" else (),
        )

    def _flags(self, route: Route) -> tuple[str, ...]:
        if route.source == "connected":
            edged = route.network.prefixlen < EDGED
            more = ("need deagg",) if edged else ()
            return ("attached", "connected", "cover dependents", *more)
        flags = UNLABELLED if route.source == "bgp" else ()
        if route.paths[0].next_hop is None and route.paths[0].interface != NULL:
            flags = ("attached", *flags)
        return (*flags, "default route") if route.network == DEFAULT else flags

    def _covered(self, route: Route) -> tuple[str, ...]:
        neighbours = len(self.covers.get(route.network, ()))
        edges = 2 if route.network.prefixlen < EDGED else 0
        if not neighbours + edges:
            return ()
        lines = [f"Covered dependent prefixes: {neighbours + edges}"]
        lines += ["  need deagg: 2"] if edges else []
        lines += [f"  notify cover updated: {neighbours}"] if neighbours else []
        return tuple(lines)

    def _path(self, path: CefPath) -> tuple[str, ...]:
        """Write a path; what had to be resolved shows its own next hop, then where it leads."""
        if path.kind == "no route":
            return ("no route",)
        if path.kind != "nexthop":
            return (f"attached to {path.interface}",)
        leads = f"nexthop {path.next_hop} {path.interface}"
        if path.recursive_via is None:
            return (leads,)
        if path.next_hop == path.recursive_via:
            leads = f"attached to {path.interface}"
        return (f"recursive via {path.recursive_via}", f"  {leads}")


def _is_host(network: IPNetwork) -> bool:
    return network.prefixlen == network.max_prefixlen


def _by_hop(path: CefPath) -> int:
    """Sort paths: the lowest next hop first, unlike routes (captures show_ip_cef/002, 005)."""
    return int(path.next_hop) if path.next_hop is not None else 0


def _cells(path: CefPath) -> tuple[str, str]:
    if path.kind == "drop":
        return str(IPv4Address(0)), path.interface or NULL
    hop = str(path.next_hop) if path.kind == "nexthop" else path.kind
    return hop, path.interface or ""


def _fib(view: View, args: Mapping[str, Any]) -> Fib | str:
    vrf = str(args.get("vrf") or "")
    rib = view.router.rib.get(vrf)
    return NO_TABLE.format(vrf) if rib is None else Fib(view, vrf, rib)


def show_cef(view: View, args: Mapping[str, Any]) -> str:
    """Print the forwarding table."""
    fib = _fib(view, args)
    if isinstance(fib, str):
        return fib
    lines = ["Prefix               Next Hop             Interface"]
    for leaf in fib.ordered():
        first = str(leaf.network)
        for hop, interface in leaf.cells:
            lines.append(f"{first:<20} {hop:<20} {interface}".rstrip())
            first = ""
    return "".join(f"{line}\n" for line in lines)


def show_cef_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print every prefix with its flags and sources."""
    fib = _fib(view, args)
    if isinstance(fib, str):
        return fib
    vrf = str(args.get("vrf") or "")
    count, at = len(fib.leaves), epoch(view)
    spread = " for distributed" if view.router.image.xe else ""
    number = [*view.router.rib].index(vrf)
    head = (
        f"IPv4 CEF is enabled{spread} and running\n"
        f"VRF {vrf or 'Default'}\n"
        f" {count} prefixes ({count}/0 fwd/non-fwd)\n"
        f" Table id 0x{number:X}\n"
        f" Database epoch:        {at} ({count} entries at this epoch)\n\n"
    )
    return head + "".join(_detailed(leaf, at) for leaf in fib.ordered())


def show_cef_address(view: View, args: Mapping[str, Any]) -> str:
    """Print the prefix an address matches and where it sends packets."""
    return _one(view, args, detail=False)


def show_cef_address_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print the prefix an address matches with its flags and sources."""
    return _one(view, args, detail=True)


def _one(view: View, args: Mapping[str, Any], *, detail: bool) -> str:
    fib = _fib(view, args)
    if isinstance(fib, str):
        return fib
    wanted = args.get("prefix") or args["address"]
    if "mask" in args:
        length = int(args["mask"]).bit_count()
        wanted = IPv4Network((int(wanted), length), strict=False)
    leaf = fib.leaves.get(wanted) if isinstance(wanted, IPv4Network) else fib.match(wanted)
    if leaf is None:
        return "%Prefix not found\n"
    return _detailed(leaf, epoch(view)) if detail else _lines([str(leaf.network)], leaf.paths)


def _detailed(leaf: Leaf, at: int) -> str:
    flags = f", flags [{', '.join(leaf.flags)}]" if leaf.flags else ""
    shared = ", per-destination sharing" if len(leaf.cells) > 1 else ""
    head = f"{leaf.network}, epoch {at}{flags}{shared}"
    return _lines([head], (*leaf.notes, *leaf.paths))


def _lines(head: Iterable[str], below: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (*head, *(f"  {line}" for line in below)))
