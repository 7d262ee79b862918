"""ICMP as octets: RFC 792, and the MTU of RFC 1191; of IPv6 RFC 4443."""

import struct
from collections.abc import Callable

from labs.twin.packet import Icmp, IcmpKind, Packet
from labs.twin.wire.octets import Reader, checksum, sealed

HEADER = struct.Struct("!BBHHH")
CHECKSUM_AT = 2
FILLER = b"\xab\xcd"
"""What IOS fills echoes with (`Data pattern [0xABCD]` of the extended ping)."""
CODES = {
    IcmpKind.ECHO_REPLY: (0, 0),
    IcmpKind.NET_UNREACHABLE: (3, 0),
    IcmpKind.HOST_UNREACHABLE: (3, 1),
    IcmpKind.PORT_UNREACHABLE: (3, 3),
    IcmpKind.FRAGMENTATION_NEEDED: (3, 4),
    IcmpKind.ADMIN_PROHIBITED: (3, 13),
    IcmpKind.ECHO: (8, 0),
    IcmpKind.TIME_EXCEEDED: (11, 0),
}
KINDS = {code: kind for kind, code in CODES.items()}
V6_CODES = {
    IcmpKind.NET_UNREACHABLE: (1, 0),
    IcmpKind.ADMIN_PROHIBITED: (1, 1),
    IcmpKind.HOST_UNREACHABLE: (1, 3),
    IcmpKind.PORT_UNREACHABLE: (1, 4),
    IcmpKind.FRAGMENTATION_NEEDED: (2, 0),
    IcmpKind.TIME_EXCEEDED: (3, 0),
    IcmpKind.ECHO: (128, 0),
    IcmpKind.ECHO_REPLY: (129, 0),
}
V6_KINDS = {code: kind for kind, code in V6_CODES.items()}
V6 = 58
V6_HEADER = struct.Struct("!BBHI")
QUERIES = frozenset({IcmpKind.ECHO, IcmpKind.ECHO_REPLY})


def encode(icmp: Icmp, quoted: bytes, room: int) -> bytes:
    """Write a message: an echo filled up to `room` octets, an error with what it quotes."""
    kind, code = CODES[icmp.kind]
    if icmp.kind in QUERIES:
        words = (icmp.ident & 0xFFFF, icmp.sequence & 0xFFFF)
        length = max(room - HEADER.size, 0)
        rest = (FILLER * (length // 2 + 1))[:length]
    else:
        words = (0, icmp.mtu)
        rest = quoted
    return sealed(HEADER.pack(kind, code, 0, *words) + rest, CHECKSUM_AT)


def encode_v6(icmp: Icmp, quoted: bytes, room: int, pseudo: bytes) -> bytes:
    """Write a message of IPv6; `pseudo` holds the two addresses."""
    kind, code = V6_CODES[icmp.kind]
    if icmp.kind in QUERIES:
        word = (icmp.ident & 0xFFFF) << 16 | icmp.sequence & 0xFFFF
        length = max(room - V6_HEADER.size, 0)
        rest = (FILLER * (length // 2 + 1))[:length]
    else:
        word, rest = icmp.mtu, quoted
    octets = V6_HEADER.pack(kind, code, 0, word) + rest
    return sealed(octets, CHECKSUM_AT, pseudo=pseudo + struct.pack("!HH", V6, len(octets)))


def decode_v6(
    octets: bytes, unquote: Callable[[bytes], Packet], pseudo: bytes, *, whole: bool
) -> Icmp:
    """Read a message of IPv6; of a quoted one only the header is there."""
    reader = Reader(octets, "ICMPv6 message")
    number, code, _, word = V6_HEADER.unpack(reader.take(V6_HEADER.size))
    if whole and checksum(pseudo + struct.pack("!HH", V6, len(octets)) + octets):
        raise reader.wrong("checksum")
    kind = V6_KINDS.get((number, code))
    if kind is None:
        raise reader.wrong(f"type {number} code {code}")
    if kind in QUERIES:
        return Icmp(kind=kind, ident=word >> 16, sequence=word & 0xFFFF)
    about = unquote(reader.rest()) if whole and reader.left else None
    return Icmp(kind=kind, mtu=word, about=about)


def decode(octets: bytes, unquote: Callable[[bytes], Packet], *, whole: bool) -> Icmp:
    """Read a message; of a quoted one only the header is there."""
    reader = Reader(octets, "ICMP message")
    number, code, _, first, second = HEADER.unpack(reader.take(HEADER.size))
    if whole and checksum(octets):
        raise reader.wrong("checksum")
    kind = KINDS.get((number, code))
    if kind is None:
        raise reader.wrong(f"type {number} code {code}")
    if kind in QUERIES:
        return Icmp(kind=kind, ident=first, sequence=second)
    about = unquote(reader.rest()) if whole and reader.left else None
    return Icmp(kind=kind, mtu=second, about=about)
