"""Skipping quiet periods gives what the long way gives, to the last bit."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from twin_cases import (
    LAN,
    TUNNEL,
    WAN,
    change,
    cloud,
    config_of,
    ping,
    reflected,
    static_cloud,
    with_nhrp,
    with_tunnel,
)
from twin_states import described

from labs.twin.network import Network
from labs.twin.packet import Packet

HOUR_S = 3600.0
SHORT_S = 30.0
"""Nobody looks for a period in a wait as short as this."""


def the_long_way(network: Network, seconds: float) -> None:
    end = network.now + seconds
    while network.now < end:
        network.run_until(min(end, network.now + SHORT_S))


def state(network: Network) -> list[str]:
    """Write down all but the numbers that order the timers."""
    timers = sorted((name, moment[0]) for name, moment in network.clock.armed.items())
    told = [line for line in described(network) if not line.startswith("network.clock")]
    return [*told, *map(str, timers)]


def events(network: Network) -> int:
    return network.clock.sequence


def bgp_cloud() -> Network:
    network = cloud(protected=False)
    reflected(network)
    return network


def slow_cloud() -> Network:
    """The legacy defaults: registrations are rare, hellos are not."""
    network = cloud(protected=False)
    for name in ("hub1", "spoke1", "spoke2", "spoke3"):
        change(network, name, with_nhrp(config_of(network, name), holdtime_s=7200))
    return network


def odd_cloud() -> Network:
    """Intervals with a long common period."""
    network = cloud(protected=False)
    for number in (1, 2, 3):
        name = f"spoke{number}"
        timeout = 500 + 7 * number
        changed = with_nhrp(config_of(network, name), registration_timeout_s=timeout)
        change(network, name, changed)
    return network


QUIET: dict[str, Callable[[], Network]] = {
    "eigrp": lambda: cloud(protected=False),
    "protected": cloud,
    "bgp": bgp_cloud,
    "static": lambda: static_cloud(protected=False),
    "legacy": slow_cloud,
}


@pytest.mark.parametrize("make", QUIET.values(), ids=QUIET)
def test_a_quiet_cloud_is_skipped_and_stands_where_it_would_stand(
    make: Callable[[], Network],
) -> None:
    network = make()
    network.run_for(SHORT_S)
    walked = network.fork()
    network.run_for(HOUR_S)
    the_long_way(walked, HOUR_S)
    assert state(network) == state(walked)
    assert events(network) < events(walked) / 2
    network.run_for(HOUR_S / 6)
    the_long_way(walked, HOUR_S / 6)
    assert state(network) == state(walked)


def shortcut(network: Network) -> None:
    ping(network, "spoke1", "10.1.2.1", source=LAN)


def cut_hub(network: Network) -> None:
    network.set_link(("hub1", WAN), up=False)


def cut_internet(network: Network) -> None:
    """The spokes see no change of a line: their peer is silent."""
    network.set_link(("internet", "GigabitEthernet1"), up=False)


def lossy(network: Network) -> None:
    network.set_loss(("spoke1", WAN), 0.2)


def wrong_key(network: Network) -> None:
    change(network, "spoke1", with_nhrp(config_of(network, "spoke1"), authentication="wrong"))


def without_hub(network: Network) -> None:
    network.remove("hub1")


def no_eigrp(network: Network) -> None:
    change(network, "spoke2", replace(config_of(network, "spoke2"), eigrp=()))


def unprotect(network: Network) -> None:
    """The others complain of clear packets, once a minute."""
    change(network, "spoke1", with_tunnel(config_of(network, "spoke1"), ipsec_profile=None))


@pytest.mark.parametrize(
    "disturb", [unprotect, shortcut, cut_hub, cut_internet, lossy, wrong_key, without_hub, no_eigrp]
)
@pytest.mark.parametrize("protected", [True, False])
def test_whatever_happened_the_skip_tells_the_same(
    disturb: Callable[[Network], None], *, protected: bool
) -> None:
    network = cloud(protected=protected)
    network.run_for(SHORT_S)
    disturb(network)
    walked = network.fork()
    network.run_for(HOUR_S / 3)
    the_long_way(walked, HOUR_S / 3)
    assert state(network) == state(walked)


def test_intervals_without_a_short_common_period_are_no_obstacle() -> None:
    network = odd_cloud()
    network.run_for(SHORT_S)
    walked = network.fork()
    network.run_for(HOUR_S)
    the_long_way(walked, HOUR_S)
    assert state(network) == state(walked)
    assert events(network) < events(walked) / 2


class Count:
    """A capture that counts."""

    packets = 0

    def take(self, packet: Packet, now: float) -> None:
        self.packets += 1


def test_who_captures_sees_every_packet() -> None:
    network = cloud(protected=False)
    network.run_for(SHORT_S)
    tap = Count()
    network.tap(("spoke1", TUNNEL), tap)
    network.run_for(HOUR_S)
    assert tap.packets > 2 * HOUR_S / 5


def test_an_hour_in_one_go_ends_at_the_hour() -> None:
    network = cloud(protected=False)
    network.run_for(HOUR_S + 0.25)
    assert network.now == HOUR_S + 0.25


def test_a_quiet_day_takes_few_events() -> None:
    network = cloud(8, protected=False)
    network.run_for(SHORT_S)
    before = events(network)
    network.run_for(24 * HOUR_S)
    assert events(network) - before < 24 * 3600 / 5
