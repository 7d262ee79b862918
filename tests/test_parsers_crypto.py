"""Parsers of crypto: captures counted by other means, what the records say, refusals."""

import re

import pytest
from conftest import evidence
from parser_captures import Counted, count, golden, texts, whole

from parsers import BadValue, CliError, UnexpectedLine, parse, parse_as
from parsers.records import (
    CryptoSession,
    CryptoSocket,
    CryptoSocketListener,
    Ikev2Sa,
    Ikev2Session,
    IpsecPeer,
    IsakmpSa,
    plain,
)

# --- captures of real routers ---------------------------------------------------------------------

EVIDENCE: dict[str, Counted] = {
    "show_crypto_session": ("show crypto session", count(r"^Interface: ")),
    "show_crypto_session_detail": ("show crypto session detail", count(r"^Interface: ")),
    "show_crypto_ikev2_sa": ("show crypto ikev2 sa", count(r"(READY|IN-NEG|DELETE)\s*$")),
    "show_crypto_ikev2_sa_detail": (
        "show crypto ikev2 sa det",
        count(r"(READY|IN-NEG|DELETE)\s*$"),
    ),
    "show_crypto_ikev2_session": ("show crypto ikev2 session", count(r"^Session-id:")),
    "show_crypto_isakmp_sa": ("show crypto isakmp sa", count(r"\s(QM|MM)_[A-Z_]+\s+\d+ ACTIVE")),
    "show_crypto_isakmp_sa_detail": ("show crypto isakmp sa detail", count(r"Engine-id:Conn-id =")),
    "show_crypto_ipsec_sa": ("show crypto ipsec sa", count(r"current[_ ]peer|remote +addr")),
    "show_crypto_ipsec_sa_detail": ("show crypto ipsec sa detail", count(r"current[_ ]peer")),
    "show_crypto_sockets": ("show crypto sockets", count(r" Peers \(|Map-name:")),
    "show_tunnel_protection_statistics": ("show tunnel protection statistics", count(r": \d+ ")),
}


test_every_capture_is_read_whole = whole(EVIDENCE)


@evidence
@pytest.mark.parametrize("folder", ["show_crypto_session", "show_crypto_session_detail"])
def test_sessions_lose_no_association_and_no_flow(folder: str) -> None:
    for text in texts(folder):
        sessions = parse_as(CryptoSession, "show crypto session", text)
        assert sum(len(one.ike_sas) for one in sessions) == len(
            re.findall(r"IKE(?:v\d)? SA:", text)
        )
        assert sum(len(one.flows) for one in sessions) == text.count("IPSEC FLOW")
        assert [sa.active_sas for one in sessions for sa in one.flows] == [
            int(count) for count in re.findall(r"Active SAs: (\d+)", text)
        ]


@evidence
@pytest.mark.parametrize("folder", ["show_crypto_ipsec_sa", "show_crypto_ipsec_sa_detail"])
def test_no_association_and_no_counter_is_lost(folder: str) -> None:
    for text in texts(folder):
        peers = parse_as(IpsecPeer, "show crypto ipsec sa", text)
        sas = [sa for peer in peers for sa in peer.sas]
        spis = re.findall(r"^\s*spi: (0x\w+)", text, re.MULTILINE)
        assert [sa.spi for sa in sas] == [int(spi, 16) for spi in spis]
        printed = re.findall(r"#[a-z .()]+:?\s+(\d+)", text)
        counted = [
            str(count)
            for peer in peers
            for count in plain(peer.counters).values()  # type: ignore[union-attr]
            if count is not None
        ]
        assert sorted(counted) == sorted(printed)
        volumes = re.findall(r"\(k/sec\): \((\d+)/(\d+)\)", text)
        assert [
            (str(sa.lifetime_kb), str(sa.lifetime_s)) for sa in sas if sa.lifetime_kb is not None
        ] == volumes


@evidence
def test_inbound_and_outbound_are_kept_apart() -> None:
    for text in texts("show_crypto_ipsec_sa"):
        for peer in parse_as(IpsecPeer, "show crypto ipsec sa", text):
            outbound = {sa.spi for sa in peer.sas if sa.direction == "outbound"}
            assert peer.outbound_spi is None or peer.outbound_spi in outbound
            assert len(peer.sas) == 2 * len(outbound)


