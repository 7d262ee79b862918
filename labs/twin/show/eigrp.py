"""`show ip eigrp ...` and `show eigrp address-family ipv4 ...`.

Layouts of the neighbour tables and of the topology table are those of captures (15.x to 17.15);
the other forms are known from the vendor's documents (docs/twin.md lists them).
"""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from labs.twin.addresses import IPV4, NOWHERE, IPNetwork
from labs.twin.device import EigrpConfig
from labs.twin.routing.eigrp import (
    INFINITY,
    EigrpMachine,
    EigrpNeighbor,
    EigrpPath,
    EigrpTopologyEntry,
    Opcode,
)
from labs.twin.routing.eigrp.metric import rib_metric
from labs.twin.routing.eigrp.site import instance
from labs.twin.show.names import short
from labs.twin.show.times import age
from labs.twin.show.view import View

NEIGHBORS = """\
H   Address                 Interface              Hold Uptime   SRTT   RTO  Q  Seq
                                                   (sec)         (ms)       Cnt Num
"""
INTERFACES = """\
                              Xmit Queue   PeerQ        Mean   Pacing Time   Multicast    Pending
Interface              Peers  Un/Reliable  Un/Reliable  SRTT   Un/Reliable   Flow Timer   Routes
"""
CODES = """\
Codes: P - Passive, A - Active, U - Update, Q - Query, R - Reply,
       r - reply Status, s - sia Status

"""
STUB_ORDER = ("connected", "static", "summary", "redistributed")
PS_PER_US = 10**6
HELLO_BITS, OVERHEAD = 320, 20
"""A packet of 40 bytes, and what an IP header adds to a full one: the pacing of an interface."""
LEAST_FLOW_MS = 50
VIRTUAL = ("Loopback", "Tunnel", "Vlan", "BDI", "Dialer", "Port-channel")
"""Kinds of interfaces that are made by a command and listed behind the hardware [K]."""
PROTOCOLS = {"static": "Static", "connected": "Connected", "bgp": "BGP", "eigrp": "EIGRP"}


def _processes(view: View, args: Mapping[str, Any]) -> Iterator[tuple[EigrpConfig, EigrpMachine]]:
    vrf, asn, family = str(args.get("vrf") or ""), args.get("asn"), args.get("family", IPV4)
    for config in view.router.config.eigrp:
        machine = view.router.eigrp.get(instance(config.asn, vrf, family))
        if (
            (config.vrf, config.family) == (vrf, family)
            and machine is not None
            and asn in (None, config.asn)
        ):
            yield config, machine


def _title(config: EigrpConfig, classic: str, named: str) -> str:
    if config.name is None:
        return f"EIGRP-IPv{config.family} {classic} for AS({config.asn})"
    return f"EIGRP-IPv{config.family} VR({config.name}) {named} for AS({config.asn})"


def _in_vrf(config: EigrpConfig) -> str:
    return f" VRF({config.vrf})" if config.vrf else ""


# --- neighbours


def show_eigrp_neighbors(view: View, args: Mapping[str, Any]) -> str:
    """Print the neighbours of every autonomous system."""
    return "".join(
        _neighbors(view, config, machine, args) for config, machine in _processes(view, args)
    )


def _neighbors(
    view: View, config: EigrpConfig, machine: EigrpMachine, args: Mapping[str, Any]
) -> str:
    wanted = args.get("interface")
    found = [n for n in machine.neighbors.values() if wanted in (None, n.interface)]
    title = _title(config, "Neighbors", "Address-Family Neighbors") + _in_vrf(config)
    if not found:
        return f"{title}\n"
    found.sort(key=lambda neighbor: -neighbor.handle)
    if "detail" not in args:
        return f"{title}\n{NEIGHBORS}" + "".join(_neighbor(n, view.now) for n in found)
    rows = [_neighbor(n, view.now) + _about(n, machine) for n in found]
    return f"{title}\n{NEIGHBORS}" + "\n".join(rows) + "\nMax Nbrs: 0, Current Nbrs: 0\n"


