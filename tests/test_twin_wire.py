"""Packets as octets: goldens worked out by hand, round trips, and octets that are no packet."""

import struct
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twin_cases import LAN, TUNNEL, WAN, addr, cloud, config_of, net, outcomes, ping, running
from twin_cases import with_nhrp as nhrp_changed

from labs.twin.commands.crypto import HASHES, IKE_ENCRYPTION
from labs.twin.crypto.values import IkeMessage, Offer
from labs.twin.network import Network
from labs.twin.packet import (
    Eigrp,
    Esp,
    Gre,
    Icmp,
    IcmpKind,
    Ike,
    Nhrp,
    NhrpClient,
    NhrpType,
    Opaque,
    Packet,
    Tcp,
    Udp,
)
from labs.twin.routing.bgp.values import Attributes, Keepalive, Notification, Open, Update
from labs.twin.routing.eigrp.values import (
    Advert,
    EigrpMessage,
    Opcode,
    Outside,
    Signature,
    Vector,
)
from labs.twin.wire import (
    Encoder,
    MalformedPacket,
    NoWireForm,
    decode,
    decode_message,
    encode,
    encode_message,
    length_of,
    pcap,
    transport,
)
from labs.twin.wire.nhrp import (
    FIXED,
    FIXED_LENGTH,
    INDICATIONS,
    PURGES,
    REGISTRATIONS,
    RESOLUTIONS,
)
from labs.twin.wire.octets import checksum

GOLDEN = Path(__file__).parent / "golden" / "wire" / "nhrp"
SPOKE, HUB, PEER = addr("192.0.2.22"), addr("192.0.2.1"), addr("192.0.2.26")
A, H, B = addr("10.0.0.2"), addr("10.0.0.1"), addr("10.0.0.3")
TERMS = NhrpClient(holdtime_s=600)
RECORD = NhrpClient(nbma=HUB, protocol=H)
ECHO = Packet(
    src=addr("172.16.1.5"),
    dst=addr("172.16.2.5"),
    ttl=254,
    payload=Icmp(kind=IcmpKind.ECHO, ident=3, sequence=1),
)
REGISTRATION = Nhrp(
    type=NhrpType.REGISTRATION_REQUEST,
    request_id=7,
    source_nbma=SPOKE,
    source=A,
    destination=H,
    unique=True,
    nat=True,
    clients=(TERMS,),
    authentication="cisco",
    claimed_nbma=SPOKE,
)
RESOLUTION = Nhrp(
    type=NhrpType.RESOLUTION_REQUEST,
    request_id=8,
    source_nbma=SPOKE,
    source=A,
    destination=addr("172.16.2.5"),
    hop_count=254,
    router=True,
    nat=True,
    clients=(TERMS,),
    forward_record=(RECORD,),
)
BY_HAND = {
    "registration_request": REGISTRATION,
    "registration_reply": replace(
        REGISTRATION,
        type=NhrpType.REGISTRATION_REPLY,
        clients=(replace(TERMS, code=14),),
        responder=NhrpClient(nbma=HUB, protocol=H, holdtime_s=360),
        claimed_nbma=None,
    ),
    "resolution_request": replace(RESOLUTION, router=True),
    "resolution_reply": replace(
        RESOLUTION,
        type=NhrpType.RESOLUTION_REPLY,
        hop_count=255,
        authoritative=True,
        unique=True,
        clients=(NhrpClient(prefix_length=24, mtu=1500, holdtime_s=600, nbma=PEER, protocol=B),),
        responder=NhrpClient(holdtime_s=600, nbma=PEER, protocol=B),
        forward_record=(),
        reverse_record=(RECORD,),
    ),
    "purge_request": Nhrp(
        type=NhrpType.PURGE_REQUEST,
        request_id=9,
        source_nbma=PEER,
        source=B,
        destination=A,
        no_reply=True,
        clients=(NhrpClient(prefix_length=24, protocol=addr("172.16.2.0")),),
        authentication="key1",
    ),
    "error_indication": Nhrp(
        type=NhrpType.ERROR_INDICATION,
        request_id=0,
        source_nbma=HUB,
        source=H,
        destination=A,
        error_code=11,
        about=Nhrp(
            type=NhrpType.REGISTRATION_REQUEST,
            request_id=7,
            source_nbma=SPOKE,
            source=A,
            destination=H,
            clients=(TERMS,),
            authentication="",
        ),
    ),
    "traffic_indication": Nhrp(
        type=NhrpType.TRAFFIC_INDICATION,
        request_id=0,
        source_nbma=HUB,
        source=H,
        destination=addr("172.16.1.5"),
        authentication="cisco",
        data=ECHO,
    ),
}


