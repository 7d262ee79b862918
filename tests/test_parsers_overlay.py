"""Commands about DMVPN and NHRP, against captures: no row lost, no line skipped."""

import json
import re
from ipaddress import ip_address

import pytest
from conftest import evidence, samples
from parser_captures import Counted, count, golden, whole

from parsers import BadValue, CliError, UnexpectedLine, parse, parse_as
from parsers.catalog import find
from parsers.records import (
    DmvpnCryptoSession,
    DmvpnDetailPeer,
    DmvpnPeer,
    DmvpnTunnel,
    DmvpnTunnelDown,
    LineCount,
    NhrpEntry,
    NhrpEvent,
    NhrpFlag,
    NhrpServer,
    NhrpSummary,
    NhrpTraffic,
)
from parsers.values import duration

# Each folder of captures, the command, and how many records a plain count of words expects.
EVIDENCE: dict[str, Counted] = {
    "show_dmvpn_detail": ("show dmvpn detail", count(r"[A-Z0-9] +\d+\.\d+\.\d+\.\d+/\d+ *$")),
    "show_dmvpn_ipv6_detail": ("show dmvpn ipv6 detail", count("UpDn Time: ")),
    "show_dmvpn_count_status": ("show dmvpn | count Status: UP", count("lines which match")),
    "show_ip_nhrp_brief": ("show ip nhrp brief", count("static|dynamic|incomplete")),
    "show_ip_nhrp_redirect": ("show ip nhrp redirect", count("Hold time")),
    "show_ip_nhrp_summary": ("show ip nhrp summary", count("incomplete")),
    "show_ip_nhrp_traffic": ("show ip nhrp traffic", count("Total")),
    "show_ip_nhrp_stats": ("show ip nhrp stats", count(r"\[[SR]\]\S[^:\[]*:")),
    "show_ip_nhrp_self": ("show ip nhrp self", count(" created ")),
    "show_ip_nhrp_shortcut": ("show ip nhrp shortcut", count(" created ")),
    "show_dmvpn": (
        "show dmvpn",
        count(r"\s(UP|NHRP|IKE|IPSEC|INTF)\s+(\d|never)|Status: [A-Z]+,"),
    ),
    "show_dmvpn_ipv6": ("show dmvpn ipv6", count(r"Status: [A-Z]+,")),
    "show_ip_nhrp": ("show ip nhrp", count(r" created ")),
    "show_ip_nhrp_detail": ("show ip nhrp detail", count(r" created ")),
    "show_ipv6_nhrp": ("show ipv6 nhrp", count(r" created ")),
    "show_ip_nhrp_nhs": ("show ip nhrp nhs", count("priority =")),
    "show_ip_nhrp_nhs_detail": ("show ip nhrp nhs detail", count("priority =")),
}


test_every_capture_is_read_whole = whole(EVIDENCE)


@evidence
def test_dmvpn_captures_agree_with_their_derived_rows() -> None:
    compared = 0
    for path in samples("show_dmvpn"):
        peers = parse_as(DmvpnPeer, "show dmvpn", path.read_text(encoding="utf-8"))
        derived = json.loads(path.with_suffix(".derived.json").read_text(encoding="utf-8"))["rows"]
        ours = [
            {
                "interface": peer.interface,
                "nbma": str(peer.nbma_address or "UNKNOWN"),
                "tunnel_addr": str(peer.tunnel_address),
                "state": peer.state,
                "updn": peer.since_s,
                "attrb": "".join(peer.attributes),
            }
            for peer in peers
            if peer.target_network is None  # the derived rows leave out IPv6 blocks
        ]
        theirs = [
            row | {"updn": duration(row["updn"]), "nbma": canonical(row["nbma"])}
            for row in derived
            if row.get("tunnel_addr") and ":" not in row["tunnel_addr"]
        ]
        assert ours == theirs, path
        compared += len(theirs)
    assert compared > 60


