"""BGP as a sans-I/O machine: IPv4 unicast of the global table (RFC 4271, RFC 4456)."""

from labs.twin.routing.bgp.machine import BgpMachine
from labs.twin.routing.bgp.values import (
    Attributes,
    BgpMessage,
    BgpPeer,
    BgpRoute,
    BgpState,
    Keepalive,
    Notification,
    Open,
    Update,
)

__all__ = [
    "Attributes",
    "BgpMachine",
    "BgpMessage",
    "BgpPeer",
    "BgpRoute",
    "BgpState",
    "Keepalive",
    "Notification",
    "Open",
    "Update",
]