def golden(name: str) -> bytes:
    lines = (GOLDEN / f"{name}.hex").read_text().splitlines()
    return bytes.fromhex("".join(line.split("#")[0] for line in lines))


def test_every_golden_has_its_packet() -> None:
    assert {path.stem for path in GOLDEN.glob("*.hex")} == set(BY_HAND)


@pytest.mark.parametrize("name", BY_HAND)
def test_nhrp_is_written_as_worked_out_by_hand(name: str) -> None:
    assert encode_message(BY_HAND[name]).hex(" ") == golden(name).hex(" ")


@pytest.mark.parametrize("name", BY_HAND)
def test_nhrp_worked_out_by_hand_is_read(name: str) -> None:
    assert decode_message(golden(name)) == BY_HAND[name]


def test_an_ip_header_worked_out_by_hand() -> None:
    packet = Packet(
        src=addr("10.0.0.1"), dst=addr("10.0.0.2"), ttl=2, dscp=48, df=True, size=28,
        payload=Udp(source_port=49153, port=33434),
    )  # fmt: skip
    by_hand = bytes.fromhex(
        "45 c0 001c 0000 4000 02 11 640f 0a000001 0a000002"
        "c001 829a 0008 a93f"  # summed with the pseudo header
    )
    assert encode(packet).hex(" ") == by_hand.hex(" ")
    assert decode(by_hand) == packet


def test_gre_worked_out_by_hand() -> None:
    inner = replace(ECHO, ttl=255)
    keyed = encode(Packet(src=SPOKE, dst=HUB, payload=Gre(key=100, payload=inner)))
    assert keyed[9] == 47
    assert keyed[20:28] == bytes.fromhex("2000 0800 00000064")
    assert keyed[28:] == encode(inner)
    bare = encode(Packet(src=SPOKE, dst=HUB, payload=Gre(key=None, payload=REGISTRATION)))
    assert bare[20:24] == bytes.fromhex("0000 2001")
    assert bare[24:] == golden("registration_request")


# --- round trips

addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=8)
u16 = st.integers(0, 2**16 - 1)
clients = st.builds(
    NhrpClient,
    code=st.integers(0, 255),
    prefix_length=st.integers(0, 32) | st.just(255),
    holdtime_s=u16,
    mtu=u16,
    nbma=st.none() | addresses,
    protocol=st.none() | addresses,
    preference=st.integers(0, 255),
)
several = st.lists(clients, max_size=3).map(tuple)
echoes = st.builds(
    Packet,
    src=addresses,
    dst=addresses,
    ttl=st.integers(0, 255),
    size=st.integers(28, 1500),
    df=st.booleans(),
    dscp=st.integers(0, 63),
    payload=st.builds(
        Icmp,
        kind=st.sampled_from([IcmpKind.ECHO, IcmpKind.ECHO_REPLY]),
        ident=u16,
        sequence=u16,
    )
    | st.builds(Udp, source_port=u16, port=u16),
)


def heads(kinds: frozenset[NhrpType]) -> dict[str, st.SearchStrategy[object]]:
    return {
        "type": st.sampled_from(sorted(kinds)),
        "source_nbma": addresses,
        "source": addresses,
        "destination": addresses,
        "hop_count": st.integers(0, 255),
    }


def mapped(kinds: frozenset[NhrpType], *flags: str) -> st.SearchStrategy[Nhrp]:
    return st.builds(
        Nhrp,
        **heads(kinds),
        **{flag: st.booleans() for flag in flags},
        request_id=st.integers(0, 2**32 - 1),
        clients=several,
        responder=st.none() | clients,
        forward_record=several,
        reverse_record=several,
        authentication=st.none() | words,
        claimed_nbma=st.none() | addresses,
        group=st.none() | words,
    )


