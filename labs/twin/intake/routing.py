"""Routing: static routes and BGP."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from labs.twin.commands.routing import bgp_network
from labs.twin.commands.system import route_network
from labs.twin.device import (
    GLOBAL_VRF,
    BgpConfig,
    BgpNeighborConfig,
    Redistribution,
    StaticRoute,
)
from labs.twin.intake.blocks import denied, has, prefix, value
from labs.twin.tree import Block


def static_route(args: Mapping[str, Any]) -> StaticRoute:
    """Read the parameters of an `ip route` line."""
    return StaticRoute(
        prefix=args["prefix"] if "prefix" in args else route_network(args),
        next_hop=args.get("next_hop"),
        interface=args.get("interface"),
        distance=args.get("distance", 1),
        tag=args.get("tag", 0),
        permanent="permanent" in args,
        vrf=args.get("vrf", GLOBAL_VRF),
    )


# BGP


def bgp(root: Block) -> BgpConfig | None:
    """Read the BGP process."""
    block = next(root.find("router bgp"), None)
    if block is None:
        return None
    found = _bgp_process(root, block, _bgp_lines(block), GLOBAL_VRF)
    families = {
        vrf: _bgp_process(root, block, family.ordered(), vrf)
        for family in block.find("address-family")
        if (vrf := family.line.args.get("vrf")) is not None
    }
    return replace(found, families=families)


def _router_id(root: Block, block: Block) -> IPv4Address | None:
    """Give the router id, typed or the address of the interface typed."""
    args = block.args("bgp router-id") or {}
    interface = root.get(f"interface {args['interface']}") if "interface" in args else None
    if interface is not None:
        args = {"id": (interface.args("ip address") or {}).get("address")}
    return args.get("id")


def _bgp_process(root: Block, block: Block, lines: list[Block], vrf: str) -> BgpConfig:
    timers = block.args("timers bgp") or {}
    base = BgpNeighborConfig(
        keepalive_s=timers.get("keepalive", 60),
        hold_s=timers.get("hold", 180),
        # In the address family of a VRF a neighbour has to be activated, and is when it is made.
        activate=vrf != GLOBAL_VRF or not denied(block, "bgp default ipv4-unicast"),
    )
    names = {b.line.args["peer"] for b in lines if b.line.name == "neighbor peer-group"}
    groups = {
        name: _neighbor(base, name, lines)
        for name in sorted(n for n in names if not _is_address(n))
    }
    networks = [b.line.args for b in lines if b.line.name == "network"]
    ranges = block.find("bgp listen range") if vrf == GLOBAL_VRF else iter(())
    return BgpConfig(
        asn=block.line.args["asn"],
        vrf=vrf,
        router_id=_router_id(root, block),
        cluster_id=value(block, "bgp cluster-id", "id", None),
        local_preference=value(block, "bgp default local-preference", "preference", 100),
        any_med=has(block, "bgp always-compare-med"),
        relaxed=has(block, "bgp bestpath as-path multipath-relax"),
        neighbors=_neighbors(lines, groups, base),
        peer_groups=groups,
        listen_ranges=tuple((b.line.args["range"], b.line.args["group"]) for b in ranges),
        networks=tuple(bgp_network(args) for args in networks),
        network_maps={bgp_network(args): args["map"] for args in networks if "map" in args},
        aggregates=tuple(
            (prefix(b.line.args), "only" in b.line.args)
            for b in lines
            if b.line.name == "aggregate-address"
        ),
        redistribute=tuple(
            Redistribution(
                source=b.line.key.removeprefix("redistribute "),
                med=b.line.args.get("med"),
                route_map=b.line.args.get("map"),
            )
            for b in lines
            if b.line.name == "redistribute"
        ),
        maximum_paths=_last(lines, "maximum-paths", "paths", 1),
        maximum_internal=_last(lines, "maximum-paths ibgp", "paths", 1),
        distances=_distances(lines),
    )


def _last(lines: list[Block], name: str, parameter: str, unsaid: int) -> int:
    found = [b.line.args[parameter] for b in lines if b.line.name == name and b.line.args]
    return int(found[-1]) if found else unsaid


def _distances(lines: list[Block]) -> tuple[int, int, int]:
    for block in lines:
        args = block.line.args
        if block.line.name == "distance bgp" and args:
            return args["external"], args["internal"], args["local"]
    return 20, 200, 200


def _bgp_lines(block: Block) -> list[Block]:
    """List the lines of the process and of its IPv4 address family."""
    lines: list[Block] = []
    for child in block.ordered():
        if child.line.name != "address-family":
            lines.append(child)
        elif "vrf" not in child.line.args:
            lines += child.ordered()
    return lines


def _is_address(text: str) -> bool:
    return text.replace(".", "").isdigit() and text.count(".") == 3


def _neighbors(
    lines: list[Block], groups: dict[str, BgpNeighborConfig], base: BgpNeighborConfig
) -> dict[IPv4Address, BgpNeighborConfig]:
    found: dict[IPv4Address, BgpNeighborConfig] = {}
    for child in lines:
        if not child.line.name.startswith("neighbor "):
            continue
        peer = child.line.args.get("peer") or child.line.key.split()[1]
        if not _is_address(peer) or IPv4Address(peer) in found:
            continue
        group = next(
            (
                b.line.args["group"]
                for b in lines
                if b.line.name == "neighbor peer-group" and b.line.args.get("peer") == peer
                if "group" in b.line.args
            ),
            None,
        )
        start = groups.get(group, base) if group else base
        config = _neighbor(start, peer, lines)
        if config.remote_as is not None:
            found[IPv4Address(peer)] = config
    return found


def _neighbor(start: BgpNeighborConfig, peer: str, lines: list[Block]) -> BgpNeighborConfig:
    fields: dict[str, Any] = {}
    for child in lines:
        line = child.line
        if line.name.startswith("neighbor ") and line.key.split()[1] == peer:
            word = line.name.split(" ", 1)[1]
            if word in _LISTS and "direction" in line.args:
                name, way = _LISTS[word], line.args["direction"]
                known = fields.get(name, getattr(start, name))
                fields[name] = {**known, way: line.args["list"]}
                continue
            fields.update(_neighbor_fields(word, line.args, negated=line.negated))
    return replace(start, **fields)


_PLAIN = {
    "shutdown": "shutdown",
    "route-reflector-client": "route_reflector_client",
    "default-originate": "default_originate",
    "send-community": "send_community",
    "activate": "activate",
}
_VALUES = {
    "remote-as": ("remote_as", "asn"),
    "description": ("description", "text"),
    "password": ("password", "password"),
    "update-source": ("update_source", "interface"),
    "weight": ("weight", "weight"),
}
_NEARBY = {"disable-connected-check": 1, "ttl-security hops": 255}
"""Time to live of packets to a neighbour that need not be on a connected network."""
_LISTS = {
    "prefix-list": "prefix_lists",
    "distribute-list": "distribute_lists",
    "route-map": "route_maps",
    "filter-list": "filter_lists",
}


def _neighbor_fields(word: str, args: Mapping[str, Any], *, negated: bool) -> dict[str, Any]:
    if word in _PLAIN:
        return {_PLAIN[word]: not negated}
    if word in _VALUES:
        name, arg = _VALUES[word]
        return {name: args[arg]}
    if word == "ebgp-multihop":
        return {"ebgp_multihop": args.get("hops", 255)}
    if word in _NEARBY:
        return {"ebgp_multihop": _NEARBY[word]}
    if word == "allowas-in":
        return {"allowas_in": args.get("times", 3)}
    if word == "timers":
        return {"keepalive_s": args["keepalive"], "hold_s": args["hold"]}
    if word == "next-hop-self":
        return {"next_hop_self": True, "next_hop_self_all": "all" in args}
    return {}
