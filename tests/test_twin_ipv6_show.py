"""What is shown of IPv6: captures rebuilt as state, and networks asked through the command line."""

import re
from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from twin_ipv6_cases import Families, cloud

from labs.twin.addresses import (
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    parse_address,
    parse_network,
)
from labs.twin.device import (
    DeviceConfig,
    InterfaceConfig,
    Ipv6Config,
    NhrpConfig,
    TunnelConfig,
    TunnelMode,
)
from labs.twin.image import IMAGES, ImageProfile
from labs.twin.nhrp import EntryType, NhrpEntry
from labs.twin.show import View
from tests.conftest import SHARED, evidence, samples
from tests.test_twin_show_captures import seconds, stripped
from tests.twin_screens import NOW, XE, machine, show, view

IOS_157 = IMAGES["15.7"]
BLOCK = re.compile(
    r" +\d+\.Peer NBMA Address: (?P<nbma>\S+)\s+"
    r"Tunnel IPv6 Address: (?P<via>\S+)\s+IPv6 Target Network: (?P<target>\S+)\s+"
    r"# Ent: \d+, Status: (?P<state>\S+), UpDn Time: (?P<time>\S+), Cache Attrib: (?P<attrib>\S+)"
)
WRAPPED = re.compile(
    r"^ +1 (?P<nbma>\S+)\n +(?P<via>\S+) +(?P<state>[A-Z]+) (?P<time>\S+) +(?P<attrib>\S+)$", re.M
)


def nhrp() -> NhrpConfig:
    return NhrpConfig(
        network_id=1,
        holdtime_s=600,
        registration_unique=False,
        multicast_dynamic=True,
        shortcut=True,
    )


def tunnel(name: str, *, sixth: bool) -> InterfaceConfig:
    return InterfaceConfig(
        name=name,
        address=IPv4Interface("10.0.0.1/24"),
        tunnel=TunnelConfig(mode=TunnelMode.GRE_MULTIPOINT),
        nhrp=None if sixth else nhrp(),
        ipv6=Ipv6Config(
            addresses=(IPv6Interface("FD00::1/64"),),
            link_local=IPv6Address("FE80::1"),
            nhrp=nhrp() if sixth else None,
        ),
    )


def entry_of(match: re.Match[str]) -> NhrpEntry:
    """Make the entry of a row."""
    via = parse_address(match["via"])
    target = match["target"] if "target" in match.re.groupindex else f"{via}/32"
    static = match["attrib"] == "S"
    return NhrpEntry(
        target=parse_network(target),
        next_hop=via,
        nbma=parse_address(match["nbma"]),
        type=EntryType.STATIC if static else EntryType.DYNAMIC,
        words=set() if static else {"registered"},
        changed=NOW - seconds(match["time"]),
    )


def router(text: str, *, sixth: bool, image: ImageProfile) -> View:
    """Make the router whose `show dmvpn` was captured."""
    interface = re.search(r"Interface: (\S+),", text)
    assert interface is not None
    name = interface[1]
    found = machine(*map(entry_of, (BLOCK if sixth else WRAPPED).finditer(text)))
    assert found.cache
    config = DeviceConfig(image=image, interfaces={name: tunnel(name, sixth=sixth)})
    down = (name,) if "INTF" in text else ()
    return view(config, image, **{"nhrp6" if sixth else "nhrp": {name: found}}, down=down)


@evidence
@pytest.mark.parametrize(
    ("sample", "command", "sixth", "image"),
    [
        ("show_dmvpn/005_genie_iosxe.txt", "show dmvpn", False, XE),
        ("show_dmvpn/027_otus-ne-professional.txt", "show dmvpn", True, IOS_157),
    ],
)
def test_captures_of_show_dmvpn(
    sample: str, command: str, image: ImageProfile, *, sixth: bool
) -> None:
    path = next(path for path in samples("show_dmvpn") if path.name == Path(sample).name)
    text = path.read_text()
    seen = router(text, sixth=sixth, image=image)
    assert stripped(show(command, seen).expandtabs()) == stripped(text.expandtabs())


@evidence
def test_the_ipv6_section_of_a_published_network() -> None:
    assert SHARED is not None
    text = (SHARED / "cases/p3-ospf-ikev2-ipv6overlay/outputs/07_XE-R1_show-dmvpn.txt").read_text()
    section = text[text.index("Interface: Tunnel100, IPv6") :]
    seen = router(section, sixth=True, image=IOS_157)
    printed = show("show dmvpn ipv6", seen).expandtabs()
    assert stripped(printed[printed.index("Interface:") :]) == stripped(section)


NHRP_ENTRY = re.compile(
    r"(?P<target>\S+) via (?P<via>\S+)\n +(?P<tunnel>\S+) created (?P<created>\S+), never expire\n"
    r" +Type: static, Flags:\n +NBMA address: (?P<nbma>\S+)"
)


@evidence
def test_a_capture_of_show_ipv6_nhrp() -> None:
    (path,) = samples("show_ipv6_nhrp")
    text = path.read_text()
    match = NHRP_ENTRY.match(text)
    assert match is not None
    known = NhrpEntry(
        target=IPv6Network(match["target"]),
        next_hop=IPv6Address(match["via"]),
        nbma=IPv6Address(match["nbma"]),
        type=EntryType.STATIC,
        created=NOW - seconds(match["created"]),
    )
    name = match["tunnel"]
    config = DeviceConfig(image=IOS_157, interfaces={name: tunnel(name, sixth=True)})
    seen = view(config, IOS_157, nhrp6={name: machine(known)})
    assert stripped(show("show ipv6 nhrp", seen)) == stripped(text)
    assert show("show ip nhrp", seen) == ""


