"""NHRP as octets: RFC 2332 section 5, and what Cisco adds to it.

Layout. Fixed part (20 octets), mandatory part (its head depends on the type), client information
entries, extensions. The checksum runs over the whole packet, an odd last octet padded.

* Replies keep source and destination of the request; who answers stands in the responder address
  extension (RFC 2332 section 5.2.0.1, 5.3.1).
* An error indication has no extensions (section 5.2.7) and, like Cisco's traffic indication
  (type 8), neither flags nor request id; it carries the start of the packet it is about.
* Authentication is Cisco's clear text: reserved, SPI 1, the string, and no source address.
* The group of a registration is a vendor-private extension (section 5.3.5) of Cisco's OUI with the
  name as text; that inner form is the twin's own.
* NAT (type 9) is one CIE with the address that the sender believes to have.

A value whose type has no room for a field loses that field; the machines make no such value.
"""

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

from labs.twin.addresses import IPV4, IPV6, Address
from labs.twin.packet import Nhrp, NhrpClient, NhrpType, Packet
from labs.twin.wire.octets import MalformedPacket, Reader, checksum, sealed

FAMILIES = {IPV4: 1, IPV6: 2}
"""Address family numbers of the NBMA address (RFC 2332 section 5.2.0.1, IANA)."""
PROTOCOLS = {IPV4: 0x0800, IPV6: 0x86DD}
"""Ethernet types of the protocol address."""
ADDRESS = {IPV4: 4, IPV6: 16}
VERSION = 1
FIXED = struct.Struct("!HH5xBHHHBBBB")
FIXED_LENGTH = 20
LENGTH_AT = 10
CHECKSUM_AT = 12
TYPE_AT = 17
HEAD = struct.Struct("!BBHI")
CLIENT = struct.Struct("!BBHHHBBBB")
EXTENSION = struct.Struct("!HH")

COMPULSORY = 0x8000
TYPE_BITS = 0x3FFF
QUOTED = {IPV4: 28, IPV6: 48}
"""Octets of a packet that an indication quotes: its IP header and 8 more."""
LONGEST = {4: 32, 16: 128}
"""The longest prefix by the octets of an address."""
ALONE = 255
"""Prefix length of a mapping for one address (section 5.2.0.1)."""
END = 0
RESPONDER = 3
FORWARD_RECORD = 4
REVERSE_RECORD = 5
AUTHENTICATION = 7
VENDOR_PRIVATE = 8
NAT_ADDRESS = 9
GROUP = bytes((0x00, 0x00, 0x0C, 0x02))
"""Cisco's OUI, and an octet of ours that says what follows."""
CLEAR_TEXT = 1
"""SPI of Cisco's authentication."""

RESOLUTIONS = frozenset({NhrpType.RESOLUTION_REQUEST, NhrpType.RESOLUTION_REPLY})
REGISTRATIONS = frozenset({NhrpType.REGISTRATION_REQUEST, NhrpType.REGISTRATION_REPLY})
PURGES = frozenset({NhrpType.PURGE_REQUEST, NhrpType.PURGE_REPLY})
INDICATIONS = frozenset({NhrpType.ERROR_INDICATION, NhrpType.TRAFFIC_INDICATION})
NAT_BIT = 0x0002
FLAGS: dict[NhrpType, tuple[tuple[str, int], ...]] = {
    **dict.fromkeys(
        RESOLUTIONS,
        (("router", 0x8000), ("authoritative", 0x4000), ("unique", 0x1000), ("nat", NAT_BIT)),
    ),
    **dict.fromkeys(REGISTRATIONS, (("unique", 0x8000), ("nat", NAT_BIT))),
    **dict.fromkeys(PURGES, (("no_reply", 0x8000),)),
    **dict.fromkeys(INDICATIONS, ()),
}
"""Bits of the flags field by type: RFC 2332 sections 5.2.1, 5.2.3 and 5.2.5; Cisco's NAT bit."""


