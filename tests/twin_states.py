"""The whole state of a network written down, for tests that compare networks."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labs.twin.network import Network

ATOMS = (str, bytes, int, float, frozenset, type(None), type, IPv4Address, IPv4Network)


def parts(item: Any, seen: dict[int, Any], path: str = "network") -> Iterator[tuple[str, Any]]:
    """Walk a state: everything in it with the way to it, what is reached twice once."""
    if isinstance(item, ATOMS):
        yield path, item
        return
    if id(item) in seen:
        return
    seen[id(item)] = item
    inside: dict[Any, Any] = {}
    if isinstance(item, dict):
        inside = item
    elif isinstance(item, (list, tuple)):
        inside = dict(enumerate(item))
    elif isinstance(item, set):
        inside = dict(enumerate(sorted(map(repr, item))))
    elif type(item).__module__.startswith("labs."):
        names = [n for kind in type(item).__mro__ for n in getattr(kind, "__slots__", ())]
        inside = {name: getattr(item, name) for name in names} | getattr(item, "__dict__", {})
    yield path, item
    for name, value in inside.items():
        yield from parts(value, seen, f"{path}.{name}")


def frozen(item: Any) -> bool:
    made = getattr(type(item), "__dataclass_params__", None)
    return isinstance(item, (*ATOMS, tuple)) or (made is not None and made.frozen)


def described(network: Network) -> list[str]:
    """Write down the whole state, part by part."""
    return [
        f"{path} {item!r}" if isinstance(item, ATOMS) else path for path, item in parts(network, {})
    ]
