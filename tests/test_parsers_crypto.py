"""Parsers of crypto: captures counted by other means, tables made up by hypothesis, refusals."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from conftest import TESTS, evidence, samples
from hypothesis import given
from hypothesis import strategies as st

from parsers import BadValue, CliError, UnexpectedLine, parse, parse_as
from parsers.records import (
    CryptoSession,
    CryptoSessionBrief,
    CryptoSocket,
    CryptoSocketListener,
    Ikev2Sa,
    Ikev2Session,
    IpsecPeer,
    IsakmpSa,
    IsakmpSaDetail,
    TunnelProtectionCounter,
    plain,
)

GOLDEN = TESTS / "golden" / "parsers"


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


# --- captures of real routers ---------------------------------------------------------------------

EVIDENCE: dict[str, tuple[str, str]] = {
    "show_crypto_session": ("show crypto session", r"^Interface: "),
    "show_crypto_session_detail": ("show crypto session detail", r"^Interface: "),
    "show_crypto_ikev2_sa": ("show crypto ikev2 sa", r"(READY|IN-NEG|DELETE)\s*$"),
    "show_crypto_ikev2_sa_detail": ("show crypto ikev2 sa det", r"(READY|IN-NEG|DELETE)\s*$"),
    "show_crypto_ikev2_session": ("show crypto ikev2 session", r"^Session-id:"),
    "show_crypto_isakmp_sa": ("show crypto isakmp sa", r"\s(QM|MM)_[A-Z_]+\s+\d+ ACTIVE"),
    "show_crypto_isakmp_sa_detail": ("show crypto isakmp sa detail", r"Engine-id:Conn-id ="),
    "show_crypto_ipsec_sa": ("show crypto ipsec sa", r"current[_ ]peer|remote +addr"),
    "show_crypto_ipsec_sa_detail": ("show crypto ipsec sa detail", r"current[_ ]peer"),
    "show_crypto_sockets": ("show crypto sockets", r" Peers \(|Map-name:"),
    "show_tunnel_protection_statistics": ("show tunnel protection statistics", r": \d+ "),
}


@evidence
@pytest.mark.parametrize("folder", EVIDENCE)
def test_every_capture_is_read_whole(
    folder: str, record_property: Callable[[str, object], None]
) -> None:
    command, row = EVIDENCE[folder]
    found = samples(folder)
    assert found, f"no captures of {folder}"
    record_property("samples", len(found))
    for path in found:
        text = path.read_text(encoding="utf-8")
        assert len(parse(command, text)) == len(re.findall(row, text, re.MULTILINE)) > 0, path


def texts(folder: str) -> list[str]:
    found = [path.read_text(encoding="utf-8") for path in samples(folder)]
    assert found
    return found


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


# --- tables made up -------------------------------------------------------------------------------

IPV4 = st.integers(1, 2**32 - 2).map(IPv4Address)
IPV6 = st.integers(2**112, 2**128 - 1).map(IPv6Address)
ADDRESS = st.one_of(IPV4, IPV6)
COUNT = st.integers(0, 2**32 - 1)
PORT = st.integers(1, 65535)
NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,14}", fullmatch=True).filter(
    lambda name: name.lower() != "none"
)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@given(
    st.lists(
        st.tuples(
            IPV4,
            IPV4,
            st.sampled_from(["QM_IDLE", "MM_NO_STATE", "MM_KEY_EXCH", "MM_SA_SETUP"]),
            st.integers(0, 99999),
            st.booleans(),
        )
    )
)
def test_any_associations_of_phase_one(rows: list[tuple[IPv4Address, IPv4Address, str, int, bool]]):  # type: ignore[no-untyped-def]
    text = "IPv4 Crypto ISAKMP SA\ndst             src             state          conn-id status\n"
    for dst, src, state, connection, deleted in rows:
        mark = " (deleted)" if deleted else ""
        text += f"{dst!s:<15} {src!s:<15} {state:<14} {connection:>7} ACTIVE{mark}\n"
    read = parse_as(IsakmpSa, "show crypto isakmp sa", text + "\nIPv6 Crypto ISAKMP SA\n")
    assert [
        (sa.dst_address, sa.src_address, sa.state, sa.connection_id, sa.deleted) for sa in read
    ] == rows


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99999),
            ADDRESS,
            ADDRESS,
            st.none() | NAME,
            st.integers(1, 24),
            st.integers(0, 86400),
        )
    )
)
def test_any_details_of_phase_one(rows: list[tuple[object, ...]]) -> None:
    text = (
        "IPv4 Crypto ISAKMP SA\n\n"
        "C-id  Local           Remote          I-VRF  Status Encr Hash   Auth DH Lifetime Cap.\n"
    )
    for connection, local, remote, ivrf, group, left in rows:
        text += (
            f"\n{connection:<5} {local!s:<15} {remote!s:<15} {ivrf or '':<6} ACTIVE aes  sha    "
            f"psk  {group:<2} {clock(left)} D    \n       Engine-id:Conn-id =  SW:{connection}\n"  # type: ignore[arg-type]
        )
    read = parse_as(IsakmpSaDetail, "show crypto isakmp sa detail", text)
    assert [
        (
            sa.connection_id,
            sa.local_address,
            sa.remote_address,
            sa.ivrf,
            sa.dh_group,
            sa.lifetime_s,
        )
        for sa in read
    ] == rows


@given(
    st.lists(
        st.tuples(
            st.integers(1, 9999),
            IPV4,
            IPV4,
            st.none() | NAME,
            st.sampled_from(["READY", "IN-NEG", "DELETE"]),
            st.integers(0, 86400),
        )
    )
)
def test_any_associations_of_ikev2(rows: list[tuple[object, ...]]) -> None:
    text = " IPv4 Crypto IKEv2  SA \n"
    for tunnel, local, remote, fvrf, status, active in rows:
        vrfs = f"{fvrf or 'none'}/none"
        text += (
            "\nTunnel-id Local                 Remote                fvrf/ivrf            Status \n"
            f"{tunnel:<9} {f'{local}/500':<21} {f'{remote}/4500':<21} {vrfs:<20} {status}  \n"
            "      Encr: AES-GCM, keysize: 256, PRF: SHA384, Hash: None, DH Grp:20, "
            "Auth sign: PSK, Auth verify: PSK\n"
            f"      Life/Active Time: 86400/{active} sec\n"
        )
    read = parse_as(Ikev2Sa, "show crypto ikev2 sa", text + "\n IPv6 Crypto IKEv2  SA \n")
    assert [
        (sa.tunnel_id, sa.local_address, sa.remote_address, sa.fvrf, sa.status, sa.active_s)
        for sa in read
    ] == rows
    assert all((sa.local_port, sa.remote_port, sa.key_size) == (500, 4500, 256) for sa in read)


@given(
    st.lists(
        st.tuples(
            NAME,
            st.sampled_from(["UP-ACTIVE", "UP-IDLE", "DOWN", "DOWN-NEGOTIATING"]),
            IPV4,
            PORT,
            st.lists(st.sampled_from(["Active", "Inactive"]), max_size=3),
            COUNT,
            COUNT,
        )
    )
)
def test_any_sessions(rows: list[tuple[object, ...]]) -> None:
    text = "Crypto session current status\n"
    for interface, status, peer, port, states, decrypted, drops in rows:
        text += f"\nInterface: {interface}\nSession status: {status}\nPeer: {peer} port {port} \n"
        for state in states:  # type: ignore[attr-defined]
            text += f"  IKEv1 SA: local 192.0.2.1/500 remote {peer}/{port} {state} \n"
        text += (
            f"  IPSEC FLOW: permit 47 host 192.0.2.1 host {peer} \n"
            "        Active SAs: 2, origin: crypto map\n"
            f"        Inbound:  #pkts dec'ed {decrypted} drop {drops} life (KB/Sec) 7/8\n"
            "        Outbound: #pkts enc'ed 1 drop 2 life (KB/Sec) KB Vol Rekey Disabled/9\n"
        )
    read = parse_as(CryptoSession, "show crypto session detail", text)
    assert [
        (
            one.interface,
            one.status,
            one.peer_address,
            one.peer_port,
            [sa.state for sa in one.ike_sas],
            one.flows[0].decrypted_packets,
            one.flows[0].inbound_drops,
        )
        for one in read
    ] == rows
    assert all(one.flows[0].outbound_life_kb is None for one in read)


@given(
    st.lists(
        st.tuples(
            ADDRESS,
            st.sampled_from(["Tu0", "Tu100", "Vi2"]),
            st.none() | st.integers(0, 359999),
            st.text("AUDISNK", min_size=1, max_size=3),
        )
    )
)
def test_any_brief_sessions(rows: list[tuple[object, ...]]) -> None:
    text = "ivrf = (none)\n   Peer  I/F  Username   Group/Phase1_id   Uptime   Status\n"
    for peer, interface, uptime, status in rows:
        shown = "" if uptime is None else clock(uptime)  # type: ignore[arg-type]
        text += f"{peer!s:>15}  {interface:<8} {'':10} {peer!s:<15} {shown:>8} {status:>6}\n"
    read = parse_as(CryptoSessionBrief, "show crypto session brief", text)
    assert [
        (one.peer_address, one.interface, one.uptime_s, "".join(one.status)) for one in read
    ] == rows
    assert [ip_address(one.phase1_id or "") for one in read] == [row[0] for row in rows]


@given(
    st.lists(
        st.tuples(
            IPV4, NAME, COUNT, COUNT, st.lists(st.integers(1, 2**32 - 1), max_size=3, unique=True)
        )
    )
)
def test_any_flows_of_ipsec(rows: list[tuple[IPv4Address, str, int, int, list[int]]]) -> None:
    text = "\ninterface: Tunnel9\n    Crypto map tag: Tunnel9-head-0, local addr 192.0.2.1\n"
    for remote, vrf, encaps, decaps, spis in rows:
        text += (
            f"\n   protected vrf: {vrf}\n"
            "   local  ident (addr/mask/prot/port): (192.0.2.1/255.255.255.255/47/0)\n"
            f"   remote ident (addr/mask/prot/port): ({remote}/255.255.255.255/47/0)\n"
            f"   current_peer {remote} port 500\n     PERMIT, flags={{origin_is_acl,}}\n"
            f"    #pkts encaps: {encaps}, #pkts encrypt: {encaps}, #pkts digest: {encaps}\n"
            f"    #pkts decaps: {decaps}, #pkts decrypt: {decaps}, #pkts verify: {decaps}\n"
            "    #send errors 0, #recv errors 0\n\n     inbound esp sas:\n"
        )
        text += "".join(stanza(spi) for spi in spis)
        text += "\n     inbound ah sas:\n\n     outbound esp sas:\n"
        text += "".join(stanza(spi ^ 1) for spi in spis) + "\n     outbound pcp sas:\n"
    read = parse_as(IpsecPeer, "show crypto ipsec sa", text)
    assert [
        (
            one.peer_address,
            one.protected_vrf,
            one.counters.encaps,
            one.counters.decaps,
            [sa.spi for sa in one.sas if sa.direction == "inbound"],
        )
        for one in read
    ] == rows
    assert all(len(one.sas) == 2 * len(row[4]) for one, row in zip(read, rows, strict=True))


def stanza(spi: int) -> str:
    return (
        f"      spi: 0x{spi:X}({spi})\n        transform: esp-gcm 256 ,\n"
        "        in use settings ={Transport, }\n"
        "        conn id: 3, flow_id: SW:3, sibling_flags 80000000, crypto map: Tunnel9-head-0\n"
        f"        sa timing: remaining key lifetime (k/sec): ({spi}/42)\n"
        "        IV size: 8 bytes\n        replay detection support: N\n"
        "        Status: ACTIVE(ACTIVE)\n"
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Sent", "Rcvd"]),
            st.lists(st.tuples(st.sampled_from(["Socket Up", "Other", "MTU Changed"]), COUNT)),
        )
    )
)
def test_any_statistics(blocks: list[tuple[str, list[tuple[str, int]]]]) -> None:
    text = "------------------------- Message Statistics -------------------------\n"
    for direction, counters in blocks:
        text += f"   {direction}:\n"
        for start in range(0, len(counters), 3):
            line = "".join(f"{name:<15}: {count:<5}" for name, count in counters[start : start + 3])
            text += f"      {line}\n"
    read = parse_as(TunnelProtectionCounter, "show tunnel protection statistics", text)
    assert [(one.direction, one.name, one.count) for one in read] == [
        (direction, name, count) for direction, counters in blocks for name, count in counters
    ]


def test_a_line_of_blanks_is_refused_and_does_not_hang() -> None:
    text = golden("show_crypto_ipsec_sa/hub_15")
    filled = text.replace("={Transport, }", "={Transport," + " " * 4000 + ";", 1)
    with pytest.raises(UnexpectedLine):
        parse("show crypto ipsec sa", filled)