requests = (
    mapped(RESOLUTIONS, "router", "authoritative", "unique", "nat")
    | mapped(REGISTRATIONS, "unique", "nat")
    | mapped(PURGES, "no_reply")
)
messages = (
    requests
    | st.builds(
        Nhrp,
        **heads(frozenset({NhrpType.TRAFFIC_INDICATION})),
        request_id=st.just(0),
        error_code=u16,
        authentication=st.none() | words,
        data=st.none() | echoes,
    )
    | st.builds(
        Nhrp,
        **heads(frozenset({NhrpType.ERROR_INDICATION})),
        request_id=st.just(0),
        error_code=u16,
        about=st.none() | requests,
    )
)


@given(messages)
def test_nhrp_comes_back_as_it_went(message: Nhrp) -> None:
    octets = encode_message(message)
    assert decode_message(octets) == message
    assert length_of(message) == len(octets)


@given(echoes | st.builds(
    lambda packet, key: replace(
        packet,
        size=packet.size + (24 if key is None else 28),
        payload=Gre(key=key, payload=packet),
    ),
    echoes,
    st.none() | st.integers(0, 2**32 - 1),
))  # fmt: skip
def test_packets_come_back_as_they_went(packet: Packet) -> None:
    octets = encode(packet)
    assert len(octets) == packet.size
    assert decode(octets) == packet


@given(st.sampled_from([k for k in IcmpKind if "echo" not in k]), echoes, u16)
def test_icmp_errors_come_back_as_they_went(kind: IcmpKind, about: Packet, mtu: int) -> None:
    error = Packet(src=A, dst=B, size=56, payload=Icmp(kind=kind, about=about, mtu=mtu))
    assert len(encode(error)) == 56
    assert decode(encode(error)) == error


