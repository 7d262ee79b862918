"""NHRP and packets of IPv6 as octets: goldens worked out by hand, and what tshark reads."""

import json
import subprocess
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from conftest import tool
from twin_ipv6_cases import Families, cloud

from labs.twin.addresses import Address, IPv6Address, parse_address
from labs.twin.lab.captures import Capture
from labs.twin.packet import (
    Esp,
    Gre,
    Icmp,
    IcmpKind,
    Nhrp,
    NhrpClient,
    NhrpType,
    Opaque,
    Packet,
    Udp,
)
from labs.twin.wire import (
    MalformedPacket,
    decode,
    decode_message,
    encode,
    encode_message,
    length_of,
)

GOLDEN = Path(__file__).parent / "golden" / "wire" / "nhrp6"


def addr(text: str) -> Address:
    return parse_address(text)


HUB, SPOKE2, SPOKE3 = (addr(f"2001:DB8:{n}::1") for n in (1, 2, 3))
H, A, B = (addr(f"FD00::{n}") for n in (1, 2, 3))
ECHO = Packet(
    src=addr("FD00:2::1"),
    dst=addr("FD00:3::1"),
    ttl=254,
    payload=Icmp(kind=IcmpKind.ECHO, ident=3, sequence=1),
)
BY_HAND = {
    "registration_request_6over4": Nhrp(
        type=NhrpType.REGISTRATION_REQUEST,
        request_id=7,
        source_nbma=addr("192.0.2.22"),
        source=A,
        destination=H,
        unique=True,
        nat=True,
        clients=(NhrpClient(prefix_length=128, holdtime_s=600),),
        authentication="cisco",
        claimed_nbma=addr("192.0.2.22"),
    ),
    "resolution_reply_6over6": Nhrp(
        type=NhrpType.RESOLUTION_REPLY,
        request_id=8,
        source_nbma=SPOKE2,
        source=A,
        destination=addr("FD00:3::1"),
        unique=True,
        router=True,
        authoritative=True,
        nat=True,
        clients=(NhrpClient(prefix_length=64, mtu=1500, holdtime_s=600, nbma=SPOKE3, protocol=B),),
        responder=NhrpClient(prefix_length=128, holdtime_s=600, nbma=SPOKE3, protocol=B),
        reverse_record=(NhrpClient(prefix_length=128, nbma=HUB, protocol=H),),
    ),
    "purge_request_4over6": Nhrp(
        type=NhrpType.PURGE_REQUEST,
        request_id=9,
        source_nbma=SPOKE3,
        source=addr("10.0.0.3"),
        destination=addr("10.0.0.2"),
        no_reply=True,
        clients=(NhrpClient(prefix_length=24, protocol=addr("172.16.2.0")),),
        authentication="key1",
    ),
    "traffic_indication_6over4": Nhrp(
        type=NhrpType.TRAFFIC_INDICATION,
        request_id=0,
        source_nbma=addr("192.0.2.1"),
        source=H,
        destination=addr("FD00:2::1"),
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
    assert length_of(BY_HAND[name]) == len(golden(name))


@pytest.mark.parametrize("name", BY_HAND)
def test_nhrp_worked_out_by_hand_is_read(name: str) -> None:
    read = decode_message(golden(name))
    assert read == BY_HAND[name]
    assert {type(a) for a in (read.source, read.source_nbma)} <= {IPv4Address, IPv6Address}


@pytest.mark.parametrize("name", BY_HAND)
def test_cut_short_it_is_malformed(name: str) -> None:
    for length in range(len(golden(name))):
        with pytest.raises(MalformedPacket):
            decode_message(golden(name)[:length])


def test_an_ipv6_packet_worked_out_by_hand() -> None:
    packet = Packet(
        src=addr("2001:db8::1"), dst=addr("2001:db8::2"), ttl=2, dscp=48, size=48,
        payload=Udp(source_port=49153, port=33434),
    )  # fmt: skip
    # RFC 8200 section 3: 6, traffic class 48 << 2, length 8, UDP, hop limit 2. The sum of RFC 768
    # with the pseudo header of RFC 8200 section 8.1:
    # 4002 + 1b70 + 3 (addresses) + 8 + 11 + c001 + 829a + 8 = 19e31, folded 9e32, complement 61cd
    by_hand = bytes.fromhex(
        "6c000000 0008 11 02 20010db8000000000000000000000001 20010db8000000000000000000000002"
        "c001 829a 0008 61cd"
    )
    assert encode(packet).hex(" ") == by_hand.hex(" ")
    assert decode(by_hand) == packet


def test_an_error_quotes_the_packet() -> None:
    error = Packet(
        src=HUB, dst=A, size=40 + 8 + 100,
        payload=Icmp(kind=IcmpKind.FRAGMENTATION_NEEDED, mtu=1380, about=ECHO),
    )  # fmt: skip
    octets = encode(error)
    assert octets[40:44].hex()[:4] == "0200"  # RFC 4443 section 3.2: packet too big
    assert octets[44:48].hex() == "00000564"
    assert len(octets) == error.size
    assert decode(octets) == error


def test_gre_carries_ipv6_as_86dd() -> None:
    packet = Packet(src=HUB, dst=SPOKE2, payload=Gre(key=7, payload=ECHO), size=148)
    assert encode(packet)[40:48].hex(" ", 2) == "2000 86dd 0000 0007"
    assert decode(encode(packet)) == packet


def test_an_unknown_header_stays_what_it_is() -> None:
    packet = Packet(src=HUB, dst=SPOKE2, payload=Opaque(protocol=60, octets=b"\1" * 8), size=48)
    assert decode(encode(packet)) == packet


# tshark

COMBINATIONS = [Families(6, 4), Families(4, 6), Families(6, 6)]
WRONG = "_ws.malformed || nhrp.hdr.chksum.status == 0 || icmpv6.checksum.status == 0"


def said(address: Address) -> str:
    """Write an address as tshark does: IPv6 small."""
    return str(address).lower()


def frames(file: Path, *words: str) -> str:
    command = [tool("tshark"), "-n", "-r", str(file), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def values(layer: object, name: str) -> list[str]:
    if isinstance(layer, list):
        return [text for part in layer for text in values(part, name)]
    found: list[str] = []
    for key, value in layer.items() if isinstance(layer, dict) else ():
        if key != name:
            found += values(value, name)
        else:
            found += value if isinstance(value, list) else [value]
    return found


class Double:
    """Sees the packets that a capture writes."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def take(self, packet: Packet, now: float) -> None:
        self.packets.append(packet)


@pytest.mark.parametrize("families", COMBINATIONS, ids=lambda f: f"{f.overlay}over{f.transport}")
def test_tshark_reads_what_the_routers_said(families: Families, tmp_path: Path) -> None:
    # Cisco's authentication has no source address; tshark looks for one of 16 octets then.
    ends = cloud(families, secret=families.overlay == 4)
    network = ends["hub"].network
    file, double = tmp_path / "hub.pcap", Double()
    network.tap(("hub", "Tunnel0"), double)
    capture = Capture(network, ("hub", "Tunnel0"), file)
    ends["spoke2"].execute(f"ping {families.lan(3)} source Loopback0")
    network.run_for(300)
    capture.stop()
    assert frames(file, "-Y", WRONG) == ""
    text = frames(file, "-T", "json", "--no-duplicate-keys")
    layers: list[dict[str, Any]] = [frame["_source"]["layers"] for frame in json.loads(text)]
    assert len(layers) == len(double.packets)
    kinds = set()
    for layer, packet in zip(layers, double.packets, strict=True):
        assert isinstance(packet.payload, Gre)
        message = packet.payload.payload
        outer = "ip" if families.transport == 4 else "ipv6"
        assert values(layer[outer], f"{outer}.src")[0] == said(packet.src)
        if isinstance(message, Nhrp):
            compare(layer["nhrp"], message)
            kinds.add(message.type)
    assert kinds >= {
        NhrpType.REGISTRATION_REQUEST,
        NhrpType.REGISTRATION_REPLY,
        NhrpType.RESOLUTION_REQUEST,
        NhrpType.TRAFFIC_INDICATION,
    }


def addresses(layer: object, name: str) -> list[Address]:
    """Give the addresses of a field; tshark has those of IPv6 as octets, in one name misspelt."""
    octets = values(layer, f"{name}_bytes") + values(layer, f"{name}_byets")
    return [addr(text) for text in values(layer, name)] + [
        IPv6Address(bytes.fromhex(text.replace(":", ""))) for text in octets
    ]


def agree(layer: object, clients: tuple[NhrpClient, ...]) -> None:
    """Compare the client information entries of a part of a packet."""
    nbma = [client.nbma for client in clients if client.nbma is not None]
    assert addresses(layer, "nhrp.client.nbma.addr") == nbma
    protocol = [client.protocol for client in clients if client.protocol is not None]
    assert addresses(layer, "nhrp.client.prot.addr") == protocol
    lengths = [str(client.prefix_length) for client in clients]
    assert values(layer, "nhrp.prefix") == lengths


def compare(layer: dict[str, Any], message: Nhrp) -> None:
    """Compare one NHRP packet with tshark's reading."""
    fixed, mandatory = layer["NHRP Fixed Header"], layer["NHRP Mandatory Part"]
    afn, protocol = ({4: "0x0001", 6: "0x0002"}, {4: "0x0800", 6: "0x86dd"})
    assert fixed["nhrp.hdr.afn"] == afn[message.source_nbma.version]
    assert fixed["nhrp.hdr.pro.type"] == protocol[message.source.version]
    assert fixed["nhrp.hdr.op.type"] == str(int(message.type))
    assert addresses(mandatory, "nhrp.src.nbma.addr")[:1] == [message.source_nbma]
    assert addresses(mandatory, "nhrp.src.prot.addr")[:1] == [message.source]
    assert addresses(mandatory, "nhrp.dst.prot.addr")[:1] == [message.destination]
    if message.type is NhrpType.TRAFFIC_INDICATION:
        assert message.data is not None
        assert said(message.data.dst) in json.dumps(layer)
        return
    responder = (message.responder,) if message.responder is not None else ()
    agree(mandatory, message.clients)
    agree(layer["Responder Address Extension"], responder)
    agree(layer["Forward Transit NHS Record Extension"], message.forward_record)
    assert ("Cisco NAT Address Extension" in layer) == (message.claimed_nbma is not None)


def test_a_protected_capture_is_esp_over_ipv6(tmp_path: Path) -> None:
    ends = cloud(Families(6, 6), protected=True)
    network = ends["hub"].network
    double = Double()
    network.tap(("hub", "GigabitEthernet1"), double)
    capture = Capture(network, ("hub", "GigabitEthernet1"), tmp_path / "wan.pcap")
    ends["spoke2"].execute("ping FD00::1")
    capture.stop()
    assert all(isinstance(packet.payload, Esp) for packet in double.packets)
    spoken = set(frames(tmp_path / "wan.pcap", "-T", "fields", "-e", "frame.protocols").split())
    assert spoken == {"raw:ipv6:esp"}
