"""Underlay addresses that a page left out of its configurations and that its outputs tell.

Authors publish the tunnel and forget the interface below it. The address is still there: in the
NHRP maps of other routers, or in what was printed: NBMA addresses beside tunnel addresses, and
the ends of IKE SAs. Where a tunnel source has no address, the replay configures the one found,
in a subnet of two with a provider's gateway.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv6Address
from typing import TypeGuard

from labs.twin.addresses import Address
from labs.twin.device import DeviceConfig
from labs.twin.replay.case import Case

IP = r"(\d+(?:\.\d+){3})"
ROW = re.compile(rf"^ +\d+ {IP} +{IP} +(?:UP|NHRP|IKE|IPSEC)\b", re.MULTILINE)
ENTRY = re.compile(rf"^{IP}/32 via .*\n.*\n.*\n +NBMA address: {IP} *$", re.MULTILINE)
IKEV1 = re.compile(rf"^{IP} +{IP} +[A-Z_]+ +\d+ ACTIVE", re.MULTILINE)
IKEV2 = re.compile(rf"^\d+ +{IP}/\d+ +{IP}/\d+ ", re.MULTILINE)
SPARE = "Ethernet0/0"
"""The interface of a tunnel source that is given as an address and stands nowhere."""
PREFIX = 30


def supplements(case: Case, configs: Mapping[str, DeviceConfig]) -> dict[str, str]:
    """Give the lines that configurations lack, by router."""
    told = dict(_told(case, configs))
    found = {}
    for name, config in configs.items():
        for tunnel, source in _without_address(config):
            given = isinstance(source, IPv4Address)
            nbma = source if isinstance(source, IPv4Address) else told.get(tunnel)
            nbma = nbma or _own(case, name)
            if nbma is not None:
                found[name] = (SPARE if given else str(source), IPv4Interface((nbma, PREFIX)))
    taken = {address.ip for _, address in found.values()}
    return {
        name: _lines(configs[name], port, address, taken) for name, (port, address) in found.items()
    }


def _without_address(config: DeviceConfig) -> Iterator[tuple[IPv4Address, str | IPv4Address]]:
    """Give tunnels, by address, whose source has no address here."""
    owned = {i.address.ip for i in config.interfaces.values() if i.address is not None}
    for interface in config.interfaces.values():
        source = interface.tunnel.source if interface.tunnel is not None else None
        if source is None or interface.address is None or source in owned:
            continue
        if isinstance(source, IPv6Address):
            continue
        below = config.interfaces.get(source) if isinstance(source, str) else None
        if below is None or below.address is None:
            yield interface.address.ip, source


def _told(
    case: Case, configs: Mapping[str, DeviceConfig]
) -> Iterator[tuple[IPv4Address, IPv4Address]]:
    """Give (tunnel address, NBMA address); what a configuration says comes last and counts."""
    for step in case.steps:
        for nbma, tunnel in ROW.findall(step.printed):
            yield IPv4Address(tunnel), IPv4Address(nbma)
        for tunnel, nbma in ENTRY.findall(step.printed):
            yield IPv4Address(tunnel), IPv4Address(nbma)
    for config in configs.values():
        for interface in config.interfaces.values():
            if interface.nhrp is not None:
                maps = [*interface.nhrp.maps]
                maps += [(n.address, n.nbma) for n in interface.nhrp.nhs if n.nbma]
                yield from (pair for pair in maps if _plain(pair))


def _plain(pair: tuple[Address, Address]) -> TypeGuard[tuple[IPv4Address, IPv4Address]]:
    return isinstance(pair[0], IPv4Address) and isinstance(pair[1], IPv4Address)


def _own(case: Case, router: str) -> IPv4Address | None:
    """Find the address that a router has in all its IKE SAs."""
    ends = [
        set(pair)
        for step in case.steps
        if case.router(step.node) == router
        for pair in (*IKEV1.findall(step.printed), *IKEV2.findall(step.printed))
    ]
    common = set.intersection(*ends) if ends else set()
    return IPv4Address(common.pop()) if len(common) == 1 else None


def _lines(config: DeviceConfig, port: str, address: IPv4Interface, taken: set[IPv4Address]) -> str:
    text = f"\ninterface {port}\n ip address {address.ip} {address.netmask}\n no shutdown\nexit\n"
    gateway = next(host for host in address.network.hosts() if host != address.ip)
    if gateway in taken or config.static_routes or config.bgp is not None:
        return text
    return f"{text}ip route 0.0.0.0 0.0.0.0 {gateway}\n"
