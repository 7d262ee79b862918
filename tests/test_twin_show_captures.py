"""Captures rebuilt as state: what the state prints must be the capture."""

import re
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from labs.twin.crypto.values import Suite
from labs.twin.device import (
    BgpConfig,
    DeviceConfig,
    EigrpConfig,
    InterfaceConfig,
)
from labs.twin.effects import RouteEntry
from labs.twin.image import IMAGES, ImageProfile
from labs.twin.nhrp import (
    EntryType,
    NhrpEntry,
)
from labs.twin.rib import Rib
from labs.twin.routing.bgp import Attributes, BgpPeer, BgpRoute, BgpState
from labs.twin.routing.eigrp import EigrpNeighbor
from labs.twin.show import View
from tests.conftest import SHARED, evidence, samples
from tests.twin_screens import (
    IKE,
    LEGACY,
    NOW,
    OLD,
    XE,
    entry,
    ip,
    machine,
    net,
    show,
    tunnel,
    view,
)

DURATION = re.compile(r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?$")


def seconds(text: str) -> float:
    if ":" in text:
        hours, minutes, rest = map(int, text.split(":"))
        return hours * 3600 + minutes * 60 + rest
    years, weeks, days, hours = (int(part or 0) for part in DURATION.match(text).groups())  # type: ignore[union-attr]
    return ((years * 365 + weeks * 7 + days) * 24 + hours) * 3600


def stripped(text: str) -> list[str]:
    """Trailing blanks and the indentation of the legend differ between copies of one output."""
    lines = [line.rstrip() for line in text.splitlines()]
    lines = [line.strip() if " - " in line or " --> " in line else line for line in lines]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return lines


NHRP_ENTRY = re.compile(
    r"(?P<target>[\d./]+) via (?P<via>[\d.]+)\n"
    r"   (?P<tunnel>Tunnel\d+) created (?P<created>\S+), (?P<end>never expire|expire \S+) *\n"
    r"   Type: (?P<type>static|dynamic), Flags: *(?P<flags>[a-z ]*?) *\n"
    r"   NBMA address: (?P<nbma>[\d.]+) *\n"
    r"(?P<socket>    \(no-socket\) *\n)?"
)
PRINTED_BY_US = {
    "unique",
    "registered",
    "used",
    "nhop",
    "router",
    "local",
    "implicit",
    "rib",
    "nho",
}


def nhrp_captures() -> list[Path]:
    if SHARED is None:
        return []
    cases = sorted(SHARED.glob("cases/*/outputs/*show-ip-nhrp.txt"))
    return samples("show_ip_nhrp") + samples("show_ip_nhrp_shortcut") + cases


def rebuilt(match: re.Match[str]) -> NhrpEntry:
    flags = match["flags"].split()
    end = match["end"]
    return NhrpEntry(
        target=net(match["target"]),
        next_hop=ip(match["via"]),
        nbma=ip(match["nbma"]),
        type=EntryType(match["type"]),
        words=set(flags) - {"used"},
        last_used=NOW if "used" in flags else None,
        created=NOW - seconds(match["created"]),
        expires=None if end.startswith("never") else NOW + seconds(end.split()[1]),
        no_socket=match["socket"] is not None,
    )


def whole(text: str) -> list[re.Match[str]] | None:
    """Read a capture that consists of entries we model and nothing else."""
    body = "\n".join(stripped(text)) + "\n"
    found = list(NHRP_ENTRY.finditer(body))
    if not found or "".join(match[0] for match in found) != body:
        return None
    known = all(set(match["flags"].split()) <= PRINTED_BY_US for match in found)
    return found if known else None


@evidence
def test_nhrp_captures_print_as_they_were_read(
    record_property: Callable[[str, object], None],
) -> None:
    compared = 0
    for capture in nhrp_captures():
        text = capture.read_text()
        matches = whole(text)
        if matches is None:
            continue
        tunnels: dict[str, list[NhrpEntry]] = {}
        for match in matches:
            tunnels.setdefault(match["tunnel"], []).append(rebuilt(match))
        config = DeviceConfig(image=LEGACY, interfaces={name: tunnel(name) for name in tunnels})
        machines = {name: machine(*entries) for name, entries in tunnels.items()}
        assert stripped(show("show ip nhrp", view(config, nhrp=machines))) == stripped(text), (
            capture
        )
        compared += 1
    record_property("samples", compared)
    assert compared >= 30


ROW = re.compile(
    r" +(?P<count>\d+) (?P<nbma>[\d.]+|UNKNOWN) +(?P<tunnel>[\d.]+) +(?P<state>\w+) +"
    r"(?P<age>\S+) +(?P<letters>\w+)$"
)


def dmvpn_image(text: str) -> ImageProfile:
    if "B - BGP" in text:
        return XE
    if "I2 - Temporary" in text:
        return IMAGES["15.9"]
    return LEGACY if "CTS Capable" in text else OLD


def dmvpn_view(text: str) -> View | None:
    """Rebuild a capture whose peers have one entry each, None for others."""
    image = dmvpn_image(text)
    machines: dict[str, Any] = {}
    interfaces: dict[str, InterfaceConfig] = {}
    layers: dict[IPv4Address, str] = {}
    name = ""
    for line in stripped(text):
        if found := re.match(r"Interface: (Tunnel\d+), IPv4 NHRP Details", line):
            name = found[1]
            machines[name] = machine()
            interfaces[name] = tunnel(name, profile="P")
        elif found := re.match(r"Type:(\S+), NHRP Peers:", line):
            role = found[1]
        elif name and re.match(r" +\d+ |  {20}", line):
            row = ROW.match(line)
            if row is None or not _add(row, machines[name], layers, role):
                return None
    if not machines:
        return None
    config = DeviceConfig(image=image, interfaces=interfaces)
    return view(config, image, nhrp=machines, layers=layers)


def _add(row: re.Match[str], owner: Any, layers: dict[IPv4Address, str], role: str) -> bool:
    if row["count"] != "1" or row["letters"] not in {"S", "D", "IX", "DN"}:
        return False
    known = row["nbma"] != "UNKNOWN"
    made = entry(
        f"{row['tunnel']}/32",
        row["tunnel"],
        row["nbma"] if known else None,
        changed=None if row["age"] == "never" else NOW - seconds(row["age"]),
        type={"S": EntryType.STATIC, "I": EntryType.INCOMPLETE}.get(
            row["letters"][0], EntryType.DYNAMIC
        ),
        words={"registered"} if "Hub" in role and row["letters"][0] == "D" else set(),
        claimed=ip("192.168.0.1") if "N" in row["letters"] else None,
        up=row["state"] == "UP",
    )
    if row["state"] in {"IKE", "IPSEC"} and made.nbma is not None:
        layers[made.nbma] = row["state"]
    owner.cache[made.target] = made
    # An incomplete row with state NHRP is one of an unprotected tunnel.
    return known or row["state"] == "IKE"


@evidence
def test_dmvpn_captures_print_as_they_were_read(
    record_property: Callable[[str, object], None],
) -> None:
    assert SHARED is not None
    compared = 0
    captures = samples("show_dmvpn") + sorted(SHARED.glob("cases/*/outputs/*show-dmvpn.txt"))
    for capture in captures:
        text = capture.read_text()
        if not text.startswith("Legend: Attrb --> S - Static") or "W --> Waiting" not in text:
            continue
        if "IPv6 NHRP Details" in text:
            continue
        seen = dmvpn_view(text)
        if seen is None:
            continue
        assert stripped(show("show dmvpn", seen)) == stripped(text), capture
        compared += 1
    record_property("samples", compared)
    assert compared >= 30


ROUTE = re.compile(
    r"(?P<code>[CLSDBH])(?P<star>\*?) +(?P<percent>% +)?(?P<prefix>[\d.]+(?:/\d+)?) (?P<rest>.*)$"
)
SOURCES = {
    "C": "connected",
    "L": "local",
    "S": "static",
    "D": "eigrp",
    "B": "bgp",
    "H": "nhrp",
}
PATH = re.compile(
    r"(?P<summary>is a summary)?(?:is directly connected)?"
    r"(?:\[(?P<distance>\d+)/(?P<metric>\d+)\] via (?P<hop>[\d.]+))?"
    r"(?:, (?P<age>never|\d[\d:wdhy]*))?(?:, (?P<interface>[A-Z]\S+))?$"
)


def rebuilt_table(lines: list[str]) -> Rib | None:
    """Read a whole table of routes we model, None for another one (or part of one)."""
    rib, length, said = Rib(), 0, 0
    offered: dict[IPv4Network, list[RouteEntry]] = {}
    network, code = net("0.0.0.0/0"), ""
    for line in lines:
        if found := re.match(r" {6}[\d.]+/(\d+) is (?:variably )?subnetted, (\d+)", line):
            length, said = int(found[1]), said + int(found[2])
            continue
        said += row_is_alone(line)
        row = ROUTE.match(line)
        more = re.match(r" {10,}(\[.*)", line)
        if row is not None:
            code = row["code"]
            prefix = row["prefix"]
            network = net(prefix if "/" in prefix else f"{prefix}/{length}")
        elif more is None:
            return None
        path = PATH.match(row["rest"] if row is not None else more[1])  # type: ignore[index]
        if path is None or (row is not None and row["percent"]):
            return None
        offered.setdefault(network, []).append(_path(path, network, SOURCES[code]))
    if said != len(offered):
        return None
    for prefix, paths in offered.items():
        if len({path.since for path in paths}) > 1:
            return None
        rib.offer(paths[0].source, prefix, paths, paths[0].since)
    return rib


def row_is_alone(line: str) -> bool:
    """Tell whether a row stands outside a group: its prefix begins in the seventh column."""
    return line[:1].isalpha() and line[5:6] == " " and line[6:7].isdigit()


def _path(path: re.Match[str], network: IPv4Network, source: str) -> RouteEntry:
    return RouteEntry(
        network=network,
        source=source,
        distance=int(path["distance"] or 0),
        metric=int(path["metric"] or 0),
        next_hop=ip(path["hop"]) if path["hop"] else None,
        interface=path["interface"],
        since=NOW - seconds(path["age"] or "00:00:00"),
        summary=path["summary"] is not None,
    )


@evidence
def test_route_captures_print_as_they_were_read(
    record_property: Callable[[str, object], None],
) -> None:
    assert SHARED is not None
    compared = 0
    captures = samples("show_ip_route") + sorted(SHARED.glob("cases/*/outputs/*show-ip-route.txt"))
    for capture in captures:
        lines = [line.rstrip() for line in capture.read_text().splitlines()]
        start = next((n for n, line in enumerate(lines) if line.startswith("Gateway of")), None)
        if start is None or "\n".join(lines).count("Gateway of") > 1:
            continue
        body = [line for line in lines[start + 1 :] if line]
        rib = rebuilt_table(body)
        if rib is None or not body:
            continue
        text = show("show ip route", view(rib=rib)).splitlines()
        printed = text[text.index(next(t for t in text if t.startswith("Gateway"))) :]
        assert [line.rstrip() for line in printed[2:]] == body, capture
        compared += 1
    record_property("samples", compared)
    assert compared >= 5


NEIGHBOR = re.compile(
    r"(?P<handle>\d+) +(?P<address>[\d.]+) +(?P<interface>[A-Z][a-z]\S+) +(?P<hold>\d+) "
    r"(?P<up>\S+) +(?P<srtt>\d+) +(?P<rto>\d+) +(?P<queue>\d+) +(?P<seq>\d+)$"
)
LONG = {"Tu": "Tunnel", "Et": "Ethernet", "Se": "Serial", "Vl": "Vlan", "Gi": "GigabitEthernet"}


@evidence
def test_eigrp_captures_print_as_they_were_read(
    record_property: Callable[[str, object], None],
) -> None:
    compared = 0
    for capture in samples("show_ip_eigrp_neighbors"):
        lines = stripped(capture.read_text())
        title = re.match(
            r"EIGRP-IPv4 (?:VR\((\S+)\) Address-Family )?Neighbors for AS\((\d+)\)", lines[0]
        )
        rows = [NEIGHBOR.match(line) for line in lines[3:]]
        if title is None or None in rows:
            continue
        neighbors = {
            number: EigrpNeighbor(
                address=ip(row["address"]),
                interface=LONG[row["interface"][:2]] + row["interface"][2:],
                handle=int(row["handle"]),
                up_since=NOW - seconds(row["up"]),
                hold_s=int(row["hold"]),
                heard=NOW,
                srtt_ms=int(row["srtt"]),
                rto_ms=int(row["rto"]),
                seq=int(row["seq"]),
            )
            for number, row in enumerate(rows)
            if row is not None
        }
        config = DeviceConfig(image=XE, eigrp=(EigrpConfig(asn=int(title[2]), name=title[1]),))
        process = SimpleNamespace(neighbors=neighbors)
        text = show("show ip eigrp neighbors", view(config, eigrp={int(title[2]): process}))
        # The order of rows is that of a hash on the device.
        assert sorted(stripped(text)) == sorted(lines), capture
        compared += 1
    record_property("samples", compared)
    assert compared >= 5


SA_ROW = re.compile(
    r" *(?P<id>\d+) +(?P<local>[\d.]+)/500 +(?P<remote>[\d.]+)/500 +(?P<vrfs>\S+) +READY"
)
SA_SUITE = re.compile(
    r"Encr: (?P<cipher>AES-\w+), keysize: (?P<size>\d+), PRF: (?P<prf>\w+), Hash: (?P<hash>\w+), "
    r"DH Grp:(?P<group>\d+), Auth sign: PSK, Auth verify: PSK"
)
SA_LIFE = re.compile(r"Life/Active Time: (?P<life>\d+)/(?P<active>\d+) sec")
NO_HASH = {"None": None, "MD596": "md5", "SHA96": "sha1"}


@evidence
def test_ikev2_captures_print_as_they_were_read(
    record_property: Callable[[str, object], None],
) -> None:
    compared = 0
    for capture in samples("show_crypto_ikev2_sa"):
        text = capture.read_text()
        rows, suites = list(SA_ROW.finditer(text)), list(SA_SUITE.finditer(text))
        lives = list(SA_LIFE.finditer(text))
        plain = text.lstrip().startswith("IPv4 Crypto IKEv2  SA") and "CE id" not in text
        if not plain or not len(rows) == len(suites) == len(lives) or "!" in text:
            continue
        if any(row["vrfs"] != "none/none" for row in rows):
            continue
        sas = {
            number: replace(
                IKE,
                # The table is not sorted by id on the device.
                tunnel_id=number,
                local=ip(row["local"]),
                remote=ip(row["remote"]),
                created=NOW - int(life["active"]),
                lifetime_s=int(life["life"]),
                suite=Suite(
                    encryption=f"{suite['cipher']}-{suite['size']}".lower(),
                    integrity=NO_HASH.get(suite["hash"], suite["hash"].lower()),
                    prf=suite["prf"].lower(),
                    group=int(suite["group"]),
                ),
            )
            for number, (row, suite, life) in enumerate(zip(rows, suites, lives, strict=True))
        }
        printed = [
            re.sub(r"^\d+ +", "", line.strip())
            for line in stripped(show("show crypto ikev2 sa", view(sas=sas)))
        ]
        known = [re.sub(r"^\d+ +", "", line.strip()) for line in stripped(text)]
        assert [" ".join(line.split()) for line in printed[: len(known)]] == [
            " ".join(line.split()) for line in known
        ], capture
        compared += 1
    record_property("samples", compared)
    assert compared >= 2


BGP_PEER = re.compile(
    r"(?P<dynamic>\*?)(?P<address>[\d.]+) +4 +(?P<asn>\d+) +(?P<received>\d+) +(?P<sent>\d+) +"
    r"(?P<version>\d+) +0 +0 (?P<up>\S+) +(?P<state>\w+)$"
)


def peer_of(row: re.Match[str]) -> BgpPeer:
    up = row["state"].isdigit()
    prefixes = [net(f"10.{n}.0.0/16") for n in range(int(row["state"]) if up else 0)]
    return BgpPeer(
        address=ip(row["address"]),
        remote_as=int(row["asn"]),
        dynamic=bool(row["dynamic"]),
        state=BgpState.ESTABLISHED if up else BgpState(row["state"]),
        changed=None if row["up"] == "never" else NOW - seconds(row["up"]),
        messages_received=int(row["received"]),
        messages_sent=int(row["sent"]),
        table_version=int(row["version"]),
        received=dict.fromkeys(prefixes, cast("BgpRoute", None)),
    )


def number(text: str, pattern: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


def bgp_table(text: str) -> dict[IPv4Network, tuple[BgpRoute, ...]]:
    """Make a table with the counts of a capture: own networks, peers' ones, reflected ones."""
    networks = number(text, r"(\d+) network entries")
    paths = number(text, r"(\d+) path entries")
    reflected = number(text, r"(\d+) BGP rrinfo")
    peaked = re.search(r"\((\d+):(\d+):(\d+)\.(\d+) ago\)", text)
    assert peaked is not None
    hours, minutes, rest, fraction = map(int, peaked.groups())
    since = NOW - hours * 3600 - minutes * 60 - rest - fraction / 1000
    table: dict[IPv4Network, tuple[BgpRoute, ...]] = {}
    for count in range(paths):
        prefix = net(f"10.{count % networks}.0.0/16")
        told = ip("192.0.2.1") if count >= paths - reflected else None
        route_ = BgpRoute(
            network=prefix,
            attributes=Attributes(
                next_hop=ip("10.0.0.1"),
                originator=told,
                clusters=(IPv4Address(count),) if told else (),
            ),
            peer=None if count == 0 else ip("10.0.0.1"),
            best=count < networks,
            since=since,
        )
        table[prefix] = (*table.get(prefix, ()), route_)
    return table


@evidence
def test_bgp_captures_print_as_they_were_read(
    record_property: Callable[[str, object], None],
) -> None:
    assert SHARED is not None
    compared = 0
    for capture in sorted(SHARED.glob("cases/p3-ibgp*/outputs/*show-ip-bgp-summary.txt")):
        text = capture.read_text()
        head = re.search(r"identifier (\S+), local AS number (\d+)", text)
        group = re.search(r"peergroup (\S+) listen range group members: \n  (\S+)", text)
        assert head is not None
        ranges = ((net(group[2]), group[1]),) if group else ()
        peers = [peer_of(row) for row in map(BGP_PEER.match, stripped(text)) if row]
        process = SimpleNamespace(
            neighbors={peer.address: peer for peer in peers},
            table=bgp_table(text),
            table_version=number(text, r"table version is (\d+)"),
            router_id=ip(head[1]),
        )
        config = DeviceConfig(image=XE, bgp=BgpConfig(asn=int(head[2]), listen_ranges=ranges))
        printed = show("show ip bgp summary", view(config, bgp=process))
        masked = [
            [re.sub(r"at \S+ \w+ \d+ \d+ UTC", "at DATE", line) for line in stripped(one)]
            for one in (printed, text)
        ]
        assert masked[0] == masked[1], capture
        compared += 1
    record_property("samples", compared)
    assert compared == 5