class Sizes(NamedTuple):
    """How many octets the addresses of a packet have."""

    nbma: int
    protocol: int


_SIZES = {
    (FAMILIES[below], PROTOCOLS[above]): Sizes(ADDRESS[below], ADDRESS[above])
    for below in (IPV4, IPV6)
    for above in (IPV4, IPV6)
}

Quote = Callable[[Packet], bytes]
Unquote = Callable[[bytes], Packet]


def encode_nhrp(message: Nhrp, quote: Quote) -> bytes:
    """Write a message; `quote` gives the start of a packet that an indication is about."""
    quoted = quote(message.data) if message.data is not None else b""
    if message.about is not None:
        quoted = encode_nhrp(message.about, quote)
    mandatory = _mandatory(message) + quoted
    mandatory += b"".join(_client(client) for client in message.clients)
    bare = message.type is NhrpType.ERROR_INDICATION
    extensions = b"" if bare else _extensions(message)
    offset = FIXED_LENGTH + len(mandatory)
    fixed = FIXED.pack(
        FAMILIES[message.source_nbma.version],
        PROTOCOLS[message.source.version],
        message.hop_count,
        offset + len(extensions),
        0,
        0 if bare else offset,
        VERSION,
        message.type,
        ADDRESS[message.source_nbma.version],
        0,
    )
    return sealed(fixed + mandatory + extensions, CHECKSUM_AT)


def length_of(message: Nhrp) -> int:
    """Give the length of a message on the wire without writing it."""
    nbma, protocol = ADDRESS[message.source_nbma.version], ADDRESS[message.source.version]
    length = FIXED_LENGTH + HEAD.size + nbma + 2 * protocol + _clients_length(message.clients)
    if message.type is NhrpType.ERROR_INDICATION:
        return length + (length_of(message.about) if message.about is not None else 0)
    if message.type is NhrpType.TRAFFIC_INDICATION:
        length += QUOTED[message.data.src.version] if message.data is not None else 0
    else:
        responder = (message.responder,) if message.responder is not None else ()
        records = (*responder, *message.forward_record, *message.reverse_record)
        length += 3 * EXTENSION.size + _clients_length(records)
    if message.authentication is not None:
        length += EXTENSION.size + 4 + len(message.authentication.encode())
    if message.group is not None:
        length += EXTENSION.size + len(GROUP) + len(message.group.encode())
    if message.claimed_nbma is not None:
        length += EXTENSION.size + CLIENT.size + ADDRESS[message.claimed_nbma.version] + protocol
    return length + EXTENSION.size


def _clients_length(clients: Iterable[NhrpClient]) -> int:
    return sum(
        CLIENT.size
        + (ADDRESS[client.nbma.version] if client.nbma is not None else 0)
        + (ADDRESS[client.protocol.version] if client.protocol is not None else 0)
        for client in clients
    )


def _mandatory(message: Nhrp) -> bytes:
    protocol = ADDRESS[message.source.version]
    if message.type in INDICATIONS:
        head = struct.pack("!BBHHH", protocol, protocol, 0, message.error_code, 0)
    else:
        flags = sum(bit for name, bit in FLAGS[message.type] if getattr(message, name))
        head = HEAD.pack(protocol, protocol, flags, message.request_id)
    return head + message.source_nbma.packed + message.source.packed + message.destination.packed


def _client(client: NhrpClient) -> bytes:
    nbma = client.nbma.packed if client.nbma is not None else b""
    protocol = client.protocol.packed if client.protocol is not None else b""
    head = CLIENT.pack(
        client.code,
        client.prefix_length,
        0,
        client.mtu,
        client.holdtime_s,
        len(nbma),
        0,
        len(protocol),
        client.preference,
    )
    return head + nbma + protocol


