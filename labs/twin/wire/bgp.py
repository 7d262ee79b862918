"""BGP messages as octets, to be read by others: RFC 4271 section 4, four octet AS numbers."""

import struct
from ipaddress import IPv4Network

from labs.twin.routing.bgp.values import Attributes, Keepalive, Notification, Open, Update

MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
VERSION = 4
AS_TRANS = 23456
"""Stands for a number of four octets where there are two (RFC 6793)."""
ORIGINS = {"i": 0, "e": 1, "?": 2}
WELL_KNOWN, OPTIONAL = 0x40, 0x80
OPTIONAL_TRANSITIVE = 0xC0
EXTENDED = 0x10
AS_SEQUENCE = 2
FOUR_OCTETS = 65
MULTIPROTOCOL = 1
WELL_KNOWN_COMMUNITIES = {
    "internet": 0,
    "no-export": 0xFFFFFF01,
    "no-advertise": 0xFFFFFF02,
    "local-as": 0xFFFFFF03,
}


def encode(message: object) -> bytes:
    """Write what a segment carries; a bare segment, and one that is only signed, carry nothing."""
    match message:
        case bytes():
            return message
        case Open():
            return _message(OPEN, _open(message))
        case Update():
            return _message(UPDATE, _update(message))
        case Notification():
            return _message(NOTIFICATION, bytes([message.code, message.subcode]))
        case Keepalive():
            return _message(KEEPALIVE, b"")
        case _:
            return b""


def _message(kind: int, body: bytes) -> bytes:
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def _open(message: Open) -> bytes:
    short = message.asn if message.asn <= 0xFFFF else AS_TRANS
    capabilities = struct.pack("!BBHBB", MULTIPROTOCOL, 4, 1, 0, 1)
    capabilities += struct.pack("!BBI", FOUR_OCTETS, 4, message.asn)
    options = bytes([2, len(capabilities)]) + capabilities
    head = struct.pack("!BHH", VERSION, short, message.hold_s) + message.router_id.packed
    return head + bytes([len(options)]) + options


def _update(message: Update) -> bytes:
    withdrawn = b"".join(_prefix(network) for network in message.withdrawn)
    path = _attributes(message.attributes) if message.attributes is not None else b""
    reached = b"".join(_prefix(network) for network in message.reached)
    head = struct.pack("!H", len(withdrawn)) + withdrawn
    return head + struct.pack("!H", len(path)) + path + reached


def _prefix(network: IPv4Network) -> bytes:
    length = network.prefixlen
    return bytes([length]) + network.network_address.packed[: (length + 7) // 8]


def _attributes(path: Attributes) -> bytes:
    hops = b"".join(struct.pack("!I", asn) for asn in path.as_path)
    sequence = bytes([AS_SEQUENCE, len(path.as_path)]) + hops if path.as_path else b""
    found = [
        (WELL_KNOWN, 1, bytes([ORIGINS[path.origin]])),
        (WELL_KNOWN, 2, sequence),
        (WELL_KNOWN, 3, path.next_hop.packed),
        (OPTIONAL, 4, struct.pack("!I", path.med)),
        (WELL_KNOWN, 5, struct.pack("!I", path.local_pref)),
    ]
    if path.atomic:
        found.append((WELL_KNOWN, 6, b""))
    if path.aggregator is not None:
        # The value knows no AS of the aggregator: the last of the path, 0 for our own.
        asn = path.as_path[-1] if path.as_path else 0
        content = struct.pack("!I", asn) + path.aggregator.packed
        found.append((OPTIONAL_TRANSITIVE, 7, content))
    if path.communities:
        content = b"".join(_community(word) for word in path.communities)
        found.append((OPTIONAL_TRANSITIVE, 8, content))
    if path.originator is not None:
        found.append((OPTIONAL, 9, path.originator.packed))
    if path.clusters:
        found.append((OPTIONAL, 10, b"".join(cluster.packed for cluster in path.clusters)))
    return b"".join(_attribute(*row) for row in found)


def _community(word: str) -> bytes:
    """Write a community: a number, `AS:number` or a well-known name (RFC 1997)."""
    if word in WELL_KNOWN_COMMUNITIES:
        return struct.pack("!I", WELL_KNOWN_COMMUNITIES[word])
    high, colon, low = word.partition(":")
    if colon and high.isdigit() and low.isdigit():
        return struct.pack("!HH", int(high) & 0xFFFF, int(low) & 0xFFFF)
    return struct.pack("!I", int(word) & 0xFFFFFFFF if word.isdigit() else 0)


def _attribute(bits: int, kind: int, content: bytes) -> bytes:
    if len(content) > 255:
        return struct.pack("!BBH", bits | EXTENDED, kind, len(content)) + content
    return bytes([bits, kind, len(content)]) + content
