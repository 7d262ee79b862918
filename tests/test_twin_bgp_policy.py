"""BGP: lists, route maps, election by IGP metric and MED, multipath, soft clear, VRFs."""

import pytest
from routing_labs import configure, network, rows, run, show

from labs.twin.network import Network

LAN = "10.2.0.0/24"


def speaker(number: int, asn: int, process: str, *, lines: str = "") -> str:
    """Write a BGP router on the segment 192.0.2.0/24 with a LAN of its own."""
    return (
        f"hostname r{number}\n{lines}"
        f"interface GigabitEthernet1\n ip address 192.0.2.{number} 255.255.255.0\n"
        f"interface Loopback1\n ip address 10.{number}.0.1 255.255.255.0\n"
        f"router bgp {asn}\n bgp router-id 0.0.0.{number}\n"
        f" network 10.{number}.0.0 mask 255.255.255.0\n{process}"
    )


def peers(*who: tuple[int, int], more: str = "") -> str:
    lines = [f" neighbor 192.0.2.{number} remote-as {asn}\n" for number, asn in who]
    return "".join(lines) + more


def pair(one: str = "", two: str = "", *, lines: str = "", other: int = 65002) -> Network:
    """r1 in AS 65001 and r2, with more lines for each."""
    return run(
        network(
            r1=speaker(1, 65001, peers((2, other), more=one), lines=lines),
            r2=speaker(2, other, peers((1, 65001), more=two), lines=lines),
        ),
        60,
    )


def bgp(made: Network, name: str = "r1", vrf: str = "") -> dict[str, list[str]]:
    return rows(made, name, "bgp", vrf)


def table(made: Network, name: str = "r1") -> str:
    return show(made, name, "show ip bgp").partition("Path\n")[2]


FILTERS = (
    "ip prefix-list NONE seq 5 deny 0.0.0.0/0 le 32\n"
    "access-list 7 deny 10.2.0.0 0.0.0.255\naccess-list 7 permit any\n"
    "ip as-path access-list 1 deny ^65002\nip as-path access-list 1 permit .*\n"
    "ip as-path access-list 2 permit ^65009$\n"
    "route-map NOTHING deny 10\n"
)


@pytest.mark.parametrize(
    "line", ["prefix-list NONE", "distribute-list 7", "filter-list 1", "route-map NOTHING"]
)
def test_inbound_lists_deny(line: str) -> None:
    assert LAN in bgp(pair(lines=FILTERS))
    assert bgp(pair(f" neighbor 192.0.2.2 {line} in\n", lines=FILTERS)) == {}


@pytest.mark.parametrize(
    "line", ["prefix-list NONE", "distribute-list 7", "filter-list 2", "route-map NOTHING"]
)
def test_outbound_lists_deny_and_a_changed_one_is_applied_at_once(line: str) -> None:
    made = pair(two=f" neighbor 192.0.2.1 {line} out\n", lines=FILTERS)
    assert bgp(made) == {}
    configure(made, "r2", speaker(2, 65002, peers((1, 65001)), lines=FILTERS))
    run(made, 1)
    assert LAN in bgp(made)


SETTING = (
    "route-map MARK permit 10\n set local-preference 250\n set metric 77\n set weight 9\n"
    " set as-path prepend 65009 65009\n set community 65001:1\n"
)


def test_a_route_map_sets_attributes_when_softly_cleared() -> None:
    made = pair(lines=SETTING)
    text = speaker(
        1, 65001, peers((2, 65002), more=" neighbor 192.0.2.2 route-map MARK in\n"), lines=SETTING
    )
    configure(made, "r1", text)
    run(made, 1)
    assert " 77 " not in table(made)
    made.clear_bgp_softly("r1")
    run(made, 1)
    row = next(line for line in table(made).splitlines() if LAN in line)
    assert row.split() == ["*>", LAN, "192.0.2.2", "77", "9", "65009", "65009", "65002", "i"]
    route = made.routers["r1"].bgp.table  # type: ignore[union-attr]
    (path,) = (p for n, paths in route.items() if str(n) == LAN for p in paths)
    assert (path.attributes.local_pref, path.attributes.communities) == (250, ("65001:1",))
    assert made.routers["r1"].bgp.neighbors[path.peer].times_dropped == 0  # type: ignore[index, union-attr]