class Recorder:
    """A tap that keeps what it sees."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def take(self, packet: Packet, now: float) -> None:
        self.packets.append(packet)

    @property
    def nhrp(self) -> list[Nhrp]:
        found = [p.payload.payload for p in self.packets if isinstance(p.payload, Gre)]
        return [message for message in found if isinstance(message, Nhrp)]


def watched(network: Network, name: str = TUNNEL) -> Recorder:
    recorder = Recorder()
    for router in network.routers:
        if name in network.routers[router].config.interfaces:
            network.tap((router, name), recorder)
    return recorder


def test_every_nhrp_packet_of_a_living_cloud_comes_back_as_it_went() -> None:
    network = cloud()
    recorder = watched(network)
    network.run_for(60)
    assert outcomes(ping(network, "spoke1", "10.1.2.1", source=LAN)) == "!!!!!"
    network.run_for(5)
    changed = config_of(network, "spoke2")
    lan = changed.interfaces[LAN]
    network.configure(
        "spoke2",
        replace(changed, interfaces={**changed.interfaces, LAN: replace(lan, shutdown=True)}),
    )
    spoke3 = nhrp_changed(config_of(network, "spoke3"), authentication="wrong")
    network.configure("spoke3", spoke3)
    network.run_for(700)
    assert {message.type for message in recorder.nhrp} == set(NhrpType) - {NhrpType.PURGE_REPLY}
    for message in recorder.nhrp:
        again = decode_message(encode_message(message))
        if message.data is not None:
            # Of a quoted packet only the head is there.
            assert again.data is not None
            assert (again.data.src, again.data.dst) == (message.data.src, message.data.dst)
            again = replace(again, data=message.data)
        assert again == message


# --- what others read

HELLO = EigrpMessage(opcode=Opcode.HELLO, hold_s=15, stub=frozenset({"connected", "summary"}))


def test_an_eigrp_hello_worked_out_by_hand() -> None:
    packet = Packet(src=A, dst=addr("224.0.0.10"), payload=Eigrp(asn=100, message=HELLO))
    octets = encode(packet)[20:]
    assert octets.hex(" ") == bytes.fromhex(
        "02 05 fb69 00000000 00000000 00000000 0000 0064"  # version 2, hello, VRID 0, AS 100
        "0001 000c 01 00 01 00 00 00 000f"  # parameters: K1 and K3, hold time 15
        "0006 0006 0005"  # stub: connected, summary
    ).hex(" ")


def test_an_authenticated_eigrp_hello_tells_key_and_release() -> None:
    hello = replace(
        HELLO, version=(23, 0), stub=None, signature=Signature(mode="md5", key=7, secret="key")
    )
    octets = encode(Packet(src=A, dst=addr("224.0.0.10"), payload=Eigrp(asn=1, message=hello)))[20:]
    assert checksum(octets) == 0
    # TLV 2: type 2 (MD5), 16 octets of digest, key 7, sequence 0, 8 octets of padding.
    assert octets[20:40].hex(" ", 4) == "00020028 00020010 00000007 00000000 00000000"
    assert octets[60:].hex(" ", 4) == "0001000c 01000100 0000000f 00040008 17000200"


def test_an_eigrp_update_of_a_named_process_has_wide_metrics() -> None:
    vector = Vector(bandwidth_kbit=100, delay_ps=50_001_250_000, mtu=1400, hops=1)
    outside = Outside(protocol="bgp", asn=65000, metric=3)
    message = EigrpMessage(
        opcode=Opcode.UPDATE,
        wide=True,
        restart=True,
        adverts=(
            Advert(network=net("10.1.2.0/24"), vector=vector, origin=A, next_hop=B),
            Advert(
                network=net("172.16.0.0/12"),
                vector=vector,
                origin=A,
                external=True,
                tag=77,
                outside=outside,
            ),
        ),
    )
    octets = encode(Packet(src=A, dst=H, payload=Eigrp(asn=100, message=message)))[20:]
    wide = (
        A.packed.hex()
        + "00 00 ff 01 000578 01"  # offset, priority, reliability, load, MTU, hops
        + "000ba44e86d0 000000000064 0000 0000"  # 50001250000 ps, 100 kbit/s
    )
    assert octets[4:].hex(" ") == bytes.fromhex(
        "00000004 00000000 00000000 0000 0064"  # the restart flag
        f"0602 002c 0000 0001 {wide} {B.packed.hex()} 18 0a0102"
        f"0603 003f 0000 0001 {wide} 00000000"
        f"{A.packed.hex()} 0000fde8 0000004d 00000003 0000 09 00"  # AS, tag, metric, BGP
        "0c ac10"
    ).hex(" ")


def test_an_eigrp_update_worked_out_by_hand() -> None:
    vector = Vector(bandwidth_kbit=100, delay_ps=50_000 * 10**6, mtu=1400, hops=1)
    message = EigrpMessage(
        opcode=Opcode.UPDATE,
        seq=3,
        ack=2,
        init=True,
        adverts=(
            Advert(network=net("10.1.2.0/24"), vector=vector),
            Advert(
                network=net("0.0.0.0/0"),
                vector=replace(vector, unreachable=True),
                external=True,
                next_hop=B,
                origin=A,
            ),
        ),
    )
    octets = encode(Packet(src=A, dst=H, payload=Eigrp(asn=100, message=message)))[20:]
    assert checksum(octets) == 0
    assert octets[4:].hex(" ") == bytes.fromhex(
        "00000001 00000003 00000002 0000 0064"  # INIT, sequence, acknowledgement
        "0102 001c 00000000"  # internal route, 28 octets, next hop is the sender
        "0013 8800 0186 a000 000578 01 ff 01 00 00"  # delay 5000 x 256, bandwidth 100000 x 256
        "18 0a0102"
        "0103 002d 0a000003 0a000002"  # external: next hop, originator
        "00000000 00000000 00000000 0000 03 00"  # from static
        "ffffffff 00000000 000578 01 ff 01 00 00 00"
    ).hex(" ")


INIT = IkeMessage(
    exchange="init",
    number=0,
    offers=(
        Offer(encryption=("aes-cbc-256",), integrity=("sha256",), prf=("sha256",), groups=(19,)),
    ),
    group=19,
    nonce=5,
)


def ike(message: IkeMessage) -> bytes:
    payload = Ike(version=2, initiator_spi=1, responder_spi=2, message=message)
    return encode(Packet(src=SPOKE, dst=HUB, payload=payload))


def test_an_ike_sa_init_worked_out_by_hand() -> None:
    octets = ike(INIT)[20:]
    assert octets[:4] == bytes.fromhex("01f4 01f4")
    assert octets[8:36] == bytes.fromhex(
        "0000000000000001 0000000000000002 21 20 22 08 00000000 000000b8"
    )
    assert octets[36:84] == bytes.fromhex(
        "22 00 0030 00 00 002c 01 01 00 04"  # SA, one proposal for IKE with four transforms
        "03 00 000c 01 00 000c 800e 0100"  # AES-CBC of 256 bits
        "03 00 0008 02 00 0005"  # PRF HMAC-SHA2-256
        "03 00 0008 03 00 000c"  # integrity HMAC-SHA2-256-128
        "00 00 0008 04 00 0013"  # group 19
    )
    assert octets[84:92] == bytes.fromhex("28 00 0048 0013 0000")
    assert octets[156:160] == bytes.fromhex("00 00 0024")


def test_later_ike_exchanges_are_sealed_and_the_same_each_time() -> None:
    auth = ike(replace(INIT, exchange="auth", number=1, response=True, proof="secret"))
    assert auth[28 + 16 : 28 + 20] == bytes.fromhex("2e 20 23 20")
    assert b"secret" not in auth
    assert auth == ike(replace(INIT, exchange="auth", number=1, response=True, proof="secret"))
    refusal = ike(
        IkeMessage(exchange="init", number=0, response=True, error="INVALID_KE_PAYLOAD", group=19)
    )
    assert refusal[56:] == bytes.fromhex("00 00 000a 00 00 0011 0013")


def test_every_algorithm_that_can_be_configured_has_its_number() -> None:
    hashes = tuple(HASHES.split(","))
    groups = (1, 2, 5, 14, 15, 16, 19, 20, 21, 24)
    every = Offer(
        encryption=tuple(IKE_ENCRYPTION.split(",")), integrity=hashes, prf=hashes, groups=groups
    )
    octets = ike(replace(INIT, offers=(every,)))
    count = len(every.encryption) + 2 * len(hashes) + len(groups)
    assert octets[20 + 8 + 28 + 4 + 7] == count


@pytest.mark.parametrize(
    "payload",
    [
        Ike(version=1, initiator_spi=1, responder_spi=2, message=INIT),
        Ike(version=2, initiator_spi=1, responder_spi=2, message="hello"),
        Ike(version=2, initiator_spi=2**64, responder_spi=2, message=INIT),
        Ike(version=2, initiator_spi=1, responder_spi=2, message=replace(INIT, exchange="new")),
        Eigrp(asn=1, message=None),
        Gre(key=2**32, payload=REGISTRATION),
    ],
)
def test_what_has_no_form_on_the_wire_is_told_by_one_error(payload: Ike | Eigrp | Gre) -> None:
    with pytest.raises(NoWireForm):
        encode(Packet(src=A, dst=B, payload=payload))


def test_esp_tells_spi_and_sequence_and_nothing_else() -> None:
    gre = Gre(key=100, payload=REGISTRATION)
    packet = Packet(src=SPOKE, dst=HUB, size=200, payload=Esp(spi=0x1234, sequence=9, payload=gre))
    octets = encode(packet)
    assert len(octets) == 200
    assert octets[20:28] == bytes.fromhex("00001234 00000009")
    assert b"cisco" not in octets
    assert decode(octets).payload == Opaque(protocol=50, octets=octets[20:])
    assert encode(decode(octets)) == octets


PATH = Attributes(next_hop=H, as_path=(65001,), med=5)


@pytest.mark.parametrize(
    ("message", "by_hand"),
    [
        (Keepalive(), "0013 04"),
        (Notification(code=6, subcode=2), "0015 03 06 02"),
        (
            Open(asn=65000, hold_s=180, router_id=H),
            "002b 01 04 fde8 00b4 0a000001 0e 02 0c 01 04 0001 00 01 41 04 0000fde8",
        ),
        (
            Update(withdrawn=(net("10.2.0.0/16"),), reached=(net("10.1.2.0/24"),), attributes=PATH),
            (
                "0040 02 0003 10 0a02 0022"
                "40 01 01 00"
                "40 02 06 02 01 0000fde9"
                "40 03 04 0a000001"
                "80 04 04 00000005"
                "40 05 04 00000064"
                "18 0a0102"
            ),
        ),
        (Update(), "0017 02 0000 0000"),
    ],
)
def test_bgp_messages_worked_out_by_hand(message: object, by_hand: str) -> None:
    tcp = Tcp(source_port=179, port=11000, flags=frozenset({"ack"}), seq=1, ack=1, payload=message)
    octets = encode(Packet(src=H, dst=A, payload=tcp))
    assert octets[40:].hex(" ") == (b"\xff" * 16 + bytes.fromhex(by_hand)).hex(" ")
    back = decode(octets).payload
    assert isinstance(back, Tcp)
    assert replace(back, payload=message) == tcp


def test_a_syn_tells_its_longest_segment_in_an_option() -> None:
    syn = Tcp(source_port=11000, port=179, flags=frozenset({"syn"}), seq=1, mss=1360)
    octets = encode(Packet(src=A, dst=H, payload=syn))
    # RFC 9293 section 3.1: offset 6 words, then kind 2, length 4, 1360
    assert (octets[32] >> 4, octets[40:].hex(" ")) == (6, "02 04 05 50")
    assert decode(octets).payload == syn


@pytest.mark.parametrize("options", ["01010204 05500000", "03030702 04055000"])
def test_an_option_is_found_behind_others(options: str) -> None:
    syn = Tcp(source_port=11000, port=179, flags=frozenset({"syn"}), mss=1)
    octets = bytearray(transport.encode_tcp(syn, b"", b""))
    octets[20:] = bytes.fromhex(options)
    octets[12] = (20 + len(bytes.fromhex(options))) // 4 << 4
    octets[16:18] = bytes(2)
    summed = checksum(struct.pack("!HH", 6, len(octets)) + bytes(octets))
    octets[16:18] = summed.to_bytes(2, "big")
    assert transport.decode_tcp(bytes(octets), b"").mss == 1360


def test_an_encoder_numbers_the_octets_of_a_stream() -> None:
    encoder = Encoder()

    def numbers(src: IPv4Address, dst: IPv4Address, *flags: str, **more: object) -> tuple[int, int]:
        ports = (
            {"source_port": 11000, "port": 179} if src == A else {"source_port": 179, "port": 11000}
        )
        tcp = Tcp(**ports, flags=frozenset(flags), **more)  # type: ignore[arg-type]
        inner = Packet(src=src, dst=dst, payload=tcp)
        whole = decode(
            encoder.encode(Packet(src=SPOKE, dst=HUB, payload=Gre(key=1, payload=inner)))
        )
        assert isinstance(whole.payload, Gre)
        assert isinstance(whole.payload.payload, Packet)
        found = whole.payload.payload.payload
        assert isinstance(found, Tcp)
        return found.seq, found.ack

    hello = Open(asn=65000, hold_s=180, router_id=H)
    assert numbers(A, B, "syn", seq=0) == (0, 0)
    assert numbers(B, A, "syn", "ack", seq=0, ack=1) == (0, 1)
    assert numbers(A, B, "ack", seq=0, ack=1) == (1, 1)
    assert numbers(A, B, "ack", seq=1, ack=1, payload=hello) == (1, 1)
    assert numbers(A, B, "ack", seq=2, ack=1, payload=Keepalive()) == (44, 1)
    assert numbers(B, A, "ack", seq=0, ack=3) == (1, 63)
    assert numbers(A, B, "ack", seq=1, ack=1, payload=hello) == (1, 1)
    assert numbers(A, B, "ack", seq=0, ack=1) == (63, 1)


def test_a_pcap_file_worked_out_by_hand() -> None:
    assert pcap.file_header() == bytes.fromhex(
        "d4c3b2a1 0200 0400 00000000 00000000 ffff0000 65000000"
    )
    assert pcap.record(1.25, b"abc") == bytes.fromhex("01000000 90d00300 03000000 03000000 616263")
    long = pcap.record(0, bytes(70000))
    assert long[8:16] == bytes.fromhex("ffff0000 70110100")
    assert len(long) == 16 + 65535


# --- octets that are no packet


@given(st.binary(max_size=200))
def test_any_octets_are_read_or_malformed(octets: bytes) -> None:
    for read in (decode, decode_message):
        with suppress(MalformedPacket):
            read(octets)


@given(st.sampled_from(sorted(BY_HAND)), st.data())
def test_a_damaged_nhrp_packet_is_malformed(name: str, data: st.DataObject) -> None:
    octets = golden(name)
    at = data.draw(st.integers(0, len(octets) - 1))
    bits = data.draw(st.integers(1, 255))
    damaged = octets[:at] + bytes([octets[at] ^ bits]) + octets[at + 1 :]
    with pytest.raises(MalformedPacket):
        decode_message(damaged)


def read_or_malformed(octets: bytes) -> None:
    """What is read is a value like any other: it is written, and read as the same value."""
    with suppress(MalformedPacket):
        message = decode_message(octets)
        assert decode_message(encode_message(message)) == message


@given(st.sampled_from(sorted(BY_HAND)), st.data())
def test_a_summed_nhrp_packet_of_wrong_fields_is_read_or_malformed(
    name: str, data: st.DataObject
) -> None:
    octets = bytearray(golden(name))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    read_or_malformed(summed(bytes(octets)))


@given(messages, st.data())
def test_a_message_with_octets_changed_put_in_or_taken_out_is_read_or_malformed(
    message: Nhrp, data: st.DataObject
) -> None:
    octets = bytearray(encode_message(message))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(octets) - 1))
        match data.draw(st.sampled_from(["change", "put in", "take out", "swap"])):
            case "change":
                octets[at] = data.draw(st.integers(0, 255))
            case "put in":
                octets[at:at] = data.draw(st.binary(max_size=8))
            case "take out":
                del octets[at : at + data.draw(st.integers(1, 8))]
            case _:
                octets[at:] = octets[at:][::-1]
        if len(octets) < FIXED_LENGTH:
            break
        octets[10:12] = len(octets).to_bytes(2, "big")
    read_or_malformed(summed(bytes(octets)))


@given(st.sampled_from(sorted(NhrpType)), st.integers(0, 60), st.binary(max_size=120))
def test_any_octets_behind_a_good_head_are_read_or_malformed(
    kind: NhrpType, offset: int, body: bytes
) -> None:
    head = FIXED.pack(1, 0x0800, 255, FIXED_LENGTH + len(body), 0, offset, 1, kind, 4, 0)
    read_or_malformed(summed(head + body))


def summed(octets: bytes) -> bytes:
    bare = octets[:12] + b"\0\0" + octets[14:]
    return bare[:12] + checksum(bare).to_bytes(2, "big") + bare[14:]


@pytest.mark.parametrize(
    ("at", "to", "says"),
    [
        (0, "0003", "family 3"),
        (0, "0002", "addresses of 4, 4, 4"),
        (2, "86dd", "addresses of 4, 4, 4"),
        (10, "0070", "length 112"),
        (14, "0013", "extensions at 19"),
        (14, "0071", "extensions at 113"),
        (16, "02", "version 2"),
        (17, "09", "type 9"),
        (18, "08", "addresses of 8"),
        (20, "10", "addresses of 4, 16"),
        (41, "21", "prefix of 33 bits"),
        (48, "03", "client with addresses of 3"),
        (66, "00ff", "NHRP extension"),
        (70, "0002", "authentication of SPI 2"),
        (72, "ff", "no text"),
    ],
)
def test_what_is_wrong_is_said(at: int, to: str, says: str) -> None:
    octets = golden("registration_request")
    new = bytes.fromhex(to)
    with pytest.raises(MalformedPacket, match=says) as caught:
        decode_message(summed(octets[:at] + new + octets[at + len(new) :]))
    assert caught.value.octets


@pytest.mark.parametrize("length", range(105))
def test_a_cut_nhrp_packet_is_malformed(length: int) -> None:
    with pytest.raises(MalformedPacket):
        decode_message(golden("registration_request")[:length])


def test_unknown_extensions_are_skipped_and_so_is_what_follows_the_end() -> None:
    octets = golden("registration_request")
    vendor = bytes.fromhex("0008 0004 00000c01")
    longer = octets[:-4] + vendor + octets[-4:] + b"rest"
    longer = longer[:10] + len(longer).to_bytes(2, "big") + longer[12:]
    assert decode_message(summed(longer)) == REGISTRATION


def test_padding_after_a_packet_does_not_matter() -> None:
    assert decode(encode(ECHO) + bytes(18)) == ECHO
    assert decode_message(golden("resolution_request") + b"\0\0") == RESOLUTION


def test_tunnels_in_tunnels_without_end_are_not_followed() -> None:
    packet = ECHO
    for _ in range(2000):
        packet = replace(
            packet, size=20, payload=Opaque(protocol=47, octets=b"\0\0\x08\0" + encode(packet))
        )
    packet = decode(encode(packet))
    depth = 0
    while isinstance(packet.payload, Gre):
        assert isinstance(packet.payload.payload, Packet)
        packet, depth = packet.payload.payload, depth + 1
    assert depth == 8
    assert isinstance(packet.payload, Opaque)


def test_malformed_octets_are_counted_and_dropped() -> None:
    network = running(protected=False)
    hub = network.routers["hub1"]
    before = (hub.ports[WAN].packets_in, hub.nhrp[TUNNEL].counters.received)
    packet = Packet(
        src=addr("198.51.100.5"),
        dst=addr("203.0.113.1"),
        payload=Gre(key=100, payload=REGISTRATION),
    )
    good = encode(packet)
    for octets in (b"", good[:60], good[:40] + b"\xff" + good[41:], bytes(200)):
        network.inject(("hub1", WAN), octets)
    network.inject(("hub1", "Nowhere1"), good)
    assert hub.ports[WAN].malformed == 4
    assert (hub.ports[WAN].packets_in, hub.nhrp[TUNNEL].counters.received) == before
    network.inject(("hub1", WAN), good)
    assert hub.ports[WAN].packets_in == before[0] + 1
    assert hub.ports[WAN].malformed == 4


near = st.sampled_from(
    [addr(text) for text in (
        "10.255.0.1", "10.255.0.11", "10.255.0.12", "10.1.1.1", "10.1.2.1", "198.51.100.5",
        "198.51.100.9", "203.0.113.1", "0.0.0.1", "255.255.255.255", "224.0.0.10",
    )]
)  # fmt: skip


@pytest.fixture(scope="module")
def living() -> Network:
    network = running(protected=False)
    ping(network, "spoke1", "10.1.2.1", source=LAN)
    network.run_for(5)
    return network


@settings(max_examples=60)
@given(messages, near, near, near, near, st.integers(0, 20), st.sampled_from(["hub1", "spoke1"]))
def test_any_nhrp_packet_leaves_a_router_alive(
    living: Network,
    message: Nhrp,
    source: IPv4Address,
    destination: IPv4Address,
    nbma: IPv4Address,
    outer: IPv4Address,
    number: int,
    name: str,
) -> None:
    network = living.fork()
    message = replace(message, source=source, destination=destination, source_nbma=nbma)
    if message.type not in INDICATIONS:
        message = replace(message, request_id=number, authentication="sesame")
    target = {"hub1": addr("203.0.113.1"), "spoke1": addr("198.51.100.5")}[name]
    packet = Packet(src=outer, dst=target, payload=Gre(key=100, payload=message))
    network.inject((name, WAN), encode(packet))
    network.run_for(30)
    counters = network.routers[name].nhrp[TUNNEL].counters
    assert sum(counters.received.values()) > sum(
        living.routers[name].nhrp[TUNNEL].counters.received.values()
    )


def test_indications_have_no_request_id() -> None:
    assert all(BY_HAND[kind.name.lower()].request_id == 0 for kind in INDICATIONS)
