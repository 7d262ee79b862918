"""The IKE and IPsec machine of one router, sans-I/O.

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
* IKEv1 (main and quick mode with pre-shared keys; version 1) takes the same steps, and `show` gives
  them the names of main mode. It differs where somebody can tell: the negotiation is for one
  policy; a wrong key is answered by silence; two SAs that began at once both stay (measured:
  reference/DMVPN.md section 4); the modes of both transform sets must be the same (measured on
  IOL 17.15); PFS counts from the first SA pair.
* An SA pair is replaced before its lifetime ends (make before break) by the side that made it; an
  IKE SA likewise, by beginning a new one.

What belongs here: transitions. What the configuration means for a peer is `proposals`.
"""

from labs.twin.addresses import Address
from labs.twin.chance import Chance
from labs.twin.crypto import guards, proposals, responder, upkeep
from labs.twin.crypto.associations import Associations, Peer, move, peer_of, socket_line
from labs.twin.crypto.proposals import Protection
from labs.twin.crypto.sessions import session_of
from labs.twin.crypto.values import (
    ChildOffer,
    ChildSa,
    CryptoSession,
    CryptoSocket,
    IkeMessage,
    IkeSa,
    SocketCounts,
    SocketState,
)
from labs.twin.device import Ikev2Profile
from labs.twin.effects import (
    CancelTimer,
    Effect,
    SocketChanged,
    Surroundings,
)
from labs.twin.packet import Esp, Gre, Ike


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
    def sockets(self) -> dict[tuple[str, Address], CryptoSocket]:
        """Give the sockets by (tunnel, peer)."""
        return self.table.sockets

    @property
    def children(self) -> dict[int, ChildSa]:
        """Give the SA pairs by inbound SPI."""
        return self.table.children

    @property
    def told(self) -> SocketCounts:
        """Give what tunnels and IPsec told each other."""
        return self.table.told

    # -- what the router and NHRP ask for ---------------------------------------------------

    def open_socket(self, tunnel: str, nbma: Address, now: float) -> list[Effect]:
        """Ask for a protected path; answered by `SocketChanged`, at once if it stands."""
        guard = proposals.protection_of(self.around.config, tunnel)
        local = self.around.nbma_source(tunnel)
        if guard is None or local is None:
            return []
        socket = self.sockets.get((tunnel, nbma))
        if socket is None:
            socket = self.table.new_socket(tunnel, guard, local, nbma, now)
            self.told.opened += 1
        socket.wanted = True
        if socket.state is SocketState.OPEN:
            return [SocketChanged(tunnel=tunnel, nbma=nbma, up=True)]
        if socket.state is SocketState.OPENING:
            return []
        return self._negotiate(socket, guard, now)

    def close_socket(self, tunnel: str, nbma: Address, now: float) -> list[Effect]:
        """Give a protected path up; the last one to a peer takes the IKE SA with it."""
        socket = self.sockets.pop((tunnel, nbma), None)
        if socket is None:
            return []
        self.told.closed += 1
        effects: list[Effect] = [CancelTimer(kind="retry", key=f"{tunnel} {nbma}")]
        if socket.state is SocketState.OPEN:
            effects.append(socket_line(socket, up=False))
        peer = (socket.local, socket.remote, socket.vrf)
        if not any(
            (guard.tunnel, nbma) in self.sockets for guard in guards.between(self.around, peer)
        ):
            for sa in self.table.of_peer(peer):
                effects += self.table.delete(sa, now, tell=True)
            return effects
        for sa in self.table.of_peer(peer):
            for child in [c for c in sa.children.values() if c.tunnels == (tunnel,)]:
                effects += self.close_child(child, now)
        return effects

    def close_tunnel(self, tunnel: str, now: float) -> list[Effect]:
        """Give up all paths of a tunnel."""
        effects: list[Effect] = []
        for name, nbma in [key for key in self.sockets if key[0] == tunnel]:
            effects += self.close_socket(name, nbma, now)
        return effects

    def clear(
        self, now: float, peer: Address | None = None, version: int | None = None
    ) -> list[Effect]:
        """Delete all SAs, or those with one peer or of one IKE (`clear crypto session`)."""
        effects: list[Effect] = []
        for sa in [s for s in self.sas.values() if peer in (None, s.remote)]:
            if version in (None, sa.version):
                effects += self.table.delete(sa, now, tell=True)
        return effects

    def clear_pairs(self, now: float, peer: Address | None = None) -> list[Effect]:
        """Delete the SA pairs and leave IKE (`clear crypto sa`)."""
        effects: list[Effect] = []
        for child in [c for c in self.children.values() if peer in (None, c.remote)]:
            effects += self.close_child(child, now)
        return effects

    def clear_counters(self) -> None:
        """Count from nothing again (`clear crypto sa counters`)."""
        for child in self.children.values():
            child.encaps = child.decaps = 0

    def protect(
        self, tunnel: str, nbma: Address, payload: Gre, now: float
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

    def socket_up(self, tunnel: str, nbma: Address) -> bool:
        """Tell whether packets to a peer can be sent protected."""
        socket = self.sockets.get((tunnel, nbma))
        return socket is not None and socket.state is SocketState.OPEN

    def spi_of(self, tunnel: str, nbma: Address) -> int:
        """Give the inbound SPI of the SA pair in use with a peer, 0 without one."""
        socket = self.sockets.get((tunnel, nbma))
        return socket.spi if socket is not None else 0

    def layer(self, tunnel: str, nbma: Address) -> str | None:
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
        return tuple(session_of(self.table, self.sockets[key]) for key in keys)

    # -- what arrives ------------------------------------------------------------------------

    def receive(self, ike: Ike, src: Address, dst: Address, vrf: str, now: float) -> list[Effect]:
        """Take an IKE packet."""
        message = ike.message
        if not isinstance(message, IkeMessage):
            return []
        if message.exchange == "init" and not message.response:
            return responder.init_request(self, ike, message, (dst, src, vrf), now)
        sa = self.table.find(ike)
        if sa is None:
            return []
        sa.last_heard = now
        if message.response:
            return self._answer(sa, ike, message, now)
        return responder.request(self, sa, message, now)

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        if kind == "retry":
            return upkeep.retry(self, key, now)
        if kind == "rekey":
            child = self.children.get(int(key))
            return upkeep.rekey(self, child, now) if child is not None else []
        sa = self.sas.get(int(key))
        if sa is None:
            return []
        match kind:
            case "repeat":
                return self.table.repeat(sa, now)
            case "dpd":
                return upkeep.dpd(self, sa, now)
            case "half":
                return self.table.delete(sa, now, tell=False)
            case "surplus":
                return self.table.delete(sa, now, tell=True)
            case "life":
                return upkeep.renew(self, sa, now)
        return []

    # -- beginning ---------------------------------------------------------------------------

    def _negotiate(self, socket: CryptoSocket, guard: Protection, now: float) -> list[Effect]:
        socket.state = SocketState.OPENING
        socket.since = now
        peer = (socket.local, socket.remote, socket.vrf)
        ready = self.table.ready_sa(peer)
        if ready is not None:
            child = self.child_offer(ready, guard)
            return self.table.ask(ready, IkeMessage(exchange="child", number=0, child=child), now)
        if any(sa.initiator for sa in self.table.of_peer(peer)):
            return []  # under way; the child of that SA or a later one serves this tunnel
        return self.begin(peer, guard, now)

    def begin(self, peer: Peer, guard: Protection, now: float) -> list[Effect]:
        """Send IKE_SA_INIT; without a profile there is nothing to begin with."""
        config = self.around.config
        profile = proposals.profile_named(config.crypto, guard.profile.ike)
        version = profile.version if profile is not None else 0
        offers = proposals.offers_for(config.crypto, peer[2], config.image, version)
        if profile is None or not offers or not self._key_at_hand(profile, peer[1]):
            return [self.table.later(guard.tunnel, peer[1], now)]
        sa = self.table.new_sa(peer, initiator=True, now=now, version=version)
        sa.profile = profile.name
        sa.wants = guard.tunnel
        sa.nonces = (self.chance.number(), 0)
        return self.table.ask(sa, self._init(sa, offers[0].groups[0]), now)

    def _key_at_hand(self, profile: Ikev2Profile, peer: Address) -> bool:
        """Main mode is not begun without a key for the peer (FAULT_SWEEP W7: hub has no SA)."""
        crypto = self.around.config.crypto
        return profile.version != 1 or proposals.keys_for(crypto, profile, peer) is not None

    def _init(self, sa: IkeSa, group: int) -> IkeMessage:
        config = self.around.config
        return IkeMessage(
            exchange="init",
            number=0,
            offers=proposals.offers_for(config.crypto, sa.vrf, config.image, sa.version),
            group=group,
            nonce=sa.nonces[0],
        )

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
            child=self.child_offer(sa, guard),
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
        effects = self.ready(sa, "auth answer", profile, now)
        effects += self._take_child(sa, message, now)
        effects += self._serve_waiting(sa, now)
        return effects + self.table.settle_collision(sa, now) + self.table.next_request(sa, now)

    def _serve_waiting(self, sa: IkeSa, now: float) -> list[Effect]:
        """Ask for the SA pairs of other tunnels that waited for this IKE SA."""
        effects: list[Effect] = []
        for guard in guards.between(self.around, peer_of(sa)):
            socket = self.sockets.get((guard.tunnel, sa.remote))
            if socket is not None and socket.state is SocketState.OPENING:
                child = self.child_offer(sa, guard)
                request = IkeMessage(exchange="child", number=0, child=child)
                effects += self.table.ask(sa, request, now)
        return effects

    def _child_answer(
        self, sa: IkeSa, asked: IkeMessage, message: IkeMessage, now: float
    ) -> list[Effect]:
        effects = self._take_child(sa, message, now)
        if asked.child is None or not asked.child.rekeys or message.error:
            return effects
        old = self.children.get(asked.child.rekeys)
        return effects + (self.close_child(old, now) if old is not None else [])

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
        effects = self.table.make_child(
            sa, guard, spi, agreed, guards.sharing(self.around, guard), now
        )
        del sa.asked[spi]
        return effects

    def ready(self, sa: IkeSa, event: str, profile: Ikev2Profile, now: float) -> list[Effect]:
        """Note that both keys are proved; the profile says for how long and how it is watched."""
        sa.profile = profile.name
        sa.lifetime_s = profile.lifetime_s
        sa.dpd = profile.dpd
        return self.table.ready(sa, event, now)

    def child_offer(self, sa: IkeSa, guard: Protection, *, rekeys: int = 0) -> ChildOffer:
        """Make the request for an SA pair that a tunnel needs."""
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

    def close_child(self, child: ChildSa, now: float) -> list[Effect]:
        """Drop an SA pair and tell the peer."""
        effects = self.table.drop_child(child, now)
        sa = self.sas.get(child.ike)
        if sa is None:
            return effects
        farewell = IkeMessage(exchange="info", number=0, delete_spis=(child.local_spi,))
        return effects + self.table.ask(sa, farewell, now)
