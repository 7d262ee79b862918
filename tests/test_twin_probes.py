"""`ping` and `traceroute` at the prompt: options, questions, marks, arithmetic, breaking off."""

import pytest

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.network import Network

LEFT = """\
version {version}
hostname left
vrf definition RED
 address-family ipv4
 exit-address-family
ip host far 10.2.0.1
ip host middle 192.0.2.2
interface Loopback0
 ip address 10.1.0.1 255.255.255.255
interface Ethernet0/0
 ip address 192.0.2.1 255.255.255.0
interface Ethernet0/1
 vrf forwarding RED
 ip address 192.0.2.1 255.255.255.0
ip route 0.0.0.0 0.0.0.0 192.0.2.2
"""
MIDDLE = """\
version 15.7
hostname middle
interface Ethernet0/0
 ip address 192.0.2.2 255.255.255.0
interface Ethernet0/1
 ip address 198.51.100.2 255.255.255.0
 ip mtu 1400
ip route 10.2.0.0 255.255.0.0 198.51.100.3
ip route 10.1.0.1 255.255.255.255 192.0.2.1
"""
RIGHT = """\
version 15.7
hostname right
interface Ethernet0/0
 ip address 198.51.100.3 255.255.255.0
interface Loopback0
 ip address 10.2.0.1 255.255.255.255
ip route 0.0.0.0 0.0.0.0 198.51.100.2
"""
HINT = "Type escape sequence to abort.\n"


def left(version: str = "15.7", middle: str = MIDDLE) -> Session:
    network = Network(seed=1)
    texts = {"left": LEFT.format(version=version), "middle": middle, "right": RIGHT}
    consoles = {name: Console.boot(network, name, text) for name, text in texts.items()}
    network.connect(("left", "Ethernet0/0"), ("middle", "Ethernet0/0"))
    network.connect(("middle", "Ethernet0/1"), ("right", "Ethernet0/0"))
    network.run_for(1.0)
    return consoles["left"].open("test", 15, length=0)


def answer(session: Session, command: str, *answers: str) -> str:
    """Type a command and the answers to its questions; give all that was printed."""
    text = session.execute(command)
    for each in answers:
        text += session.execute(each)
    return text


def body(text: str) -> str:
    """Give the marks of a ping and its last line, without the times."""
    lines = [line for line in text.splitlines() if not line.startswith(("Type", "Sending"))]
    return "|".join(lines).partition(", round-trip")[0]


@pytest.mark.parametrize(
    "options",
    [
        "size 200 repeat 2 df-bit timeout 1 source Loopback0",
        "source lo0 df-bit repeat 2 timeout 1 size 200",
        "timeout 1 so 10.1.0.1 df re 2 si 200",
    ],
)
def test_options_of_a_ping_come_in_any_order(options: str) -> None:
    assert (
        left()
        .execute(f"ping 10.2.0.1 {options}")
        .startswith(
            f"{HINT}Sending 2, 200-byte ICMP Echos to 10.2.0.1, timeout is 1 second:\n"
            "Packet sent with a source address of 10.1.0.1 \n"
            "Packet sent with the DF bit set\n"
            "!!\nSuccess rate is 100 percent (2/2), round-trip min/avg/max = "
        )
    )


def test_an_option_without_its_value_is_incomplete() -> None:
    session = left()
    assert session.execute("ping 10.2.0.1 df-bit size") == "% Incomplete command.\n\n"
    assert session.execute("ping 10.2.0.1 size 20").endswith(
        "^\n% Invalid input detected at '^' marker.\n\n"
    )
    assert session.execute("ping 10.2.0.1 size 20").index("^") == len("left#ping 10.2.0.1 size ")


def test_size_against_the_mtu_of_the_way_decides_what_df_does() -> None:
    # The wire behind the middle takes 1400 bytes; IOL limits "fragmentation needed" to one in
    # 500 ms, so every second probe waits for its time-out.
    session = left()
    assert body(session.execute("ping 10.2.0.1 size 1400 df-bit repeat 2")).endswith("(2/2)")
    assert "\nM.M.M\nSuccess rate is 0 percent (0/5)\n" in session.execute(
        "ping 10.2.0.1 size 1401 df-bit"
    )
    assert "\n!!!!!\n" in session.execute("ping 10.2.0.1 size 1401")


