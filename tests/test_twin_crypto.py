"""Two crypto machines on a fake wire: what they agree on, and how they part."""

import heapq
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from twin_cases import KEY, addr, crypto, device, interface

from labs.twin.chance import Chance
from labs.twin.crypto import CryptoMachine, IkeState, SessionStatus
from labs.twin.crypto.associations import move
from labs.twin.crypto.values import IllegalTransition
from labs.twin.device import CryptoConfig, DeviceConfig, TunnelConfig, TunnelMode
from labs.twin.effects import (
    CancelTimer,
    Effect,
    LogLine,
    RouteEntry,
    SendPacket,
    SetTimer,
    SocketChanged,
    Via,
)
from labs.twin.image import IMAGES
from labs.twin.packet import Gre, Icmp, IcmpKind, Ike, Packet

A, B = addr("192.0.2.1"), addr("192.0.2.2")
INNER = Packet(src=addr("10.0.0.1"), dst=addr("10.0.0.2"), payload=Icmp(kind=IcmpKind.ECHO))
GRE = Gre(key=1, payload=INNER)


@dataclass
class Place:
    """The surroundings of one machine."""

    config: DeviceConfig
    address: IPv4Address

    def nbma_source(self, tunnel: str) -> IPv4Address | None:
        return self.address if tunnel in self.config.interfaces else None

    def lookup(self, address: IPv4Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        raise NotImplementedError

    def route_covers(self, network: IPv4Network, vrf: str = "") -> bool:
        raise NotImplementedError

    def interface_up(self, name: str) -> bool:
        raise NotImplementedError

    def socket_up(self, tunnel: str, nbma: IPv4Address) -> bool:
        raise NotImplementedError

    def routes(self, vrf: str = "") -> tuple[RouteEntry, ...]:
        raise NotImplementedError


def place(address: IPv4Address, settings: CryptoConfig, *, version: str = "17.3") -> Place:
    tunnel = TunnelConfig(
        source=address, mode=TunnelMode.GRE_MULTIPOINT, key=1, ipsec_profile="IPP"
    )
    config = device(
        interface("Tunnel0", "10.0.0.1/24", tunnel=tunnel), image=IMAGES[version], crypto=settings
    )
    return Place(config, address)


@dataclass
class Wire:
    """Carries packets between two machines and fires their timers, in order of time."""

    places: dict[IPv4Address, Place]
    now: float = 0.0
    cut: bool = False
    queue: list[tuple[float, int, str, object]] = field(default_factory=list)
    timers: dict[tuple[IPv4Address, str, str], int] = field(default_factory=dict)
    sockets: dict[IPv4Address, list[bool]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    carried: list[Ike] = field(default_factory=list)
    arrived: list[bool] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        self.machines = {a: CryptoMachine(p, Chance(int(a))) for a, p in self.places.items()}
        self.sockets = {a: [] for a in self.places}

    def put(self, at: float, kind: str, data: object) -> int:
        self.number += 1
        heapq.heappush(self.queue, (at, self.number, kind, data))
        return self.number

    def do(self, owner: IPv4Address, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case SendPacket():
                    if not self.cut:
                        self.put(self.now + 0.01, "packet", effect.packet)
                case SetTimer():
                    number = self.put(effect.at, "timer", (owner, effect.kind, effect.key))
                    self.timers[(owner, effect.kind, effect.key)] = number
                case CancelTimer():
                    self.timers.pop((owner, effect.kind, effect.key), None)
                case SocketChanged():
                    self.sockets[owner].append(effect.up)
                case LogLine():
                    self.log.append(effect.text)
                case _:
                    raise AssertionError(effect)

    def run(self, until: float) -> None:
        while self.queue and self.queue[0][0] <= until:
            at, number, kind, data = heapq.heappop(self.queue)
            self.now = at
            if kind == "esp":
                assert isinstance(data, tuple)
                self.arrived.append(self.machines[data[0]].unprotect(data[1], at) is not None)
            elif kind == "packet":
                assert isinstance(data, Packet)
                assert isinstance(data.payload, Ike)
                self.carried.append(data.payload)
                machine = self.machines[data.dst]
                self.do(data.dst, machine.receive(data.payload, data.src, data.dst, "", at))
            else:
                assert isinstance(data, tuple)
                if self.timers.get(data) == number:
                    del self.timers[data]
                    owner, name, key = data
                    self.do(owner, self.machines[owner].on_timer(name, key, at))
        self.now = until

    def open(self, at: IPv4Address) -> None:
        peer = B if at == A else A
        self.do(at, self.machines[at].open_socket("Tunnel0", peer, self.now))

    def send(self, sender: IPv4Address) -> None:
        """Send one packet through the tunnel, as fast as everything else."""
        receiver = B if sender == A else A
        esp, effects = self.machines[sender].protect("Tunnel0", receiver, GRE, self.now)
        self.do(sender, effects)
        if esp is not None:
            self.put(self.now + 0.01, "esp", (receiver, esp))

    def passes(self, sender: IPv4Address) -> bool:
        """Send one packet through the tunnel."""
        receiver = B if sender == A else A
        esp, effects = self.machines[sender].protect("Tunnel0", receiver, GRE, self.now)
        self.do(sender, effects)
        if esp is None:
            return False
        return self.machines[receiver].unprotect(esp, self.now) is not None


def pair(
    a: CryptoConfig | None = None, b: CryptoConfig | None = None, *, version: str = "17.3"
) -> Wire:
    settings = crypto()
    return Wire(
        {
            A: place(A, a or settings, version=version),
            B: place(B, b or settings, version=version),
        }
    )


def layers(wire: Wire) -> tuple[str | None, str | None]:
    return wire.machines[A].layer("Tunnel0", B), wire.machines[B].layer("Tunnel0", A)


def test_a_socket_comes_up_on_both_sides_and_carries_packets() -> None:
    wire = pair()
    wire.open(A)
    assert layers(wire) == ("IKE", "IKE")
    wire.run(1.0)
    assert layers(wire) == (None, None)
    assert wire.sockets == {A: [True], B: [True]}
    assert wire.passes(A)
    assert wire.passes(B)
    child = next(iter(wire.machines[A].children.values()))
    assert (child.encaps, child.decaps, child.tunnel_mode) == (1, 1, False)
    assert (
        "%DMVPN-5-CRYPTO_SS:  Tunnel0: local address : 192.0.2.1 "
        "remote address : 192.0.2.2 socket is UP"
    ) in wire.log


def test_both_sides_see_one_sa_with_the_same_suite() -> None:
    wire = pair()
    wire.open(A)
    wire.run(1.0)
    (ours,), (theirs,) = (tuple(wire.machines[at].sas.values()) for at in (A, B))
    assert ours.state is theirs.state is IkeState.READY
    assert ours.suite == theirs.suite
    assert (ours.local_spi, ours.remote_spi) == (theirs.remote_spi, theirs.local_spi)
    assert (ours.initiator, theirs.initiator) == (True, False)
    assert ours.suite is not None
    assert (ours.suite.encryption, ours.suite.group) == ("aes-gcm-256", 19)


def test_no_message_holds_the_key() -> None:
    wire = pair()
    wire.open(A)
    wire.run(1.0)
    assert len(wire.carried) == 4
    assert KEY not in repr(wire.carried)


@pytest.mark.parametrize("starter", [A, B])
def test_a_wrong_key_leaves_the_state_at_ike(starter: IPv4Address) -> None:
    wire = pair(b=crypto(key="other"))
    wire.open(starter)
    wire.run(5.0)
    assert layers(wire) == ("IKE", "IKE")
    assert not wire.machines[A].sas
    assert not wire.machines[B].sas
    assert wire.sockets == {A: [], B: []}
    assert not wire.passes(starter)


def test_a_wrong_key_that_is_repaired_comes_up_without_being_asked_again() -> None:
    wire = pair(b=crypto(key="other"))
    wire.open(A)
    wire.run(5.0)
    wire.places[B].config = replace(wire.places[B].config, crypto=crypto())
    wire.run(30.0)
    assert layers(wire) == (None, None)


def test_no_common_proposal_leaves_no_sa() -> None:
    wire = pair(b=crypto(encryption="aes-cbc-128"))
    wire.open(A)
    wire.run(5.0)
    assert layers(wire) == ("IKE", "IKE")
    assert not wire.machines[B].sas


def test_a_proposal_without_policy_falls_back_to_the_default_one() -> None:
    settings = crypto(encryption="aes-cbc-128", policy=False)
    wire = pair(settings, settings, version="15.5")
    wire.open(A)
    wire.run(1.0)
    suite = next(iter(wire.machines[A].sas.values())).suite
    assert suite is not None
    # as measured: case p3-eigrp-ikev2-fvrf-ivrf, show crypto ikev2 sa
    assert (suite.encryption, suite.prf, suite.integrity, suite.group) == (
        "aes-cbc-256",
        "sha512",
        "sha512",
        5,
    )


def test_another_group_than_guessed_costs_a_round_trip() -> None:
    two = crypto()
    proposal = replace(two.proposals["PROP"], groups=(14, 19))
    wire = pair(replace(two, proposals={"PROP": proposal}))
    wire.open(A)
    wire.run(1.0)
    assert layers(wire) == (None, None)
    assert len(wire.carried) == 6


def test_a_peer_that_no_profile_matches_is_refused() -> None:
    settings = crypto()
    profile = replace(settings.profiles["PF"], match_remote=(IPv4Network("198.51.100.0/24"),))
    wire = pair(b=replace(settings, profiles={"PF": profile}))
    wire.open(A)
    wire.run(5.0)
    assert layers(wire) == ("IKE", "IKE")


def test_a_key_for_one_peer_only_does_not_serve_another() -> None:
    wire = pair(a=crypto(peer="198.51.100.9/32"))
    wire.open(A)
    wire.run(5.0)
    assert layers(wire) == ("IKE", "IKE")


def test_no_common_transform_leaves_the_state_at_ipsec() -> None:
    wire = pair(b=crypto(transform=("esp-aes", "256", "esp-sha256-hmac")))
    wire.open(A)
    wire.run(1.0)
    assert layers(wire) == ("IPSEC", "IKE")
    session = wire.machines[A].sessions()[0]
    assert session.status is SessionStatus.UP_IDLE
    assert not wire.passes(A)


def test_modes_that_differ_end_in_tunnel_mode() -> None:
    wire = pair(b=crypto(mode="tunnel"))
    wire.open(A)
    wire.run(1.0)
    assert wire.passes(A)
    assert wire.passes(B)
    assert all(child.tunnel_mode for at in (A, B) for child in wire.machines[at].children.values())


def test_pfs_that_differs_shows_only_when_the_sa_pair_is_replaced() -> None:
    wire = pair(a=crypto(pfs_group=14))
    wire.open(A)
    wire.run(1.0)
    assert wire.passes(A)
    wire.run(3605.0)
    assert not wire.passes(A)
    assert layers(wire)[0] == "IPSEC"


def test_both_starting_at_once_end_with_one_sa_and_no_gap() -> None:
    wire = pair()
    wire.open(A)
    wire.open(B)
    for step in range(1, 300):
        wire.run(step * 0.01)
        wire.send(A)
        wire.send(B)
    assert len(wire.arrived) > 500
    assert all(wire.arrived)
    assert [len(wire.machines[at].sas) for at in (A, B)] == [1, 1]
    assert wire.sockets == {A: [True], B: [True]}


def test_a_lost_request_is_repeated() -> None:
    wire = pair()
    wire.cut = True
    wire.open(A)
    wire.run(1.0)
    wire.cut = False
    wire.run(3.0)
    assert layers(wire) == (None, None)


def test_a_silent_peer_is_given_up_and_tried_again() -> None:
    wire = pair()
    wire.cut = True
    wire.open(A)
    wire.run(60.0)
    assert wire.machines[A].sessions()[0].status is SessionStatus.DOWN_NEGOTIATING
    wire.run(65.0)
    assert wire.machines[A].sessions()[0].status is SessionStatus.DOWN
    wire.cut = False
    wire.run(90.0)
    assert layers(wire) == (None, None)


def test_a_dead_peer_is_noticed_by_dpd() -> None:
    wire = pair(crypto(dpd=(20, 5, "periodic")))
    wire.open(A)
    wire.run(1.0)
    wire.cut = True
    wire.run(40.0)
    assert layers(wire) == (None, None)
    wire.run(50.0)
    assert wire.sockets[A] == [True, False]
    assert layers(wire)[0] == "IKE"
    assert any(line.endswith("socket is DOWN") for line in wire.log)


def test_a_living_peer_stays_with_dpd() -> None:
    wire = pair(crypto(dpd=(20, 5, "periodic")))
    wire.open(A)
    wire.run(500.0)
    assert wire.sockets == {A: [True], B: [True]}
    assert any(ike.message.exchange == "info" for ike in wire.carried)  # type: ignore[attr-defined]


def test_dpd_on_demand_asks_only_when_packets_get_no_answer() -> None:
    settings = crypto(dpd=(20, 5, "on-demand"))
    wire = pair(settings, settings)
    wire.open(A)
    wire.run(1.0)
    wire.cut = True
    wire.run(200.0)
    assert wire.sockets[A] == [True]
    wire.machines[A].protect("Tunnel0", B, GRE, wire.now)
    wire.run(260.0)
    assert wire.sockets[A] == [True, False]


def test_without_dpd_nobody_notices() -> None:
    settings = crypto(dpd=None)
    wire = pair(settings, settings)
    wire.open(A)
    wire.run(1.0)
    wire.cut = True
    wire.run(3000.0)
    assert wire.sockets[A] == [True]


def test_sa_pairs_are_replaced_without_a_gap() -> None:
    wire = pair(crypto(lifetime_s=600), crypto(lifetime_s=600))
    wire.open(A)
    wire.run(1.0)
    first = set(wire.machines[A].children)
    for second in range(2, 1300):
        wire.run(float(second))
        assert wire.passes(A)
        assert wire.passes(B)
    assert not first & set(wire.machines[A].children)
    assert [len(wire.machines[at].children) for at in (A, B)] == [1, 1]
    assert wire.sockets == {A: [True], B: [True]}


def test_an_ike_sa_is_replaced_without_a_gap() -> None:
    settings = crypto(ike_lifetime_s=1000)
    wire = pair(settings, settings)
    wire.open(A)
    wire.run(1.0)
    first = set(wire.machines[A].sas)
    for second in range(2, 2200):
        wire.run(float(second))
        assert wire.passes(A)
        assert wire.passes(B)
    assert not first & set(wire.machines[A].sas)
    assert [len(wire.machines[at].sas) for at in (A, B)] == [1, 1]


def test_clearing_tells_the_peer_and_a_wanted_socket_comes_back() -> None:
    wire = pair()
    wire.open(A)
    wire.run(1.0)
    wire.do(A, wire.machines[A].clear(wire.now))
    wire.run(2.0)
    assert not wire.machines[B].sas
    assert wire.sockets == {A: [True, False], B: [True, False]}
    wire.run(20.0)
    assert layers(wire) == (None, None)


def test_closing_the_last_socket_ends_the_sas_on_both_sides() -> None:
    wire = pair()
    wire.open(A)
    wire.run(1.0)
    wire.do(A, wire.machines[A].close_socket("Tunnel0", B, wire.now))
    wire.run(30.0)
    assert [len(wire.machines[at].sas) for at in (A, B)] == [0, 0]
    assert not wire.machines[A].sockets
    assert wire.sockets[B] == [True, False]


def test_a_peer_that_lost_its_memory_is_taken_back() -> None:
    settings = crypto(dpd=None)
    wire = pair(settings, settings)
    wire.open(A)
    wire.run(1.0)
    wire.machines[A] = CryptoMachine(wire.places[A], Chance(99))
    wire.timers = {name: number for name, number in wire.timers.items() if name[0] != A}
    wire.open(A)
    wire.run(2.0)
    assert wire.passes(A)
    assert wire.passes(B)
    assert len(wire.machines[B].sas) == 1


def test_a_router_without_protection_answers_nothing() -> None:
    wire = pair()
    naked = wire.places[B].config
    tunnel = naked.interfaces["Tunnel0"].tunnel
    assert tunnel is not None
    bare = replace(naked.interfaces["Tunnel0"], tunnel=replace(tunnel, ipsec_profile=None))
    wire.places[B].config = replace(naked, interfaces={"Tunnel0": bare})
    wire.open(A)
    wire.run(5.0)
    assert layers(wire)[0] == "IKE"
    assert not wire.machines[B].sas
    assert all(ike.responder_spi == 0 for ike in wire.carried)


def test_an_illegal_transition_changes_nothing_and_tells_the_story() -> None:
    wire = pair()
    wire.open(A)
    wire.run(1.0)
    sa = next(iter(wire.machines[A].sas.values()))
    with pytest.raises(IllegalTransition) as caught:
        move(sa, "init answer")
    assert sa.state is IkeState.READY
    assert caught.value.history == ("IN-NEG init: init answer", "IN-NEG auth: auth answer")


def test_the_same_seed_gives_the_same_spis() -> None:
    spis = []
    for _ in range(2):
        wire = pair()
        wire.open(A)
        wire.run(1.0)
        spis.append(sorted(wire.machines[A].children))
    assert spis[0] == spis[1]
