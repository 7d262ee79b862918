"""The IPv6 lines of an interface, its addresses complete."""

from collections.abc import Mapping

from labs.twin.addresses import (
    LINK_LOCAL,
    IPv6Address,
    IPv6Interface,
    mac_of,
    modified_eui64,
)
from labs.twin.device import EigrpInterfaceConfig, Ipv6Config, NhrpConfig
from labs.twin.intake.blocks import has, value
from labs.twin.intake.eigrp import ipv6_lines, joined
from labs.twin.tree import Block

NO_HARDWARE = ("Loopback", "Tunnel", "Null", "Vlan", "Dialer", "BDI")


def hardware(names: list[str], chassis: str) -> dict[str, int]:
    """Give the MAC address of each interface; those without hardware use that of the first."""
    physical = [name for name in names if not name.startswith(NO_HARDWARE)]
    first = physical[0] if physical else ""
    return {
        name: mac_of(chassis, name.partition(".")[0] if name in physical else first)
        for name in names
    }


def ipv6(
    block: Block,
    mac: int,
    nhrp: NhrpConfig | None,
    said: Mapping[int, EigrpInterfaceConfig],
) -> Ipv6Config | None:
    """Read the IPv6 lines; None where none of them enables IPv6."""
    if not any(child.line.name.startswith("ipv6 ") for child in block.children.values()):
        return None
    addresses = tuple(
        _with_identifier(b.line.args["address"], mac)
        if b.line.name == "ipv6 address eui-64"
        else b.line.args["address"]
        for b in block.find("ipv6 address", "ipv6 address eui-64")
    )
    link_local = value(block, "ipv6 address link-local", "address", None)
    if not (addresses or link_local or nhrp or has(block, "ipv6 enable")):
        return None
    return Ipv6Config(
        addresses=addresses,
        link_local=link_local or IPv6Address(modified_eui64(LINK_LOCAL, mac)),
        mtu=value(block, "ipv6 mtu", "mtu", None),
        nhrp=nhrp,
        eigrp=joined(ipv6_lines(block), said),
    )


def _with_identifier(prefix: IPv6Interface, mac: int) -> IPv6Interface:
    number = modified_eui64(int(prefix.network.network_address), mac)
    return IPv6Interface((number, prefix.network.prefixlen))
