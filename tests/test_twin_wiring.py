"""Cables told by addresses, and what a replay adds where a page left the underlay out."""

import json
from pathlib import Path

import pytest

from labs.twin.intake import boot
from labs.twin.network.wiring import wires
from labs.twin.replay import load_case, play
from labs.twin.replay.play import boot as boot_case


def config(*ports: str) -> str:
    """Write interfaces: `NAME ADDRESS MASK[, more lines]`."""
    text = ""
    for port in ports:
        first, *more = port.split(", ")
        name, *address = first.split()
        text += f"interface {name}\n" + "".join(f" {line}\n" for line in more)
        text += f" ip address {' '.join(address)}\n" if address else ""
    return text


def wired(**texts: str) -> list[set[str]]:
    configs = {name: boot(text).config for name, text in texts.items()}
    ends = [ends for ends in wires(configs) if len(ends) > 1]
    return [{f"{name} {port}" for name, port in one} for one in ends]


def test_any_number_of_routers_share_a_subnet() -> None:
    lan = [config(f"Ethernet0/1 10.8.0.{n} 255.255.255.0") for n in (1, 2, 3)]
    assert wired(a=lan[0], b=lan[1], c=lan[2]) == [
        {"a Ethernet0/1", "b Ethernet0/1", "c Ethernet0/1"}
    ]


def test_a_prefix_of_two_addresses_and_one_of_one_address() -> None:
    a = config("Ethernet0/0 192.0.2.0 255.255.255.254", "Ethernet0/1 192.0.2.9 255.255.255.255")
    b = config("Ethernet0/0 192.0.2.1 255.255.255.254", "Ethernet0/1 192.0.2.9 255.255.255.255")
    assert wired(a=a, b=b) == [{"a Ethernet0/0", "b Ethernet0/0"}]


def test_secondary_addresses_subinterfaces_and_vrfs_are_on_wires() -> None:
    a = "vrf definition RED\n address-family ipv4\n" + config(
        "Ethernet0/0 10.1.0.1 255.255.255.0, vrf forwarding RED",
        "Ethernet0/1.20 10.2.0.1 255.255.255.0, encapsulation dot1Q 20",
        "Loopback1 10.3.0.1 255.255.255.0",
        "Tunnel1 10.4.0.1 255.255.255.0",
    )
    b = config(
        "Ethernet0/0 172.16.0.1 255.255.255.0, ip address 10.1.0.2 255.255.255.0 secondary",
        "Vlan20 10.2.0.2 255.255.255.0",
        "Loopback1 10.3.0.2 255.255.255.0",
        "Tunnel1 10.4.0.2 255.255.255.0",
    )
    assert wired(a=a, b=b) == [
        {"a Ethernet0/0", "b Ethernet0/0"},
        {"a Ethernet0/1.20", "b Vlan20"},
    ]


def test_masks_may_differ_where_both_see_each_other() -> None:
    a = config("Ethernet0/0 10.5.0.1 255.255.255.0")
    assert wired(a=a, b=config("Ethernet0/0 10.5.0.2 255.255.255.128")) == [
        {"a Ethernet0/0", "b Ethernet0/0"}
    ]
    assert wired(a=a, b=config("Ethernet0/0 10.5.0.130 255.255.255.128")) == []


def test_two_sites_with_the_same_inside_addresses_are_two_wires() -> None:
    site = {"r": "172.31.3.2", "nat": "172.31.3.1"}
    texts = {
        f"{name}{n}": config(f"Ethernet0/1 {address} 255.255.255.248")
        for n in (1, 2)
        for name, address in site.items()
    }
    assert wired(**texts) == [
        {"r1 Ethernet0/1", "nat1 Ethernet0/1"},
        {"r2 Ethernet0/1", "nat2 Ethernet0/1"},
    ]


# What a page left out

CLOUD = """\
interface Tunnel7
 ip address 10.77.0.{host} 255.255.255.0
 ip nhrp network-id 7
 {peer}
 tunnel source {source}
 tunnel mode gre multipoint
router eigrp 7
 network 10.0.0.0
"""
CLIENT = "ip nhrp nhs 10.77.0.1 nbma {hub} multicast"
SERVER = "ip nhrp map multicast dynamic"
HUB_WAN = "203.0.113.1 255.255.255.252"
WANS = ("198.51.100.1 255.255.255.252", "198.51.100.5 255.255.255.252")
HOPS = ("203.0.113.2", "198.51.100.2", "198.51.100.6")
FVRF = "vrf definition WAN\n address-family ipv4\n"