@evidence
def test_sessions_of_ikev2_lose_no_child_and_no_selector() -> None:
    for text in texts("show_crypto_ikev2_session"):
        sessions = parse_as(Ikev2Session, "show crypto ikev2 session", text)
        children = [child for one in sessions for child in one.child_sas]
        assert len(children) == text.count("Child sa:")
        assert sum(len(one.ike_sas) for one in sessions) == text.count("READY")
        assert sum(
            len(child.local_selectors) + len(child.remote_selectors) for child in children
        ) == len(re.findall(r"/\d+ - \S+/65535", text))
        assert [child.esp_spi_in for child in children] == [
            int(spi, 16) for spi in re.findall(r"spi in/out: (0x\w+)", text)
        ]


@evidence
def test_details_of_ikev2_agree_with_the_text() -> None:
    for text in texts("show_crypto_ikev2_sa_detail"):
        sas = parse_as(Ikev2Sa, "show crypto ikev2 sa detailed", text)
        assert [sa.local_spi for sa in sas] == re.findall(r"Local spi: (\w+)", text)
        assert [sa.remote_id for sa in sas] == re.findall(r"Remote id: (\S+)", text)
        assert [sa.remote_req_queued for sa in sas] == [
            int(count) for count in re.findall(r"Remote req queued:\s+(\d+)", text)
        ]
        assert sum(len(sa.remote_subnets) for sa in sas) == len(
            re.findall(r"^\s*[\d.]+ \d+[.\d]+\s*$", text, re.MULTILINE)
        )
        assert [sa.initiator for sa in sas] == [
            answer == "Yes" for answer in re.findall(r"Initiator of SA : (\w+)", text)
        ]
        assert [sa.nat_detected for sa in sas] == [
            not no for no in re.findall(r"NAT-T is (not )?detected", text)
        ]


@evidence
def test_sockets_keep_their_flows() -> None:
    (text,) = texts("show_crypto_sockets")
    records = parse("show crypto sockets", text)
    sockets = [one for one in records if isinstance(one, CryptoSocket)]
    assert len([one for one in records if isinstance(one, CryptoSocketListener)]) == 4
    assert [len(one.true_idents) for one in sockets] == [0, 0, 2, 5]
    assert {ident.protocol for one in sockets for ident in (one.local_ident,)} == {47, 0}


# --- what the records say -------------------------------------------------------------------------


def test_a_wrapped_line_of_algorithms_is_joined() -> None:
    text = golden("show_crypto_ikev2_sa/ipv6_wrapped")
    ready, negotiating = parse_as(Ikev2Sa, "show crypto ikev2 sa", text)
    assert (ready.encryption, ready.auth_sign, ready.auth_verify) == ("AES-CBC", "PSK", "PSK")
    assert (negotiating.status, negotiating.encryption) == ("IN-NEG", None)


@pytest.mark.parametrize("column", range(12, 95))
def test_a_terminal_may_wrap_at_any_column_before_the_last_word(column: int) -> None:
    head = golden("show_crypto_ikev2_sa/hub")
    line = next(line for line in head.split("\n") if "Encr:" in line)
    wrapped = head.replace(line, line[:column] + "\n" + line[column:], 1)
    assert parse("show crypto ikev2 sa", wrapped) == parse("show crypto ikev2 sa", head)


def test_tunnels_that_share_protection_stand_on_one_line() -> None:
    text = golden("show_crypto_session/ikev2_xe17")
    (first, *_) = parse_as(CryptoSession, "show crypto session", text)
    shared = text.replace(f"Interface: {first.interface}\n", "Interface: Tunnel1 Tunnel2\n", 1)
    (read, *_) = parse_as(CryptoSession, "show crypto session", shared)
    assert read.interface == "Tunnel1 Tunnel2"


def test_the_line_about_ecn_is_known() -> None:
    text = golden("show_crypto_ipsec_sa/hub_15")
    status = "        Status: ACTIVE"
    assert status in text
    more = text.replace(status, "        ecn bit support: Y status: off\n" + status)
    assert parse("show crypto ipsec sa", more) == parse("show crypto ipsec sa", text)