def test_communities_are_sent_only_to_those_who_shall_have_them() -> None:
    for word, sent in (("", False), (" neighbor 192.0.2.1 send-community\n", True)):
        made = pair(two=" neighbor 192.0.2.1 route-map MARK out\n" + word, lines=SETTING)
        route = made.routers["r1"].bgp.table  # type: ignore[union-attr]
        (path,) = (p for n, paths in route.items() if str(n) == LAN for p in paths)
        assert (path.attributes.communities == ("65001:1",)) is sent


def test_network_and_redistribute_lines_ask_their_map() -> None:
    lines = (
        "route-map TAGGED permit 10\n match tag 5\n set metric 42\n"
        "ip route 172.16.0.0 255.255.0.0 Null0 tag 5\nip route 172.17.0.0 255.255.0.0 Null0\n"
    )
    told = " redistribute static route-map TAGGED\n"
    made = network(
        r1=speaker(1, 65001, peers((2, 65002))),
        r2=speaker(2, 65002, peers((1, 65001), more=told), lines=lines),
    )
    run(made, 60)
    assert set(bgp(made)) == {LAN, "172.16.0.0/16"}
    assert bgp(made)["172.16.0.0/16"] == ["[20/42] via 192.0.2.2"]


def three(one: str, two: str = "", *, as3: int = 65002, lines: str = "") -> Network:
    """r1 hears of 10.9.0.0/24 from r2 and r3."""
    shared = "interface Loopback9\n ip address 10.9.0.1 255.255.255.0\n"
    network_line = " network 10.9.0.0 mask 255.255.255.0\n"
    made = network(
        r1=speaker(1, 65001, peers((2, 65002), (3, as3), more=one), lines=lines),
        r2=speaker(2, 65002, peers((1, 65001), more=network_line + two), lines=shared + lines),
        r3=speaker(3, as3, peers((1, 65001), more=network_line), lines=shared + lines),
    )
    return run(made, 60)


def test_weight_decides_first() -> None:
    assert bgp(three(""))["10.9.0.0/24"] == ["[20/0] via 192.0.2.2"]  # the lower router id
    made = three(" neighbor 192.0.2.3 weight 1\n")
    assert bgp(made)["10.9.0.0/24"] == ["[20/0] via 192.0.2.3"]


MED = "route-map HIGH permit 10\n set metric 50\n"


def test_med_is_compared_within_one_neighbouring_as() -> None:
    out = " neighbor 192.0.2.1 route-map HIGH out\n"
    assert bgp(three("", out, lines=MED))["10.9.0.0/24"] == ["[20/0] via 192.0.2.3"]
    made = three("", out, as3=65003, lines=MED)
    assert bgp(made)["10.9.0.0/24"] == ["[20/50] via 192.0.2.2"]
    made = three(" bgp always-compare-med\n", out, as3=65003, lines=MED)
    assert bgp(made)["10.9.0.0/24"] == ["[20/0] via 192.0.2.3"]


def test_maximum_paths_shares_among_equal_paths() -> None:
    both = ["[20/0] via 192.0.2.2", "[20/0] via 192.0.2.3"]
    made = three(" maximum-paths 2\n")
    assert bgp(made)["10.9.0.0/24"] == both
    marks = [line[:4] for line in table(made).splitlines() if "192.0.2.3" in line]
    assert " *m " in marks
    other = three(" maximum-paths 2\n", as3=65003)
    assert len(bgp(other)["10.9.0.0/24"]) == 1
    relaxed = three(" maximum-paths 2\n bgp bestpath as-path multipath-relax\n", as3=65003)
    assert bgp(relaxed)["10.9.0.0/24"] == both


