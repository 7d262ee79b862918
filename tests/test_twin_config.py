"""Configuration: editing, printing, reading again, and what it means."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest
from conftest import SHARED, evidence
from hypothesis import given
from hypothesis import strategies as st

from labs.twin import passwords
from labs.twin.commands import TABLES, accepted_not_modelled
from labs.twin.commands.edit import Editor
from labs.twin.commands.reader import image_of, read_config
from labs.twin.commands.rules import Rejected
from labs.twin.device import TunnelMode
from labs.twin.grammar import Refused
from labs.twin.image import IMAGES
from labs.twin.intake import boot
from labs.twin.passwords import Algorithm
from labs.twin.storage import Storage
from labs.twin.storage.running import body
from labs.twin.storage.unsaid import ROWS as UNSAID
from labs.twin.tree import Block, config_lines, difference

MODERN = IMAGES["17.3"]
LEGACY = IMAGES["15.5"]

ROUTER = """\
version 17.3
!
hostname HUB1
!
vrf definition INET
 !
 address-family ipv4
 exit-address-family
!
username admin privilege 15 secret 9 $9$abcdefghijklmn$0123456789012345678901234567890123456789012
!
crypto ikev2 proposal BLUE~
 encryption aes-gcm-256
 prf sha512
 group 19
!
crypto ikev2 policy BLUE~
 match fvrf INET
 proposal BLUE
!
crypto ikev2 keyring BLUE
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key example
 !
!
crypto ikev2 profile BLUE
 match fvrf INET
 match identity remote address 0.0.0.0~
 authentication remote pre-share
 authentication local pre-share
 keyring local BLUE
 dpd 20 5 periodic
!
crypto ipsec transform-set BLUE esp-gcm 256~
 mode transport
!
crypto ipsec profile BLUE
 set transform-set BLUE~
 set ikev2-profile BLUE
!
interface Loopback0
 ip address 10.0.0.1 255.255.255.255
!
interface Tunnel100
 bandwidth 100000
 ip address 10.255.0.1 255.255.255.0
 no ip redirects
 ip mtu 1400
 no ip split-horizon eigrp 100
 ip nhrp authentication example
 ip nhrp network-id 100
 ip nhrp redirect
 ip summary-address eigrp 100 10.0.0.0 255.0.0.0
 ip tcp adjust-mss 1360
 tunnel source GigabitEthernet2
 tunnel mode gre multipoint
 tunnel key 100
 tunnel vrf INET
 tunnel protection ipsec profile BLUE
!
interface GigabitEthernet2
 vrf forwarding INET
 ip address 203.0.113.1 255.255.255.0
!
interface GigabitEthernet3
 no ip address
 shutdown
!
router eigrp 100
 network 10.0.0.0
 network 10.255.0.0 0.0.0.255
 eigrp router-id 10.0.0.1
!
router bgp 65000
 bgp log-neighbor-changes
 bgp listen range 10.255.0.0/24 peer-group SPOKES
 neighbor SPOKES peer-group
 neighbor SPOKES remote-as 65000
 neighbor SPOKES timers 20 60
 neighbor SPOKES route-reflector-client
 neighbor SPOKES next-hop-self all
!
ip route vrf INET 0.0.0.0 0.0.0.0 203.0.113.254
!
line con 0
line vty 0 4
 login local
 transport input ssh
