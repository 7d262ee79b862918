"""Captures: what tshark reads in them, and how `dmvpn lab capture` begins and ends."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import tool
from twin_cases import (
    LAN,
    TUNNEL,
    WAN,
    addr,
    cloud,
    config_of,
    outcomes,
    ping,
    reflected,
    running,
    with_nhrp,
)

from automation.cli.capture import seconds_of
from automation.errors import UsageError
from labs.topology import LAB_PASSWORD, LabSpec, Node
from labs.twin import lab
from labs.twin.lab.captures import Capture, NothingToCapture, place_of
from labs.twin.lab.folder import LabError
from labs.twin.network import Network
from labs.twin.packet import Esp, Gre, Icmp, Ike, Nhrp, NhrpClient, NhrpType, Packet
from labs.twin.wire import encode

Layers = dict[str, Any]
NAMES = {
    NhrpType.RESOLUTION_REQUEST: "NHRP Resolution Request",
    NhrpType.RESOLUTION_REPLY: "NHRP Resolution Reply",
    NhrpType.REGISTRATION_REQUEST: "NHRP Registration Request",
    NhrpType.REGISTRATION_REPLY: "NHRP Registration Reply",
    NhrpType.PURGE_REQUEST: "NHRP Purge Request",
    NhrpType.ERROR_INDICATION: "NHRP Error Indication",
    NhrpType.TRAFFIC_INDICATION: "NHRP Traffic Indication",
}


def tshark(file: Path, *words: str) -> str:
    """Run tshark over a capture."""
    command = [tool("tshark"), "-n", "-r", str(file), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def read(file: Path) -> list[Layers]:
    """Give the layers of every frame; fields of the same name come as lists."""
    text = tshark(file, "-T", "json", "--no-duplicate-keys")
    return [frame["_source"]["layers"] for frame in json.loads(text)]


def fields(layer: object, name: str) -> list[str]:
    """Give all values of a field below a layer, in order."""
    found: list[str] = []
    if isinstance(layer, dict):
        for key, value in layer.items():
            if key == name:
                found += value if isinstance(value, list) else [value]
            else:
                found += fields(value, name)
    elif isinstance(layer, list):
        for item in layer:
            found += fields(item, name)
    return found


class Double:
    """A capture and, beside it, the packets it was shown."""

    def __init__(self, network: Network, end: tuple[str, str], file: Path) -> None:
        self.packets: list[Packet] = []
        self.file = file
        network.tap(end, self)
        self.capture = Capture(network, end, file)

    def take(self, packet: Packet, now: float) -> None:
        self.packets.append(packet)


def caught(network: Network, folder: Path, *ends: tuple[str, str]) -> dict[tuple[str, str], Double]:
    return {end: Double(network, end, folder / f"{end[0]}-{end[1]}.pcap") for end in ends}


def build_a_shortcut(network: Network) -> None:
    """Send from one spoke to another until the way is short, and let a spoke be refused."""
    assert outcomes(ping(network, "spoke1", "10.1.2.1", source=LAN)) == "!!!!!"
    network.run_for(5)
    spoke2 = config_of(network, "spoke2")
    lan = replace(spoke2.interfaces[LAN], shutdown=True)
    network.configure("spoke2", replace(spoke2, interfaces={**spoke2.interfaces, LAN: lan}))
    network.configure("spoke3", with_nhrp(config_of(network, "spoke3"), authentication="wrong"))
    network.run_for(300)


SPOKE1, SPOKE2, HUB = ("spoke1", TUNNEL), ("spoke2", TUNNEL), ("hub1", TUNNEL)


@pytest.fixture(scope="module", params=[True, False], ids=["protected", "clear"])
def shortcut(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Double]:
    """Give captures of a phase 3 shortcut being built, from the first packet on."""
    network = running(protected=request.param, seed=3)
    network.clear_nhrp("spoke1")
    ends = [SPOKE1, SPOKE2, HUB, ("spoke1", WAN), ("hub1", WAN)]
    doubles = caught(network, tmp_path_factory.mktemp("pcap"), *ends)
    build_a_shortcut(network)
    for double in doubles.values():
        double.capture.stop()
    return doubles


def said_of(client: NhrpClient) -> dict[str, list[str]]:
    """Give what tshark must say of a client information entry."""
    return {
        "nhrp.code": [str(client.code)],
        "nhrp.prefix": [str(client.prefix_length)],
        "nhrp.mtu": [str(client.mtu)],
        "nhrp.htime": [str(client.holdtime_s)],
        "nhrp.pref": [str(client.preference)],
        "nhrp.client.nbma.addr": [] if client.nbma is None else [str(client.nbma)],
        "nhrp.client.prot.addr": [] if client.protocol is None else [str(client.protocol)],
    }


def agree(layer: object, clients: tuple[NhrpClient, ...]) -> None:
    """Compare all client information entries of a part of a packet."""
    names = said_of(NhrpClient())
    wanted = {name: [v for c in clients for v in said_of(c)[name]] for name in names}
    assert {name: fields(layer, name) for name in names} == wanted


RESOLVING = {NhrpType.RESOLUTION_REQUEST, NhrpType.RESOLUTION_REPLY}


def flags_of(message: Nhrp) -> dict[str, str]:
    found = {"nhrp.flag.nat": message.nat, "nhrp.flag.u": message.unique}
    if message.type in RESOLVING:
        found |= {"nhrp.flag.q": message.router, "nhrp.flag.a": message.authoritative}
    if message.type is NhrpType.PURGE_REQUEST:
        # tshark's name says the opposite of section 5.2.5: the bit set expects no reply.
        found = {"nhrp.flag.n": message.no_reply}
    return {name: str(int(value)) for name, value in found.items()}


def compare_nhrp(layer: Layers, message: Nhrp) -> None:
    """Compare one NHRP packet field by field."""
    fixed, mandatory = layer["NHRP Fixed Header"], layer["NHRP Mandatory Part"]
    assert fixed["nhrp.hdr.op.type"] == str(int(message.type))
    assert fixed["nhrp.hdr.hopcnt"] == str(message.hop_count)
    assert fixed["nhrp.hdr.chksum.status"] == "1"
    assert fields(mandatory, "nhrp.src.nbma.addr")[0] == str(message.source_nbma)
    assert fields(mandatory, "nhrp.src.prot.addr")[0] == str(message.source)
    assert fields(mandatory, "nhrp.dst.prot.addr")[0] == str(message.destination)
    if message.type is NhrpType.ERROR_INDICATION:
        assert fields(mandatory, "nhrp.err.code") == [str(message.error_code)]
        return
    if message.type is NhrpType.TRAFFIC_INDICATION:
        assert message.data is not None
        assert str(message.data.dst) in json.dumps(layer)
    else:
        assert [int(value, 0) for value in fields(mandatory, "nhrp.reqid")] == [message.request_id]
        flags = mandatory["nhrp.flags_tree"]
        assert {name: flags[name] for name in flags_of(message)} == flags_of(message)
        agree(mandatory, message.clients)
        responder = (message.responder,) if message.responder is not None else ()
        agree(layer["Responder Address Extension"], responder)
        agree(layer["Forward Transit NHS Record Extension"], message.forward_record)
        agree(layer["Reverse Transit NHS Record Extension"], message.reverse_record)
    assert authentication(layer["NHRP Authentication Extension"]) == message.authentication
    assert ("Cisco NAT Address Extension" in layer) == (message.claimed_nbma is not None)
    if message.claimed_nbma is not None:
        nat = layer["Cisco NAT Address Extension"]
        assert fields(nat, "nhrp.client.nbma.addr") == [str(message.claimed_nbma)]


def authentication(extension: Layers) -> str:
    """Put the string together: tshark takes its first four letters for an address."""
    assert fields(extension, "nhrp.auth_ext.reserved") == ["0"]
    assert fields(extension, "nhrp.auth_ext.spi") == ["1"]
    first = bytes(int(part) for part in fields(extension, "nhrp.auth_ext.src_addr")[0].split("."))
    rest = bytes.fromhex(fields(extension, "nhrp.auth_ext.data")[0].replace(":", ""))
    return (first + rest).decode()


SEEN = {
    SPOKE1: RESOLVING | {NhrpType.TRAFFIC_INDICATION, NhrpType.PURGE_REQUEST},
    SPOKE2: RESOLVING | {NhrpType.PURGE_REQUEST},
    HUB: set(NAMES) - {NhrpType.PURGE_REQUEST, NhrpType.RESOLUTION_REPLY},
}
"""The types that each must have seen; replies and purges go straight from spoke to spoke."""


@pytest.mark.parametrize("end", SEEN, ids=lambda end: str(end[0]))
def test_tshark_reads_in_a_tunnel_what_the_routers_said(
    shortcut: dict[tuple[str, str], Double], end: tuple[str, str]
) -> None:
    double = shortcut[end]
    frames = read(double.file)
    assert len(frames) == len(double.packets) == double.capture.frames
    kinds = set()
    for layers, packet in zip(frames, double.packets, strict=True):
        gre = packet.payload
        assert isinstance(gre, Gre)
        assert fields(layers["ip"], "ip.src")[0] == str(packet.src)
        assert fields(layers["ip"], "ip.dst")[0] == str(packet.dst)
        assert fields(layers["gre"], "gre.key") == [f"0x{gre.key:08x}"]
        if isinstance(gre.payload, Nhrp):
            assert layers["gre"]["gre.proto"] == "0x2001"
            compare_nhrp(layers["nhrp"], gre.payload)
            kinds.add(gre.payload.type)
        else:
            assert layers["gre"]["gre.proto"] == "0x0800"
            compare_inner(layers, gre.payload)
    assert kinds >= SEEN[end]


def compare_inner(layers: Layers, inner: Packet) -> None:
    assert fields(layers["ip"], "ip.src")[1] == str(inner.src)
    assert fields(layers["ip"], "ip.dst")[1] == str(inner.dst)
    assert fields(layers["ip"], "ip.ttl")[1] == str(inner.ttl)
    if isinstance(inner.payload, Icmp):
        icmp = inner.payload
        assert layers["icmp"]["icmp.type"] == {"echo": "8", "echo reply": "0"}[icmp.kind.value]
        assert layers["icmp"]["icmp.ident"] == str(icmp.ident)
        assert layers["icmp"]["icmp.seq"] == str(icmp.sequence)
        assert layers["icmp"]["icmp.checksum.status"] == "1"
    else:
        assert "eigrp" in layers


def test_tshark_names_the_packets_right(shortcut: dict[tuple[str, str], Double]) -> None:
    for end in (SPOKE1, SPOKE2, HUB):
        double = shortcut[end]
        told = tshark(double.file, "-Y", "nhrp", "-T", "fields", "-e", "_ws.col.Info").splitlines()
        messages = [
            packet.payload.payload
            for packet in double.packets
            if isinstance(packet.payload, Gre) and isinstance(packet.payload.payload, Nhrp)
        ]
        assert len(told) == len(messages)
        for info, message in zip(told, messages, strict=True):
            assert info.startswith(NAMES[message.type])
            if message.type is NhrpType.ERROR_INDICATION:
                assert "Authentication Failure" in info
            elif message.request_id:
                assert f"ID={message.request_id}" in info


CHECKED = (
    "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE",
    "-o", "tcp.check_checksum:TRUE",
)  # fmt: skip
WRONG = (
    "_ws.malformed || _ws.expert.severity == 8388608 || _ws.expert.group == 117440512"
    " || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0"
    " || icmp.checksum.status == 0 || eigrp.checksum.status == 0 || nhrp.hdr.chksum.status == 0"
)


def unharmed(file: Path) -> None:
    """Assert that tshark finds nothing malformed and every checksum right."""
    assert tshark(file, *CHECKED, "-Y", WRONG) == ""


def test_tshark_finds_nothing_malformed(shortcut: dict[tuple[str, str], Double]) -> None:
    for double in shortcut.values():
        unharmed(double.file)


def test_the_physical_interface_shows_what_passes(
    shortcut: dict[tuple[str, str], Double],
) -> None:
    double = shortcut["spoke1", WAN]
    spoken = set(tshark(double.file, "-T", "fields", "-e", "frame.protocols").split())
    clear = any(isinstance(packet.payload, Gre) for packet in double.packets)
    if clear:
        assert {"raw:ip:gre:nhrp", "raw:ip:gre:ip:eigrp", "raw:ip:gre:ip:icmp:data"} <= spoken
        assert not any("esp" in chain for chain in spoken)
        return
    assert spoken == {"raw:ip:esp", "raw:ip:udp:isakmp"}
    spis = tshark(double.file, "-Y", "esp", "-T", "fields", "-e", "esp.spi").split()
    assert len(set(spis)) >= 4
    lengths = tshark(double.file, "-T", "fields", "-e", "ip.len").split()
    assert [int(length) for length in lengths] == [frame.size for frame in sizes(double)]


def sizes(double: Double) -> list[Packet]:
    """Give the packets, of IKE with the length it has (the value has none of its own)."""
    return [
        packet if isinstance(packet.payload, Esp) else replace(packet, size=len(encode(packet)))
        for packet in double.packets
    ]


def test_times_are_those_of_the_routers(shortcut: dict[tuple[str, str], Double]) -> None:
    times = tshark(shortcut[HUB].file, "-T", "fields", "-e", "frame.time_epoch").split()
    boot = 1767225600  # 1 January 2026, what `show clock` counts from
    assert boot + 60 <= float(times[0]) < float(times[-1]) <= boot + 400
    assert times == sorted(times, key=float)


def test_bgp_and_ike_are_named_right_from_the_first_packet_on(tmp_path: Path) -> None:
    network = cloud()
    reflected(network)
    double = caught(network, tmp_path, SPOKE1, ("spoke1", WAN))
    network.run_for(120)
    for one in double.values():
        one.capture.stop()
        unharmed(one.file)
    file = double[SPOKE1].file
    kinds = tshark(file, "-Y", "bgp", "-T", "fields", "-e", "bgp.type").replace(",", "\n").split()
    assert {"1", "2", "4"} <= set(kinds)
    lost = (
        "tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || tcp.analysis.retransmission"
    )
    assert tshark(file, "-Y", lost) == ""
    prefixes = tshark(file, "-Y", "bgp.type == 2", "-T", "fields", "-e", "bgp.nlri_prefix")
    assert "10.1.1.0" in prefixes
    ike = tshark(double["spoke1", WAN].file, "-Y", "isakmp", "-T", "fields", "-e", "_ws.col.Info")
    assert "IKE_SA_INIT MID=00 Initiator Request" in ike
    assert "IKE_AUTH MID=01 Responder Response" in ike


# --- the tap


def test_a_capture_ends_by_time_and_by_count(tmp_path: Path) -> None:
    network = running(protected=False)
    short = Capture(network, HUB, tmp_path / "short", seconds=10)
    few = Capture(network, HUB, tmp_path / "few", count=3)
    assert short.next_due() == network.now + 10
    network.run_for(30)
    assert few.frames == 3
    assert few.over.is_set()
    assert not network.routers["hub1"].taps or not short.over.is_set()
    short.advance()
    assert short.over.is_set()
    assert short.next_due() is None
    assert network.routers["hub1"].taps == {}
    times = tshark(tmp_path / "short", "-T", "fields", "-e", "frame.time_epoch").split()
    assert float(times[-1]) <= 1767225600 + 70


def test_a_capture_disturbs_nobody_and_is_in_no_copy(tmp_path: Path) -> None:
    alone, watched = running(), running()
    captures = [Capture(watched, (name, TUNNEL), tmp_path / name) for name in ("hub1", "spoke1")]
    copy = watched.fork()
    assert all(router.taps == {} for router in copy.routers.values())
    for network in (alone, watched, copy):
        assert outcomes(ping(network, "spoke1", "10.1.2.1", source=LAN)) == "!!!!!"
        network.run_for(100)
    for capture in captures:
        assert capture.frames > 0
        capture.stop()
    ports = [n.routers["hub1"].ports[TUNNEL].packets_in for n in (alone, watched, copy)]
    assert len(set(ports)) == 1
    assert copy.clock.sequence == alone.clock.sequence == watched.clock.sequence


def test_a_capture_outlives_a_restart_of_its_router(tmp_path: Path) -> None:
    network = running(protected=False)
    capture = Capture(network, SPOKE1, tmp_path / "c")
    network.restart("spoke1", config_of(network, "spoke1"))
    network.run_for(5)
    capture.stop()
    infos = tshark(tmp_path / "c", "-Y", "nhrp", "-T", "fields", "-e", "_ws.col.Info")
    assert "Registration Request" in infos


def test_two_captures_on_one_interface_are_two(tmp_path: Path) -> None:
    network = running(protected=False)
    first = Capture(network, HUB, tmp_path / "1")
    second = Capture(network, HUB, tmp_path / "2")
    network.run_for(10)
    first.stop()
    first.stop()
    network.run_for(10)
    second.stop()
    assert 0 < first.frames < second.frames
    assert (tmp_path / "2").read_bytes().startswith((tmp_path / "1").read_bytes())


def test_a_full_disk_ends_the_capture_and_not_the_lab(tmp_path: Path) -> None:
    network = running(protected=False)
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    capture = Capture(network, HUB, Path("/dev/full"))
    network.run_for(10)
    assert capture.over.is_set()
    assert capture.error is not None
    assert "No space left" in capture.error


def test_what_cannot_be_written_is_left_out_and_counted(tmp_path: Path) -> None:
    network = running(protected=False)
    capture = Capture(network, HUB, tmp_path / "c")
    future = Ike(version=3, initiator_spi=1, responder_spi=2, message=None)
    capture.take(Packet(src=addr("192.0.2.1"), dst=addr("192.0.2.2"), payload=future), 61.0)
    network.run_for(10)
    capture.stop()
    assert capture.left_out == 1
    assert capture.frames == len(read(tmp_path / "c")) > 0


def test_interfaces_are_found_by_short_names_and_missing_ones_are_named() -> None:
    network = running(protected=False)
    assert place_of(network, "hub1", "tu100") == HUB
    assert place_of(network, "hub1", "Gi2") == ("hub1", WAN)
    with pytest.raises(NothingToCapture, match=r"no router 'hub9'.*hub1, internet, spoke1"):
        place_of(network, "hub9", "Tu100")
    with pytest.raises(
        NothingToCapture, match=r"no interface 'Tu7' on hub1: there are .*Tunnel100"
    ):
        place_of(network, "hub1", "Tu7")


# --- the command

CONFIG = """\
version 17.3
hostname {name}
username admin privilege 15 secret 0 {password}
interface GigabitEthernet2
 ip address 192.0.2.{number} 255.255.255.0
