"""Values of CEF and of the adjacency table."""

from dataclasses import dataclass

from parsers.records.base import Address, Network, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class CefPath(Record):
    """One path of `show ip cef`: table, PREFIX form, `detail` or `internal`."""

    vrf: str | None
    prefix: Network
    action: str  # nexthop, attached, receive, recursive, drop, no route, glean, invalid, repair ...
    next_hop: Address | None
    interface: str | None
    label: str | None = None
    details: tuple[str, ...] = ()  # version, epoch, flags, as printed
    path_type: str | None = None  # of `internal`: attached nexthop, recursive, special prefix
    adjacency: str | None = None  # of `internal`: IP midchain out of Tunnel100, addr 10.255.0.2
    output_chain: tuple[str, ...] = ()  # of `internal`, repeated on each path of the prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjacency(Record):
    """One adjacency of `show adjacency`, also with `detail` and `internal`."""

    protocol: str  # IP, IPV6, TAG
    interface: str
    address: Address | None  # None: point2point
    references: int
    incomplete: bool
    packets: int | None = None
    bytes: int | None = None
    epoch: int | None = None
    sourced_epoch: int | None = None
    connection_id: int | None = None
    encap_length: int | None = None
    encap: str | None = None  # the rewrite, hexadecimal: for a tunnel the outer IP and GRE headers
    link_type: str | None = None
    source: str | None = None  # ARP, P2P-ADJ, Tun endpt
    next_chain: tuple[str, ...] = ()
    details: tuple[str, ...] = ()  # of `internal`, as printed