def cloud(
    *ports: str, source: str = "Ethernet0/0", hub: str = "203.0.113.1", more: str = ""
) -> list[str]:
    """Write a hub and its spokes, one for each further port."""
    texts = []
    for number, port in enumerate(ports, start=1):
        peer = SERVER if number == 1 else CLIENT.format(hub=hub)
        tunnel = CLOUD.format(host=number, peer=peer, source=source)
        hop = HOPS[number - 1]
        texts.append(port + tunnel + more.format(hop=hop))
    return texts


def plain_ports(name: str = "Ethernet0/0", extra: str = "") -> list[str]:
    return [config(f"{name} {address}{extra}") for address in (HUB_WAN, *WANS)]


LOOPBACKS = [
    config(f"Loopback0 192.0.2.{n} 255.255.255.255") + port
    for n, port in enumerate(plain_ports("Serial1/0"), start=1)
]
FRONT = [
    FVRF + port.replace("interface Ethernet0/0\n", "interface Ethernet0/0\n vrf forwarding WAN\n")
    for port in plain_ports()
]
UNPUBLISHED = {
    "no route": cloud(*plain_ports()),
    "a default route to an unpublished hop": cloud(
        *plain_ports(), more="ip route 0.0.0.0 0.0.0.0 {hop}\n"
    ),
    "a default route out of an interface": cloud(
        *plain_ports(), more="ip route 0.0.0.0 0.0.0.0 Ethernet0/0\n"
    ),
    "loopback sources, static routes": cloud(
        *LOOPBACKS,
        source="Loopback 0",
        hub="192.0.2.1",
        more="ip route 192.0.2.0 255.255.255.0 {hop}\n",
    ),
    "loopback sources, OSPF with a provider": cloud(
        *LOOPBACKS,
        source="lo0",
        hub="192.0.2.1",
        more="router ospf 1\n network 0.0.0.0 255.255.255.255 area 0\n",
    ),
    "front-door VRF with routes": [
        text.replace(" tunnel mode", " tunnel vrf WAN\n tunnel mode")
        for text in cloud(*FRONT, more="ip route vrf WAN 0.0.0.0 0.0.0.0 {hop}\n")
    ],
    "front-door VRF without routes": [
        text.replace(" tunnel mode", " tunnel vrf WAN\n tunnel mode") for text in cloud(*FRONT)
    ],
    "tunnels only": cloud("", "", ""),
    "sources by address": [
        text.replace("Ethernet0/0\n tunnel", f"{wan.split()[0]}\n tunnel")
        for text, wan in zip(cloud(*plain_ports()), (HUB_WAN, *WANS), strict=True)
    ],
    "a link of two addresses": cloud(
        config("Ethernet0/0 203.0.113.0 255.255.255.254"),
        *plain_ports()[1:],
        hub="203.0.113.0",
    ),
    "subinterfaces": cloud(
        *plain_ports("Ethernet0/0.30", ", encapsulation dot1Q 30"), source="Ethernet0/0.30"
    ),
    "a dialer": cloud(*plain_ports("Dialer1"), source="Dialer1"),
    "leased addresses": [
        text.replace("address 198.51.100.1 255.255.255.252", "address dhcp").replace(
            "address 198.51.100.5 255.255.255.252", "address dhcp"
        )
        for text in cloud(*plain_ports())
    ],
    "one shared wire": cloud(
        *(config(f"Ethernet0/0 203.0.113.{n} 255.255.255.0") for n in (1, 2, 3))
    ),
    "BGP with a provider": [
        text + f"router bgp 6500{n}\n neighbor {hop} remote-as 64999\n"
        f" network {wan.split()[0].rpartition('.')[0]}.{n // 3 * 4} mask 255.255.255.252\n"
        for n, (text, hop, wan) in enumerate(
            zip(cloud(*plain_ports()), HOPS, (HUB_WAN, *WANS), strict=True), start=1
        )
    ],
}


