"""The header of IPv6 packets as octets: RFC 8200 section 3.

Extension headers are not read: a packet with one is `Opaque` to the twin.
"""

import struct

from labs.twin.addresses import IPv6Address
from labs.twin.packet import Opaque, Packet
from labs.twin.wire.octets import MalformedPacket, Reader

HEADER = struct.Struct("!IHBB16s16s")
HEADER_LENGTH = 40
VERSION = 6
LARGEST = 0xFFFF


def header(packet: Packet, protocol: int, length: int) -> bytes:
    """Write the header of a packet whose body has `length` octets."""
    return HEADER.pack(
        VERSION << 28 | packet.dscp << 22,
        # 0 says "longer than can be said", as a jumbogram does (RFC 2675).
        length if length <= LARGEST else 0,
        protocol,
        packet.ttl,
        packet.src.packed,
        packet.dst.packed,
    )


def decode_header(octets: bytes) -> tuple[Packet, bytes]:
    """Read the header; the body comes with it, unread.

    Raises:
        MalformedPacket: It is none.
    """
    reader = Reader(octets, "IPv6 header")
    first, length, protocol, hops, src, dst = HEADER.unpack(reader.take(HEADER_LENGTH))
    if first >> 28 != VERSION:
        raise MalformedPacket(f"IPv6 header: version {first >> 28}", octets)
    packet = Packet(
        src=IPv6Address(src),
        dst=IPv6Address(dst),
        payload=Opaque(protocol=protocol, octets=b""),
        ttl=hops,
        size=HEADER_LENGTH + length,
        dscp=first >> 22 & 0x3F,
    )
    return packet, reader.rest()
