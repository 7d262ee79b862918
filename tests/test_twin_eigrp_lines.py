"""Every line of EIGRP has its effect: metrics by hand calculation, neighbours by their log."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from routing_labs import configure, logged, network, rows, run, show

from labs.twin.network import Network

# Gigabit: 10^6 kbit/s and 10 us, so 256*(10+1); loopback in classic mode: 5000 us.
LAN = "10.2.0.0/24"
NINE = IPv4Address("10.9.0.1")
THROUGH_GIGABIT = 256 * (10 + 1 + 500)


def router(
    number: int,
    process: str = "",
    *,
    lines: str = "",
    interface: str = "",
    lan: bool = True,
    head: str = "router eigrp 100",
) -> str:
    """Write a router on the segment 192.0.2.0/24 with a LAN of its own."""
    text = lines
    text += f"interface GigabitEthernet1\n ip address 192.0.2.{number} 255.255.255.0\n{interface}"
    if lan:
        text += f"interface Loopback1\n ip address 10.{number}.0.1 255.255.255.0\n"
    return (
        f"hostname r{number}\n{text}{head}\n network 192.0.2.0 0.0.0.255\n"
        f" network 10.0.0.0\n{process}"
    )


def named(number: int, family: str = "", *, interface: str = "", topology: str = "") -> str:
    """Write the same with a named process."""
    text = f"hostname r{number}\n"
    text += f"interface GigabitEthernet1\n ip address 192.0.2.{number} 255.255.255.0\n"
    text += f"interface Loopback1\n ip address 10.{number}.0.1 255.255.255.0\n"
    text += "router eigrp OVERLAY\n address-family ipv4 unicast autonomous-system 100\n"
    if interface:
        text += f"  af-interface GigabitEthernet1\n{interface}  exit-af-interface\n"
    text += f"  topology base\n{topology}  exit-af-topology\n"
    return text + f"  network 0.0.0.0\n{family} exit-address-family\n"


def pair(one: str, two: str, seconds: float = 30.0) -> Network:
    return run(network(r1=one, r2=two), seconds)


def metric(made: Network, prefix: str = LAN, name: str = "r1") -> str:
    return rows(made, name)[prefix][0]


def test_the_metric_without_any_line() -> None:
    made = pair(router(1), router(2))
    assert metric(made) == f"[90/{THROUGH_GIGABIT}] via 192.0.2.2"


# --- metrics


@pytest.mark.parametrize("way", ["in", "out"])
def test_an_offset_list_adds_to_the_metric(way: str) -> None:
    lines = "access-list 9 permit 10.2.0.0\n"
    offset = f" offset-list 9 {way} 1001 GigabitEthernet1\n"
    one, two = (offset, "") if way == "in" else ("", offset)
    made = pair(router(1, one, lines=lines), router(2, two, lines=lines))
    assert metric(made) == f"[90/{THROUGH_GIGABIT + 1001}] via 192.0.2.2"


def test_weights_are_multiplied_and_have_to_agree() -> None:
    weights = " metric weights 0 1 1 1 0 0\n"
    made = pair(router(1, weights), router(2, weights))
    # K2: the bandwidth term once more, divided by 256 minus the load of 1.
    assert metric(made) == f"[90/{THROUGH_GIGABIT + 2560 // 255}] via 192.0.2.2"
    configure(made, "r2", router(2))
    run(made, 20)
    assert rows(made, "r1") == {}
    assert "is down: K-value mismatch" in logged(made, "r1")
    assert logged(made, "r2")[1] == "is down: metric changed"


def test_a_named_router_scales_and_a_classic_one_counts_what_it_is_told() -> None:
    made = pair(named(1), router(2))
    # Wide: 65536*10^7/10^6 + 65536*(10 us + 5000 us); the table divides by 128.
    assert metric(made) == f"[90/{65536 * (10 + 5010) // 128}] via 192.0.2.2"
    # Classic: 1.25 us of the loopback are 32 of 256 units of ten microseconds.
    assert metric(made, "10.1.0.0/24", "r2") == f"[90/{256 * 11 + 32}] via 192.0.2.1"
    configure(made, "r1", named(1, "  metric rib-scale 64\n"))
    assert metric(made) == f"[90/{65536 * (10 + 5010) // 64}] via 192.0.2.2"


def test_bandwidth_and_delay_typed_later_are_told_to_everybody() -> None:
    made = pair(router(1), router(2))
    configure(made, "r2", router(2, interface=" bandwidth 1000\n"))
    run(made, 1)
    assert metric(made) == f"[90/{THROUGH_GIGABIT}] via 192.0.2.2"  # the LAN is no slower
    configure(made, "r1", router(1, interface=" bandwidth 1000\n delay 100\n"))
    assert metric(made) == f"[90/{256 * (10000 + 100 + 500)}] via 192.0.2.2"


def test_too_many_hops_are_unreachable() -> None:
    far = "interface GigabitEthernet2\n ip address 198.51.100.2 255.255.255.0\n"
    chain = network(
        r1=router(1, " metric maximum-hops 1\n"),
        r2=router(2, " network 198.51.100.0\n", lines=far),
        r3="interface GigabitEthernet1\n ip address 198.51.100.3 255.255.255.0\n"
        "interface Loopback1\n ip address 10.3.0.1 255.255.255.0\n"
        "router eigrp 100\n network 0.0.0.0\n",
    )
    run(chain)
    assert set(rows(chain, "r1")) == {LAN, "198.51.100.0/24"}
    configure(chain, "r1", router(1, " metric maximum-hops 2\n"))
    run(chain, 20)
    assert "10.3.0.0/24" not in rows(chain, "r1")  # it was not kept; a new neighbour tells it


# --- which paths


def two_ways(process: str = "") -> Network:
    """A LAN behind two routers, the second one with a slower loopback."""
    shared = "interface Loopback9\n ip address 10.9.0.1 255.255.255.0\n"
    slow = shared + " delay 505\n"
    made = network(r1=router(1, process), r2=router(2, lines=shared), r3=router(3, lines=slow))
    return run(made)


def test_variance_takes_feasible_successors_below_the_product() -> None:
    near, far = 256 * (10 + 1 + 500), 256 * (10 + 1 + 505)
    assert rows(two_ways(), "r1")["10.9.0.0/24"] == [f"[90/{near}] via 192.0.2.2"]
    made = two_ways(" variance 2\n")
    assert rows(made, "r1")["10.9.0.0/24"] == [
        f"[90/{near}] via 192.0.2.2",
        f"[90/{far}] via 192.0.2.3",
    ]
    limited = two_ways(" variance 2\n maximum-paths 1\n")
    assert rows(limited, "r1")["10.9.0.0/24"] == [f"[90/{near}] via 192.0.2.2"]


def test_traffic_follows_the_share_of_unequal_paths() -> None:
    paths = two_ways(" variance 2\n").routers["r1"].rib[""]
    hops = [paths.via(NINE, flow=flow) for flow in range(477)]
    first = sum(str(via.next_hop) == "192.0.2.2" for via in hops if via is not None)
    # 516 to 511: of every 477 flows 240 and 237.
    assert first == 240
    only = two_ways(" variance 2\n traffic-share min across-interfaces\n").routers["r1"].rib[""]
    chosen = {str(only.via(NINE, flow=n).next_hop) for n in range(9)}  # type: ignore[union-attr]
    assert chosen == {"192.0.2.2"}


def test_distances_are_those_typed() -> None:
    static = "ip route 172.16.0.0 255.255.0.0 Null0\n"
    made = pair(
        router(1, " distance eigrp 80 160\n"), router(2, " redistribute static\n", lines=static)
    )
    found = rows(made, "r1")
    assert found[LAN][0].startswith("[80/")
    assert found["172.16.0.0/16"][0].startswith("[160/")


def test_internal_goes_before_external_whatever_the_metric() -> None:
    static = "ip route 10.9.0.0 255.255.255.0 Null0\n"
    slow = "interface Loopback9\n ip address 10.9.0.1 255.255.255.0\n delay 10000\n"
    made = network(
        r1=router(1), r2=router(2, " redistribute static\n", lines=static), r3=router(3, lines=slow)
    )
    assert rows(run(made), "r1")["10.9.0.0/24"][0].endswith("via 192.0.2.3")


# --- redistribution


def test_redistributed_routes_bring_the_metric_typed() -> None:
    static = "ip route 172.16.0.0 255.255.0.0 Null0\n"
    made = pair(
        router(1), router(2, " redistribute static metric 10000 100 255 1 1500\n", lines=static)
    )
    assert rows(made, "r1")["172.16.0.0/16"] == [f"[170/{256 * (1000 + 100 + 1)}] via 192.0.2.2"]


def test_a_route_map_chooses_and_marks_what_is_redistributed() -> None:
    lines = (
        "ip prefix-list SOME seq 5 permit 172.16.0.0/16\n"
        "route-map OUT permit 10\n match ip address prefix-list SOME\n set tag 77\n"
        "ip route 172.16.0.0 255.255.0.0 Null0\nip route 172.17.0.0 255.255.0.0 Null0\n"
    )
    deny = "route-map TAGGED deny 10\n match tag 77\nroute-map TAGGED permit 20\n"
    made = pair(
        router(1, lines=deny), router(2, " redistribute static route-map OUT\n", lines=lines)
    )
    assert set(rows(made, "r1")) == {LAN, "172.16.0.0/16"}
    assert ", tag is 77\n" in show(made, "r1", "show ip eigrp topology")
    tagged = router(1, " distribute-list route-map TAGGED in\n", lines=deny)
    configure(made, "r1", tagged)
    assert set(rows(run(made, 1), "r1")) == {LAN}


def test_the_default_route_is_redistributed_as_well() -> None:
    made = pair(
        router(1), router(2, " redistribute static\n", lines="ip route 0.0.0.0 0.0.0.0 Null0\n")
    )
    assert rows(made, "r1")["0.0.0.0/0"][0].startswith("[170/")


# --- lists


LISTS = (
    "ip prefix-list NO9 seq 5 deny 10.2.0.0/24\nip prefix-list NO9 seq 10 permit 0.0.0.0/0 le 32\n"
)


@pytest.mark.parametrize("way", ["in", "out"])
def test_a_distribute_list_hides_and_its_removal_shows(way: str) -> None:
    line = f" distribute-list prefix NO9 {way}\n"
    one, two = (line, "") if way == "in" else ("", line)
    made = pair(router(1, one, lines=LISTS), router(2, two, lines=LISTS))
    assert rows(made, "r1") == {}
    name, number = ("r1", 1) if way == "in" else ("r2", 2)
    configure(made, name, router(number, lines=LISTS))
    run(made, 1)
    assert set(rows(made, "r1")) == {LAN}
    assert logged(made, name)[-1] == "is resync: route configuration changed"
    assert "is down" not in " ".join(logged(made, name))


def test_an_access_list_may_ask_for_the_router() -> None:
    lines = "access-list 101 deny ip host 192.0.2.2 any\naccess-list 101 permit ip any any\n"
    made = network(
        r1=router(1, " distribute-list 101 in\n", lines=lines), r2=router(2), r3=router(3)
    )
    assert set(rows(run(made), "r1")) == {"10.3.0.0/24"}


# --- summaries


def test_a_summary_has_its_distance_and_lets_leaks_out() -> None:
    leak = (
        "access-list 2 permit 10.2.0.0\nroute-map LEAK permit 10\n match ip address 2\n"
        "interface Loopback2\n ip address 10.22.0.1 255.255.255.0\n"
    )
    line = " ip summary-address eigrp 100 10.0.0.0 255.0.0.0 33 leak-map LEAK\n"
    made = pair(router(1, lan=False), router(2, lines=leak, interface=line))
    assert set(rows(made, "r1")) == {"10.0.0.0/8", LAN}
    assert rows(made, "r2")["10.0.0.0/8"] == ["[33/128256] via Null0"]
    away = " ip summary-address eigrp 100 10.0.0.0 255.0.0.0 255\n"
    configure(made, "r2", router(2, lines=leak, interface=away))
    run(made, 1)
    assert "10.0.0.0/8" not in rows(made, "r2")
    assert set(rows(made, "r1")) == {"10.0.0.0/8"}


def test_summary_metric_stands_for_that_of_the_components() -> None:
    topology = "   summary-metric 10.0.0.0/8 10000 100 255 1 1500 distance 44\n"
    made = pair(
        router(1, lan=False),
        named(2, interface="   summary-address 10.0.0.0 255.0.0.0\n", topology=topology),
    )
    assert rows(made, "r1")["10.0.0.0/8"] == [f"[90/{256 * (1000 + 100 + 1)}] via 192.0.2.2"]
    assert rows(made, "r2")["10.0.0.0/8"][0].startswith("[44/")


def test_a_stub_leaks_what_its_map_permits() -> None:
    maps = "access-list 3 permit 10.3.0.0\nroute-map LEAK permit 10\n match ip address 3\n"
    far = "interface GigabitEthernet2\n ip address 198.51.100.2 255.255.255.0\n"
    third = (
        "interface GigabitEthernet1\n ip address 198.51.100.3 255.255.255.0\n"
        "interface Loopback1\n ip address 10.3.0.1 255.255.255.0\n"
        "interface Loopback2\n ip address 10.33.0.1 255.255.255.0\n"
        "router eigrp 100\n network 0.0.0.0\n"
    )
    stub = " network 198.51.100.0\n eigrp stub connected leak-map LEAK\n"
    made = run(network(r1=router(1), r2=router(2, stub, lines=maps + far), r3=third))
    assert set(rows(made, "r1")) == {LAN, "198.51.100.0/24", "10.3.0.0/24"}


# --- neighbours


def keyed(number: int, key: str) -> str:
    auth = " ip authentication mode eigrp 100 md5\n ip authentication key-chain eigrp 100 K\n"
    return router(number, lines=f"key chain K\n key 1\n  key-string {key}\n", interface=auth)


def test_md5_keys_have_to_agree() -> None:
    made = pair(keyed(1, "one"), keyed(2, "one"))
    assert set(rows(made, "r1")) == {LAN}
    configure(made, "r1", keyed(1, "two"))
    run(made, 20)
    assert rows(made, "r1") == {}
    assert logged(made, "r1")[-1] == "is down: keychain changed"
    assert logged(made, "r2")[-1] == "is down: Auth failure"
    configure(made, "r2", keyed(2, "two"))
    assert set(rows(run(made, 20), "r1")) == {LAN}


def test_a_router_without_a_key_is_no_neighbour() -> None:
    made = pair(keyed(1, "one"), router(2))
    assert not made.routers["r1"].eigrp[100].neighbors
    assert not made.routers["r2"].eigrp[100].neighbors


@pytest.mark.parametrize(("theirs", "up"), [("Secret", True), ("secret", False)])
def test_hmac_passwords_have_to_agree(theirs: str, up: bool) -> None:  # noqa: FBT001
    made = pair(
        named(1, interface="   authentication mode hmac-sha-256 Secret\n"),
        named(2, interface=f"   authentication mode hmac-sha-256 {theirs}\n"),
    )
    assert bool(rows(made, "r1")) is up


def test_static_neighbours_speak_to_each_other_alone() -> None:
    made = network(
        r1=router(1, " neighbor 192.0.2.2 GigabitEthernet1\n"),
        r2=router(2, " neighbor 192.0.2.1 GigabitEthernet1\n"),
        r3=router(3),
    )
    run(made)
    assert set(rows(made, "r1")) == {LAN}
    assert not made.routers["r3"].eigrp[100].neighbors


def test_neighbour_changes_are_logged_unless_denied() -> None:
    made = pair(router(1, " no eigrp log-neighbor-changes\n"), router(2))
    assert logged(made, "r1") == []
    assert logged(made, "r2") == ["is up: new adjacency"]


def test_a_restarted_neighbour_is_logged_as_such() -> None:
    made = pair(router(1), router(2))
    made.restart("r2", made.routers["r2"].config)
    run(made, 5)
    assert logged(made, "r1")[1:] == ["is down: peer restarted", "is up: new adjacency"]
    assert set(rows(made, "r1")) == {LAN}


@pytest.mark.parametrize(
    ("interface", "why"),
    [
        (" no ip split-horizon eigrp 100\n", "is resync: split horizon changed"),
        (" no ip next-hop-self eigrp 100\n", "is resync: next_hop_self value changed"),
        (
            " ip summary-address eigrp 100 10.0.0.0 255.0.0.0\n",
            "is resync: summary configured",  # p1-eigrp-hq/log.txt
        ),
    ],
)
def test_what_is_told_anew_does_not_end_the_neighbour(interface: str, why: str) -> None:
    made = pair(router(1), router(2))
    configure(made, "r2", router(2, interface=interface))
    run(made, 5)
    assert logged(made, "r2")[1:] == [why]
    assert logged(made, "r1")[1:] == ["is resync: peer graceful-restart"]


def test_who_does_not_reply_is_stuck_in_active() -> None:
    far = "interface GigabitEthernet2\n ip address 198.51.100.2 255.255.255.0\n"
    third = (
        "interface GigabitEthernet1\n ip address 198.51.100.3 255.255.255.0\n"
        " ip hold-time eigrp 100 600\nrouter eigrp 100\n network 0.0.0.0\n"
    )
    minutes = " timers active-time 1\n"
    made = network(
        r1=router(1, minutes),
        r2=router(2, minutes + " network 198.51.100.0\n", lines=far),
        r3=third,
    )
    run(made)
    made.set_loss(("r3", "GigabitEthernet1"), 1.0)
    configure(made, "r1", router(1, minutes, lan=False))
    run(made, 20)
    topology = show(made, "r2", "show ip eigrp topology active")
    assert "A 10.1.0.0/24, 0 successors, FD is" in topology
    run(made, 50)
    assert logged(made, "r2")[-1] == "is down: stuck in active"
    assert made.routers["r2"].eigrp[100].topology.get(IPv4Network("10.1.0.0/24")) is None
    sia = [text for _, text in made.routers["r2"].log if "SIA" in text]
    assert sia == [
        "%DUAL-3-SIA: Route 10.1.0.0/24 stuck-in-active state in EIGRP-IPv4 100. Cleaning up"
    ]


def test_a_router_id_twice_hides_the_routes_of_each_other() -> None:
    # FAULTS.md, F80: routes are ignored, nothing is logged.
    same = " eigrp router-id 9.9.9.9\n"
    made = pair(router(1, same), router(2, same))
    assert rows(made, "r1") == {}
    assert logged(made, "r1") == ["is up: new adjacency"]


# --- VRFs, add-paths


def test_one_number_in_two_vrfs_is_two_processes() -> None:
    def text(number: int, mode: str) -> str:
        lines = "".join(
            f"vrf definition {vrf}\n address-family ipv4\n exit-address-family\n"
            for vrf in ("RED", "BLUE")
        )
        for place, vrf in enumerate(("RED", "BLUE"), 1):
            lines += (
                f"interface GigabitEthernet{place}\n vrf forwarding {vrf}\n"
                f" ip address 192.0.{place}.{number} 255.255.255.0\n"
                f"interface Loopback{place}\n vrf forwarding {vrf}\n"
                f" ip address 10.{number}.{place}.1 255.255.255.0\n"
            )
        lines += f"router eigrp {mode}\n"
        for vrf in ("RED", "BLUE"):
            family = f" address-family ipv4 vrf {vrf} autonomous-system 5\n  network 0.0.0.0\n"
            lines += f"{family} exit-address-family\n"
        return lines

    made = run(network(r1=text(1, "7"), r2=text(2, "NAMED")))
    assert set(rows(made, "r1", vrf="RED")) == {"10.2.1.0/24"}
    assert set(rows(made, "r1", vrf="BLUE")) == {"10.2.2.0/24"}
    assert "192.0.1.2" in show(made, "r1", "show ip eigrp vrf RED neighbors")
    assert "192.0.1.2" not in show(made, "r1", "show ip eigrp vrf BLUE neighbors")


def test_add_paths_tells_of_both_routers_of_a_site() -> None:
    shared = "interface Loopback9\n ip address 10.9.0.1 255.255.255.0\n"
    hub = named(
        1,
        interface="   no next-hop-self no-ecmp-mode\n   no split-horizon\n   add-paths 2\n",
    )
    pointed = " neighbor 192.0.2.1 GigabitEthernet1\n"
    one_way = "".join(f"  neighbor 192.0.2.{n} GigabitEthernet1\n" for n in (2, 3, 4))
    hub = hub.replace("  network 0.0.0.0\n", "  network 0.0.0.0\n" + one_way)
    made = network(
        r1=hub,
        r2=router(2, pointed, lines=shared),
        r3=router(3, pointed, lines=shared),
        r4=router(4, pointed, lan=False),
    )
    run(made)
    hops = sorted(row.rpartition(" ")[2] for row in rows(made, "r4")["10.9.0.0/24"])
    assert hops == ["192.0.2.2", "192.0.2.3"]


TUNNEL = (
    "interface GigabitEthernet1\n ip address 192.0.2.{0} 255.255.255.0\n"
    "interface Tunnel0\n ip address 10.0.0.{0} 255.255.255.0\n no ip redirects\n"
    " ip nhrp network-id 1\n{1} tunnel source GigabitEthernet1\n tunnel mode gre multipoint\n"
)
TO_HUB = (
    " ip nhrp nhs 10.0.0.1\n ip nhrp map 10.0.0.1 192.0.2.1\n ip nhrp map multicast 192.0.2.1\n"
)


def member(number: int, af_interface: str, nhrp: str = TO_HUB, lan: str = "") -> str:
    """Write a member of a DMVPN cloud with a named process."""
    family = f"  af-interface Tunnel0\n{af_interface}  exit-af-interface\n" if af_interface else ""
    return (
        f"{TUNNEL.format(number, nhrp)}{lan}router eigrp CLOUD\n"
        f" address-family ipv4 unicast autonomous-system 1\n{family}"
        "  network 10.0.0.0\n  network 172.16.0.0\n"
    )


def test_a_phase_2_hub_tells_of_both_routers_of_a_site() -> None:
    words = "   no next-hop-self no-ecmp-mode\n   no split-horizon\n   add-paths 2\n"
    lan = "interface Loopback0\n ip address 172.16.0.{} 255.255.255.0\n"
    made = network(
        r1=member(1, words, " ip nhrp map multicast dynamic\n"),
        r2=member(2, "", lan=lan.format(2)),
        r3=member(3, "", lan=lan.format(3)),
        r4=member(4, ""),
    )
    run(made, 60)
    # 65536 * (10^7/100 + 2 * 50000 us) and the loopback's 1.25 us, in parts of 128.
    scaled = (65536 * 200000 + 81920) // 128
    assert sorted(rows(made, "r4")["172.16.0.0/24"]) == [
        f"[90/{scaled}] via 10.0.0.2",
        f"[90/{scaled}] via 10.0.0.3",
    ]
