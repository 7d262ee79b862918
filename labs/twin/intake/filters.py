"""Lists, maps and keys: from lines to `labs.twin.filters` values."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from typing import Any

from labs.twin import passwords
from labs.twin.filters import (
    AccessRule,
    CommunityRule,
    Filters,
    Key,
    MapEntry,
    PathRule,
    PrefixRule,
    Wild,
    Words,
)
from labs.twin.grammar import parse_ip
from labs.twin.tree import Block

UNTYPED_PORTS = {"eq": 1, "neq": 1, "gt": 1, "lt": 1, "range": 2}


def filters(root: Block) -> Filters:
    """Read all lists and maps."""
    access: dict[str, tuple[AccessRule, ...]] = {}
    for block in root.find("access-list"):
        name = str(block.line.args["number"])
        access[name] = (*access.get(name, ()), *_rules([block]))
    for block in root.find("ip access-list"):
        access[str(block.line.args["list"])] = _rules(block.find("rule"))
    return Filters(
        access=access,
        prefixes=_by_list(root, "ip prefix-list", _prefix_rule),
        paths=_by_list(root, "ip as-path access-list", _path_rule),
        communities=_by_list(root, "ip community-list", _community_rule),
        maps=_maps(root),
        keys={str(b.line.args["name"]): _keys(b) for b in root.find("key chain")},
    )


def _by_list(root: Block, name: str, read: Any) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for block in root.find(name):
        key = str(block.line.args["list"])
        found[key] = (*found.get(key, ()), read(block.line.args))
    return found


def _prefix_rule(args: Mapping[str, Any]) -> PrefixRule:
    network = args["prefix"]
    low = args.get("ge", network.prefixlen)
    high = args.get("le", 32 if "ge" in args else network.prefixlen)
    return PrefixRule(
        sequence=args["seq"],
        permit=args["action"] == "permit",
        network=network,
        low=low,
        high=high,
    )


def _path_rule(args: Mapping[str, Any]) -> PathRule:
    return PathRule(permit=args["action"] == "permit", pattern=args["pattern"])


def _community_rule(args: Mapping[str, Any]) -> CommunityRule:
    return CommunityRule(permit=args["action"] == "permit", communities=args["communities"])


def _rules(blocks: Iterable[Block]) -> tuple[AccessRule, ...]:
    return tuple(_rule(block.line.args) for block in blocks)


def _rule(args: Mapping[str, Any]) -> AccessRule:
    permit = args["action"] == "permit"
    if "protocol" not in args:
        return AccessRule(permit=permit, source=_source(args))
    words = str(args["rest"]).split()
    source, words = _end(words)
    destination, _ = _end(words)
    return AccessRule(permit=permit, source=source, destination=destination)


def _source(args: Mapping[str, Any]) -> Wild:
    if "host" in args:
        return Wild(address=int(args["host"]), wildcard=0)
    if "address" not in args:
        return Wild()
    return Wild(address=int(args["address"]), wildcard=int(args.get("wildcard", 0)))


def _end(words: list[str]) -> tuple[Wild, list[str]]:
    """Read one end of an extended rule (`any`, `host A`, `A W`) and step over its ports."""
    if words[:1] == ["host"] and len(words) > 1:
        found, words = Wild(address=_number(words[1]), wildcard=0), words[2:]
    elif len(words) > 1 and parse_ip(words[0]) is not None and parse_ip(words[1]) is not None:
        found, words = Wild(address=_number(words[0]), wildcard=_number(words[1])), words[2:]
    else:
        found, words = Wild(), words[1:]
    return found, words[1 + UNTYPED_PORTS[words[0]] :] if words[:1] and words[
        0
    ] in UNTYPED_PORTS else words


def _number(text: str) -> int:
    return int(parse_ip(text) or IPv4Address(0))


def _maps(root: Block) -> dict[str, tuple[MapEntry, ...]]:
    found: dict[str, tuple[MapEntry, ...]] = {}
    for block in root.find("route-map"):
        args = block.line.args
        entry = MapEntry(
            sequence=args["seq"],
            permit=args["action"] == "permit",
            matches=_clauses(block, "match "),
            sets=_clauses(block, "set "),
        )
        found[args["map"]] = (*found.get(args["map"], ()), entry)
    return found


def _clauses(block: Block, word: str) -> tuple[tuple[str, Words], ...]:
    return tuple(
        (child.line.name.removeprefix(word), _values(child.line.args))
        for child in block.ordered()
        if child.line.name.startswith(word) and "rest" not in child.line.args
    )


def _values(args: Mapping[str, Any]) -> Words:
    if "values" in args:
        return tuple(args["values"])
    return tuple(str(value) for value in args.values())


def _keys(chain: Block) -> tuple[Key, ...]:
    found = []
    for block in chain.find("key"):
        string = block.args("key-string")
        text = _clear(str(string["string"])) if string is not None else None
        found.append(Key(number=block.line.args["number"], string=text))
    return tuple(sorted(found, key=lambda key: key.number))


def _clear(text: str) -> str:
    """Give a key in clear: type 7 is reversible."""
    kind, _, rest = text.partition(" ")
    if not rest or kind not in {"0", "7"}:
        return text
    return (passwords.decode_7(rest) or rest) if kind == "7" else rest