def test_the_nearer_next_hop_wins_inside() -> None:
    loops = {n: f"interface Loopback0\n ip address 192.168.0.{n} 255.255.255.255\n" for n in (2, 3)}
    shared = "interface Loopback9\n ip address 10.9.0.1 255.255.255.0\n"
    igp = "router eigrp 1\n network 192.0.0.0 0.255.255.255\n"

    def text(number: int, delay: str) -> str:
        return speaker(
            number,
            65001,
            " neighbor 192.0.2.1 remote-as 65001\n neighbor 192.0.2.1 update-source Loopback0\n"
            " network 10.9.0.0 mask 255.255.255.0\n neighbor 192.0.2.1 next-hop-self\n",
            lines=loops[number] + delay + shared + igp,
        )

    inner = "".join(f" neighbor 192.168.0.{n} remote-as 65001\n" for n in (2, 3))
    made = network(
        r1=speaker(1, 65001, inner, lines=igp), r2=text(2, " delay 9000\n"), r3=text(3, "")
    )
    run(made, 90)
    assert bgp(made)["10.9.0.0/24"] == ["[200/0] via 192.168.0.3"]


def test_vrfs_have_tables_and_sessions_of_their_own() -> None:
    def text(number: int, other: int) -> str:
        return (
            "vrf definition RED\n rd 1:1\n address-family ipv4\n exit-address-family\n"
            "interface GigabitEthernet1\n vrf forwarding RED\n"
            f" ip address 192.0.2.{number} 255.255.255.0\n"
            f"interface Loopback1\n vrf forwarding RED\n ip address 10.{number}.0.1 255.255.255.0\n"
            f"router bgp 6500{number}\n bgp router-id 0.0.0.{number}\n"
            " address-family ipv4 vrf RED\n"
            f"  network 10.{number}.0.0 mask 255.255.255.0\n"
            f"  neighbor 192.0.2.{other} remote-as 6500{other}\n"
            f"  neighbor 192.0.2.{other} activate\n exit-address-family\n"
        )

    made = run(network(r1=text(1, 2), r2=text(2, 1)), 60)
    assert bgp(made, vrf="RED") == {LAN: ["[20/0] via 192.0.2.2"]}
    assert bgp(made) == {}
    assert "192.0.2.2" in show(made, "r1", "show ip bgp vpnv4 vrf RED summary")
    assert "192.0.2.2" not in show(made, "r1", "show ip bgp summary")


def test_a_neighbour_two_hops_away_needs_multihop() -> None:
    loop = {n: f"interface Loopback0\n ip address 192.168.0.{n} 255.255.255.255\n" for n in (1, 2)}
    for word, up in (("", False), ("ebgp-multihop 2", True)):
        texts = {}
        for number, other in ((1, 2), (2, 1)):
            name = f"192.168.0.{other}"
            process = f" neighbor {name} remote-as 6500{other}\n"
            process += f" neighbor {name} update-source Loopback0\n"
            process += f" neighbor {name} {word}\n" if word else ""
            way = f"ip route {name} 255.255.255.255 192.0.2.{other}\n"
            lines = loop[number] + way
            texts[f"r{number}"] = speaker(number, 65000 + number, process, lines=lines)
        made = run(network(**texts), 90)
        assert (LAN in bgp(made)) is up


def test_one_prefix_of_the_table() -> None:
    made = pair()
    entry = show(made, "r1", f"show ip bgp {LAN}")
    head, _, rest = entry.partition("\n")
    assert head.startswith(f"BGP routing table entry for {LAN}, version ")
    assert rest == (
        "Paths: (1 available, best #1, table default)\n"
        "  Not advertised to any peer\n"
        "  Refresh Epoch 1\n"
        "  65002\n"
        "    192.0.2.2 from 192.0.2.2 (0.0.0.2)\n"
        "      Origin IGP, metric 0, localpref 100, valid, external, best\n"
        "      rx pathid: 0, tx pathid: 0x0\n"
    )
    own = show(made, "r1", "show bgp ipv4 unicast 10.1.0.1")
    assert (
        "      Origin IGP, metric 0, localpref 100, weight 32768, valid, sourced, local, best\n"
        in own
    )
    assert show(made, "r1", "show ip bgp 10.77.0.0") == "% Network not in table\n"


def test_what_a_neighbour_was_told_and_told_us() -> None:
    made = pair()
    told = show(made, "r1", "show ip bgp neighbors 192.0.2.2 advertised-routes")
    assert "10.1.0.0/24" in told
    assert LAN not in told
    assert told.endswith("\nTotal number of prefixes 1 \n")
    taken = show(made, "r1", "show bgp ipv4 unicast neighbors 192.0.2.2 routes")
    assert LAN in taken
    assert "10.1.0.0/24" not in taken
