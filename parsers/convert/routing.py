"""Rows of `show ip route` -> records."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from itertools import chain

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import Route, RoutePath
from parsers.records.base import builder
from parsers.values import (
    duration,
    exact_network,
    lines,
    network,
    number,
    optional_address,
    word,
)

_ROUTE = builder(Route)


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
    return _ROUTE(
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
        possibly_down=bool(head["DOWN"]),
    )


def _with_mask(prefix: str, group: str) -> IPv4Network | IPv6Network:
    """Read a prefix; where the mask stands only in the heading of its major network, take that."""
    if "/" in prefix:
        return exact_network(prefix)
    major, _, length = group.partition("/")
    if not group or _classful(prefix) != _classful(major):
        raise ValueError(f"{prefix} has no mask, and no heading gives it one")
    return exact_network(f"{prefix}/{length}")


def _classful(text: str) -> IPv4Network:
    first = int(text.partition(".")[0])
    length = 8 if first < 128 else 16 if first < 192 else 24
    return IPv4Network((IPv4Address(text), length), strict=False)


def route_paths(rows: Iterable[Row]) -> Iterator[RoutePath | Route]:
    """Read the paths of an entry, or the routes to the subnets of a classful network."""
    given = iter(rows)
    for first in given:  # once: the first row says which, the others are read inside
        every = chain((first,), given)
        if first["SUBNET"]:
            yield from routes(_subnet(row) for row in every if row["SUBNET"] or row["AD"])
        else:
            yield from map(route_path, every)


def _subnet(row: Row) -> Row:
    """Name the columns as `show ip route` does; one mask for all subnets stands in the heading."""
    columns = {"PREFIX": row["SUBNET"], "DISTANCE": row["AD"], "METRIC": row["COST"], "DOWN": ""}
    return row | columns | {"GROUP": row["PREFIX"]}


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
        details=tuple(filter(None, (row["REMARK"], *lines(row["DETAILS"])))),
        nho=bool(row["NHO"]),
        repair=bool(row["REPAIR"]),
    )
