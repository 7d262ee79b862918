"""What a page left out of its configurations: addresses below a tunnel, and ways between them.

Authors publish the tunnel and forget the interface below it. Its address is often still there: in
the NHRP maps of other routers, or in what was printed: NBMA addresses beside tunnel addresses, and
the ends of IKE SAs; else any address does. And they forget the routes that brought the underlay
together. Where neither a route nor a protocol nor a published neighbour leads a router to the
other ends of its tunnels, the replay gives it a default route to a provider; where its outputs
say that there was none, a route to each end. A host that answered a probe stands on its LAN.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from labs.twin.addresses import Address
from labs.twin.device import DeviceConfig, InterfaceConfig, TunnelConfig
from labs.twin.network.segments import End
from labs.twin.network.wiring import has_cable, wires
from labs.twin.network.wiring import leases as served
from labs.twin.replay.case import Case, Step
from labs.twin.router import Lease

IP = r"(\d+(?:\.\d+){3})"
ROW = re.compile(rf"^ +\d+ {IP} +{IP} +(?:UP|NHRP|IKE|IPSEC)\b", re.MULTILINE)
ENTRY = re.compile(rf"^{IP}/32 via .*\n.*\n.*\n +NBMA address: {IP} *$", re.MULTILINE)
IKEV1 = re.compile(rf"^{IP} +{IP} +[A-Z_]+ +\d+ ACTIVE", re.MULTILINE)
IKEV2 = re.compile(rf"^\d+ +{IP}/\d+ +{IP}/\d+ ", re.MULTILINE)
GATEWAY = re.compile(rf"^Gateway of last resort is {IP} to network 0\.0\.0\.0", re.MULTILINE)
NO_GATEWAY = re.compile(r"^Gateway of last resort is not set", re.MULTILINE)
PROBE = re.compile(rf"(?:ping|trace\w*)\s+(?:vrf\s+\S+\s+)?(?:ip\s+)?{IP}")
HOST = """\
version 15.9
interface GigabitEthernet0/0
 ip address {host} {mask}
ip route 0.0.0.0 0.0.0.0 {gateway}
"""
"""A host; its image sends every unreachable, as hosts do."""
SPARE = "Ethernet0/0"
"""The interface of a tunnel source that is given as an address and stands nowhere."""
PREFIXES = range(30, 23, -1)
"""Lengths of the subnet of a found address: the longest in which it is a host."""
ANYWHERE = IPv4Network("198.18.0.0/15")
"""Addresses for those that nothing tells (RFC 2544, for tests of networks)."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Where the outer packets of a tunnel leave a router."""

    interface: InterfaceConfig
    address: IPv4Interface
    vrf: str


def addresses(case: Case, configs: Mapping[str, DeviceConfig]) -> dict[str, str]:
    """Give the lines for tunnel sources that have no address, by router."""
    texts: dict[str, str] = {}
    for (name, port), address in _sources_without(case, configs, dhcp=False).items():
        lines = (
            f"\ninterface {port}\n ip address {address.ip} {address.netmask}\n no shutdown\nexit\n"
        )
        texts[name] = texts.get(name, "") + lines
    return texts


def leases(case: Case, configs: Mapping[str, DeviceConfig]) -> dict[End, Lease]:
    """Give the leases of tunnel sources that no published router serves."""
    given = served(configs, wires(configs))
    for end, address in _sources_without(case, configs, dhcp=True).items():
        gateway = next(host for host in address.network.hosts() if host != address.ip)
        given.setdefault(end, Lease(address=address, gateway=gateway))
    return given


def _sources_without(
    case: Case, configs: Mapping[str, DeviceConfig], *, dhcp: bool
) -> dict[End, IPv4Interface]:
    """Find addresses for interfaces below tunnels: told, else any."""
    told = dict(_told(case, configs))
    spare = (net[1] for net in ANYWHERE.subnets(new_prefix=PREFIXES[0]))
    found: dict[End, IPv4Interface] = {}
    for name, config in configs.items():
        for tunnel, source in _without_address(config):
            port = SPARE if isinstance(source, IPv4Address) else str(source)
            below = config.interfaces.get(port)
            if (name, port) in found or (below is not None and below.dhcp) != dhcp:
                continue
            nbma = source if isinstance(source, IPv4Address) else told.get(tunnel)
            found[name, port] = _in_subnet(nbma or _own(case, name) or next(spare), configs)
    return found


def _without_address(config: DeviceConfig) -> Iterator[tuple[IPv4Address, str | IPv4Address]]:
    """Give tunnels, by address, whose source has no address here."""
    owned = {i.address.ip for i in config.interfaces.values() if i.address is not None}
    for interface in config.interfaces.values():
        source = interface.tunnel.source if interface.tunnel is not None else None
        if interface.address is None or source in owned:
            continue
        below = config.interfaces.get(source) if isinstance(source, str) else None
        # A tunnel over IPv6 needs no IPv4 address below.
        if below is not None and (below.address or below.ipv6):
            continue
        if isinstance(source, (str, IPv4Address)):
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
                servers = ((n.address, n.nbma) for n in interface.nhrp.nhs)
                for tunnel, nbma in (*interface.nhrp.maps, *servers):
                    if isinstance(tunnel, IPv4Address) and isinstance(nbma, IPv4Address):
                        yield tunnel, nbma


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


