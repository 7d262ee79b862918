"""What stands while a question is under way, refusals, errors, loops, purges, NAT."""

from dataclasses import replace

import pytest
from twin_overlay import LEGACY, TUNNEL, Cloud, Node, ip, net, phase3, pings

from labs.twin.effects import HandNhrp, SendNhrp
from labs.twin.nhrp import EntryType
from labs.twin.nhrp.resolution import Reason
from labs.twin.packet import Icmp, IcmpKind, Nhrp, NhrpClient, NhrpType, Packet


def packet(destination: str, source: str = "10.0.0.2") -> Packet:
    return Packet(src=ip(source), dst=ip(destination), payload=Icmp(kind=IcmpKind.ECHO))


def request(destination: str, **more: object) -> Nhrp:
    """A resolution request of a spoke that is not part of the cloud."""
    message = Nhrp(
        type=NhrpType.RESOLUTION_REQUEST,
        request_id=77,
        source_nbma=ip("192.0.2.50"),
        source=ip("10.0.0.50"),
        destination=ip(destination),
        clients=(NhrpClient(holdtime_s=600),),
    )
    return replace(message, **more)  # type: ignore[arg-type]


def sends(node: Node, message: Nhrp, source: str = "192.0.2.50") -> list[SendNhrp]:
    effects = node.machine.receive(message, ip(source), node.cloud.now)
    return [effect for effect in effects if isinstance(effect, SendNhrp)]


# --- while a question is under way


def test_a_peer_that_is_asked_for_is_mapped_to_the_server_meanwhile() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    cloud.deaf = {ip("192.0.2.3")}
    nbma, _ = a.machine.resolve(ip("10.0.0.3"), packet("10.0.0.3"), cloud.now)
    entry = a.machine.cache[net("10.0.0.3/32")]
    assert nbma == entry.nbma == ip("192.0.2.1")
    assert (entry.type, entry.flags, entry.attributes) == (
        EntryType.DYNAMIC,
        ("used", "temporary"),
        "I2",
    )
    assert entry.expires == cloud.now + 180.0


def test_the_reply_replaces_the_temporary_entry() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    _, effects = a.machine.resolve(ip("10.0.0.3"), packet("10.0.0.3"), cloud.now)
    cloud.perform(a, effects)
    cloud.run(cloud.now + 1.0)
    entry = a.machine.cache[net("10.0.0.3/32")]
    assert (entry.nbma, entry.flags) == (ip("192.0.2.3"), ("router", "nhop"))
    assert not a.machine._resolver.questions


def test_an_unanswered_question_is_forgotten_with_its_temporary_entry() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    cloud.deaf = {ip("192.0.2.3")}
    start = cloud.now
    _, effects = a.machine.resolve(ip("10.0.0.3"), packet("10.0.0.3"), start)
    cloud.perform(a, effects)
    cloud.run(start + 179.0)
    assert net("10.0.0.3/32") in a.machine.cache
    asked = a.counted(NhrpType.RESOLUTION_REQUEST)
    assert asked > 5
    cloud.run(start + 181.0)
    assert net("10.0.0.3/32") not in a.machine.cache
    cloud.run(start + 600.0)
    assert a.counted(NhrpType.RESOLUTION_REQUEST) == asked


def test_a_refused_question_leaves_a_negative_entry_that_counts() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    pings(cloud, "a", "10.0.0.2", "10.0.0.77", 4)
    entry = a.machine.cache[net("10.0.0.77/32")]
    assert (entry.type, entry.flags, entry.nbma) == (EntryType.INCOMPLETE, ("negative",), None)
    assert entry.hits == 4
    assert a.counted(NhrpType.RESOLUTION_REQUEST) == 1
    cloud.run(cloud.now + 180.0)
    assert net("10.0.0.77/32") not in a.machine.cache


def test_a_hub_without_server_has_an_incomplete_entry_at_once() -> None:
    cloud = phase3()
    hub = cloud.nodes["hub"]
    hub.machine.resolve(ip("10.0.0.77"), packet("10.0.0.77"), cloud.now)
    assert hub.machine.cache[net("10.0.0.77/32")].type is EntryType.INCOMPLETE


def test_a_server_only_router_asks_for_nothing() -> None:
    cloud = phase3(server_only=True)
    a = cloud.nodes["a"]
    pings(cloud, "a", "172.16.2.1", "172.16.3.1", 3)
    pings(cloud, "a", "10.0.0.2", "10.0.0.3", 3)
    assert a.counted(NhrpType.RESOLUTION_REQUEST) == 0
    assert not [e for e in a.machine.cache.values() if e.pending]
    assert cloud.nodes["b"].counted(NhrpType.RESOLUTION_REQUEST) == 0


