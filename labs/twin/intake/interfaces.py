"""Interfaces: addresses, tunnels, NHRP, and classic EIGRP lines on them."""

import math
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Interface
from typing import Any

from labs.twin.addresses import Address, IPInterface
from labs.twin.device import (
    GLOBAL_VRF,
    REDIRECT_TIMEOUT_S,
    EigrpInterfaceConfig,
    InterfaceConfig,
    NhrpConfig,
    NhsConfig,
    TunnelConfig,
    TunnelMode,
)
from labs.twin.image import ImageProfile
from labs.twin.intake.blocks import has, switch, value
from labs.twin.intake.eigrp import EigrpSettings, interface_lines, joined
from labs.twin.intake.ipv6 import hardware, ipv6
from labs.twin.tree import Block


def interfaces(
    root: Block,
    image: ImageProfile,
    settings: tuple[EigrpSettings, EigrpSettings],
    chassis: str,
) -> dict[str, InterfaceConfig]:
    """Read the interfaces, in the order of a running-config."""
    blocks = {block.line.args["name"]: block for block in root.find("interface")}
    macs = hardware(list(blocks), chassis)
    hosts = {str(b.line.args["host"]).lower(): b.line.args["address"] for b in root.find("ip host")}
    return {
        name: replace(
            _interface(name, block, settings[0].get(name, {}), _nhrp(block, image, "ip", hosts)),
            ipv6=ipv6(
                block,
                macs[name],
                _nhrp(block, image, "ipv6", hosts),
                settings[1].get(name, {}),
            ),
        )
        for name, block in blocks.items()
    }


def _interface(
    name: str, block: Block, named: dict[int, EigrpInterfaceConfig], nhrp: NhrpConfig | None
) -> InterfaceConfig:
    address = block.args("ip address")
    is_tunnel = name.startswith("Tunnel")
    return InterfaceConfig(
        name=name,
        description=value(block, "description", "text", None),
        vrf=_vrf(block),
        address=_address(address),
        screen_in=value(block, "ip access-group in", "list", None),
        screen_out=value(block, "ip access-group out", "list", None),
        dhcp=address is not None and "dhcp" in address,
        secondaries=tuple(
            found
            for b in block.find("ip address secondary")
            if (found := _address(b.line.args)) is not None
        ),
        shutdown=has(block, "shutdown"),
        proxy_arp=switch(block, "ip proxy-arp", unsaid=True),
        unreachables=switch(block, "ip unreachables", unsaid=True),
        vlan=value(block, "encapsulation dot1Q", "vlan", None),
        native=value(block, "encapsulation dot1Q", "native", None) is not None,
        mtu=value(block, "mtu", "mtu", None),
        ip_mtu=value(block, "ip mtu", "mtu", None),
        tcp_mss=value(block, "ip tcp adjust-mss", "mss", None),
        bandwidth_kbit=value(block, "bandwidth", "kbit", None),
        delay_tens_us=value(block, "delay", "tens_us", None),
        if_state_nhrp=has(block, "if-state nhrp"),
        tunnel=_tunnel(block) if is_tunnel else None,
        nhrp=nhrp if is_tunnel else None,
        eigrp=joined(interface_lines(block), named),
    )


def _vrf(block: Block) -> str:
    return str(
        value(block, "vrf forwarding", "vrf", None)
        or value(block, "ip vrf forwarding", "vrf", GLOBAL_VRF)
    )


def _address(args: Mapping[str, Any] | None) -> IPv4Interface | None:
    if args is None or "mask" not in args:
        return None
    return IPv4Interface((args["address"], str(args["mask"])))


