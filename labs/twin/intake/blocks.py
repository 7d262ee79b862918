"""Questions to a block of lines: values, switches, prefixes."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

from labs.twin.tree import Block


def value(block: Block, key: str, name: str, default: Any) -> Any:
    """Give a parameter of the line with a key, the default when there is none."""
    args = block.args(key)
    return default if args is None else args.get(name, default)


def has(block: Block, key: str) -> bool:
    """Tell whether a line stands there."""
    child = block.children.get(key)
    return child is not None and not child.line.negated


def denied(block: Block, key: str) -> bool:
    """Tell whether the `no` form of a line stands there."""
    child = block.children.get(key)
    return child is not None and child.line.negated


def switch(block: Block, key: str, *, unsaid: bool) -> bool:
    """Tell whether a setting is on, given what it is when nothing is typed."""
    child = block.children.get(key)
    return unsaid if child is None else not child.line.negated


def prefix(args: Mapping[str, Any]) -> IPv4Network:
    """Give the prefix of an address and a mask."""
    return IPv4Network((args["address"], str(args["mask"])), strict=False)
