"""Parameters of commands: their types, and the reading of typed words as values."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from labs.twin.addresses import Address, IPNetwork, IPv6Address, IPv6Interface

INTERFACE_KINDS = (
    "Loopback",
    "Port-channel",
    "Tunnel",
    "Null",
    "FastEthernet",
    "Ethernet",
    "GigabitEthernet",
    "TenGigabitEthernet",
    "Serial",
    "Vlan",
    "Dialer",
    "BDI",
    "BVI",
    "TwentyFiveGigE",
    "HundredGigE",
    "Virtual-Template",
    "Multilink",
    "Cellular",
)
"""Kinds of interfaces in the order a running-config prints them (captures)."""
RARE_KINDS = ("Embedded-Service-Engine", "FortyGigabitEthernet", "Group-Async", "NVI")
"""Kinds that a short word never means: they would take `e`, `f` and `g` from the usual ones."""
RARE_LETTERS = 3

MAX_WORD = 254
"""A word or line longer than this is no IOS command (buffer of the parser) [K]."""

_TOKEN = re.compile(r"\S+")
_INTERFACE = re.compile(r"([A-Za-z-]+)(\d+(?:/\d+)*(?:\.\d+)?)?$")
_NUMBER = re.compile(r"\d+(?:/\d+)*(?:\.\d+)?$")
_HEX = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{1,4}")
_MANY = re.compile(r"(one|some|several)\((.+)\)$")
_RANGE = re.compile(r"(-?\d+)-(-?\d+)$")

Reading = tuple[Any, tuple[str, ...], int]
"""(value, words as printed, index of the next token)."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a typed line and where it starts."""

    text: str
    column: int


def tokenize(line: str) -> tuple[Token, ...]:
    """Split a line at blanks."""
    return tuple(Token(m.group(), m.start()) for m in _TOKEN.finditer(line))


def interface_name(text: str) -> str | None:
    """Give the full name of an interface, None if it is not one (`gi2` -> GigabitEthernet2)."""
    match = _INTERFACE.match(text)
    if match is None or match[2] is None:
        return None
    kind = interface_kind(match[1])
    return None if kind is None else kind + match[2]


def interface_kind(text: str) -> str | None:
    """Give the kind of interface a word begins, None if it is none or several."""
    kinds = () if text[-1:].isdigit() else interface_kinds(text)
    return kinds[0] if len(kinds) == 1 else None


def interface_kinds(text: str) -> tuple[str, ...]:
    """List the kinds of interfaces that a word begins, a number behind it or not."""
    typed = text.lower().rstrip("0123456789/.")
    if not typed:
        return ()
    kinds = tuple(kind for kind in INTERFACE_KINDS if kind.lower().startswith(typed))
    if not kinds and len(typed) >= RARE_LETTERS:
        kinds = tuple(kind for kind in RARE_KINDS if kind.lower().startswith(typed))
    exact = tuple(kind for kind in kinds if kind.lower() == typed)
    return exact or kinds


def interface_order(name: str) -> tuple[int, tuple[int, ...]]:
    """Give the key that sorts interface names as a running-config does."""
    match = _INTERFACE.match(name)
    if match is None or match[2] is None:
        return len(INTERFACE_KINDS), ()
    kind = INTERFACE_KINDS.index(match[1]) if match[1] in INTERFACE_KINDS else len(INTERFACE_KINDS)
    return kind, tuple(int(part) for part in re.split(r"[/.]", match[2]))


def parse_ip(text: str) -> IPv4Address | None:
    """Read a dotted address; leading zeros are tolerated as IOS does."""
    parts = text.split(".")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() and len(p) <= 3 for p in parts):
        return None
    numbers = [int(p) for p in parts]
    if max(numbers) > 255:
        return None
    a, b, c, d = numbers
    return IPv4Address(a << 24 | b << 16 | c << 8 | d)


def _read_mask(text: str) -> IPv4Address | None:
    mask = parse_ip(text)
    if mask is None:
        return None
    inverse = int(mask) ^ 0xFFFFFFFF
    return mask if inverse & (inverse + 1) == 0 else None


def _read_prefix(text: str) -> IPv4Network | None:
    address, _, length = text.partition("/")
    ip = parse_ip(address)
    if ip is None or not length.isdigit() or int(length) > 32:
        return None
    return IPv4Network((ip, int(length)), strict=False)


def _read_hex(text: str) -> int | None:
    return int(text, 16) if _HEX.fullmatch(text) else None


def parse_ipv6(text: str) -> IPv6Address | None:
    """Read an IPv6 address."""
    try:
        return IPv6Address(text) if ":" in text and "%" not in text else None
    except ValueError:
        return None


def parse_any(text: str) -> Address | None:
    """Read an address of either family."""
    return parse_ip(text) or parse_ipv6(text)


def _read_ipv6_host(text: str) -> IPv6Interface | None:
    """Read an IPv6 address with the length of its prefix."""
    address, _, length = text.partition("/")
    ip = parse_ipv6(address)
    if ip is None or not length.isdigit() or int(length) > ip.max_prefixlen:
        return None
    return IPv6Interface((int(ip), int(length)))


