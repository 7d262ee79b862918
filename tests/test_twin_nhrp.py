"""NHRP machines in pairs and triples through a fake wire, on a virtual clock."""

from collections import Counter

import pytest
from twin_overlay import LEGACY, Cloud, ip, net, phase3, pings

from labs.twin.device import NhsConfig
from labs.twin.nhrp import EntryType, NhsState, NhsStatus
from labs.twin.nhrp.errors import IllegalTransition
from labs.twin.nhrp.registration import NHS_TABLE, step
from labs.twin.packet import NhrpType

# --- registration


def test_registration_makes_both_ends_agree() -> None:
    cloud = phase3()
    hub, a = cloud.nodes["hub"], cloud.nodes["a"]
    state = a.machine.nhs[ip("10.0.0.1")]
    assert state.status is NhsStatus.RESPONDING
    assert (state.requests_sent, state.requests_failed, state.replies_received) == (1, 0, 1)
    assert hub.flags()["10.0.0.2/32"] == "registered nhop"
    assert hub.machine.cache[net("10.0.0.2/32")].expires == pytest.approx(600.01)
    assert hub.machine.multicast_targets() == (ip("192.0.2.2"), ip("192.0.2.3"))
    assert a.machine.multicast_targets() == (ip("192.0.2.1"),)
    assert a.flags() == {"10.0.0.1/32": ""}
    assert a.log == [
        (
            "%DMVPN-5-NHRP_NHS_UP: Tunnel0: Next Hop Server : (Tunnel: 10.0.0.1 NBMA: 192.0.2.1) "
            "for (Tunnel: 10.0.0.2 NBMA: 192.0.2.2) is UP"
        )
    ]
    assert hub.log[0] == (
        "%DMVPN-5-NHRP_NHC_UP: Tunnel0: Next Hop Client : (Tunnel: 10.0.0.2 NBMA: 192.0.2.2) "
        "for (Tunnel: 10.0.0.1 NBMA: 192.0.2.1) is UP"
    )


def test_registration_repeats_every_third_of_the_holdtime() -> None:
    cloud = phase3()
    cloud.run(1000.0)
    times = [at for at, m in cloud.nodes["a"].sent if m.type is NhrpType.REGISTRATION_REQUEST]
    assert times == [0.0, 200.0, 400.0, 600.0, 800.0, 1000.0]
    entry = cloud.nodes["hub"].machine.cache[net("10.0.0.2/32")]
    assert entry.created == pytest.approx(0.01)
    assert entry.expires == pytest.approx(800.01 + 600)


def test_registration_timeout_overrules_the_interval() -> None:
    cloud = phase3(registration_timeout_s=30)
    cloud.run(100.0)
    assert cloud.nodes["a"].counted(NhrpType.REGISTRATION_REQUEST) == 4


def test_unanswered_registration_backs_off_to_64_seconds() -> None:
    cloud = Cloud()
    a = cloud.node("a", 2)
    cloud.start()
    cloud.run(260.0)
    assert [at for at, _ in a.sent] == [0, 1, 3, 7, 15, 31, 63, 127, 191, 255]
    state = a.machine.nhs[ip("10.0.0.1")]
    assert state.status is NhsStatus.EXPECTING
    assert (state.retry_s, state.requests_failed, state.replies_received) == (64, 0, 0)
    assert {m.request_id for _, m in a.sent} == {1}
    assert a.log == [
        (
            "%DMVPN-5-NHRP_NHS_DOWN: Tunnel0: Next Hop Server : (Tunnel: 10.0.0.1 "
            "NBMA: 192.0.2.1 ) for (Tunnel: 10.0.0.2 NBMA: 192.0.2.2) is DOWN, Reason: "
            "NHRP Registration Failure(NHRP: no error)"
        )
    ]