# --- refusals and errors


def test_a_request_for_what_nobody_has_is_refused_with_code_12() -> None:
    hub = phase3().nodes["hub"]
    (reply,) = sends(hub, request("203.0.113.9"))
    assert reply.nbma == ip("192.0.2.50")
    assert (reply.message.type, reply.message.request_id) == (NhrpType.RESOLUTION_REPLY, 77)
    assert reply.message.clients[0].code == 12


def test_a_request_that_comes_round_is_a_loop() -> None:
    hub = phase3().nodes["hub"]
    mine = NhrpClient(nbma=ip("192.0.2.1"), protocol=ip("10.0.0.1"))
    (error,) = sends(hub, request("172.16.3.1", forward_record=(mine,)))
    assert (error.message.type, error.message.error_code) == (NhrpType.ERROR_INDICATION, 3)
    assert error.message.destination == ip("10.0.0.50")
    assert error.message.about is not None
    assert error.message.about.request_id == 77
    other = NhrpClient(nbma=ip("192.0.2.7"), protocol=ip("10.0.0.7"))
    (onward,) = sends(hub, request("172.16.3.1", forward_record=(other,)))
    assert (onward.nbma, onward.message.forward_record) == (
        ip("192.0.2.3"),
        (other, NhrpClient(nbma=ip("192.0.2.1"), protocol=ip("10.0.0.1"))),
    )


def test_two_routers_that_point_at_each_other_end_the_loop() -> None:
    # a default route each to the other hub: nobody owns the target
    cloud = Cloud()
    one = cloud.node("one", 1, hubs=(1, 2))
    two = cloud.node("two", 2, hubs=(1, 2))
    maps = ((ip("10.0.0.1"), ip("192.0.2.1")), (ip("10.0.0.2"), ip("192.0.2.2")))
    three = cloud.node("three", 3, hubs=(1,), maps=maps)
    for node in (one, two):
        node.set_nhrp(maps=tuple(pair for pair in maps if pair[0] != node.tunnel))
    cloud.start()
    cloud.run(2.0)
    one.route("203.0.113.0/24", "10.0.0.2")
    two.route("203.0.113.0/24", "10.0.0.1")
    three.route("203.0.113.0/24", "10.0.0.1")
    cloud.perform(three, three.machine._resolver.ask(ip("203.0.113.9"), Reason.REDIRECT, cloud.now))
    cloud.run(3.0)
    total = one.counted(NhrpType.RESOLUTION_REQUEST) + two.counted(NhrpType.RESOLUTION_REQUEST)
    assert 1 <= total <= 4
    assert three.machine.cache[net("203.0.113.9/32")].type is EntryType.INCOMPLETE
    assert not three.machine._resolver.questions, "told that there is no way: not asked again"


@pytest.mark.parametrize(("hops", "carried"), [(2, True), (1, False), (0, False)])
def test_the_hop_count_runs_out(hops: int, carried: bool) -> None:  # noqa: FBT001
    hub = phase3().nodes["hub"]
    (answer,) = sends(hub, request("172.16.3.1", hop_count=hops))
    if carried:
        assert (answer.nbma, answer.message.hop_count) == (ip("192.0.2.3"), hops - 1)
    else:
        assert (answer.message.type, answer.message.error_code) == (NhrpType.ERROR_INDICATION, 15)


def test_an_error_goes_hop_by_hop_to_the_source_and_causes_no_other() -> None:
    cloud = phase3()
    hub, a = cloud.nodes["hub"], cloud.nodes["a"]
    error = Nhrp(
        type=NhrpType.ERROR_INDICATION,
        request_id=0,
        source_nbma=ip("192.0.2.3"),
        source=ip("10.0.0.3"),
        destination=ip("10.0.0.2"),
        error_code=15,
        about=request("172.16.3.1", source=ip("10.0.0.2")),
    )
    (onward,) = sends(hub, error, "192.0.2.3")
    assert onward.nbma == ip("192.0.2.2")
    assert sends(hub, replace(error, destination=ip("10.0.0.99")), "192.0.2.3") == []
    assert sends(a, onward.message, "192.0.2.1") == []


