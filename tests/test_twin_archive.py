"""The archive, replacement, and the undo that a router holds by itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.twin.cli import Console, Session
from labs.twin.network import Network
from labs.twin.tree import config_lines

DAY_0 = """\
version 17.3
hostname R1
username u privilege 15 secret 5 $1$9L2K$dARJwwbl/W8btgfrX2zpo.
crypto ikev2 keyring K
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key example
vrf definition INET
 address-family ipv4
interface Loopback0
 ip address 10.0.0.1 255.255.255.255
interface Tunnel100
 ip address 10.255.0.1 255.255.255.0
 ip mtu 1400
 ip nhrp network-id 100
 ip nhrp nhs 10.255.0.9 nbma 192.0.2.9 multicast
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
interface GigabitEthernet2
 vrf forwarding INET
 ip address 198.51.100.1 255.255.255.0
router eigrp LAB
 address-family ipv4 unicast autonomous-system 5
  af-interface Tunnel100
   hello-interval 20
  network 10.0.0.0
router bgp 65000
 neighbor 10.255.0.9 remote-as 65000
 neighbor 10.255.0.9 timers 20 60
router ospf 1
 network 10.0.0.0 0.0.0.255 area 0
ip route 0.0.0.0 0.0.0.0 192.0.2.254
archive
 path bootflash:archive-
 maximum 3
