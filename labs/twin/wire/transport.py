"""UDP and TCP headers as octets: RFC 768 and RFC 9293."""

import struct

from labs.twin.packet import Tcp, Udp
from labs.twin.wire.octets import Reader, checksum, sealed

UDP = 17
TCP = 6
UDP_HEADER = struct.Struct("!HHHH")
UDP_CHECKSUM_AT = 6
TCP_HEADER = struct.Struct("!HHIIBBHHH")
TCP_CHECKSUM_AT = 16
MSS_OPTION = struct.Struct("!BBH")
END_OF_OPTIONS, NO_OPERATION, MSS_KIND = 0, 1, 2
WINDOW = 16384
"""The receive window IOS opens a session with (`show tcp`) [K]."""
BITS = {"fin": 0x01, "syn": 0x02, "rst": 0x04, "ack": 0x10}


def datagram(source: int, port: int, pseudo: bytes, content: bytes) -> bytes:
    """Write a datagram; `pseudo` holds the two addresses."""
    length = UDP_HEADER.size + len(content)
    octets = UDP_HEADER.pack(source & 0xFFFF, port & 0xFFFF, length, 0) + content
    return sealed(octets, UDP_CHECKSUM_AT, pseudo=pseudo + struct.pack("!HH", UDP, length))


def encode_udp(udp: Udp, pseudo: bytes, room: int) -> bytes:
    """Write a datagram without content, filled up to `room` octets."""
    return datagram(udp.source_port, udp.port, pseudo, bytes(max(room - UDP_HEADER.size, 0)))


def decode_udp(octets: bytes, pseudo: bytes, *, whole: bool) -> Udp:
    """Read the header of a datagram."""
    reader = Reader(octets, "UDP datagram")
    source, port, length, summed = UDP_HEADER.unpack(reader.take(UDP_HEADER.size))
    if whole:
        if not UDP_HEADER.size <= length <= len(octets):
            raise reader.wrong(f"length {length} of {len(octets)} octets")
        if summed and checksum(pseudo + struct.pack("!HH", UDP, length) + octets[:length]):
            raise reader.wrong("checksum")
    return Udp(source_port=source, port=port)


def encode_tcp(tcp: Tcp, pseudo: bytes, content: bytes) -> bytes:
    """Write a segment."""
    bits = sum(BITS[flag] for flag in tcp.flags)
    octets = content_header(tcp, bits) + _options(tcp) + content
    return sealed(octets, TCP_CHECKSUM_AT, pseudo=pseudo + struct.pack("!HH", TCP, len(octets)))


def content_header(tcp: Tcp, bits: int) -> bytes:
    """Write the fixed part of a TCP header, its checksum still zero."""
    return TCP_HEADER.pack(
        tcp.source_port,
        tcp.port,
        tcp.seq & 0xFFFFFFFF,
        (tcp.ack & 0xFFFFFFFF) if bits & BITS["ack"] else 0,
        (TCP_HEADER.size + len(_options(tcp))) // 4 << 4,
        bits,
        WINDOW,
        0,
        0,
    )


def _options(tcp: Tcp) -> bytes:
    return b"" if tcp.mss is None else MSS_OPTION.pack(MSS_KIND, MSS_OPTION.size, tcp.mss)


def _mss(options: bytes) -> int | None:
    """Find the maximum segment size among the options of a header (RFC 9293 section 3.1)."""
    at = 0
    while at < len(options) and options[at] != END_OF_OPTIONS:
        if options[at] == NO_OPERATION:
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if options[at] == MSS_KIND and length == MSS_OPTION.size and at + length <= len(options):
            return int.from_bytes(options[at + 2 : at + length], "big")
        at += max(length, 2)
    return None


def decode_tcp(octets: bytes, pseudo: bytes) -> Tcp:
    """Read a segment; its content stays octets."""
    reader = Reader(octets, "TCP segment")
    source, port, seq, ack, words, bits, _, _, _ = TCP_HEADER.unpack(reader.take(TCP_HEADER.size))
    length = (words >> 4) * 4
    if length < TCP_HEADER.size:
        raise reader.wrong(f"header of {length} octets")
    mss = _mss(reader.take(length - TCP_HEADER.size))
    if checksum(pseudo + struct.pack("!HH", TCP, len(octets)) + octets):
        raise reader.wrong("checksum")
    return Tcp(
        source_port=source,
        port=port,
        flags=frozenset(flag for flag, bit in BITS.items() if bits & bit),
        seq=seq,
        ack=ack,
        payload=reader.rest() or None,
        mss=mss,
    )