def test_an_error_about_our_question_ends_the_asking() -> None:
    cloud = phase3()
    a = cloud.nodes["a"]
    cloud.deaf = {ip("192.0.2.3")}
    _, effects = a.machine.resolve(ip("10.0.0.3"), packet("10.0.0.3"), cloud.now)
    cloud.perform(a, effects)
    mine = a.sent[-1][1]
    error = a.machine.end.complaint(mine, 6)
    a.machine.receive(replace(error, about=replace(mine, request_id=99999)), ip("192.0.2.1"), 0.0)
    assert a.machine._resolver.questions, "about a question of somebody else"
    cloud.perform(a, a.machine.receive(error, ip("192.0.2.1"), cloud.now))
    assert not a.machine._resolver.questions
    assert a.machine.cache[net("10.0.0.3/32")].flags == ("negative",)


def test_a_registration_for_nobody_is_logged_twice_when_its_source_is_unknown() -> None:
    # FAULT_SWEEP F4: one line about the request, one about the error that could not be sent
    cloud = phase3()
    hub = cloud.nodes["hub"]
    wrong = request("10.0.0.254", type=NhrpType.REGISTRATION_REQUEST)
    effects = hub.machine.receive(wrong, ip("192.0.2.50"), cloud.now)
    said = [effect.text.partition("NHRP Encap Error for  ")[2] for effect in effects]
    assert [text.split(" , ")[0] for text in said] == ["Registration Request", "Error Indication"]


def test_records_are_left_out_where_the_interface_says_so() -> None:
    hub = phase3().nodes["hub"]
    hub.set_nhrp(record=False)
    (onward,) = sends(hub, request("172.16.3.1"))
    assert onward.message.forward_record == ()


def test_a_responder_interface_stands_in_the_replies() -> None:
    cloud = phase3()
    b = cloud.nodes["b"]
    b.set_nhrp(responder="Loopback1")
    (reply,) = sends(b, request("172.16.3.1"))
    assert reply.message.responder is not None
    assert reply.message.responder.protocol == ip("172.16.3.1")
    assert reply.message.clients[0].protocol == ip("10.0.0.3"), "the mapping is that of the tunnel"


def test_a_client_with_our_own_address_is_not_believed() -> None:
    hub = phase3().nodes["hub"]
    before = dict(hub.machine.cache)
    forged = request("10.0.0.1", type=NhrpType.REGISTRATION_REQUEST, source=ip("10.0.0.1"))
    assert sends(hub, forged) == []
    assert hub.machine.cache == before


# --- another tunnel of the domain


def test_a_request_is_handed_to_the_tunnel_its_way_leads_out_by() -> None:
    cloud = phase3()
    hub = cloud.nodes["hub"]
    other = replace(hub.config.interfaces[TUNNEL], name="Tunnel1", address=None)
    hub.config = replace(hub.config, interfaces={**hub.config.interfaces, "Tunnel1": other})
    hub.add("198.51.100.0/24", "Tunnel1", "eigrp", "10.5.0.2")
    (handed,) = hub.machine.receive(request("198.51.100.9"), ip("192.0.2.50"), cloud.now)
    assert isinstance(handed, HandNhrp)
    assert (handed.tunnel, handed.came_by, handed.nbma) == ("Tunnel1", TUNNEL, ip("192.0.2.50"))
    assert other.nhrp is not None
    foreign = replace(other, nhrp=replace(other.nhrp, network_id=2))
    hub.config = replace(hub.config, interfaces={**hub.config.interfaces, "Tunnel1": foreign})
    (reply,) = sends(hub, request("198.51.100.9"))
    assert reply.message.clients[0].prefix_length == 24, "the way out of the domain is our own"


# --- purge


@pytest.mark.parametrize("image", ["modern", "legacy"])
def test_a_purge_is_answered_where_the_owner_asks_for_it(image: str) -> None:
    # captures of `show ip nhrp traffic`: IOS counts purge replies, IOS-XE none
    cloud = Cloud()
    hub = cloud.node("hub", 1, redirect=True)
    settings = {"image": LEGACY} if image == "legacy" else {}
    for name, number in (("a", 2), ("b", 3)):
        cloud.node(name, number, **settings)  # type: ignore[arg-type]
    cloud.start()
    for name, number in (("a", 2), ("b", 3)):
        hub.route(f"172.16.{number}.0/24", f"10.0.0.{number}")
        cloud.nodes[name].route("172.16.0.0/16", "10.0.0.1")
    cloud.run(5.0)
    pings(cloud, "a", "172.16.2.1", "172.16.3.1", 3)
    a, b = cloud.nodes["a"], cloud.nodes["b"]
    assert net("172.16.3.0/24") in a.machine.cache
    b.unroute("172.16.3.0/24", "connected")
    b.unroute("172.16.3.1/32", "local")
    cloud.run(cloud.now + 1.0)
    assert net("172.16.3.0/24") not in a.machine.cache
    assert b.counted(NhrpType.PURGE_REQUEST) == 1
    replies = 1 if image == "legacy" else 0
    assert a.counted(NhrpType.PURGE_REPLY) == replies
    assert b.machine.counters.received.get(NhrpType.PURGE_REPLY, 0) == replies