def test_phase_one_is_ready_when_quick_mode_is_idle() -> None:
    sas = parse_as(IsakmpSa, "show crypto isakmp sa", golden("show_crypto_isakmp_sa/hub_15"))
    assert [sa.ready for sa in sas] == [True, True, True, False, False, False]


def test_addresses_made_unreadable_stay_text_and_others_are_refused() -> None:
    text = golden("show_crypto_isakmp_sa/hub_15")
    (first, *_) = parse_as(
        IsakmpSa, "show crypto isakmp sa", text.replace("203.0.113.1 ", "100.0.10::2 ", 1)
    )
    assert first.dst_address == "100.0.10::2"
    with pytest.raises(BadValue) as caught:
        parse("show crypto isakmp sa", text.replace("203.0.113.13", "203.0.113.1300", 1))
    assert caught.value.line_number == 6


@pytest.mark.parametrize(
    ("command", "text", "line"),
    [
        ("show crypto ipsec sa", golden("show_crypto_ikev2_sa/hub"), 1),
        ("show crypto isakmp sa", golden("show_crypto_isakmp_sa_detail/hub_15"), 1),
        ("show crypto session brief", golden("show_crypto_session/ikev1_15"), 1),
        ("show crypto sockets", golden("show_crypto_sockets/hub") + "Socket of another kind\n", 28),
        (
            "show crypto ikev2 session",
            golden("show_crypto_ikev2_session/hub").replace("Child sa:", "Child:"),
            9,
        ),
        (
            "show crypto ipsec sa",
            golden("show_crypto_ipsec_sa/hub_15").replace("IV size", "IW size", 1),
            27,
        ),
    ],
)
def test_unexpected_lines_are_named(command: str, text: str, line: int) -> None:
    with pytest.raises(UnexpectedLine) as caught:
        parse(command, text)
    assert caught.value.line_number == line
    assert caught.value.line == text.split("\n")[line - 1]


@pytest.mark.parametrize(
    ("command", "name", "last", "what"),
    [
        ("show crypto ipsec sa", "show_crypto_ipsec_sa/hub_15", "   protected vrf", "its peer"),
        ("show crypto ipsec sa", "show_crypto_ipsec_sa/hub_15", "interface:", "local address"),
        ("show crypto ipsec sa", "show_crypto_ipsec_sa/hub_15", "      spi: 0x4", "cut short"),
        ("show crypto sockets", "show_crypto_sockets/hub", "   Shd Peers", "profile and state"),
        ("show crypto ikev2 session", "show_crypto_ikev2_session/hub", "Child sa:", "selectors"),
        (
            "show crypto ikev2 session",
            "show_crypto_ikev2_session/hub",
            "          remote selector",
            "without its SPIs",
        ),
        (
            "show crypto isakmp sa detail",
            "show_crypto_isakmp_sa_detail/hub_15",
            "1003",
            "line of its engine",
        ),
    ],
)
def test_an_output_cut_inside_an_entry_is_no_shorter_output(
    command: str, name: str, last: str, what: str
) -> None:
    lines = golden(name).split("\n")
    place = next(number for number, line in enumerate(lines) if line.startswith(last))
    with pytest.raises(BadValue, match=what):
        parse(command, "\n".join(lines[: place + 1]))


@pytest.mark.parametrize("command", [command for command, _ in EVIDENCE.values()])
def test_no_output_means_none_and_answers_are_errors(command: str) -> None:
    assert parse(command, "") == ()
    with pytest.raises(CliError):
        parse(command, "             ^\n% Invalid input detected at '^' marker.\n")


def test_a_counter_that_nobody_knows_is_refused() -> None:
    text = golden("show_crypto_ipsec_sa/hub_15").replace("#pkts verify", "#pkts verified", 1)
    with pytest.raises(BadValue, match="pkts verified"):
        parse("show crypto ipsec sa", text)


def test_a_line_of_blanks_is_refused_and_does_not_hang() -> None:
    text = golden("show_crypto_ipsec_sa/hub_15")
    filled = text.replace("={Transport, }", "={Transport," + " " * 4000 + ";", 1)
    with pytest.raises(UnexpectedLine):
        parse("show crypto ipsec sa", filled)
