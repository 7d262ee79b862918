"""Parsers of interfaces, policies, the log and the router itself: captures, tables, refusals."""

import json
import re
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import pytest
from conftest import evidence, samples
from hypothesis import given
from hypothesis import strategies as st
from parser_captures import Counted, count, golden, texts, whole

from parsers import BadValue, CliError, UnexpectedLine, parse, parse_as
from parsers.catalog import find
from parsers.records import (
    DmvpnTraceEvent,
    Interface,
    InterfaceBrief,
    IpInterface,
    LogMessage,
    MultipointPolicy,
    Version,
)
from parsers.values import worded_duration

# --- captures of real routers ---------------------------------------------------------------------

EVIDENCE: dict[str, Counted] = {
    "show_interface_tunnel": ("show interfaces Tunnel100", count(r"line protocol is")),
    "show_ip_interface_brief": ("show ip interface brief", count(r"YES|NO ")),
    "show_policy-map_multipoint": ("show policy-map multipoint", count(r"^Interface Tunnel")),
    "show_monitor_event-trace_dmvpn": (
        "show monitor event-trace dmvpn all",
        count(r"^\*?[JA]\w\w \d+ \S+ NHRP-"),
    ),
    "show_version": ("show version", count(r"^Configuration register")),
}


test_every_capture_is_read_whole = whole(EVIDENCE)


@evidence
def test_interfaces_agree_with_the_text() -> None:
    for text in texts("show_interface_tunnel"):
        read = parse_as(Interface, "show interfaces", text)
        tunnels = [one.tunnel for one in read if one.tunnel]
        assert [str(one.mtu_bytes) for one in read if one.mtu_bytes] == re.findall(
            r"^ +MTU (\d+) bytes", text, re.MULTILINE
        )
        assert [one.transport for one in tunnels] == re.findall(r"protocol/transport (\S+)", text)
        assert [str(one.source or "UNKNOWN") for one in tunnels] == re.findall(
            r"Tunnel source ([\w.:]+)", text
        )
        assert [str(one.destination) for one in tunnels if one.destination] == re.findall(
            r"destination ([\d.]+)\s*$", text, re.MULTILINE
        )
        assert [str(one.traffic.packets_input) for one in read if one.traffic] == re.findall(
            r"(\d+) packets input", text
        )
        assert [str(one.address) for one in read if one.address] == re.findall(
            r"Internet address is (\S+)", text
        )


@evidence
def test_policies_agree_with_the_text() -> None:
    classes = 0
    for text in texts("show_policy-map_multipoint"):
        read = parse_as(MultipointPolicy, "show policy-map multipoint", text)
        assert [str(one.nbma_address) for one in read] == re.findall(r"<--> (\S+)", text)
        printed = [str(part.packets) for one in read for part in one.classes]
        assert printed == re.findall(r"(\d+) packets", text)
        classes += len(printed)
    assert classes == 4


@evidence
def test_events_keep_trace_interface_and_reason() -> None:
    (text,) = texts("show_monitor_event-trace_dmvpn")
    read = parse_as(DmvpnTraceEvent, "show monitor event-trace dmvpn all", text)
    assert [one.reason for one in read if one.reason] == re.findall(r"reason: (.+?) *\n", text)
    assert {one.trace for one in read} == {"nhrp_event", "nhrp_error", "nhrp_exception"}
    assert len([one for one in read if one.interface]) == len(
        re.findall(r"tunnel: (?:Tu|Gi)\d", text)
    )
    assert [one.event for one in read] == re.findall(r": (NHRP-[A-Z-]+) ", text)


@evidence
def test_versions_agree_with_the_origin() -> None:
    compared = 0
    for path in samples("show_version"):
        if "ntc" not in path.name:
            continue
        (ours,) = parse_as(Version, "show version", path.read_text(encoding="utf-8"))
        (theirs,) = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))[
            "parsed_sample"
        ]
        assert ours.hostname == theirs["hostname"], path
        assert ours.version == theirs["version"], path
        assert ours.image_id == theirs["software_image"], path
        assert ours.uptime_s == worded_duration(theirs["uptime"]), path
        assert ours.configuration_register == theirs["config_register"], path
        compared += 1
    assert compared == 5


