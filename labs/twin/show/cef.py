"""`show ip cef ...` (layout: reference/FORMATS.md section 9)."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labs.twin.addresses import Address, IPNetwork
from labs.twin.rib import NULL, CefEntry, CefPath, Rib
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


_NO_TABLE = "% IP routing table {} does not exist\n"


def _table(view: View, args: Mapping[str, Any]) -> Rib | None:
    return view.router.rib.get(str(args.get("vrf") or ""))


def show_cef(view: View, args: Mapping[str, Any]) -> str:
    """Print the forwarding table."""
    rib = _table(view, args)
    if rib is None:
        return _NO_TABLE.format(args["vrf"])
    rows: dict[IPNetwork, list[tuple[str, str]]] = {
        IPv4Network(prefix): [(kind, "")] for prefix, kind in SPECIAL
    }
    for route in rib.routes():
        entry = rib.cef_prefix(route.network)
        if entry is not None:
            rows[route.network] = [_cells(path) for path in entry.paths]
            rows.update(_edges(entry))
    rows.setdefault(IPv4Network("0.0.0.0/0"), [("no route", "")])
    lines = ["Prefix               Next Hop             Interface"]
    for network in sorted(rows, key=lambda n: (int(n.network_address), n.prefixlen)):
        first = str(network)
        for hop, interface in rows[network]:
            lines.append(f"{first:<20} {hop:<20} {interface}".rstrip())
            first = ""
    return "".join(f"{line}\n" for line in lines)


def _cells(path: CefPath) -> tuple[str, str]:
    if path.kind == "drop":
        return str(IPv4Address(0)), path.interface or NULL
    hop = str(path.next_hop) if path.kind == "nexthop" else path.kind
    return hop, path.interface or ""


def _edges(entry: CefEntry) -> dict[IPNetwork, list[tuple[str, str]]]:
    """The first and the last address of an attached subnet are the router's own to receive."""
    path = entry.paths[0]
    if path.kind != "attached" or entry.network.prefixlen >= 31:
        return {}
    ends = (entry.network.network_address, entry.network.broadcast_address)
    return {IPv4Network(end): [("receive", path.interface or "")] for end in ends}


def show_cef_address(view: View, args: Mapping[str, Any]) -> str:
    """Print the prefix an address matches and where it sends packets."""
    rib = _table(view, args)
    if rib is None:
        return _NO_TABLE.format(args["vrf"])
    wanted = args.get("prefix") or args["address"]
    if isinstance(wanted, IPNetwork):
        entry = rib.cef_prefix(wanted)
        return "%Prefix not found\n" if entry is None else _entry(entry)
    edge = _edge_of(rib, wanted)
    return _entry(rib.cef(wanted)) if edge is None else edge


def _edge_of(rib: Rib, address: Address) -> str | None:
    host = IPv4Network(address)
    cells = _edges(rib.cef(address)).get(host)
    return None if cells is None else f"{host}\n  receive for {cells[0][1]}\n"


def _entry(entry: CefEntry) -> str:
    return f"{entry.network}\n" + "".join(f"  {_path(path)}\n" for path in entry.paths)


def _path(path: CefPath) -> str:
    match path.kind:
        case "nexthop":
            return f"nexthop {path.next_hop} {path.interface}"
        case "receive":
            return f"receive for {path.interface}"
        case "attached" | "drop":
            return f"attached to {path.interface}"
    return "no route"