def canonical(text: str) -> str:
    return text if text == "UNKNOWN" else str(ip_address(text))


@evidence
def test_nhrp_captures_agree_with_their_derived_rows() -> None:
    compared = 0
    for path in samples("show_ip_nhrp"):
        derived = path.with_suffix(".derived.json")
        if not derived.exists():
            continue
        entries = parse_as(NhrpEntry, "show ip nhrp", path.read_text(encoding="utf-8"))
        for ours, theirs in zip(
            entries, json.loads(derived.read_text(encoding="utf-8"))["entries"], strict=True
        ):
            assert str(ours.network) == theirs["target"], path
            assert str(ours.via) == theirs["via"], path
            assert ours.interface == theirs["interface"], path
            assert ours.created_s == duration(theirs["created"]), path
            assert ours.expires_s == duration(theirs["expire"]), path
            assert (ours.type, list(ours.flags)) == (theirs["type"], theirs["flags"]), path
            assert str(ours.nbma_address) == theirs["nbma"], path
            assert ours.no_socket == theirs.get("no_socket", False), path
            compared += 1
    assert compared > 30


def test_a_peer_cut_after_its_nbma_address_is_not_lost_silently() -> None:
    text = golden("show_dmvpn/dual_stack_xe17")
    for last in ("     1 2001:DB8:0:11::2\n", "    1.Peer NBMA Address: 2001:DB8:0:11::2\n"):
        cut = text[: text.index(last) + len(last)]
        with pytest.raises(BadValue, match="without a tunnel address"):
            parse("show dmvpn", cut)


def test_shut_tunnels_stand_on_every_row_or_alone() -> None:
    text = golden("show_dmvpn/admin_down_150")
    assert {record.admin_down for record in parse_as(DmvpnPeer, "show dmvpn", text)} == {
        ("Tunnel31",)
    }
    assert parse("show dmvpn", golden("show_dmvpn/admin_down_only")) == (
        DmvpnTunnelDown(interface="Tunnel31"),
        DmvpnTunnelDown(interface="Tunnel32"),
    )


def test_a_server_responds_when_its_flags_say_so() -> None:
    servers = parse_as(NhrpServer, "show ip nhrp nhs", golden("show_ip_nhrp_nhs/plain_15"))
    assert [one.responding for one in servers] == [True, False]


@evidence
def test_the_crypto_of_a_peer_stands_on_its_row() -> None:
    for path in samples("show_dmvpn_detail"):
        text = path.read_text(encoding="utf-8")
        peers = parse_as(DmvpnDetailPeer, "show dmvpn detail", text)
        sessions = {one.handle: one for peer in peers for one in peer.crypto_sessions}
        assert len(sessions) == count(r"Session: \[")(text), path
        flows = [flow for one in sessions.values() for flow in one.flows]
        assert len(flows) == count("IPSEC FLOW")(text), path
        associations = [sa for one in sessions.values() for sa in one.ike_sas]
        assert len(associations) == count(r"IKE(v\d)? SA:")(text), path
        assert all(peer.target_network for peer in peers), path


@evidence
def test_counted_packets_add_up_to_their_total() -> None:
    for path in samples("show_ip_nhrp_traffic"):
        text = path.read_text(encoding="utf-8")
        for one in parse_as(NhrpTraffic, "show ip nhrp traffic", text):
            parts = (
                one.resolution_requests
                + one.resolution_replies
                + one.registration_requests
                + one.registration_replies
                + one.purge_requests
                + one.purge_replies
                + one.error_indications
                + one.traffic_indications
            )
            assert parts == one.total, path


@evidence
def test_every_number_of_the_statistics_is_read() -> None:
    for path in samples("show_ip_nhrp_stats"):
        text = path.read_text(encoding="utf-8")
        counted = [int(number) for number in re.findall(r": (\d+)\[\d+\]", text)]
        events = parse_as(NhrpEvent, "show ip nhrp stats", text)
        assert [event.count for event in events] == counted, path
        named = set(re.findall(r"^Tunnel\d+", text, re.MULTILINE))
        assert {event.interface for event in events} == (named or {None}), path