"""
CHANGES = (
    ("interface Tunnel100", "ip mtu 1380"),
    ("interface Tunnel100", "no ip nhrp nhs 10.255.0.9"),
    ("interface Tunnel100", "no ip address"),
    ("interface Tunnel100", "vrf forwarding INET"),
    ("interface Tunnel100", "tunnel key 7"),
    ("interface Tunnel200", "ip address 10.7.0.1 255.255.255.0"),
    ("no interface Tunnel100",),
    ("no interface Loopback0",),
    ("interface GigabitEthernet2", "no vrf forwarding INET"),
    ("interface GigabitEthernet2", "shutdown"),
    ("no vrf definition INET",),
    ("router eigrp LAB", "address-family ipv4 autonomous-system 5", "no network 10.0.0.0"),
    (
        "router eigrp LAB",
        "address-family ipv4 autonomous-system 5",
        "af-interface Tunnel100",
        "no split-horizon",
    ),
    ("no router eigrp LAB",),
    ("router bgp 65000", "no neighbor 10.255.0.9"),
    ("no router bgp 65000",),
    ("crypto ikev2 keyring K", "peer ANY", "pre-shared-key other"),
    ("no crypto ikev2 keyring K",),
    ("hostname OTHER",),
    ("no ip route 0.0.0.0 0.0.0.0 192.0.2.254", "ip route 10.9.0.0 255.255.0.0 Null0"),
    ("username x secret 5 $1$9L2K$dARJwwbl/W8btgfrX2zpo.",),
)


def start(text: str = DAY_0) -> tuple[Console, Session]:
    console = Console.boot(Network(1), "r1", text)
    return console, console.open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    """Do lines and give what the last one printed."""
    return [session.execute(line) for line in lines][-1]


def plain(console: Console) -> str:
    """Give the running configuration without header and comments."""
    return "\n".join(config_lines(console.storage.tree))


def change(session: Session, *changes: tuple[str, ...]) -> None:
    for lines in changes:
        run(session, "configure terminal", *lines, "end")


def test_everything_needs_the_archive() -> None:
    _, session = start("hostname R1\n")
    assert run(session, "show archive") == " Archive feature not enabled\n"
    for command in ("archive config", "configure terminal revert timer 5"):
        assert run(session, command) == "%Please turn config archive on\n"
    assert session.prompt == "R1#"
    assert run(session, "show archive config rollback timer") == (
        "%No Rollback Confirmed Change pending\n"
    )
    for command in ("configure confirm", "configure revert now", "configure revert timer 5"):
        assert run(session, command) == "%No Rollback Confirmed Change pending\n"


def test_the_archive_keeps_its_maximum() -> None:
    console, session = start()
    for second in range(5):
        console.network.run_until(float(second))
        run(session, "archive config")
    shown = run(session, "show archive").splitlines()
    assert shown[:4] == [
        "The maximum archive configurations allowed is 3.",
        "There are currently 3 archive configurations saved.",
        "The next archive file will be named bootflash:archive-<timestamp>-5",
        " Archive #  Name",
    ]
    assert shown[4] == "   1        bootflash:archive-Jan--1-00-00-02.000-2"
    assert shown[6] == "   3        bootflash:archive-Jan--1-00-00-04.000-4 <- Most Recent"
    assert len(console.storage.files.files) == 3


def test_path_may_name_host_and_time() -> None:
    console, session = start()
    run(session, "conf t", "archive", "path bootflash:$h-$t", "end", "archive config")
    assert list(console.storage.files.files) == ["R1-Jan--1-00-00-00.000-0"]


@pytest.mark.parametrize(("image", "refused"), [("15.7", "flash:x"), ("17.3", "unix:x")])
def test_path_must_be_of_the_image(image: str, refused: str) -> None:
    _, session = start(f"version {image}\nhostname R1\n")
    assert "% Invalid input" in run(session, "conf t", "archive", f"path {refused}")


def test_armed_change_reverts_with_nobody_there() -> None:
    console, session = start()
    before = plain(console)
    text = run(session, "configure terminal revert timer 2")
    backup = "bootflash:archive-Jan--1-00-00-00.000-0"
    assert text == (
        f"Rollback Confirmed Change: Backing up current running config to {backup}\n\n"
        "Enter configuration commands, one per line.  End with CNTL/Z.\n"
    )
    assert session.prompt == "R1(config)#"
    run(session, "interface Tunnel100", "ip mtu 1300", "no ip nhrp network-id", "end")
    assert run(session, "show archive config rollback timer") == (
        "Time configured(or reconfigured): 00:00:00 UTC Thu Jan 1 2026\n"
        "Timer type: absolute timer\nTimer value: 2 min\nUser: u\n"
    )
    console.close(session)
    console.network.run_until(119.0)
    assert "ip mtu 1300" in plain(console)
    console.network.run_until(121.0)
    assert plain(console) == before
    log = [text for _, text in console.network.routers["r1"].log]
    warned = [at for at, text in console.network.routers["r1"].log if "CHG_WARNING" in text]
    assert warned == [60.0]
    assert any(f"ROLLBACK_START: Start rolling to: {backup}" in text for text in log)
    assert console.network.routers["r1"].config.interfaces["Tunnel100"].ip_mtu == 1400


def test_confirmed_change_stays() -> None:
    console, session = start()
    run(session, "configure terminal revert timer 1", "hostname KEPT", "end")
    assert run(session, "configure confirm") == ""
    console.network.run_until(1000.0)
    assert console.storage.hostname == "KEPT"
    assert "No Rollback" in run(session, "show archive config rollback timer")


def test_countdown_can_be_started_anew() -> None:
    console, session = start()
    run(session, "configure terminal revert timer 2", "hostname LATER", "end")
    console.network.run_until(100.0)
    assert run(session, "configure revert timer 5") == ""
    assert "Timer value: 5 min" in run(session, "show archive config rollback timer")
    console.network.run_until(399.0)
    assert console.storage.hostname == "LATER"
    console.network.run_until(401.0)
    assert console.storage.hostname == "R1"


def test_idle_timer_waits_for_silence() -> None:
    console, session = start()
    run(session, "configure terminal revert idle 2", "hostname BUSY", "end")
    console.network.run_until(100.0)
    run(session, "show clock")
    console.network.run_until(200.0)
    assert console.storage.hostname == "BUSY"
    console.network.run_until(230.0)
    assert console.storage.hostname == "R1"


def test_only_who_armed_may_settle() -> None:
    console, session = start()
    run(session, "configure terminal revert timer 5", "hostname MINE", "end")
    other = console.open("other", 15)
    for command in ("configure confirm", "configure revert now", "configure revert timer 9"):
        assert run(other, command).startswith("%")
    assert run(other, "configure terminal revert timer 5").startswith("%")
    assert console.storage.hostname == "MINE"
    assert run(session, "configure confirm") == ""


def test_revert_now_lists_what_it_does() -> None:
    console, session = start()
    before = plain(console)
    run(session, "configure terminal revert timer 5", "interface Tunnel100", "ip mtu 1300", "end")
    assert run(session, "configure revert now") == (
        "Rollback:Acquired Configuration lock.\n"
        "!Pass 1\n!List of Rollback Commands:\ninterface Tunnel100\n ip mtu 1400\nend\n"
        "\nTotal number of passes: 1\nRollback Done\n\n"
    )
    assert plain(console) == before


@settings(max_examples=40)
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6))
def test_rollback_restores_exactly(changes: list[tuple[str, ...]]) -> None:
    console, session = start()
    before, meaning = plain(console), console.network.routers["r1"].config
    run(session, "configure terminal revert timer 5", "end")
    change(session, *changes)
    done = run(session, "configure revert now")
    assert "Rollback Done" in done
    assert plain(console) == before
    assert console.network.routers["r1"].config == meaning


@settings(max_examples=40)
@given(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6))
def test_replace_restores_exactly(changes: list[tuple[str, ...]]) -> None:
    console, session = start()
    before = plain(console)
    run(session, "copy running-config flash:good", "")
    change(session, *changes)
    assert "Rollback Done" in run(session, "configure replace flash:good force")
    assert plain(console) == before
    assert "passes: 0\nRollback Done" in run(session, "configure replace flash:good force")


def test_replace_asks_and_no_is_no() -> None:
    console, session = start()
    run(session, "copy running-config flash:good", "", "conf t", "hostname X", "end")
    asked = run(session, "configure replace flash:good")
    assert asked.endswith("Enter Y if you are sure you want to proceed. ? [no]: ")
    run(session, "")
    assert console.storage.hostname == "X"
    run(session, "configure replace flash:good")
    assert "Rollback Done" in run(session, "y")
    assert console.storage.hostname == "R1"


def test_replace_refuses_what_is_no_whole_configuration() -> None:
    console, session = start()
    console.storage.files.write("snippet", "hostname X\n", 0.0)
    assert run(session, "configure replace flash:snippet force") == (
        "%The input file is not a valid config file.\n"
    )
    assert run(session, "configure replace flash:none force").startswith("%Error opening")
    assert console.storage.hostname == "R1"


def test_a_snippet_takes_everything_else_away() -> None:
    console, session = start()
    console.storage.files.write("snippet", "hostname X\nend\n", 0.0)
    run(session, "configure replace flash:snippet force")
    shown = plain(console)
    assert "Tunnel100" not in shown
    assert "interface GigabitEthernet1\n no ip address\n" in shown
    assert "line con 0" in shown


def bad_file(console: Console) -> None:
    text = console.storage.running_text().replace("hostname R1", "hostname X\nadfjasdfadfa")
    console.storage.files.write("bad", text, 0.0)


def test_replace_with_a_bad_line_aborts_after_five_passes() -> None:
    console, session = start()
    bad_file(console)
    out = run(session, "configure replace flash:bad force")
    assert "Rollback aborted after 5 passes\n" in out
    assert (
        "The following commands are failed to apply to the IOS image.\n"
        "********\nadfjasdfadfa\n********\n"
    ) in out
    assert "Rollback Done" not in out
    assert console.storage.hostname == "X"


def test_replace_with_trigger_goes_back_and_says_done_all_the_same() -> None:
    console, session = start()
    before = plain(console)
    bad_file(console)
    out = run(session, "configure replace flash:bad force revert trigger error")
    assert "Failed to apply command adfjasdfadfa\nAborting Rollback.\n" in out
    assert "Rollback failed.Reverting back to the original configuration: bootflash:" in out
    assert "Rollback Done" in out
    assert "The original configuration has been successfully restored." in out
    assert plain(console) == before


def test_replace_with_a_timer_reverts() -> None:
    console, session = start()
    before = plain(console)
    text = console.storage.running_text().replace("hostname R1", "hostname X")
    console.storage.files.write("good", text, 0.0)
    out = run(session, "configure replace flash:good force revert trigger error timer 2")
    assert "Rollback Done" in out
    assert console.storage.hostname == "X"
    console.network.run_until(121.0)
    assert plain(console) == before


def test_secondary_addresses_are_a_known_hole() -> None:
    _, session = start()
    run(session, "copy running-config flash:good", "")
    run(session, "conf t", "interface Tunnel100", "ip address 10.254.0.1 255.255.255.0 secondary")
    assert run(session, "no ip address") == "Must delete secondary before deleting primary\n"


def test_differences_show_both_sides_with_context() -> None:
    _, session = start()
    run(session, "copy running-config flash:old", "")
    change(session, ("interface Tunnel100", "ip mtu 1300"), ("no router ospf 1",))
    run(session, "conf t", "interface Loopback5", "ip address 10.5.5.5 255.255.255.255", "end")
    shown = run(session, "show archive config differences flash:old system:/running-config")
    assert shown == (
        "!Contextual Config Diffs:\n"
        "+interface Loopback5\n +ip address 10.5.5.5 255.255.255.255\n"
        "interface Tunnel100\n +ip mtu 1300\n -ip mtu 1400\n"
    )
    assert run(session, "show archive config differences flash:old flash:old") == (
        "!Contextual Config Diffs:\n!No changes were found\n"
    )


def test_incremental_differences_are_what_a_merge_would_add() -> None:
    console, session = start()
    console.storage.files.write("m", "interface Tunnel100\n ip mtu 1300\n ip nhrp redirect\n", 0.0)
    command = "show archive config incremental-diffs flash:m ignorecase"
    assert run(session, command) == (
        "!List of Commands:\ninterface Tunnel100\n ip mtu 1300\n ip nhrp redirect\nend\n"
    )
    run(session, "copy flash:m running-config", "")
    assert run(session, command) == "!No changes were found\n"


def test_write_memory_archives_when_told() -> None:
    console, session = start()
    run(session, "conf t", "archive", "write-memory", "end", "write memory")
    assert len(console.storage.archive.names) == 1
    assert console.storage.startup == console.storage.running_text()


def test_who_armed_is_warned_on_the_terminal() -> None:
    console, mine = start()
    other = console.open("v", 15, length=0)
    run(mine, "configure terminal revert timer 2")
    console.network.run_until(61.0)
    warning = b"Rollback Confirmed Change: Rollback will begin in one minute.\r\n"
    assert warning in mine.poll()
    assert warning not in other.poll()


def test_the_archive_fills_by_itself() -> None:
    console, session = start()
    run(session, "configure terminal", "archive", "time-period 30", "end")
    console.network.run_until(2 * 3600.0 + 1)
    assert "will be named bootflash:archive-<timestamp>-4\n" in run(session, "show archive")
    run(session, "configure terminal", "archive", "no time-period", "end")
    console.network.run_until(4 * 3600.0)
    assert "<timestamp>-4\n" in run(session, "show archive")


def test_a_replacement_and_each_command_are_logged() -> None:
    _, session = start()
    run(session, "copy running-config bootflash:good", "")
    run(session, "configure terminal", "archive", "log config", "logging enable", "notify syslog")
    run(session, "interface Loopback3", "end", "configure replace bootflash:good force")
    shown = run(session, "show logging")
    # reference/LAB.md section 1 has the line of a replacement.
    assert "%SYS-5-CONFIG_R: Config Replace is Done" in shown
    assert "%PARSER-5-CFGLOG_LOGGEDCMD: User:u  logged command:interface Loopback3" in shown
