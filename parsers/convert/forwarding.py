"""Rows of `show ip cef` and `show adjacency` -> records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import Adjacency, CefPath
from parsers.values import address, lines, network, number, optional_address, word

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
        elif row["NEXT_HOP"] and path:
            path = replace(path, interface=path.interface or word(row["INTERFACE"]))
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
        vrf=None if row["VRF"] == "Default" else word(row["VRF"]),
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
        details=(*head.details, *filter(None, (row["VIA"], row["DETAIL"]))),
    )


@dataclass
class _Internal:
    """One prefix of `show ip cef internal` and its paths."""

    head: CefPath
    paths: list[CefPath] = field(default_factory=list)


def cef_internal(rows: Iterable[Row]) -> Iterator[CefPath]:
    """Give each path what is said of its prefix, and the output chain that stands below."""
    prefix: _Internal | None = None
    for row in rows:
        if row["PREFIX"]:
            if prefix:
                yield from _internal_paths(prefix)
            prefix = _Internal(_internal_head(row))
        if prefix is None:
            raise ValueError("a path without a prefix")
        if row["ACTION"]:
            prefix.paths.append(_internal_path(prefix.head, row))
        elif row["CHAIN"] and not row["PREFIX"]:
            prefix.head = replace(prefix.head, output_chain=lines(row["CHAIN"]))
    if prefix:
        yield from _internal_paths(prefix)


def _internal_head(row: Row) -> CefPath:
    return CefPath(
        vrf=None if row["VRF"] == "Default" else word(row["VRF"]),
        prefix=network(row["PREFIX"]),
        action="",
        next_hop=None,
        interface=None,
        details=(row["HEAD"], *lines(row["DETAILS"]), *lines(row["CHAIN"])),
    )


def _internal_paths(prefix: _Internal) -> Iterator[CefPath]:
    refuse_if(not prefix.paths, "a prefix without a path")
    for path in prefix.paths:
        yield replace(path, output_chain=prefix.head.output_chain)


def _internal_path(head: CefPath, row: Row) -> CefPath:
    told = (row["PATH_FLAGS"], row["EXTENSIONS"], row["VIA"], *lines(row["PATH_LIST"]))
    return replace(
        head,
        action=row["ACTION"].removesuffix(": attached-nexthop"),
        next_hop=optional_address(row["NEXT_HOP"]),
        interface=word(row["INTERFACE"]),
        label=word(row["LABEL"]),
        details=(*head.details, *filter(None, told)),
        path_type=word(row["PATH_TYPE"]),
        adjacency=word(row["ADJACENCY"]),
    )


def adjacency(row: Row) -> Adjacency:
    """Read one adjacency."""
    return Adjacency(
        protocol=row["PROTOCOL"],
        interface=row["INTERFACE"],
        address=None if row["ADDRESS"] == "point2point" else address(row["ADDRESS"]),
        references=int(row["REFERENCES"]),
        incomplete=bool(row["INCOMPLETE"]),
        packets=number(row["PACKETS"]),
        bytes=number(row["BYTES"]),
        epoch=number(row["EPOCH"]),
        sourced_epoch=number(row["SOURCED"]),
        connection_id=number(row["CONNECTION"]),
        encap_length=number(row["ENCAP_LENGTH"]),
        encap=word(row["ENCAP"].replace("\n", "")),
        link_type=word(row["LINK_TYPE"]),
        source=word(row["SOURCE"]),
        next_chain=lines(row["CHAIN"]),
        details=lines(row["DETAILS"]),
    )