""".replace("~", " ")


def editor(*lines: str, image: object = MODERN) -> Editor:
    made = Editor(Block(), image, salt="test")  # type: ignore[arg-type]
    for line in lines:
        made.feed(line)
    return made


def tunnel(*lines: str, image: object = MODERN) -> list[str]:
    made = editor("interface Tunnel1", *lines, image=image)
    return config_lines(made.root)[1:-1]


def test_a_listing_is_printed_back_as_it_was() -> None:
    reading = read_config(ROUTER, MODERN)
    assert reading.unknown == []
    assert config_lines(reading.root) == ROUTER.splitlines()


def test_order_of_entry_does_not_matter_for_the_order_of_the_listing() -> None:
    typed = tunnel(
        "tunnel mode gre multipoint",
        "tunnel source gi2",
        "ip nhrp network-id 5",
        "ip mtu 1400",
        "ip address 10.0.0.1 255.255.255.0",
        "description first",
    )
    assert typed == [
        " description first",
        " ip address 10.0.0.1 255.255.255.0",
        " no ip redirects",
        " ip mtu 1400",
        " ip nhrp network-id 5",
        " tunnel source GigabitEthernet2",
        " tunnel mode gre multipoint",
    ]


@pytest.mark.parametrize(
    "line", ["ip nhrp shortcut", "ip nhrp map multicast dynamic", "ip nhrp registration no-unique"]
)
def test_defaults_are_hidden_by_generation(line: str) -> None:
    assert f" {line}" not in tunnel(line)
    assert f" no {line}" in tunnel(f"no {line}")
    assert f" {line}" in tunnel(line, image=LEGACY)
    assert f" no {line}" not in tunnel(f"no {line}", image=LEGACY)


def test_mgre_mode_adds_no_ip_redirects_and_p2p_is_hidden() -> None:
    assert " no ip redirects" in tunnel("tunnel mode gre multipoint")
    assert tunnel("tunnel mode gre ip") == [" no ip address"]
    assert " tunnel mode gre multipoint" not in tunnel(
        "tunnel mode gre multipoint", "no tunnel mode"
    )


def test_destination_and_mgre_exclude_each_other() -> None:
    p2p = editor("interface Tunnel1", "tunnel destination 192.0.2.1")
    with pytest.raises(Rejected, match="destination"):
        p2p.feed("tunnel mode gre multipoint")
    mgre = editor("interface Tunnel1", "tunnel mode gre multipoint")
    with pytest.raises(Rejected, match="destination"):
        mgre.feed("tunnel destination 192.0.2.1")


def test_point_to_point_tunnel_does_not_show_its_map() -> None:
    text = "interface Tunnel1\n ip nhrp map 10.0.0.1 192.0.2.1\n ip nhrp map multicast 192.0.2.1\n"
    shown = body(read_config(text, MODERN).root)
    assert "ip nhrp map 10.0.0.1" not in shown
    assert "ip nhrp map multicast 192.0.2.1" in shown


def test_vrf_forwarding_takes_the_address_away_and_says_so() -> None:
    made = editor("vrf definition INET", "interface Tunnel1", "ip address 10.0.0.1 255.0.0.0")
    outcome = made.feed("vrf forwarding INET")
    assert outcome.answer == (
        "% Interface Tunnel1 IPv4 disabled and address(es) removed due to enabling VRF INET\n"
    )
    assert made.block.children["ip address"].line.text == "no ip address"


def test_vrf_must_exist() -> None:
    made = editor("interface Tunnel1")
    with pytest.raises(Rejected, match="NOPE"):
        made.feed("vrf forwarding NOPE")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("ip address 10.0.0.0 255.255.255.0", "Bad mask /24"),
        ("ip address 192.0.2.9 255.255.255.0", "192.0.2.0 overlaps with GigabitEthernet1"),
    ],
)
def test_addresses_are_checked(line: str, answer: str) -> None:
    root = read_config("interface GigabitEthernet1\n ip address 192.0.2.1 255.255.255.0\n", MODERN)
    made = Editor(root.root, MODERN)
    made.feed("interface Tunnel1")
    with pytest.raises(Rejected, match=answer):
        made.feed(line)


def test_hardware_can_be_neither_made_nor_removed() -> None:
    made = editor("interface Loopback1")
    with pytest.raises(Refused):
        made.feed("interface GigabitEthernet9")
    there = Editor(read_config("interface GigabitEthernet1\n", MODERN).root, MODERN)
    with pytest.raises(Rejected, match="physical"):
        there.feed("no interface GigabitEthernet1")
    there.feed("interface GigabitEthernet1.20")
    assert "interface GigabitEthernet1.20" in there.root.children


def test_bgp_neighbors_need_an_as_first_and_go_together() -> None:
    made = editor("router bgp 65000")
    with pytest.raises(Rejected, match="remote-as"):
        made.feed("neighbor 10.0.0.1 timers 20 60")
    made.feed("neighbor 10.0.0.1 remote-as 65000")
    made.feed("neighbor 10.0.0.1 timers 20 60")
    made.feed("no neighbor 10.0.0.1")
    assert [b.line.text for b in made.block.ordered()] == ["bgp log-neighbor-changes"]
    with pytest.raises(Rejected, match="AS is 65000"):
        made.feed("router bgp 65001")


def test_passive_interface_is_kept_against_the_default() -> None:
    made = editor("router eigrp 1", "passive-interface default", "no passive-interface Tunnel1")
    assert [b.line.text for b in made.block.ordered()] == [
        "passive-interface default",
        "no passive-interface Tunnel1",
    ]


def test_lines_of_another_mode_leave_the_mode() -> None:
    made = editor("router eigrp LAB", "address-family ipv4 unicast autonomous-system 5")
    made.feed("af-interface Tunnel1")
    made.feed("hello-interval 20")
    made.feed("af-interface Tunnel2")
    assert made.mode.name == "af-interface"
    made.feed("exit-af-interface")
    assert made.mode.name == "eigrp-family"
    made.feed("hostname X")
    assert made.mode.name == "global"


def test_a_wrong_line_leaves_the_mode_as_it_was() -> None:
    made = editor("interface Tunnel1")
    with pytest.raises(Refused):
        made.feed("ip nhrp nonsense")
    assert made.mode.name == "interface"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("network 10.1.2.3 0.0.0.255", "network 10.1.2.0 0.0.0.255"),
        ("network 10.1.2.3 255.255.255.0", "network 10.1.2.0 0.0.0.255"),
        ("network 10.1.2.3", "network 10.0.0.0"),
        ("network 10.1.2.3 0.0.0.0", "network 10.1.2.3 0.0.0.0"),
        ("eigrp stub", "eigrp stub connected summary"),
        ("eigrp stub summary connected", "eigrp stub connected summary"),
    ],
)
def test_eigrp_lines_are_kept_in_one_form(typed: str, kept: str) -> None:
    made = editor("router eigrp 1", typed)
    assert [b.line.text for b in made.block.ordered()] == [kept]


def test_secrets_are_hashed_by_generation_and_verified() -> None:
    for image, kind in ((MODERN, 9), (LEGACY, 5)):
        made = editor("username admin privilege 15 secret 0 right", image=image)
        user = boot("\n".join(config_lines(made.root)), image).config.users["admin"]
        assert (user.privilege, user.secret_type) == (15, kind)
        assert user.secret is not None
        assert passwords.verify(kind, user.secret, "right")
        assert not passwords.verify(kind, user.secret, "wrong")
        assert "right" not in "\n".join(config_lines(made.root))


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_algorithm_verifies_its_own(algorithm: Algorithm) -> None:
    stored = passwords.hash_secret(algorithm, "pa55 word", "salt")
    assert passwords.verify(algorithm, stored, "pa55 word")
    assert not passwords.verify(algorithm, stored, "pa55 wor")


def test_published_vectors() -> None:
    # openssl passwd -1 -salt 9L2K cisco
    assert passwords.verify(5, "$1$9L2K$dARJwwbl/W8btgfrX2zpo.", "cisco")
    assert passwords.decode_7("02050D480809") == "cisco"
    assert passwords.decode_7("zz") is None
    assert not passwords.verify(9, "something", "something")


def test_unknown_lines_are_kept_at_boot_and_refused_when_typed() -> None:
    text = "hostname R1\n!\nrouter ospf 1\n network 10.0.0.0 0.0.0.255 area 0\n!\nip frobnicate\n"
    booted = boot(text, MODERN)
    assert booted.unknown == (
        "router ospf 1",
        " network 10.0.0.0 0.0.0.255 area 0",
        "ip frobnicate",
    )
    lines = config_lines(booted.tree)
    assert lines.index(" network 10.0.0.0 0.0.0.255 area 0") == lines.index("router ospf 1") + 1
    with pytest.raises(Refused):
        Editor(booted.tree, MODERN).feed("ip frobnicate")


def test_banner_of_several_lines_is_kept() -> None:
    text = "hostname R1\nbanner motd ^C\nhostname not this one\n^C\nip domain name example.net\n"
    booted = boot(text, MODERN)
    assert booted.config.hostname == "R1"
    assert booted.config.domain_name == "example.net"
    again = boot("\n".join(config_lines(booted.tree)), MODERN)
    assert config_lines(again.tree) == config_lines(booted.tree)


def test_meaning_of_a_hub() -> None:
    config = boot(ROUTER).config
    hub = config.interfaces["Tunnel100"]
    assert hub.address == IPv4Interface("10.255.0.1/24")
    assert hub.tunnel is not None
    assert hub.nhrp is not None
    assert (hub.tunnel.source, hub.tunnel.mode) == ("GigabitEthernet2", TunnelMode.GRE_MULTIPOINT)
    assert (hub.tunnel.key, hub.tunnel.vrf, hub.tunnel.ipsec_profile) == (100, "INET", "BLUE")
    assert (hub.nhrp.network_id, hub.nhrp.authentication) == (100, "example")
    assert hub.nhrp.redirect
    assert hub.nhrp.multicast_dynamic
    assert hub.nhrp.holdtime_s == 600
    assert hub.eigrp[100].split_horizon is False
    assert hub.eigrp[100].summaries == (IPv4Network("10.0.0.0/8"),)
    assert config.interfaces["GigabitEthernet2"].vrf == "INET"
    assert config.interfaces["GigabitEthernet3"].shutdown
    assert config.crypto.profiles["BLUE"].dpd == (20, 5, "periodic")
    assert config.crypto.transform_sets["BLUE"].transforms == ("esp-gcm", "256")
    assert config.crypto.keyrings["BLUE"][0].local_key == "example"
    assert config.bgp is not None
    assert config.bgp.peer_groups["SPOKES"].next_hop_self_all
    assert config.bgp.peer_groups["SPOKES"].hold_s == 60
    assert config.eigrp[0].networks == (IPv4Network("10.0.0.0/8"), IPv4Network("10.255.0.0/24"))
    assert config.static_routes[0].vrf == "INET"


def test_meaning_of_a_spoke_line() -> None:
    text = (
        "interface Tunnel1\n ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast priority 3\n"
        " ip nhrp map 10.0.0.2 192.0.2.2\n ip nhrp map multicast 192.0.2.2\n"
    )
    nhrp = boot(text, LEGACY).config.interfaces["Tunnel1"].nhrp
    assert nhrp is not None
    assert (nhrp.nhs[0].nbma, nhrp.nhs[0].multicast) == (IPv4Address("192.0.2.1"), True)
    assert nhrp.nhs[0].priority == 3
    assert nhrp.maps == ((IPv4Address("10.0.0.2"), IPv4Address("192.0.2.2")),)
    assert nhrp.multicast_maps == (IPv4Address("192.0.2.2"),)
    assert nhrp.registration_unique
    assert not nhrp.shortcut
    assert nhrp.holdtime_s == 7200


def test_meaning_of_named_eigrp_and_group_members() -> None:
    text = (
        "router eigrp LAB\n address-family ipv4 unicast autonomous-system 5\n"
        "  af-interface default\n   passive-interface\n  exit-af-interface\n"
        "  af-interface Tunnel1\n   no passive-interface\n   no split-horizon\n   hold-time 60\n"
        "  exit-af-interface\n  topology base\n   redistribute static\n  exit-af-topology\n"
        " exit-address-family\ninterface Tunnel1\nrouter bgp 1\n neighbor G peer-group\n"
        " neighbor G remote-as 1\n neighbor 10.0.0.1 peer-group G\n"
    )
    config = boot(text, MODERN).config
    process = config.eigrp[0]
    assert (process.name, process.asn, process.passive_default) == ("LAB", 5, True)
    assert [line.source for line in process.redistribute] == ["static"]
    settings = config.interfaces["Tunnel1"].eigrp[5]
    assert (settings.split_horizon, settings.hold_s, settings.passive) == (False, 60, False)
    assert config.bgp is not None
    assert config.bgp.neighbors[IPv4Address("10.0.0.1")].remote_as == 1


def rows() -> Iterator[str]:
    """Give a line of the interface table that can stand alone."""
    yield from (
        "description text",
        "bandwidth 1000",
        "ip address 10.9.9.9 255.255.255.0",
        "ip mtu 1380",
        "no ip redirects",
        "no ip split-horizon eigrp 7",
        "ip nhrp authentication abc",
        "ip nhrp map 10.0.0.1 192.0.2.1",
        "ip nhrp map multicast 192.0.2.1",
        "ip nhrp network-id 9",
        "ip nhrp holdtime 300",
        "ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast",
        "no ip nhrp shortcut",
        "ip nhrp redirect",
        "ip summary-address eigrp 7 10.0.0.0 255.0.0.0",
        "ip tcp adjust-mss 1340",
        "delay 100",
        "shutdown",
        "if-state nhrp",
        "tunnel source Loopback5",
        "tunnel key 7",
        "tunnel path-mtu-discovery",
        "tunnel protection ipsec profile P shared",
    )


LINES = list(rows())
IN_VAIN = ("15.5", "no ip nhrp shortcut")
"""What is off by default there: its opposite is not what was before."""


@pytest.mark.parametrize("image", ["15.5", "17.3"])
@given(data=st.data())
def test_a_line_and_its_no_restore_what_was(image: str, data: st.DataObject) -> None:
    start = data.draw(st.lists(st.sampled_from(LINES), unique=True, max_size=12))
    candidates = [line for line in LINES if line not in start and (image, line) != IN_VAIN]
    line = data.draw(st.sampled_from(candidates))
    made = editor("interface Tunnel1", *start, image=IMAGES[image])
    before = config_lines(made.root)
    made.feed(line)
    made.feed(line[3:] if line.startswith("no ") else f"no {line}")
    assert config_lines(made.root) == before


@given(
    old=st.lists(st.sampled_from(LINES), unique=True),
    new=st.lists(st.sampled_from(LINES), unique=True),
)
def test_the_difference_leads_from_one_tree_to_the_other(old: list[str], new: list[str]) -> None:
    made, wanted = editor("interface Tunnel1", *old), editor("interface Tunnel1", *new)
    for step in difference(made.root, wanted.root):
        made.end()
        for line in (*step.path, step.text):
            made.feed(line)
    left = difference(made.root, wanted.root)
    # Lines that keep their order of entry may come in another order, never be missing.
    assert left == []


@given(st.permutations(LINES))
def test_a_listing_read_again_gives_the_same_tree(lines: list[str]) -> None:
    made = editor("interface Tunnel1", "tunnel mode gre multipoint", *lines)
    again = read_config(body(made.root), MODERN)
    assert again.unknown == []
    assert config_lines(again.root) == config_lines(made.root)


def test_every_mode_is_reachable() -> None:
    entered = {row.enters for mode in TABLES.modes.values() for row in mode.rows}
    assert entered - {""} == set(TABLES.modes) - {"global"}


CONFIGS = sorted(SHARED.glob("cases/**/*.cfg")) if SHARED else [Path("none/configs/none.cfg")]
OURS = ("interface Tunnel", "crypto i", "router eigrp", "router bgp", "vrf definition", "username")
TYPED = {
    "p1-eigrp-companya",
    "p1-eigrp-hq",
    "p1-rip-hq",
    "p1-to-p3-static-vn",
    "p2-eigrp-companya",
    "p2-ikev1-keepalive-nickelface",
    "p3-ospf-broadcast-hq",
    "p3-ospf-ikev2-ipv6overlay",
}
"""Cases whose configurations are lists of typed commands, not listings."""


@evidence
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_published_configurations_are_read_and_printed_back(
    path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("samples", 1)
    text = path.read_text(errors="replace")
    image = image_of(text, MODERN)
    printed = config_lines(read_config(text, image).root)
    again = read_config("\n".join(printed), image)
    assert config_lines(again.root) == printed
    assert boot(text).config.interfaces or "interface" not in text
    if TYPED & set(path.parts):
        return
    assert _blocks(printed) == _blocks(text.splitlines())


def _blocks(lines: list[str]) -> list[str]:
    """Keep the lines of the blocks that DMVPN is made of."""
    kept: list[str] = []
    inside = False
    for line in lines:
        if line.strip(" !") == "" or " activate" in line:
            continue
        if not line.startswith(" "):
            inside = line.startswith(OURS)
        if inside:
            kept.append(line.rstrip())
    return kept


def test_storage_adds_what_every_router_has() -> None:
    text = Storage.boot(MODERN, "hostname R1\n").running_text()
    for line in ("version 17.3", "boot-start-marker", "line con 0", "line vty 0 4", "end"):
        assert f"\n{line}\n" in text


def test_default_interface_empties_it() -> None:
    made = editor("interface Tunnel1", "ip mtu 1400")
    assert made.feed("default interface Tunnel1").answer == (
        "Interface Tunnel1 set to default configuration\n"
    )
    assert config_lines(made.root) == ["interface Tunnel1", " no ip address", "!"]


def test_a_default_line_is_the_unsaid_one() -> None:
    made = editor("interface Tunnel1", "no ip nhrp shortcut", "ip mtu 1400")
    made.feed("default ip nhrp shortcut")
    made.feed("default ip mtu")
    assert config_lines(made.root) == ["interface Tunnel1", " no ip address", "!"]


def test_a_block_that_somebody_else_removed_is_left() -> None:
    made = editor("interface Tunnel1")
    other = Editor(made.root, MODERN)
    other.feed("no interface Tunnel1")
    with pytest.raises(Refused):
        made.feed("ip mtu 1400")
    assert made.mode.name == "global"


def test_service_password_encryption_hides_what_is_there() -> None:
    made = editor("username a password 0 clear", "service password-encryption")
    made.feed("username b password clear")
    users = boot("\n".join(config_lines(made.root)), MODERN).config.users
    for user in users.values():
        assert user.secret_type == 7
        assert user.secret is not None
        assert passwords.decode_7(user.secret) == "clear"


def test_what_is_accepted_without_effect_is_listed() -> None:
    listed = accepted_not_modelled()
    assert ("config", "platform <rest:line>") in listed
    assert not any("ip nhrp nhs <" in pattern for _, pattern in listed)


PLACES: dict[tuple[str, ...], tuple[str, ...]] = {
    (): (
        "vrf definition A",
        "ip domain name example.net",
        "crypto ikev2 proposal P",
        "crypto ikev2 keyring K",
        "crypto ipsec transform-set T esp-gcm 256",
        "crypto ipsec profile P",
        "interface Loopback1",
        "router eigrp 7",
        "router eigrp LAB",
        "router bgp 65000",
        "ip route 10.0.0.0 255.0.0.0 192.0.2.1",
        "ip route vrf A 10.0.0.0 255.0.0.0 192.0.2.1 250",
        "ip scp server enable",
        "file prompt quiet",
        "username a privilege 15 password 0 clear",
        "enable secret 5 $1$9L2K$dARJwwbl/W8btgfrX2zpo.",
        "archive",
        "logging dmvpn",
        "no logging console",
    ),
    ("crypto ikev2 proposal P",): (
        "encryption aes-cbc-256 aes-cbc-128",
        "integrity sha256",
        "prf sha512",
        "group 19 14",
    ),
    ("crypto ikev2 keyring K", "peer A"): (
        "address 0.0.0.0 0.0.0.0",
        "pre-shared-key ab",
        "pre-shared-key local x",
        "pre-shared-key remote y",
    ),
    ("crypto ikev2 profile P",): (
        "match fvrf any",
        "match identity remote address 0.0.0.0",
        "authentication local pre-share",
        "keyring local K",
        "dpd 20 5 on-demand",
        "lifetime 3600",
    ),
    ("crypto ipsec profile P",): (
        "set transform-set A B",
        "set pfs group14",
        "set ikev2-profile P",
        "set security-association lifetime seconds 7200",
    ),
    ("router eigrp 7",): (
        "network 10.0.0.0",
        "network 10.1.0.0 0.0.255.255",
        "passive-interface Loopback0",
        "passive-interface default",
        "eigrp stub connected",
        "eigrp router-id 10.0.0.1",
        "redistribute static",
    ),
    ("router eigrp LAB", "address-family ipv4 autonomous-system 5", "af-interface Tunnel1"): (
        "summary-address 10.0.0.0 255.0.0.0",
        "hello-interval 20",
        "hold-time 60",
        "no next-hop-self",
        "no split-horizon",
        "passive-interface",
    ),
    ("router bgp 65000",): (
        "bgp router-id 10.0.0.1",
        "bgp listen range 10.0.0.0/24 peer-group S",
        "network 10.0.0.0",
        "network 10.1.1.0 mask 255.255.255.0",
        "aggregate-address 10.0.0.0 255.0.0.0 summary-only",
        "neighbor S peer-group",
        "neighbor 10.0.0.9 remote-as 65000",
        "redistribute connected",
        "timers bgp 20 60",
    ),
    ("archive",): ("path bootflash:x-", "maximum 5", "write-memory", "log config"),
    ("line vty 0 4",): ("login local", "exec-timeout 5 30", "transport input ssh", "length 0"),
}


@pytest.mark.parametrize("place", list(PLACES), ids=lambda place: " / ".join(place) or "global")
@given(data=st.data())
def test_a_line_and_its_no_restore_what_was_everywhere(
    place: tuple[str, ...], data: st.DataObject
) -> None:
    lines = list(PLACES[place])
    line = data.draw(st.sampled_from(lines))
    start = data.draw(st.lists(st.sampled_from([x for x in lines if x != line]), unique=True))
    if line.startswith("passive-interface"):
        # The default settles the single interfaces anew, and turns around what they mean.
        start = [x for x in start if not x.startswith("passive-interface")]
    made = Editor(Block(), MODERN)
    for text in start:
        for step in (*place, text):
            made.feed(step)
    for step in place:
        made.feed(step)
    before = config_lines(made.root)
    for text in (line, line[3:] if line.startswith("no ") else f"no {line}"):
        made.end()
        for step in (*place, text):
            made.feed(step)
    assert config_lines(made.root) == before


@pytest.mark.parametrize("place", list(PLACES), ids=lambda place: " / ".join(place) or "global")
def test_what_is_typed_is_read_again(place: tuple[str, ...]) -> None:
    made = Editor(Block(), MODERN)
    for text in PLACES[place]:
        made.end()
        for step in (*place, text):
            made.feed(step)
    again = read_config(body(made.root), MODERN)
    assert again.unknown == []
    assert again.root == made.root


def test_the_base_topology_stays() -> None:
    made = editor("router eigrp LAB", "address-family ipv4 autonomous-system 5")
    before = config_lines(made.root)
    made.feed("no topology base")
    assert config_lines(made.root) == before


def test_secondary_addresses_stand_before_the_primary() -> None:
    primary, one, two = (
        "ip address 10.0.0.1 255.255.255.0",
        "ip address 10.0.1.1 255.255.255.0 secondary",
        "ip address 10.0.2.1 255.255.255.0 secondary",
    )
    made = editor("interface Loopback0", primary, one, two)
    assert config_lines(made.root)[1:-1] == [f" {one}", f" {two}", f" {primary}"]
    made.feed(f"no {one}")
    assert config_lines(made.root)[1:-1] == [f" {two}", f" {primary}"]
    config = boot("\n".join(config_lines(made.root)), MODERN).config.interfaces["Loopback0"]
    assert config.secondaries == (IPv4Interface("10.0.2.1/24"),)


@pytest.mark.parametrize("image", ["15.5", "15.9", "16.9", "17.3", "17.15"])
def test_all_says_what_the_image_leaves_unsaid(image: str) -> None:
    # reference/DMVPN.md section 2; the other values: EIGRP and ISAKMP command references.
    text = """\