@evidence
def test_hardware_and_platform_of_the_captures() -> None:
    read = [parse_as(Version, "show version", text)[0] for text in texts("show_version")]
    assert all(one.platform and one.memory_kib and one.hardware for one in read)
    assert {one.platform for one in read} >= {"C8000V", "C9500-40X", "ASR1001"}


# --- messages, as measured and as printed in the cases --------------------------------------------


def messages(text: str) -> tuple[LogMessage, ...]:
    return parse_as(LogMessage, "show logging", text)


@evidence
def test_the_measured_messages_are_read_with_their_fields(shared: Path) -> None:
    sweep = (shared / "reference" / "FAULT_SWEEP.md").read_text(encoding="utf-8")
    lines = re.findall(r"^%.+$", sweep, re.MULTILINE)
    read = messages("".join(f"*Nov 22 11:30:01.117: {line}\n" for line in lines))
    assert len(read) == len(lines) > 10
    for line, message in zip(lines, read, strict=True):
        assert message.text in line
        assert f"%{message.facility}-{message.severity}-{message.mnemonic}:" in line
        assert message.state
        assert (message.interface == "Tunnel0") == ("Tunnel0" in line)
        if message.facility == "DMVPN":
            assert message.nbma_address
            assert (message.tunnel_address is None) == (message.mnemonic == "CRYPTO_SS")
            assert (message.reason is None) == ("Reason" not in line)


@evidence
def test_the_measured_errors_are_read_with_their_reasons(shared: Path) -> None:
    sweep = (shared / "reference" / "FAULT_SWEEP.md").read_text(encoding="utf-8")
    lines = re.findall(r"`(%(?:DMVPN|CRYPTO)[^`]+)`", sweep)
    read = messages("".join(f"{line}\n" for line in lines))
    assert len(read) == len(lines) == 4
    assert [message.reason for message in read] == [
        None,
        None,
        "authentication failure (11)",
        "protocol generic error (7)",
    ]
    assert all(message.interface == "Tunnel0" for message in read if message.facility == "DMVPN")
    assert str(read[1].peer_address) == "198.51.100.2"


@evidence
def test_messages_of_the_cases_are_read(shared: Path) -> None:
    log = (shared / "cases" / "p1-eigrp-hq" / "log.txt").read_text(encoding="utf-8")
    read = messages(log)
    assert len(read) == log.count("%DUAL-5-NBRCHANGE") == 2
    assert {one.reason for one in read} == {"summary configured"}
    notes = shared / "cases" / "fault-labs" / "ref-04-p3-fvrf-nat" / "notes.txt"
    found = re.search(r"^\*Mar.*?\n\n", notes.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    (error,) = messages(found[0])
    assert (str(error.nbma_address), error.reason) == ("172.16.3.2", "protocol generic error(7)")
    assert error.text.endswith("F7 05 00 34")


@evidence
def test_messages_of_the_timed_configuration_are_read(shared: Path) -> None:
    text = (shared / "reference" / "RELIABILITY.md").read_text(encoding="utf-8")
    lines = re.findall(r"^%ARCHIVE_DIFF.+$", text, re.MULTILINE)
    read = messages("".join(f"{line}\n" for line in lines))
    assert [one.mnemonic for one in read] == [
        f"ROLLBK_CNFMD_CHG_{what}"
        for what in ("BACKUP", "START_ABSTIMER", "WARNING_ABSTIMER", "ROLLBACK_START")
    ]


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("*Nov 22 11:30:01.117: ", (None, "not set", "Nov 22 11:30:01.117", None)),
        (".Nov  2 11:30:01: ", (None, "not synchronized", "Nov  2 11:30:01", None)),
        (
            "Nov 22 2026 11:30:01.1 CET: ",
            (None, "synchronized", "Nov 22 2026 11:30:01.1 CET", None),
        ),
        ("000123: *Nov 22 11:30:01: ", (123, "not set", "Nov 22 11:30:01", None)),
        ("00:01:05: ", (None, None, "00:01:05", 65)),
        ("42: 3d04h: ", (42, None, "3d04h", 273600)),
        ("", (None, None, None, None)),
    ],
)
def test_forms_of_time_stamps(
    stamp: str, expected: tuple[int | None, str | None, str | None, int | None]
) -> None:
    (message,) = messages(f"{stamp}%SYS-5-CONFIG_I: Configured from console by netops\n")
    assert (
        message.sequence,
        message.clock_source,
        message.timestamp,
        message.uptime_s,
    ) == expected
    assert message.text == "Configured from console by netops"