def _extensions(message: Nhrp) -> bytes:
    """Write the extensions in the order Cisco sends them."""
    parts = []
    if message.type is not NhrpType.TRAFFIC_INDICATION:
        responder = (message.responder,) if message.responder is not None else ()
        parts += [
            _clients_extension(RESPONDER, responder),
            _clients_extension(FORWARD_RECORD, message.forward_record),
            _clients_extension(REVERSE_RECORD, message.reverse_record),
        ]
    if message.authentication is not None:
        text = message.authentication.encode()
        parts.append(_extension(AUTHENTICATION, struct.pack("!HH", 0, CLEAR_TEXT) + text))
    if message.group is not None:
        text = GROUP + message.group.encode()
        parts.append(_extension(VENDOR_PRIVATE, text, compulsory=False))
    if message.claimed_nbma is not None:
        sender = _sender(message)
        claimed = NhrpClient(
            prefix_length=sender.max_prefixlen,
            nbma=message.claimed_nbma,
            protocol=sender,
            preference=0,
        )
        parts.append(_extension(NAT_ADDRESS, _client(claimed), compulsory=False))
    return b"".join((*parts, _extension(END, b"")))


def _sender(message: Nhrp) -> Address:
    responder = message.responder
    if responder is not None and responder.protocol is not None:
        return responder.protocol
    return message.source


def _clients_extension(kind: int, clients: Iterable[NhrpClient]) -> bytes:
    return _extension(kind, b"".join(_client(client) for client in clients))


def _extension(kind: int, value: bytes, *, compulsory: bool = True) -> bytes:
    return EXTENSION.pack(kind | (COMPULSORY if compulsory else 0), len(value)) + value


def decode_nhrp(octets: bytes, unquote: Unquote) -> Nhrp:
    """Read a message.

    Raises:
        MalformedPacket: It is none, or of an address family the twin does not speak.
    """
    reader = Reader(octets, "NHRP packet")
    if reader.left < FIXED_LENGTH:
        raise reader.wrong(f"{reader.left} octets are too few for the fixed part")
    afn, protocol, hops, length, _, offset, version, number, shtl, sstl = FIXED.unpack(
        reader.take(FIXED_LENGTH)
    )
    sizes = _SIZES.get((afn, protocol))
    if sizes is None or version != VERSION:
        raise reader.wrong(f"family {afn}, protocol {protocol:#06x}, version {version}")
    if not FIXED_LENGTH <= length <= len(octets):
        raise reader.wrong(f"length {length} of {len(octets)} octets")
    if offset and not FIXED_LENGTH <= offset <= length:
        raise reader.wrong(f"extensions at {offset} of {length}")
    if checksum(octets[:length]):
        raise reader.wrong("checksum")
    try:
        kind = NhrpType(number)
    except ValueError as error:
        raise reader.wrong(f"type {number}") from error
    body = Reader(octets[FIXED_LENGTH : offset or length], "NHRP mandatory part")
    fields = _read_mandatory(kind, body, sizes, (shtl, sstl), unquote)
    if offset:
        fields |= _read_extensions(Reader(octets[offset:length], "NHRP extensions"), sizes)
    return Nhrp(type=kind, hop_count=hops, **fields)  # type: ignore[arg-type]


def _read_mandatory(
    kind: NhrpType,
    reader: Reader,
    sizes: Sizes,
    source_lengths: tuple[int, int],
    unquote: Unquote,
) -> dict[str, object]:
    lengths = reader.number(1), reader.number(1)
    if (source_lengths[0], *lengths) != (sizes.nbma, sizes.protocol, sizes.protocol):
        raise reader.wrong(f"addresses of {source_lengths[0]}, {lengths[0]}, {lengths[1]} octets")
    flags = reader.number(2)
    fields: dict[str, object] = {name: bool(flags & bit) for name, bit in FLAGS[kind]}
    if kind in INDICATIONS:
        fields |= {"request_id": 0, "error_code": reader.number(2)}
        reader.take(2)
    else:
        fields["request_id"] = reader.number(4)
    fields["source_nbma"] = reader.address(sizes.nbma)
    reader.take(source_lengths[1])
    fields["source"] = reader.address(sizes.protocol)
    fields["destination"] = reader.address(sizes.protocol)
    if kind in INDICATIONS:
        fields |= _read_offender(kind, reader.rest(), unquote)
    else:
        fields["clients"] = _read_clients(reader, sizes)
    return fields


