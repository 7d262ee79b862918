"""The security associations and sockets of a router, and what happens when one comes or goes.

`machine` decides by the protocol; this file keeps the tables consistent: an IKE SA takes its SA
pairs with it, a socket follows the SA pairs of its tunnel, and every coming and going is told to
NHRP (`SocketChanged`) and to the log. Requests are sent one at a time an SA and repeated.
"""

from dataclasses import replace

from labs.twin.addresses import Address
from labs.twin.chance import Chance
from labs.twin.crypto.proposals import Protection
from labs.twin.crypto.values import (
    ChildOffer,
    ChildSa,
    CryptoSocket,
    IkeMessage,
    IkeSa,
    IkeState,
    IllegalTransition,
    SocketCounts,
    SocketState,
)
from labs.twin.effects import CancelTimer, Effect, LogLine, SendPacket, SetTimer, SocketChanged
from labs.twin.packet import Ike, Packet

RETRANSMIT_S = (2.0, 4.0, 8.0, 16.0, 32.0)
"""Waits between the repetitions of a request [K]."""
RETRY_S = 10.0
"""Pause before a wanted socket is negotiated again [K]."""
REKEY_MARGIN = 0.05
"""Share of a lifetime that is left when an SA is replaced [K]."""
SURPLUS_S = 1.0
"""How long a surplus IKE SA is kept, so that what is under way by it still arrives [K]."""
HISTORY = 8

TIMERS = ("repeat", "dpd", "half", "life", "surplus")
TRANSITIONS: dict[tuple[IkeState, str], IkeState] = {
    (IkeState.INIT_SENT, "init answer"): IkeState.AUTH_SENT,
    (IkeState.INIT_ANSWERED, "auth request"): IkeState.READY,
    (IkeState.AUTH_SENT, "auth answer"): IkeState.READY,
    (IkeState.INIT_SENT, "delete"): IkeState.DELETED,
    (IkeState.INIT_ANSWERED, "delete"): IkeState.DELETED,
    (IkeState.AUTH_SENT, "delete"): IkeState.DELETED,
    (IkeState.READY, "delete"): IkeState.DELETED,
}

Peer = tuple[Address, Address, str]
"""(local, remote, front-door VRF)."""


def move(sa: IkeSa, event: str) -> None:
    """Change the state of an IKE SA by the table; an unknown event leaves it as it is."""
    after = TRANSITIONS.get((sa.state, event))
    if after is None:
        raise IllegalTransition(sa.state.value, event, sa.history)
    sa.history = (*sa.history[1 - HISTORY :], f"{sa.state.value}: {event}")
    sa.state = after


def peer_of(sa: IkeSa) -> Peer:
    """Give the key under which the SAs with one peer are kept."""
    return sa.local, sa.remote, sa.vrf


