"""IP packets as octets: the header of IPv4, and the payloads of the twin by protocol number.

Packets of the twin have a size and no content, so echoes, datagrams and encrypted payloads are
filled up to their size; packets whose payload says its own length get that length. A packet quoted
in an ICMP error or an NHRP indication is cut after 28 octets (RFC 792, ICMP_ERROR_SIZE of the
data plane) and read back as far as that goes; of IPv6 an error quotes as much as fits in the
least MTU (RFC 4443 section 2.4 c).
"""

import struct
from dataclasses import replace
from ipaddress import IPv4Address

from labs.twin.addresses import IPV4, IPV6
from labs.twin.packet import Eigrp, Esp, Gre, Icmp, Ike, Nhrp, Opaque, Packet, Tcp, Udp
from labs.twin.wire import bgp, eigrp, icmp, ike, ipv6, transport
from labs.twin.wire.nhrp import QUOTED, decode_nhrp, encode_nhrp
from labs.twin.wire.octets import MalformedPacket, NoWireForm, Reader, checksum, sealed

HEADER = struct.Struct("!BBHHHBBH4s4s")
HEADER_LENGTH = 20
CHECKSUM_AT = 10
DONT_FRAGMENT = 0x4000
FRAGMENT_BITS = 0x3FFF
LARGEST = 0xFFFF

ICMP = 1
TCP = 6
UDP = 17
GRE = 47
ESP = 50
EIGRP = 88

HEADER_LENGTHS = {IPV4: HEADER_LENGTH, IPV6: ipv6.HEADER_LENGTH}
DEEPEST = 8
"""Tunnels inside tunnels that are read."""
KEY_PRESENT = 0x2000
OTHER_GRE_BITS = 0xDFFF
CARRIES = {IPV4: 0x0800, IPV6: 0x86DD}
CARRIES_NHRP = 0x2001
"""GRE protocol type of NHRP (Cisco; RFC 2332 leaves the encapsulation open)."""
ICMPV6 = 58
ICMPV6_QUOTED = 1280 - 48


def encode(packet: Packet) -> bytes:
    """Write an IP packet.

    Raises:
        NoWireForm: Its content cannot be written.
    """
    try:
        protocol, body = _body(packet)
    except (KeyError, OverflowError, struct.error) as error:
        # A word without a number, or a number too large for its field.
        raise NoWireForm(f"{type(packet.payload).__name__}: {error!r}") from error
    if packet.src.version == IPV6:
        return ipv6.header(packet, protocol, len(body)) + body
    length = HEADER_LENGTH + len(body)
    header = HEADER.pack(
        0x45,
        packet.dscp << 2,
        # As in captures of segmentation offload: 0 says "longer than can be said".
        length if length <= LARGEST else 0,
        0,
        DONT_FRAGMENT if packet.df else 0,
        packet.ttl,
        protocol,
        0,
        packet.src.packed,
        packet.dst.packed,
    )
    return sealed(header, CHECKSUM_AT) + body


def quote(packet: Packet) -> bytes:
    """Write the start of a packet, as errors of IPv4 and NHRP quote it."""
    return encode(packet)[: QUOTED[packet.src.version]]


def encode_message(message: Nhrp) -> bytes:
    """Write an NHRP packet without what carries it."""
    return encode_nhrp(message, quote)


def decode_message(octets: bytes) -> Nhrp:
    """Read an NHRP packet.

    Raises:
        MalformedPacket: It is none.
    """
    return decode_nhrp(octets, unquote)


def _body(packet: Packet) -> tuple[int, bytes]:
    payload = packet.payload
    room = max(packet.size - HEADER_LENGTHS[packet.src.version], 0)
    pseudo = packet.src.packed + packet.dst.packed
    match payload:
        case Icmp() if packet.src.version == IPV6:
            whole = encode(payload.about)[:ICMPV6_QUOTED] if payload.about is not None else b""
            return ICMPV6, icmp.encode_v6(payload, whole, room, pseudo)
        case Icmp():
            quoted = quote(payload.about) if payload.about is not None else b""
            return ICMP, icmp.encode(payload, quoted, room)
        case Udp():
            return UDP, transport.encode_udp(payload, pseudo, room)
        case Tcp():
            return TCP, transport.encode_tcp(payload, pseudo, bgp.encode(payload.payload))
        case Gre():
            return GRE, _encode_gre(payload)
        case Esp():
            return ESP, _encode_esp(payload, room)
        case Eigrp():
            return EIGRP, eigrp.encode(payload)
        case Ike():
            return UDP, transport.datagram(ike.PORT, ike.PORT, pseudo, ike.encode(payload))
        case Opaque():
            return payload.protocol, payload.octets