def _tunnel(block: Block) -> TunnelConfig:
    source = block.args("tunnel source") or {}
    route_via = block.args("tunnel route-via") or {}
    path_mtu = block.args("tunnel path-mtu-discovery") or {}
    protection = block.args("tunnel protection ipsec profile") or {}
    mode = block.args("tunnel mode") or {}
    words = ("gre", mode.get("mode", "ip"), mode.get("transport", ""))
    return TunnelConfig(
        source=source.get("interface", source.get("address")),
        destination=value(block, "tunnel destination", "address", None),
        mode=TunnelMode(" ".join(words).rstrip()),
        key=value(block, "tunnel key", "key", None),
        vrf=value(block, "tunnel vrf", "vrf", GLOBAL_VRF),
        ipsec_profile=protection.get("profile"),
        shared="shared" in protection,
        ttl=value(block, "tunnel ttl", "ttl", 255),
        route_via=route_via.get("interface"),
        route_via_only=bool(route_via) and "preferred" not in route_via,
        path_mtu_discovery=has(block, "tunnel path-mtu-discovery"),
        path_mtu_age_s=math.inf if "never" in path_mtu else 60.0 * path_mtu.get("age", 10),
        path_mtu_floor=path_mtu.get("floor", 92),
    )


def _nhrp(
    block: Block, image: ImageProfile, family: str, hosts: Mapping[str, Address]
) -> NhrpConfig | None:
    """Read the `ip nhrp` or the `ipv6 nhrp` lines; a server may be named as in the host table."""
    names = {child.line.name for child in block.children.values()}
    if not any(name.startswith(f"{family} nhrp") for name in names):
        return None
    defaults = image.nhrp
    return NhrpConfig(
        network_id=value(block, f"{family} nhrp network-id", "id", None),
        authentication=value(block, f"{family} nhrp authentication", "string", None),
        holdtime_s=value(block, f"{family} nhrp holdtime", "seconds", defaults.holdtime_s),
        registration_timeout_s=value(block, f"{family} nhrp registration timeout", "seconds", None),
        registration_unique=not switch(
            block, f"{family} nhrp registration no-unique", unsaid=not defaults.registration_unique
        ),
        maps=tuple(
            (_host(b.line.args["protocol"]), b.line.args["nbma"])
            for b in block.find(f"{family} nhrp map")
        ),
        multicast_maps=tuple(
            b.line.args["nbma"] for b in block.find(f"{family} nhrp map multicast")
        ),
        multicast_dynamic=switch(
            block, f"{family} nhrp map multicast dynamic", unsaid=defaults.multicast_dynamic
        ),
        nhs=tuple(_nhs(b.line.args, hosts) for b in block.find(f"{family} nhrp nhs")),
        nhs_limits={
            b.line.args["cluster"]: b.line.args["limit"]
            for b in block.find(f"{family} nhrp nhs cluster")
        },
        nhs_fallback_s=value(block, f"{family} nhrp nhs fallback", "seconds", 0),
        shortcut=switch(block, f"{family} nhrp shortcut", unsaid=defaults.shortcut),
        redirect=has(block, f"{family} nhrp redirect"),
        redirect_timeout_s=value(block, f"{family} nhrp redirect", "seconds", REDIRECT_TIMEOUT_S),
        record=switch(block, f"{family} nhrp record", unsaid=True),
        responder=value(block, f"{family} nhrp responder", "interface", None),
        server_only=has(block, f"{family} nhrp server-only"),
        max_send=_max_send(block.args(f"{family} nhrp max-send")),
        group=value(
            block, "nhrp group", "group", value(block, f"{family} nhrp group", "group", None)
        ),
        group_policies={
            b.line.args["group"]: b.line.args["policy"]
            for name in (f"{family} nhrp map group", "nhrp map group")
            for b in block.find(name)
        },
    )


def _max_send(args: Mapping[str, Any] | None) -> tuple[int, int] | None:
    return (args["packets"], args["seconds"]) if args else None


def _host(mapped: Address | IPInterface) -> Address:
    """Give the address of a map line; IPv6 writes it with the length of its prefix."""
    return mapped.ip if isinstance(mapped, IPInterface) else mapped


def _nhs(args: Mapping[str, Any], hosts: Mapping[str, Address]) -> NhsConfig:
    return NhsConfig(
        address=args["nhs"],
        nbma=args.get("nbma", hosts.get(str(args.get("name")).lower())),
        multicast="multicast" in args,
        priority=args.get("priority", 0),
        cluster=args.get("cluster", 0),
    )