@pytest.mark.parametrize("story", UNPUBLISHED)
def test_spokes_register_whatever_the_page_left_out(story: str, tmp_path: Path) -> None:
    names = ("hub", "west", "east")
    for name, text in zip(names, UNPUBLISHED[story], strict=True):
        (tmp_path / f"{name}.cfg").write_text(text)
    files = {name: f"{name}.cfg" for name in names}
    (tmp_path / "case.json").write_text(json.dumps({"configs": files, "outputs": []}))
    sessions = boot_case(load_case(tmp_path))
    sessions["hub"].network.run_for(120.0)
    assert sessions["hub"].execute("show dmvpn | include UP ").count(" D") == 2
    assert sessions["hub"].execute("show ip eigrp neighbors | count Tu7").endswith("= 2\n")
    assert sessions["west"].execute("ping 10.77.0.3").count("!!!!") == 1


def test_what_was_typed_between_outputs_may_show_prompts(tmp_path: Path) -> None:
    for name, text in zip(("hub", "west"), cloud(*plain_ports()[:2]), strict=True):
        (tmp_path / f"{name}.cfg").write_text(f"hostname {name}\n{text}")
    (tmp_path / "out.txt").write_text("interface Tunnel7\n ip nhrp holdtime 77\n ip mtu 1300\n")
    output = {"step": 5, "node": "hub", "command": "hub(config)#do sh run int tu7", "extract": True}
    lines = ["hub#conf t", "hub(config)#int tu7", "hub(config-if)#ip mtu 1300", "end"]
    lines += ["clear ip nhrp", "interface Tunnel7", " ip nhrp holdtime 77"]
    apply = {"before_step": 5, "node": "hub", "lines": lines}
    case = {"configs": {"hub": "hub.cfg", "west": "west.cfg"}, "apply": [apply]}
    case["outputs"] = [output | {"file": "out.txt"}]
    (tmp_path / "case.json").write_text(json.dumps(case))
    (judged,) = play(load_case(tmp_path))
    assert " ip mtu 1300" in judged.printed
    assert " ip nhrp holdtime 77" in judged.printed
    assert judged.command == "hub(config)#do sh run int tu7"


def test_a_host_that_answered_stands_on_its_lan(tmp_path: Path) -> None:
    lan = config("Ethernet0/1 10.20.0.1 255.255.255.0")
    texts = cloud(plain_ports()[0], plain_ports()[1] + lan)
    for name, text in zip(("hub", "west"), texts, strict=True):
        (tmp_path / f"{name}.cfg").write_text(text)
    (tmp_path / "yes.txt").write_text("!!!!!\nSuccess rate is 100 percent (5/5)\n")
    (tmp_path / "no.txt").write_text(".....\nSuccess rate is 0 percent (0/5)\n")
    outputs = [
        {"step": 1, "node": "hub", "command": "ping 10.20.0.9", "file": "yes.txt"},
        {"step": 2, "node": "hub", "command": "ping 10.20.0.10", "file": "no.txt"},
    ]
    case = {"configs": {"hub": "hub.cfg", "west": "west.cfg"}, "outputs": outputs}
    (tmp_path / "case.json").write_text(json.dumps(case))
    sessions = boot_case(load_case(tmp_path))
    sessions["hub"].network.run_for(120.0)
    assert "!!!!!" in sessions["hub"].execute("ping 10.20.0.9")
    trace = sessions["hub"].execute("traceroute 10.20.0.9 numeric").splitlines()
    assert trace[-1].startswith("  2 10.20.0.9 ")
    assert trace[-1].count("msec") == 3
    assert "(0/5)" in sessions["hub"].execute("ping 10.20.0.10")


def test_an_output_that_says_there_was_no_gateway_is_believed(tmp_path: Path) -> None:
    for name, text in zip(("hub", "west"), cloud(*plain_ports()[:2]), strict=True):
        (tmp_path / f"{name}.cfg").write_text(text)
    (tmp_path / "out.txt").write_text("Gateway of last resort is not set\n")
    output = {"step": 1, "node": "west", "command": "show ip route eigrp", "file": "out.txt"}
    case = {"configs": {"hub": "hub.cfg", "west": "west.cfg"}, "outputs": [output]}
    (tmp_path / "case.json").write_text(json.dumps(case))
    sessions = boot_case(load_case(tmp_path))
    sessions["hub"].network.run_for(60.0)
    assert "is not set" in sessions["west"].execute("show ip route")
    assert "203.0.113.2 to network 0.0.0.0" in sessions["hub"].execute("show ip route")
    assert "203.0.113.1" in sessions["west"].execute("show dmvpn | include UP ")