@pytest.mark.parametrize("blocked", [True, False])
def test_deaf_server_was_sent_six_requests_after_105_seconds(blocked: bool) -> None:  # noqa: FBT001
    # FAULT_SWEEP, "Spoke side in W1-W4, F2, F3": req-sent 6, Ret 64 after 105 s, with and
    # without a protected path.
    cloud = Cloud(ipsec=True)
    cloud.node("hub", 1, authentication="other")
    a = cloud.node("a", 2)
    if blocked:
        cloud.blocked.add(frozenset((ip("192.0.2.1"), ip("192.0.2.2"))))
    cloud.start()
    cloud.run(105.0)
    state = a.machine.nhs[ip("10.0.0.1")]
    assert (state.requests_sent, state.retry_s, state.status) == (6, 64, NhsStatus.EXPECTING)


def test_registration_over_a_protected_path_goes_with_the_first_repetition() -> None:
    # FAULT_SWEEP P0: req-sent 1, the reply came a second after the tunnel.
    cloud = phase3(ipsec=True)
    state = cloud.nodes["a"].machine.nhs[ip("10.0.0.1")]
    assert (state.status, state.requests_sent) == (NhsStatus.RESPONDING, 1)
    assert cloud.nodes["a"].sent[0][0] == 1.0


def test_server_that_falls_silent_goes_down_and_comes_back() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    cloud.deaf.add(ip("192.0.2.1"))
    cloud.run(210.0)
    state = a.machine.nhs[ip("10.0.0.1")]
    assert state.status is NhsStatus.EXPECTING
    assert a.machine.cache[net("10.0.0.1/32")].up is False
    assert not a.machine.nhs_up
    cloud.deaf.clear()
    cloud.run(280.0)
    assert state.status is NhsStatus.RESPONDING
    assert [line.split(":")[0] for line in a.log] == [
        "%DMVPN-5-NHRP_NHS_UP",
        "%DMVPN-5-NHRP_NHS_DOWN",
        "%DMVPN-5-NHRP_NHS_UP",
    ]


@pytest.mark.parametrize("holdtime", [600, 7200])
def test_client_that_falls_silent_leaves_the_hub_after_its_own_holdtime(holdtime: int) -> None:
    cloud = phase3(holdtime_s=holdtime)
    hub = cloud.nodes["hub"]
    cloud.deaf.add(ip("192.0.2.2"))
    cloud.run(holdtime)
    assert net("10.0.0.2/32") in hub.machine.cache
    cloud.run(holdtime + 1.0)
    assert net("10.0.0.2/32") not in hub.machine.cache
    assert hub.machine.multicast_targets() == (ip("192.0.2.3"),)
    assert hub.log[-1].endswith("is DOWN, Reason: External(NHRP Registration timeout)")


def test_wrong_authentication_is_refused_and_logged_in_the_spelling_of_ios() -> None:
    cloud = Cloud()
    hub = cloud.node("hub", 1, authentication="right")
    a = cloud.node("a", 2, authentication="wrong")
    cloud.start()
    cloud.run(0.5)
    assert hub.flags() == {}
    assert hub.log == [
        (
            "%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: Recieved wrong authentication string for  "
            "Registration Request , Reason:  authentication failure (11) on "
            "(Tunnel: 10.0.0.2 NBMA: 192.0.2.1)"
        )
    ]
    # FAULT_SWEEP F3: the hub encapsulates nothing for that spoke
    assert hub.counted(NhrpType.ERROR_INDICATION) == 0
    assert a.machine.counters.received == {}
    assert a.machine.nhs[ip("10.0.0.1")].status is NhsStatus.EXPECTING


def test_legacy_image_is_silent_about_wrong_authentication() -> None:
    cloud = Cloud()
    hub = cloud.node("hub", 1, image=LEGACY, authentication="right")
    cloud.node("a", 2, authentication="wrong")
    cloud.start()
    cloud.run(0.5)
    assert hub.flags() == {}
    assert hub.log == []