interface Tunnel0
 ip address 10.9.0.{number} 255.255.255.0
 ip nhrp network-id 1
 ip nhrp authentication sesame
{nhrp} tunnel source GigabitEthernet2
 tunnel mode gre multipoint
line vty 0 4
 login local
end
"""
NHS = " ip nhrp nhs 10.9.0.1 nbma 192.0.2.1 multicast\n"
PAIR = LabSpec(
    name="pair",
    nodes=tuple(
        Node(
            name=f"r{n}",
            config=CONFIG.format(
                name=f"r{n}", number=n, password=LAB_PASSWORD, nhrp=NHS if n == 2 else ""
            ),
        )
        for n in (1, 2)
    ),
    rate=None,
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a project with a running lab on a manual clock."""
    root = tmp_path_factory.mktemp("project")
    folder = root / ".dmvpn" / "lab" / "pair"
    lab.up(PAIR, folder)
    yield folder
    lab.down(folder)


def test_a_lab_writes_a_capture_until_the_time_is_up(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.pcap"
    names: list[str] = []

    def go(name: str) -> None:
        names.append(name)
        lab.run_for(home, 700)

    result = lab.capture(home, "r1", "tu0", file, seconds=600, started=go)
    assert names == ["Tunnel0"]
    assert (result.interface, result.file) == ("Tunnel0", file)
    infos = tshark(file, "-T", "fields", "-e", "_ws.col.Info").splitlines()
    assert len(infos) == result.frames >= 4
    assert any(info.startswith("NHRP Registration Reply") for info in infos)
    assert file.stat().st_mode & 0o077 == 0
    unharmed(file)


def test_a_lab_writes_a_capture_until_there_are_enough(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.pcap"
    result = lab.capture(
        home, "r2", "Tunnel0", file, count=2, started=lambda name: void(lab.run_for(home, 2000))
    )
    assert result.frames == 2
    assert len(read(file)) == 2


def void(value: object) -> None:
    """Take a value nobody wants."""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("r9", "Tu0", "x.pcap"), "no router 'r9' in this lab: there are r1, r2"),
        (("r1", "Tu9", "x.pcap"), "no interface 'Tu9' on r1: there are GigabitEthernet2, Tunnel0"),
        (("r1", "Tu0", "nowhere/x.pcap"), "No such file or directory: .*nowhere"),
        (("r1", "Tu0", "."), "Is a directory"),
    ],
)
def test_what_cannot_be_captured_is_said(
    home: Path, tmp_path: Path, words: tuple[str, str, str], says: str
) -> None:
    router, interface, file = words
    with pytest.raises(LabError, match=says):
        lab.capture(home, router, interface, tmp_path / file, count=1)
    assert lab.status(home).name == "pair"
    assert list(tmp_path.iterdir()) == []