def test_a_message_broken_by_a_terminal_is_joined() -> None:
    *_, message = messages(golden("show_logging/restart_wrapped"))
    assert (message.state, str(message.tunnel_address)) == ("UP", "10.255.0.11")
    (whole,) = messages(f"%{message.facility}-5-{message.mnemonic}: {message.text}\n")
    for column in range(78, 140):
        line = f"%{message.facility}-5-{message.mnemonic}: {message.text}"
        (broken,) = messages(f"{line[:column]}\n{line[column:]}\n")
        assert broken.nbma_address == whole.nbma_address
        assert "".join(broken.text.split()) == "".join(whole.text.split())


def test_a_message_in_other_words_keeps_its_text() -> None:
    (message,) = messages("*Nov 22 11:30:01: %DMVPN-5-NHRP_NHC_UP: Tunnel0: in other words\n")
    assert (message.text, message.interface, message.state) == (
        "Tunnel0: in other words",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (golden("show_logging/ios_124") + "hub1#show logging\n", 29),
        (golden("show_logging/ios_124") + golden("show_logging/hub_xe17"), 29),
        (golden("show_logging/ios_124") + golden("show_ip_nhrp/hub_15"), 29),
        ("some words\n*Nov 22 11:30:01: %SYS-5-CONFIG_I: Configured\n", 1),
        (golden("show_logging/hub_xe17").replace("Exception Logging", "Exceptional"), 15),
    ],
)
def test_text_that_is_no_message_is_named(text: str, line: int) -> None:
    with pytest.raises(UnexpectedLine) as caught:
        parse("show logging", text)
    assert caught.value.line_number == line


def test_a_line_without_its_message_is_refused() -> None:
    with pytest.raises(BadValue, match="without the message"):
        parse(
            "show logging",
            "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited,"
            " 0 flushes, 0 overruns, xml disabled, filtering disabled)\n"
            "Log Buffer (4096 bytes):\n  the rest of something\n",
        )


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [command for command, _ in EVIDENCE.values()])
def test_no_output_means_none_and_answers_are_errors(command: str) -> None:
    assert parse(command, "") == ()
    with pytest.raises(CliError):
        parse(command, "             ^\n% Invalid input detected at '^' marker.\n")


@pytest.mark.parametrize(
    ("command", "text", "line"),
    [
        ("show interfaces", golden("show_interfaces/mgre_15").replace("DLY", "DELAY"), 5),
        ("show interfaces", golden("show_ip_interface/several"), 2),
        ("show ip interface", golden("show_interfaces/mgre_15"), 2),
        ("show policy-map multipoint", golden("show_policy-map_multipoint/marking") + "x y\n", 27),
        ("show version", golden("show_version/isr_124").replace("ROM:", "RAM:"), 6),
    ],
)
def test_unexpected_lines_are_named(command: str, text: str, line: int) -> None:
    with pytest.raises(UnexpectedLine) as caught:
        parse(command, text)
    assert caught.value.line_number == line


def test_counters_of_one_direction_are_an_output_cut_short() -> None:
    text = golden("show_interfaces/mgre_15").split("     6144 packets")[0]
    with pytest.raises(BadValue, match="one direction only"):
        parse("show interfaces", text)


def test_a_policy_without_indentation_cannot_be_told_from_its_child() -> None:
    text = golden("show_policy-map_multipoint/marking")
    with pytest.raises(BadValue, match="a class without its policy"):
        parse("show policy-map multipoint", re.sub(r"^ +", "", text, flags=re.MULTILINE))


# --- tables made up -------------------------------------------------------------------------------