def _neighbor(neighbor: EigrpNeighbor, now: float) -> str:
    hold = max(int(neighbor.hold_s - (now - neighbor.heard)), 0)
    sixth = neighbor.address.version != IPV4
    # The address of IPv6 is too long for its column (vendor's examples).
    address = "Link-local address:" if sixth else str(neighbor.address)
    below = f"    {neighbor.address}\n" if sixth else ""
    return (
        f"{neighbor.handle:<4}{address:<24}{short(neighbor.interface):<23}{hold:>4} "
        f"{age(now - neighbor.up_since):<8}{neighbor.srtt_ms:>5}{neighbor.rto_ms:>6}"
        f"{len(neighbor.queue):>3}  {neighbor.seq}\n{below}"
    )


def _about(neighbor: EigrpNeighbor, machine: EigrpMachine) -> str:
    key = (neighbor.interface, neighbor.address)
    prefixes = sum(key in entry.paths for entry in machine.topology.values())
    major, minor = neighbor.version
    lines = [
        f"Version {major}.{minor}/2.0, Retrans: {neighbor.retransmissions}, "
        f"Retries: {neighbor.retries}" + (f", Prefixes: {prefixes}" if prefixes else ""),
        "Topology-ids from peer - 0 ",
        *_stub(neighbor),
        "Topologies advertised to peer:   base",
    ]
    return "".join(f"   {line}\n" for line in lines)


def _stub(neighbor: EigrpNeighbor) -> list[str]:
    if neighbor.stub is None:
        return []
    if "receive-only" in neighbor.stub:
        return ["Receive-Only Peer Advertising (No) Routes", "Suppressing queries"]
    words = "".join(f"{word.upper()} " for word in STUB_ORDER if word in neighbor.stub)
    return [f"Stub Peer Advertising ({words}) Routes", "Suppressing queries"]


# --- interfaces


def show_eigrp_interfaces(view: View, args: Mapping[str, Any]) -> str:
    """Print the interfaces that speak."""
    return "".join(
        _interfaces(view, config, machine, args) for config, machine in _processes(view, args)
    )


def _interfaces(
    view: View, config: EigrpConfig, machine: EigrpMachine, args: Mapping[str, Any]
) -> str:
    wanted = args.get("interface")
    names = [name for name in machine.interfaces if wanted in (None, name)]
    names.sort(key=lambda name: name.startswith(VIRTUAL))
    title = _title(config, "Interfaces", "Address-Family Interfaces") + _in_vrf(config)
    rows = "".join(
        _interface(machine, name) + (_settings(machine, name) if "detail" in args else "")
        for name in names
    )
    return f"{title}\n{INTERFACES}{rows}"


def _interface(machine: EigrpMachine, name: str) -> str:
    neighbors = [n for n in machine.neighbors.values() if n.interface == name]
    mean = sum(n.srtt_ms for n in neighbors) // len(neighbors) if neighbors else 0
    flow = max(LEAST_FLOW_MS, 4 * mean) if neighbors else 0
    waiting = sum(1 for n in neighbors if n.queue)
    unreliable, reliable = _pacing(machine, name)
    return (
        f"{short(name):<23}{len(neighbors):>3}{f'0/{waiting}':>11}{'0/0':>10}{mean:>12}"
        f"{f'{unreliable}/{reliable}':>10}{flow:>13}{0:>12}\n"
    )


def _pacing(machine: EigrpMachine, name: str) -> tuple[int, int]:
    """Give the gaps in ms that keep EIGRP to its share of the bandwidth (50 %)."""
    link = machine.site.link(name)
    share = link.bandwidth_kbit * machine.site.settings(name).bandwidth_percent // 100 or 1
    return HELLO_BITS // share, 8 * (link.mtu + OVERHEAD) // share


