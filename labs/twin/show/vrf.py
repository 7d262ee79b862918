"""`show vrf` and `show ip vrf` (layout: captures that parsers of others were written from)."""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.twin.device import InterfaceConfig
from labs.twin.show.interfaces import wanted
from labs.twin.show.names import short
from labs.twin.show.view import View
from labs.twin.tree import Block

UNSET = "<not set>"


def _definitions(view: View, args: Mapping[str, Any]) -> list[Block]:
    blocks = view.storage.tree.find("vrf definition", "ip vrf")
    chosen = (b for b in blocks if args.get("vrf") in (None, b.line.args["name"]))
    return sorted(chosen, key=lambda block: str(block.line.args["name"]))


def _members(view: View, vrf: str) -> list[InterfaceConfig]:
    return [interface for interface in wanted(view, {}) if interface.vrf == vrf]


def _protocols(block: Block) -> str:
    """List the address families; the older form of a VRF is for IPv4 alone."""
    if block.line.name == "ip vrf":
        return "ipv4"
    families = {"address-family": "ipv4", "address-family ipv6": "ipv6"}
    return ",".join(families[b.line.name] for b in block.find(*families))


def _table(
    view: View, blocks: Iterable[Block], head: str, *, protocols: bool, args: Mapping[str, Any]
) -> str:
    rows = []
    for block in blocks:
        name = str(block.line.args["name"])
        rd = (block.args("rd") or {}).get("distinguisher", UNSET)
        first = f"  {name:<33}{rd:<22}{f'{_protocols(block):<12}' if protocols else ''}"
        names = [short(interface.name) for interface in _members(view, name)]
        rows.append((first + (names[0] if names else "")).rstrip() + "\n")
        rows += [f"{'':{len(first)}}{other}\n" for other in names[1:]]
    if not rows and "vrf" in args:
        return f"% No VRF named {args['vrf']}\n"
    return head + "".join(rows) if rows else ""


def show_vrf(view: View, args: Mapping[str, Any]) -> str:
    """Print the VRFs in order of name, with their address families and interfaces."""
    head = "  Name                             Default RD            Protocols   Interfaces\n"
    return _table(view, _definitions(view, args), head, protocols=True, args=args)


def show_ip_vrf(view: View, args: Mapping[str, Any]) -> str:
    """Print the VRFs that route IPv4."""
    blocks = [b for b in _definitions(view, args) if "ipv4" in _protocols(b)]
    head = "  Name                             Default RD            Interfaces\n"
    return _table(view, blocks, head, protocols=False, args=args)


def show_ip_vrf_interfaces(view: View, args: Mapping[str, Any]) -> str:
    """Print the interfaces that are in a VRF."""
    names = {str(block.line.args["name"]) for block in _definitions(view, args)}
    rows = [
        f"{short(interface.name):<22} {address:<15} {interface.vrf:<32} {protocol}\n"
        for interface in wanted(view, {})
        if interface.vrf in names
        for address in [str(interface.address.ip) if interface.address else "unassigned"]
        for protocol in [view.router.interface_state(interface.name)[1]]
    ]
    head = "Interface              IP-Address      VRF                              Protocol\n"
    return head + "".join(rows)