def test_unique_address_of_another_router_is_refused() -> None:
    cloud = Cloud()
    hub = cloud.node("hub", 1)
    cloud.node("a", 2, registration_unique=True)
    thief = cloud.node("thief", 2, registration_unique=True)
    thief.nbma = ip("192.0.2.99")
    cloud.start()
    cloud.run(0.5)
    assert hub.machine.cache[net("10.0.0.2/32")].nbma == ip("192.0.2.2")
    assert hub.flags() == {"10.0.0.2/32": "unique registered nhop"}
    assert thief.machine.nhs[ip("10.0.0.1")].requests_failed == 1
    assert thief.log == [
        (
            "%NHRP-3-PAKREPLY: Receive Registration Reply packet with error - "
            "unique address registered already(14)"
        )
    ]


def test_moved_client_replaces_its_entry_where_it_is_not_unique() -> None:
    cloud = Cloud()
    hub = cloud.node("hub", 1)
    a = cloud.node("a", 2)
    cloud.start()
    cloud.run(1.0)
    a.nbma = ip("198.51.100.7")
    cloud.run(201.0)
    assert hub.machine.cache[net("10.0.0.2/32")].nbma == ip("198.51.100.7")
    assert hub.machine.multicast_targets() == (ip("198.51.100.7"),)


def test_registration_for_another_server_is_an_encapsulation_error() -> None:
    # FAULT_SWEEP F4: the spoke names a server that is not the hub's address.
    cloud = Cloud()
    hub = cloud.node("hub", 1)
    cloud.node("a", 2, nhs=(NhsConfig(address=ip("10.0.0.254"), nbma=ip("192.0.2.1")),))
    cloud.start()
    cloud.run(0.5)
    assert hub.log == [
        (
            f"%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: NHRP Encap Error for  {what} , "
            "Reason:  protocol generic error (7) on (Tunnel: 10.0.0.1 NBMA: 192.0.2.1)"
        )
        for what in ("Registration Request", "Error Indication")
    ]


def test_static_map_without_server_never_comes_up() -> None:
    cloud = Cloud()
    a = cloud.node("a", 2, nhs=(), maps=((ip("10.0.0.1"), ip("192.0.2.1")),))
    cloud.start()
    cloud.run(10.0)
    entry = a.machine.cache[net("10.0.0.1/32")]
    assert (entry.up, entry.changed, entry.attributes) == (False, None, "S")
    assert a.sent == []


def test_point_to_point_tunnel_implies_the_entry_of_its_hub() -> None:
    cloud = Cloud()
    cloud.node("hub", 1)
    nhs = (NhsConfig(address=ip("10.0.0.1")),)
    a = cloud.node("a", 2, destination="192.0.2.1", nhs=nhs)
    cloud.start()
    cloud.run(1.0)
    assert a.machine.nhs[ip("10.0.0.1")].status is NhsStatus.RESPONDING
    assert a.machine.cache[net("10.0.0.1/32")].type is EntryType.STATIC
    assert a.machine.multicast_targets() == (ip("192.0.2.1"),)


def test_removed_server_is_asked_no_more_and_a_new_one_at_once() -> None:
    cloud = phase3()
    cloud.node("hub2", 9, hubs=(1, 9))
    cloud.start("hub2")
    a = cloud.nodes["a"]
    second = NhsConfig(address=ip("10.0.0.9"), nbma=ip("192.0.2.9"), multicast=True)
    a.set_nhrp(nhs=(second,))
    cloud.run(6.0)
    assert list(a.machine.nhs) == [ip("10.0.0.9")]
    assert a.machine.nhs[ip("10.0.0.9")].status is NhsStatus.RESPONDING
    assert list(a.machine.cache) == [net("10.0.0.9/32")]
    before = a.counted(NhrpType.REGISTRATION_REQUEST)
    cloud.run(300.0)
    assert a.counted(NhrpType.REGISTRATION_REQUEST) == before + 1


def test_table_raises_on_an_illegal_transition_and_changes_nothing() -> None:
    server = NhsState(address=ip("10.0.0.1"), history=("0.000 stop: WAITING",))
    with pytest.raises(IllegalTransition, match=r"event 'answer' in state 'WAITING'.*0\.000 stop"):
        step(server, "answer", 1.0)
    assert server.status is NhsStatus.WAITING