def _read_ipv6_prefix(text: str) -> IPNetwork | None:
    address = _read_ipv6_host(text)
    return None if address is None else address.network


_SINGLE: dict[str, Callable[[str], object | None]] = {
    "ip": parse_ip,
    "wildcard": parse_ip,
    "mask": _read_mask,
    "prefix": _read_prefix,
    "hex": _read_hex,
    "ipv6": parse_ipv6,
    "ipv6-host": _read_ipv6_host,
    "ipv6-prefix": _read_ipv6_prefix,
    "address": parse_any,
}
_HINTS = {
    "prefix": ("A.B.C.D/nn",),
    "ipv6": ("X:X:X:X::X",),
    "ipv6-host": ("X:X:X:X::X/<0-128>",),
    "ipv6-prefix": ("X:X:X:X::X/<0-128>",),
    "address": ("A.B.C.D", "X:X:X:X::X"),
    "hex": ("<0-FFFF>",),
    "word": ("WORD",),
    "words": ("WORD",),
    "line": ("LINE",),
}
"""How help writes a value; other kinds are an address."""


class Parameter:
    """One parameter type: reads one or more tokens."""

    __slots__ = ("choices", "high", "kind", "low")

    def __init__(self, spec: str) -> None:
        self.kind, self.low, self.high = spec, 0, 0
        self.choices: tuple[str, ...] = ()
        if span := _RANGE.match(spec):
            self.kind, self.low, self.high = "int", int(span[1]), int(span[2])
        elif many := _MANY.match(spec):
            self.kind, self.choices = many[1], tuple(many[2].split(","))
        elif spec.startswith("word") and spec != "words":
            self.kind, self.high = "word", int(spec[4:] or MAX_WORD)
        elif spec.startswith("list("):
            span = _RANGE.match(spec[5:-1])
            if span is None:
                raise ValueError(f"list of what? {spec}")
            self.kind, self.low, self.high = "list", int(span[1]), int(span[2])
        elif spec not in _SINGLE and spec not in {"words", "line", "interface"}:
            raise ValueError(f"unknown parameter type: {spec}")

    def read(self, line: str, tokens: tuple[Token, ...], at: int) -> Reading | None:
        """Read a value starting at a token, None if it does not fit."""
        text = tokens[at].text
        match self.kind:
            case "word":
                return (text, (text,), at + 1) if len(text) <= self.high else None
            case "int":
                return self._read_int(text, at)
            case "line":
                rest = line[tokens[at].column :].rstrip()
                return rest, (rest,), len(tokens)
            case "words":
                words = tuple(token.text for token in tokens[at:])
                return words, words, len(tokens)
            case "interface":
                return _read_interface(tokens, at)
            case "one":
                choice = self._one(text)
                return None if choice is None else (choice, (choice,), at + 1)
            case "some" | "several" | "list":
                return self._read_many(tokens, at)
            case kind:
                value = _SINGLE[kind](text)
                return None if value is None else (value, (str(value),), at + 1)

    def _int(self, text: str) -> int | None:
        digits = text[1:] if self.low < 0 and text[:1] in ("-", "+") else text
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
            return None
        return int(text) if self.low <= int(text) <= self.high else None

    def _read_int(self, text: str, at: int) -> Reading | None:
        value = self._int(text)
        return None if value is None else (value, (str(value),), at + 1)

    def _read_many(self, tokens: tuple[Token, ...], at: int) -> Reading | None:
        found: list[Any] = []
        while at < len(tokens):
            value = self._one(tokens[at].text)
            if value is None or value in found:
                break
            found.append(value)
            at += 1
        if not found:
            return None
        if self.kind == "list":
            return tuple(found), tuple(str(v) for v in found), at
        if self.kind == "several":
            return tuple(found), tuple(found), at
        return frozenset(found), tuple(c for c in self.choices if c in found), at

    def hints(self) -> tuple[str, ...]:
        """List what help shows for it: its keywords, else how IOS writes such a value."""
        if self.choices:
            return self.choices
        match self.kind:
            case "int" | "list":
                return (f"<{self.low}-{self.high}>",)
            case "interface":
                return INTERFACE_KINDS
        return _HINTS.get(self.kind, ("A.B.C.D",))

    @property
    def spelled(self) -> bool:
        """Tell whether its hints are words to type."""
        return bool(self.choices) or self.kind == "interface"

    @property
    def repeats(self) -> bool:
        """Tell whether more words of it may follow."""
        return self.kind in ("some", "several", "list")

    def _one(self, text: str) -> Any:
        if self.kind == "list":
            return self._int(text)
        low = text.lower()
        fits = [choice for choice in self.choices if choice.lower().startswith(low)]
        exact = [choice for choice in fits if choice.lower() == low]
        return exact[0] if exact else fits[0] if len(fits) == 1 else None


def _read_interface(tokens: tuple[Token, ...], at: int) -> Reading | None:
    name = interface_name(tokens[at].text)
    if name is not None:
        return name, (name,), at + 1
    kind = interface_kind(tokens[at].text)
    if kind is None or at + 1 >= len(tokens) or not _NUMBER.match(tokens[at + 1].text):
        return None
    name = kind + tokens[at + 1].text
    return name, (name,), at + 2
