"""What a configuration means: from a tree of lines to a `DeviceConfig`. Pure.

Lines that the twin does not model have no trace here. No text of commands is read: the tables
in `commands` have done that, and parameters come typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from labs.twin.commands.crypto import transforms
from labs.twin.commands.reader import image_of, read_config
from labs.twin.commands.routing import bgp_network, eigrp_network
from labs.twin.commands.system import route_network
from labs.twin.device import (
    GLOBAL_VRF,
    ArchiveConfig,
    BgpConfig,
    BgpNeighborConfig,
    CryptoConfig,
    DeviceConfig,
    EigrpConfig,
    EigrpInterfaceConfig,
    Ikev2Peer,
    Ikev2Policy,
    Ikev2Profile,
    Ikev2Proposal,
    InterfaceConfig,
    IpsecProfile,
    NhrpConfig,
    NhsConfig,
    StaticRoute,
    TransformSet,
    TunnelConfig,
    TunnelMode,
    UserConfig,
)
from labs.twin.image import DEFAULT_VERSION, IMAGES, ImageProfile
from labs.twin.tree import Block

EigrpSettings = dict[str, dict[int, EigrpInterfaceConfig]]
"""EIGRP settings by interface and autonomous system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """What a startup configuration gives."""

    tree: Block
    config: DeviceConfig
    unknown: tuple[str, ...]
    """Lines kept verbatim because nothing is known of them."""


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
        tree=reading.root, config=intake(reading.root, profile), unknown=tuple(reading.unknown)
    )


def intake(root: Block, image: ImageProfile) -> DeviceConfig:
    """Give the meaning of a configuration."""
    eigrp, settings = _eigrp(root)
    return DeviceConfig(
        image=image,
        hostname=str(_value(root, "hostname", "name", "Router")),
        domain_name=_value(root, "ip domain name", "name", None),
        vrfs=tuple(b.line.args["name"] for b in root.find("vrf definition", "ip vrf")),
        interfaces=_interfaces(root, image, settings),
        static_routes=tuple(_route(b.line.args) for b in root.find("ip route")),
        eigrp=eigrp,
        bgp=_bgp(root),
        crypto=_crypto(root),
        users={b.line.args["name"]: _user(b.line.args) for b in root.find("username")},
        enable_secret=_enable(root),
        archive=_archive(root),
        scp_server="ip scp server enable" in root.children,
        logging_dmvpn="logging dmvpn" in root.children,
    )


def _value(block: Block, key: str, name: str, default: Any) -> Any:
    args = block.args(key)
    return default if args is None else args.get(name, default)


def _has(block: Block, key: str) -> bool:
    child = block.children.get(key)
    return child is not None and not child.line.negated


def _denied(block: Block, key: str) -> bool:
    child = block.children.get(key)
    return child is not None and child.line.negated


# System


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
        path=_value(block, "path", "url", None),
        maximum=_value(block, "maximum", "count", 10),
        write_memory=_has(block, "write-memory"),
    )


def _route(args: Mapping[str, Any]) -> StaticRoute:
    return StaticRoute(
        prefix=route_network(args),
        next_hop=args.get("next_hop"),
        interface=args.get("interface"),
        distance=args.get("distance", 1),
        vrf=args.get("vrf", GLOBAL_VRF),
    )


# Interfaces


def _interfaces(
    root: Block, image: ImageProfile, settings: EigrpSettings
) -> dict[str, InterfaceConfig]:
    found: dict[str, InterfaceConfig] = {}
    for block in root.find("interface"):
        name = block.line.args["name"]
        found[name] = _interface(name, block, image, settings.get(name, {}))
    return found


def _interface(
    name: str, block: Block, image: ImageProfile, named: dict[int, EigrpInterfaceConfig]
) -> InterfaceConfig:
    address = block.args("ip address")
    is_tunnel = name.startswith("Tunnel")
    return InterfaceConfig(
        name=name,
        description=_value(block, "description", "text", None),
        vrf=_vrf(block),
        address=_address(address),
        secondaries=tuple(
            found
            for b in block.find("ip address secondary")
            if (found := _address(b.line.args)) is not None
        ),
        shutdown=_has(block, "shutdown"),
        mtu=_value(block, "mtu", "mtu", None),
        ip_mtu=_value(block, "ip mtu", "mtu", None),
        tcp_mss=_value(block, "ip tcp adjust-mss", "mss", None),
        bandwidth_kbit=_value(block, "bandwidth", "kbit", None),
        delay_tens_us=_value(block, "delay", "tens_us", None),
        if_state_nhrp=_has(block, "if-state nhrp"),
        tunnel=_tunnel(block) if is_tunnel else None,
        nhrp=_nhrp(block, image) if is_tunnel else None,
        eigrp={**_classic(block), **named},
    )