class Associations:
    """All SAs and sockets of one router."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.sas: dict[int, IkeSa] = {}
        """By tunnel-id."""
        self.sockets: dict[tuple[str, Address], CryptoSocket] = {}
        self.children: dict[int, ChildSa] = {}
        """By local SPI."""
        self.told = SocketCounts()
        self._peers: dict[Peer, list[int]] = {}
        self._spis: dict[int, int] = {}
        self._last_id = 0

    # -- looking up --------------------------------------------------------------------------

    def spi(self, bits: int) -> int:
        """Draw an SPI that is not in use."""
        while True:
            drawn = self.chance.number() >> (64 - bits)
            if drawn > 255 and drawn not in self.children and drawn not in self._spis:
                return drawn

    def of_peer(self, peer: Peer) -> list[IkeSa]:
        """Give the IKE SAs with a peer, oldest first."""
        return [self.sas[number] for number in self._peers.get(peer, ())]

    def ready_sa(self, peer: Peer) -> IkeSa | None:
        """Give the newest IKE SA with a peer that is READY."""
        ready = [sa for sa in self.of_peer(peer) if sa.state is IkeState.READY]
        return ready[-1] if ready else None

    def find(self, ike: Ike) -> IkeSa | None:
        """Find the SA an IKE packet belongs to."""
        for local, remote in (
            (ike.initiator_spi, ike.responder_spi),
            (ike.responder_spi, ike.initiator_spi),
        ):
            sa = self.sas.get(self._spis.get(local, 0))
            if sa is not None and sa.remote_spi in (0, remote):
                return sa
        return None

    # -- IKE SAs -----------------------------------------------------------------------------

    def new_sa(self, peer: Peer, *, initiator: bool, now: float, version: int = 2) -> IkeSa:
        """Begin an IKE SA."""
        self._last_id += 1
        sa = IkeSa(
            tunnel_id=self._last_id,
            session_id=self._last_id,
            local=peer[0],
            remote=peer[1],
            vrf=peer[2],
            initiator=initiator,
            version=version,
            local_spi=self.spi(64),
            state=IkeState.INIT_SENT if initiator else IkeState.INIT_ANSWERED,
            begun=now,
            last_heard=now,
        )
        self.sas[sa.tunnel_id] = sa
        self._peers.setdefault(peer, []).append(sa.tunnel_id)
        self._spis[sa.local_spi] = sa.tunnel_id
        return sa

    def ready(self, sa: IkeSa, event: str, now: float) -> list[Effect]:
        """Note that both sides have proved their keys."""
        move(sa, event)
        sa.created = now
        sa.next_number = 2 if sa.initiator else 0
        effects: list[Effect] = []
        if sa.initiator:
            due = now + sa.lifetime_s * (1 - REKEY_MARGIN)
            effects.append(SetTimer(at=due, kind="life", key=str(sa.tunnel_id)))
        if sa.dpd is not None and sa.dpd[0]:
            effects.append(SetTimer(at=now + sa.dpd[0], kind="dpd", key=str(sa.tunnel_id)))
        return effects

    def delete(self, sa: IkeSa, now: float, *, tell: bool) -> list[Effect]:
        """Forget an IKE SA with its SA pairs; `tell` says so to the peer."""
        effects: list[Effect] = []
        if tell and sa.state is IkeState.READY:
            farewell = IkeMessage(exchange="info", number=sa.next_number, delete_ike=True)
            effects.append(self.send(sa, farewell))
        move(sa, "delete")
        del self.sas[sa.tunnel_id]
        del self._spis[sa.local_spi]
        numbers = self._peers[peer_of(sa)]
        numbers.remove(sa.tunnel_id)
        if not numbers:
            del self._peers[peer_of(sa)]
        key = str(sa.tunnel_id)
        effects += [CancelTimer(kind=kind, key=key) for kind in TIMERS]
        for child in tuple(sa.children.values()):
            effects += self.drop_child(child, now)
        waiting = {sa.wants, *sa.asked.values()} - {""}
        for tunnel in sorted(waiting):
            effects += self.failed(tunnel, sa.remote, now)
        return effects

    def drop_older(self, sa: IkeSa, now: float) -> list[Effect]:
        """Forget the SAs with the same peer that stood before this one began."""
        effects: list[Effect] = []
        for other in self.of_peer(peer_of(sa)):
            if other is not sa and other.state is IkeState.READY and other.created <= sa.begun:
                effects += self.delete(other, now, tell=False)
        return effects

    def settle_collision(self, sa: IkeSa, now: float) -> list[Effect]:
        """Keep one of two IKE SAs that became READY with the same peer.

        One that stood before the other began is replaced by it. Of two that were begun at once
        the one with the lowest nonce loses (RFC 7296 section 2.8.1); IKEv1 keeps both.
        """
        effects: list[Effect] = []
        for other in self.of_peer(peer_of(sa)):
            if other is sa or other.state is not IkeState.READY:
                continue
            replaced = other.created <= sa.begun
            if sa.version == 1 and not replaced:
                continue
            loser = other if replaced else min(sa, other, key=lambda s: min(s.nonces))
            self._prefer(other if loser is sa else sa)
            if loser.initiator or (replaced and sa.initiator):
                due = now + SURPLUS_S
                effects.append(SetTimer(at=due, kind="surplus", key=str(loser.tunnel_id)))
        return effects

    def _prefer(self, sa: IkeSa) -> None:
        """Send by the SA pairs of this IKE SA from now on."""
        for child in sa.children.values():
            for tunnel in child.tunnels:
                self.sockets[(tunnel, child.remote)].spi = child.local_spi

    # -- SA pairs ----------------------------------------------------------------------------

    def make_child(
        self,
        sa: IkeSa,
        guard: Protection,
        ours: int,
        theirs: ChildOffer,
        tunnels: tuple[str, ...],
        now: float,
    ) -> list[Effect]:
        """Make an SA pair: `ours` is the inbound SPI, `theirs` what the peer said."""
        initiator = ours in sa.asked
        child = ChildSa(
            local_spi=ours,
            remote_spi=theirs.spi,
            local=sa.local,
            remote=sa.remote,
            transform=theirs.transforms[0],
            tunnel_mode=not theirs.transport,
            tunnels=tunnels,
            profile=guard.profile.name,
            pfs_group=guard.profile.pfs_group,
            created=now,
            lifetime_s=guard.profile.lifetime_s,
            initiator=initiator,
            ike=sa.tunnel_id,
            version=sa.version,
        )
        self.children[ours] = child
        sa.children[ours] = child
        due = now + child.lifetime_s * (1 - REKEY_MARGIN if initiator else 1)
        effects: list[Effect] = [SetTimer(at=due, kind="rekey", key=str(ours))]
        for tunnel in tunnels:
            effects += self._open(tunnel, guard, child, now)
        return effects

    def _open(self, tunnel: str, guard: Protection, child: ChildSa, now: float) -> list[Effect]:
        socket = self.sockets.get((tunnel, child.remote))
        if socket is None:
            socket = self.new_socket(tunnel, guard, child.local, child.remote, now)
        socket.spi = child.local_spi
        if socket.state is SocketState.OPEN:
            return []
        socket.state = SocketState.OPEN
        socket.since = now
        socket.failures = 0
        self.told.up += 1
        return [
            CancelTimer(kind="retry", key=f"{tunnel} {child.remote}"),
            socket_line(socket, up=True),
            SocketChanged(tunnel=tunnel, nbma=child.remote, up=True),
        ]

    def drop_child(self, child: ChildSa, now: float) -> list[Effect]:
        """Forget an SA pair; its sockets change to another one or close."""
        self.children.pop(child.local_spi, None)
        sa = self.sas.get(child.ike)
        if sa is not None:
            sa.children.pop(child.local_spi, None)
        effects: list[Effect] = [CancelTimer(kind="rekey", key=str(child.local_spi))]
        for tunnel in child.tunnels:
            socket = self.sockets.get((tunnel, child.remote))
            if socket is None or socket.spi != child.local_spi:
                continue
            other = self._spare(socket)
            if other is not None:
                socket.spi = other.local_spi
                continue
            effects += self._closed(socket, now)
        return effects

    def _spare(self, socket: CryptoSocket) -> ChildSa | None:
        """Find another SA pair for a socket."""
        peer = (socket.local, socket.remote, socket.vrf)
        pairs = [
            child
            for sa in self.of_peer(peer)
            for child in sa.children.values()
            if socket.tunnel in child.tunnels
        ]
        return pairs[-1] if pairs else None

    # -- sockets -----------------------------------------------------------------------------

    def new_socket(
        self,
        tunnel: str,
        guard: Protection,
        local: Address,
        remote: Address,
        now: float,
    ) -> CryptoSocket:
        """Make a socket, closed."""
        socket = CryptoSocket(
            tunnel=tunnel,
            local=local,
            remote=remote,
            vrf=guard.vrf,
            profile=guard.profile.name,
            since=now,
            wanted=False,
        )
        self.sockets[(tunnel, remote)] = socket
        return socket

    def _closed(self, socket: CryptoSocket, now: float) -> list[Effect]:
        socket.state = SocketState.CLOSED
        socket.since = now
        socket.spi = 0
        self.told.down += 1
        effects: list[Effect] = [
            socket_line(socket, up=False),
            SocketChanged(tunnel=socket.tunnel, nbma=socket.remote, up=False),
        ]
        if socket.wanted:
            effects.append(self.later(socket.tunnel, socket.remote, now))
        else:
            del self.sockets[(socket.tunnel, socket.remote)]
        return effects

    def failed(self, tunnel: str, remote: Address, now: float) -> list[Effect]:
        """Note that a negotiation for a socket came to nothing."""
        socket = self.sockets.get((tunnel, remote))
        if socket is None or socket.state is SocketState.OPEN:
            return []
        socket.state = SocketState.CLOSED
        socket.failures += 1
        return [self.later(tunnel, remote, now)] if socket.wanted else []

    def later(self, tunnel: str, remote: Address, now: float) -> Effect:
        """Arm the next attempt for a socket."""
        return SetTimer(at=now + RETRY_S, kind="retry", key=f"{tunnel} {remote}")

    # -- messages ----------------------------------------------------------------------------

    def send(self, sa: IkeSa, message: IkeMessage) -> Effect:
        """Put a message into a packet."""
        ours, theirs = sa.local_spi, sa.remote_spi
        ike = Ike(
            version=sa.version,
            initiator_spi=ours if sa.initiator else theirs,
            responder_spi=theirs if sa.initiator else ours,
            message=message,
        )
        return SendPacket(
            packet=Packet(src=sa.local, dst=sa.remote, size=256, payload=ike), vrf=sa.vrf
        )

    def reply(self, sa: IkeSa, message: IkeMessage) -> Effect:
        """Send an answer and keep it for repetitions of the request."""
        sa.last_answer = message
        return self.send(sa, message)

    def ask(self, sa: IkeSa, message: IkeMessage, now: float) -> list[Effect]:
        """Send a request when the one before has been answered (window of one)."""
        if sa.pending is not None:
            sa.queue = (*sa.queue, message)
            return []
        if sa.state is IkeState.READY:
            message = replace(message, number=sa.next_number)
            sa.next_number += 1
        sa.pending = message
        sa.tries = 0
        repeat = SetTimer(at=now + RETRANSMIT_S[0], kind="repeat", key=str(sa.tunnel_id))
        return [self.send(sa, message), repeat]

    def next_request(self, sa: IkeSa, now: float) -> list[Effect]:
        """Send what waited for an answer."""
        if not sa.queue or sa.pending is not None or sa.tunnel_id not in self.sas:
            return []
        message, sa.queue = sa.queue[0], sa.queue[1:]
        return self.ask(sa, message, now)

    def repeat(self, sa: IkeSa, now: float) -> list[Effect]:
        """Send an unanswered request again, or give the SA up."""
        if sa.pending is None:
            return []
        sa.tries += 1
        waits: tuple[float, ...] = RETRANSMIT_S
        empty = sa.pending.exchange == "info"
        if empty and sa.dpd is not None:
            waits = (float(sa.dpd[1]),) * len(RETRANSMIT_S)
        if sa.tries >= len(waits):
            return self.delete(sa, now, tell=False)
        again = SetTimer(at=now + waits[sa.tries], kind="repeat", key=str(sa.tunnel_id))
        return [self.send(sa, sa.pending), again]


def socket_line(socket: CryptoSocket, *, up: bool) -> LogLine:
    """Make the syslog line of a socket (reference/FAULT_SWEEP.md)."""
    word = "UP" if up else "DOWN"
    return LogLine(
        text=f"%DMVPN-5-CRYPTO_SS:  {socket.tunnel}: local address : {socket.local} "
        f"remote address : {socket.remote} socket is {word}"
    )