def _settings(machine: EigrpMachine, name: str) -> str:
    site = machine.site
    settings = site.settings(name)
    traffic = machine.traffic(name)
    mode = "not set"
    if settings.authentication == "md5":
        mode = f'md5,  key-chain is "{settings.key_chain or "not set"}"'
    elif settings.authentication is not None:
        mode = f"{settings.authentication.upper()}, key-chain is not set"
    return (
        f"  Hello-interval is {site.hello_s(name)}, Hold-time is {site.hold_s(name)}\n"
        f"  Split-horizon is {'enabled' if settings.split_horizon else 'disabled'}\n"
        "  Next xmit serial <none>\n"
        f"  Packetized sent/expedited: {traffic[Opcode.UPDATE]}/0\n"
        f"  Hello's sent/expedited: {traffic[Opcode.HELLO]}/{traffic.expedited}\n"
        f"  Un/reliable mcasts: 0/0  Un/reliable ucasts: {traffic[Opcode.ACK]}/{traffic.reliable}\n"
        "  Mcast exceptions: 0  CR packets: 0  ACKs suppressed: 0\n"
        f"  Retransmissions sent: {traffic.repeated}  Out-of-sequence rcvd: 0\n"
        "  Topology-ids on interface - 0 \n"
        f"  Authentication mode is {mode}\n"
        "  Topologies advertised on this interface:  base\n"
        "  Topologies not advertised on this interface: \n"
    )


# --- topology


def show_eigrp_topology(view: View, args: Mapping[str, Any]) -> str:
    """Print the topology table of every autonomous system: successors and feasible successors."""
    return _topologies(view, args, every=False)


def show_eigrp_links(view: View, args: Mapping[str, Any]) -> str:
    """Print the topology table with paths that are not feasible."""
    return _topologies(view, args, every=True)


def _topologies(view: View, args: Mapping[str, Any], *, every: bool) -> str:
    active = "active" in args
    return "".join(
        _head(config, machine)
        + "".join(
            _destination(entry, every=every)
            for _, entry in sorted(machine.topology.items())
            if entry.active or not active
        )
        + "\n"
        for config, machine in _processes(view, args)
    )


def _head(config: EigrpConfig, machine: EigrpMachine) -> str:
    title = _title(config, "Topology Table", "Topology Table") + f"/ID({machine.router_id})"
    vrf = f"           Topology(base) TID(0) VRF({config.vrf})\n" if config.vrf else ""
    return f"{title}\n{vrf}{CODES}"


def _destination(entry: EigrpTopologyEntry, *, every: bool) -> str:
    state = "A" if entry.active else "P"
    count = 0 if entry.active else len(entry.successors)
    tags = {path.tag for path in entry.successors if path.tag}
    tag = f", tag is {min(tags)}" if tags else ""
    distance = "Infinity" if entry.fd == INFINITY else entry.fd
    serial = f", serno {entry.serial}" if every else ""
    text = f"{state} {entry.network}, {count} successors, FD is {distance}{tag}{serial}\n"
    for path in entry.every if every or entry.active else entry.feasible:
        text += f"        via {_via(path)}\n"
    return text


def _via(path: EigrpPath) -> str:
    if path.neighbor is not None:
        return f"{path.neighbor} ({path.distance}/{path.reported}), {path.interface}"
    if path.source == "Connected":
        return f"Connected, {path.interface}"
    if path.source == "Summary":
        return f"Summary ({path.distance}/0), {path.interface}"
    return f"{path.source} ({path.distance}/0)"


def show_eigrp_entry(view: View, args: Mapping[str, Any]) -> str:
    """Print all that is known of one destination."""
    return "".join(_entry(config, machine, args) for config, machine in _processes(view, args))


