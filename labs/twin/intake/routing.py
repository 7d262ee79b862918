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
    StaticRoute,
)
from labs.twin.intake.blocks import denied, prefix, value
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
    lines = _bgp_lines(block)
    timers = block.args("timers bgp") or {}
    base = BgpNeighborConfig(
        keepalive_s=timers.get("keepalive", 60),
        hold_s=timers.get("hold", 180),
        activate=not denied(block, "bgp default ipv4-unicast"),
    )
    names = {b.line.args["peer"] for b in lines if b.line.name == "neighbor peer-group"}
    groups = {
        name: _neighbor(base, name, lines)
        for name in sorted(n for n in names if not _is_address(n))
    }
    return BgpConfig(
        asn=block.line.args["asn"],
        router_id=value(block, "bgp router-id", "id", None),
        neighbors=_neighbors(lines, groups, base),
        peer_groups=groups,
        listen_ranges=tuple(
            (b.line.args["range"], b.line.args["group"]) for b in block.find("bgp listen range")
        ),
        networks=tuple(bgp_network(b.line.args) for b in lines if b.line.name == "network"),
        aggregates=tuple(
            (prefix(b.line.args), "only" in b.line.args)
            for b in lines
            if b.line.name == "aggregate-address"
        ),
        redistribute=frozenset(
            " ".join(b.line.text.split()[1:]) for b in lines if b.line.name == "redistribute"
        ),
    )


def _bgp_lines(block: Block) -> list[Block]:
    """List the lines of the process and of its IPv4 address family."""
    lines: list[Block] = []
    for child in block.ordered():
        lines += child.ordered() if child.line.name == "address-family" else [child]
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
            fields.update(
                _neighbor_fields(line.name.split(" ", 1)[1], line.args, negated=line.negated)
            )
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
}


def _neighbor_fields(word: str, args: Mapping[str, Any], *, negated: bool) -> dict[str, Any]:
    if word in _PLAIN:
        return {_PLAIN[word]: not negated}
    if word in _VALUES:
        name, arg = _VALUES[word]
        return {name: args[arg]}
    if word == "timers":
        return {"keepalive_s": args["keepalive"], "hold_s": args["hold"]}
    if word == "next-hop-self":
        return {"next_hop_self": True, "next_hop_self_all": "all" in args}
    return {}
