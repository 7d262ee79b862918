"""The IKEv2 and IPsec machine of one router, sans-I/O.

Theory of operation (RFC 7296; names in brackets are its sections).

A tunnel with protection needs a *crypto socket* for every peer: (tunnel, NBMA address). Opening
one looks for an IKE SA with the peer and starts one if there is none:

    initiator                                   responder
    INIT_SENT      -- IKE_SA_INIT ------------>  INIT_ANSWERED   suite agreed, nonces exchanged
    AUTH_SENT      <- IKE_SA_INIT -------------
                   -- IKE_AUTH, child -------->  READY           key proved, SA pair made
    READY          <- IKE_AUTH, child ---------

* No common suite: NO_PROPOSAL_CHOSEN, no SA on either side. Another group than the initiator
  guessed: INVALID_KE_PAYLOAD, it begins again with that group [1.2].
* No IKEv2 profile for the peer, no key or a wrong one: AUTHENTICATION_FAILED, both forget the SA
  [2.21.2]; the state of the peer stays IKE.
* No common transform set: the IKE SA stands, the child does not (NO_PROPOSAL_CHOSEN in IKE_AUTH);
  the state of the peer stays IPSEC. Transport mode is used when both ask for it, otherwise tunnel
  mode (measured: reference/FAULT_SWEEP.md F8).
* Every request is repeated after 2, 4, 8, 16, 32 s; then the SA is dead [2.4].
* Both sides may begin at the same moment. Then two SAs become READY; the one in which the lowest
  of the four nonces was used is deleted by the side that began it [2.8.1].
* INITIAL_CONTACT in IKE_AUTH drops SAs that stood before this negotiation began [2.4].
* DPD is an empty INFORMATIONAL request after an interval of silence.
* An SA pair is replaced before its lifetime ends (make before break) by the side that made it; an
  IKE SA likewise, by beginning a new one.

What belongs here: transitions. What the configuration means for a peer is `proposals`.
"""

from dataclasses import replace
from ipaddress import IPv4Address

from labs.twin.chance import Chance
from labs.twin.crypto import proposals
from labs.twin.crypto.associations import Associations, Peer, move, peer_of, socket_line
from labs.twin.crypto.proposals import Protection
from labs.twin.crypto.values import (
    ChildOffer,
    ChildSa,
    CryptoSession,
    CryptoSocket,
    IkeMessage,
    IkeSa,
    IkeState,
    SessionStatus,
    SocketState,
)
from labs.twin.device import Ikev2Profile
from labs.twin.effects import (
    CancelTimer,
    Effect,
    SendPacket,
    SetTimer,
    SocketChanged,
    Surroundings,
)
from labs.twin.packet import Esp, Gre, Ike, Packet

HALF_OPEN_S = 60.0
"""How long a responder waits for IKE_AUTH [K]."""


