"""What all records share: the base class, addresses, and the plain form for JSON."""

from dataclasses import fields
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"


class Record:
    """Any value that a parser returns; frozen and slotted."""

    __slots__ = ()


def plain(value: object) -> Plain:
    """Turn a record, or a value of one, into what JSON can hold: addresses and times as text."""
    if isinstance(value, Record):
        # Every concrete record is a dataclass; the base is not, so that it stays without fields.
        names = [field.name for field in fields(value)]  # type: ignore[arg-type]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
