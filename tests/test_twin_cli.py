"""Sessions: bytes in and out, modes, prompts, questions, paging, and what clients send."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import evidence
from hypothesis import given
from hypothesis import strategies as st

from labs.twin.cli import Console, Session
from labs.twin.network import Network
from labs.twin.storage import wall_clock

DAY_0 = """\
version 17.3
hostname R1
enable secret 0 s
username u privilege 15 secret 5 $1$9L2K$dARJwwbl/W8btgfrX2zpo.
username v secret 5 $1$9L2K$dARJwwbl/W8btgfrX2zpo.
ip domain name lab.example
license boot level ax
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
interface GigabitEthernet2
 ip address 10.1.1.1 255.255.255.0
archive
 path bootflash:$h-
ip scp server enable
line vty 0 4
 login local
 transport input ssh
end
"""


@pytest.fixture
def console() -> Console:
    return Console.boot(Network(1), "r1", DAY_0)


@pytest.fixture
def session(console: Console) -> Session:
    return console.open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    """Do lines and give what the last one printed."""
    return [session.execute(line) for line in lines][-1]


def screen(session: Session, typed: str) -> str:
    """Type and give the screen with bare newlines."""
    return session.feed(typed.encode()).decode().replace("\r\n", "\n")


# Logins


def test_login_checks_the_secret(console: Console) -> None:
    assert console.authenticate("u", "cisco") == 15
    assert console.authenticate("v", "cisco") == 1
    assert console.authenticate("u", "wrong") is None
    assert console.authenticate("nobody", "cisco") is None


def test_enable_asks_three_times_without_echo(console: Console) -> None:
    session = console.open("v", 1)
    assert screen(session, "enable\n") == "enable\nPassword: "
    assert screen(session, "s") == ""
    assert screen(session, "\n") == "\nR1#"
    assert screen(session, "disable\n") == "disable\nR1>"
    assert screen(session, "en\nbad\nbad\nbad\n").endswith("% Bad secrets\n\nR1>")


def test_enable_at_level_15_asks_nothing(session: Session) -> None:
    assert screen(session, "enable\r") == "enable\nR1#"
    assert run(session, "show privilege") == "Current privilege level is 15\n"


def test_user_mode_knows_no_configuration(console: Console) -> None:
    session = console.open("v", 1)
    assert "% Invalid input" in run(session, "configure terminal")
    assert "% Invalid input" in run(session, "show running-config")
    assert run(session, "show version")


# Bytes


def test_characters_are_echoed_at_once(session: Session) -> None:
    assert session.greeting() == b"\r\nR1#"
    assert session.feed(b"show clo") == b"show clo"
    assert session.feed(b"ck") == b"ck"
    out = session.feed(b"\n").decode()
    assert out.startswith("\r\n*")
    assert out.endswith("\r\nR1#")


@pytest.mark.parametrize("enter", ["\n", "\r", "\r\n"])
def test_every_enter_is_one(session: Session, enter: str) -> None:
    assert screen(session, enter) == "\nR1#"


def test_two_carriage_returns_are_two_enters(session: Session) -> None:
    assert screen(session, "\r\r") == "\nR1#\nR1#"


def test_nul_is_nothing(session: Session) -> None:
    assert session.feed(b"\0") == b""
    assert session.feed(b"\0sh\0ow clock\0") == b"show clock"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("ab\x7f\x08xy", "xy"),
        ("garbage\x15show", "show"),
        ("one two\x17", "one "),
        ("bc\x01a\x05d", "abcd"),
        ("a\x1b[Ab", "ab"),
        ("x\ty", "x y"),
    ],
)
def test_editing_keys(session: Session, typed: str, line: str) -> None:
    session.feed(typed.encode())
    assert session.keys.take() == line


def test_ctrl_z_and_ctrl_c_leave_configuration(session: Session) -> None:
    run(session, "conf t", "interface Tunnel1")
    assert screen(session, "ip mtu 1400\x1a").endswith("R1#")
    assert "ip mtu 1400" in run(session, "show run int tu1")
    run(session, "conf t")
    assert screen(session, "half a li\x03").endswith("\nR1#")
    assert session.config is None


def test_type_ahead_waits_for_a_running_command(session: Session, console: Console) -> None:
    first = screen(session, "ping 10.9.9.9 repeat 2\nshow clock\n")
    assert "Sending 2" in first
    assert "*" not in first
    assert session.pending is not None
    console.network.run_until(10.0)
    rest = session.poll().decode()
    assert "Success rate is 0 percent (0/2)" in rest
    assert "*00:00:10" in rest
    assert session.poll() == b""


def test_escape_sequence_aborts(session: Session) -> None:
    session.feed(b"ping 10.9.9.9 repeat 1000\n")
    session.feed(b"\x1e")
    assert session.poll().endswith(b"R1#")
    assert session.pending is None


def test_a_line_of_a_megabyte_is_survived(session: Session) -> None:
    session.feed(b"x" * 1_000_000)
    assert session.feed(b"\n").endswith(b"R1#")
    assert run(session, "show privilege") == "Current privilege level is 15\n"


def test_a_megabyte_of_lines_is_worked_off(session: Session) -> None:
    out = session.feed(b"! a comment of a pasted file\n" * 20_000)
    assert out.count(b"R1#") == 20_000


@given(st.binary(max_size=200))
def test_any_bytes_leave_a_working_session(data: bytes) -> None:
    console = Console.boot(Network(1), "r1", "hostname R1\n")
    session = console.open("u", 15)
    session.feed(data)
    session.feed(b"\x03\x03q\x15\n")
    if not session.closed:
        assert session.feed(b"\x03").endswith(b"#")


# Modes and prompts


def test_prompts_follow_the_mode(session: Session) -> None:
    prompts = []
    for line in (
        "conf t",
        "interface Tunnel1",
        "router eigrp LAB",
        "address-family ipv4 unicast autonomous-system 5",
        "af-interface Tunnel1",
        "exit-af-interface",
        "topology base",
        "crypto ikev2 proposal P",
        "crypto ikev2 keyring K",
        "peer A",
        "crypto ipsec transform-set T esp-aes esp-sha-hmac",
        "crypto ipsec profile P",
        "vrf definition V",
        "line vty 0 4",
        "archive",
        "interface GigabitEthernet1.10",
        "exit",
        "exit",
    ):
        session.execute(line)
        prompts.append(session.prompt)
    assert prompts == [
        "R1(config)#",
        "R1(config-if)#",
        "R1(config-router)#",
        "R1(config-router-af)#",
        "R1(config-router-af-interface)#",
        "R1(config-router-af)#",
        "R1(config-router-af-topology)#",
        "R1(config-ikev2-proposal)#",
        "R1(config-ikev2-keyring)#",
        "R1(config-ikev2-keyring-peer)#",
        "R1(cfg-crypto-trans)#",
        "R1(ipsec-profile)#",
        "R1(config-vrf)#",
        "R1(config-line)#",
        "R1(config-archive)#",
        "R1(config-subif)#",
        "R1(config)#",
        "R1#",
    ]


def test_long_host_names_are_cut_in_configuration_prompts(session: Session) -> None:
    run(session, "conf t", "hostname a-router-with-quite-a-long-name")
    assert session.prompt == "a-router-with-quite-(config)#"
    run(session, "end")
    assert session.prompt == "a-router-with-quite-a-long-name#"


def test_the_caret_stands_under_the_word(session: Session) -> None:
    out = screen(session, "show nonsense\n")
    assert out == ("show nonsense\n        ^\n% Invalid input detected at '^' marker.\n\nR1#")
    run(session, "conf t")
    assert screen(session, "ip nhrp\n") == (
        "ip nhrp\n              ^\n% Invalid input detected at '^' marker.\n\nR1(config)#"
    )


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("sh", '% Type "show ?" for a list of subcommands\n'),
        ("show ip", "% Incomplete command.\n\n"),
        ("con", '% Ambiguous command:  "con"\n'),
        ("te len 0", '% Ambiguous command:  "te len 0"\n'),
        ("configure", "Configuring from terminal, memory, or network [terminal]? "),
        ("clear counters gi", "% Incomplete command.\n\n"),
        ("clear counters t0", '% Ambiguous command:  "clear counters t0"\n'),
        ("c", '% Ambiguous command:  "c"\n'),
    ],
)
def test_answers_to_half_commands(session: Session, line: str, answer: str) -> None:
    assert run(session, line) == answer


def test_do_works_in_every_mode(session: Session) -> None:
    run(session, "conf t", "interface Tunnel1")
    assert "Current privilege" in run(session, "do show privilege")
    out = run(session, "do show nonsense")
    assert out.index("^") == len("R1(config-if)#") + len("do show ")


def test_a_change_reaches_the_network(session: Session, console: Console) -> None:
    run(session, "conf t", "interface Loopback7", "ip address 10.7.7.7 255.255.255.255", "end")
    router = console.network.routers["r1"]
    assert str(router.config.interfaces["Loopback7"].address) == "10.7.7.7/32"
    assert "!!!!!" in run(session, "ping 10.7.7.7")
    assert any("%SYS-5-CONFIG_I" in text for _, text in router.log)


def test_two_sessions_see_each_other(console: Console) -> None:
    one, two = console.open("u", 15), console.open("v", 1)
    assert (one.line, two.line) == ("vty 0", "vty 1")
    assert two.line in {caller.line for caller in one.view().sessions}
    console.close(one)
    assert console.open("u", 15).line == "vty 0"


def test_exit_closes(session: Session) -> None:
    session.feed(b"exit\n")
    assert session.closed


def test_a_banner_is_taken_line_by_line(session: Session) -> None:
    run(session, "conf t")
    assert "End with the character '#'" in screen(session, "banner motd #\n")
    assert screen(session, "no shutdown of anything\nend\n#\n").endswith("R1(config)#")
    shown = run(session, "do show run | begin ^banner")
    assert shown.startswith("banner motd ^C\nno shutdown of anything\nend\n^C\n!\n")


def test_the_caret_of_a_rule_stands_under_the_last_word(session: Session) -> None:
    run(session, "conf t")
    out = run(session, "int GigabitEthernet9")
    assert out.index("^") == len("R1(config)#int ")


# Output


def test_pages_turn_by_keys(console: Console) -> None:
    session = console.open("u", 15)
    first = screen(session, "show running-config\n")
    assert first.endswith("\n --More-- ")
    assert first.count("\n") == 24
    line = session.feed(b"\n").decode()
    assert line.count("\r\n") == 1
    assert session.feed(b"q").endswith(b"R1#")
    session.feed(b"show running-config\n")
    assert session.feed(b" ").decode().count("\r\n") > 1
    screen(session, "terminal length 0\n")
    assert " --More-- " not in screen(session, "show running-config\n")


@pytest.mark.parametrize(
    ("keys", "first", "absent"),
    [
        (b"/^line vty\r", "line vty 0 4", "archive"),
        (b"+ip scp|^end\r", "ip scp server enable", "line vty"),
        (b"-interface\r", "", "interface"),
        (b"/vtx\by\r", "line vty 0 4", "archive"),
    ],
)
def test_pages_are_searched(console: Console, keys: bytes, first: str, absent: str) -> None:
    session = console.open("u", 15)
    session.length = 10
    session.feed(b"show running-config\n")
    shown = session.feed(keys).decode().partition("filtering...\r\n")[2]
    assert shown.startswith(first)
    assert absent not in shown
    session.feed(b"\x03")
    assert session.feed(b"\n").endswith(b"R1#")


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("show running-config | include ^hostname", "hostname R1\n"),
        ("show run | inc ip scp server enable", "ip scp server enable\n"),
        ("show running-config | count GigabitEthernet", None),
        ("show run | section ^archive", "archive\n path bootflash:$h-\n"),
        (
            "show run | begin ^line vty",
            "line vty 0 4\n login local\n transport input ssh\n!\nend\n",
        ),
        ("show version | include no such thing", ""),
        ("show run | s e ^(interface|line|archive)", None),
    ],
)
def test_pipes(session: Session, command: str, output: str | None) -> None:
    shown = run(session, command)
    if output is not None:
        assert shown == output
    elif "count" in command:
        assert shown == "Number of lines which match regexp = 2\n"
    else:
        assert "interface" not in shown
        assert "hostname R1" in shown


def test_exclude_and_wrong_filters(session: Session) -> None:
    assert "hostname" not in run(session, "show run | exclude hostname")
    assert "% Invalid input" in run(session, "show run | nonsense x")
    assert "% Incomplete" in run(session, "show run | include")
    assert "% Invalid input" in run(session, "write memory | include x")


def test_show_running_config_all_says_the_unsaid(session: Session) -> None:
    run(session, "conf t", "int tu1", "ip nhrp network-id 1", "end")
    assert "ip nhrp shortcut" not in run(session, "show run int tu1")
    everything = run(session, "show run all | section Tunnel1")
    for line in ("ip nhrp shortcut", "ip nhrp map multicast dynamic", "ip nhrp holdtime 600"):
        assert f" {line}\n" in everything


def test_clock_and_history(session: Session, console: Console) -> None:
    console.network.run_until(61.5)
    assert run(session, "show clock") == "*00:01:01.500 UTC Thu Jan 1 2026\n"
    assert wall_clock(61.5).minute == 1
    assert run(session, "show history") == "  show clock\n  show history\n"


def test_ping_prints_as_ios(session: Session) -> None:
    assert run(session, "ping 10.1.1.1 source Gi1 repeat 3 size 200 df-bit") == (
        "Type escape sequence to abort.\n"
        "Sending 3, 200-byte ICMP Echos to 10.1.1.1, timeout is 2 seconds:\n"
        "Packet sent with a source address of 192.0.2.1 \n"
        "Packet sent with the DF bit set\n"
        "!!!\n"
        "Success rate is 100 percent (3/3), round-trip min/avg/max = 1/1/1 ms\n"
    )
    assert run(session, "ping 10.1.1.1 source 10.3.3.3").startswith("% Invalid source address")


def test_traceroute_prints_as_ios(session: Session) -> None:
    assert run(session, "traceroute 10.1.1.1 probe 1 numeric") == (
        "Type escape sequence to abort.\n"
        "Tracing the route to 10.1.1.1\n"
        "VRF info: (vrf in name/id, vrf out name/id)\n"
        "  1 10.1.1.1 1 msec\n"
    )
    assert "  1  *  *  * \n" in run(session, "traceroute 10.9.9.9 timeout 1 ttl 1 1")


# Files


def test_copy_asks_and_file_prompt_quiet_does_not(session: Session) -> None:
    assert screen(session, "copy running-config flash:x\n").endswith("Destination filename [x]? ")
    assert "bytes copied in" in screen(session, "\n")
    run(session, "conf t", "file prompt quiet", "end")
    assert "bytes copied in" in run(session, "copy running-config flash:y")
    assert run(session, "copy run start") == "Building configuration...\n[OK]\n"
    assert "hostname R1" in run(session, "show startup-config")
    run(session, "conf t", "no file prompt quiet", "end")
    assert "?" in run(session, "copy run start")


def test_ansible_answers_blindly(session: Session) -> None:
    out = screen(session, "copy running-config startup-config\r\r")
    assert "Destination filename [startup-config]? \nBuilding configuration...\n[OK]\nR1#" in out
    run(session, "conf t", "file prompt quiet", "end")
    assert screen(session, "copy running-config startup-config\r\r").endswith("[OK]\nR1#\nR1#")


def test_directory_and_md5(session: Session, console: Console) -> None:
    assert console.receive_file("flash:/merge_config.txt", b"hostname X\n") is None
    assert run(session, "dir").startswith("Directory of bootflash:/\n")
    assert "merge_config.txt" in run(session, "dir flash:/merge_config.txt")
    assert re.search(r"\d+ bytes total \(\d+ bytes free\)", run(session, "dir flash:"))
    assert run(session, "dir flash:/none") == (
        "%Error opening flash:/none (No such file or directory)\n"
    )
    # printf 'hostname X\\n' | md5sum
    assert "= 67de47dee24228e926384ccc7aeaba74\n" in run(
        session, "verify /md5 flash:/merge_config.txt"
    )
    assert run(session, "more flash:merge_config.txt") == "hostname X\n"
    run(session, "delete /force flash:merge_config.txt")
    assert "No such file" in run(session, "more flash:merge_config.txt")


def test_scp_must_be_enabled(session: Session, console: Console) -> None:
    run(session, "conf t", "no ip scp server enable", "end")
    assert console.receive_file("flash:x", b"") is not None


def test_merge_tells_what_it_does_not_know(session: Session, console: Console) -> None:
    content = b"hostname R2\ninterface Tunnel5\n ip mtu 1380\n nonsense\nip frobnicate\nend\n"
    console.receive_file("flash:m", content)
    run(session, "conf t", "file prompt quiet", "end")
    out = run(session, "copy flash:m running-config")
    assert out.count("% Invalid input detected") == 2
    assert " nonsense\n" in out
    assert "bytes copied" in out
    assert session.prompt == "R2#"
    assert " ip mtu 1380" in run(session, "show run int tu5")


def test_tcl_writes_files_with_their_blanks(session: Session) -> None:
    assert screen(session, "tclsh\n").endswith("R1(tcl)#")
    assert "Directory of" in screen(session, "dir\n")
    screen(session, 'puts [open "flash:merge_config.txt" w+] {')
    screen(session, "interface Tunnel0\r ip mtu 1380\rend\r")
    assert screen(session, "}\r").endswith("R1(tcl)#")
    assert screen(session, "tclquit\r").endswith("R1#")
    assert session.storage.read("flash:/merge_config.txt") == (
        b"interface Tunnel0\n ip mtu 1380\nend\n\n"
    )


def test_reload_goes_back_to_startup(session: Session, console: Console) -> None:
    run(session, "write memory", "conf t", "hostname LOST", "end")
    assert run(session, "reload in 5").endswith("Save? [yes/no]: ")
    assert "Reload scheduled" in run(session, "no")
    run(session, "")
    assert "(in 5 minutes)" in run(session, "show reload")
    console.network.run_until(299)
    assert console.storage.hostname == "LOST"
    console.network.run_until(301)
    assert console.storage.hostname == "R1"
    assert session.closed
    fresh = console.open("u", 15)
    run(fresh, "reload in 5", "")
    assert "ABORTED" in run(fresh, "reload cancel")
    assert run(fresh, "show reload") == "No reload is scheduled.\n"


@evidence
def test_a_published_interface_listing_is_printed_to_the_byte(
    shared: Path, record_property: Callable[[str, object], None]
) -> None:
    case = shared / "cases" / "p1-rip-hq"
    printed = case / "outputs" / "01_Branch1_show-running-config-interface-tunnel-0.txt"
    record_property("samples", 1)
    console = Console.boot(Network(1), "b1", (case / "configs" / "Branch1.cfg").read_text())
    session = console.open("u", 15, length=0)
    shown = run(session, "show running-config interface tunnel 0")
    assert shown.rstrip("\n") == printed.read_text().rstrip("\n")


# Clients

REFUSED_BY_RIGHT = (
    "show vlan",
    "show switch virtual",
    "show memory statistics",
    "show processes cpu",
)
"""What Ansible asks of any device: not modelled."""


def dialogues(text: str) -> list[tuple[str, list[bytes]]]:
    """Part the protocol of clients into connections: title and what was sent on it."""
    found: dict[tuple[str, str], list[bytes]] = {}
    title = ""
    for line in text.splitlines():
        if line.startswith("## "):
            title = line[3:]
        match = re.match(r"\s+(c\d+) -> (b['\"].*)$", line)
        if match:
            found.setdefault((title, match[1]), []).append(ast.literal_eval(match[2]))
    return [(f"{title} {name}", sent) for (title, name), sent in found.items()]


@evidence
def test_every_client_gets_prompts_to_what_it_sends(
    shared: Path, record_property: Callable[[str, object], None]
) -> None:
    text = (shared / "reference" / "CLIENTS.md").read_text()
    talks = dialogues(text)
    record_property("samples", len(talks))
    assert len(talks) >= 12
    for title, sent in talks:
        console = Console.boot(Network(1), "r1", DAY_0)
        low = b"s\n" in sent or b"s\r" in sent or b"s" in sent
        session = console.open("v" if low else "u", 1 if low else 15, length=None)
        _replay(title, console, session, sent)


def _replay(title: str, console: Console, session: Session, sent: list[bytes]) -> None:
    """Send what a client sent; files that it copied over SCP are put there first."""
    content = b"interface Tunnel0\n ip mtu 1380\nend\n"
    typed = ""
    for data in sent:
        if b"merge_config.txt" in data and b"copy flash" in data:
            console.receive_file("flash:/merge_config.txt", content)
        if b"configure replace flash:/candidate" in data:
            console.receive_file(
                "flash:/candidate_config.txt", console.storage.running_text().encode()
            )
        typed += data.decode()
        out = session.feed(data).decode()
        if data[-1:] not in (b"\n", b"\r") or b"\0" in data:
            continue
        command, typed = typed.strip(), ""
        if session.closed:
            break
        assert re.search(r"(R1[(\w.-]*\)?[#>]|\+>|Password: |\]\? )$", out), (title, data, out)
        if not command.startswith(REFUSED_BY_RIGHT):
            assert "% Invalid" not in out, (title, command, out)
            assert "% Incomplete" not in out, (title, command, out)
    assert session.closed or session.config is None or "ansible" in title.lower()


def test_files_are_renamed_and_the_folder_is_told(session: Session) -> None:
    run(session, "show privilege | redirect bootflash:a")
    assert session.execute("rename bootflash:a bootflash:b") == "Destination filename [b]? "
    assert session.execute("") == ""
    assert "level is 15" in session.execute("more b")
    assert "No such file" in session.execute("more a")
    assert "No such file" in session.execute("rename bootflash:a c")
    run(session, "rename b nowhere:x")
    assert "Invalid file name" in session.execute("")
    assert "level is 15" in session.execute("more b")
    assert session.execute("pwd") == "bootflash:/\n"


def test_other_words_for_the_same(session: Session) -> None:
    whole = session.execute("show running-config")
    assert session.execute("show running-config full") == whole
    assert session.execute("who") == session.execute("show users")
    run(session, "erase startup-config")
    assert session.execute("") == "[OK]\nErase of nvram: complete\n"
    assert "not present" in session.execute("show startup-config")