def _in_subnet(address: IPv4Address, configs: Mapping[str, DeviceConfig]) -> IPv4Interface:
    """Give an address the subnet that others published, else a small one."""
    for config in configs.values():
        for interface in config.interfaces.values():
            known = interface.address
            if known and has_cable(interface) and address in known.network and address != known.ip:
                return IPv4Interface((address, known.network.prefixlen))
    for length in PREFIXES:
        found = IPv4Interface((address, length))
        if address not in (found.network.network_address, found.network.broadcast_address):
            break
    return found


def routes(case: Case, configs: Mapping[str, DeviceConfig]) -> dict[str, str]:
    """Give the routes of routers that nothing leads to the other ends of their tunnels."""
    shared = {end for ends in wires(configs) if len(ends) > 1 for end in ends}
    owned = {a.ip for c in configs.values() for i in c.interfaces.values() for a in i.addresses}
    found: dict[str, str] = {}
    for name, config in configs.items():
        others = {
            source
            for other, its in configs.items()
            if other != name
            for interface in its.interfaces.values()
            if (source := _source(its, interface.tunnel)) is not None
        }
        for tunnel in config.interfaces.values():
            peers = {*_peers(tunnel), *others}
            way = _exit(config, tunnel.tunnel, name, shared)
            if peers and way is not None and not _leads(config, way, peers):
                lines = _ways(case, name, way, peers, owned)
                found[name] = found[name] if found.get(name) == lines else lines
    return found


def hosts(case: Case, configs: Mapping[str, DeviceConfig]) -> dict[str, str]:
    """Give the configurations of hosts that answered a probe and that no router is, by name."""
    owned = {a.ip for c in configs.values() for i in c.interfaces.values() for a in i.addresses}
    lans = [
        address
        for config in configs.values()
        for interface in config.interfaces.values()
        for address in interface.addresses
        if has_cable(interface)
    ]
    found: dict[str, str] = {}
    for target in (IPv4Address(t) for step in case.steps for t in _answering(step)):
        lan = next((lan for lan in lans if target in lan.network), None)
        if lan is not None and target not in owned:
            found[f"host-{target}"] = HOST.format(host=target, mask=lan.netmask, gateway=lan.ip)
    return found


def _answering(step: Step) -> Iterator[str]:
    """Give the destination of a probe that came back from there."""
    probe = PROBE.match(step.command.strip())
    if probe is not None:
        hop = re.compile(rf"^ +\d+ {re.escape(probe[1])} ", re.MULTILINE)
        if "!" in step.printed or hop.search(step.printed):
            yield probe[1]


def _source(config: DeviceConfig, tunnel: TunnelConfig | None) -> IPv4Address | None:
    source = tunnel.source if tunnel is not None else None
    if isinstance(source, str):
        below = config.interfaces.get(source)
        return below.address.ip if below is not None and below.address is not None else None
    return source if isinstance(source, IPv4Address) else None


def _peers(interface: InterfaceConfig) -> Iterator[IPv4Address]:
    """Give the NBMA addresses that a tunnel is told of."""
    said: list[Address | None] = [interface.tunnel.destination if interface.tunnel else None]
    if interface.nhrp is not None:
        said += [nbma for _, nbma in interface.nhrp.maps]
        said += [server.nbma for server in interface.nhrp.nhs]
    yield from (address for address in said if isinstance(address, IPv4Address))


def _exit(
    config: DeviceConfig, tunnel: TunnelConfig | None, name: str, shared: set[tuple[str, str]]
) -> Exit | None:
    """Find where a tunnel leaves; None where a published router is on that wire."""
    source = _source(config, tunnel)
    if tunnel is None or source is None:
        return None
    ports = [
        (interface, interface.address)
        for interface in config.interfaces.values()
        if has_cable(interface)
        and interface.address is not None
        and interface.vrf == tunnel.vrf
        and not interface.shutdown
    ]
    below = [pair for pair in ports if pair[1].ip == source]
    for interface, address in below or ports:
        if (name, interface.name) in shared:
            return None
        return Exit(interface, address, tunnel.vrf)
    return None


def _leads(config: DeviceConfig, way: Exit, peers: set[IPv4Address]) -> bool:
    """Tell whether a router knows a way to any of its peers, or a protocol that may tell it."""
    local = [
        interface.address.network
        for interface in config.interfaces.values()
        if interface.address and interface.vrf == way.vrf and has_cable(interface)
    ]
    statics = [route.prefix for route in config.static_routes if route.vrf == way.vrf]
    if any(peer in net for peer in peers for net in (*local, *statics)):
        return True
    neighbors = config.bgp.neighbors if config.bgp is not None and not way.vrf else ()
    return any(neighbor in net for neighbor in neighbors for net in local)


def _ways(
    case: Case, name: str, way: Exit, peers: set[IPv4Address], owned: set[IPv4Address]
) -> str:
    printed = [step.printed for step in case.steps if case.router(step.node) == name]
    said = {IPv4Address(hop) for text in printed for hop in GATEWAY.findall(text)}
    hops = (host for host in way.address.network.hosts() if host not in owned)
    gateway = next((hop for hop in said if hop in way.address.network), None) or next(hops, None)
    if gateway is None:
        return ""
    prefixes = [IPv4Network(0).supernet(new_prefix=0)]
    if any(NO_GATEWAY.search(text) for text in printed):
        prefixes = [IPv4Network(peer) for peer in sorted(peers)]
    vrf = f"vrf {way.vrf} " if way.vrf else ""
    return "".join(
        f"\nip route {vrf}{net.network_address} {net.netmask} {gateway}" for net in prefixes
    )