def program(home: Path, *words: str) -> "subprocess.Popen[str]":
    # Where this suite was started in the background, Ctrl-C is ignored from birth.
    code = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from automation.cli import main; main()"
    )
    command = [sys.executable, "-c", code, "-C", str(home.parents[2])]
    return subprocess.Popen(  # noqa: S603  # our own program
        [*command, "lab", "capture", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_a_capture_with_a_whole_file(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "c.pcap"
    with program(home, "r1", "Tunnel0", "-o", str(file), "--lab", "pair") as process:
        assert process.stderr is not None
        assert "capturing on r1 Tunnel0" in process.stderr.readline()
        lab.run_for(home, 1000)
        process.send_signal(signal.SIGINT)
        _, talk = process.communicate()
    assert process.returncode == 0, talk
    count = len(read(file))
    assert count > 0
    assert f"{count} frames in {file}" in talk
    assert "Traceback" not in talk


def test_a_killed_asker_ends_the_capture(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "d.pcap"
    with program(home, "r1", "Tunnel0", "-o", str(file), "--lab", "pair") as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.kill()
    lab.run_for(home, 1)  # a round of the loop
    size = file.stat().st_size
    lab.run_for(home, 1000)
    assert file.stat().st_size == size


def test_the_command_gives_its_result_as_data(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "e.pcap"
    words = ("r1", "Gi2", "-o", str(file), "--lab", "pair", "--for", "10m", "--format", "json")
    with program(home, *words) as process:
        assert process.stderr is not None
        process.stderr.readline()
        lab.run_for(home, 601)
        out, talk = process.communicate()
    assert process.returncode == 0, talk
    data = json.loads(out)
    assert data["schema"] == "dmvpn.capture/1"
    assert (data["router"], data["interface"]) == ("r1", "GigabitEthernet2")
    assert data["frames"] == len(read(file))


def test_a_lab_that_ends_ends_its_captures(tmp_path: Path) -> None:
    folder = tmp_path / "pair"
    lab.up(PAIR, folder)
    result = lab.capture(
        folder, "r1", "Tu0", tmp_path / "f", started=lambda name: void(lab.down(folder))
    )
    assert result.frames == 0
    assert not (folder / "pid").exists()
    assert (folder / "log").read_text() == ""


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("30s", 30), ("1.5m", 90), ("2h", 7200)])
def test_times_are_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-3s", "3d", "0", "1e3s", "٣s"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        seconds_of(text)