@evidence
def test_the_parts_of_the_cache_add_up() -> None:
    for path in samples("show_ip_nhrp_summary"):
        text = path.read_text(encoding="utf-8")
        whole, *parts = parse_as(NhrpSummary, "show ip nhrp summary", text)
        assert [part.part for part in parts] == ["Remote", "Local"], path
        assert whole.entries == sum(part.entries for part in parts), path
        assert whole.static == sum(part.static for part in parts), path


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("sh dmvpn det", "show dmvpn detail"),
        ("show dmvpn detail | begin Crypto", "show dmvpn detail"),
        ("show dmvpn vrf BLUE detail", "show dmvpn detail"),
        ("show dmvpn interface Tunnel100 detail", "show dmvpn detail"),
        ("show dmvpn peer nbma 203.0.113.1 detail", "show dmvpn detail"),
        ("show dmvpn ipv6 det", "show dmvpn detail"),
        ("show dmvpn ipv6", "show dmvpn"),
        ("show dmvpn static", "show dmvpn"),
        ("show dmvpn | count UP", "show dmvpn count"),
        ("show dmvpn ipv6 | cou Status: UP", "show dmvpn count"),
        ("show dmvpn count status", "show dmvpn count"),
        ("sh ip nhrp br", "show ip nhrp brief"),
        ("sh ip nhrp tra", "show ip nhrp traffic"),
        ("show ip nhrp traffic interface tunnel 100", "show ip nhrp traffic"),
        ("show ipv6 nhrp traffic tunnel100", "show ip nhrp traffic"),
        ("show nhrp stats tunnel100 detail", "show ip nhrp stats"),
        ("sh ip nhrp sum", "show ip nhrp summary"),
        ("show ipv6 nhrp summary", "show ip nhrp summary"),
        ("show ip nhrp multicast", "show ip nhrp multicast"),
        ("show ip nhrp redirect", "show ip nhrp redirect"),
        ("show ip nhrp self", "show ip nhrp"),
        ("show ipv6 nhrp detail", "show ip nhrp"),
    ],
)
def test_overlay_commands_may_be_shortened(typed: str, command: str) -> None:
    assert find(typed).command == command


def test_a_count_tells_nothing_but_the_count() -> None:
    assert parse("show dmvpn | count UP", "Number of lines which match regexp = 3\n") == (
        LineCount(count=3),
    )


def test_sessions_without_a_peer_and_tunnels_without_peers_stand_alone() -> None:
    text = golden("show_dmvpn_detail/hub_15")
    (pending,) = parse_as(DmvpnCryptoSession, "show dmvpn detail", text)
    assert pending.pending
    assert str(pending.remote_address) == "198.51.100.29"
    (empty,) = parse_as(DmvpnTunnel, "show dmvpn detail", text)
    assert (empty.interface, empty.vrf, empty.peers) == ("Tunnel10", "BLUE", 0)


def test_a_detailed_peer_is_a_peer() -> None:
    text = golden("show_dmvpn_detail/spoke_xe17")
    peers = parse_as(DmvpnPeer, "show dmvpn detail", text)
    assert [peer.state for peer in peers] == ["UP", "UP", "UP", "NHRP"]
    assert {peer.admin_down for peer in peers} == {("Tunnel32",)}