class CryptoMachine:
    """Negotiates and keeps the security associations of a router."""

    def __init__(self, around: Surroundings, chance: Chance) -> None:
        self.around = around
        self.chance = chance
        self.table = Associations(chance)

    @property
    def sas(self) -> dict[int, IkeSa]:
        """Give the IKE SAs by tunnel-id."""
        return self.table.sas

    @property
    def sockets(self) -> dict[tuple[str, IPv4Address], CryptoSocket]:
        """Give the sockets by (tunnel, peer)."""
        return self.table.sockets

    @property
    def children(self) -> dict[int, ChildSa]:
        """Give the SA pairs by inbound SPI."""
        return self.table.children

    # -- what the router and NHRP ask for ---------------------------------------------------

    def open_socket(self, tunnel: str, nbma: IPv4Address, now: float) -> list[Effect]:
        """Ask for a protected path; answered by `SocketChanged`, at once if it stands."""
        guard = proposals.protection_of(self.around.config, tunnel)
        local = self.around.nbma_source(tunnel)
        if guard is None or local is None:
            return []
        socket = self.sockets.get((tunnel, nbma))
        if socket is None:
            socket = self.table.new_socket(tunnel, guard, local, nbma, now)
        socket.wanted = True
        if socket.state is SocketState.OPEN:
            return [SocketChanged(tunnel=tunnel, nbma=nbma, up=True)]
        if socket.state is SocketState.OPENING:
            return []
        return self._negotiate(socket, guard, now)

    def close_socket(self, tunnel: str, nbma: IPv4Address, now: float) -> list[Effect]:
        """Give a protected path up; the last one to a peer takes the IKE SA with it."""
        socket = self.sockets.pop((tunnel, nbma), None)
        if socket is None:
            return []
        effects: list[Effect] = [CancelTimer(kind="retry", key=f"{tunnel} {nbma}")]
        if socket.state is SocketState.OPEN:
            effects.append(socket_line(socket, up=False))
        peer = (socket.local, socket.remote, socket.vrf)
        others = [s for s in self.sockets.values() if (s.local, s.remote, s.vrf) == peer]
        if not others:
            for sa in self.table.of_peer(peer):
                effects += self.table.delete(sa, now, tell=True)
            return effects
        for child in [c for c in self.children.values() if c.tunnels == (tunnel,)]:
            if child.remote == nbma:
                effects += self._close_child(child, now)
        return effects

    def close_tunnel(self, tunnel: str, now: float) -> list[Effect]:
        """Give up all paths of a tunnel."""
        effects: list[Effect] = []
        for name, nbma in [key for key in self.sockets if key[0] == tunnel]:
            effects += self.close_socket(name, nbma, now)
        return effects

    def clear(self, now: float, peer: IPv4Address | None = None) -> list[Effect]:
        """Delete all SAs, or those with one peer (`clear crypto session`)."""
        effects: list[Effect] = []
        for sa in [sa for sa in self.sas.values() if peer in (None, sa.remote)]:
            effects += self.table.delete(sa, now, tell=True)
        return effects

    def protect(
        self, tunnel: str, nbma: IPv4Address, payload: Gre, now: float
    ) -> tuple[Esp | None, list[Effect]]:
        """Encrypt; None when there is no SA (negotiation is started)."""
        socket = self.sockets.get((tunnel, nbma))
        child = self.children.get(socket.spi) if socket is not None else None
        if child is None:
            return None, self.open_socket(tunnel, nbma, now)
        child.encaps += 1
        child.sequence += 1
        child.last_outbound = now
        esp = Esp(
            spi=child.remote_spi,
            sequence=child.sequence,
            payload=payload,
            tunnel_mode=child.tunnel_mode,
        )
        return esp, []

    def unprotect(self, esp: Esp, now: float) -> ChildSa | None:
        """Find the SA that an encrypted packet came by; None with an unknown SPI."""
        child = self.children.get(esp.spi)
        if child is None:
            return None
        child.decaps += 1
        sa = self.sas.get(child.ike)
        if sa is not None:
            sa.last_heard = now
        return child

    def socket_up(self, tunnel: str, nbma: IPv4Address) -> bool:
        """Tell whether packets to a peer can be sent protected."""
        socket = self.sockets.get((tunnel, nbma))
        return socket is not None and socket.state is SocketState.OPEN

    def spi_of(self, tunnel: str, nbma: IPv4Address) -> int:
        """Give the inbound SPI of the SA pair in use with a peer, 0 without one."""
        socket = self.sockets.get((tunnel, nbma))
        return socket.spi if socket is not None else 0

    def layer(self, tunnel: str, nbma: IPv4Address) -> str | None:
        """Name the layer that is not done, for the State of `show dmvpn`: IKE, IPSEC or None."""
        socket = self.sockets.get((tunnel, nbma))
        if socket is None:
            return "IKE"
        if socket.state is SocketState.OPEN:
            return None
        ready = self.table.ready_sa((socket.local, socket.remote, socket.vrf))
        return "IKE" if ready is None else "IPSEC"

    def sessions(self) -> tuple[CryptoSession, ...]:
        """List the blocks of `show crypto session`, by tunnel and peer."""
        keys = sorted(self.sockets, key=lambda key: (len(key[0]), key[0], key[1]))
        return tuple(self._session(self.sockets[key]) for key in keys)

    # -- what arrives ------------------------------------------------------------------------

    def receive(
        self, ike: Ike, src: IPv4Address, dst: IPv4Address, vrf: str, now: float
    ) -> list[Effect]:
        """Take an IKE packet."""
        message = ike.message
        if not isinstance(message, IkeMessage):
            return []
        if message.exchange == "init" and not message.response:
            return self._init_request(ike, message, (dst, src, vrf), now)
        sa = self.table.find(ike)
        if sa is None:
            return []
        sa.last_heard = now
        if message.response:
            return self._answer(sa, ike, message, now)
        return self._request(sa, message, now)

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        if kind == "retry":
            return self._retry(key, now)
        if kind == "rekey":
            child = self.children.get(int(key))
            return self._rekey(child, now) if child is not None else []
        sa = self.sas.get(int(key))
        if sa is None:
            return []
        match kind:
            case "repeat":
                return self.table.repeat(sa, now)
            case "dpd":
                return self._dpd(sa, now)
            case "half":
                return self.table.delete(sa, now, tell=False)
            case "life":
                return self._renew(sa, now)
        return []

    # -- beginning ---------------------------------------------------------------------------

    def _negotiate(self, socket: CryptoSocket, guard: Protection, now: float) -> list[Effect]:
        socket.state = SocketState.OPENING
        socket.since = now
        peer = (socket.local, socket.remote, socket.vrf)
        ready = self.table.ready_sa(peer)
        if ready is not None:
            child = self._child_offer(ready, guard)
            return self.table.ask(ready, IkeMessage(exchange="child", number=0, child=child), now)
        if any(sa.initiator for sa in self.table.of_peer(peer)):
            return []  # under way; the child of that SA or a later one serves this tunnel
        return self._begin(peer, guard, now)

    def _begin(self, peer: Peer, guard: Protection, now: float) -> list[Effect]:
        """Send IKE_SA_INIT; without an IKEv2 profile there is nothing to begin with."""
        config = self.around.config
        profile = proposals.profile_named(config.crypto, guard.profile.ikev2_profile)
        if profile is None:
            return [self.table.later(guard.tunnel, peer[1], now)]
        sa = self.table.new_sa(peer, initiator=True, now=now)
        sa.profile = profile.name
        sa.wants = guard.tunnel
        sa.nonces = (self.chance.number(), 0)
        offers = proposals.offers_for(config.crypto, peer[2], config.image)
        return self.table.ask(sa, self._init(sa, offers[0].groups[0]), now)

    def _init(self, sa: IkeSa, group: int) -> IkeMessage:
        config = self.around.config
        return IkeMessage(
            exchange="init",
            number=0,
            offers=proposals.offers_for(config.crypto, sa.vrf, config.image),
            group=group,
            nonce=sa.nonces[0],
        )

    def _init_request(self, ike: Ike, message: IkeMessage, peer: Peer, now: float) -> list[Effect]:
        config = self.around.config
        guard = self._guard(peer)
        if guard is None:
            return []
        for known in self.table.of_peer(peer):
            if known.remote_spi == ike.initiator_spi and known.last_answer is not None:
                return [self.table.send(known, known.last_answer)]
        suite = proposals.agree(
            message.offers, proposals.offers_for(config.crypto, peer[2], config.image)
        )
        if suite is None:
            return [self._refuse(ike, peer, "NO_PROPOSAL_CHOSEN", 0)]
        if suite.group != message.group:
            return [self._refuse(ike, peer, "INVALID_KE_PAYLOAD", suite.group)]
        sa = self.table.new_sa(peer, initiator=False, now=now)
        sa.remote_spi = ike.initiator_spi
        sa.suite = suite
        sa.expected_number = 1
        sa.nonces = (message.nonce, self.chance.number())
        answer = IkeMessage(
            exchange="init", number=0, response=True, suite=suite, nonce=sa.nonces[1]
        )
        half = SetTimer(at=now + HALF_OPEN_S, kind="half", key=str(sa.tunnel_id))
        return [half, self.table.reply(sa, answer)]

    def _refuse(self, ike: Ike, peer: Peer, error: str, group: int) -> Effect:
        message = IkeMessage(exchange="init", number=0, response=True, error=error, group=group)
        packet = Packet(
            src=peer[0],
            dst=peer[1],
            size=64,
            payload=Ike(
                version=2, initiator_spi=ike.initiator_spi, responder_spi=0, message=message
            ),
        )
        return SendPacket(packet=packet, vrf=peer[2])

    # -- answers to our requests -------------------------------------------------------------

    def _answer(self, sa: IkeSa, ike: Ike, message: IkeMessage, now: float) -> list[Effect]:
        asked = sa.pending
        if asked is None or (asked.exchange, asked.number) != (message.exchange, message.number):
            return []
        sa.pending = None
        sa.tries = 0
        effects: list[Effect] = [CancelTimer(kind="repeat", key=str(sa.tunnel_id))]
        match message.exchange:
            case "init":
                return effects + self._init_answer(sa, ike, message, now)
            case "auth":
                return effects + self._auth_answer(sa, message, now)
            case "child":
                effects += self._child_answer(sa, asked, message, now)
        return effects + self.table.next_request(sa, now)

    def _init_answer(self, sa: IkeSa, ike: Ike, message: IkeMessage, now: float) -> list[Effect]:
        if message.error == "INVALID_KE_PAYLOAD":
            return self.table.ask(sa, self._init(sa, message.group), now)
        crypto = self.around.config.crypto
        profile = proposals.profile_named(crypto, sa.profile)
        keys = proposals.keys_for(crypto, profile, sa.remote) if profile is not None else None
        guard = proposals.protection_of(self.around.config, sa.wants)
        if message.error or keys is None or guard is None:
            return self.table.delete(sa, now, tell=False)
        sa.remote_spi = ike.responder_spi
        sa.suite = message.suite
        sa.nonces = (sa.nonces[0], message.nonce)
        move(sa, "init answer")
        peer = (sa.local, sa.remote, sa.vrf)
        auth = IkeMessage(
            exchange="auth",
            number=1,
            identity=sa.local,
            proof=proposals.proof(keys[0], "initiator", sa.nonces, sa.local),
            initial_contact=self.table.ready_sa(peer) is None,
            child=self._child_offer(sa, guard),
        )
        return self.table.ask(sa, auth, now)

    def _auth_answer(self, sa: IkeSa, message: IkeMessage, now: float) -> list[Effect]:
        crypto = self.around.config.crypto
        profile = proposals.profile_named(crypto, sa.profile)
        keys = proposals.keys_for(crypto, profile, sa.remote) if profile is not None else None
        if message.error == "AUTHENTICATION_FAILED" or keys is None or profile is None:
            return self.table.delete(sa, now, tell=False)
        if message.proof != proposals.proof(keys[1], "responder", sa.nonces, sa.remote):
            return self.table.delete(sa, now, tell=True)
        effects = self._ready(sa, "auth answer", profile, now)
        effects += self._take_child(sa, message, now)
        return effects + self.table.settle_collision(sa, now) + self.table.next_request(sa, now)

    def _child_answer(
        self, sa: IkeSa, asked: IkeMessage, message: IkeMessage, now: float
    ) -> list[Effect]:
        effects = self._take_child(sa, message, now)
        if asked.child is None or not asked.child.rekeys or message.error:
            return effects
        old = self.children.get(asked.child.rekeys)
        return effects + (self._close_child(old, now) if old is not None else [])

    def _take_child(self, sa: IkeSa, message: IkeMessage, now: float) -> list[Effect]:
        """Make the SA pair a responder agreed to, or note that it did not."""
        agreed = message.child
        if agreed is None:
            tunnels = set(sa.asked.values())
            sa.asked.clear()
            return [
                effect
                for tunnel in sorted(tunnels)
                for effect in self.table.failed(tunnel, sa.remote, now)
            ]
        spi = next(iter(sa.asked))
        tunnel = sa.asked.pop(spi)
        guard = proposals.protection_of(self.around.config, tunnel)
        if guard is None:
            return []
        sa.asked[spi] = tunnel
        effects = self.table.make_child(sa, guard, spi, agreed, self._sharing(guard), now)
        del sa.asked[spi]
        return effects

    # -- requests of the peer ----------------------------------------------------------------

    def _request(self, sa: IkeSa, message: IkeMessage, now: float) -> list[Effect]:
        if message.number < sa.expected_number:
            return [self.table.send(sa, sa.last_answer)] if sa.last_answer is not None else []
        if message.number > sa.expected_number:
            return []
        if message.exchange == "auth":
            if sa.state is not IkeState.INIT_ANSWERED:
                return []
            return self._auth_request(sa, message, now)
        if sa.state is not IkeState.READY:
            return []
        sa.expected_number += 1
        if message.exchange == "child" and message.child is not None:
            return self._child_request(sa, message, message.child, now)
        answer = IkeMessage(exchange="info", number=message.number, response=True)
        effects: list[Effect] = [self.table.reply(sa, answer)]
        for child in [c for c in sa.children.values() if c.remote_spi in message.delete_spis]:
            effects += self.table.drop_child(child, now)
        return effects + (self.table.delete(sa, now, tell=False) if message.delete_ike else [])

    def _auth_request(self, sa: IkeSa, message: IkeMessage, now: float) -> list[Effect]:
        sa.expected_number += 1
        crypto = self.around.config.crypto
        identity = message.identity or sa.remote
        profile = proposals.profile_for(crypto, sa.vrf, identity)
        keys = proposals.keys_for(crypto, profile, sa.remote) if profile is not None else None
        if (
            profile is None
            or keys is None
            or message.proof != proposals.proof(keys[1], "initiator", sa.nonces, identity)
        ):
            refusal = IkeMessage(
                exchange="auth", number=1, response=True, error="AUTHENTICATION_FAILED"
            )
            return [self.table.reply(sa, refusal), *self.table.delete(sa, now, tell=False)]
        effects: list[Effect] = [CancelTimer(kind="half", key=str(sa.tunnel_id))]
        if message.initial_contact:
            effects += self.table.drop_older(sa, now)
        effects += self._ready(sa, "auth request", profile, now)
        child, more = self._grant(sa, message.child, now)
        answer = IkeMessage(
            exchange="auth",
            number=1,
            response=True,
            identity=sa.local,
            proof=proposals.proof(keys[0], "responder", sa.nonces, sa.local),
            child=child,
            error="" if child is not None else "NO_PROPOSAL_CHOSEN",
        )
        return [
            *effects,
            self.table.reply(sa, answer),
            *more,
            *self.table.settle_collision(sa, now),
        ]

    def _child_request(
        self, sa: IkeSa, message: IkeMessage, offer: ChildOffer, now: float
    ) -> list[Effect]:
        child, more = self._grant(sa, offer, now, pfs=True)
        answer = IkeMessage(
            exchange="child",
            number=message.number,
            response=True,
            child=child,
            error="" if child is not None else "NO_PROPOSAL_CHOSEN",
        )
        return [self.table.reply(sa, answer), *more]

    def _grant(
        self, sa: IkeSa, offer: ChildOffer | None, now: float, *, pfs: bool = False
    ) -> tuple[ChildOffer | None, list[Effect]]:
        """Agree to an SA pair if a protected tunnel allows it."""
        crypto = self.around.config.crypto
        peer = (sa.local, sa.remote, sa.vrf)
        for guard in self._guards(peer):
            if offer is None or guard.profile.ikev2_profile != sa.profile:
                continue
            if pfs and offer.pfs_group != guard.profile.pfs_group:
                continue  # PFS is first negotiated by CREATE_CHILD_SA [1.3.1]
            for ours in proposals.transform_sets(crypto, guard.profile):
                if ours.transforms not in offer.transforms:
                    continue
                transport = offer.transport and ours.mode == "transport"
                agreed = replace(offer, transforms=(ours.transforms,), transport=transport)
                answer = replace(agreed, spi=self.table.spi(32), local=sa.local, remote=sa.remote)
                effects = self.table.make_child(
                    sa, guard, answer.spi, agreed, self._sharing(guard), now
                )
                return answer, effects
        return None, []

    def _ready(self, sa: IkeSa, event: str, profile: Ikev2Profile, now: float) -> list[Effect]:
        sa.profile = profile.name
        sa.lifetime_s = profile.lifetime_s
        sa.dpd = profile.dpd
        return self.table.ready(sa, event, now)

    # -- which tunnel ------------------------------------------------------------------------

    def _guards(self, peer: Peer) -> list[Protection]:
        """Find the protected tunnels that run between two addresses."""
        local, remote, vrf = peer
        return [
            guard
            for guard in proposals.protections(self.around.config)
            if guard.vrf == vrf
            and guard.destination in (None, remote)
            and self.around.nbma_source(guard.tunnel) == local
        ]

    def _guard(self, peer: Peer) -> Protection | None:
        """Find a tunnel that makes us listen for IKE from a peer."""
        return next((g for g in self._guards(peer) if g.profile.ikev2_profile is not None), None)

    def _sharing(self, guard: Protection) -> tuple[str, ...]:
        """List the tunnels that use one SA pair: all `shared` ones of a profile and source."""
        if not guard.shared:
            return (guard.tunnel,)
        source = self.around.nbma_source(guard.tunnel)
        return tuple(
            other.tunnel
            for other in proposals.protections(self.around.config)
            if other.shared
            and other.profile.name == guard.profile.name
            and self.around.nbma_source(other.tunnel) == source
        )

    def _child_offer(self, sa: IkeSa, guard: Protection, *, rekeys: int = 0) -> ChildOffer:
        sets = proposals.transform_sets(self.around.config.crypto, guard.profile)
        offer = ChildOffer(
            transforms=tuple(entry.transforms for entry in sets),
            transport=any(entry.mode == "transport" for entry in sets),
            spi=self.table.spi(32),
            local=sa.local,
            remote=sa.remote,
            pfs_group=guard.profile.pfs_group,
            rekeys=rekeys,
        )
        sa.asked[offer.spi] = guard.tunnel
        return offer

    # -- timers ------------------------------------------------------------------------------

    def _retry(self, key: str, now: float) -> list[Effect]:
        tunnel, _, address = key.partition(" ")
        socket = self.sockets.get((tunnel, IPv4Address(address)))
        if socket is None or socket.state is SocketState.OPEN:
            return []
        socket.state = SocketState.CLOSED
        return self.open_socket(tunnel, socket.remote, now)

    def _dpd(self, sa: IkeSa, now: float) -> list[Effect]:
        """Ask a silent peer whether it lives.

        A peer that was heard within the interval is not asked: on IOS that saves nothing but the
        packet, and here it saves the event.
        """
        if sa.dpd is None or sa.state is not IkeState.READY:
            return []
        interval, _, way = sa.dpd
        key = str(sa.tunnel_id)
        due = sa.last_heard + interval
        if due > now:
            return [SetTimer(at=due, kind="dpd", key=key)]
        effects: list[Effect] = [SetTimer(at=now + interval, kind="dpd", key=key)]
        sent = max((child.last_outbound for child in sa.children.values()), default=0.0)
        if sa.pending is not None or (way == "on-demand" and sent <= sa.last_heard):
            return effects
        return effects + self.table.ask(sa, IkeMessage(exchange="info", number=0), now)

    def _rekey(self, child: ChildSa, now: float) -> list[Effect]:
        """Replace an SA pair before it ends; one that nobody replaced just ends."""
        sa = self.sas.get(child.ike)
        guard = proposals.protection_of(self.around.config, child.tunnels[0])
        expired = now >= child.created + child.lifetime_s
        if sa is None or guard is None or expired:
            return self.table.drop_child(child, now)
        end = SetTimer(at=child.created + child.lifetime_s, kind="rekey", key=str(child.local_spi))
        offer = self._child_offer(sa, guard, rekeys=child.local_spi)
        return [end, *self.table.ask(sa, IkeMessage(exchange="child", number=0, child=offer), now)]

    def _renew(self, sa: IkeSa, now: float) -> list[Effect]:
        """Replace an IKE SA before it ends: begin another, which then takes its place."""
        if now >= sa.created + sa.lifetime_s:
            return self.table.delete(sa, now, tell=True)
        key = str(sa.tunnel_id)
        end: Effect = SetTimer(at=sa.created + sa.lifetime_s, kind="life", key=key)
        tunnels = [tunnel for child in sa.children.values() for tunnel in child.tunnels]
        guard = proposals.protection_of(self.around.config, tunnels[0]) if tunnels else None
        if guard is None:
            return [end]
        return [end, *self._begin(peer_of(sa), guard, now)]

    def _close_child(self, child: ChildSa, now: float) -> list[Effect]:
        """Drop an SA pair and tell the peer."""
        effects = self.table.drop_child(child, now)
        sa = self.sas.get(child.ike)
        if sa is None:
            return effects
        farewell = IkeMessage(exchange="info", number=0, delete_spis=(child.local_spi,))
        return effects + self.table.ask(sa, farewell, now)

    # -- show --------------------------------------------------------------------------------

    def _session(self, socket: CryptoSocket) -> CryptoSession:
        peer = (socket.local, socket.remote, socket.vrf)
        ike = tuple(self.table.of_peer(peer))
        children = tuple(
            child for sa in ike for child in sa.children.values() if socket.tunnel in child.tunnels
        )
        ready = self.table.ready_sa(peer)
        if children:
            status = SessionStatus.UP_ACTIVE if ready else SessionStatus.UP_NO_IKE
        elif ready is not None:
            status = SessionStatus.UP_IDLE
        else:
            status = SessionStatus.DOWN_NEGOTIATING if ike else SessionStatus.DOWN
        return CryptoSession(
            interface=socket.tunnel,
            profile=ready.profile if ready is not None else "",
            status=status,
            local=socket.local,
            peer=socket.remote,
            vrf=socket.vrf,
            since=socket.since if socket.state is SocketState.OPEN else None,
            ike=ike,
            children=children,
        )