def _vrf(block: Block) -> str:
    return str(
        _value(block, "vrf forwarding", "vrf", None)
        or _value(block, "ip vrf forwarding", "vrf", GLOBAL_VRF)
    )


def _address(args: Mapping[str, Any] | None) -> IPv4Interface | None:
    if args is None or "mask" not in args:
        return None
    return IPv4Interface((args["address"], str(args["mask"])))


def _tunnel(block: Block) -> TunnelConfig:
    source = block.args("tunnel source") or {}
    protection = block.args("tunnel protection ipsec profile") or {}
    multipoint = _value(block, "tunnel mode", "mode", "ip") == "multipoint"
    return TunnelConfig(
        source=source.get("interface", source.get("address")),
        destination=_value(block, "tunnel destination", "address", None),
        mode=TunnelMode.GRE_MULTIPOINT if multipoint else TunnelMode.GRE_IP,
        key=_value(block, "tunnel key", "key", None),
        vrf=_value(block, "tunnel vrf", "vrf", GLOBAL_VRF),
        ipsec_profile=protection.get("profile"),
        shared="shared" in protection,
        path_mtu_discovery=_has(block, "tunnel path-mtu-discovery"),
    )


def _switch(block: Block, key: str, *, unsaid: bool) -> bool:
    """Tell whether a setting is on, given what it is when nothing is typed."""
    child = block.children.get(key)
    return unsaid if child is None else not child.line.negated


def _nhrp(block: Block, image: ImageProfile) -> NhrpConfig | None:
    names = {child.line.name for child in block.children.values()}
    if not any(name.startswith("ip nhrp") for name in names):
        return None
    defaults = image.nhrp
    return NhrpConfig(
        network_id=_value(block, "ip nhrp network-id", "id", None),
        authentication=_value(block, "ip nhrp authentication", "string", None),
        holdtime_s=_value(block, "ip nhrp holdtime", "seconds", defaults.holdtime_s),
        registration_timeout_s=_value(block, "ip nhrp registration timeout", "seconds", None),
        registration_unique=not _switch(
            block, "ip nhrp registration no-unique", unsaid=not defaults.registration_unique
        ),
        maps=tuple(
            (b.line.args["protocol"], b.line.args["nbma"]) for b in block.find("ip nhrp map")
        ),
        multicast_maps=tuple(b.line.args["nbma"] for b in block.find("ip nhrp map multicast")),
        multicast_dynamic=_switch(
            block, "ip nhrp map multicast dynamic", unsaid=defaults.multicast_dynamic
        ),
        nhs=tuple(_nhs(b.line.args) for b in block.find("ip nhrp nhs")),
        shortcut=_switch(block, "ip nhrp shortcut", unsaid=defaults.shortcut),
        redirect=_has(block, "ip nhrp redirect"),
    )


def _nhs(args: Mapping[str, Any]) -> NhsConfig:
    return NhsConfig(
        address=args["nhs"],
        nbma=args.get("nbma"),
        multicast="multicast" in args,
        priority=args.get("priority", 0),
        cluster=args.get("cluster", 0),
    )


def _prefix(args: Mapping[str, Any]) -> IPv4Network:
    return IPv4Network((args["address"], str(args["mask"])), strict=False)