def test_table_leads_every_state_to_every_other() -> None:
    assert set(NHS_TABLE.values()) == set(NhsStatus)


# --- resolution between next hops (phase 2)


def test_next_hop_resolution_ends_with_the_published_caches() -> None:
    # p3-dualhub-single-cloud: no overlay routes, a spoke traces the other's tunnel address.
    cloud = Cloud()
    for name, number in (("h1", 1), ("h2", 9)):
        cloud.node(name, number, hubs=(1, 9), image=LEGACY, redirect=True)
    for name, number in (("r28", 10), ("r27", 20)):
        cloud.node(name, number, hubs=(1, 9), image=LEGACY)
    cloud.start()
    cloud.run(5.0)
    assert pings(cloud, "r27", "10.0.0.20", "10.0.0.10")[-1] == "r28 r27"
    r27, r28 = cloud.nodes["r27"], cloud.nodes["r28"]
    # Nothing but the pings uses these tunnels: the first went over h1 alone.
    assert r27.flags() == {
        "10.0.0.1/32": "",
        "10.0.0.9/32": "",
        "10.0.0.10/32": "router used nhop",
        "10.0.0.20/32": "router unique local",
    }
    assert r28.flags() == {
        "10.0.0.1/32": "",
        "10.0.0.9/32": "",
        "10.0.0.10/32": "router unique local",
        "10.0.0.20/32": "router used nhop",
    }
    local = r27.machine.cache[net("10.0.0.20/32")]
    assert (local.nbma, local.no_socket, local.next_hop) == (
        ip("192.0.2.20"),
        True,
        ip("10.0.0.20"),
    )
    assert [str(r.address) for r in local.requesters] == ["10.0.0.10"]
    ages = [e.created for n in (r27, r28) for e in n.machine.cache.values() if e.expires]
    assert max(ages) - min(ages) < 0.1
    assert all(e.expires == pytest.approx(7205, abs=1) for e in (local,))


def test_first_packet_takes_the_hub_and_the_second_the_direct_path() -> None:
    cloud = Cloud()
    hub = cloud.node("hub", 1)
    a, b = cloud.node("a", 2), cloud.node("b", 3)
    cloud.start()
    a.route("172.16.3.0/24", "10.0.0.3")
    b.route("172.16.2.0/24", "10.0.0.2")
    hub.route("172.16.2.0/24", "10.0.0.2")
    hub.route("172.16.3.0/24", "10.0.0.3")
    cloud.run(5.0)
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1", 1)[0] == "a hub b"
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1", 1) == ["a b", "b a"]
    entry = a.machine.cache[net("10.0.0.3/32")]
    assert (entry.attributes, " ".join(entry.flags)) == ("D", "router used nhop")


def test_miss_shows_an_incomplete_entry_for_three_minutes() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    pings(cloud, "a", "10.0.0.2", "10.0.0.77", 3)
    entry = a.machine.cache[net("10.0.0.77/32")]
    assert (entry.type, entry.flags, entry.attributes) == (
        EntryType.INCOMPLETE,
        ("negative",),
        "IX",
    )
    assert (entry.hits, entry.nbma) == (3, None)
    cloud.run(5.0 + 180.0 + 1.0)
    assert net("10.0.0.77/32") not in a.machine.cache


def test_hub_without_server_keeps_an_incomplete_entry_and_says_why() -> None:
    # p3-ibgp-dualhub: the hubs do not know each other: UNKNOWN ... IX.
    cloud = phase3()
    hub = cloud.nodes["hub"]
    cloud.ping(hub, "10.0.0.1", "10.0.0.77")
    assert hub.machine.cache[net("10.0.0.77/32")].attributes == "IX"
    assert hub.log[-1] == (
        "%DMVPN-3-DMVPN_NHRP_ERROR:  Tunnel0: NHRP Encap Error for  Resolution Request , "
        "Reason:  protocol generic error (7) on (Tunnel: 10.0.0.1 NBMA: 192.0.2.1)"
    )
    assert cloud.paths() == []