def test_unreachables_are_limited_on_iol() -> None:
    assert "\nU.U.U\nSuccess rate is 0 percent (0/5)\n" in left().execute("ping 10.9.9.9")


def test_success_is_counted_in_whole_percent() -> None:
    session = left()
    network = session.network
    text = session.execute("ping 10.2.0.1 repeat 3")
    assert "Success rate is 100 percent (3/3)" in text
    network.set_loss(("left", "Ethernet0/0"), 0.5)
    text = session.execute("ping 10.2.0.1 repeat 200 timeout 0")
    marks = "".join(line for line in text.splitlines() if set(line) <= set("!."))
    good = marks.count("!")
    assert f"Success rate is {100 * good // 200} percent ({good}/200)" in text


def test_names_of_the_host_table_are_destinations() -> None:
    session = left()
    assert "ICMP Echos to 10.2.0.1, timeout" in session.execute("ping far")
    unknown = "% Unrecognized host or address, or protocol not running.\n"
    assert session.execute("ping nowhere") == unknown
    assert session.execute("traceroute nowhere") == unknown
    shown = session.execute("traceroute far probe 1")
    assert "Tracing the route to far (10.2.0.1)\n" in shown
    assert "  1 middle (192.0.2.2) " in shown
    assert "  1 192.0.2.2 " in session.execute("traceroute far numeric probe 1")


def test_a_vrf_has_its_own_table() -> None:
    session = left()
    assert "\n.\nSuccess rate is 0 percent (0/1)" in session.execute(
        "ping vrf RED 192.0.2.2 repeat 1"
    )
    assert session.execute("ping vrf BLUE 192.0.2.2") == (
        "% IP routing table BLUE does not exist\n"
    )


def test_questions_of_a_ping() -> None:
    session = left("15.5")
    assert answer(session, "ping", "", "10.2.0.1", "2", "", "1", "").startswith(
        "Protocol [ip]: Target IP address: Repeat count [5]: Datagram size [100]: "
        "Timeout in seconds [2]: Extended commands [n]: Sweep range of sizes [n]: "
    )
    assert session.execute("").startswith(
        f"{HINT}Sending 2, 100-byte ICMP Echos to 10.2.0.1, timeout is 1 second:\n!!\n"
    )


def test_extended_questions_of_older_and_newer_images() -> None:
    old = answer(left("15.5"), "ping ip", "", "10.2.0.1", "", "", "", "y", "lo0", "", "y", "y")
    assert old.endswith(
        "Extended commands [n]: Source address or interface: Type of service [0]: "
        "Set DF bit in IP header? [no]: Validate reply data? [no]: Data pattern [0xABCD]: "
    )
    session = left("15.7")
    new = answer(session, "ping", "", "10.2.0.1", "1", "", "", "y", "", "lo0", "", "", "y", "y")
    assert new.endswith(
        "Extended commands [n]: Ingress ping [n]: Source address or interface: DSCP Value [0]: "
        "Type of service [0]: Set DF bit in IP header? [no]: Validate reply data? [no]: "
        "Data pattern [0x0000ABCD]: "
    )
    assert answer(session, "0xffff", "v", "") == (
        "Loose, Strict, Record, Timestamp, Verbose[none]: "
        "Loose, Strict, Record, Timestamp, Verbose[V]: "
        "Sweep range of sizes [n]: "
    )
    assert session.execute("n").startswith(
        f"{HINT}Sending 1, 100-byte ICMP Echos to 10.2.0.1, timeout is 2 seconds:\n"
        "Packet sent with a source address of 10.1.0.1 \n"
        "Packet sent with the DF bit set\n"
        "Reply data will be validated\n"
        "Packet has data pattern 0xFFFF\n"
        "Reply to request 0 ("
    )


