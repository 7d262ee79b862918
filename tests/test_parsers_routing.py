"""Commands about routes, CEF and routing neighbours, against captures: no row lost."""

import json
import re
from collections.abc import Callable
from ipaddress import IPv4Address

import pytest
from conftest import evidence, samples
from parser_captures import Counted, count, golden, whole

from parsers import BadValue, CliError, UnexpectedLine, parse, parse_as
from parsers.catalog import find
from parsers.records import (
    Adjacency,
    BfdSession,
    BgpNeighbor,
    BgpPath,
    BgpPrefixPath,
    CefPath,
    EigrpNeighbor,
    OspfNeighbor,
    Ping,
    Record,
    Route,
    RoutePath,
)
from parsers.values import duration

# What ends the description of a path: 15.x prints a line for it, 12.4 only where it forwards.
CEF_PATH = (
    r"^ *(?:nexthop \d|repair: |recursive via|attached to|receive for|receive *$|drop *$|no route"
    r"|multicast *$|connected to|discard)|, receive *$| adjacency *$"
)


def count_cef(text: str) -> int:
    _, table, rows = text.partition("Interface\n")
    if table:
        return len([line for line in rows.split("\n") if re.search(r"[a-z0-9]", line)])
    return count(r"nexthop |^\s*no route|dependencies")(text)


# Each folder of captures, the command, and how many records a plain count of words expects.
EVIDENCE: dict[str, Counted] = {
    "show_adjacency": ("show adjacency", count(r"^IP\w* ")),
    "show_adjacency_tunnel": ("show adjacency tunnel", count(r"^IP\w* ")),
    "show_bfd_neighbors_details": ("show bfd neighbors details", count("Session state is")),
    "show_bgp_summary": ("show bgp summary", count(r"^\d+\.\d+\.\d+\.\d+ +4 ")),
    "show_ip_bgp_summary": ("show ip bgp summary", count(r"^\s*\*?\d+\.\d+\.\d+\.\d+ +4 ")),
    "show_ip_eigrp_neighbors": ("show ip eigrp neighbors", count(r"^\d+ +\d+\.\d+")),
    "show_ip_eigrp_neighbors_detail": ("show ip eigrp neighbors detail", count("Version ")),
    "show_ip_ospf_neighbor": ("show ip ospf neighbor", count("FULL|2WAY|EXSTART|INIT")),
    "show_ip_cef_detail": ("show ip cef detail", count(CEF_PATH)),
    "show_ip_route_prefix": ("show ip route 10.0.0.1", count("Route metric is")),
    "show_ip_route_next-hop-override": (
        "show ip route next-hop-override",
        count(r"\] via |is directly connected"),
    ),
    "show_ip_route": (
        "show ip route",
        count(r"\] via |is directly connected|is a summary|\], \w+, Null0"),
    ),
    "show_ip_cef": ("show ip cef", count_cef),
}


test_every_capture_is_read_whole = whole(EVIDENCE)


@evidence
def test_routes_agree_with_the_rows_of_the_origin() -> None:
    for path in samples("show_ip_route"):
        origin = path.with_suffix(".json")
        if not origin.exists():
            continue
        theirs = [
            (
                row["vrf"] or None,
                f"{row['protocol']} {row['type']}".strip(),
                f"{row['network']}/{row['prefix_length']}",
                row["nexthop_ip"] or None,
                row["nexthop_if"] or None,
                duration(row["uptime"]),
            )
            for row in json.loads(origin.read_text(encoding="utf-8"))["parsed_sample"]
        ]
        ours = [
            (
                route.vrf,
                route.code,
                str(route.prefix),
                str(route.next_hop) if route.next_hop else None,
                route.interface,
                route.age_s,
            )
            for route in parse_as(Route, "show ip route", path.read_text(encoding="utf-8"))
        ]
        assert ours == theirs, path


