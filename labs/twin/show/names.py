"""Interface names in their short forms, and the order tunnels are printed in."""

from labs.twin.addresses import mac_of
from labs.twin.device import InterfaceConfig
from labs.twin.grammar import interface_order
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


def nhrp_tunnels(router: Router) -> list[InterfaceConfig]:
    """List the tunnels on which NHRP is configured, by number."""
    found = [
        interface
        for interface in router.config.interfaces.values()
        if interface.tunnel is not None
        and interface.nhrp is not None
        and interface.nhrp.network_id is not None
    ]
    return sorted(found, key=lambda interface: interface_order(interface.name))
