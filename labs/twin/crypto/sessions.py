"""The view of `show crypto session`: one block a socket."""

from labs.twin.crypto.associations import Associations
from labs.twin.crypto.values import CryptoSession, CryptoSocket, SessionStatus, SocketState


def session_of(table: Associations, socket: CryptoSocket) -> CryptoSession:
    """Put together what is known of the protected path to a peer."""
    peer = (socket.local, socket.remote, socket.vrf)
    ike = tuple(table.of_peer(peer))
    children = tuple(
        child for sa in ike for child in sa.children.values() if socket.tunnel in child.tunnels
    )
    ready = table.ready_sa(peer)
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