@evidence
def test_cef_internal_loses_no_path_and_no_link_of_a_chain(
    record_property: Callable[[str, object], None],
) -> None:
    found = samples("show_ip_cef_internal")
    assert found
    record_property("samples", len(found))
    for path in found:
        text = path.read_text(encoding="utf-8")
        read = parse_as(CefPath, "show ip cef internal", text)
        repairs = count(r"^ +repair: ")(text)
        assert len(read) == count(r"^ +path [0-9A-F]+, share")(text) + repairs, path
        prefixes = {str(one.prefix) for one in read}
        assert prefixes == set(re.findall(r"^(\d+\.\d+\.\d+\.\d+/\d+), epoch", text, re.M)), path
        chains = re.findall(r"^  output chain:\n((?:    .*\n?)+)", text, re.MULTILINE)
        chain_of = {one.prefix: one.output_chain for one in read}
        assert [len(chain) for chain in chain_of.values()] == [
            len([line for line in chain.split("\n") if line.strip()]) for chain in chains
        ], path


@evidence
def test_cef_tables_agree_with_the_rows_of_the_origin() -> None:
    compared = 0
    for path in samples("show_ip_cef"):
        if "ntc" not in path.name or path.read_text(encoding="utf-8").startswith("%"):
            continue
        origin = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["parsed_sample"]
        read = parse_as(CefPath, "show ip cef", path.read_text(encoding="utf-8"))
        theirs = [name for row in origin for name in row["interface"] or [""]]
        assert [one.interface or "" for one in read] == theirs, path
        compared += len(read)
    assert compared > 20


@evidence
def test_bfd_sessions_agree_with_the_origin() -> None:
    compared = 0
    for path in samples("show_bfd_neighbors_details"):
        origin = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["parsed_sample"]
        read = parse_as(BfdSession, "show bfd neighbors details", path.read_text(encoding="utf-8"))
        for ours, theirs in zip(read, origin, strict=True):
            values = {str(value) for value in theirs.values() if isinstance(value, str)}
            assert str(ours.neighbor_address) in values, path
            assert str(ours.our_address) in values, path
            assert ours.interface in values, path
            compared += 1
    assert compared > 5


@evidence
def test_every_number_of_the_adjacencies_is_read() -> None:
    for path in samples("show_adjacency"):
        text = path.read_text(encoding="utf-8")
        read = parse_as(Adjacency, "show adjacency", text)
        assert [one.bytes for one in read] == [
            int(number) for number in re.findall(r"packets, (\d+) bytes", text)
        ], path
        assert sum(len(one.next_chain) for one in read) == count("Next chain")(text), path
        rewrites = re.findall(r"^ +([0-9A-F]{4,40})$", text, re.MULTILINE)
        assert "".join(one.encap or "" for one in read) == "".join(rewrites), path
        for one in read:
            assert one.encap is None or len(one.encap) == 2 * (one.encap_length or 0), path


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("sh ip eig nei det", "show ip eigrp neighbors"),
        ("show ip eigrp vrf BLUE neighbors Tunnel100 detail", "show ip eigrp neighbors"),
        ("show ip eigrp 100 neighbors", "show ip eigrp neighbors"),
        ("show ip eigrp neighbors 100", "show ip eigrp neighbors"),
        ("show eigrp address-family ipv4 vrf BLUE neighbors detail", "show ip eigrp neighbors"),
        ("show ip ospf 10 neighbor", "show ip ospf neighbor"),
        ("show ip ospf nei tu100", "show ip ospf neighbor"),
        ("sh ipv6 ospf nei", "show ip ospf neighbor"),
        ("show ip bgp sum", "show ip bgp summary"),
        ("show ip bgp all summary", "show ip bgp summary"),
        ("show ip bgp vpnv4 vrf BLUE summary", "show ip bgp summary"),
        ("show ip bgp vpnv4 all summary", "show ip bgp summary"),
        ("show bgp summary", "show ip bgp summary"),
        ("show bgp all summary", "show ip bgp summary"),
        ("show bgp ipv4 unicast summary", "show ip bgp summary"),
        ("sh bgp ipv4 uni su", "show ip bgp summary"),
        ("show bgp vpnv4 unicast vrf BLUE summary", "show ip bgp summary"),
        ("show bgp vpnv4 unicast rd 5918:51 summary", "show ip bgp summary"),
        ("show ip bgp", "show bgp ipv4 unicast"),
        ("show bgp ipv4 unicast", "show bgp ipv4 unicast"),
        ("show ip bgp vpnv4 all", "show bgp ipv4 unicast"),
        ("show ip bgp ipv4 unicast 10.1.0.0", "show bgp ipv4 unicast prefix"),
        ("show bgp vpnv4 unicast all", "show bgp ipv4 unicast"),
        ("show bgp ipv4 unicast 10.1.0.0/16", "show bgp ipv4 unicast prefix"),
        ("show ip bgp 10.1.0.0 255.255.0.0", "show bgp ipv4 unicast prefix"),
        ("show bfd nei det", "show bfd neighbors details"),
        ("show adjacency", "show adjacency"),
        ("show adj tunnel 100 detail", "show adjacency"),
        ("show adjacency tunnel", "show adjacency"),
        ("show ip cef 10.1.2.0/24 detail", "show ip cef"),
        ("show ip cef vrf BLUE detail", "show ip cef"),
        ("show ip cef tunnel100", "show ip cef"),
        ("show ip cef 10.1.2.1 int", "show ip cef internal"),
        ("show ip route vrf * ", "show ip route"),
        ("show ip route next-hop-override 10.1.2.0", "show ip route prefix"),
    ],
)
def test_routing_commands_may_be_shortened(typed: str, command: str) -> None:
    assert find(typed).command == command


