"""What engineers type by habit: aliases, levels, banners, locks, Tcl, plans to reload."""

import pytest

from labs.twin.cli import Console, Session
from labs.twin.network import Network

CONFIG = """\
version 17.3
hostname R1
enable secret 0 s
username u privilege 15 secret 0 cisco
username w privilege 1 secret 0 cisco
ip domain name lab.example
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
archive
 path bootflash:a-
banner motd ^C
Welcome to $(hostname).$(domain)
^C
line vty 0 4
 login local
line vty 5 15
 exec-timeout 5 30
end
"""


@pytest.fixture
def console() -> Console:
    return Console.boot(Network(1), "r1", CONFIG)


@pytest.fixture
def session(console: Console) -> Session:
    return console.open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    return [session.execute(line) for line in lines][-1]


# Aliases


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("s privilege", "show privilege"),
        ("u all", "no debug all"),
        ("s run | include ^hostname", "show run | include ^hostname"),
        ("sc", "show clock"),
        ("tun 7", "show running-config interface Loopback7"),
    ],
)
def test_aliases(session: Session, line: str, same: str) -> None:
    run(session, "configure terminal", "interface Loopback7", "exit")
    run(session, "alias exec sc show clock")
    run(session, "alias exec tun show running-config interface Loopback", "end")
    assert run(session, line) == run(session, same)
    assert "  sc                    show clock\n" in run(session, "show aliases")


def test_the_caret_of_an_alias_stands_under_what_was_typed(session: Session) -> None:
    assert run(session, "s nonsense") == "     ^\n% Invalid input detected at '^' marker.\n\n"


# Levels


def test_levels(session: Session) -> None:
    assert run(session, "enable 7", "show privilege") == "Current privilege level is 7\n"
    assert session.prompt == "R1#"
    assert "% Invalid input" in run(session, "configure terminal")
    assert run(session, "disable 1") == ""
    assert session.prompt == "R1>"
    assert run(session, "enable 7") == "% No password set\n"
    run(session, "enable", "s")
    assert run(session, "show privilege") == "Current privilege level is 15\n"


def test_login_as_somebody_else(session: Session) -> None:
    assert run(session, "login", "w", "wrong") == "% Login invalid\n\n"
    assert run(session, "login", "w", "cisco") == ""
    assert session.prompt == "R1>"
    assert " w " in run(session, "show users")


# Terminals


def test_a_banner_greets(session: Session) -> None:
    assert session.greeting() == b"\r\n\r\nWelcome to R1.lab.example\r\nR1#"


def test_silence_ends_a_session_where_it_is_configured(console: Console) -> None:
    sessions = [console.open("u", 15, length=0) for _ in range(6)]
    for each in sessions:
        each.greeting()
    console.network.run_until(300.0)
    sessions[5].feed(b" ")
    console.network.run_until(629.0)
    assert not any(each.closed for each in sessions)
    assert run(sessions[0], "show users | include vty 5").split()[5] == "00:05:29"
    console.network.run_until(631.0)
    assert [each.closed for each in sessions] == [False] * 5 + [True]
    assert len(console.sessions) == 5


# The lock of configuration mode


def test_configuration_mode_may_be_exclusive(console: Console) -> None:
    one, two = console.open("u", 15, length=0), console.open("v", 15, length=0)
    assert "% Invalid input" in run(one, "configure terminal lock")
    run(one, "configure terminal", "configuration mode exclusive auto", "end")
    assert "FREE" in run(two, "show configuration lock")
    run(one, "configure terminal")
    assert "locked exclusively by user 'u'" in run(two, "configure terminal")
    assert two.prompt == "R1#"
    shown = run(two, "show configuration lock")
    assert ["LOCKED" in shown, "User               : u" in shown] == [True, True]
    run(one, "end", "configure terminal")
    console.close(one)
    run(two, "configure terminal")
    assert two.prompt == "R1(config)#"


def test_a_lock_can_be_taken_away(console: Console) -> None:
    one, two = console.open("u", 15, length=0), console.open("v", 15, length=0)
    run(one, "configure terminal", "configuration mode exclusive manual", "end")
    run(one, "configure terminal lock")
    run(two, "clear configuration lock", "")
    run(two, "configure terminal")
    assert two.prompt == "R1(config)#"


# Reload


