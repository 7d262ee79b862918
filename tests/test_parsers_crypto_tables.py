"""Parsers of crypto: tables made up by hypothesis read back to the same values."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from parsers import parse_as
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
)

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


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99999),
            st.sampled_from(["UP-ACTIVE", "UP-IDLE"]),
            IPV6,
            st.lists(st.tuples(IPV4, IPV4, st.integers(0, 65535), COUNT, COUNT), max_size=3),
        )
    )
)
def test_any_sessions_of_ikev2(rows: list[tuple[int, str, IPv6Address, list[Any]]]) -> None:
    text = " IPv4 Crypto IKEv2 Session \n\n IPv6 Crypto IKEv2 Session \n"
    for number, status, remote, children in rows:
        text += (
            f"\nSession-id:{number}, Status:{status}, IKE count:1, CHILD count:{len(children)}\n\n"
            "Tunnel-id    fvrf/ivrf              Status \n7          none/none             READY\n"
            f"Local  2001:DB8::1/500\nRemote  {remote}/500\n"
            "      Encr: AES-GCM, keysize: 256, PRF: SHA384, Hash: None, DH Grp:20, "
            "Auth sign: PSK, Auth verify: PSK\n      Life/Active Time: 86400/9 sec\n"
        )
        for first, last, port, into, out in children:
            text += (
                f"Child sa: local selector  {first}/0 - {last}/{port}\n"
                "          remote selector 0.0.0.0/0 - 255.255.255.255/65535\n"
                f"          ESP spi in/out: {into:#x}/{out:#x}  \n"
            )
    read = parse_as(Ikev2Session, "show crypto ikev2 session", text)
    assert [
        (
            one.session_id,
            one.status,
            one.ike_sas[0].remote_address,
            [
                (
                    child.local_selectors[0].first_address,
                    child.local_selectors[0].last_address,
                    child.local_selectors[0].last_port,
                    child.esp_spi_in,
                    child.esp_spi_out,
                )
                for child in one.child_sas
            ],
        )
        for one in read
    ] == rows


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Tu0", "Tu100", "Shd"]),
            ADDRESS,
            NAME,
            st.sampled_from(["Open", "Opening", "Closed"]),
        )
    ),
    st.lists(NAME),
)
def test_any_sockets(rows: list[tuple[str, Any, str, str]], listeners: list[str]) -> None:
    text = f"Number of Crypto Socket connections {len(rows)}\n\n"
    for interface, remote, profile, state in rows:
        mask = "255.255.255.255" if remote.version == 4 else "128"
        text += (
            f"   {interface} Peers (local/remote): 192.0.2.1/{remote} \n"
            "       Local Ident  (addr/mask/port/prot): (192.0.2.1/255.255.255.255/0/47)\n"
            f"       Remote Ident (addr/mask/port/prot): ({remote}/{mask}/0/47)\n"
            f'       IPSec Profile: "{profile}"\n       Socket State: {state}\n'
            '       Client: "TUNNEL SEC" (Client State: Active)\n'
        )
    text += "Crypto Sockets in Listen state:\n" + "".join(
        f'Client: "TUNNEL SEC" Profile: "{name}" Map-name: "{name}-head-0"\n' for name in listeners
    )
    read = parse_as(CryptoSocket, "show crypto sockets", text)
    assert [(one.interface, one.remote_address, one.profile, one.state) for one in read] == rows
    assert [one.remote_ident.network.network_address for one in read] == [row[1] for row in rows]
    waiting = parse_as(CryptoSocketListener, "show crypto sockets", text)
    assert [one.profile for one in waiting] == listeners