def _read_offender(kind: NhrpType, octets: bytes, unquote: Unquote) -> dict[str, object]:
    """Read what an indication is about; an error may well be about octets nobody can read."""
    if not octets:
        return {}
    if kind is NhrpType.TRAFFIC_INDICATION:
        return {"data": unquote(octets)}
    if octets[TYPE_AT : TYPE_AT + 1] == bytes([NhrpType.ERROR_INDICATION]):
        return {}  # section 5.2.7 forbids it, and so nothing nests without end
    try:
        return {"about": decode_nhrp(octets, unquote)}
    except MalformedPacket:
        return {}


def _read_clients(reader: Reader, sizes: Sizes) -> tuple[NhrpClient, ...]:
    clients = []
    while reader.left:
        code, prefix, _, mtu, holdtime, nbma, subaddress, protocol, preference = CLIENT.unpack(
            reader.take(CLIENT.size)
        )
        if LONGEST[sizes.protocol] < prefix < ALONE:
            raise reader.wrong(f"a client with a prefix of {prefix} bits")
        if nbma not in (0, sizes.nbma) or protocol not in (0, sizes.protocol):
            raise reader.wrong(f"a client with addresses of {nbma} and {protocol} octets")
        nbma_address = reader.address(nbma) if nbma else None
        reader.take(subaddress)
        clients.append(
            NhrpClient(
                code=code,
                prefix_length=prefix,
                mtu=mtu,
                holdtime_s=holdtime,
                nbma=nbma_address,
                protocol=reader.address(protocol) if protocol else None,
                preference=preference,
            )
        )
    return tuple(clients)


def _read_extensions(reader: Reader, sizes: Sizes) -> dict[str, object]:
    fields: dict[str, object] = {}
    while reader.left:
        kind, length = EXTENSION.unpack(reader.take(EXTENSION.size))
        value = Reader(reader.take(length), "NHRP extension")
        code = kind & TYPE_BITS
        if code == END:
            break
        # Others are skipped, compulsory ones as well: nobody here could refuse them.
        if code in EXTENSIONS:
            name, read = EXTENSIONS[code]
            fields[name] = read(value, sizes)
    return fields


def _read_authentication(reader: Reader, sizes: Sizes) -> str:
    reader.take(2)
    spi = reader.number(2)
    if spi != CLEAR_TEXT:
        raise reader.wrong(f"authentication of SPI {spi}")
    return _text(reader)


def _read_group(reader: Reader, sizes: Sizes) -> str | None:
    if reader.left < len(GROUP) or reader.take(len(GROUP)) != GROUP:
        return None  # another vendor's, or about something else
    return _text(reader)


def _text(reader: Reader) -> str:
    try:
        return reader.rest().decode()
    except UnicodeDecodeError as error:
        raise MalformedPacket(f"{reader.what} is no text", reader.octets) from error


def _read_first(reader: Reader, sizes: Sizes) -> NhrpClient | None:
    clients = _read_clients(reader, sizes)
    return clients[0] if clients else None


def _read_claimed(reader: Reader, sizes: Sizes) -> Address | None:
    client = _read_first(reader, sizes)
    return client.nbma if client is not None else None


EXTENSIONS: dict[int, tuple[str, Callable[[Reader, Sizes], object]]] = {
    RESPONDER: ("responder", _read_first),
    FORWARD_RECORD: ("forward_record", _read_clients),
    REVERSE_RECORD: ("reverse_record", _read_clients),
    VENDOR_PRIVATE: ("group", _read_group),
    AUTHENTICATION: ("authentication", _read_authentication),
    NAT_ADDRESS: ("claimed_nbma", _read_claimed),
}