@evidence
def test_ikev2_over_ipv6_has_the_lines_of_a_capture() -> None:
    """Compare what stands between the numbers: two sessions of IPv6, none of IPv4."""
    text = next(p for p in samples("show_crypto_ikev2_session") if p.name[:3] == "004").read_text()
    wanted = [line for line in stripped(text) if "PQC" not in line]
    ends = cloud(Families(6, 6), protected=True)
    printed = stripped(ends["hub"].execute("show crypto ikev2 session"))
    assert list(map(shape, printed)) == list(map(shape, wanted))


def shape(line: str) -> str:
    """Leave the words and the layout: no addresses, numbers, algorithms."""
    line = re.sub(r"DH Grp:\d+", "DH Grp:n", line)
    line = re.sub(r"(spi:? ?(?:in/out: )?)[0-9A-Fx/]+", r"\1n", line)
    return re.sub(r"[0-9A-F]*:[0-9A-F:]*:[0-9A-F]+|\d+", "n", line)


def test_one_tunnel_has_a_section_for_each_overlay() -> None:
    more = "interface Tunnel0\n ipv6 address FD00::{n}/64\n ipv6 nhrp network-id 1\n"
    nhs = " ipv6 nhrp nhs FD00::1 nbma 192.0.1.1 multicast\n"
    lines = {n: more.format(n=n) + (nhs if n > 1 else "") for n in (1, 2, 3)}
    ends = cloud(Families(4, 4), more=lines)
    printed = ends["hub"].execute("show dmvpn")
    assert printed.count("Legend:") == 1
    assert printed.index("IPv4 NHRP Details") < printed.index("\n\nInterface: Tunnel0, IPv6 NHRP")
    assert "Type:Hub, Total NBMA Peers (v4/v6): 2\n    1.Peer NBMA Address: 192.0.2.1\n" in printed
    assert "IPv6" not in ends["hub"].execute("show dmvpn ipv4")
    assert "IPv4" not in ends["hub"].execute("show dmvpn ipv6")
    assert "FD00::2/128 via FD00::2" in ends["hub"].execute("show ipv6 nhrp")
    assert ":" not in ends["hub"].execute("show ip nhrp brief").replace("<   >", "")
    ends["hub"].execute("clear ipv6 nhrp FD00::2")
    assert "FD00::2/128" not in ends["hub"].execute("show ipv6 nhrp")
    assert "10.0.0.2/32" in ends["hub"].execute("show ip nhrp")


def test_routes_and_forwarding_agree() -> None:
    hub = cloud(Families(6, 6))["hub"]
    table = hub.execute("show ipv6 route")
    assert "IPv6 Routing Table - default - 10 entries\n" in table
    assert "S   ::/0 [1/0]\n     via 2001:DB8:1::2\n" in table
    assert "C   FD00::/64 [0/0]\n     via Tunnel0, directly connected\n" in table
    assert "L   FD00::1/128 [0/0]\n     via Tunnel0, receive\n" in table
    assert table.endswith("L   FF00::/8 [0/0]\n     via Null0, receive\n")
    assert hub.execute("show ipv6 route static").count("S   ") == 3
    assert hub.execute("show ipv6 cef FD00:2::7") == "FD00:2::/64\n  nexthop FD00::2 Tunnel0\n"
    assert hub.execute("show ipv6 cef 2001:db8:1::/64") == (
        "2001:DB8:1::/64\n  attached to GigabitEthernet1\n"
    )
    assert 'Known via "static", distance 1' in hub.execute("show ipv6 route FD00:2::7")


def test_interfaces_show_their_addresses() -> None:
    hub = cloud(Families(6, 4))["hub"]
    brief = hub.execute("show ipv6 interface brief")
    assert brief.startswith("GigabitEthernet1       [up/up]\n    unassigned\n")
    tunnel_part = brief[brief.index("Tunnel0") :]
    assert re.fullmatch(r"Tunnel0 +\[up/up\]\n    FE80::\S+\n    FD00::1\n", tunnel_part)
    whole = hub.execute("show ipv6 interface Tunnel0")
    assert "    FD00::1, subnet is FD00::/64 \n" in whole
    assert "    FF02::1:FF00:1\n" in whole  # RFC 4291 section 2.7.1
    # 1500 - 24 (GRE over IPv4) - 4 (key)
    assert "  MTU is 1472 bytes\n" in whole


def test_an_ipv6_transport_is_named() -> None:
    spoke = cloud(Families(4, 6), protected=True)["spoke2"]
    printed = spoke.execute("show interfaces Tunnel0")
    assert "Tunnel protocol/transport multi-GRE/IPv6\n" in printed
    assert 'Protocol/Transport: "multi-GRE/IPv6"' in spoke.execute("show dmvpn detail")
    sas = spoke.execute("show crypto ipsec sa")
    assert "(2001:DB8:2::1/128/47/0)" in sas
    # DMVPN.md section 6 with IP 40: floor((1500-40-8-16-12)/16)*16 - 2 + 40, CBC with SHA-1
    assert "plaintext mtu 1462, path mtu 1500, ipv6 mtu 1500, ipv6 mtu idb" in sas