def test_a_row_of_another_vrf_does_not_inherit_its_table() -> None:
    read = parse_as(Route, "show ip route vrf *", golden("show_ip_route/vrfs_xe17"))
    assert [route.vrf for route in read] == ["INET"] * 3 + ["BLUE"] * 6
    (shortcut, host) = [route for route in read if route.code == "H"]
    assert (shortcut.next_hop, host.connected) == (IPv4Address("10.255.0.13"), True)
    assert [route.next_hop_vrf for route in read if route.replicated] == ["RED"]


def test_the_next_hop_of_nhrp_is_marked() -> None:
    paths = parse_as(RoutePath, "show ip route 10.1.13.0", golden("show_ip_route_prefix/override"))
    assert [path.nho for path in paths] == [False, True]
    assert [path.best for path in paths] == [True, False]


def test_columns_of_the_bgp_table_are_told_apart() -> None:
    read = parse_as(BgpPath, "show ip bgp", golden("show_bgp_ipv4_unicast/hub"))
    assert [path.metric for path in read] == [0, 0, 0, None, 0, 5, 0]
    assert [path.local_preference for path in read] == [None, 100, 100, None, 200, None, 100]
    assert [path.weight for path in read] == [32768, 0, 0, 0, 0, 0, 0]
    assert [path.best for path in read].count(True) == 6


def test_best_paths_and_stubs_say_so() -> None:
    text = golden("show_bgp_ipv4_unicast_prefix/two_paths")
    assert [one.best for one in parse_as(BgpPrefixPath, "show ip bgp 10.1.12.0", text)] == [
        False,
        True,
    ]
    text = golden("show_ip_eigrp_neighbors/detail_xe17")
    stub, other = parse_as(EigrpNeighbor, "show ip eigrp neighbors detail", text)
    assert (stub.stub, other.stub) == (("CONNECTED", "SUMMARY"), ())


def test_neighbours_of_two_families_are_kept_apart() -> None:
    text = golden("show_ip_bgp_summary/all_families")
    read = parse_as(BgpNeighbor, "show bgp all summary", text)
    assert [one.address_family for one in read] == ["IPv4 Unicast"] * 2 + ["VPNv4 Unicast"]