interface Tunnel0
 ip address 10.0.0.1 255.255.255.0
 ip nhrp network-id 1
 tunnel source Loopback0
 tunnel mode gre multipoint
router eigrp 100
crypto isakmp policy 10
 authentication pre-share
"""
    storage = Storage.boot(IMAGES[image], text)
    plain, whole = storage.show_running(), storage.show_running(everything=True)
    modern = image != "15.5"
    for line, said in {
        " ip nhrp holdtime 600": modern,
        " ip nhrp holdtime 7200": not modern,
        " ip nhrp shortcut": modern,
        " ip nhrp map multicast dynamic": modern,
        " ip nhrp registration no-unique": modern,
        " ip nhrp redirect": False,
        " ip unreachables": True,
        " ip redirects": False,
        " no shutdown": True,
        " group 1": True,
        " authentication rsa-sig": False,
        " distance eigrp 90 170": True,
    }.items():
        assert (line in whole.splitlines()) is said, line
        assert line not in plain.splitlines()
    assert [line for line in plain.splitlines()[4:] if line not in whole.splitlines()] == []


def test_what_is_unsaid_may_be_typed() -> None:
    for mode, _, text in UNSAID:
        assert TABLES.read(mode, text).line.text.endswith(text.removeprefix("no "))


def test_lines_of_care_stay_in_their_mode() -> None:
    # A command of the interface must not be taken for an abbreviation of a global one.
    editor = Editor(read_config("interface Tunnel0\n", MODERN).root, MODERN)
    editor.feed("interface Tunnel0")
    for line in ("no snmp trap link-status", "qos pre-classify", "hold-queue 100 in", "mpls ip"):
        editor.feed(line)
        assert editor.mode.name == "interface"
    text = config_lines(editor.root)
    assert [" no snmp trap link-status" in text, " hold-queue 100 in" in text] == [True, True]
