"""What a configuration means: from a tree of lines to a `DeviceConfig`. Pure.

Lines that the twin does not model have no trace here. No text of commands is read: the tables
in `commands` have done that, and parameters come typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs.twin.commands.reader import image_of, read_config
from labs.twin.device import ArchiveConfig, DeviceConfig, DhcpConfig, UserConfig
from labs.twin.image import DEFAULT_VERSION, IMAGES, ImageProfile
from labs.twin.intake.blocks import denied, has, prefix, value
from labs.twin.intake.crypto import crypto
from labs.twin.intake.eigrp import eigrp
from labs.twin.intake.filters import filters
from labs.twin.intake.interfaces import interfaces
from labs.twin.intake.routing import bgp, static_route
from labs.twin.intake.screens import screens
from labs.twin.tree import Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """What a startup configuration gives."""

    tree: Block
    config: DeviceConfig
    unknown: tuple[str, ...]
    """Lines kept verbatim because nothing is known of them."""
    heads: tuple[str, ...] = ()
    """Those of them that are not under another one."""


def boot(text: str, image: ImageProfile | None = None, *, salt: str = "") -> Booted:
    """Read a configuration as a booting router does.

    Args:
        text: The startup configuration.
        image: The image; None takes the one of the `version` line, else the newest.
        salt: Varies the salts of secrets given in clear.
    """
    profile = image or image_of(text, IMAGES[DEFAULT_VERSION])
    reading = read_config(text, profile, salt=salt)
    return Booted(
        tree=reading.root,
        config=intake(reading.root, profile),
        unknown=tuple(reading.unknown),
        heads=tuple(reading.heads),
    )


def intake(root: Block, image: ImageProfile, chassis: str = "") -> DeviceConfig:
    """Give the meaning of a configuration.

    Args:
        root: Its lines.
        image: The image that reads it.
        chassis: What the MAC addresses are made of; empty takes the host name.
    """
    hostname = str(value(root, "hostname", "name", "Router"))
    processes, settings, sixth = eigrp(root)
    return DeviceConfig(
        image=image,
        hostname=hostname,
        domain_name=value(root, "ip domain name", "name", None),
        vrfs=tuple(b.line.args["name"] for b in root.find("vrf definition", "ip vrf")),
        interfaces=interfaces(root, image, (settings, sixth), chassis or hostname),
        static_routes=tuple(static_route(b.line.args) for b in root.find("ip route", "ipv6 route")),
        ipv6_routing="ipv6 unicast-routing" in root.children,
        eigrp=processes,
        bgp=bgp(root),
        filters=filters(root),
        screens=screens(root),
        crypto=crypto(root),
        dhcp=_dhcp(root),
        users={b.line.args["name"]: _user(b.line.args) for b in root.find("username")},
        enable_secret=_enable(root),
        archive=_archive(root),
        unreachable_gap_s=_unreachable_gap(root),
        scp_server="ip scp server enable" in root.children,
        logging_dmvpn="logging dmvpn" in root.children,
    )


def _unreachable_gap(root: Block) -> float | None:
    if denied(root, "ip icmp rate-limit unreachable"):
        return 0.0
    gap_ms = value(root, "ip icmp rate-limit unreachable", "gap_ms", None)
    return None if gap_ms is None else gap_ms / 1000.0


def _dhcp(root: Block) -> DhcpConfig:
    pools = [
        (prefix(args), value(pool, "default-router", "address", None))
        for pool in root.find("ip dhcp pool")
        if (args := pool.args("network")) is not None
    ]
    excluded = [b.line.args for b in root.find("ip dhcp excluded-address")]
    return DhcpConfig(
        pools=tuple(pools),
        excluded=tuple((args["first"], args.get("last", args["first"])) for args in excluded),
    )


def _user(args: Mapping[str, Any]) -> UserConfig:
    return UserConfig(
        name=args["name"],
        privilege=args.get("privilege", 1),
        secret_type=args.get("type"),
        secret=args.get("secret"),
    )


def _enable(root: Block) -> UserConfig | None:
    args = root.args("enable secret")
    if args is not None:
        return UserConfig(
            name="enable", privilege=15, secret_type=args["type"], secret=args["secret"]
        )
    return None


def _archive(root: Block) -> ArchiveConfig | None:
    block = root.get("archive")
    if block is None:
        return None
    return ArchiveConfig(
        path=value(block, "path", "url", None),
        maximum=value(block, "maximum", "count", 10),
        write_memory=has(block, "write-memory"),
    )