def test_a_dash_is_no_role() -> None:
    read = parse_as(OspfNeighbor, "show ip ospf neighbor", golden("show_ip_ospf_neighbor/hub"))
    assert [one.role for one in read] == [None, None, "BDR", "DROTHER"]


def test_the_df_bit_of_a_ping_is_kept() -> None:
    (with_df,) = parse_as(Ping, "ping 10.0.0.1", golden("ping/df_ipv6"))
    (without,) = parse_as(Ping, "ping 10.0.0.1", golden("ping/all"))
    assert (with_df.df, without.df) == (True, False)


READ: dict[str, tuple[str, str]] = {
    "show adjacency": ("show_adjacency/tunnel", "show_ip_cef/table"),
    "show bfd neighbors details": ("show_bfd_neighbors_details/hub_xe17", "show_adjacency/tunnel"),
    "show bgp ipv4 unicast": ("show_bgp_ipv4_unicast/hub", "show_ip_bgp_summary/states"),
    "show bgp ipv4 unicast 10.1.12.0": (
        "show_bgp_ipv4_unicast_prefix/two_paths",
        "show_ip_route_prefix/eigrp",
    ),
    "show bgp summary": ("show_ip_bgp_summary/all_families", "show_bgp_ipv4_unicast/hub"),
    "show ip cef detail": ("show_ip_cef/detail_15", "show_ip_cef_internal/table"),
    "show ip cef internal": ("show_ip_cef_internal/table", "show_ip_cef/detail_15"),
    "show ip eigrp neighbors detail": (
        "show_ip_eigrp_neighbors/detail_xe17",
        "show_ip_ospf_neighbor/hub",
    ),
    "show ip ospf neighbor": ("show_ip_ospf_neighbor/hub", "show_ip_eigrp_neighbors/detail_xe17"),
    "show ip route": ("show_ip_route/vrfs_xe17", "show_ip_route_prefix/eigrp"),
    "show ip route 10.1.13.0": ("show_ip_route_prefix/override", "show_ip_route/vrfs_xe17"),
}


@pytest.mark.parametrize("command", READ)
def test_the_text_of_another_command_is_refused(command: str) -> None:
    other = golden(READ[command][1])
    with pytest.raises(UnexpectedLine) as caught:
        parse(command, other)
    assert caught.value.line == other.split("\n")[caught.value.line_number - 1]


def attempt(command: str, text: str) -> tuple[Record, ...] | None:
    """Read a text; None where it is refused with the number of a line."""
    try:
        return parse(command, text)
    except (UnexpectedLine, BadValue) as refused:
        return None if refused.line_number else ()


@pytest.mark.parametrize("command", READ)
def test_damaged_blanks_give_the_same_or_an_error(command: str) -> None:
    text = golden(READ[command][0])
    whole = parse(command, text)
    assert whole
    assert parse(command, text.replace("\n", "\r\n")) == whole
    bare = "\n".join(line.strip() for line in text.split("\n"))
    assert attempt(command, bare) in {whole, None}
    assert attempt(command, re.sub("  +", "\t", text)) in {whole, None}
    assert attempt(command, re.sub("  +", " ", text)) in {whole, None}


@pytest.mark.parametrize("command", READ)
def test_two_outputs_glued_together_are_both_read_or_refused(command: str) -> None:
    text = golden(READ[command][0])
    whole = parse(command, text)
    assert attempt(command, text + text) in {whole + whole, None}


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("show ip bgp", "% BGP not active\n"),
        ("show ip ospf 7 neighbor", "%OSPF: Router process 7 is not running\n"),
        ("show bfd neighbors details", "    ^\n% Invalid input detected at '^' marker.\n"),
        ("show ip route vrf NONE", "% IP routing table NONE does not exist\n"),
    ],
)
def test_answers_of_the_cli_are_errors(command: str, answer: str) -> None:
    with pytest.raises(CliError):
        parse(command, answer)


