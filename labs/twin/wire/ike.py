"""IKEv2 as octets, to be read by others: RFC 7296 section 3.

IKE_SA_INIT is written with its SA, key exchange, nonce and notify payloads; what later exchanges
say is encrypted, so they hold one encrypted payload of filler. Filler is made from the values of
the message, so that the same run writes the same octets.
"""

import struct
from hashlib import blake2b

from labs.twin.crypto.values import IkeMessage, Offer
from labs.twin.packet import Ike
from labs.twin.wire.octets import NoWireForm

PORT = 500
HEADER = struct.Struct("!QQBBBBII")
GENERIC = struct.Struct("!BBH")
VERSION_2 = 0x20
EXCHANGES = {"init": 34, "auth": 35, "child": 36, "info": 37}
INITIATOR = 0x08
RESPONSE = 0x20
NO_NEXT = 0
SA = 33
KEY_EXCHANGE = 34
NONCE = 40
NOTIFY = 41
ENCRYPTED = 46
ERRORS = {"NO_PROPOSAL_CHOSEN": 14, "INVALID_KE_PAYLOAD": 17, "AUTHENTICATION_FAILED": 24}
"""Notify message types (section 3.10.1)."""
NONCE_LENGTH = 32
ENCRYPTED_LENGTH = 192
EMPTY_LENGTH = 48
"""Length of the encrypted part of a message that says nothing (dead peer detection)."""

# Transform types and identifiers of section 3.3.2 and of the IANA registry.
ENCR, PRF, INTEG, GROUP = 1, 2, 3, 4
HASHES = {"md5": (1, 1), "sha1": (2, 2), "sha256": (5, 12), "sha384": (6, 13), "sha512": (7, 14)}
"""By name: PRF and integrity identifier."""
CIPHERS = (("3des", 3), ("des", 2), ("aes-gcm", 20), ("aes-cbc", 12))
GROUP_LENGTHS = {1: 96, 2: 128, 5: 192, 14: 256, 15: 384, 16: 512, 19: 64, 20: 96, 21: 132, 24: 256}
KEY_LENGTH = 0x800E
"""Attribute type 14 in the short form."""
LAST, MORE_TRANSFORMS, MORE_PROPOSALS = 0, 3, 2


def encode(packet: Ike) -> bytes:
    """Write an IKE message."""
    message = packet.message
    if not isinstance(message, IkeMessage) or packet.version != 2:
        raise NoWireForm(f"IKE version {packet.version} carries {type(message).__name__}")
    payloads = _init(message) if message.exchange == "init" else [(ENCRYPTED, _sealed(message))]
    kinds = [kind for kind, _ in payloads]
    body = b"".join(
        GENERIC.pack(following, 0, GENERIC.size + len(content)) + content
        for following, (_, content) in zip([*kinds[1:], NO_NEXT], payloads, strict=True)
    )
    bits = RESPONSE if message.response else INITIATOR
    return (
        HEADER.pack(
            packet.initiator_spi,
            packet.responder_spi,
            kinds[0],
            VERSION_2,
            EXCHANGES[message.exchange],
            bits,
            message.number,
            HEADER.size + len(body),
        )
        + body
    )


def _init(message: IkeMessage) -> list[tuple[int, bytes]]:
    if message.error:
        data = struct.pack("!H", message.group) if message.group else b""
        return [(NOTIFY, struct.pack("!BBH", 0, 0, ERRORS[message.error]) + data)]
    offers, group = message.offers, message.group
    if message.suite is not None:
        suite = message.suite
        integrity = (suite.integrity,) if suite.integrity is not None else ()
        group = suite.group
        chosen = Offer(
            encryption=(suite.encryption,),
            integrity=integrity,
            prf=(suite.prf,),
            groups=(suite.group,),
        )
        offers = (chosen,)
    proposals = [_proposal(n, offer, len(offers)) for n, offer in enumerate(offers, start=1)]
    public = filler(GROUP_LENGTHS.get(group, 256), message.nonce ^ group)
    return [
        (SA, b"".join(proposals)),
        (KEY_EXCHANGE, struct.pack("!HH", group, 0) + public),
        (NONCE, filler(NONCE_LENGTH, message.nonce)),
    ]


def _proposal(number: int, offer: Offer, count: int) -> bytes:
    transforms = [
        *((ENCR, *_cipher(word)) for word in offer.encryption),
        *((PRF, HASHES[word][0], 0) for word in offer.prf),
        *((INTEG, HASHES[word][1], 0) for word in offer.integrity),
        *((GROUP, group, 0) for group in offer.groups),
    ]
    body = b"".join(
        _transform(MORE_TRANSFORMS if place < len(transforms) else LAST, *transform)
        for place, transform in enumerate(transforms, start=1)
    )
    more = MORE_PROPOSALS if number < count else LAST
    head = struct.pack("!BBHBBBB", more, 0, 8 + len(body), number, 1, 0, len(transforms))
    return head + body


def _cipher(word: str) -> tuple[int, int]:
    """Give identifier and key length of an encryption as configured (0: it has but one)."""
    for name, number in CIPHERS:
        if word.startswith(name):
            length = word.rsplit("-", maxsplit=1)[-1]
            return number, int(length) if length.isdigit() else 0
    raise NoWireForm(f"no IKE number for encryption {word}")


def _transform(more: int, kind: int, number: int, key_length: int) -> bytes:
    attribute = struct.pack("!HH", KEY_LENGTH, key_length) if key_length else b""
    return struct.pack("!BBHBBH", more, 0, 8 + len(attribute), kind, 0, number) + attribute


def _sealed(message: IkeMessage) -> bytes:
    empty = message.exchange == "info" and not (message.delete_ike or message.delete_spis)
    seed = message.number * 2 + message.response
    return filler(EMPTY_LENGTH if empty else ENCRYPTED_LENGTH, seed)


def filler(length: int, seed: int) -> bytes:
    """Make octets that look encrypted and are the same for the same seed."""
    blocks = -(-length // 64)
    start = (seed & (2**128 - 1)).to_bytes(16, "big")
    made = b"".join(blake2b(start + n.to_bytes(4, "big")).digest() for n in range(blocks))
    return made[:length]
