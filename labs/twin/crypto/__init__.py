"""IKEv2 and IPsec as state."""

from labs.twin.crypto.machine import CryptoMachine
from labs.twin.crypto.values import (
    ChildSa,
    CryptoSession,
    CryptoSocket,
    IkeSa,
    IkeState,
    SessionStatus,
    SocketState,
)

__all__ = [
    "ChildSa",
    "CryptoMachine",
    "CryptoSession",
    "CryptoSocket",
    "IkeSa",
    "IkeState",
    "SessionStatus",
    "SocketState",
]
