"""YAML read into plain values with a mark on every key and value.

What the values mean is not known here. Keys are kept as written: a site called `no` or `1001`
is a name, not a boolean or a number.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from automation.fabric.problems import Problem

Path = tuple[str | int, ...]

MAX_DEPTH = 40
MAX_NODES = 2_000_000  # aliases can blow a small file up
_CLEAR_SECRET = re.compile(
    r"""(?P<key>\b(?:authentication|auth|psk|password|passwd|secret|key_string|community|token)
        (?:["']\s*:\s*|\s*:\s+))(?!\s|secret:|["']secret:|\{)(?P<value>"[^"]*"?|'[^']*'?|[^,}\#]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_CONFIG_SECRET = re.compile(
    r"(?P<key>\b(?:authentication|pre-shared-key(?: (?:local|remote))?|password|secret|key|"
    r"key-string|community)(?: [0-9])? )(?!<secret:)(?P<value>[^\s:]\S*)"
)


def mask(line: str) -> str:
    """Replace clear secrets of one line by as many stars, so that columns stay."""

    def stars(match: re.Match[str]) -> str:
        return match["key"] + "".join("*" if c not in "\"' " else c for c in match["value"])

    return _CONFIG_SECRET.sub(stars, _CLEAR_SECRET.sub(stars, line))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Where something stands: 1-based line and column, and how wide it is."""

    file: str
    line: int
    column: int
    width: int = 1


@dataclass(slots=True)
class Document:
    """One or several YAML files read into one tree of plain values, with its marks."""

    data: Any = None
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    lines: dict[str, list[str]] = field(default_factory=dict)
    """Text of each file by line, for excerpts."""
    problems: list[Problem] = field(default_factory=list)
    incomplete: set[Path] = field(default_factory=set)
    """Mappings of which a key could not be read."""

    def problem(
        self, path: Path, code: str, message: str, hint: str = "", *, key: bool = False
    ) -> Problem:
        """Make a problem at the value of a path (or its key), or at the nearest parent."""
        return self.problem_at(self.mark(path, key=key), code, message, hint)

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Find the mark of a path, or of the nearest thing above it that has one."""
        while True:
            tables = (self.keys, self.values) if key else (self.values, self.keys)
            for table in tables:
                if path in table:
                    return table[path]
            if not path:
                return Mark(file=next(iter(self.lines), ""), line=1, column=1)
            # A list written as a single value has no items to point at: point at the value.
            path, key = path[:-1], isinstance(path[-1], str)

    def problem_at(self, mark: Mark, code: str, message: str, hint: str = "") -> Problem:
        """Make a problem at a mark, its line quoted and masked."""
        lines = self.lines.get(mark.file, [])
        text = lines[mark.line - 1] if 0 < mark.line <= len(lines) else ""
        width = max(1, min(mark.width, len(text) - mark.column + 1))
        return Problem(
            code=code,
            message=message,
            hint=hint,
            file=mark.file,
            line=mark.line,
            column=mark.column,
            excerpt=mask(text).replace("\t", " "),
            width=width,
        )


def read(text: str, file: str) -> Document:
    """Read one file; syntax errors and duplicate keys become problems of the document."""
    document = Document(lines={file: text.splitlines()})
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        document.problems.append(_syntax(document, file, text, error))
        return document
    except (RecursionError, ValueError):
        document.problems.append(_too_deep(document, Mark(file=file, line=1, column=1)))
        return document
    if node is not None:
        reader = _Reader(document, loader, file)
        data = reader.value(node, ())
        document.data = None if reader.gave_up else data
    return document


def _syntax(document: Document, file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if isinstance(error, yaml.reader.ReaderError):  # it knows the position only
        before = text[: error.position].split("\n")
        line, column = len(before) - 1, len(before[-1])
    place = Mark(file=file, line=line + 1, column=column + 1)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable text"
    hint = "indent with blanks, quote text that holds ': ' or starts with a special character"
    return document.problem_at(place, "E100", f"not YAML: {what}", hint)


def _too_deep(document: Document, place: Mark) -> Problem:
    return document.problem_at(place, "E100", "nested too deep, or an alias that holds itself")


class _Reader:
    """Walk the nodes of one file and fill a document."""

    def __init__(self, document: Document, loader: yaml.SafeLoader, file: str) -> None:
        self.document = document
        self.loader = loader
        self.file = file
        self.nodes = 0
        self.gave_up = False

    def value(self, node: yaml.Node, path: Path) -> Any:
        """Turn a node into a plain value, marking what lies below."""
        self.nodes += 1
        if self.gave_up or len(path) > MAX_DEPTH or self.nodes > MAX_NODES:
            if not self.gave_up:
                self.document.problems.append(_too_deep(self.document, self.mark(node)))
            self.gave_up = True
            return None
        if not path or isinstance(node, yaml.ScalarNode) or getattr(node, "flow_style", False):
            self.document.values[path] = self.mark(node)  # else the key says better where
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        """Turn a mapping into a dict; the second of two equal keys is a problem."""
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            mark = self.mark(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.complain(mark, "E104", "a key must be a plain word")
                self.document.incomplete.add(path)
                continue
            key = str(key_node.value)
            if key in found:
                first = self.document.keys[(*path, key)]
                self.complain(
                    mark,
                    "E105",
                    f"{key!r} stands twice; first in line {first.line}",
                    "YAML would silently keep only one of them: merge or rename",
                )
                continue
            self.document.keys[(*path, key)] = mark
            found[key] = self.value(value_node, (*path, key))
        return found

    def scalar(self, node: yaml.Node) -> Any:
        """Turn a scalar into text, number, boolean or null."""
        try:
            return self.loader.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            what = getattr(error, "problem", None) or error
            self.complain(self.mark(node), "E100", f"not a value: {what}")
            return None

    def mark(self, node: yaml.Node) -> Mark:
        """Give the place of a node; a block is one character wide."""
        start, end = node.start_mark, node.end_mark
        width = end.column - start.column if end.line == start.line else 1
        return Mark(file=self.file, line=start.line + 1, column=start.column + 1, width=width)

    def complain(self, mark: Mark, code: str, message: str, hint: str = "") -> None:
        """Add a problem."""
        self.document.problems.append(self.document.problem_at(mark, code, message, hint))


def merge(into: Document, other: Document) -> None:
    """Add an included file: its top-level mappings are joined with those already there."""
    into.lines.update(other.lines)
    into.problems.extend(other.problems)
    into.incomplete |= other.incomplete
    if not isinstance(other.data, Mapping):
        return
    for path, at in _insertions(into, other):
        value = _dig(other.data, path)
        if path in into.keys:
            first = into.keys[path]
            into.problems.append(
                into.problem_at(
                    at, "E105", f"{path[-1]!r} stands twice; first in {first.file}:{first.line}"
                )
            )
            continue
        _dig(into.data, path[:-1])[path[-1]] = value
        _adopt(into, other, path)


def _insertions(into: Document, other: Document) -> Iterator[tuple[Path, Mark]]:
    """List what to insert: entries of mappings that both have, else the whole top-level key."""
    for key, value in other.data.items():
        if isinstance(value, Mapping) and isinstance(into.data.get(key), Mapping):
            for name in value:
                yield (key, name), other.keys[(key, name)]
        else:
            yield (key,), other.keys[(key,)]


def _adopt(into: Document, other: Document, path: Path) -> None:
    size = len(path)
    into.keys.update({p: m for p, m in other.keys.items() if p[:size] == path})
    into.values.update({p: m for p, m in other.values.items() if p[:size] == path})


def _dig(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
