"""EIGRP as octets, to be read by others: RFC 7868 sections 6.3 to 6.8.

A classic process writes classic metrics (TLV 0x0102 and 0x0103), a named one wide ones (0x0602 and
0x0603). Splitting a long update by the MTU is left out.
"""

import hashlib
import struct
from ipaddress import IPv4Address

from labs.twin.packet import Eigrp
from labs.twin.routing.eigrp.metric import CLASSIC_SCALE, REFERENCE_KBIT, scaled_delay
from labs.twin.routing.eigrp.values import (
    Advert,
    EigrpMessage,
    Opcode,
    Outside,
    Signature,
    Vector,
)
from labs.twin.wire.octets import NoWireForm, sealed

HEADER = struct.Struct("!BBHIIIHH")
CHECKSUM_AT = 2
VERSION = 2
OPCODES = {
    Opcode.UPDATE: 1,
    Opcode.QUERY: 3,
    Opcode.REPLY: 4,
    Opcode.SIA_QUERY: 10,
    Opcode.SIA_REPLY: 11,
    Opcode.HELLO: 5,
    Opcode.ACK: 5,
}
INIT, RESTART = 0x01, 0x04
GOODBYE = (255, 255, 255, 255, 255, 255)
"""All K values 255: peer termination."""
PARAMETERS = 0x0001
AUTHENTICATION = 0x0002
VERSIONS = 0x0004
TLV_VERSION = (2, 0)
STUB = 0x0006
INTERNAL = 0x0102
EXTERNAL = 0x0103
WIDE_INTERNAL = 0x0602
WIDE_EXTERNAL = 0x0603
IPV4_FAMILY = 1
UNREACHABLE_WIDE = 0xFFFFFFFFFFFF
DIGESTS = {"md5": (2, 16), "hmac-sha-256": (3, 32)}
"""Number of an authentication type, and the octets of its digest (section 6.6.2)."""
STUB_BITS = {
    "connected": 0x01,
    "static": 0x02,
    "summary": 0x04,
    "redistributed": 0x08,
    "leak-map": 0x10,
    "receive-only": 0x20,
}
PROTOCOLS = {"eigrp": 2, "static": 3, "rip": 4, "ospf": 6, "bgp": 9, "connected": 11}
"""External protocol identifiers (section 6.7.3.2)."""
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
        (INIT if message.init else 0) | (RESTART if message.restart else 0),
        message.seq & 0xFFFFFFFF,
        message.ack & 0xFFFFFFFF,
        0,
        packet.asn,
    )
    return sealed(header + b"".join(_tlvs(message)), CHECKSUM_AT)


def _tlvs(message: EigrpMessage) -> list[bytes]:
    signature = [_signed(message.signature)] if message.signature is not None else []
    if message.opcode is not Opcode.HELLO:
        write = _wide_route if message.wide else _route
        return signature + [write(a) for advert in message.adverts for a in (advert, *advert.more)]
    weights = GOODBYE if message.goodbye else message.weights
    found = [*signature, _tlv(PARAMETERS, struct.pack("!6BH", *weights, message.hold_s))]
    if any(message.version) and not message.goodbye:
        found.append(_tlv(VERSIONS, bytes((*message.version, *TLV_VERSION))))
    if message.stub:
        bits = sum(STUB_BITS.get(word, 0) for word in message.stub)
        found.append(_tlv(STUB, struct.pack("!H", bits)))
    return found


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value) + 4) + value


def _route(advert: Advert) -> bytes:
    next_hop = (advert.next_hop or IPv4Address(0)).packed
    if advert.network.version != 4:
        raise NoWireForm("EIGRP routes of IPv6")
    length = advert.network.prefixlen
    prefix = bytes([length]) + advert.network.network_address.packed[: (length + 7) // 8]
    metric = _metric(advert.vector)
    if not advert.external:
        return _tlv(INTERNAL, next_hop + metric + prefix)
    origin = (advert.origin or IPv4Address(0)).packed
    return _tlv(EXTERNAL, next_hop + origin + _outside(advert) + metric + prefix)


def _outside(advert: Advert) -> bytes:
    """Write where an external destination comes from: AS, tag, metric, protocol."""
    source = advert.outside or Outside(protocol="static")
    protocol = PROTOCOLS.get(source.protocol, 0)
    metric = min(source.metric, UNREACHABLE)
    return struct.pack("!IIIHBB", source.asn, advert.tag, metric, 0, protocol, 0)


def _wide_route(advert: Advert) -> bytes:
    origin = (advert.origin or IPv4Address(0)).packed
    head = struct.pack("!HH", 0, IPV4_FAMILY) + origin + _wide_metric(advert.vector)
    head += (advert.next_hop or IPv4Address(0)).packed
    if advert.external:
        head += origin + _outside(advert)
    length = advert.network.prefixlen
    prefix = bytes([length]) + advert.network.network_address.packed[: (length + 7) // 8]
    return _tlv(WIDE_EXTERNAL if advert.external else WIDE_INTERNAL, head + prefix)


def _wide_metric(vector: Vector) -> bytes:
    """Write the wide vector (section 6.9.1): delay in picoseconds, bandwidth in kbit/s."""
    delay = UNREACHABLE_WIDE if vector.unreachable else min(vector.delay_ps, UNREACHABLE_WIDE - 1)
    few = bytes([0, 0, vector.reliability, vector.load])
    rest = vector.mtu.to_bytes(3, "big") + bytes([min(vector.hops, 255)])
    long = delay.to_bytes(6, "big") + vector.bandwidth_kbit.to_bytes(6, "big")
    return few + rest + long + bytes(4)


def _signed(signature: Signature) -> bytes:
    """Write the authentication TLV; the twin compares keys, so the digest stands for the key."""
    kind, size = DIGESTS[signature.mode]
    digest = hashlib.sha256(signature.secret.encode()).digest()[:size]
    return _tlv(
        AUTHENTICATION, struct.pack("!HHII", kind, size, signature.key, 0) + bytes(8) + digest
    )


def _metric(vector: Vector) -> bytes:
    """Write the classic vector: scaled delay and bandwidth, MTU, hops, reliability, load."""
    if vector.unreachable:
        delay, bandwidth = UNREACHABLE, 0
    else:
        delay = min(scaled_delay(vector.delay_ps), UNREACHABLE - 1)
        bandwidth = CLASSIC_SCALE * (REFERENCE_KBIT // vector.bandwidth_kbit)
    mtu = vector.mtu.to_bytes(3, "big")
    rest = bytes([min(vector.hops, 255), vector.reliability, vector.load, 0, 0])
    return struct.pack("!II", delay, bandwidth) + mtu + rest
