"""The routing table and its forwarding view."""

from ipaddress import IPv4Address, IPv4Network

import pytest

from labs.twin.effects import RouteEntry
from labs.twin.rib import CefPath, Rib

HUB = IPv4Address("10.0.0.1")
PEER = IPv4Address("10.0.0.3")
LAN = IPv4Network("172.16.2.0/24")
HOST = IPv4Address("172.16.2.5")


def entry(
    prefix: str,
    source: str,
    *,
    distance: int = 0,
    metric: int = 0,
    next_hop: IPv4Address | None = None,
    interface: str | None = None,
) -> RouteEntry:
    return RouteEntry(
        network=IPv4Network(prefix),
        source=source,
        distance=distance,
        metric=metric,
        next_hop=next_hop,
        interface=interface,
    )


def put(rib: Rib, owner: str, *entries: RouteEntry, now: float = 0.0) -> bool:
    return rib.offer(owner, entries[0].network, entries, now)


@pytest.fixture
def rib() -> Rib:
    """A spoke: tunnel and WAN connected, default out of the WAN."""
    table = Rib()
    put(table, "connected Tunnel0", entry("10.0.0.0/24", "connected", interface="Tunnel0"))
    put(table, "local Tunnel0", entry("10.0.0.2/32", "local", interface="Tunnel0"))
    put(table, "connected Gi1", entry("192.0.2.20/30", "connected", interface="Gi1"))
    gateway = IPv4Address("192.0.2.21")
    put(table, "static", entry("0.0.0.0/0", "static", distance=1, next_hop=gateway))
    return table


def summary(next_hop: IPv4Address = HUB) -> RouteEntry:
    return entry(
        "172.16.0.0/16", "eigrp", distance=90, metric=5, next_hop=next_hop, interface="Tunnel0"
    )


def specific(next_hop: IPv4Address = HUB) -> RouteEntry:
    return entry(
        "172.16.2.0/24", "eigrp", distance=90, metric=5, next_hop=next_hop, interface="Tunnel0"
    )


def shortcut() -> RouteEntry:
    return entry(
        "172.16.2.0/24", "nhrp", distance=250, metric=255, next_hop=PEER, interface="Tunnel0"
    )


def test_the_longest_match_wins(rib: Rib) -> None:
    put(rib, "eigrp 1", summary())
    put(rib, "eigrp 1", specific(PEER))
    assert rib.via(HOST).next_hop == PEER  # type: ignore[union-attr]
    assert rib.via(IPv4Address("172.16.9.9")).next_hop == HUB  # type: ignore[union-attr]
    assert rib.via(IPv4Address("8.8.8.8")).interface == "Gi1"  # type: ignore[union-attr]


def test_the_lowest_distance_wins_and_the_next_one_follows(rib: Rib) -> None:
    put(rib, "bgp 1", entry("172.16.2.0/24", "bgp", distance=200, next_hop=PEER))
    put(rib, "eigrp 1", specific())
    assert rib.exact(LAN).source == "eigrp"  # type: ignore[union-attr]
    rib.offer("eigrp 1", LAN, (), 0.0)
    assert rib.exact(LAN).source == "bgp"  # type: ignore[union-attr]
    rib.offer("bgp 1", LAN, (), 0.0)
    assert rib.exact(LAN) is None


def test_a_floating_static_stands_in_when_the_other_one_goes(rib: Rib) -> None:
    main = entry("172.16.2.0/24", "static", distance=1, interface="Tunnel0", next_hop=HUB)
    spare = entry("172.16.2.0/24", "static", distance=250, next_hop=IPv4Address("192.0.2.21"))
    put(rib, "static", main, spare)
    assert [path.distance for path in rib.exact(LAN).paths] == [1]  # type: ignore[union-attr]
    put(rib, "static", spare)
    assert [path.distance for path in rib.exact(LAN).paths] == [250]  # type: ignore[union-attr]


def test_equal_paths_are_kept_together_and_chosen_by_flow(rib: Rib) -> None:
    put(rib, "eigrp 1", specific(HUB), specific(PEER))
    assert len(rib.exact(LAN).paths) == 2  # type: ignore[union-attr]
    hops = {rib.via(HOST, flow=flow).next_hop for flow in (0, 1)}  # type: ignore[union-attr]
    assert hops == {HUB, PEER}


def test_a_next_hop_is_resolved_through_other_routes(rib: Rib) -> None:
    put(rib, "bgp 1", entry("172.16.2.0/24", "bgp", distance=200, next_hop=PEER))
    via = rib.via(HOST)
    assert via is not None
    assert (via.interface, via.next_hop) == ("Tunnel0", PEER)
    assert rib.cef(HOST).paths == (
        CefPath(kind="nexthop", interface="Tunnel0", next_hop=PEER, recursive_via=PEER),
    )


