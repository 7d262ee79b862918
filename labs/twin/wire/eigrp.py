"""EIGRP as octets, to be read by others: RFC 7868 sections 6.3 to 6.8.

Routes are written with classic metrics (TLV 0x0102 and 0x0103) in either mode; the wide TLV 0x0602,
the software version TLV, and splitting a long update by the MTU are left out.
"""

import struct
from ipaddress import IPv4Address

from labs.twin.packet import Eigrp
from labs.twin.routing.eigrp.metric import CLASSIC_SCALE, PS_PER_TEN_US, REFERENCE_KBIT
from labs.twin.routing.eigrp.values import Advert, EigrpMessage, Opcode, Vector
from labs.twin.wire.octets import NoWireForm, sealed

HEADER = struct.Struct("!BBHIIIHH")
CHECKSUM_AT = 2
VERSION = 2
OPCODES = {
    Opcode.UPDATE: 1,
    Opcode.QUERY: 3,
    Opcode.REPLY: 4,
    Opcode.HELLO: 5,
    Opcode.ACK: 5,
}
INIT = 0x01
K_VALUES = (1, 0, 1, 0, 0, 0)
GOODBYE = (255, 255, 255, 255, 255, 255)
"""All K values 255: peer termination."""
PARAMETERS = 0x0001
STUB = 0x0006
INTERNAL = 0x0102
EXTERNAL = 0x0103
STUB_BITS = {
    "connected": 0x01,
    "static": 0x02,
    "summary": 0x04,
    "receive-only": 0x08,
    "redistributed": 0x10,
    "leak-map": 0x20,
}
FROM_STATIC = 3
"""External protocol identifier (section 6.7.3.2): the twin redistributes static routes."""
UNREACHABLE = 0xFFFFFFFF


def encode(packet: Eigrp) -> bytes:
    """Write an EIGRP packet."""
    message = packet.message
    if not isinstance(message, EigrpMessage):
        raise NoWireForm(f"EIGRP carries {type(message).__name__}")
    header = HEADER.pack(
        VERSION,
        OPCODES[message.opcode],
        0,
        INIT if message.init else 0,
        message.seq & 0xFFFFFFFF,
        message.ack & 0xFFFFFFFF,
        0,
        packet.asn,
    )
    return sealed(header + b"".join(_tlvs(message)), CHECKSUM_AT)


def _tlvs(message: EigrpMessage) -> list[bytes]:
    if message.opcode is not Opcode.HELLO:
        return [_route(advert) for advert in message.adverts]
    weights = GOODBYE if message.goodbye else K_VALUES
    found = [_tlv(PARAMETERS, struct.pack("!6BH", *weights, message.hold_s))]
    if message.stub:
        bits = sum(STUB_BITS.get(word, 0) for word in message.stub)
        found.append(_tlv(STUB, struct.pack("!H", bits)))
    return found


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value) + 4) + value


def _route(advert: Advert) -> bytes:
    next_hop = (advert.next_hop or IPv4Address(0)).packed
    length = advert.network.prefixlen
    prefix = bytes([length]) + advert.network.network_address.packed[: (length + 7) // 8]
    metric = _metric(advert.vector)
    if not advert.external:
        return _tlv(INTERNAL, next_hop + metric + prefix)
    origin = (advert.origin or IPv4Address(0)).packed
    outside = struct.pack("!IIIHBB", 0, 0, 0, 0, FROM_STATIC, 0)
    return _tlv(EXTERNAL, next_hop + origin + outside + metric + prefix)


def _metric(vector: Vector) -> bytes:
    """Write the classic vector: scaled delay and bandwidth, MTU, hops, reliability, load."""
    if vector.unreachable:
        delay, bandwidth = UNREACHABLE, 0
    else:
        delay = min(CLASSIC_SCALE * (vector.delay_ps // PS_PER_TEN_US), UNREACHABLE - 1)
        bandwidth = CLASSIC_SCALE * (REFERENCE_KBIT // vector.bandwidth_kbit)
    mtu = vector.mtu.to_bytes(3, "big")
    rest = bytes([min(vector.hops, 255), vector.reliability, vector.load, 0, 0])
    return struct.pack("!II", delay, bandwidth) + mtu + rest
