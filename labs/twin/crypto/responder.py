"""The responder's half of the crypto machine: what it answers to the requests of a peer.

The theory stands at the head of `machine`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from labs.twin.crypto import guards, proposals
from labs.twin.crypto.associations import Peer
from labs.twin.crypto.values import ChildOffer, IkeMessage, IkeSa, IkeState
from labs.twin.effects import CancelTimer, Effect, SendPacket, SetTimer
from labs.twin.packet import Ike, Packet

if TYPE_CHECKING:
    from labs.twin.crypto.machine import CryptoMachine

HALF_OPEN_S = 60.0
"""How long a responder waits for IKE_AUTH [K]."""


def init_request(
    machine: "CryptoMachine", ike: Ike, message: IkeMessage, peer: Peer, now: float
) -> list[Effect]:
    """Answer IKE_SA_INIT; without a protected tunnel to the peer nobody listens."""
    config = machine.around.config
    guard = guards.listening(machine.around, peer, ike.version)
    if guard is None:
        return []
    for known in machine.table.of_peer(peer):
        if known.remote_spi == ike.initiator_spi and known.last_answer is not None:
            return [machine.table.send(known, known.last_answer)]
    suite = proposals.agree(
        message.offers, proposals.offers_for(config.crypto, peer[2], config.image, ike.version)
    )
    if suite is None:
        return [_refuse(ike, peer, "NO_PROPOSAL_CHOSEN", 0)]
    if suite.group != message.group:
        return [_refuse(ike, peer, "INVALID_KE_PAYLOAD", suite.group)]
    sa = machine.table.new_sa(peer, initiator=False, now=now, version=ike.version)
    sa.remote_spi = ike.initiator_spi
    sa.suite = suite
    sa.expected_number = 1
    sa.nonces = (message.nonce, machine.chance.number())
    answer = IkeMessage(exchange="init", number=0, response=True, suite=suite, nonce=sa.nonces[1])
    half = SetTimer(at=now + HALF_OPEN_S, kind="half", key=str(sa.tunnel_id))
    return [half, machine.table.reply(sa, answer)]


def _refuse(ike: Ike, peer: Peer, error: str, group: int) -> Effect:
    message = IkeMessage(exchange="init", number=0, response=True, error=error, group=group)
    packet = Packet(
        src=peer[0],
        dst=peer[1],
        size=64,
        payload=Ike(
            version=ike.version,
            initiator_spi=ike.initiator_spi,
            responder_spi=0,
            message=message,
        ),
    )
    return SendPacket(packet=packet, vrf=peer[2])


def request(machine: "CryptoMachine", sa: IkeSa, message: IkeMessage, now: float) -> list[Effect]:
    """Answer a request inside an IKE SA; a repeated one gets the same answer again."""
    if message.number < sa.expected_number:
        return [machine.table.send(sa, sa.last_answer)] if sa.last_answer is not None else []
    if message.number > sa.expected_number:
        return []
    if message.exchange == "auth":
        if sa.state is not IkeState.INIT_ANSWERED:
            return []
        return _auth_request(machine, sa, message, now)
    if sa.state is not IkeState.READY:
        return []
    sa.expected_number += 1
    if message.exchange == "child" and message.child is not None:
        return _child_request(machine, sa, message, message.child, now)
    answer = IkeMessage(exchange="info", number=message.number, response=True)
    effects: list[Effect] = [machine.table.reply(sa, answer)]
    for child in [c for c in sa.children.values() if c.remote_spi in message.delete_spis]:
        effects += machine.table.drop_child(child, now)
    return effects + (machine.table.delete(sa, now, tell=False) if message.delete_ike else [])


def _auth_request(
    machine: "CryptoMachine", sa: IkeSa, message: IkeMessage, now: float
) -> list[Effect]:
    sa.expected_number += 1
    crypto = machine.around.config.crypto
    identity = message.identity or sa.remote
    profile = proposals.profile_for(crypto, sa.vrf, identity, sa.version)
    keys = proposals.keys_for(crypto, profile, sa.remote) if profile is not None else None
    if (
        profile is None
        or keys is None
        or message.proof != proposals.proof(keys[1], "initiator", sa.nonces, identity)
    ):
        if sa.version == 1:
            return []  # cannot be decrypted: dropped, until both give up
        refusal = IkeMessage(
            exchange="auth", number=1, response=True, error="AUTHENTICATION_FAILED"
        )
        return [machine.table.reply(sa, refusal), *machine.table.delete(sa, now, tell=False)]
    effects: list[Effect] = [CancelTimer(kind="half", key=str(sa.tunnel_id))]
    if message.initial_contact:
        effects += machine.table.drop_older(sa, now)
    effects += machine.ready(sa, "auth request", profile, now)
    child, more = _grant(machine, sa, message.child, now, pfs=sa.version == 1)
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
        machine.table.reply(sa, answer),
        *more,
        *machine.table.settle_collision(sa, now),
    ]


def _child_request(
    machine: "CryptoMachine", sa: IkeSa, message: IkeMessage, offer: ChildOffer, now: float
) -> list[Effect]:
    child, more = _grant(machine, sa, offer, now, pfs=True)
    answer = IkeMessage(
        exchange="child",
        number=message.number,
        response=True,
        child=child,
        error="" if child is not None else "NO_PROPOSAL_CHOSEN",
    )
    return [machine.table.reply(sa, answer), *more]


def _grant(
    machine: "CryptoMachine", sa: IkeSa, offer: ChildOffer | None, now: float, *, pfs: bool = False
) -> tuple[ChildOffer | None, list[Effect]]:
    """Agree to an SA pair if a protected tunnel allows it."""
    crypto = machine.around.config.crypto
    peer = (sa.local, sa.remote, sa.vrf)
    for guard in guards.between(machine.around, peer):
        if offer is None or guard.profile.ike != sa.profile:
            continue
        if pfs and offer.pfs_group != guard.profile.pfs_group:
            continue  # PFS is first negotiated by CREATE_CHILD_SA [1.3.1]
        for ours in proposals.transform_sets(crypto, guard.profile):
            if ours.transforms not in offer.transforms:
                continue
            ours_transport = ours.mode == "transport"
            if sa.version == 1 and offer.transport != ours_transport:
                continue
            transport = offer.transport and ours_transport
            agreed = replace(offer, transforms=(ours.transforms,), transport=transport)
            answer = replace(agreed, spi=machine.table.spi(32), local=sa.local, remote=sa.remote)
            effects = machine.table.make_child(
                sa, guard, answer.spi, agreed, guards.sharing(machine.around, guard), now
            )
            return answer, effects
    return None, []