IPV4 = st.integers(1, 2**32 - 2).map(IPv4Address)
COUNT = st.integers(0, 2**63)
NAME = st.from_regex(r"(Tunnel|Loopback|GigabitEthernet0/)[0-9]{1,4}", fullmatch=True)
WORDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 ,.:/()'-]{0,40}[A-Za-z0-9.)]", fullmatch=True)
STATUS = st.sampled_from(["up", "down", "administratively down", "deleted"])


@given(st.lists(st.tuples(NAME, st.none() | IPV4, STATUS, st.sampled_from(["up", "down"]))))
def test_any_table_of_interfaces(rows: list[tuple[str, IPv4Address | None, str, str]]) -> None:
    text = "Interface              IP-Address      OK? Method Status                Protocol\n"
    for name, where, status, protocol in rows:
        shown = str(where or "unassigned")
        text += f"{name:<22} {shown:<15} YES manual {status:<21} {protocol:<8}\n"
    read = parse_as(InterfaceBrief, "show ip interface brief", text)
    assert [(one.interface, one.address, one.status, one.protocol) for one in read] == rows


@given(
    st.lists(
        st.tuples(
            NAME,
            STATUS,
            WORDS,
            st.tuples(IPV4, st.integers(8, 32)),
            IPV4,
            st.none() | st.integers(0, 2**32 - 1),
            st.booleans(),
            COUNT,
            COUNT,
        )
    )
)
def test_any_tunnels(rows: list[Any]) -> None:
    text = ""
    for name, status, description, (where, length), source, key, protected, into, out in rows:
        text += (
            f"{name} is {status}, line protocol is up \n  Hardware is Tunnel\n"
            f"  Description: {description}\n  Internet address is {where}/{length}\n"
            "  MTU 17912 bytes, BW 100 Kbit/sec, DLY 50000 usec, \n"
            f"  Tunnel source {source}\n  Tunnel protocol/transport multi-GRE/IP\n"
            f"    Key {'disabled' if key is None else hex(key)}, sequencing disabled\n"
            + ('  Tunnel protection via IPSec (profile "DMVPN")\n' if protected else "")
            + f"     {into} packets input, 0 bytes, 0 no buffer\n"
            f"     {out} packets output, 0 bytes, 0 underruns\n"
        )
    read = parse_as(Interface, "show interfaces", text)
    expected = [(*row[:3], IPv4Interface((int(row[3][0]), row[3][1])), *row[4:]) for row in rows]
    assert [
        (
            one.interface,
            one.status,
            one.description,
            one.address,
            one.tunnel.source,
            one.tunnel.key,
            one.tunnel.protection_profile == "DMVPN",
            one.traffic.packets_input,
            one.traffic.packets_output,
        )
        for one in read
        if one.tunnel and one.traffic
    ] == expected
    assert all(one.tunnel and one.tunnel.multipoint for one in read)


@given(st.lists(st.tuples(NAME, IPV4, st.none() | WORDS, st.booleans(), st.booleans())))
def test_any_ip_sides(rows: list[tuple[object, ...]]) -> None:
    text = ""
    for name, where, vrf, redirects, split in rows:
        text += (
            f"{name} is up, line protocol is up\n  Internet address is {where}/32\n"
            "  MTU is 1400 bytes\n  Helper address is not set\n"
            f"  Split horizon is {'enabled' if split else 'disabled'}\n"
            f"  ICMP redirects are {'always' if redirects else 'never'} sent\n"
            + (f'  VPN Routing/Forwarding "{vrf}"\n' if vrf else "")
        )
    read = parse_as(IpInterface, "show ip interface", text)
    assert [
        (
            one.interface,
            one.address.ip if one.address else None,
            one.vrf,
            one.icmp_redirects,
            one.split_horizon,
        )
        for one in read
    ] == rows


