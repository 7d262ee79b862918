"""Rows of `show dmvpn`, plain and `detail`, -> records."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from parsers.convert import refuse_if
from parsers.convert.crypto import ike_sa, ipsec_flow
from parsers.engine import Row
from parsers.records import (
    Address,
    Attribute,
    DmvpnCryptoSession,
    DmvpnDetailPeer,
    DmvpnPeer,
    DmvpnServer,
    DmvpnTunnel,
    DmvpnTunnelDown,
    IkeSa,
    IpsecFlow,
    LineCount,
    NhsFlag,
    Record,
)
from parsers.records.base import builder
from parsers.values import (
    address,
    attribute_letters,
    duration,
    network,
    number,
    optional_address,
    word,
)

_PEER = builder(DmvpnPeer)


def dmvpn(rows: Iterable[list[Any]]) -> Iterator[DmvpnPeer | DmvpnTunnelDown]:
    """Join each peer with the NBMA address of the rows above it, and name the shut tunnels."""
    down: dict[str, None] = {}
    peers = list(_dmvpn_peers(rows, down))
    if not peers:
        yield from (DmvpnTunnelDown(interface=name) for name in down)
    yield from (replace(peer, admin_down=tuple(down)) for peer in peers) if down else peers


# The columns of the template of `show dmvpn`, in its order.
COLUMNS = (
    *("INTERFACE", "TYPE", "PEERS", "ENTRIES", "NBMA", "TUNNEL"),
    *("STATE", "SINCE", "ATTRIBUTES", "TARGET", "TARGET_VRF", "ADMIN_DOWN"),
)


def _dmvpn_peers(rows: Iterable[list[Any]], down: dict[str, None]) -> Iterator[DmvpnPeer]:
    """Read rows in the order of `COLUMNS`; the names of shut tunnels go to `down`."""
    section = nbma = entries = ""
    waiting = False
    for name, kind, peers, count, first, tunnel, state, since, letters, target, vrf, shut in rows:
        if shut:
            down[shut] = None
            continue
        if name != section:
            section, nbma = name, ""
        if first:
            refuse_if(waiting, _WAITING)
            nbma, entries = first, count
        waiting = not tunnel
        if waiting:
            continue
        refuse_if(not nbma, "a further entry without a first one")
        yield _PEER(
            name or "",
            kind or "",
            int(peers or ""),
            int(count or entries or ""),
            optional_address(nbma),
            address(tunnel),
            state,
            duration(since),
            _attributes(letters or ""),
            network(target) if target else None,
            word(vrf),
        )
    refuse_if(waiting, _WAITING)


_WAITING = "an NBMA address without a tunnel address"


@lru_cache(maxsize=256)
def _attributes(text: str) -> tuple[Attribute, ...]:
    return tuple(map(Attribute, attribute_letters(text)))


def line_count(row: Row) -> LineCount:
    """Read how many lines matched."""
    return LineCount(count=int(row["COUNT"]))


# --- show dmvpn detail ----------------------------------------------------------------------------

_SWITCH = {"Enabled": True, "Disabled": False, "": None}
_FLOW_HOST = re.compile(r"host (\S+)")


@dataclass
class _Detail:
    """What was read so far: the tunnels, their peers, and the crypto sessions behind them."""

    tunnels: list[DmvpnTunnel] = field(default_factory=list)
    peers: list[DmvpnDetailPeer] = field(default_factory=list)
    sessions: list[DmvpnCryptoSession] = field(default_factory=list)
    down: dict[str, None] = field(default_factory=dict)
    last: Row = field(default_factory=dict)  # the last peer row, for the entries below it
    session: bool = False  # whether a session is open
    pending: bool = False
    half: bool = False  # an NBMA address that waits for its tunnel address


def dmvpn_detail(
    rows: Iterable[Row],
) -> Iterator[DmvpnDetailPeer | DmvpnTunnel | DmvpnTunnelDown | DmvpnCryptoSession]:
    """Give each peer its tunnel and its crypto sessions; what has no peer stands alone."""
    seen = _Detail()
    for row in rows:
        kind = next((name for name in _KINDS if row[name]), "")
        refuse_if(seen.half and kind != "STATE", _WAITING)
        if not kind:
            raise ValueError("a line without its place")
        _KINDS[kind](seen, row)
    refuse_if(seen.half, _WAITING)
    for session in seen.sessions:
        refuse_if(not session.status, "a crypto session without its status")
    yield from _joined(seen)


def _joined(
    seen: _Detail,
) -> Iterator[DmvpnDetailPeer | DmvpnTunnel | DmvpnTunnelDown | DmvpnCryptoSession]:
    down = tuple(seen.down)
    sessions = _by_peer(seen.sessions)
    taken: set[int] = set()
    for peer in seen.peers:
        found = tuple(sessions.get((peer.interface, peer.nbma_address), ()))
        taken.update(map(id, found))
        yield replace(peer, crypto_sessions=found, admin_down=down)
    busy = {peer.interface for peer in seen.peers}
    yield from (tunnel for tunnel in seen.tunnels if tunnel.interface not in busy)
    yield from (session for session in seen.sessions if id(session) not in taken)
    if not seen.peers:
        yield from (DmvpnTunnelDown(interface=name) for name in down)


def _by_peer(
    sessions: Iterable[DmvpnCryptoSession],
) -> dict[tuple[str, Address | None], list[DmvpnCryptoSession]]:
    """File the sessions under the tunnel and each address of their other end."""
    filed: dict[tuple[str, Address | None], list[DmvpnCryptoSession]] = {}
    for session in sessions:
        ends = {sa.remote_address for sa in session.ike_sas} | {session.remote_address}
        for end in ends - {None}:
            filed.setdefault((session.interface, end), []).append(session)
    return filed


def _read_tunnel(seen: _Detail, row: Row) -> None:
    seen.session = False
    seen.last = {}
    seen.tunnels.append(
        DmvpnTunnel(
            interface=row["INTERFACE"],
            interface_state=row["INTERFACE_STATE"],
            line_protocol=row["PROTOCOL"],
            interface_address=_address_or_none(row["ADDRESS"]),
            vrf=word(row["VRF"]),
            source_address=_address_or_none(row["SOURCE"]),
            destination=word(row["DESTINATION"]),
            tunnel_vrf=word(row["TUNNEL_VRF"]),
            transport=word(row["TRANSPORT"]),
            protection=word(row["PROTECT"]),
            state_control=_SWITCH[row["CONTROL"]],
            event_publisher=_SWITCH[row["PUBLISHER"]],
        )
    )


def _address_or_none(text: str) -> Address | None:
    """Read an address; words that stand for none (`UNKNOWN`, `unassigned`) are None."""
    try:
        return ip_address(text)
    except ValueError:
        refuse_if(any(mark in text for mark in ".:"), f"{text!r} is no address")
        return None


def _read_server(seen: _Detail, row: Row) -> None:
    server = DmvpnServer(
        nhs_address=address(row["NHS"]),
        flags=tuple(NhsFlag(letter) for letter in row["NHS_FLAGS"]),
        nbma_address=optional_address(row["NHS_NBMA"]),
        priority=number(row["PRIORITY"]),
        cluster=number(row["CLUSTER"]),
    )
    _change_tunnel(seen, servers=(*_tunnel(seen).servers, server))


def _read_type(seen: _Detail, row: Row) -> None:
    _change_tunnel(seen, type=row["TYPE"], peers=int(row["PEERS"]))


def _tunnel(seen: _Detail) -> DmvpnTunnel:
    refuse_if(not seen.tunnels, "a line without its tunnel")
    return seen.tunnels[-1]


def _change_tunnel(seen: _Detail, **changes: Any) -> None:
    seen.tunnels[-1:] = [replace(_tunnel(seen), **changes)]


def _read_peer(seen: _Detail, row: Row) -> None:
    """Read a peer; entries below the first leave out the count, then the addresses too."""
    tunnel = _tunnel(seen)
    seen.session = False
    inherited = ("ENTRIES", "NBMA", "TUNNEL")
    row = row | {name: row[name] or seen.last.get(name, "") for name in inherited}
    refuse_if(not row["NBMA"], "a further entry without a first one")
    seen.last, seen.half = row, not row["STATE"]
    if seen.half:
        return
    refuse_if(tunnel.type is None, "a peer above the type of its tunnel")
    head = {"INTERFACE": tunnel.interface, "TYPE": tunnel.type or "", "PEERS": str(tunnel.peers)}
    (peer,) = _dmvpn_peers([[*map((row | head).__getitem__, COLUMNS)]], {})
    seen.peers.append(DmvpnDetailPeer(**(_values(tunnel) | _values(peer))))


def _values(record: Record) -> dict[str, Any]:
    return {one.name: getattr(record, one.name) for one in fields(record)}  # type: ignore[arg-type]


def _read_group(seen: _Detail, row: Row) -> None:
    refuse_if(not seen.peers, "a group without its peer")
    seen.peers[-1] = replace(
        seen.peers[-1],
        group=word(row["GROUP"]) or seen.peers[-1].group,
        qos_policy=word(row["POLICY"]) or seen.peers[-1].qos_policy,
    )


def _read_down(seen: _Detail, row: Row) -> None:
    seen.down[row["ADMIN_DOWN"]] = None


def _read_pending(seen: _Detail, _row: Row) -> None:
    seen.pending, seen.session = True, False


def _read_session(seen: _Detail, row: Row) -> None:
    """Read a part of a session: its name opens one; 12.4 prints it without, below its peer."""
    if row["SESSION_INTERFACE"] or not seen.session:
        name = row["SESSION_INTERFACE"] or _tunnel(seen).interface
        seen.sessions.append(_new_session(name, pending=seen.pending))
        seen.session = True
    session = seen.sessions[-1]
    sas = (*session.ike_sas, ike_sa(row)) if row["IKE"] else session.ike_sas
    flows = (*session.flows, ipsec_flow(row)) if row["FLOW"] else session.flows
    seen.sessions[-1] = replace(
        session,
        handle=word(row["HANDLE"]) or session.handle,
        status=row["STATUS"] or session.status,
        remote_address=_remote(sas, flows),
        fvrf=word(row["FVRF"]) or session.fvrf,
        phase1_id=word(row["PHASE1_ID"]) or session.phase1_id,
        ike_sas=sas,
        flows=flows,
        outbound_spi=word(row["SPI"].replace(" ", "")) or session.outbound_spi,
        transform=word(row["TRANSFORM"]) or session.transform,
        socket_state=word(row["SOCKET"]) or session.socket_state,
    )


def _new_session(interface: str, *, pending: bool) -> DmvpnCryptoSession:
    return DmvpnCryptoSession(
        interface=interface,
        handle=None,
        pending=pending,
        status="",
        remote_address=None,
        fvrf=None,
        phase1_id=None,
        ike_sas=(),
        flows=(),
        outbound_spi=None,
        transform=None,
        socket_state=None,
    )


def _remote(sas: tuple[IkeSa, ...], flows: tuple[IpsecFlow, ...]) -> Address | None:
    """Name the other end: of an association, or without one the second host of a flow."""
    if sas:
        return sas[0].remote_address
    hosts = [_FLOW_HOST.findall(flow.flow) for flow in flows]
    return ip_address(hosts[0][1]) if hosts and len(hosts[0]) == 2 else None


# The first column that a row fills says what it is.
_KINDS: Mapping[str, Callable[[_Detail, Row], None]] = {
    "INTERFACE": _read_tunnel,
    "NHS": _read_server,
    "TYPE": _read_type,
    "STATE": _read_peer,
    "NBMA": _read_peer,
    "GROUP": _read_group,
    "POLICY": _read_group,
    "ADMIN_DOWN": _read_down,
    "PENDING": _read_pending,
} | dict.fromkeys(
    ("SESSION_INTERFACE", "HANDLE", "IKE", "STATUS", "FVRF", "FLOW", "SPI", "SOCKET"),
    _read_session,
)