@pytest.mark.parametrize(
    ("line", "when"),
    [
        ("reload at 12:30", "12:30:00 UTC Thu Jan 1 2026 (in 12 hours and 30 minutes)"),
        ("reload at 00:00 2 january", "00:00:00 UTC Fri Jan 2 2026 (in 24 hours and 0 minutes)"),
        ("reload at 6:00 january 3 new image", "06:00:00 UTC Sat Jan 3 2026"),
    ],
)
def test_a_reload_at_a_time(session: Session, line: str, when: str) -> None:
    assert when in run(session, line)
    run(session, "")
    assert when in run(session, "show reload")
    assert ("Reload reason: new image" in run(session, "show reload")) is line.endswith("image")


def test_a_reload_too_far_away(session: Session) -> None:
    assert "24 days" in run(session, "reload at 12:00 1 june")
    assert run(session, "show reload") == "No reload is scheduled.\n"


# Tcl


def test_a_loop_of_pings(session: Session) -> None:
    typed = ["tclsh", "foreach a {", "192.0.2.1", "192.0.2.9", "} { ping $a repeat 2 }"]
    shown = run(session, *typed)
    assert shown.count("Success rate") == 2
    assert shown.index("to 192.0.2.1,") < shown.index("100 percent") < shown.index("to 192.0.2.9,")
    assert "0 percent (0/2)" in shown
    assert session.prompt == "R1(tcl)#"


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        (("puts hello",), "hello\n"),
        (("set x 5", 'puts "x is $x"'), "x is 5\n"),
        (('puts "at [exec "show privilege"]"',), "at Current privilege level is 15\n\n"),
        (('puts "a\\tb"; puts {$c}',), "a\tb\n$c\n"),
        (("puts $missing",), 'can\'t read "missing": no such variable\n'),
        (('exec "show privilege"',), "Current privilege level is 15\n"),
        (("show run | include ^hostname",), "hostname R1\n"),
        (
            ('ios_config "interface Loopback7" "ip mtu 1400"', "show run int lo7 | inc mtu"),
            " ip mtu 1400\n",
        ),
        (('puts "open',), 'missing "\n'),
        (("# a remark",), ""),
    ],
)
def test_tcl(session: Session, lines: tuple[str, ...], printed: str) -> None:
    assert run(session, "tclsh", *lines) == printed


def test_an_endless_script_is_broken_off(session: Session) -> None:
    ten = "{1 2 3 4 5 6 7 8 9 10}"
    script = f"foreach a {ten} {{" * 8 + "}" * 8
    assert run(session, "tclsh", script, "puts alive") == "alive\n"


# Facts


def test_facts_that_are_asked_for(session: Session) -> None:
    assert run(session, "show debugging") == ""
    assert run(session, "show boot").endswith("Configuration register is 0x2102\n")
    assert run(session, "where") == "% No connections open\n"
    run(session, "configure terminal", "ip ssh version 2", "ip ssh time-out 60", "end")
    assert run(session, "show ip ssh").splitlines() == [
        "SSH Enabled - version 2.0",
        "Authentication timeout: 60 secs; Authentication retries: 3",
    ]


def test_services_that_do_not_run_say_so(session: Session) -> None:
    assert run(session, "show ntp status") == "%NTP is not enabled.\n"
    assert run(session, "show snmp") == "%SNMP agent not enabled\n"
    assert run(session, "show cdp neighbors detail") == "% CDP is not enabled\n"
    # What is configured would have a state, and the twin has none to show.
    run(session, "configure terminal", "ntp server 192.0.2.9", "end")
    assert "% Invalid input" in run(session, "show ntp status")


def test_history_and_terminal_are_set_back(session: Session) -> None:
    session.feed(b"terminal history size 2\nshow clock\nshow privilege\n")
    assert run(session, "show history") == "  show privilege\n  show history\n"
    session.feed(b"terminal width 200\nterminal length 7\n")
    run(session, "terminal default width", "terminal default length")
    assert (session.width, session.length) == (80, 24)
    run(session, "terminal no history", "show clock")
    assert run(session, "show history") == ""


def test_the_log_of_configuration_commands(session: Session) -> None:
    run(session, "configure terminal", "archive", "log config", "logging enable")
    run(session, "interface Loopback3", "nonsense", "end")
    shown = run(session, "show archive log config all").splitlines()
    assert [row.split("|")[-1].strip() for row in shown[1:]] == [
        "logging enable",
        "interface Loopback3",
    ]
    assert "CFGLOG" not in run(session, "show logging")
