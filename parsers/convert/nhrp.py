"""Rows of `show ip nhrp` -> records."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    Address,
    NhrpBrief,
    NhrpEntry,
    NhrpEvent,
    NhrpFlag,
    NhrpMulticastTarget,
    NhrpPendingRegistration,
    NhrpRedirect,
    NhrpRequester,
    NhrpServer,
    NhrpSummary,
    NhrpTraffic,
    NhsFlag,
)
from parsers.records.base import builder
from parsers.values import (
    address,
    duration,
    host_and_network,
    network,
    number,
    optional_address,
    word,
)

_ENTRY = builder(NhrpEntry)
# The columns of the template of `show ip nhrp`, in its order.
ENTRY_COLUMNS = (
    *("NETWORK", "VIA", "INTERFACE", "CREATED", "EXPIRES", "TYPE", "FLAGS", "NBMA", "CLAIMED"),
    *("NO_SOCKET", "GROUP", "PREFERENCE", "CACHE_HITS", "REQUESTERS", "METADATA"),
)


def nhrp_entries(rows: Iterable[list[Any]]) -> Iterator[NhrpEntry]:
    """Read the entries of the cache."""
    return map(_nhrp_entry, rows)


def _nhrp_entry(cells: list[Any]) -> NhrpEntry:
    prefix, via, interface, since, expires, kind, flags, nbma, claimed, *rest = cells
    no_socket, group, preference, cache_hits, requesters, metadata = rest
    refuse_if(not kind, "an entry without its type")
    created = duration(since)
    if created is None:
        raise ValueError("an entry without the time of its creation")
    host, covered = host_and_network(prefix)
    return _ENTRY(
        covered,
        host,
        optional_address(via),
        interface,
        created,
        duration(expires),
        kind,
        _flags(flags),
        _nbma(nbma),
        optional_address(claimed),
        no_socket is not None,
        word(group),
        number(preference),
        number(cache_hits),
        tuple(map(_requester, requesters)) if requesters else (),
        tuple(metadata) if metadata else (),
    )


_FLAGS: Mapping[str, NhrpFlag] = {flag.value: flag for flag in NhrpFlag}


@lru_cache(maxsize=256)
def _flags(text: str) -> tuple[NhrpFlag | str, ...]:
    return tuple(_FLAGS.get(word, word) for word in text.split())


def _nbma(text: str | None) -> Address | str | None:
    """Read an NBMA address; an ATM one (NSAP, more than 15 digits and dots) stays text."""
    if not text:
        return None
    try:
        return address(text)
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
        flags=tuple(NhsFlag(letter) for letter in row["FLAGS"]),
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


_MODE = {"S": "static", "D": "dynamic", "I": "incomplete"}


def nhrp_brief(row: Row) -> NhrpBrief:
    """Read one entry of the short form."""
    return NhrpBrief(
        network=network(row["NETWORK"]),
        via=optional_address(row["VIA"]),
        interface=row["INTERFACE"],
        type=_MODE.get(row["MODE"], row["MODE"]),
        nbma_address=optional_address(row["NBMA"]),
        claimed_nbma_address=optional_address(row["CLAIMED"]),
        flags=tuple(row["FLAGS"]),
    )


def nhrp_redirect(row: Row) -> NhrpRedirect:
    """Read one entry."""
    refuse_if(not row["TYPE"] or not row["NBMA"], "an entry without its type and NBMA address")
    return NhrpRedirect(
        network=network(row["NETWORK"]),
        via=address(row["VIA"]),
        type=row["TYPE"],
        flags=_flags(row["FLAGS"]),
        nbma_address=address(row["NBMA"]),
        hold_time_s=number(row["HOLD"]),
        authentication={"enabled": True, "disabled": False, "": None}[row["AUTHENTICATION"]],
    )


def nhrp_multicast_target(row: Row) -> NhrpMulticastTarget:
    """Read one target."""
    return NhrpMulticastTarget(
        interface=row["INTERFACE"],
        nbma_address=address(row["NBMA"]),
        flags=tuple(row["FLAGS"].split()),
        enabled={"Enabled": True, "Disabled": False, "": None}[row["ENABLED"]],
    )


def nhrp_summaries(rows: Iterable[Row]) -> Iterator[NhrpSummary]:
    """Read the counts of the cache and of its parts, which carry its protocol."""
    protocol = ""
    for row in rows:
        protocol = row["PROTOCOL"] or protocol
        refuse_if(not row["ENTRIES"] or not row["STATIC"], "a part without its counts")
        yield NhrpSummary(
            protocol=protocol,
            part=word(row["PART"]),
            entries=int(row["ENTRIES"]),
            size_bytes=number(row["BYTES"]),
            static=int(row["STATIC"]),
            dynamic=int(row["DYNAMIC"]),
            incomplete=int(row["INCOMPLETE"]),
            nhop=number(row["NHOP"]),
            bfd=number(row["BFD"]),
            default=number(row["DEFAULT"]),
            temporary=number(row["TEMPORARY"]),
            route=number(row["ROUTE"]),
            rib=number(row["RIB"]),
            rib_h=number(row["RIB_H"]),
            rib_nho=number(row["RIB_NHO"]),
            bgp=number(row["BGP"]),
            lfib=number(row["LFIB"]),
        )


_DIRECTION = {"Sent": "sent", "Rcvd": "received", "Fwd": "forwarded", "S": "sent", "R": "received"}


def nhrp_traffic(row: Row) -> NhrpTraffic:
    """Read one direction of a tunnel."""
    refuse_if(not row["INTERFACE"] and not row["SCOPE"], "packets without their tunnel")
    return NhrpTraffic(
        interface=word(row["INTERFACE"]),
        direction=_DIRECTION[row["DIRECTION"]],
        total=int(row["TOTAL"]),
        resolution_requests=int(row["RESOLUTION_REQUEST"]),
        resolution_replies=int(row["RESOLUTION_REPLY"]),
        registration_requests=int(row["REGISTRATION_REQUEST"]),
        registration_replies=int(row["REGISTRATION_REPLY"]),
        purge_requests=int(row["PURGE_REQUEST"]),
        purge_replies=int(row["PURGE_REPLY"]),
        error_indications=int(row["ERROR_INDICATION"]),
        traffic_indications=int(row["TRAFFIC_INDICATION"]),
        redirect_suppressed=number(row["REDIRECT_SUPPRESS"]),
        max_send_packets=number(row["LIMIT"]),
        max_send_interval_s=number(row["LIMIT_SECONDS"]),
        usage_percent=number(row["USAGE"]),
        packet_queue=word(row["QUEUE"]),
    )


def nhrp_event(row: Row) -> NhrpEvent:
    """Read the count of one event."""
    refuse_if(not row["SECTION"], "an event without its section")
    return NhrpEvent(
        interface=word(row["INTERFACE"]),
        section=row["SECTION"],
        direction=_DIRECTION[row["DIRECTION"]],
        event=row["EVENT"],
        count=int(row["COUNT"]),
        errors=int(row["ERRORS"]),
    )