@given(st.lists(st.tuples(IPV4, st.lists(st.tuples(st.booleans(), COUNT, COUNT), max_size=3))))
def test_any_policies(rows: list[tuple[IPv4Address, list[tuple[bool, int, int]]]]) -> None:
    text = ""
    for peer, classes in rows:
        text += f"Interface Tunnel1 <--> {peer}\n\n"
        text += "  Service-policy output: OUTER\n\n" if classes else ""
        for calls, packets, drops in classes:
            text += (
                f"    Class-map: C (match-any)\n      {packets} packets, 5 bytes\n"
                "      5 minute offered rate 0000 bps, drop rate 0000 bps\n      Match: any\n"
                f"      (queue depth/total drops/no-buffer drops) 0/{drops}/0\n\n"
            )
            if calls:
                text += (
                    "      Service-policy : INNER\n\n        Class-map: D (match-all)\n"
                    "          1 packets, 2 bytes\n\n"
                )
    read = parse_as(MultipointPolicy, "show policy-map multipoint", text)
    assert [one.nbma_address for one in read] == [peer for peer, _ in rows]
    for one, (_, classes) in zip(read, rows, strict=True):
        outer = [part for part in one.classes if part.policy == "OUTER"]
        assert [(part.packets, part.total_drops) for part in outer] == [row[1:] for row in classes]
        inner = [part for part in one.classes if part.policy == "INNER"]
        assert len(inner) == sum(calls for calls, _, _ in classes)
        assert all(part.parent_class == "C" for part in inner)


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Z][A-Z_]{1,9}", fullmatch=True),
            st.integers(0, 7),
            st.from_regex(r"[A-Z][A-Z_]{1,9}", fullmatch=True),
            WORDS,
        )
    )
)
def test_any_messages(rows: list[tuple[str, int, str, str]]) -> None:
    text = "".join(
        f"*Nov 22 11:30:01.117: %{facility}-{severity}-{mnemonic}: {words}\n"
        for facility, severity, mnemonic, words in rows
    )
    assert [(one.facility, one.severity, one.mnemonic, one.text) for one in messages(text)] == rows


@given(st.lists(st.tuples(st.sampled_from(["NHRP-CACHE-ADD", "NHRP-NHS-UP"]), IPV4, WORDS)))
def test_any_events(rows: list[tuple[str, IPv4Address, str]]) -> None:
    text = "nhrp_event:\n\n" + "".join(
        f"*Nov 22 11:30:01.117: {event} tunnel: Tu1 nbma_dest: {nbma} vrf: global(0x0) reason: "
        f"{why}\n"
        for event, nbma, why in rows
    )
    read = parse_as(DmvpnTraceEvent, "show monitor event-trace dmvpn all", text)
    assert [(one.event, IPv4Address(one.nbma_dest or ""), one.reason) for one in read] == rows


# --- the commands as typed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("sh int tu100", "show interfaces"),
        ("show interface Tunnel 100", "show interfaces"),
        ("sh ip int", "show ip interface"),
        ("sh ip int gi0/1", "show ip interface"),
        ("sh ip int br", "show ip interface brief"),
        ("show policy-map multipoint tunnel 1 203.0.113.11 output", "show policy-map multipoint"),
        ("sh log", "show logging"),
        ("show logging | include DMVPN", "show logging"),
        ("sh monitor event-trace dmvpn all", "show monitor event-trace dmvpn"),
        ("show monitor event-trace dmvpn nhrp error all", "show monitor event-trace dmvpn"),
        ("sh cry ses br", "show crypto session brief"),
        ("show crypto session remote 203.0.113.11 detail", "show crypto session"),
        ("show crypto session fvrf INET brief", "show crypto session brief"),
        ("sh cry ikev2 sa det", "show crypto ikev2 sa"),
        ("show crypto ikev2 sa remote 203.0.113.11 detailed", "show crypto ikev2 sa"),
        ("sh cry ikev2 ses", "show crypto ikev2 session"),
        ("sh cry isa sa", "show crypto isakmp sa"),
        ("sh cry isa sa det", "show crypto isakmp sa detail"),
        ("sh cry ips sa", "show crypto ipsec sa"),
        ("show crypto ipsec sa peer 203.0.113.11 detail", "show crypto ipsec sa"),
        ("show crypto ipsec sa interface Tunnel100", "show crypto ipsec sa"),
        ("sh cry soc", "show crypto sockets"),
        ("sh tun prot stat", "show tunnel protection statistics"),
        ("sh arch conf roll tim", "show archive config rollback timer"),
    ],
)
def test_commands_may_be_shortened(typed: str, command: str) -> None:
    assert find(typed).command == command
