"""Interface names in their short forms, and the order tunnels are printed in."""

from collections.abc import Mapping
from typing import Any

from labs.twin.addresses import IPV4, mac_of
from labs.twin.device import InterfaceConfig
from labs.twin.grammar import interface_order
from labs.twin.nhrp import NhrpMachine
from labs.twin.router import Router

SHORT = {
    "GigabitEthernet": "Gi",
    "TenGigabitEthernet": "Te",
    "FastEthernet": "Fa",
    "Ethernet": "Et",
    "Tunnel": "Tu",
    "Loopback": "Lo",
    "Serial": "Se",
    "Port-channel": "Po",
    "Vlan": "Vl",
    "Dialer": "Di",
    "BDI": "BD",
    "BVI": "BV",
    "TwentyFiveGigE": "Twe",
    "HundredGigE": "Hu",
    "Virtual-Template": "Vt",
    "Multilink": "Mu",
    "Cellular": "Ce",
    "Embedded-Service-Engine": "Em",
    "FortyGigabitEthernet": "Fo",
    "Null": "Nu",
}


def short(name: str) -> str:
    """Shorten an interface name: Tunnel100 -> Tu100."""
    kind = name.rstrip("0123456789/.:")
    return SHORT.get(kind, kind) + name[len(kind) :]


def mac_text(router: str, interface: str) -> str:
    """Write the MAC address of an interface; a subinterface has that of its port."""
    digits = f"{mac_of(router, interface.partition('.')[0]):012x}"
    return ".".join((digits[:4], digits[4:8], digits[8:]))


def nhrp_tunnels(router: Router, *families: int) -> list[InterfaceConfig]:
    """List the tunnels on which NHRP of one of some address families is configured, by number."""
    found = [
        interface
        for interface in router.config.interfaces.values()
        if interface.tunnel is not None
        and any(
            (nhrp := interface.nhrp_of(family)) is not None and nhrp.network_id is not None
            for family in families
        )
    ]
    return sorted(found, key=lambda interface: interface_order(interface.name))


def machines(router: Router, args: Mapping[str, Any]) -> list[tuple[str, NhrpMachine]]:
    """List the NHRP machines of one family, chosen by `interface` and `vrf` of a command."""
    wanted = args.get("interface")
    family = args.get("family", IPV4)
    return [
        (tunnel.name, machine)
        for tunnel in nhrp_tunnels(router, family)
        if wanted in (None, tunnel.name)
        and args.get("vrf", tunnel.vrf) == tunnel.vrf
        and (machine := router.overlay(tunnel.name, family)) is not None
    ]