def test_a_sweep_goes_through_the_sizes_until_df_stops_it() -> None:
    session = left("15.5")
    text = answer(session, "ping", "", "10.2.0.1", "1", "", "1", "y", "", "", "y", "", "", "", "y")
    assert text.endswith("Sweep min size [36]: ")
    text = answer(session, "1398", "1402", "")
    assert text.startswith("Sweep max size [18024]: Sweep interval [1]: ")
    assert "Sending 5, [1398..1402]-byte ICMP Echos to 10.2.0.1" in text
    assert "\n!!!M.\nSuccess rate is 60 percent (3/5)" in text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("appletalk",), '% Unknown protocol - "appletalk", type "ping ?" for help\n'),
        (("", ""), "% Bad IP address\n"),
        (("", "10.2.0.1", "0"), "% A decimal number between 1 and 2147483647.\n"),
    ],
)
def test_a_wrong_answer_ends_the_questions(answers: tuple[str, ...], said: str) -> None:
    session = left()
    assert answer(session, "ping", *answers).endswith(said)
    assert session.question is None


def test_questions_of_a_traceroute() -> None:
    session = left("15.5")
    text = answer(session, "traceroute", "", "far", "", "y", "1", "1", "", "", "", "")
    assert text.startswith(
        "Protocol [ip]: Target IP address: Source address: Numeric display [n]: "
        "Timeout in seconds [3]: Probe count [3]: Minimum Time to Live [1]: "
        "Maximum Time to Live [30]: Port Number [33434]: "
        "Loose, Strict, Record, Timestamp, Verbose[none]: "
        f"{HINT}Tracing the route to 10.2.0.1\n"
    )
    assert [line.split()[:2] for line in text.splitlines()[-2:]] == [
        ["1", "192.0.2.2"],
        ["2", "198.51.100.3"],
    ]


def test_traceroute_takes_its_options_in_any_order() -> None:
    shown = left().execute("traceroute 10.2.0.1 ttl 2 3 timeout 1 source lo0 port 40000 probe 2")
    assert shown.splitlines()[3].split()[:2] == ["2", "198.51.100.3"]


def test_an_unreachable_host_is_marked() -> None:
    # The TTL is looked at before the route: the first probe ends by it.
    shown = left().execute("traceroute 10.9.9.9 numeric probe 1")
    assert shown.splitlines()[-1] == "  2 192.0.2.2 !H"


@pytest.mark.parametrize("key", [b"\x1e", b"\x03"])
def test_a_running_ping_is_broken_off(key: bytes) -> None:
    session = left()
    session.feed(b"ping 192.0.2.99 repeat 50\n")
    session.network.run_for(5.0)
    assert session.poll().endswith(b"..")
    session.feed(key)
    assert b"Success rate is 0 percent (0/2)\r\nleft#" in session.poll()


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("no ip icmp rate-limit unreachable", "UUUUU"),
        ("ip icmp rate-limit unreachable 1", "UUUUU"),
        ("ip icmp rate-limit unreachable 500", "U.U.U"),
        ("ip icmp rate-limit unreachable 3000", "U..U."),
    ],
)
def test_the_limit_of_unreachables_is_configured(line: str, marks: str) -> None:
    session = left(middle=f"{MIDDLE}{line}\n")
    assert f"\n{marks}\nSuccess" in session.execute("ping 10.9.9.9")


@pytest.mark.parametrize(
    "name",
    ["BVI1", "Port-channel1.10", "Embedded-Service-Engine0/0", "TwentyFiveGigE1/0/1"],
)
def test_interfaces_of_every_kind_keep_their_names(name: str) -> None:
    network = Network(seed=1)
    text = f"version 15.7\nhostname r1\ninterface {name}\n ip address 10.0.0.1 255.255.255.0\n"
    session = Console.boot(network, "r1", text).open("test", 15, length=0)
    assert f"interface {name}\n ip address 10.0.0.1 255.255.255.0\n" in (
        session.execute("show running-config")
    )
    assert name in session.execute("show ip interface brief")
    # the usual kinds keep their short words
    assert "GigabitEthernet0/0" in Console.boot(
        Network(seed=2), "r2", "version 15.7\ninterface g0/0\n"
    ).open("test", 15, length=0).execute("show running-config")
