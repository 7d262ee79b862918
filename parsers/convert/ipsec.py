"""Rows about IPsec associations, crypto sockets and the protection of tunnels -> records."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    CryptoSocket,
    CryptoSocketClient,
    CryptoSocketFlow,
    CryptoSocketListener,
    IpsecCounters,
    IpsecIdent,
    IpsecPeer,
    IpsecSa,
    TunnelProtectionCounter,
)
from parsers.values import SECONDS, address, lines, network, number, optional_address, word, words

# The counters as printed, and their fields: those behind `#pkts` and the two behind one `#` alone.
_COUNTERS = {
    "pkts encaps": "encaps",
    "pkts encrypt": "encrypt",
    "pkts digest": "digest",
    "pkts decaps": "decaps",
    "pkts decrypt": "decrypt",
    "pkts verify": "verify",
    "pkts compressed": "compressed",
    "pkts decompressed": "decompressed",
    "pkts not compressed": "not_compressed",
    "pkts compr. failed": "compression_failed",
    "pkts not decompressed": "not_decompressed",
    "pkts decompress failed": "decompression_failed",
    "send errors": "send_errors",
    "recv errors": "recv_errors",
    "pkts no sa (send)": "no_sa_send",
    "pkts invalid sa (rcv)": "invalid_sa_rcv",
    "pkts encaps failed (send)": "encaps_failed_send",
    "pkts decaps failed (rcv)": "decaps_failed_rcv",
    "pkts invalid prot (recv)": "invalid_prot_recv",
    "pkts verify failed": "verify_failed",
    "pkts invalid identity (recv)": "invalid_identity_recv",
    "pkts invalid len (rcv)": "invalid_len_rcv",
    "pkts replay rollover (send)": "replay_rollover_send",
    "pkts replay rollover (rcv)": "replay_rollover_rcv",
    "pkts replay failed (rcv)": "replay_failed_rcv",
    "pkts tagged (send)": "tagged_send",
    "pkts untagged (rcv)": "untagged_rcv",
    "pkts not tagged (send)": "not_tagged_send",
    "pkts not untagged (rcv)": "not_untagged_rcv",
    "pkts internal err (send)": "internal_err_send",
    "pkts internal err (recv)": "internal_err_recv",
}
_COUNTER = re.compile(r"#+(?P<name>[a-z][a-z .()]*?):?\s+(?P<count>\d+)(?:,\s*|$)")


@dataclass
class _Peer:
    interface: Row
    flow: Row
    sas: list[IpsecSa] = field(default_factory=list)


def ipsec_peers(rows: Iterable[Row]) -> Iterator[IpsecPeer]:
    """Give each flow its interface and the associations that follow it."""
    interface: Row | None = None
    peer: _Peer | None = None
    section = ("", "")
    for row in rows:
        if row["INTERFACE"] or row["VRF"]:
            if peer:
                yield _ipsec_peer(peer)
            peer, section = None, ("", "")
            interface, peer = _enter(row, interface)
        elif row["DIRECTION"]:
            section = (row["DIRECTION"], row["PROTOCOL"])
        elif peer is None:
            raise ValueError("an association without its flow")
        else:
            peer.sas.append(_ipsec_sa(row, *section))
    if peer:
        yield _ipsec_peer(peer)


def _enter(row: Row, interface: Row | None) -> tuple[Row, _Peer | None]:
    """Begin an interface or a flow of one; the short form is both in one block."""
    if row["INTERFACE"]:
        refuse_if(not row["LOCAL_ADDR"], "an interface without its local address")
        return row, _Peer(row, row) if row["REMOTE_ADDR"] else None
    if interface is None:
        raise ValueError("a flow without its interface")
    return interface, _Peer(interface, row)


def _ipsec_peer(peer: _Peer) -> IpsecPeer:
    head, flow = peer.interface, peer.flow
    where = flow["PEER"] or flow["REMOTE_ADDR"]
    refuse_if(not where, "a flow without its peer")
    return IpsecPeer(
        interface=head["INTERFACE"],
        crypto_map=word(head["CRYPTO_MAP"]),
        local_address=address(head["LOCAL_ADDR"]),
        policy_name=word(head["POLICY_NAME"]),
        protected_vrf=word(flow["VRF"]),
        local_ident=_flow_ident(flow["LOCAL_IDENT"]),
        remote_ident=_flow_ident(flow["REMOTE_IDENT"]),
        peer_address=address(where),
        peer_port=number(flow["PEER_PORT"]),
        action=word(flow["ACTION"]),
        flags=words(flow["FLAGS"]),
        counters=_counters(lines(flow["COUNTERS"])),
        local_endpoint=optional_address(flow["LOCAL_ENDPOINT"]),
        remote_endpoint=optional_address(flow["REMOTE_ENDPOINT"]),
        plaintext_mtu_bytes=number(flow["PLAINTEXT_MTU"]),
        path_mtu_bytes=number(flow["PATH_MTU"]),
        ip_mtu_bytes=number(flow["IP_MTU"]),
        ip_mtu_interface=word(flow["MTU_INTERFACE"]),
        outbound_spi=int(flow["OUTBOUND_SPI"], 16) if flow["OUTBOUND_SPI"] else None,
        pfs=_yes(flow["PFS"], "Y"),
        dh_group=word(flow["DH_GROUP"]),
        pqc_key_exchange=word(flow["PQC"]),
        sas=tuple(peer.sas),
    )


def _yes(text: str, yes: str) -> bool | None:
    return text == yes if text else None


def _counters(printed: tuple[str, ...]) -> IpsecCounters:
    counts: dict[str, int] = {}
    for line in printed:
        end = 0
        while found := _COUNTER.match(line, end):
            counts[_COUNTERS[found["name"]]] = int(found["count"])
            end = found.end()
        refuse_if(end != len(line), f"{line[end:]!r} is no counter")
    return IpsecCounters(**counts)


def _flow_ident(text: str) -> IpsecIdent | None:
    """Read `address/mask/protocol/port`."""
    if not text:
        return None
    where, protocol, port = text.rsplit("/", 2)
    return IpsecIdent(network=network(where), protocol=int(protocol), port=int(port))


def _ipsec_sa(row: Row, direction: str, protocol: str) -> IpsecSa:
    refuse_if(not direction or not row["SPI"], "an association without its direction")
    refuse_if(not row["TRANSFORM"] or not row["CONNECTION"], "an association cut short")
    return IpsecSa(
        direction=direction,
        protocol=protocol,
        spi=int(row["SPI"], 16),
        transform=row["TRANSFORM"],
        settings=words(row["SETTINGS"]),
        connection_id=int(row["CONNECTION"]),
        flow_id=word(row["FLOW_ID"]),
        sibling_flags=word(row["SIBLING"]),
        crypto_map=row["SA_MAP"],
        initiator=_yes(row["INITIATOR"], "True"),
        lifetime_kb=number(row["LIFE_KB"]),
        lifetime_s=_lifetime(row),
        volume_rekey=not row["NO_VOLUME"],
        iv_bytes=number(row["IV"]),
        replay_detection=_yes(row["REPLAY"], "Y"),
        replay_window=number(row["WINDOW"]),
        status="".join(row["STATUS"].split()) or None,
    )


def _lifetime(row: Row) -> int | None:
    """Read the seconds, or `4 hours, 2 mins`."""
    if not row["LIFE_WORDS"]:
        return number(row["LIFE_S"])
    parts = [part.split() for part in words(row["LIFE_WORDS"])]
    return sum(int(count) * SECONDS[unit[0]] for count, unit in parts)


def crypto_sockets(rows: Iterable[Row]) -> Iterator[CryptoSocket | CryptoSocketListener]:
    """Read connections and listeners."""
    for row in rows:
        if row["LISTENER"]:
            yield CryptoSocketListener(
                client=row["LISTENER"], profile=row["LISTENER_PROFILE"], map_name=row["MAP_NAME"]
            )
        else:
            yield _crypto_socket(row)


def _crypto_socket(row: Row) -> CryptoSocket:
    refuse_if(not row["INTERFACE"], "a part of a socket without its peers")
    refuse_if(not row["STATE"] or not row["PROFILE"], "a socket without profile and state")
    return CryptoSocket(
        interface=row["INTERFACE"],
        local_address=address(row["LOCAL"]),
        remote_address=address(row["REMOTE"]),
        local_ident=_socket_ident(row["LOCAL_IDENT"]),
        remote_ident=_socket_ident(row["REMOTE_IDENT"]),
        true_idents=tuple(_socket_flow(line) for line in lines(row["TRUE_IDENTS"])),
        profile=row["PROFILE"],
        state=row["STATE"],
        clients=tuple(_socket_client(line) for line in lines(row["CLIENTS"])),
    )


def _socket_ident(text: str) -> IpsecIdent:
    """Read `address/mask/port/protocol`: the other order of the two numbers."""
    where, port, protocol = text.rsplit("/", 2)
    return IpsecIdent(network=network(where), protocol=int(protocol), port=int(port))


def _socket_flow(text: str) -> CryptoSocketFlow:
    local, remote = map(_flow_ident, text.split(" -> "))
    if local is None or remote is None:
        raise ValueError("a flow with one side only")
    return CryptoSocketFlow(local=local, remote=remote)


def _socket_client(text: str) -> CryptoSocketClient:
    name, _, state = text.removesuffix(")").partition('" (Client State: ')
    return CryptoSocketClient(name=name.removeprefix('"'), state=state)


_STATISTIC = re.compile(r"(?P<name>[A-Za-z][A-Za-z ]*?)\s*:\s*(?P<count>\d+)\s*")


def protection_counters(rows: Iterable[Row]) -> Iterator[TunnelProtectionCounter]:
    """Split the lines of counters."""
    for row in rows:
        refuse_if(not row["DIRECTION"], "counters without a direction")
        for found in _STATISTIC.finditer(row["COUNTERS"]):
            yield TunnelProtectionCounter(
                section=row["SECTION"],
                direction=row["DIRECTION"],
                name=found["name"],
                count=int(found["count"]),
            )
