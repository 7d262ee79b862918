"""Rows of `show dmvpn` and `show ip nhrp` -> records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_address

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    Address,
    Attribute,
    DmvpnPeer,
    DmvpnTunnelDown,
    NhrpEntry,
    NhrpPendingRegistration,
    NhrpRequester,
    NhrpServer,
)
from parsers.values import (
    address,
    attribute_letters,
    duration,
    lines,
    network,
    number,
    optional_address,
    word,
)

Section = tuple[str, str]


def dmvpn(rows: Iterable[Row]) -> Iterator[DmvpnPeer | DmvpnTunnelDown]:
    """Join each peer with the NBMA address of the rows above it, and name the shut tunnels."""
    peers: list[DmvpnPeer] = []
    down: dict[str, None] = {}
    section = head = ("", "")
    waiting = False
    for row in rows:
        if row["ADMIN_DOWN"]:
            down[row["ADMIN_DOWN"]] = None
            continue
        if row["INTERFACE"] != section[0]:
            section, head = (row["INTERFACE"], row["TYPE"]), ("", "")
        if row["NBMA"]:
            refuse_if(waiting, "an NBMA address without a tunnel address")
            head = (row["NBMA"], row["ENTRIES"])
        waiting = not row["TUNNEL"]
        if not waiting:
            peers.append(_dmvpn_peer(row, *head))
    refuse_if(waiting, "an NBMA address without a tunnel address")
    if not peers:
        yield from (DmvpnTunnelDown(interface=name) for name in down)
    yield from (replace(peer, admin_down=tuple(down)) for peer in peers) if down else peers


def _dmvpn_peer(row: Row, nbma: str, entries: str) -> DmvpnPeer:
    refuse_if(not nbma, "a further entry without a first one")
    return DmvpnPeer(
        interface=row["INTERFACE"],
        type=row["TYPE"],
        peers=int(row["PEERS"]),
        entries=int(row["ENTRIES"] or entries),
        nbma_address=optional_address(nbma),
        tunnel_address=address(row["TUNNEL"]),
        state=row["STATE"],
        since_s=duration(row["SINCE"]),
        attributes=tuple(Attribute(letter) for letter in attribute_letters(row["ATTRIBUTES"])),
        target_network=network(row["TARGET"]) if row["TARGET"] else None,
        target_vrf=word(row["TARGET_VRF"]),
    )


def nhrp_entry(row: Row) -> NhrpEntry:
    """Read one entry of the cache."""
    refuse_if(not row["TYPE"], "an entry without its type")
    created = duration(row["CREATED"])
    if created is None:
        raise ValueError("an entry without the time of its creation")
    return NhrpEntry(
        network=network(row["NETWORK"]),
        target_address=address(row["NETWORK"].split("/")[0].split(" ")[0]),
        via=optional_address(row["VIA"]),
        interface=row["INTERFACE"],
        created_s=created,
        expires_s=duration(row["EXPIRES"]),
        type=row["TYPE"],
        flags=tuple(row["FLAGS"].split()),
        nbma_address=_nbma(row["NBMA"]),
        claimed_nbma_address=optional_address(row["CLAIMED"]),
        no_socket=bool(row["NO_SOCKET"]),
        group=word(row["GROUP"]),
        preference=number(row["PREFERENCE"]),
        cache_hits=number(row["CACHE_HITS"]),
        requesters=tuple(_requester(line) for line in lines(row["REQUESTERS"])),
        metadata=lines(row["METADATA"]),
    )


def _nbma(text: str) -> Address | str | None:
    """Read an NBMA address; an ATM one (NSAP, more than 15 digits and dots) stays text."""
    if not text:
        return None
    try:
        return ip_address(text)
    except ValueError:
        if len(text) <= 15 or ":" in text:
            raise
        return text


def _requester(text: str) -> NhrpRequester:
    asker, _, request = text.partition(" Request ID: ")
    return NhrpRequester(address=address(asker), request_id=int(request))


def nhrp_servers(rows: Iterable[Row]) -> Iterator[NhrpServer | NhrpPendingRegistration]:
    """Read the servers, and give each the registration requests that wait for it."""
    servers: list[NhrpServer] = []
    pending: list[NhrpPendingRegistration] = []
    for row in rows:
        if row["PENDING_ID"]:
            pending.append(_pending(row))
        elif row["NHS"]:
            servers.append(_server(row))
        else:
            refuse_if(bool(row["REQUEST_ID"] or row["SOCKET"]), "a detail without its server")
    for server in servers:
        yield replace(server, pending=tuple(one for one in pending if _waits_for(one, server)))
    yield from (one for one in pending if not any(_waits_for(one, server) for server in servers))


def _server(row: Row) -> NhrpServer:
    return NhrpServer(
        interface=row["INTERFACE"],
        nhs_address=address(row["NHS"]),
        flags=tuple(row["FLAGS"]),
        nbma_address=optional_address(row["NBMA"]),
        priority=number(row["PRIORITY"]),
        cluster=number(row["CLUSTER"]),
        requests_sent=number(row["SENT"]),
        requests_failed=number(row["FAILED"]),
        replies_received=number(row["RECEIVED"]),
        replied_s=duration(row["REPLIED"]),
        request_id=number(row["REQUEST_ID"]),
        acknowledged_id=number(row["ACKNOWLEDGED"]),
        socket_requested=_SOCKET[row["SOCKET"]],
    )


_SOCKET: Mapping[str, bool | None] = {"TRUE": True, "FALSE": False, "": None}


def _pending(row: Row) -> NhrpPendingRegistration:
    return NhrpPendingRegistration(
        request_id=int(row["PENDING_ID"]),
        retry=int(row["PENDING_RETRY"]),
        nhs_address=address(row["PENDING_NHS"]),
        interface=word(row["PENDING_INTERFACE"]),
        expired=bool(row["PENDING_EXPIRED"]),
    )


def _waits_for(pending: NhrpPendingRegistration, server: NhrpServer) -> bool:
    """Compare address and, where it is printed, the interface: short (Tu0) against long."""
    if pending.nhs_address != server.nhs_address:
        return False
    return pending.interface in {None, server.interface.replace("Tunnel", "Tu")}
