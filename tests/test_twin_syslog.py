"""The log of a router: stamps, numbers, levels, sizes, and terminals that show it."""

import pytest

from labs.twin.cli import Console, Session
from labs.twin.network import Network

CONFIG = """\
version 17.3
hostname R1
username u privilege 15 secret 0 cisco
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
end
"""


@pytest.fixture
def session() -> Session:
    return Console.boot(Network(1), "r1", CONFIG).open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    return [session.execute(line) for line in lines][-1]


def configure(session: Session, *lines: str) -> None:
    run(session, "configure terminal", *lines, "end")


def logged(session: Session) -> list[str]:
    return run(session, "show logging").partition("Log Buffer")[2].splitlines()[2:]


# Vendor command reference, `service timestamps`: the form of each option.
@pytest.mark.parametrize(
    ("lines", "stamp"),
    [
        ((), "*Jan  1 00:02:03.000: %"),
        (("service timestamps log datetime",), "*Jan  1 00:02:03: %"),
        (("service timestamps log datetime msec show-timezone",), "*Jan  1 00:02:03.000 UTC: %"),
        (("service timestamps log datetime year",), "*Jan  1 2026 00:02:03: %"),
        (
            (
                "clock timezone CET 1",
                "service timestamps log datetime localtime show-timezone",
            ),
            "*Jan  1 01:02:03 CET: %",
        ),
        (("service timestamps log uptime",), "00:02:03: %"),
        (("service timestamps log",), "00:02:03: %"),
        (("no service timestamps log",), "%"),
        (("service sequence-numbers", "no service timestamps log"), "000009: %"),
    ],
)
def test_stamps(session: Session, lines: tuple[str, ...], stamp: str) -> None:
    router = session.view().router
    # Two lines tell of the interface at boot.
    for _ in range(6):
        session.console.log("%SYS-6-FILLER: x")
    router.log.clear()
    session.console.network.run_until(123.0)
    configure(session, *lines)
    assert logged(session)[-1].startswith(stamp)
    assert logged(session)[-1].partition("%")[2].startswith("SYS-5-CONFIG_I")


def test_the_clock_is_set_and_then_believed(session: Session) -> None:
    assert run(session, "show clock").startswith("*00:00:00.000 UTC Thu Jan 1 2026")
    run(session, "clock set 13:14:15 2 March 2027")
    assert run(session, "show clock detail") == (
        "13:14:15.000 UTC Tue Mar 2 2027\nTime source is user configuration\n"
    )
    configure(session, "clock timezone EST -5")
    assert "clock timezone EST -5 0\n" in run(session, "show running-config")
    assert run(session, "show clock").startswith("08:14:15.000 EST Tue Mar 2 2027")
    assert "!Last" not in run(session, "show run")
    assert "change at 08:14:15 EST Tue Mar 2 2027 by u" in run(session, "show running-config")
    assert run(session, "clock set 25:00:00 2 March 2027").startswith(" " * len("R1#clock set "))


def test_levels_and_sizes(session: Session) -> None:
    configure(session, "logging buffered 4096 warnings")
    assert "logging buffered 4096 warnings\n" in run(session, "show running-config")
    session.console.log("%DUAL-5-NBRCHANGE: notice")
    session.console.log("%LINK-3-UPDOWN: error")
    assert [line.rpartition("%")[2] for line in logged(session)][-1:] == ["LINK-3-UPDOWN: error"]
    assert "DUAL-5" not in "".join(logged(session))
    for number in range(300):
        session.console.log(f"%LINK-3-UPDOWN: {number:03d}")
    kept = logged(session)
    assert kept[-1].endswith("299")
    assert 4096 - 60 < sum(len(line) + 1 for line in kept) <= 4096
    configure(session, "no logging buffered")
    shown = run(session, "show logging")
    assert "Buffer logging: disabled" in shown
    assert "Log Buffer" not in shown
    configure(session, "default logging buffered")
    assert "logging buffered" not in run(session, "show running-config")


def test_a_terminal_shows_what_the_router_logs_when_asked(session: Session) -> None:
    assert session.poll() == b""
    session.console.log("%LINK-3-UPDOWN: before")
    session.feed(b"terminal monitor\n")
    session.console.log("%LINK-3-UPDOWN: seen")
    shown = session.poll().decode()
    assert "%LINK-3-UPDOWN: seen" in shown
    assert "before" not in shown
    assert session.poll() == b""
    session.feed(b"configure terminal\nlogging monitor critical\nend\n")
    session.console.log("%LINK-3-UPDOWN: unseen")
    assert b"unseen" not in session.poll()
    session.feed(b"terminal no monitor\n")
    session.console.log("%SYS-0-X: unseen")
    assert b"unseen" not in session.poll()


def test_levels_are_printed_by_name(session: Session) -> None:
    configure(session, "logging console 3", "logging trap 7", "logging monitor debugging")
    shown = run(session, "show running-config | include ^logging")
    assert shown.splitlines() == ["logging console errors", "logging trap debugging"]