def test_a_route_whose_next_hop_disappears_is_withdrawn(rib: Rib) -> None:
    lost = IPv4Network("192.0.2.20/30")
    assert rib.exact(IPv4Network("0.0.0.0/0")) is not None
    rib.offer("connected Gi1", lost, (), 0.0)
    assert rib.exact(IPv4Network("0.0.0.0/0")) is None
    put(rib, "connected Gi1", entry("192.0.2.20/30", "connected", interface="Gi1"))
    assert rib.exact(IPv4Network("0.0.0.0/0")) is not None


def test_a_route_cannot_be_its_own_way(rib: Rib) -> None:
    put(rib, "static", entry("172.16.2.0/24", "static", distance=1, next_hop=HOST))
    # Only the default route leads to the next hop, and it leads out of the WAN.
    assert rib.via(HOST).interface == "Gi1"  # type: ignore[union-attr]
    rib.offer("static", IPv4Network("0.0.0.0/0"), (), 0.0)
    assert rib.exact(LAN) is None


def test_an_h_route_is_installed_beside_a_summary(rib: Rib) -> None:
    put(rib, "eigrp 1", summary())
    put(rib, "nhrp Tunnel0", shortcut())
    assert rib.via(HOST).next_hop == PEER  # type: ignore[union-attr]
    assert rib.via(HOST, nhrp=False).next_hop == HUB  # type: ignore[union-attr]
    assert rib.via(HOST, nhrp=False).network == IPv4Network("172.16.0.0/16")  # type: ignore[union-attr]
    assert not rib.covers(LAN)


def test_an_h_route_never_beats_a_route_of_the_same_prefix(rib: Rib) -> None:
    put(rib, "eigrp 1", specific())
    put(rib, "nhrp Tunnel0", shortcut())
    assert rib.exact(LAN).source == "eigrp"  # type: ignore[union-attr]
    assert rib.covers(LAN)


def test_an_override_moves_packets_but_not_the_route(rib: Rib) -> None:
    put(rib, "eigrp 1", specific())
    assert rib.put_override("Tunnel0", LAN, PEER, 4.0)
    route = rib.exact(LAN)
    assert route is not None
    assert route.paths[0].next_hop == HUB
    assert route.override is not None
    assert route.override.since == 4.0
    via = rib.via(HOST)
    assert via is not None
    assert (via.next_hop, via.overridden) == (PEER, True)
    assert rib.cef(HOST).paths[0].next_hop == PEER
    assert rib.via(HOST, nhrp=False).next_hop == HUB  # type: ignore[union-attr]
    assert rib.put_override("Tunnel0", LAN, None, 5.0)
    assert rib.via(HOST).next_hop == HUB  # type: ignore[union-attr]


def test_only_the_tunnel_that_set_an_override_removes_it(rib: Rib) -> None:
    put(rib, "eigrp 1", specific())
    rib.put_override("Tunnel0", LAN, PEER, 0.0)
    assert not rib.put_override("Tunnel1", LAN, None, 0.0)
    assert rib.via(HOST).next_hop == PEER  # type: ignore[union-attr]


def test_a_route_keeps_its_age_until_its_terms_change(rib: Rib) -> None:
    put(rib, "eigrp 1", specific(), now=10.0)
    assert not put(rib, "eigrp 1", specific(), now=20.0)
    assert rib.exact(LAN).paths[0].since == 10.0  # type: ignore[union-attr]
    assert put(rib, "eigrp 1", specific(PEER), now=30.0)
    assert rib.exact(LAN).paths[0].since == 30.0  # type: ignore[union-attr]


def test_cef_names_what_is_not_a_next_hop(rib: Rib) -> None:
    put(rib, "eigrp 1", entry("10.0.0.0/8", "eigrp", distance=5, interface="Null0"))
    kinds = {
        "10.0.0.2": "receive",
        "10.0.0.9": "attached",
        "10.9.9.9": "drop",
    }
    assert {a: rib.cef(IPv4Address(a)).paths[0].kind for a in kinds} == kinds
    empty = Rib()
    assert empty.cef(HOST).paths[0].kind == "no route"
    assert empty.via(HOST) is None


def test_withdrawing_an_owner_takes_only_its_routes(rib: Rib) -> None:
    put(rib, "eigrp 1", summary())
    put(rib, "eigrp 1", specific())
    before = len(rib)
    assert rib.withdraw_owner("eigrp 1", 0.0)
    assert len(rib) == before - 2
    assert not rib.withdraw_owner("eigrp 1", 0.0)


def test_routes_come_in_order_of_prefix(rib: Rib) -> None:
    put(rib, "eigrp 1", summary())
    put(rib, "eigrp 1", specific())
    prefixes = [str(route.network) for route in rib.routes()]
    assert prefixes == [
        "0.0.0.0/0",
        "10.0.0.0/24",
        "10.0.0.2/32",
        "172.16.0.0/16",
        "172.16.2.0/24",
        "192.0.2.20/30",
    ]