def _classic(block: Block) -> dict[int, EigrpInterfaceConfig]:
    """Collect the classic EIGRP lines of an interface by autonomous system."""
    found: dict[int, EigrpInterfaceConfig] = {}

    def change(asn: int, **fields: Any) -> None:
        found[asn] = replace(found.get(asn, EigrpInterfaceConfig()), **fields)

    for child in block.ordered():
        line = child.line
        match line.name:
            case "ip split-horizon eigrp":
                change(int(line.key.split()[-1]), split_horizon=not line.negated)
            case "ip next-hop-self eigrp":
                change(int(line.key.split()[-1]), next_hop_self=not line.negated)
            case "ip hello-interval eigrp":
                change(line.args["asn"], hello_s=line.args["seconds"])
            case "ip hold-time eigrp":
                change(line.args["asn"], hold_s=line.args["seconds"])
            case "ip summary-address eigrp":
                asn = line.args["asn"]
                known = found[asn].summaries if asn in found else ()
                change(asn, summaries=(*known, _prefix(line.args)))
    return found


# EIGRP


def _eigrp(root: Block) -> tuple[tuple[EigrpConfig, ...], EigrpSettings]:
    settings: EigrpSettings = {}
    processes: list[EigrpConfig] = []
    for block in root.find("router eigrp", "router eigrp named"):
        if "asn" in block.line.args:
            processes.append(_process(block, (block,), block.line.args["asn"]))
            _passive(block, block.line.args["asn"], settings)
            continue
        for family in block.find("address-family"):
            processes.append(_family(block, family))
            _af_interfaces(family, settings)
    return tuple(processes), settings


def _process(block: Block, topologies: tuple[Block, ...], asn: int) -> EigrpConfig:
    stub = block.args("eigrp stub")
    kinds: frozenset[str] = frozenset()
    if stub is not None:
        kinds = stub.get("kinds") or frozenset({"connected", "summary"})
    return EigrpConfig(
        asn=asn,
        router_id=_value(block, "eigrp router-id", "id", None),
        networks=tuple(eigrp_network(b.line.args) for b in block.find("network")),
        stub=kinds,
        passive_default=_has(block, "passive-interface default"),
        auto_summary=any(_has(b, "auto-summary") for b in topologies),
        redistribute=frozenset(s for b in topologies for s in _sources(b)),
        shutdown=_has(block, "shutdown"),
    )


def _family(process: Block, family: Block) -> EigrpConfig:
    args = family.line.args
    config = _process(family, tuple(family.find("topology base")), args["asn"])
    default = family.get("af-interface default")
    return replace(
        config,
        name=process.line.args["name"],
        vrf=args.get("vrf", GLOBAL_VRF),
        passive_default=default is not None and _has(default, "passive-interface"),
        shutdown=config.shutdown or _has(process, "shutdown"),
    )


def _sources(block: Block) -> list[str]:
    return [
        " ".join(b.line.text.split(" metric ")[0].split()[1:]) for b in block.find("redistribute")
    ]


def _passive(block: Block, asn: int, settings: EigrpSettings) -> None:
    for child in block.find("passive-interface"):
        name = child.line.key.split()[-1]
        known = settings.setdefault(name, {})
        known[asn] = EigrpInterfaceConfig(passive=not child.line.negated)


def _af_interfaces(family: Block, settings: EigrpSettings) -> None:
    asn = family.line.args["asn"]
    for block in family.find("af-interface"):
        settings.setdefault(block.line.args["name"], {})[asn] = EigrpInterfaceConfig(
            split_horizon=not _denied(block, "split-horizon"),
            next_hop_self=not _denied(block, "next-hop-self"),
            passive=_has(block, "passive-interface"),
            summaries=tuple(_prefix(b.line.args) for b in block.find("summary-address")),
            hello_s=_value(block, "hello-interval", "seconds", None),
            hold_s=_value(block, "hold-time", "seconds", None),
            shutdown=_has(block, "shutdown"),
        )


# BGP


