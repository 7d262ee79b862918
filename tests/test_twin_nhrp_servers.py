"""Several next hop servers: priorities, clusters, how many at once, and falling back."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_consoles import booted, typed
from twin_overlay import Cloud, Node, ip

from labs.twin.device import NhsConfig
from labs.twin.nhrp import NhsStatus

RE, E, W = NhsStatus.RESPONDING, NhsStatus.EXPECTING, NhsStatus.WAITING


def servers(*wanted: tuple[int, int, int]) -> tuple[NhsConfig, ...]:
    """Write the lines of hubs as (number, priority, cluster)."""
    return tuple(
        NhsConfig(
            address=ip(f"10.0.0.{number}"),
            nbma=ip(f"192.0.2.{number}"),
            multicast=True,
            priority=priority,
            cluster=cluster,
        )
        for number, priority, cluster in wanted
    )


def homed(
    *lines: tuple[int, int, int],
    limits: dict[int, int] | None = None,
    fallback_s: int = 0,
    deaf: tuple[int, ...] = (),
) -> tuple[Cloud, Node]:
    """Boot hubs and a spoke that has these server lines."""
    cloud = Cloud()
    hubs = tuple(number for number, _, _ in lines)
    for number in sorted(hubs):
        cloud.node(f"hub{number}", number, hubs=hubs)
    spoke = cloud.node(
        "spoke",
        9,
        hubs=hubs,
        nhs=servers(*lines),
        nhs_limits=limits or {},
        nhs_fallback_s=fallback_s,
    )
    cloud.deaf = {ip(f"192.0.2.{number}") for number in deaf}
    cloud.start()
    cloud.run(2.0)
    return cloud, spoke


def states(spoke: Node) -> dict[int, NhsStatus]:
    return {int(address) & 0xFF: server.status for address, server in spoke.machine.nhs.items()}


def hold(cloud: Cloud, *numbers: int) -> None:
    """Make these hubs deaf, and only these."""
    cloud.deaf = {ip(f"192.0.2.{number}") for number in numbers}


@pytest.mark.parametrize(
    ("lines", "limits", "expected"),
    [
        # no limit: every server is in use, whatever its priority
        (((1, 2, 0), (2, 1, 0)), {}, {1: RE, 2: RE}),
        # the lowest number is best, not the first line
        (((1, 2, 0), (2, 1, 0)), {0: 1}, {1: W, 2: RE}),
        # equals: the first line
        (((2, 5, 0), (1, 5, 0)), {0: 1}, {1: W, 2: RE}),
        (((1, 1, 0), (2, 2, 0), (3, 3, 0)), {0: 2}, {1: RE, 2: RE, 3: W}),
        # each cluster by itself; a cluster without a line is not limited
        (
            ((1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2), (5, 9, 3), (6, 9, 3)),
            {1: 1, 2: 1},
            {1: RE, 2: W, 3: RE, 4: W, 5: RE, 6: RE},
        ),
        (((1, 1, 0), (2, 2, 0)), {0: 0}, {1: W, 2: W}),
        (((1, 1, 0), (2, 2, 0)), {0: 255}, {1: RE, 2: RE}),
        (((1, 1, 0), (2, 2, 0)), {7: 1}, {1: RE, 2: RE}),
    ],
)
def test_the_best_servers_of_each_cluster_are_used(
    lines: tuple[tuple[int, int, int], ...], limits: dict[int, int], expected: dict[int, NhsStatus]
) -> None:
    _, spoke = homed(*lines, limits=limits)
    assert states(spoke) == expected


def test_a_waiting_server_hears_nothing_of_us() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), limits={0: 1})
    cloud.run(3600.0)
    assert spoke.machine.nhs[ip("10.0.0.2")].requests_sent == 0
    assert not cloud.nodes["hub2"].machine.cache
    assert spoke.machine.multicast_targets() == (ip("192.0.2.1"),)


def test_the_best_waiting_server_takes_the_place_of_one_that_is_down() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), (3, 3, 0), limits={0: 1})
    hold(cloud, 1)
    cloud.run(200.0)  # the registration is due every 200 s
    assert states(spoke) == {1: RE, 2: W, 3: W}
    cloud.run(206.0)
    assert states(spoke) == {1: RE, 2: W, 3: W}, "two repetitions may stay unanswered"
    cloud.run(208.0)
    assert states(spoke) == {1: E, 2: RE, 3: W}
    assert ip("10.0.0.9") in {e.next_hop for e in cloud.nodes["hub2"].machine.cache.values()}
    assert spoke.machine.multicast_targets() == (ip("192.0.2.1"), ip("192.0.2.2"))


def test_a_server_that_is_down_is_probed_and_taken_back() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), limits={0: 1}, deaf=(1,))
    cloud.run(600.0)
    assert states(spoke) == {1: E, 2: RE}
    probes = spoke.machine.nhs[ip("10.0.0.1")].requests_sent
    hold(cloud)
    cloud.run(665.0)  # probes are at most 64 s apart
    assert spoke.machine.nhs[ip("10.0.0.1")].requests_sent > probes
    assert states(spoke) == {1: RE, 2: W}


def test_the_surplus_server_forgets_us_with_our_holdtime() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), limits={0: 1}, deaf=(1,))
    cloud.run(30.0)
    hold(cloud)
    cloud.run(100.0)
    assert states(spoke) == {1: RE, 2: W}
    entry = next(iter(cloud.nodes["hub2"].machine.cache.values()))
    assert entry.expires is not None
    cloud.run(entry.expires + 1.0)
    assert not cloud.nodes["hub2"].machine.cache


def test_falling_back_waits_until_the_better_server_has_answered_for_the_fallback_time() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), limits={0: 1}, fallback_s=60, deaf=(1,))
    cloud.run(20.0)
    assert states(spoke) == {1: E, 2: RE}
    hold(cloud)
    back = next_state(cloud, spoke, lambda found: found[1] is RE)
    assert states(spoke) == {1: RE, 2: RE}, "both are in use while it proves itself"
    cloud.run(back + 59.0)
    assert states(spoke) == {1: RE, 2: RE}
    cloud.run(back + 61.0)
    assert states(spoke) == {1: RE, 2: W}


def test_a_server_that_flaps_within_the_fallback_time_does_not_cost_the_other() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), limits={0: 1}, fallback_s=60, deaf=(1,))
    spoke.set_nhrp(registration_timeout_s=5)
    cloud.run(20.0)
    hold(cloud)
    back = next_state(cloud, spoke, lambda found: found[1] is RE)
    hold(cloud, 1)
    cloud.run(back + 70.0)
    assert states(spoke) == {1: E, 2: RE}


def next_state(
    cloud: Cloud, spoke: Node, reached: Callable[[dict[int, NhsStatus]], bool], limit_s: int = 700
) -> float:
    """Run second by second until the servers are as wanted; give the time."""
    for _ in range(limit_s):
        if reached(states(spoke)):
            return cloud.now
        cloud.run(cloud.now + 1.0)
    raise AssertionError(states(spoke))


def test_a_probed_server_that_is_not_needed_goes_back_to_waiting() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), (3, 3, 0), limits={0: 1}, deaf=(1, 2))
    next_state(cloud, spoke, lambda found: found[3] is RE)
    hold(cloud, 2)
    next_state(cloud, spoke, lambda found: found[1] is RE and found[3] is W)
    assert states(spoke) == {1: RE, 2: E, 3: W}
    hold(cloud)
    next_state(cloud, spoke, lambda found: found[2] is W)
    assert states(spoke) == {1: RE, 2: W, 3: W}


def test_all_are_probed_when_none_answers() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), (3, 3, 0), limits={0: 1}, deaf=(1, 2, 3))
    cloud.run(60.0)
    assert states(spoke) == {1: E, 2: E, 3: E}
    hold(cloud, 1)
    next_state(cloud, spoke, lambda found: found == {1: E, 2: RE, 3: W})


def test_a_better_line_typed_later_takes_over() -> None:
    cloud, spoke = homed((2, 2, 0), limits={0: 1})
    cloud.node("hub1", 1, hubs=(1, 2))
    cloud.start("hub1")
    spoke.set_nhrp(nhs=servers((2, 2, 0), (1, 1, 0)))
    assert states(spoke) == {2: RE, 1: E}, "the worse one is kept until the better one answers"
    cloud.run(cloud.now + 1.0)
    assert states(spoke) == {2: W, 1: RE}


def test_the_limit_and_the_lines_may_change_under_way() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), (3, 3, 0), limits={0: 1})
    spoke.set_nhrp(nhs_limits={0: 2})
    cloud.run(cloud.now + 1.0)
    assert states(spoke) == {1: RE, 2: RE, 3: W}
    spoke.set_nhrp(nhs_limits={0: 1})
    assert states(spoke) == {1: RE, 2: W, 3: W}
    spoke.set_nhrp(nhs=servers((2, 2, 0), (3, 3, 0)))
    cloud.run(cloud.now + 1.0)
    assert states(spoke) == {2: RE, 3: W}
    spoke.set_nhrp(nhs=servers((2, 2, 0), (3, 1, 0)))
    cloud.run(cloud.now + 1.0)
    assert states(spoke) == {2: W, 3: RE}
    spoke.set_nhrp(nhs_limits={})
    cloud.run(cloud.now + 1.0)
    assert states(spoke) == {2: RE, 3: RE}


def test_a_bounced_tunnel_chooses_anew() -> None:
    cloud, spoke = homed((1, 1, 0), (2, 2, 0), limits={0: 1}, deaf=(1,))
    cloud.run(60.0)
    cloud.perform(spoke, spoke.machine.stop(cloud.now, "admin"))
    hold(cloud)
    cloud.start("spoke")
    cloud.run(cloud.now + 2.0)
    assert states(spoke) == {1: RE, 2: W}


outages = st.lists(
    st.tuples(st.sets(st.integers(1, 4)), st.sampled_from([0.5, 3.0, 9.0, 70.0, 250.0])),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.permutations([0, 0, 1, 2]),
    st.integers(1, 4),
    st.sampled_from([0, 30]),
    outages,
    st.sets(st.integers(1, 4), max_size=3),
)
def test_whatever_happened_the_best_of_those_alive_are_in_use(
    priorities: list[int],
    limit: int,
    fallback_s: int,
    before: list[tuple[set[int], float]],
    dead: set[int],
) -> None:
    lines = [(number, priorities[number - 1], 0) for number in range(1, 5)]
    cloud, spoke = homed(*lines, limits={0: limit}, fallback_s=fallback_s)
    for deaf, seconds in before:
        hold(cloud, *deaf)
        cloud.run(cloud.now + seconds)
    hold(cloud, *dead)
    cloud.run(cloud.now + 600.0)
    order = sorted(range(1, 5), key=lambda number: priorities[number - 1])
    best = [number for number in order if number not in dead][:limit]
    found = states(spoke)
    assert {number for number, state in found.items() if state is RE} == set(best)
    waiting = {number for number, state in found.items() if state is W}
    assert not waiting & dead or len(best) == limit


# --- whole routers

HUB = """\
version 15.9
hostname hub{n}
interface GigabitEthernet0/0
 ip address 192.0.2.{n} 255.255.255.0
