"""The grammar of commands: a notation for rows, and the matching of a typed line against them.

Notation of a pattern (one command a string)::

    word            a keyword; a typed prefix of it matches (`sh` for `show`)
    <name:type>     a parameter; its value is `args["name"]`
    [ ... ]         may be left out
    (a | b c | d)   one of these; inside may stand keywords, parameters and groups
    /               alone between two elements: what stands before it identifies a line of
                    configuration: a line with the same identity replaces it, and `no` needs
                    no more than that. Without it the whole line is its identity.

Types::

    ip              IPv4Address          mask      IPv4Address, contiguous from the left
    wildcard        IPv4Address          prefix    IPv4Network, A.B.C.D/len
    0-255           int in that range    word      str without blanks
    line            str, rest of line    words     tuple of one or more words
    interface       str, full name: `gi2`, `Gi 2` and `gigabit2` give GigabitEthernet2
    word8           as word, of at most 8 characters
    one(a,b,c)      str, one of these keywords (a flag is `[<shared:one(shared)>]`)
    some(a,b,c)     frozenset, one or more of these keywords in any order
    several(a,b,c)  tuple, one or more of these keywords in the order typed
    list(1-24)      tuple of int in that range, one or more

Keywords win over parameters. `Grammar.match` raises `Refused`, whose `answer` is the text IOS
prints. What a row means is not known here: rows carry a payload of the caller's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")

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
)
"""Kinds of interfaces in the order a running-config prints them (captures)."""

MAX_WORD = 254
"""A word or line longer than this is no IOS command (buffer of the parser) [K]."""

_TOKEN = re.compile(r"\S+")
_ELEMENT = re.compile(r"<(\w[\w-]*):([^>]+)>|([\[\]()|])|([^\s\[\]()|<>]+)")
_INTERFACE = re.compile(r"([A-Za-z-]+)(\d+(?:/\d+)*(?:\.\d+)?)?$")
_NUMBER = re.compile(r"\d+(?:/\d+)*(?:\.\d+)?$")
_MANY = re.compile(r"(one|some|several)\((.+)\)$")
_RANGE = re.compile(r"(\d+)-(\d+)$")


class Reason(StrEnum):
    """Why a line was refused."""

    INVALID = "invalid"
    INCOMPLETE = "incomplete"
    AMBIGUOUS = "ambiguous"


class Refused(Exception):
    """A line that no row accepts; `column` is where in the line (0 is its first character)."""

    def __init__(self, reason: Reason, line: str, column: int) -> None:
        super().__init__(f"{reason}: {line!r} at column {column}")
        self.reason = reason
        self.line = line
        self.column = column

    def answer(self, prompt_width: int = 0) -> str:
        """Give what IOS prints; the caret stands under the column as the terminal shows it."""
        if self.reason is Reason.INCOMPLETE:
            return "% Incomplete command.\n\n"
        if self.reason is Reason.AMBIGUOUS:
            return f'% Ambiguous command:  "{self.line}"\n'
        return f"{' ' * (prompt_width + self.column)}^\n% Invalid input detected at '^' marker.\n\n"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a typed line and where it starts."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Match(Generic[Row]):
    """A line understood: its row, the values of its parameters, its words written in full."""

    row: Row
    args: Mapping[str, Any]
    words: tuple[str, ...]
    identity: tuple[str, ...]
    """The words before the `/` of the pattern; all words without one."""

    @property
    def text(self) -> str:
        """Give the line written in full."""
        return " ".join(self.words)


Marks = tuple[tuple[Row, int], ...]
"""(row, number of words that identify its line), as passed on the way."""
Reading = tuple[Any, tuple[str, ...], int]
"""(value, words as printed, index of the next token)."""


def tokenize(line: str) -> tuple[Token, ...]:
    """Split a line at blanks."""
    return tuple(Token(m.group(), m.start()) for m in _TOKEN.finditer(line))


def interface_name(text: str) -> str | None:
    """Give the full name of an interface, None if it is not one (`gi2` -> GigabitEthernet2)."""
    match = _INTERFACE.match(text)
    if match is None or match[2] is None:
        return None
    kind = _interface_kind(match[1])
    return None if kind is None else kind + match[2]


def _interface_kind(text: str) -> str | None:
    typed = text.lower()
    kinds = [kind for kind in INTERFACE_KINDS if kind.lower().startswith(typed)]
    exact = [kind for kind in kinds if kind.lower() == typed]
    return exact[0] if exact else kinds[0] if len(kinds) == 1 else None


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


_SINGLE = {"ip": parse_ip, "wildcard": parse_ip, "mask": _read_mask, "prefix": _read_prefix}


class _Type:
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
        if not (text.isascii() and text.isdigit() and len(text) <= 10):
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
    kind = _interface_kind(tokens[at].text)
    if kind is None or at + 1 >= len(tokens) or not _NUMBER.match(tokens[at + 1].text):
        return None
    name = kind + tokens[at + 1].text
    return name, (name,), at + 2


class _Node(Generic[Row]):
    """A place in the compiled tree of all patterns."""

    __slots__ = ("identified", "keywords", "params", "prefixes", "row")

    def __init__(self) -> None:
        self.keywords: dict[str, _Node[Row]] = {}
        self.prefixes: dict[str, tuple[str, ...]] = {}
        self.params: list[tuple[str, str, _Type, _Node[Row]]] = []
        self.row: Row | None = None
        self.identified: list[Row] = []
        """The rows whose identity is complete here."""

    def keyword(self, word: str) -> "_Node[Row]":
        if word not in self.keywords:
            self.keywords[word] = _Node()
        return self.keywords[word]

    def param(self, name: str, spec: str) -> "_Node[Row]":
        for known, kind, _, node in self.params:
            if (known, kind) == (name, spec):
                return node
        after: _Node[Row] = _Node()
        self.params.append((name, spec, _Type(spec), after))
        return after

    def candidates(self, typed: str) -> tuple[str, ...]:
        """List the keywords a typed word may mean; an exact one stands alone."""
        low = typed.lower()
        if low in self.keywords:
            return (low,)
        if typed in self.keywords:
            return (typed,)
        known = self.prefixes.get(low)
        if known is None:
            known = tuple(word for word in self.keywords if word.lower().startswith(low))
            if len(self.prefixes) < 4096:
                self.prefixes[low] = known
        return known


class _Compiler(Generic[Row]):
    """Adds one pattern to a tree of nodes; several ends stand for optional parts."""

    def __init__(self, pattern: str, row: Row) -> None:
        self.pattern = pattern
        self.row = row
        self.elements = list(_ELEMENT.finditer(pattern))
        self.at = 0

    def add(self, root: _Node[Row]) -> None:
        ends = self._sequence([root], closing="")
        for node in ends:
            if node.row is not None and node.row is not self.row:
                raise ValueError(f"two rows for the same words: {self.pattern}")
            node.row = self.row

    def _sequence(self, starts: list[_Node[Row]], closing: str) -> list[_Node[Row]]:
        nodes = starts
        while self.at < len(self.elements):
            match = self.elements[self.at]
            sign = match[3]
            if sign and sign in closing + "|":
                return nodes
            self.at += 1
            nodes = self._element(match, nodes)
        if closing:
            raise ValueError(f"{closing} is missing: {self.pattern}")
        return nodes

    def _element(self, match: re.Match[str], nodes: list[_Node[Row]]) -> list[_Node[Row]]:
        if match[1]:
            return [node.param(match[1], match[2]) for node in nodes]
        if match[4] == "/":
            for node in nodes:
                node.identified.append(self.row)
            return nodes
        if match[4]:
            return [node.keyword(match[4]) for node in nodes]
        if match[3] == "[":
            return _unique([*nodes, *self._group(nodes, "]")])
        if match[3] == "(":
            return self._group(nodes, ")")
        raise ValueError(f"{match[3]} out of place: {self.pattern}")

    def _group(self, starts: list[_Node[Row]], closing: str) -> list[_Node[Row]]:
        ends: list[_Node[Row]] = []
        while True:
            ends += self._sequence(starts, closing)
            sign = self.elements[self.at][3]
            self.at += 1
            if sign == closing:
                return _unique(ends)


def _unique(nodes: list[_Node[Row]]) -> list[_Node[Row]]:
    return list({id(node): node for node in nodes}.values())


@dataclass(slots=True)
class _Search(Generic[Row]):
    """One walk of a typed line through the tree, remembering the furthest failure."""

    line: str
    tokens: tuple[Token, ...]
    partial: bool
    furthest: int = -1
    reason: Reason = Reason.INVALID
    args: dict[str, Any] = field(default_factory=dict)

    def fail(self, at: int, reason: Reason) -> None:
        if at > self.furthest:
            self.furthest, self.reason = at, reason

    def walk(
        self, node: _Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        for row in node.identified:
            marks = (*marks, (row, len(words)))
        if at == len(self.tokens):
            return self._end(node, at, words, marks)
        return self._keyword(node, at, words, marks) or self._params(node, at, words, marks)

    def _end(
        self, node: _Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        row = node.row
        if row is None and self.partial and node.identified:
            row = node.identified[-1]
        if row is None:
            self.fail(at, Reason.INCOMPLETE)
            return None
        lengths = [length for marked, length in marks if marked is row]
        return row, words, lengths[-1] if lengths else len(words)

    def _keyword(
        self, node: _Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        candidates = node.candidates(self.tokens[at].text)
        if len(candidates) > 1:
            self.fail(at, Reason.AMBIGUOUS)
            return None
        if not candidates:
            self.fail(at, Reason.INVALID)
            return None
        word = candidates[0]
        return self.walk(node.keywords[word], at + 1, (*words, word), marks)

    def _params(
        self, node: _Node[Row], at: int, words: tuple[str, ...], marks: Marks[Row]
    ) -> tuple[Row, tuple[str, ...], int] | None:
        for name, _, kind, after in node.params:
            reading = kind.read(self.line, self.tokens, at)
            if reading is None:
                self.fail(at, Reason.INVALID)
                continue
            value, shown, next_at = reading
            self.args[name] = value
            found = self.walk(after, next_at, words + shown, marks)
            if found is not None:
                return found
            del self.args[name]
        return None


class Grammar(Generic[Row]):
    """All rows of one mode, compiled."""

    def __init__(self, rows: Iterable[tuple[str, Row]] = ()) -> None:
        self._root: _Node[Row] = _Node()
        for pattern, row in rows:
            self.add(pattern, row)

    def add(self, pattern: str, row: Row) -> None:
        """Add one row."""
        _Compiler(pattern, row).add(self._root)

    def match(self, line: str, *, skip: int = 0, partial: bool = False) -> Match[Row]:
        """Match a line.

        Args:
            line: What was typed.
            skip: Leading words that are not part of the command (`no`, `default`, `do`).
            partial: Accept a line that ends where an identity is complete (for `no`).

        Raises:
            Refused: No row accepts it.
        """
        tokens = tokenize(line)
        search: _Search[Row] = _Search(line, tokens, partial)
        found = search.walk(self._root, min(skip, len(tokens)), (), ())
        if found is None:
            at = search.furthest
            column = tokens[at].column if at < len(tokens) else len(line)
            raise Refused(search.reason, line, column)
        row, words, identity = found
        return Match(row, search.args, words, words[:identity])

    def keywords(self) -> Iterator[str]:
        """List the first words."""
        return iter(self._root.keywords)
