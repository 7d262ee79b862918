"""EIGRP, classic and named: processes, and what they and interface lines say of interfaces."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs.twin import passwords
from labs.twin.addresses import IPV4, IPV6, IPNetwork
from labs.twin.commands.routing import eigrp_network
from labs.twin.device import (
    GLOBAL_VRF,
    DistributeList,
    EigrpConfig,
    EigrpInterfaceConfig,
    OffsetList,
    Redistribution,
    SeedMetric,
    SummaryMetric,
)
from labs.twin.intake.blocks import denied, has, prefix, switch, value
from labs.twin.tree import Block

EigrpSettings = dict[str, dict[int, EigrpInterfaceConfig]]
"""EIGRP settings by interface and autonomous system."""
PLAIN_INTERFACE = EigrpInterfaceConfig()
DEFAULT_STUB = frozenset({"connected", "summary"})
LEAKING = frozenset({"leak-map"})
ACTIVE_MINUTES = 3


def eigrp(root: Block) -> tuple[tuple[EigrpConfig, ...], EigrpSettings, EigrpSettings]:
    """Read the EIGRP processes, and what they say about interfaces: to IPv4 and to IPv6."""
    settings: EigrpSettings = {}
    sixth: EigrpSettings = {}
    processes: list[EigrpConfig] = []
    places = {str(b.line.args["name"]): _vrf(b) for b in root.find("interface")}
    for block in root.find("router eigrp", "router eigrp named"):
        if "asn" in block.line.args:
            processes += _classic(block, places, settings)
        else:
            processes += _named(block, places, {"ipv4": settings, "ipv6": sixth})
    for block in root.find("ipv6 router eigrp"):
        asn = block.line.args["asn"]
        processes.append(replace(_process(block, (block,), asn), family=IPV6))
        _passive(block, asn, _names(places, GLOBAL_VRF), sixth)
    return tuple(processes), settings, sixth


def _vrf(interface: Block) -> str:
    modern = value(interface, "vrf forwarding", "vrf", None)
    return str(modern or value(interface, "ip vrf forwarding", "vrf", GLOBAL_VRF))


def _names(places: Mapping[str, str], vrf: str) -> tuple[str, ...]:
    return tuple(name for name, place in places.items() if place == vrf)


def _classic(block: Block, places: Mapping[str, str], settings: EigrpSettings) -> list[EigrpConfig]:
    asn = block.line.args["asn"]
    found = [_process(block, (block,), asn)]
    _passive(block, asn, _names(places, GLOBAL_VRF), settings)
    for family in block.find("address-family"):
        args = family.line.args
        number = args.get("asn") or value(family, "autonomous-system", "asn", None)
        if number is None:
            continue
        found.append(replace(_process(family, (family,), number), vrf=args["vrf"]))
        _passive(family, number, _names(places, args["vrf"]), settings)
    return found


def _named(
    block: Block, places: Mapping[str, str], settings: Mapping[str, EigrpSettings]
) -> list[EigrpConfig]:
    found = []
    for family in block.find("address-family"):
        config = _family(block, family)
        found.append(config)
        said = settings[family.line.args["family"]]
        _af_interfaces(family, _names(places, config.vrf), said)
    return found


def _family(process: Block, family: Block) -> EigrpConfig:
    args = family.line.args
    config = _process(family, tuple(family.find("topology base")), args["asn"])
    default = family.get("af-interface default")
    return replace(
        config,
        name=process.line.args["name"],
        vrf=args.get("vrf", GLOBAL_VRF),
        family=IPV6 if args["family"] == "ipv6" else IPV4,
        passive_default=default is not None and has(default, "passive-interface"),
        shutdown=config.shutdown or has(process, "shutdown"),
    )


def _process(block: Block, topologies: tuple[Block, ...], asn: int) -> EigrpConfig:
    stub = block.args("eigrp stub")
    config = EigrpConfig(
        asn=asn,
        router_id=value(block, "eigrp router-id", "id", None),
        networks=tuple(eigrp_network(b.line.args) for b in block.find("network")),
        stub=_stub(stub) if stub is not None else frozenset(),
        leak=stub.get("leak") if stub is not None else None,
        passive_default=has(block, "passive-interface default"),
        shutdown=has(block, "shutdown"),
        weights=_weights(block),
        rib_scale=value(block, "metric rib-scale", "scale", 128),
        neighbors=tuple(
            (b.line.args["address"], b.line.args["interface"]) for b in block.find("neighbor")
        ),
        logs_changes=not denied(block, "eigrp log-neighbor-changes"),
    )
    for topology in topologies:
        config = replace(config, **_topology(topology))
    return config


def _stub(args: Mapping[str, Any]) -> frozenset[str]:
    unsaid = LEAKING if "leak" in args else DEFAULT_STUB
    kinds: frozenset[str] = args.get("kinds") or unsaid
    return kinds


def _weights(block: Block) -> tuple[int, ...]:
    args = block.args("metric weights")
    if args is None:
        return (1, 0, 1, 0, 0, 0)
    return tuple(args.get(f"k{number}", 0) for number in range(1, 7))


def _topology(block: Block) -> dict[str, Any]:
    """Read what classic mode says of the process and named mode of the base topology."""
    active = block.args("timers active-time") or {}
    minutes = None if "never" in active else active.get("minutes", ACTIVE_MINUTES)
    return {
        "auto_summary": has(block, "auto-summary"),
        "redistribute": tuple(_redistribution(b) for b in block.find("redistribute")),
        "variance": value(block, "variance", "factor", 1),
        "maximum_paths": value(block, "maximum-paths", "paths", 4),
        "maximum_hops": value(block, "metric maximum-hops", "hops", 100),
        "minimum_only": value(block, "traffic-share", "minimum", None) is not None,
        "distance_internal": value(block, "distance eigrp", "internal", 90),
        "distance_external": value(block, "distance eigrp", "external", 170),
        "default_metric": _seed(block.args("default-metric")),
        "summary_metrics": tuple(_summary_metric(b) for b in block.find("summary-metric")),
        "distribute": tuple(
            _distribute(b) for b in block.ordered() if b.line.name.startswith("distribute-list")
        ),
        "offsets": tuple(_offset(b.line.args) for b in block.find("offset-list")),
        "active_s": None if minutes is None else minutes * 60,
    }


def _seed(args: Mapping[str, Any] | None) -> SeedMetric | None:
    if args is None or "bandwidth" not in args:
        return None
    return SeedMetric(
        bandwidth_kbit=args["bandwidth"],
        delay_tens_us=args["delay"],
        reliability=args["reliability"],
        load=args["load"],
        mtu=args["mtu"],
    )


def _redistribution(block: Block) -> Redistribution:
    args = block.line.args
    return Redistribution(
        source=block.line.key.removeprefix("redistribute "),
        metric=_seed(args),
        route_map=args.get("map"),
    )


def _summary_metric(block: Block) -> SummaryMetric:
    args = block.line.args
    network = args["prefix"] if "prefix" in args else prefix(args)
    return SummaryMetric(network=network, metric=_seed(args), distance=args.get("distance"))


KINDS = (
    ("prefix_list", "prefix"),
    ("gateway_list", "gateway"),
    ("map", "route-map"),
    ("list", "access"),
)
PROTOCOLS = ("connected", "static", "rip")


def _distribute(block: Block) -> DistributeList:
    args = block.line.args
    word, kind = next((word, kind) for word, kind in KINDS if word in args)
    tail = block.line.text.partition(f" {args['direction']}")[2].strip()
    if "protocol" in args:
        tail = f"{args['protocol']} {args['id']}"
    return DistributeList(
        kind=kind,
        name=args[word],
        inbound=args["direction"] == "in",
        interface=args.get("interface"),
        gateway=args.get("gateway"),
        source=tail if tail in PROTOCOLS or "protocol" in args else None,
    )


def _offset(args: Mapping[str, Any]) -> OffsetList:
    return OffsetList(
        access=None if args["list"] == "0" else args["list"],
        inbound=args["direction"] == "in",
        offset=args["offset"],
        interface=args.get("interface"),
    )


# Interfaces


def _passive(block: Block, asn: int, names: tuple[str, ...], settings: EigrpSettings) -> None:
    """Say of each interface whether it is passive; only what is typed makes it differ."""
    said = {
        child.line.key.split()[-1]: not child.line.negated
        for child in block.find("passive-interface")
    }
    unsaid = has(block, "passive-interface default")
    for name in names if unsaid else tuple(said):
        passive = said.get(name, unsaid)
        settings.setdefault(name, {})[asn] = EigrpInterfaceConfig(passive=passive)


def _af_interfaces(family: Block, names: tuple[str, ...], settings: EigrpSettings) -> None:
    """Read the settings of interfaces; what one leaves unsaid, `af-interface default` says."""
    asn = family.line.args["asn"]
    default = family.get("af-interface default")
    start = PLAIN_INTERFACE if default is None else _af_interface(default)
    said = {b.line.args["name"]: b for b in family.find("af-interface") if b is not default}
    for name in names if default is not None else tuple(said):
        block = said.get(name)
        found = start if block is None else _af_interface(block, start)
        settings.setdefault(name, {})[asn] = found


def _af_interface(
    block: Block, start: EigrpInterfaceConfig = PLAIN_INTERFACE
) -> EigrpInterfaceConfig:
    summaries = tuple(block.find("summary-address"))
    every_path = denied(block, "next-hop-self no-ecmp-mode")
    mode = block.args("authentication mode") or {}
    return EigrpInterfaceConfig(
        split_horizon=switch(block, "split-horizon", unsaid=start.split_horizon),
        next_hop_self=not every_path and switch(block, "next-hop-self", unsaid=start.next_hop_self),
        every_path=every_path or start.every_path,
        passive=switch(block, "passive-interface", unsaid=start.passive),
        summaries=tuple(_summary(b.line.args) for b in summaries),
        summary_distances=_options(summaries, "distance"),
        leaks=_options(summaries, "leak"),
        hello_s=value(block, "hello-interval", "seconds", start.hello_s),
        hold_s=value(block, "hold-time", "seconds", start.hold_s),
        shutdown=switch(block, "shutdown", unsaid=start.shutdown),
        bandwidth_percent=value(block, "bandwidth-percent", "percent", start.bandwidth_percent),
        add_paths=value(block, "add-paths", "paths", start.add_paths),
        authentication=mode.get("mode", start.authentication),
        key_chain=value(block, "authentication key-chain", "chain", start.key_chain),
        password=_clear(mode["secret"]) if "secret" in mode else start.password,
    )


def _summary(args: Mapping[str, Any]) -> IPNetwork:
    found: IPNetwork = args["prefix"] if "prefix" in args else prefix(args)
    return found


def ipv6_lines(block: Block) -> dict[int, EigrpInterfaceConfig]:
    """Read the classic lines of IPv6 on an interface; `ipv6 eigrp` alone takes it in."""
    found = {b.line.args["asn"]: PLAIN_INTERFACE for b in block.find("ipv6 eigrp")}
    for asn, known in found.items():
        summaries = tuple(
            b.line.args["prefix"]
            for b in block.find("ipv6 summary-address eigrp")
            if b.line.args["asn"] == asn
        )
        found[asn] = replace(
            known,
            split_horizon=not denied(block, f"ipv6 split-horizon eigrp {asn}"),
            next_hop_self=not denied(block, f"ipv6 next-hop-self eigrp {asn}"),
            hello_s=value(block, f"ipv6 hello-interval eigrp {asn}", "seconds", None),
            hold_s=value(block, f"ipv6 hold-time eigrp {asn}", "seconds", None),
            summaries=summaries,
        )
    return found


def joined(
    classic: Mapping[int, EigrpInterfaceConfig], said: Mapping[int, EigrpInterfaceConfig]
) -> dict[int, EigrpInterfaceConfig]:
    """Join what the interface and what the processes say of it."""
    found = dict(said)
    for asn, settings in classic.items():
        found[asn] = replace(settings, passive=asn in said and said[asn].passive)
    return found


def _clear(text: str) -> str:
    """Give a password in clear: type 7 is reversible."""
    kind, _, rest = text.partition(" ")
    if not rest or kind not in {"0", "7"}:
        return text
    return (passwords.decode_7(rest) or rest) if kind == "7" else rest


def _options(summaries: tuple[Block, ...], word: str) -> dict[Any, Any]:
    return {prefix(b.line.args): b.line.args[word] for b in summaries if word in b.line.args}


def interface_lines(block: Block) -> dict[int, EigrpInterfaceConfig]:
    """Collect the classic EIGRP lines of an interface by autonomous system."""
    found: dict[int, EigrpInterfaceConfig] = {}
    for child in block.ordered():
        words = child.line.key.split()
        if "eigrp" not in words:
            continue
        place = words.index("eigrp") + 1
        if place >= len(words) or not words[place].isdigit():
            continue
        asn = int(words[place])
        known = found.get(asn, PLAIN_INTERFACE)
        found[asn] = replace(known, **_said(child, known))
    return found


def _said(child: Block, known: EigrpInterfaceConfig) -> dict[str, Any]:
    line, args = child.line, child.line.args
    match line.name:
        case "ip split-horizon eigrp":
            return {"split_horizon": not line.negated}
        case "ip next-hop-self eigrp":
            return {"next_hop_self": known.next_hop_self and not line.negated}
        case "ip next-hop-self eigrp no-ecmp-mode":
            return {"next_hop_self": False, "every_path": True}
        case "ip hello-interval eigrp":
            return {"hello_s": args["seconds"]}
        case "ip bandwidth-percent eigrp":
            return {"bandwidth_percent": args["percent"]}
        case "ip hold-time eigrp":
            return {"hold_s": args["seconds"]}
        case "ip authentication mode eigrp":
            return {"authentication": args["mode"]}
        case "ip authentication key-chain eigrp":
            return {"key_chain": args["chain"]}
        case "ip summary-address eigrp":
            network = prefix(args)
            distance, leak = args.get("distance"), args.get("leak")
            return {
                "summaries": (*known.summaries, network),
                "summary_distances": {
                    **known.summary_distances,
                    **({} if distance is None else {network: distance}),
                },
                "leaks": {**known.leaks, **({} if leak is None else {network: leak})},
            }
    return {}
