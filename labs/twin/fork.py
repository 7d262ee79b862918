"""Copies of living state: what can change is copied, what cannot is shared.

A network is a graph of a few sorts of things, and each sort has one way to be copied:

* values (numbers, texts, addresses, enumerations, frozen dataclasses) never change: shared;
* dict, list, set: copied with what is in them, keys excepted, which are values;
* tuples: shared unless something in them has to be copied;
* other objects own state: copied attribute by attribute; `__getstate__` says what a copy holds.

A thing that is reached twice is copied once, as with `copy.deepcopy`; that one asks every object
how to copy it, which takes ten times as long. What is none of these sorts is an error, so that
nothing is shared by accident.
"""

import gc
from collections.abc import Callable, Iterable
from dataclasses import is_dataclass
from enum import Enum
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from types import FunctionType, NoneType
from typing import Any, TypeVar, cast

T = TypeVar("T")
Made = dict[int, tuple[Any, Any]]
"""By identity: the original (so that it lives as long) and its copy."""
Way = Callable[[Any, Made], Any]

PLAIN = (
    NoneType,
    *(bool, int, float, complex, str, bytes, frozenset, range),
    *(IPv4Address, IPv4Network, IPv4Interface, IPv6Address, IPv6Network, IPv6Interface),
    *(type, FunctionType),
)


def fork(state: T) -> T:
    """Copy state with all that hangs on it.

    Raises:
        TypeError: Something in it is of no sort that can be copied.
    """
    # A million new things that all live: the collector would search them in vain ever again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return cast("T", _copy(state, {}))
    finally:
        if collecting:
            gc.enable()


def attributes(item: object) -> Iterable[tuple[str, Any]]:
    """Give the attributes of something that owns state."""
    slots = _slots(type(item))
    return [(name, getattr(item, name)) for name in slots] if slots else vars(item).items()


def _copy(item: Any, made: Made) -> Any:
    way = WAYS[type(item)]
    if way is None:
        return item
    known = made.get(id(item))
    return way(item, made) if known is None else known[1]


class _Ways(dict[type, "Way | None"]):
    """How things of a type are copied, None: they are shared."""

    def __missing__(self, kind: type) -> Way | None:
        way = self[kind] = _way(kind)
        return way


WAYS = _Ways()
_SLOTS: dict[type, tuple[str, ...]] = {}


def _way(kind: type) -> Way | None:
    if issubclass(kind, (*PLAIN, Enum)) or _frozen(kind):
        return None
    for sort, way in ((dict, _copy_dict), (list, _copy_list), (set, _copy_set)):
        if kind is sort:
            return cast("Way", way)
    if issubclass(kind, tuple):
        return _copy_tuple
    if kind.__module__ == "builtins" or kind.__reduce__ is not object.__reduce__:
        raise TypeError(f"a {kind.__qualname__} in a state cannot be copied")
    slots = _slots(kind)
    if slots and kind.__dictoffset__:
        raise TypeError(f"a {kind.__qualname__} has slots and more, and cannot be copied")
    return _slotted(slots) if slots else _copy_object


def _slots(kind: type) -> tuple[str, ...]:
    known = _SLOTS.get(kind)
    if known is None:
        names = (name for base in kind.__mro__ for name in base.__dict__.get("__slots__", ()))
        known = _SLOTS[kind] = tuple(names)
    return known


def _frozen(kind: type) -> bool:
    return is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]


def _copy_dict(item: dict[Any, Any], made: Made) -> dict[Any, Any]:
    twin = item.copy()
    made[id(item)] = (item, twin)
    _own(twin, made)
    return twin


def _own(twin: dict[Any, Any], made: Made) -> None:
    """Put copies in the place of what a fresh dict shares with its original."""
    for key, value in twin.items():
        if WAYS[type(value)] is not None:
            twin[key] = _copy(value, made)


def _copy_list(item: list[Any], made: Made) -> list[Any]:
    twin: list[Any] = []
    made[id(item)] = (item, twin)
    twin.extend([_copy(value, made) for value in item])
    return twin


def _copy_set(item: set[Any], made: Made) -> set[Any]:
    twin = item.copy()  # what is in it is hashed, so it is a value
    made[id(item)] = (item, twin)
    return twin


def _copy_tuple(item: tuple[Any, ...], made: Made) -> tuple[Any, ...]:
    for value in item:
        if WAYS[type(value)] is not None:
            return tuple.__new__(type(item), [_copy(value, made) for value in item])
    return item


def _copy_object(item: Any, made: Made) -> Any:
    twin = object.__new__(type(item))
    made[id(item)] = (item, twin)
    twin.__dict__.update(item.__getstate__())
    _own(twin.__dict__, made)
    return twin


def _slotted(slots: tuple[str, ...]) -> Way:
    def copy_slots(item: Any, made: Made) -> Any:
        twin = object.__new__(type(item))
        made[id(item)] = (item, twin)
        for name in slots:
            value = getattr(item, name)
            way = WAYS[type(value)]
            setattr(twin, name, value if way is None else _copy(value, made))
        return twin

    return copy_slots