def _entry(config: EigrpConfig, machine: EigrpMachine, args: Mapping[str, Any]) -> str:
    network = _sought(machine, args)
    title = _title(config, "Topology Entry", "Topology Entry") + f"/ID({machine.router_id})"
    entry = machine.topology.get(network) if network is not None else None
    if entry is None:
        asked = args["prefix"] if "prefix" in args else args["address"]
        return f"{title}\n%Entry {asked} not in topology table\n"
    state = "Active" if entry.active else "Passive"
    rib = ""
    if config.name is not None:
        rib = f", RIB is {rib_metric(entry.fd, wide=True, scale=config.rib_scale)}"
    paths = sorted(entry.every, key=lambda p: (p not in entry.successors, p.distance))
    return (
        f"{title} for {entry.network}\n"
        f"  State is {state}, Query origin flag is 1, {len(entry.successors)} Successor(s), "
        f"FD is {entry.fd}{rib}\n  Descriptor Blocks:\n"
        + "".join(_block(path, wide=config.name is not None, machine=machine) for path in paths)
    )


def _sought(machine: EigrpMachine, args: Mapping[str, Any]) -> IPNetwork | None:
    """Give the destination that is meant: a prefix, or the longest that holds an address."""
    if "prefix" in args:
        found: IPNetwork = args["prefix"]
        return found
    if "mask" in args:
        return IPv4Network((args["address"], str(args["mask"])), strict=False)
    holding = [n for n in machine.topology if args["address"] in n]
    return max(holding, key=lambda network: network.prefixlen, default=None)


def _block(path: EigrpPath, *, wide: bool, machine: EigrpMachine) -> str:
    vector = path.vector
    delay = f"{vector.delay_ps} picoseconds" if wide else _microseconds(vector.delay_ps)
    kind = "External" if path.external else "Internal"
    mine = path.neighbor is None
    text = (
        f"  {_place(path)}, Send flag is 0x0\n"
        f"      Composite metric is ({path.distance}/{path.reported}), route is {kind}\n"
        "      Vector metric:\n"
        f"        Minimum bandwidth is {vector.bandwidth_kbit} Kbit\n"
        f"        Total delay is {delay}\n"
        f"        Reliability is {vector.reliability}/255\n"
        f"        Load is {vector.load}/255\n"
        f"        Minimum MTU is {vector.mtu}\n"
        f"        Hop count is {vector.hops}\n"
        f"        Originating router is {path.origin or machine.router_id}\n"
    )
    if path.tag and not path.external:
        text += f"        Internal tag is {path.tag}\n"
    if path.outside is not None:
        owner = " (this system)" if mine else " "
        text += (
            "      External data:\n"
            f"        Originating router is {path.origin}{owner}\n"
            f"        AS number of route is {path.outside.asn}\n"
            f"        External protocol is {PROTOCOLS.get(path.outside.protocol, 'Unknown')}, "
            f"external metric is {path.outside.metric}\n"
            f"        Administrator tag is {path.tag} (0x{path.tag:08X})\n"
        )
    return text


def _place(path: EigrpPath) -> str:
    if path.neighbor is not None:
        return f"{path.next_hop} ({path.interface}), from {path.neighbor}"
    if path.source == "Summary":
        return "0.0.0.0 (Null0), from 0.0.0.0"
    if path.source == "Connected":
        return f"0.0.0.0 ({path.interface}), from Connected"
    return f"{path.next_hop or NOWHERE[IPV4]}, from {path.source}"


def _microseconds(delay_ps: int) -> str:
    return f"{delay_ps // PS_PER_US} microseconds"


SHOWN = {
    "neighbors [<detail:one(detail)>] [<interface:interface>]": show_eigrp_neighbors,
    "interfaces [<detail:one(detail)>] [<interface:interface>]": show_eigrp_interfaces,
    "topology [<active:one(active)>]": show_eigrp_topology,
    "topology all-links": show_eigrp_links,
    "topology <prefix:prefix>": show_eigrp_entry,
    "topology <address:ip> [<mask:mask>]": show_eigrp_entry,
}
"""What stands behind `show ip eigrp` and `show eigrp address-family ipv4`."""