def test_lost_resolution_request_is_repeated_with_back_off() -> None:
    cloud = phase3()
    cloud.deaf.add(ip("192.0.2.3"))
    a = cloud.nodes["a"]
    start = cloud.now
    cloud.ping(a, "10.0.0.2", "10.0.0.3")
    cloud.run(start + 20.0)
    asked = [at - start for at, m in a.sent if m.type is NhrpType.RESOLUTION_REQUEST]
    assert asked == pytest.approx([0, 1, 3, 7, 15])
    cloud.deaf.clear()
    cloud.run(start + 32.0)
    assert a.flags()["10.0.0.3/32"] == "router nhop"


# --- shortcuts (phase 3)


def test_redirect_ends_with_the_published_flags_under_a_summary() -> None:
    cloud = phase3()
    paths = pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    assert paths[0] == "a hub b"
    assert paths[-2:] == ["a b", "b a"]
    a, b = cloud.nodes["a"], cloud.nodes["b"]
    assert a.flags() == {
        "10.0.0.1/32": "used",
        "10.0.0.3/32": "router nhop rib",
        "172.16.2.0/24": "router unique local",
        "172.16.3.0/24": "router used rib",
    }
    assert b.flags()["172.16.2.0/24"] == "router used rib"
    assert b.flags()["172.16.3.0/24"] == "router unique local"
    route = a.rib.exact(net("172.16.3.0/24"))
    assert route is not None
    assert (route.source, route.distance, route.metric) == ("nhrp", 250, 255)
    assert route.paths[0].next_hop == ip("10.0.0.3")
    host = a.rib.exact(net("10.0.0.3/32"))
    assert host is not None
    assert (host.source, host.paths[0].next_hop) == ("nhrp", None)
    assert a.machine.cache[net("172.16.3.0/24")].attributes == "DT1"
    assert a.machine.cache[net("10.0.0.3/32")].attributes == "DT1"


def test_redirect_overrides_the_next_hop_of_an_exact_route() -> None:
    cloud = phase3(summary=False)
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1")[-1] == "b a"
    a = cloud.nodes["a"]
    assert a.flags()["172.16.3.0/24"] == "router used rib nho"
    assert a.flags()["10.0.0.3/32"] == "router nhop rib"
    route = a.rib.exact(net("172.16.3.0/24"))
    assert route is not None
    assert route.source == "eigrp"
    assert route.override is not None
    assert route.override.next_hop == ip("10.0.0.3")
    assert a.machine.cache[net("172.16.3.0/24")].attributes == "DT2"


def test_shortcut_waits_for_the_protected_path_between_the_spokes() -> None:
    cloud = phase3(ipsec=True)
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1")[-2:] == ["a b", "b a"]
    assert ip("192.0.2.3") in cloud.nodes["a"].sockets


def test_blocked_spoke_pair_stays_on_the_hub() -> None:
    cloud = phase3(ipsec=True)
    cloud.blocked.add(frozenset((ip("192.0.2.2"), ip("192.0.2.3"))))
    assert set(pings(cloud, "a", "172.16.2.1", "172.16.3.1")) == {"a hub b", "b hub a"}


def test_spoke_without_shortcut_ignores_the_redirect() -> None:
    cloud = phase3(shortcut=False)
    assert set(pings(cloud, "a", "172.16.2.1", "172.16.3.1")) == {"a hub b", "b hub a"}
    assert cloud.nodes["hub"].counted(NhrpType.TRAFFIC_INDICATION) > 0
    assert cloud.nodes["a"].counted(NhrpType.RESOLUTION_REQUEST) == 0


def test_indications_are_sent_at_a_bounded_rate() -> None:
    cloud = phase3(shortcut=False)
    hub = cloud.nodes["hub"]
    pings(cloud, "a", "172.16.2.1", "172.16.3.1", 16)
    assert hub.counted(NhrpType.TRAFFIC_INDICATION) == 4
    assert hub.machine.counters.redirects_suppressed == 28


