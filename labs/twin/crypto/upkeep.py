"""What the crypto machine does by the clock: retries, DPD, rekeying."""

from typing import TYPE_CHECKING

from labs.twin.addresses import parse_address
from labs.twin.crypto import proposals
from labs.twin.crypto.associations import peer_of
from labs.twin.crypto.values import ChildSa, IkeMessage, IkeSa, IkeState, SocketState
from labs.twin.effects import Effect, SetTimer

if TYPE_CHECKING:
    from labs.twin.crypto.machine import CryptoMachine


def retry(machine: "CryptoMachine", key: str, now: float) -> list[Effect]:
    """Negotiate a wanted socket again."""
    tunnel, _, address = key.partition(" ")
    socket = machine.sockets.get((tunnel, parse_address(address)))
    if socket is None or socket.state is SocketState.OPEN:
        return []
    socket.state = SocketState.CLOSED
    return machine.open_socket(tunnel, socket.remote, now)


def dpd(machine: "CryptoMachine", sa: IkeSa, now: float) -> list[Effect]:
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
    return effects + machine.table.ask(sa, IkeMessage(exchange="info", number=0), now)


def rekey(machine: "CryptoMachine", child: ChildSa, now: float) -> list[Effect]:
    """Replace an SA pair before it ends; one that nobody replaced just ends."""
    sa = machine.sas.get(child.ike)
    guard = proposals.protection_of(machine.around.config, child.tunnels[0])
    expired = now >= child.created + child.lifetime_s
    if sa is None or guard is None or expired:
        return machine.table.drop_child(child, now)
    end = SetTimer(at=child.created + child.lifetime_s, kind="rekey", key=str(child.local_spi))
    offer = machine.child_offer(sa, guard, rekeys=child.local_spi)
    return [end, *machine.table.ask(sa, IkeMessage(exchange="child", number=0, child=offer), now)]


def renew(machine: "CryptoMachine", sa: IkeSa, now: float) -> list[Effect]:
    """Replace an IKE SA before it ends: begin another, which then takes its place."""
    if now >= sa.created + sa.lifetime_s:
        return machine.table.delete(sa, now, tell=True)
    key = str(sa.tunnel_id)
    end: Effect = SetTimer(at=sa.created + sa.lifetime_s, kind="life", key=key)
    tunnels = [tunnel for child in sa.children.values() for tunnel in child.tunnels]
    guard = proposals.protection_of(machine.around.config, tunnels[0]) if tunnels else None
    if guard is None:
        return [end]
    return [end, *machine.begin(peer_of(sa), guard, now)]