@pytest.mark.parametrize(
    ("command", "name", "last", "what"),
    [
        ("show ip bgp", "show_bgp_ipv4_unicast/hub", " *>i  100.100", "without a path"),
        (
            "show ip bgp 10.1.12.0",
            "show_bgp_ipv4_unicast_prefix/two_paths",
            "    10.255.0.12 from",
            "its origin",
        ),
        ("show ip cef internal", "show_ip_cef_internal/shortcut", "  ifnums", "without a path"),
    ],
)
def test_an_entry_cut_short_is_refused(command: str, name: str, last: str, what: str) -> None:
    lines = golden(name).split("\n")
    place = next(number for number, line in enumerate(lines) if line.startswith(last))
    with pytest.raises(BadValue, match=what):
        parse(command, "\n".join(lines[: place + 1]))


def test_collapsed_columns_of_the_bgp_table_are_refused() -> None:
    text = golden("show_bgp_ipv4_unicast/hub").replace("              0    100", " 0 100")
    with pytest.raises(BadValue):
        parse("show ip bgp", text)


@pytest.mark.parametrize(
    ("command", "name", "good", "bad"),
    [
        ("traceroute 10.9.9.9", "traceroute/via_hub", "msec", "mild"),
        ("show ip route 10.0.0.0", "show_ip_route_prefix/classful", "10.1.13.0/24", "10.1.13.0/44"),
        ("show ip route", "show_ip_route/vrfs_xe17", "10.7.0.0/16", "10.7.0.999/16"),
        ("show ip cef", "show_ip_cef/detail_15", "10.255.0.12\n", "10.255.0.412\n"),
        ("show ip bgp", "show_bgp_ipv4_unicast/hub", "10.255.0.2 ", "10.255.0.2222"),
        ("show ip ospf neighbor", "show_ip_ospf_neighbor/hub", "10.255.0.13", "10.255.0.913"),
        ("show adjacency", "show_adjacency/tunnel", "227.0.0.0", "227.0.0.900"),
        ("show ip route 10.1.2.0", "show_ip_route_prefix/eigrp", "10.1.2.0", "10.1.2.900"),
        ("show ip cef internal", "show_ip_cef_internal/table", "10.255.0.0/22", "10.255.0.0/72"),
    ],
)
def test_the_line_of_a_bad_value_is_named(command: str, name: str, good: str, bad: str) -> None:
    text = golden(name)
    place = text.count("\n", 0, text.index(good)) + 1
    with pytest.raises(BadValue) as caught:
        parse(command, text.replace(good, bad, 1))
    assert caught.value.line_number == place


# IOS 15 names the list of paths on the line of the path, and begins the chain on its heading.
INTERNAL_15 = """\
10.1.1.0/24, epoch 0, RIB[I], refcount 5, per-destination sharing
  sources: RIB
  ifnums:
   Tunnel0(20): 10.0.0.3
  path F4C2A1B8, path list F4C3D6B4, share 1/1, type attached nexthop, for IPv4
  nexthop 10.0.0.3 Tunnel0, adjacency IP midchain out of Tunnel0, addr 10.0.0.3 F2C2B9E0
  output chain: IP midchain out of Tunnel0, addr 10.0.0.3 F2C2B9E0
"""


def test_cef_internal_of_ios_15() -> None:
    (path,) = parse_as(CefPath, "show ip cef 10.1.1.0 internal", INTERNAL_15)
    assert (path.next_hop, path.interface) == (IPv4Address("10.0.0.3"), "Tunnel0")
    assert path.adjacency == "IP midchain out of Tunnel0, addr 10.0.0.3 F2C2B9E0"
    assert path.output_chain == (path.adjacency,)


def test_a_directly_connected_route_may_lie_in_another_vrf() -> None:
    text = (
        "      10.0.0.0/32 is subnetted, 1 subnets\n"
        "B        10.1.1.2 is directly connected (BLUE), 01:02:03, Loopback0\n"
    )
    (route,) = parse_as(Route, "show ip route vrf RED", text)
    assert (route.next_hop_vrf, route.interface, route.connected) == ("BLUE", "Loopback0", True)