def _encode_gre(gre: Gre) -> bytes:
    inner = gre.payload
    carries = CARRIES[inner.src.version] if isinstance(inner, Packet) else CARRIES_NHRP
    head = struct.pack("!HH", KEY_PRESENT if gre.key is not None else 0, carries)
    key = struct.pack("!I", gre.key) if gre.key is not None else b""
    return head + key + (encode(inner) if isinstance(inner, Packet) else encode_message(inner))


def _encode_esp(esp: Esp, room: int) -> bytes:
    """Write SPI, sequence number and filler: what is encrypted cannot be read anyway."""
    head = struct.pack("!II", esp.spi & 0xFFFFFFFF, esp.sequence & 0xFFFFFFFF)
    return head + ike.filler(max(room - len(head), 0), esp.spi ^ esp.sequence)


def decode(octets: bytes, depth: int = 0) -> Packet:
    """Read an IP packet; what the twin cannot read (ESP, EIGRP, IKE ...) stays `Opaque`.

    Raises:
        MalformedPacket: It is none.
    """
    packet, body = _decode_header(octets)
    length = packet.size - HEADER_LENGTHS[packet.src.version]
    if length > len(body):
        raise MalformedPacket(f"IP packet of {packet.size} octets cut short", octets)
    return _decode_body(packet, body[:length], depth, whole=True)


def unquote(octets: bytes) -> Packet:
    """Read the start of a packet that an error quotes."""
    packet, body = _decode_header(octets)
    return _decode_body(packet, body, 0, whole=False)


def _decode_header(octets: bytes) -> tuple[Packet, bytes]:
    if octets[:1] and octets[0] >> 4 == IPV6:
        return ipv6.decode_header(octets)
    reader = Reader(octets, "IPv4 header")
    version, tos, length, _, fragment, ttl, protocol, _, src, dst = HEADER.unpack(
        reader.take(HEADER_LENGTH)
    )
    words = version & 0xF
    if version >> 4 != 4 or words < 5:
        raise reader.wrong(f"version {version >> 4}, {words} words")
    reader.take(words * 4 - HEADER_LENGTH)
    if checksum(octets[: reader.at]):
        raise reader.wrong("checksum")
    if length < reader.at:
        raise reader.wrong(f"length {length}")
    if fragment & FRAGMENT_BITS:
        raise reader.wrong("a fragment")
    packet = Packet(
        src=IPv4Address(src),
        dst=IPv4Address(dst),
        payload=Opaque(protocol=protocol, octets=b""),
        ttl=ttl,
        # Options are not kept, so they do not count.
        size=length - (reader.at - HEADER_LENGTH),
        df=bool(fragment & DONT_FRAGMENT),
        dscp=tos >> 2,
    )
    return packet, reader.rest()


def _decode_body(packet: Packet, body: bytes, depth: int, *, whole: bool) -> Packet:
    payload = packet.payload
    protocol = payload.protocol if isinstance(payload, Opaque) else 0
    pseudo = packet.src.packed + packet.dst.packed
    found: Icmp | Udp | Tcp | Gre | Opaque
    if protocol == ICMP:
        found = icmp.decode(body, unquote, whole=whole)
    elif protocol == ICMPV6:
        found = icmp.decode_v6(body, unquote, pseudo, whole=whole)
    elif protocol == UDP:
        found = transport.decode_udp(body, pseudo, whole=whole)
    elif protocol == TCP and whole:
        found = transport.decode_tcp(body, pseudo)
    elif protocol == GRE and whole and depth < DEEPEST:
        found = _decode_gre(body, depth + 1)
    else:
        found = Opaque(protocol=protocol, octets=body)
    return replace(packet, payload=found)


def _decode_gre(octets: bytes, depth: int) -> Gre:
    reader = Reader(octets, "GRE header")
    bits, carries = reader.number(2), reader.number(2)
    if bits & OTHER_GRE_BITS:
        raise reader.wrong(f"bits {bits:#06x}")
    key = reader.number(4) if bits & KEY_PRESENT else None
    if carries == CARRIES_NHRP:
        return Gre(key=key, payload=decode_message(reader.rest()))
    if carries in CARRIES.values():
        return Gre(key=key, payload=decode(reader.rest(), depth))
    raise reader.wrong(f"protocol {carries:#06x}")
