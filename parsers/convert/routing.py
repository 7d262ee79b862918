"""Rows of `show ip route`, `show ip cef` and of the routing protocols -> records."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import BgpNeighbor, CefPath, EigrpNeighbor, Route, RoutePath
from parsers.values import address, duration, lines, network, number, optional_address, word


def routes(rows: Iterable[Row]) -> Iterator[Route]:
    """Give each path the prefix and code of the line that it belongs to."""
    head: Row = {}
    paths = 0
    for row in rows:
        if row["PREFIX"]:
            refuse_if(bool(head) and not paths, "a prefix without a path")
            head, paths = row, 0
        refuse_if(not head or row["VRF"] != head["VRF"], "a path without a prefix")
        if row["NEXT_HOP"] or row["INTERFACE"]:
            paths += 1
            yield _route(head, row)
    refuse_if(bool(head) and not paths, "a prefix without a path")


def _route(head: Row, path: Row) -> Route:
    return Route(
        vrf=word(head["VRF"]),
        code=f"{head['CODE']} {head['SUBCODE']}".strip(),
        candidate_default=bool(head["DEFAULT"]),
        replicated="+" in head["FLAGS"],
        overridden="%" in head["FLAGS"],
        prefix=_with_mask(head["PREFIX"], head["GROUP"]),
        distance=number(path["DISTANCE"]),
        metric=number(path["METRIC"]),
        next_hop=optional_address(path["NEXT_HOP"]),
        next_hop_vrf=word(path["NEXT_HOP_VRF"]),
        age_s=duration(path["AGE"]),
        interface=word(path["INTERFACE"]),
        connected=path["HOW"] == "directly connected",
        summary=path["HOW"] == "a summary",
        nho=bool(path["NHO"]),
    )


def _with_mask(prefix: str, group: str) -> IPv4Network | IPv6Network:
    """Read a prefix; where the mask stands only in the heading of its major network, take that."""
    if "/" in prefix:
        return ip_network(prefix)
    major, _, length = group.partition("/")
    if not group or _classful(prefix) != _classful(major):
        raise ValueError(f"{prefix} has no mask, and no heading gives it one")
    return ip_network(f"{prefix}/{length}")


def _classful(text: str) -> IPv4Network:
    first = int(text.partition(".")[0])
    length = 8 if first < 128 else 16 if first < 192 else 24
    return IPv4Network((IPv4Address(text), length), strict=False)


def route_path(row: Row) -> RoutePath:
    """Read one path of an entry of the routing table."""
    refuse_if(not row["NEXT_HOP"] and not row["CONNECTED"], "an entry without a path")
    return RoutePath(
        vrf=word(row["VRF"]),
        prefix=network(row["PREFIX"]),
        supernet=bool(row["SUPERNET"]),
        known_via=row["KNOWN_VIA"],
        distance=int(row["DISTANCE"]),
        metric=int(row["METRIC"]),
        attributes=tuple(line.strip(", ") for line in lines(row["ATTRIBUTES"])),
        best=bool(row["BEST"]),
        next_hop=optional_address(row["NEXT_HOP"]),
        source=optional_address(row["SOURCE"]),
        age_s=duration(row["AGE"]),
        interface=word(row["INTERFACE"]),
        connected=bool(row["CONNECTED"]),
        details=lines(row["DETAILS"]),
    )


# What 12.4 says of the adjacency of a path -> the word that later images print for it.
_ADJACENCY = {
    "valid adjacency": "nexthop",
    "valid cached adjacency": "nexthop",
    "valid glean adjacency": "attached",
    "valid drop adjacency": "drop",
    "valid null adjacency": "nexthop",
    "valid punt adjacency": "receive",
    "invalid adjacency": "invalid",
}


def cef_paths(rows: Iterable[Row]) -> Iterator[CefPath]:
    """Give each path the prefix above it; a prefix that is received needs no path line."""
    head: CefPath | None = None
    path: CefPath | None = None
    for row in rows:
        if row["PREFIX"]:
            yield from _finished(head, path)
            head, path = _cef_head(row), None
        if head is None:
            raise ValueError("a path without a prefix")
        if row["ACTION"] or (row["NEXT_HOP"] and not _half_told(path)):
            if path:
                yield from _finished(head, path)
            path = _cef_path(head, row)
        elif row["ADJACENCY"] and path:
            path = _with_adjacency(path, row["ADJACENCY"])
        elif detail := row["DETAIL"] or row["ADJACENCY"]:
            head = replace(head, details=(*head.details, detail))
    yield from _finished(head, path)


def _half_told(path: CefPath | None) -> bool:
    """Tell whether 12.4 has yet to say what the adjacency of this path is."""
    return path is not None and path.action == "via"


def _with_adjacency(path: CefPath, adjacency: str) -> CefPath:
    action = _ADJACENCY.get(adjacency, adjacency)
    return replace(path, action=action, details=(*path.details, adjacency))


def _cef_head(row: Row) -> CefPath:
    return CefPath(
        vrf=None,
        prefix=network(row["PREFIX"]),
        action="receive" if "receive" in row["HEAD"] else "",
        next_hop=None,
        interface=None,
        details=(row["HEAD"],) if row["HEAD"] else (),
    )


def _finished(head: CefPath | None, path: CefPath | None) -> Iterator[CefPath]:
    refuse_if(_half_told(path), "a path without its adjacency")
    if path:
        yield path
    elif head:
        refuse_if(not head.action, "a prefix without a path")
        yield head


def _cef_path(head: CefPath, row: Row) -> CefPath:
    return replace(
        head,
        action=row["ACTION"].removesuffix(": attached-nexthop") or "nexthop",
        next_hop=optional_address(row["NEXT_HOP"]),
        interface=word(row["INTERFACE"]),
        label=word(row["LABEL"].removeprefix("label ")),
        details=(*head.details, row["DETAIL"]) if row["DETAIL"] else head.details,
    )


def eigrp_neighbor(row: Row) -> EigrpNeighbor:
    """Read one neighbour."""
    return EigrpNeighbor(
        asn=int(row["ASN"]),
        name=word(row["NAME"]),
        vrf=word(row["VRF"]),
        handle=int(row["HANDLE"]),
        address=address(row["ADDRESS"]),
        interface=row["INTERFACE"],
        hold_s=int(row["HOLD"]),
        uptime_s=duration(row["UPTIME"]),
        srtt_ms=int(row["SRTT"]),
        rto_ms=int(row["RTO"]),
        queue=int(row["QUEUE"]),
        sequence=int(row["SEQUENCE"]),
    )


def bgp_neighbors(rows: Iterable[Row]) -> Iterator[BgpNeighbor]:
    """Read the neighbours; where a count of prefixes stands for the state, it is Established."""
    for row in rows:
        if not row["ADDRESS"]:
            continue
        refuse_if(not row["STATE"], "a neighbour without its state")
        established = row["STATE"].isdigit()
        yield BgpNeighbor(
            router_id=IPv4Address(row["ROUTER_ID"]),
            local_asn=row["LOCAL_ASN"],
            address=address(row["ADDRESS"]),
            dynamic=bool(row["DYNAMIC"]),
            version=int(row["VERSION"]),
            asn=row["ASN"],
            messages_received=int(row["RECEIVED"]),
            messages_sent=int(row["SENT"]),
            table_version=int(row["TABLE_VERSION"]),
            in_queue=int(row["IN_QUEUE"]),
            out_queue=int(row["OUT_QUEUE"]),
            updown_s=duration(row["UPDOWN"]),
            state="Established" if established else row["STATE"],
            prefixes_received=int(row["STATE"]) if established else None,
        )
