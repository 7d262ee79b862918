"""Rows of the BGP table -> records."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import BgpPath, BgpPrefixPath
from parsers.values import address, lines, network, number, word

# Columns from the first digit of the next hop: `Next Hop            Metric LocPrf Weight Path`.
_METRIC, _LOCAL_PREFERENCE, _WEIGHT, _PATH = 20, 26, 33, 40
_AS_PATH = re.compile(r"(?:(?P<path>[0-9.]+(?: .*)?) )?(?P<origin>[ie?])")


def bgp_paths(rows: Iterable[Row]) -> Iterator[BgpPath]:
    """Give each path its network: it stands on the first one only, or on a line of its own."""
    target: Row = {}
    status, waiting = "", False
    for row in rows:
        if row["NETWORK"]:
            refuse_if(waiting, "a network without a path")
            target = row
        refuse_if(not target, "a path without a network")
        status = row["STATUS"] or status
        waiting = not row["ENTRY"]
        if not waiting:
            yield _bgp_path(row, target, status)
    refuse_if(waiting, "a network without a path")


def _bgp_path(row: Row, target: Row, status: str) -> BgpPath:
    entry = row["ENTRY"]
    told = _AS_PATH.fullmatch(entry[_PATH:].strip())
    refuse_if(told is None, "no AS path and origin in their columns")
    return BgpPath(
        table_version=number(row["TABLE_VERSION"]),
        router_id=IPv4Address(row["ROUTER_ID"]) if row["ROUTER_ID"] else None,
        route_distinguisher=word(row["DISTINGUISHER"]),
        vrf=word(row["VRF"]),
        network=_with_class(target["NETWORK"]),
        status=tuple(status.replace(" ", "")),
        next_hop=address(entry[:_METRIC].strip()),
        metric=number(entry[_METRIC:_LOCAL_PREFERENCE].strip()),
        local_preference=number(entry[_LOCAL_PREFERENCE:_WEIGHT].strip()),
        weight=int(entry[_WEIGHT:_PATH]),
        as_path=(told["path"] or "").strip() if told else "",
        origin=told["origin"] if told else "",
    )


def _with_class(text: str) -> IPv4Network:
    """Read a network; IOS leaves out the mask of a class A, B or C network."""
    if "/" in text:
        return IPv4Network(text)
    first = int(text.partition(".")[0])
    length = 8 if first < 128 else 16 if first < 192 else 24
    if not int(IPv4Address(text)):
        length = 0  # the default route
    return IPv4Network(f"{text}/{length}")


def bgp_prefix_path(row: Row) -> BgpPrefixPath:
    """Read one path of a prefix."""
    refuse_if(not row["ORIGIN"], "a path without its origin")
    return BgpPrefixPath(
        prefix=network(row["PREFIX"]),
        table_version=int(row["TABLE_VERSION"]),
        paths=int(row["PATHS"]),
        table=word(row["TABLE"]),
        route_distinguisher=word(row["DISTINGUISHER"]),
        advertised_to=tuple(int(group) for group in row["GROUPS"].split()),
        as_path="" if row["AS_PATH"] == "Local" else row["AS_PATH"],
        remarks=word(row["REMARKS"]),
        next_hop=address(row["NEXT_HOP"]),
        igp_metric=number(row["IGP_METRIC"]),
        source=address(row["SOURCE"]),
        source_router_id=IPv4Address(row["SOURCE_ID"]),
        origin=row["ORIGIN"],
        metric=number(row["METRIC"]),
        local_preference=number(row["LOCALPREF"]),
        weight=number(row["WEIGHT"]),
        words=tuple(one.strip() for one in row["WORDS"].split(",")),
        details=lines(row["DETAILS"]),
    )
