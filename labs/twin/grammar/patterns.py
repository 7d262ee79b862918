"""Patterns of commands compiled to one tree of words (the notation: this package's docstring)."""

import re
from typing import Generic, TypeVar

from labs.twin.grammar.parameters import Parameter

Row = TypeVar("Row")

_ELEMENT = re.compile(r"<(\w[\w-]*):([^>]+)>|([\[\]()|{}])|([^\s\[\]()|<>{}]+)")


class Node(Generic[Row]):
    """A place in the compiled tree of all patterns."""

    __slots__ = ("identified", "keywords", "params", "prefixes", "reserved", "row")

    def __init__(self) -> None:
        self.keywords: dict[str, Node[Row]] = {}
        self.prefixes: dict[str, tuple[str, ...]] = {}
        self.params: list[tuple[str, str, Parameter, Node[Row]]] = []
        self.row: Row | None = None
        self.reserved: tuple[str, ...] = ()
        """Words of commands that a router has and the table has not: no abbreviation may mean
        both."""
        self.identified: list[Row] = []
        """The rows whose identity is complete here."""

    def keyword(self, word: str) -> "Node[Row]":
        """Give the place behind a keyword, made if need be."""
        if word not in self.keywords:
            self.keywords[word] = Node()
        return self.keywords[word]

    def param(self, name: str, spec: str) -> "Node[Row]":
        """Give the place behind a parameter, made if need be."""
        for known, kind, _, node in self.params:
            if (known, kind) == (name, spec):
                return node
        after: Node[Row] = Node()
        self.params.append((name, spec, Parameter(spec), after))
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
            if known:
                known += tuple(word for word in self.reserved if word.startswith(low))
            if len(self.prefixes) < 4096:
                self.prefixes[low] = known
        return known


class Compiler(Generic[Row]):
    """Adds one pattern to a tree of nodes; several ends stand for optional parts."""

    def __init__(self, pattern: str, row: Row) -> None:
        self.pattern = pattern
        self.row = row
        self.elements = list(_ELEMENT.finditer(pattern))
        self.at = 0

    def add(self, root: Node[Row]) -> None:
        """Add the words of the pattern below a place."""
        ends = self._sequence([root], closing="")
        for node in ends:
            if node.row is not None and node.row is not self.row:
                raise ValueError(f"two rows for the same words: {self.pattern}")
            node.row = self.row

    def _sequence(self, starts: list[Node[Row]], closing: str) -> list[Node[Row]]:
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

    def _element(self, match: re.Match[str], nodes: list[Node[Row]]) -> list[Node[Row]]:
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
        if match[3] == "{":
            return self._any_order(nodes)
        raise ValueError(f"{match[3]} out of place: {self.pattern}")

    def _group(self, starts: list[Node[Row]], closing: str) -> list[Node[Row]]:
        ends: list[Node[Row]] = []
        while True:
            ends += self._sequence(starts, closing)
            sign = self.elements[self.at][3]
            self.at += 1
            if sign == closing:
                return _unique(ends)

    def _any_order(self, nodes: list[Node[Row]]) -> list[Node[Row]]:
        """Add options of which any may follow, in any order: each leads back to its start."""
        options: list[list[re.Match[str]]] = [[]]
        while (element := self.elements[self.at])[3] != "}":
            self.at += 1
            if element[3] == "|":
                options.append([])
            else:
                options[-1].append(element)
        self.at += 1
        for start in nodes:
            for option in options:
                self._loop(start, option)
        return nodes

    def _loop(self, start: Node[Row], option: list[re.Match[str]]) -> None:
        node = start
        for element in option[:-1]:
            (node,) = self._element(element, [node])
        last = option[-1]
        if last[1]:
            node.params.append((last[1], last[2], Parameter(last[2]), start))
        else:
            node.keywords[last[4]] = start


def _unique(nodes: list[Node[Row]]) -> list[Node[Row]]:
    return list({id(node): node for node in nodes}.values())
