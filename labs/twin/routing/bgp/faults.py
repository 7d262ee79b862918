"""NOTIFICATION codes, and the lines IOS logs about sessions.

When a session ends is decided in `machine`.
"""

from ipaddress import IPv4Address

from labs.twin.effects import Effect, LogLine
from labs.twin.packet import Tcp
from labs.twin.routing.bgp.values import BgpPeer, Notification

Fault = tuple[int, int, str]
# (code, subcode) with the text IOS prints for it (RFC 4271 section 6).
HOLD_EXPIRED = (4, 0, "hold time expired")
WRONG_AS = (2, 2, "peer in wrong AS")
FSM_ERROR = (5, 0, "FSM error")
CEASE_DELETED = (6, 3, "Peer De-configured")
CEASE_SHUTDOWN = (6, 2, "Administrative Shutdown")
CEASE_RESET = (6, 4, "Administrative Reset")
TEXTS = {
    (code, subcode): text
    for code, subcode, text in (
        HOLD_EXPIRED,
        WRONG_AS,
        FSM_ERROR,
        CEASE_DELETED,
        CEASE_SHUTDOWN,
        CEASE_RESET,
    )
}


def _name(peer: BgpPeer) -> str:
    """Give the name of a peer in the log: a `*` marks one of a listen range."""
    return f"{'*' if peer.dynamic else ''}{peer.address}"


def change(peer: BgpPeer, what: str) -> Effect:
    """Log that a session came up or went down."""
    return LogLine(text=f"%BGP-5-ADJCHANGE: neighbor {_name(peer)} {what}")


def notice(direction: str, peer: BgpPeer, message: Notification) -> Effect:
    """Log a NOTIFICATION."""
    text = TEXTS.get((message.code, message.subcode), "unknown")
    return LogLine(
        text=f"%BGP-3-NOTIFICATION: {direction} neighbor {_name(peer)} "
        f"{message.code}/{message.subcode} ({text}) 0 bytes"
    )


def bad_signature(segment: Tcp, src: IPv4Address, dst: IPv4Address) -> Effect:
    """Log a SYN whose signature is missing or wrong."""
    kind = "No" if segment.payload is None else "Invalid"
    return LogLine(
        text=f"%TCP-6-BADAUTH: {kind} MD5 digest from {src}({segment.source_port}) "
        f"to {dst}({segment.port}) tableid - 0"
    )