interface Tunnel0
 ip address 10.0.0.{n} 255.255.255.0
 ip nhrp network-id 1
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
end
"""
SPOKE = """\
version {version}
hostname spoke
interface GigabitEthernet0/0
 ip address 192.0.2.9 255.255.255.0
interface Tunnel0
 ip address 10.0.0.9 255.255.255.0
 no ip redirects
 ip nhrp network-id 1
 ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast priority 10 cluster 1
 ip nhrp nhs 10.0.0.2 nbma 192.0.2.2 multicast priority 20 cluster 1
 ip nhrp nhs cluster 1 max-connections 1
 ip nhrp nhs fallback 30
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
end
"""


def test_the_table_of_servers_shows_priority_cluster_and_who_waits() -> None:
    configs = {f"hub{n}": HUB.format(n=n) for n in (1, 2)}
    network = booted({**configs, "spoke": SPOKE.format(version="15.9")})
    assert typed(network, "spoke", "show ip nhrp nhs").splitlines() == [
        "Legend: E=Expecting replies, R=Responding, W=Waiting",
        "Tunnel0:",
        "10.0.0.1  RE priority = 10 cluster = 1",
        "10.0.0.2   W priority = 20 cluster = 1",
        "",
    ]
    network.set_link(("hub1", "GigabitEthernet0/0"), up=False)
    network.run_for(300.0)
    rows = typed(network, "spoke", "show ip nhrp nhs detail").splitlines()[2:4]
    assert [row.split("  req-sent")[0] for row in rows] == [
        "10.0.0.1   E priority = 10 cluster = 1",
        "10.0.0.2  RE priority = 20 cluster = 1",
    ]


def test_the_lines_are_kept_in_place_and_taken_back() -> None:
    network = booted({"spoke": SPOKE.format(version="17.3")})
    listing = typed(network, "spoke", "show running-config interface Tunnel0")
    wanted = SPOKE[SPOKE.index(" ip nhrp nhs 10.0.0.1") : SPOKE.index(" tunnel source")]
    assert wanted in listing
    typed(
        network,
        "spoke",
        "configure terminal",
        "interface Tunnel0",
        "no ip nhrp nhs fallback",
        "no ip nhrp nhs cluster 1 max-connections 1",
        "end",
    )
    settings = network.routers["spoke"].config.interfaces["Tunnel0"].nhrp
    assert settings is not None
    assert (settings.nhs_limits, settings.nhs_fallback_s, len(settings.nhs)) == ({}, 0, 2)


def test_a_server_may_be_named_as_in_the_host_table() -> None:
    named = SPOKE.replace("nbma 192.0.2.1", "nbma Hub1.example.com").format(version="17.3")
    named = named.replace("hostname spoke", "hostname spoke\nip host hub1.EXAMPLE.com 192.0.2.1")
    configs = {f"hub{n}": HUB.format(n=n) for n in (1, 2)}
    network = booted({**configs, "spoke": named})
    rows = typed(network, "spoke", "show ip nhrp nhs").splitlines()
    assert rows[2] == "10.0.0.1  RE  NBMA Address: 192.0.2.1 priority = 10 cluster = 1"
    line = " ip nhrp nhs 10.0.0.1 nbma Hub1.example.com multicast priority 10 cluster 1"
    assert line in typed(network, "spoke", "show running-config interface Tunnel0").splitlines()


def test_a_server_of_an_unknown_name_is_never_asked() -> None:
    named = SPOKE.replace("nbma 192.0.2.1", "nbma nowhere").format(version="17.3")
    configs = {f"hub{n}": HUB.format(n=n) for n in (1, 2)}
    network = booted({**configs, "spoke": named})
    rows = typed(network, "spoke", "show ip nhrp nhs").splitlines()
    assert rows[2].startswith("10.0.0.1   E")
    assert "NBMA Address" not in rows[2]
    assert rows[3] == "10.0.0.2  RE  NBMA Address: 192.0.2.2 priority = 20 cluster = 1"
