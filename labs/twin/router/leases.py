"""Addresses that DHCP gave to interfaces; the exchange of DHCP messages is not modelled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from labs.twin.device import DeviceConfig, StaticRoute

DISTANCE = 254
"""Of a default route that DHCP gave: `S*    0.0.0.0/0 [254/0] via ...` [K]."""
ANYWHERE = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What a DHCP server gave to an interface."""

    address: IPv4Interface
    gateway: IPv4Address | None = None


def leased(config: DeviceConfig, leases: Mapping[str, Lease]) -> DeviceConfig:
    """Put leased addresses, and the default routes that came with them, into a configuration."""
    held = {name: lease for name, lease in leases.items() if config.interfaces[name].dhcp}
    if not held:
        return config
    interfaces = {
        name: replace(interface, address=held[name].address) if name in held else interface
        for name, interface in config.interfaces.items()
    }
    given = tuple(
        StaticRoute(
            prefix=ANYWHERE,
            next_hop=lease.gateway,
            distance=DISTANCE,
            vrf=interfaces[name].vrf,
        )
        for name, lease in held.items()
        if lease.gateway is not None
    )
    new = tuple(route for route in given if route not in config.static_routes)
    return replace(config, interfaces=interfaces, static_routes=(*config.static_routes, *new))
