"""`show ip arp` and `show arp` (layout: the vendor's command reference)."""

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from labs.twin.router.ports import kind_of
from labs.twin.show.names import mac_text
from labs.twin.show.view import View

HEAD = "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n"
WITHOUT = frozenset({"Tunnel", "Loopback", "Serial", "Null", "Dialer"})
"""Kinds of interfaces on which nobody asks for hardware addresses."""
TIMEOUT_S = 14400.0
"""ARP Timeout 04:00:00: an entry in use is asked for again, and is new then."""
IPV4_END = 1 << 32
Row = tuple[int, str, str, str]
"""(address, age, hardware address, interface)."""


def show_arp(view: View, args: Mapping[str, Any]) -> str:
    """Print the ARP table of a VRF, or what of it was asked for."""
    vrf = str(args.get("vrf") or "")
    if vrf not in view.router.rib:
        return f"% IP routing table {vrf} does not exist\n"
    wanted, name = args.get("address"), args.get("interface")
    rows = [
        f"Internet  {IPv4Address(address)!s:<15}{age:>10}   {mac}  ARPA   {interface}\n"
        for address, age, mac, interface in sorted(_rows(view, vrf))
        if (wanted is None or address == int(wanted)) and name in (None, interface)
    ]
    return HEAD + "".join(rows) if rows else ""


def _rows(view: View, vrf: str) -> list[Row]:
    router = view.router
    speaking = {
        name: port
        for name, port in router.ports.items()
        if port.line and port.config.vrf == vrf and kind_of(name) not in WITHOUT
    }
    rows = [
        (int(own.ip), "-", mac_text(router.name, name), name)
        for name, port in speaking.items()
        for own in port.config.addresses
    ]
    for name, address, since, owner in view.network.arp_table(router.name):
        if name in speaking and address < IPV4_END:
            minutes = int((view.now - since) % TIMEOUT_S // 60)
            rows.append((address, str(minutes), mac_text(*owner), name))
    return rows