def test_a_purge_of_somebody_else_takes_nothing() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1", 3)
    a = cloud.nodes["a"]
    forged = Nhrp(
        type=NhrpType.PURGE_REQUEST,
        request_id=5,
        source_nbma=ip("192.0.2.66"),
        source=ip("10.0.0.66"),
        destination=ip("10.0.0.2"),
        no_reply=True,
        clients=(
            NhrpClient(prefix_length=24, nbma=ip("192.0.2.66"), protocol=ip("172.16.3.0")),
            NhrpClient(prefix_length=32, nbma=ip("192.0.2.1"), protocol=ip("10.0.0.1")),
            NhrpClient(prefix_length=24),
        ),
    )
    before = dict(a.machine.cache)
    assert sends(a, forged, "192.0.2.66") == []
    assert a.machine.cache == before


def test_a_cleared_owner_takes_its_answers_back() -> None:
    cloud = phase3()
    pings(cloud, "a", "172.16.2.1", "172.16.3.1", 3)
    a, b = cloud.nodes["a"], cloud.nodes["b"]
    cloud.perform(b, b.machine.clear(cloud.now))
    cloud.run(cloud.now + 1.0)
    assert net("172.16.3.0/24") not in a.machine.cache
    assert b.counted(NhrpType.PURGE_REQUEST) >= 1


# --- NAT


def test_a_client_behind_nat_is_known_by_the_address_nat_gave_it() -> None:
    hub = phase3().nodes["hub"]
    message = request(
        "10.0.0.1",
        type=NhrpType.REGISTRATION_REQUEST,
        source_nbma=ip("10.99.0.2"),
        claimed_nbma=ip("10.99.0.2"),
    )
    (reply,) = sends(hub, message, "203.0.113.50")
    assert reply.nbma == ip("203.0.113.50")
    entry = hub.machine.cache[net("10.0.0.50/32")]
    assert (entry.nbma, entry.claimed) == (ip("203.0.113.50"), ip("10.99.0.2"))
    assert entry.attributes == "DN"
    # its question goes on with the address it is reached at; the owner learns both
    asking = request("172.16.3.1", source_nbma=ip("10.99.0.2"), claimed_nbma=ip("10.99.0.2"))
    (onward,) = sends(hub, asking, "203.0.113.50")
    assert onward.message.source_nbma == ip("203.0.113.50")
    b = hub.cloud.nodes["b"]
    (answer,) = sends(b, onward.message, "192.0.2.1")
    assert answer.nbma == ip("203.0.113.50")
    learned = b.machine.cache[net("10.0.0.50/32")]
    assert (learned.nbma, learned.claimed) == (ip("203.0.113.50"), ip("10.99.0.2"))
    assert learned.flags == ("router", "implicit")


def test_an_owner_behind_nat_is_reached_where_its_answer_came_from() -> None:
    cloud = phase3()
    a, b = cloud.nodes["a"], cloud.nodes["b"]
    _, effects = a.machine.resolve(ip("10.0.0.3"), packet("10.0.0.3"), cloud.now)
    asked = next(e.message for e in effects if isinstance(e, SendNhrp))
    (answer,) = sends(b, asked, "192.0.2.1")
    a.machine.receive(answer.message, ip("203.0.113.60"), cloud.now)
    entry = a.machine.cache[net("10.0.0.3/32")]
    assert (entry.nbma, entry.claimed) == (ip("203.0.113.60"), ip("192.0.2.3"))
    purge = Nhrp(
        type=NhrpType.PURGE_REQUEST,
        request_id=5,
        source_nbma=ip("192.0.2.3"),
        source=ip("10.0.0.3"),
        destination=ip("10.0.0.2"),
        no_reply=True,
        clients=(NhrpClient(prefix_length=32, nbma=ip("192.0.2.3"), protocol=ip("10.0.0.3")),),
    )
    a.machine.receive(purge, ip("203.0.113.60"), cloud.now)
    assert net("10.0.0.3/32") not in a.machine.cache, "it names itself by what it believes"