def test_flags_are_words_of_the_router() -> None:
    text = golden("show_ip_nhrp/hub_15").replace("Flags: unique ", "Flags: unique novel ", 1)
    first, *_ = parse_as(NhrpEntry, "show ip nhrp", text)
    assert first.flags[0] is NhrpFlag.UNIQUE
    assert first.flags[1] == "novel"
    assert not isinstance(first.flags[1], NhrpFlag)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("show dmvpn", "show_dmvpn_detail/hub_15"),
        ("show dmvpn detail", "show_dmvpn/hub_xe17"),
        ("show dmvpn detail", "show_ip_nhrp/hub_15"),
        ("show ip nhrp brief", "show_ip_nhrp/hub_15"),
        ("show ip nhrp", "show_ip_nhrp_brief/spoke_15"),
        ("show ip nhrp traffic", "show_ip_nhrp_stats/detail"),
        ("show ip nhrp stats", "show_ip_nhrp_traffic/hub"),
        ("show ip nhrp summary", "show_ip_nhrp_traffic/hub"),
        ("show ip nhrp multicast", "show_ip_nhrp_brief/spoke_15"),
        ("show ip nhrp redirect", "show_ip_nhrp/hub_15"),
    ],
)
def test_the_text_of_another_command_is_refused(command: str, name: str) -> None:
    with pytest.raises(UnexpectedLine) as caught:
        parse(command, golden(name))
    assert caught.value.line_number >= 1
    assert caught.value.line


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("show dmvpn detail", "show_dmvpn_detail/spoke_xe17"),
        ("show ip nhrp brief", "show_ip_nhrp_brief/spoke_15"),
        ("show ip nhrp redirect", "show_ip_nhrp_redirect/two"),
        ("show ip nhrp traffic", "show_ip_nhrp_traffic/hub"),
        ("show ip nhrp stats", "show_ip_nhrp_stats/detail"),
        ("show ip nhrp summary", "show_ip_nhrp_summary/hub_xe17"),
        ("show ip nhrp multicast", "show_ip_nhrp_multicast/hub"),
    ],
)
def test_lost_indentation_and_tabs_change_nothing(command: str, name: str) -> None:
    text = golden(name)
    whole = parse(command, text)
    bare = "\n".join(line.strip() for line in text.split("\n"))
    assert parse(command, bare) == whole
    assert parse(command, re.sub("  +", "\t", text)) == whole
    assert parse(command, text.replace("\n", "\r\n")) == whole


@pytest.mark.parametrize(
    ("command", "name", "last", "what"),
    [
        ("show dmvpn detail", "show_dmvpn_detail/ipv6", "    2.Peer NBMA", "an NBMA address"),
        ("show dmvpn detail", "show_dmvpn_detail/hub_15", "Session: [0xC21A4970]", "status"),
        ("show ip nhrp redirect", "show_ip_nhrp_redirect/two", "Type: dynamic", "NBMA address"),
        ("show ip nhrp summary", "show_ip_nhrp_summary/old", "IP NHRP cache", "its counts"),
        ("show ip nhrp stats", "show_ip_nhrp_stats/tunnel", None, "without its section"),
    ],
)
def test_an_entry_cut_short_is_refused(
    command: str, name: str, last: str | None, what: str
) -> None:
    lines = golden(name).split("\n")
    if last is None:
        lines = [line for line in lines if "Stats:" not in line]
    else:
        place = next(number for number, line in enumerate(lines) if line.startswith(last))
        lines = lines[: place + 1]
    with pytest.raises(BadValue, match=what):
        parse(command, "\n".join(lines))


@pytest.mark.parametrize("command", ["show dmvpn detail", "show ip nhrp traffic"])
def test_answers_of_the_cli_are_errors(command: str) -> None:
    with pytest.raises(CliError):
        parse(command, "        ^\n% Invalid input detected at '^' marker.\n")
    assert parse(command, "") == ()


def test_a_legend_alone_means_none() -> None:
    legend = golden("show_dmvpn_detail/spoke_xe17").partition("\n\n")[0]
    assert legend.endswith("=" * 74)
    assert parse("show dmvpn detail", legend) == ()


def test_a_manual_of_12_4_names_the_peers_in_other_words() -> None:
    text = golden("show_dmvpn/ios_124")
    other = re.sub(r"Type:(\w+), NHRP Peers:", r"Type: \1, NBMA Peers: ", text)
    assert other != text
    assert parse("show dmvpn", other) == parse("show dmvpn", text)