def test_redirect_is_dead_after_the_network_id_was_typed_anew() -> None:
    # FAULT_SWEEP T1.
    cloud = phase3()
    hub = cloud.nodes["hub"]
    hub.set_nhrp(network_id=None)
    assert hub.flags() == {}
    assert hub.log[-3].startswith(
        "%DMVPN-5-NHRP_NETID_UNCONFIGURED:  Tunnel0: NETID : 1 Unconfigured "
        "(Tunnel: 10.0.0.1 NBMA:  192.0.2.1)"
    )
    hub.set_nhrp(network_id=1)
    cloud.run(210.0)
    assert hub.flags()["10.0.0.2/32"].startswith("registered")
    cloud.perform(hub, hub.machine.stop(cloud.now, "administratively down"))
    cloud.perform(hub, hub.machine.start(cloud.now))
    cloud.run(420.0)
    assert set(pings(cloud, "a", "172.16.2.1", "172.16.3.1")) == {"a hub b", "b hub a"}
    assert hub.counted(NhrpType.TRAFFIC_INDICATION) == 0
    hub.machine.redirect_typed()
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1")[-1] == "b a"


def test_used_shortcut_is_refreshed_and_an_unused_one_ends() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    entry = a.machine.cache[net("172.16.3.0/24")]
    created, expires = entry.created, entry.expires
    assert expires is not None
    cloud.run(expires + 1)
    assert a.machine.cache[net("172.16.3.0/24")] is entry
    assert entry.created == created
    assert entry.flags == ("router", "rib")
    second = entry.expires
    assert second is not None
    assert second == pytest.approx(expires - 120 + 600, abs=1)
    cloud.run(second + 1)
    assert a.flags() == {"10.0.0.1/32": "used"}
    assert a.rib.exact(net("172.16.3.0/24")) is None
    assert a.rib.exact(net("10.0.0.3/32")) is None


def test_two_hour_holdtime_ends_to_the_second() -> None:
    cloud = phase3(holdtime_s=7200)
    a = cloud.nodes["a"]
    pings(cloud, "a", "10.0.0.2", "10.0.0.3", 1)
    entry = a.machine.cache[net("10.0.0.3/32")]
    entry.last_used = None
    cloud.run(7204.9)
    assert net("10.0.0.3/32") in a.machine.cache
    cloud.run(7206.0)
    assert net("10.0.0.3/32") not in a.machine.cache


def test_owner_purges_what_it_told_when_its_lan_goes() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    a, b = cloud.nodes["a"], cloud.nodes["b"]
    b.unroute("172.16.3.0/24", "connected")
    cloud.run(cloud.now + 1)
    assert net("172.16.3.0/24") not in a.machine.cache
    assert net("172.16.3.0/24") not in b.machine.cache
    assert a.rib.exact(net("172.16.3.0/24")) is None
    assert b.counted(NhrpType.PURGE_REQUEST) == 1
    assert a.counted(NhrpType.PURGE_REPLY) == 0


def test_shortcut_follows_the_route_it_stands_on() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    a = cloud.nodes["a"]
    a.route("172.16.3.0/24", "10.0.0.1")
    assert a.flags()["172.16.3.0/24"] == "router used rib nho"
    route = a.rib.exact(net("172.16.3.0/24"))
    assert route is not None
    assert route.override is not None
    a.unroute("172.16.3.0/24", "eigrp")
    assert a.flags()["172.16.3.0/24"] == "router used rib"
    a.unroute("172.16.0.0/16", "eigrp")
    assert net("172.16.3.0/24") not in a.machine.cache


def test_shortcut_goes_when_its_route_moves_to_another_hub() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    a = cloud.nodes["a"]
    a.route("172.16.0.0/16", "10.0.0.9")
    assert net("172.16.3.0/24") not in a.machine.cache


