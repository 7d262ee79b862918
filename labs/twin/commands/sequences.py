"""Numbers of the lines in lists and maps: which line a typed one is, and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zlib import crc32

from labs.twin.grammar import Reason, Refused

if TYPE_CHECKING:
    from labs.twin.commands.rows import Statement
    from labs.twin.commands.rules import Scene
    from labs.twin.tree import Block

STEP = {"ip prefix-list": 5, "rule": 10}
LAST = 2147483647
UNNUMBERED = ("seq", "log")


def _content(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name not in UNNUMBERED}


def _lines(block: Block, name: str, list_name: str | None) -> Iterator[Block]:
    for child in block.find(name):
        if list_name is None or child.line.args.get("list") == list_name:
            yield child


def numbered(scene: Scene) -> Statement:
    """Give a line of a list its number; a line that stands there already keeps its own."""
    line = scene.statement.line
    args = dict(line.args)
    name, list_name = line.name, args.get("list")
    known = list(_lines(scene.block, name, list_name))
    if "action" not in args and "seq" not in args:
        return _forget(scene, known)
    same = next((b for b in known if _content(b.line.args) == _content(args)), None)
    if same is not None and "seq" not in args:
        args["seq"] = same.line.args["seq"]
    if "seq" not in args:
        args["seq"] = max((b.line.args["seq"] for b in known), default=0) + STEP[name]
        if args["seq"] > LAST:  # no number is left behind the last line
            raise Refused(Reason.INVALID, line.text, 0)
    text = line.text
    if list_name is not None and scene.setting:
        text = scene.statement.row.print_as(args) if scene.statement.row.print_as else text
    elif list_name is None and _shows_numbers(scene):
        text = f"{args['seq']} {text}"
    head = name if list_name is None else f"{name} {list_name} seq"
    numbered_line = replace(
        line,
        text=text,
        key=f"{head} {args['seq']}",
        args=args,
        order=(line.order[0], list_name or "", args["seq"]),
        section=crc32(str(list_name).encode()) if list_name is not None else 0,
        no_text="" if list_name is not None else f"no {args['seq']}",
    )
    return replace(scene.statement, line=numbered_line)


def _shows_numbers(scene: Scene) -> bool:
    """Tell whether a running-config prints the numbers of named access lists: 17.x does [K]."""
    return scene.image.version.startswith("17.")


def _forget(scene: Scene, known: list[Block]) -> Statement:
    """Remove a whole list."""
    if not scene.setting:
        for block in known:
            scene.block.remove(block.line.key)
    return scene.statement


def by_number(scene: Scene) -> Statement:
    """Take back a line of an access list by its number; typed without `no` it is incomplete."""
    line = scene.statement.line
    if scene.setting:
        raise Refused(Reason.INCOMPLETE, line.text, len(line.text))
    return replace(scene.statement, line=replace(line, key=f"rule {line.args['seq']}"))


def map_entry(scene: Scene) -> Statement:
    """Know an entry of a route map by its number; without one all entries are meant by `no`."""
    line = scene.statement.line
    args = dict(line.args)
    known = [b for b in scene.block.find("route-map") if b.line.args["map"] == args["map"]]
    if not scene.setting and "seq" not in args:
        return _forget(scene, known)
    args.setdefault("seq", 10)
    args.setdefault("action", "permit")
    # Maps stand in order of entry (case p2-dualhub-dual-cloud-evgzol), their entries by number.
    places = {b.line.args["map"]: b.line.order[1] for b in scene.block.find("route-map")}
    place = places.get(args["map"], max(places.values(), default=0) + 1)
    entry = replace(
        line,
        key=f"route-map {args['map']} {args['seq']}",
        args=args,
        order=(line.order[0], place, args["seq"]),
    )
    return replace(scene.statement, line=entry)


def whole_line(scene: Scene) -> Statement:
    """Know a line of a numbered list by all its words; `no` with the number takes them all."""
    line = scene.statement.line
    if "action" in line.args:
        order = (line.order[0], line.args.get("number", line.args.get("list")))
        return replace(scene.statement, line=replace(line, key=line.text, order=order))
    number = line.args.get("number", line.args.get("list"))
    known = [
        b
        for b in scene.block.find(line.name, f"{line.name} remark")
        if number in (b.line.args.get("number"), b.line.args.get("list"))
    ]
    return _forget(scene, known)


SEQUENCED: dict[tuple[str, str], Callable[[Scene], Statement]] = {
    ("global", "ip prefix-list"): numbered,
    ("global", "route-map"): map_entry,
    ("global", "access-list"): whole_line,
    ("global", "ip as-path access-list"): whole_line,
    ("global", "ip community-list"): whole_line,
    ("acl-standard", "rule"): numbered,
    ("acl-extended", "rule"): numbered,
    ("acl-standard", "rule number"): by_number,
    ("acl-extended", "rule number"): by_number,
}
