"""ICMP as octets: RFC 792, and the MTU of RFC 1191."""

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