def test_lost_path_to_a_spoke_ends_its_shortcuts_and_reregisters_with_a_hub() -> None:
    cloud = phase3(ipsec=True)
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    hub, a, b = (cloud.nodes[name] for name in ("hub", "a", "b"))
    cloud.break_socket(a, b)
    assert a.flags() == {"10.0.0.1/32": "used", "172.16.2.0/24": "router unique local"}
    assert a.log[-1].endswith("is DOWN, Reason: External(NHRP: no error)")
    before = a.counted(NhrpType.REGISTRATION_REQUEST)
    cloud.break_socket(a, hub)
    cloud.run(cloud.now + 1)
    assert a.counted(NhrpType.REGISTRATION_REQUEST) == before + 1
    assert hub.flags()["10.0.0.2/32"].startswith("registered")


def test_clear_forgets_the_dynamic_and_keeps_the_static() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    a, b = cloud.nodes["a"], cloud.nodes["b"]
    cloud.perform(a, a.machine.clear(cloud.now))
    cloud.run(cloud.now + 1)
    assert list(a.flags()) == ["10.0.0.1/32"]
    assert net("172.16.2.0/24") not in b.machine.cache
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1")[-1] == "b a"


def test_clear_of_shortcuts_leaves_what_we_told() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    a = cloud.nodes["a"]
    cloud.perform(a, a.machine.clear_shortcuts(cloud.now))
    assert list(a.flags()) == ["10.0.0.1/32", "172.16.2.0/24"]


def test_clear_of_one_address_leaves_the_others() -> None:
    cloud = phase3()
    hub = cloud.nodes["hub"]
    cloud.perform(hub, hub.machine.clear(cloud.now, ip("10.0.0.2")))
    assert list(hub.flags()) == ["10.0.0.3/32"]
    assert hub.log[-1].endswith("Reason: administratively prohibited(NHRP: no error)")


def test_stopped_tunnel_forgets_all_and_comes_back() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1")
    a = cloud.nodes["a"]
    cloud.perform(a, a.machine.stop(cloud.now, "administratively down"))
    assert a.flags() == {}
    assert a.timers == {}
    assert [r.network for r in a.rib.routes() if r.source == "nhrp"] == []
    cloud.perform(a, a.machine.start(cloud.now))
    assert pings(cloud, "a", "172.16.2.1", "172.16.3.1")[-1] == "b a"


def test_point_to_point_spoke_is_no_target_of_a_shortcut() -> None:
    # PHASES section 6, invariant: a direct path to it would be a black hole.
    cloud = Cloud()
    hub = cloud.node("hub", 1, redirect=True)
    a = cloud.node("a", 2)
    b = cloud.node("b", 3, destination="192.0.2.1", nhs=(NhsConfig(address=ip("10.0.0.1")),))
    cloud.start()
    for node, other in ((a, 3), (b, 2)):
        node.route(f"172.16.{other}.0/24", "10.0.0.1")
        hub.route(f"172.16.{other}.0/24", f"10.0.0.{other}")
    cloud.run(5.0)
    assert set(pings(cloud, "a", "172.16.2.1", "172.16.3.1")) == {"a hub b", "b hub a"}


def test_two_hubs_serve_a_spoke_that_loses_one() -> None:
    cloud = Cloud()
    for name, number in (("h1", 1), ("h2", 9)):
        cloud.node(name, number, hubs=(1, 9), redirect=True)
    for name, number in (("a", 2), ("b", 3)):
        cloud.node(name, number, hubs=(1, 9))
    cloud.start()
    cloud.run(5.0)
    assert cloud.nodes["a"].machine.multicast_targets() == (ip("192.0.2.1"), ip("192.0.2.9"))
    cloud.deaf.add(ip("192.0.2.1"))
    cloud.run(250.0)
    states = Counter(s.status for s in cloud.nodes["a"].machine.nhs.values())
    assert states == {NhsStatus.RESPONDING: 1, NhsStatus.EXPECTING: 1}
    assert pings(cloud, "a", "10.0.0.2", "10.0.0.3")[-1] == "b a"


def test_looking_does_not_touch_the_cache() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    assert a.machine.peek(ip("10.0.0.1")) == ip("192.0.2.1")
    assert a.machine.peek(ip("10.0.0.3")) == ip("192.0.2.1")
    assert a.flags() == {"10.0.0.1/32": ""}
