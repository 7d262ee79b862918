"""`show ip protocols`, `show key chain`, `show ip prefix-list`, `show route-map`.

No capture shows these; the forms are those of the vendor's documents for 15.x (docs/twin.md).
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from labs.twin.addresses import IPV4, Address, within
from labs.twin.commands.routing import classful
from labs.twin.device import EigrpConfig
from labs.twin.routing.bgp import BgpMachine
from labs.twin.routing.eigrp import EigrpMachine
from labs.twin.routing.eigrp.origin import SUMMARY
from labs.twin.routing.eigrp.site import instance
from labs.twin.show.names import short
from labs.twin.show.times import age
from labs.twin.show.view import View

AWARE = "*** IP Routing is NSF aware ***\n\n"
UNFILTERED = """\
  Outgoing update filter list for all interfaces is not set
  Incoming update filter list for all interfaces is not set
"""
APPLICATION = f"""\
Routing Protocol is "application"
  Sending updates every 0 seconds
  Invalid after 0 seconds, hold down 0, flushed after 0
{UNFILTERED}  Maximum path: 32
  Routing for Networks:
  Routing Information Sources:
    Gateway         Distance      Last Update
  Distance: (default is 4)

"""
"""Printed since 15.5: routes that an application puts into the table."""
SOURCES = "  Routing Information Sources:\n    Gateway         Distance      Last Update\n"
BGP_MULTIPATH = 1


def show_protocols(view: View, args: Mapping[str, Any]) -> str:
    """Print the routing protocols and what they are told to do."""
    vrf = str(args.get("vrf") or "")
    text = AWARE
    if not vrf and view.router.image.version != "15.4":
        text += APPLICATION
    for config in view.router.config.eigrp:
        machine = view.router.eigrp.get(instance(config.asn, config.vrf, config.family))
        if (config.vrf, config.family) == (vrf, IPV4) and machine is not None:
            text += _eigrp(view, config, machine)
    if view.router.bgp is not None and not vrf:
        text += _bgp(view, view.router.bgp)
    return text


def _eigrp(view: View, config: EigrpConfig, machine: EigrpMachine) -> str:
    sources = "".join(f", {line.source}" for line in config.redistribute)
    redistributing = f"  Redistributing: {sources[2:]}\n" if sources else ""
    return (
        f'Routing Protocol is "eigrp {config.asn}"\n'
        + _filter("Outgoing", config, inbound=False)
        + _filter("Incoming", config, inbound=True)
        + "  Default networks flagged in outgoing updates\n"
        "  Default networks accepted from incoming updates\n"
        + redistributing
        + _process(config, machine)
        + "\n  Automatic Summarization: "
        + ("enabled\n" if config.auto_summary else "disabled\n")
        + _summaries(machine)
        + f"  Maximum path: {config.maximum_paths}\n  Routing for Networks:\n"
        + "".join(f"    {_network(network)}\n" for network in config.networks)
        + _passive(view, config)
        + SOURCES
        + "".join(_source(*row) for row in _told_by(view, config, machine))
        + f"  Distance: internal {config.distance_internal} external {config.distance_external}\n\n"
    )


def _filter(way: str, config: EigrpConfig, *, inbound: bool) -> str:
    lines = [line for line in config.distribute if line.inbound is inbound and line.source is None]
    common = next((line for line in lines if line.interface is None), None)
    text = f"  {way} update filter list for all interfaces is "
    kinds = {"prefix": "(prefix-list) ", "route-map": "(route-map) ", "gateway": "(gateway) "}
    text += f"{kinds.get(common.kind, '')}{common.name}\n" if common is not None else "not set\n"
    for line in lines:
        if line.interface is not None:
            text += f"    {line.interface} filtered by {kinds.get(line.kind, '')}{line.name}\n"
    return text


def _process(config: EigrpConfig, machine: EigrpMachine) -> str:
    k = config.weights
    weights = ", ".join(f"K{number}={k[number - 1]}" for number in range(1, 6))
    stub = ", ".join(["Stub", *sorted(config.stub)])
    lines = [f"    Metric weight {weights}" + (f" K6={k[5]}" if config.name is not None else "")]
    if config.name is not None:
        lines += [f"    Metric rib-scale {config.rib_scale}", "    Metric version 64bit"]
    lines += [
        "    Soft SIA disabled",
        "    NSF-aware route hold timer is 240",
        f"    Router-ID: {machine.router_id}",
        *([f"    {stub}"] if config.stub else []),
        "    Topology : 0 (base) ",
        "      Active Timer: "
        + ("disabled" if config.active_s is None else f"{config.active_s // 60} min"),
        f"      Distance: internal {config.distance_internal} external {config.distance_external}",
        f"      Maximum path: {config.maximum_paths}",
        f"      Maximum hopcount {config.maximum_hops}",
        f"      Maximum metric variance {config.variance}",
    ]
    if config.name is not None:
        external = sum(
            any(path.neighbor is None and path.external for path in entry.paths.values())
            for entry in machine.topology.values()
        )
        lines += [
            f"      Total Prefix Count: {len(machine.topology)}",
            f"      Total Redist Count: {external}",
        ]
    title = f"  EIGRP-IPv4 Protocol for AS({config.asn})"
    if config.name is not None:
        title = f"  EIGRP-IPv4 VR({config.name}) Address-Family Protocol for AS({config.asn})"
    vrf = f" VRF({config.vrf})" if config.vrf else ""
    return f"{title}{vrf}\n" + "".join(f"{line}\n" for line in lines)


def _summaries(machine: EigrpMachine) -> str:
    rows = ""
    for name in machine.interfaces:
        for network in machine.site.settings(name).summaries:
            rows += f"    {network} for {short(name)}\n"
            entry = machine.topology.get(network)
            paths = entry.paths.values() if entry is not None else ()
            metric = next((path.distance for path in paths if path.source == SUMMARY), None)
            if metric is not None:
                parts = sum(
                    other != network and within(other, network) for other in machine.topology
                )
                rows += f"      Summarizing {parts} components with metric {metric}\n"
    return f"  Address Summarization:\n{rows}" if rows else ""


def _network(network: IPv4Network) -> str:
    """Print a `network` line as the protocol keeps it: a whole class without its length."""
    if network == classful(network.network_address) or network.prefixlen == 0:
        return str(network.network_address)
    return str(network)


def _passive(view: View, config: EigrpConfig) -> str:
    names = [
        name
        for name, interface in view.router.config.interfaces.items()
        if interface.vrf == config.vrf
        and (settings := interface.eigrp.get(config.asn)) is not None
        and settings.passive
    ]
    if not names:
        return ""
    return "  Passive Interface(s):\n" + "".join(f"    {name}\n" for name in names)


def _told_by(
    view: View, config: EigrpConfig, machine: EigrpMachine
) -> Iterator[tuple[Address, int, float]]:
    """Give every neighbour that told of routes in use, and when it last did."""
    latest: dict[Address, float] = {}
    table = view.router.rib.get(config.vrf)
    for route in table.routes() if table is not None else ():
        for path in route.paths if route.owner == f"eigrp {config.asn}" else ():
            if path.next_hop is not None:
                latest[path.next_hop] = max(path.since, latest.get(path.next_hop, path.since))
    for address in sorted(latest, key=int):
        yield address, config.distance_internal, view.now - latest[address]


def _source(address: Address, distance: int, seconds: float) -> str:
    return f"    {address!s:<16}{distance:>8}      {age(seconds)}\n"


def _bgp(view: View, machine: BgpMachine) -> str:
    config = view.router.config.bgp
    if config is None:
        return ""
    sources = ""
    for peer in sorted(machine.neighbors.values(), key=lambda p: int(p.address)):
        if peer.received:
            distance = 200 if peer.remote_as == config.asn else 20
            latest = max(route.since for route in peer.received.values())
            sources += _source(peer.address, distance, view.now - latest)
    neighbors = "".join(f"    {address}\n" for address in config.neighbors)
    return (
        f'Routing Protocol is "bgp {config.asn}"\n{UNFILTERED}'
        "  IGP synchronization is disabled\n"
        "  Automatic route summarization is disabled\n"
        "  Neighbor(s):\n"
        "    Address          FiltIn FiltOut DistIn DistOut Weight RouteMap\n"
        f"{neighbors}"
        f"  Maximum path: {BGP_MULTIPATH}\n{SOURCES}{sources}"
        "  Distance: external 20 internal 200 local 200\n\n"
    )


ALWAYS = "(always valid) - (always valid) [valid now]"


def show_key_chain(view: View, args: Mapping[str, Any]) -> str:
    """Print key chains with their keys in clear."""
    text = ""
    for name, keys in view.router.config.filters.keys.items():
        if args.get("chain") not in (None, name):
            continue
        text += f"Key-chain {name}:\n"
        for key in keys:
            text += (
                f'    key {key.number} -- text "{key.string or ""}"\n'
                f"        accept lifetime {ALWAYS}\n"
                f"        send lifetime {ALWAYS}\n"
            )
    return text


def show_prefix_list(view: View, args: Mapping[str, Any]) -> str:
    """Print prefix lists."""
    text = ""
    for name, rules in sorted(view.router.config.filters.prefixes.items()):
        if args.get("list") not in (None, name):
            continue
        text += f"ip prefix-list {name}: {len(rules)} entries\n"
        for rule in rules:
            length = rule.network.prefixlen
            low = f" ge {rule.low}" if rule.low > length else ""
            exact = rule.high == (32 if low else length)
            high = "" if exact else f" le {rule.high}"
            word = "permit" if rule.permit else "deny"
            text += f"   seq {rule.sequence} {word} {rule.network}{low}{high}\n"
    return text


CLAUSES = {
    "ip address prefix-list": "ip address prefix-lists: ",
    "ip address": "ip address (access-lists): ",
    "as-path": "as-path (as-path filter): ",
    "community": "community (community-list filter): ",
}


def show_route_map(view: View, args: Mapping[str, Any]) -> str:
    """Print route maps, as BGP and redistribution use them."""
    text = ""
    for name, entries in sorted(view.router.config.filters.maps.items()):
        if args.get("map") not in (None, name):
            continue
        for entry in entries:
            word = "permit" if entry.permit else "deny"
            text += f"route-map {name}, {word}, sequence {entry.sequence}\n  Match clauses:\n"
            for kind, words in entry.matches:
                text += f"    {CLAUSES.get(kind, f'{kind} ')}{' '.join(words)} \n"
            text += "  Set clauses:\n"
            text += "".join(f"    {kind} {' '.join(words)}\n" for kind, words in entry.sets)
            text += "  Policy routing matches: 0 packets, 0 bytes\n"
    return text