def _bgp(root: Block) -> BgpConfig | None:
    block = next(root.find("router bgp"), None)
    if block is None:
        return None
    lines = _bgp_lines(block)
    timers = block.args("timers bgp") or {}
    base = BgpNeighborConfig(
        keepalive_s=timers.get("keepalive", 60),
        hold_s=timers.get("hold", 180),
        activate=not _denied(block, "bgp default ipv4-unicast"),
    )
    names = {b.line.args["peer"] for b in lines if b.line.name == "neighbor peer-group"}
    groups = {
        name: _neighbor(base, name, lines)
        for name in sorted(n for n in names if not _is_address(n))
    }
    return BgpConfig(
        asn=block.line.args["asn"],
        router_id=_value(block, "bgp router-id", "id", None),
        neighbors=_neighbors(lines, groups, base),
        peer_groups=groups,
        listen_ranges=tuple(
            (b.line.args["range"], b.line.args["group"]) for b in block.find("bgp listen range")
        ),
        networks=tuple(bgp_network(b.line.args) for b in lines if b.line.name == "network"),
        aggregates=tuple(
            (_prefix(b.line.args), "only" in b.line.args)
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


# Crypto


def _crypto(root: Block) -> CryptoConfig:
    return CryptoConfig(
        proposals={b.line.args["name"]: _proposal(b) for b in root.find("crypto ikev2 proposal")},
        policies={b.line.args["name"]: _policy(b) for b in root.find("crypto ikev2 policy")},
        keyrings={
            b.line.args["name"]: tuple(_peer(p) for p in b.find("peer"))
            for b in root.find("crypto ikev2 keyring")
        },
        profiles={b.line.args["name"]: _profile(b) for b in root.find("crypto ikev2 profile")},
        transform_sets={
            b.line.args["name"]: TransformSet(
                name=b.line.args["name"],
                transforms=transforms(b.line.args),
                mode=_value(b, "mode", "mode", "tunnel"),
            )
            for b in root.find("crypto ipsec transform-set")
        },
        ipsec_profiles={
            b.line.args["name"]: _ipsec_profile(b) for b in root.find("crypto ipsec profile")
        },
    )


def _proposal(block: Block) -> Ikev2Proposal:
    return Ikev2Proposal(
        name=block.line.args["name"],
        encryption=_value(block, "encryption", "algorithms", ()),
        integrity=_value(block, "integrity", "algorithms", ()),
        prf=_value(block, "prf", "algorithms", ()),
        groups=_value(block, "group", "groups", ()),
    )


def _policy(block: Block) -> Ikev2Policy:
    return Ikev2Policy(
        name=block.line.args["name"],
        fvrf=_value(block, "match fvrf", "vrf", None),
        proposals=tuple(b.line.args["name"] for b in block.find("proposal")),
    )


def _peer(block: Block) -> Ikev2Peer:
    address = block.args("address")
    network = None
    if address is not None:
        mask = address.get("mask") or IPv4Address("255.255.255.255")
        network = IPv4Network((address["address"], str(mask)), strict=False)
    both = _value(block, "pre-shared-key", "key", None)
    return Ikev2Peer(
        name=block.line.args["name"],
        address=network,
        local_key=_value(block, "pre-shared-key local", "key", both),
        remote_key=_value(block, "pre-shared-key remote", "key", both),
    )


def _match(args: Mapping[str, Any]) -> IPv4Network:
    """Give the prefix of a `match identity remote`; without a mask 0.0.0.0 is everybody."""
    whole = "0.0.0.0" if int(args["address"]) == 0 else "255.255.255.255"  # noqa: S104
    return IPv4Network((args["address"], str(args.get("mask", whole))), strict=False)


def _profile(block: Block) -> Ikev2Profile:
    dpd = block.args("dpd")
    return Ikev2Profile(
        name=block.line.args["name"],
        fvrf=_value(block, "match fvrf", "vrf", None),
        match_remote=tuple(
            _match(b.line.args) for b in block.find("match identity remote address")
        ),
        auth_local=_value(block, "authentication local", "method", None),
        auth_remote=_value(block, "authentication remote", "method", None),
        keyring=_value(block, "keyring local", "name", None),
        dpd=(dpd["interval"], dpd["retry"], dpd["when"]) if dpd else None,
        lifetime_s=_value(block, "lifetime", "seconds", 86400),
    )


def _ipsec_profile(block: Block) -> IpsecProfile:
    pfs = block.args("set pfs")
    group = None if pfs is None else int(str(pfs.get("group", "group1"))[5:])
    return IpsecProfile(
        name=block.line.args["name"],
        transform_sets=_value(block, "set transform-set", "names", ()),
        ikev2_profile=_value(block, "set ikev2-profile", "name", None),
        pfs_group=group,
        lifetime_s=_value(block, "set security-association lifetime seconds", "seconds", 3600),
    )
