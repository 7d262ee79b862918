"""The state machine of a BGP session.

Theory of operation (RFC 4271 section 8; the names are those of `show ip bgp summary`):

    state         start    connected  open          keepalive     lost/notification/stop
    Idle          Active   -          -             -             Idle
    Active        Active   OpenSent   -             -             Idle
    OpenSent      -        -          OpenConfirm   -             Idle
    OpenConfirm   -        -          -             Established   Idle
    Established   -        -          -             Established   Idle

Connect is not entered: IOS prints Active while it tries (p3-ibgp-dualhub, hub to hub). A peer made
by a listen range is never called, only answered, and is forgotten when its session ends.
"""

from labs.twin.routing.bgp.values import BgpPeer, BgpState

# Time between attempts to connect, and before a lost session is tried again [K].
CONNECT_RETRY_S = 30.0
IDLE_HOLD_S = 5.0
# RFC 4271 section 8.2.2: hold time until the peer has said its own.
OPENING_HOLD_S = 240.0

HISTORY = 8

TABLE: dict[tuple[BgpState, str], BgpState] = {
    (BgpState.IDLE, "start"): BgpState.ACTIVE,
    (BgpState.ACTIVE, "start"): BgpState.ACTIVE,
    (BgpState.ACTIVE, "connected"): BgpState.OPEN_SENT,
    (BgpState.OPEN_SENT, "open"): BgpState.OPEN_CONFIRM,
    (BgpState.OPEN_CONFIRM, "keepalive"): BgpState.ESTABLISHED,
    (BgpState.ESTABLISHED, "keepalive"): BgpState.ESTABLISHED,
    (BgpState.ESTABLISHED, "update"): BgpState.ESTABLISHED,
    **{(state, "end"): BgpState.IDLE for state in BgpState},
}


class IllegalTransition(Exception):
    """An event came in a state that has no place for it; the state is unchanged."""

    def __init__(self, peer: BgpPeer, event: str) -> None:
        past = ", ".join(peer.history) or "none"
        super().__init__(
            f"BGP peer {peer.address}: event {event!r} in state {peer.state!s} (before: {past})"
        )
        self.peer, self.state, self.event, self.history = (
            peer.address,
            peer.state,
            event,
            peer.history,
        )


def allowed(peer: BgpPeer, event: str) -> bool:
    """Tell whether the table has a place for an event."""
    return (peer.state, event) in TABLE


def step(peer: BgpPeer, event: str, now: float) -> bool:
    """Move a peer's state by the table; tell whether it changed."""
    after = TABLE.get((peer.state, event))
    if after is None:
        raise IllegalTransition(peer, event)
    changed = after is not peer.state
    if changed:
        peer.history = (*peer.history, f"{now:.3f} {event}: {after}")[-HISTORY:]
    peer.state = after
    return changed
