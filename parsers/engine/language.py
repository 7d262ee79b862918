r"""The TextFSM template language: text -> columns and states; runs nothing.

    Value [Filldown,Key,Required,List,Fillup] NAME (regex)     one line a column, then a blank line
    State                                                      a name alone on its line
      ^regex with ${NAME} [-> [Next|Continue|Error][.Record|NoRecord|Clear|Clearall] [State]]

States `EOF` (declared: no row at the end of the text) and `End` (no row, and the rest is not read)
are empty. What is accepted here is what TextFSM 2 accepts, and means the same.
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from parsers.errors import TemplateError

LONGEST_NAME = 48


class Option(StrEnum):
    """What a column may be told to do with its value."""

    FILLDOWN = "Filldown"
    KEY = "Key"
    REQUIRED = "Required"
    LIST = "List"
    FILLUP = "Fillup"


class LineOp(StrEnum):
    """What happens to the line that matched."""

    NEXT = "Next"
    CONTINUE = "Continue"
    ERROR = "Error"


class RecordOp(StrEnum):
    """What happens to the row that is being filled."""

    NONE = "NoRecord"
    RECORD = "Record"
    CLEAR = "Clear"
    CLEAR_ALL = "Clearall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One `Value` line."""

    name: str
    regex: str
    options: tuple[Option, ...]  # in the order given: Required,List differs from List,Required

    def named(self, group: str) -> str:
        """Give the expression with its outer group named."""
        return f"(?P<{group}>{self.regex[1:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a state."""

    line_number: int
    match: str  # as written, with ${NAME}
    line_op: LineOp = LineOp.NEXT
    record_op: RecordOp = RecordOp.NONE
    target: str = ""  # state to go to, or the message of Error; nothing: stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """A template, read and checked."""

    name: str
    columns: tuple[Column, ...]
    states: dict[str, tuple[Rule, ...]]

    @property
    def last_row(self) -> bool:
        """Tell whether the end of the text records a row."""
        return "EOF" not in self.states

    def regex(self, rule: Rule, suffix: str = "") -> str:
        """Give the expression of a rule; the suffix keeps groups of several rules apart."""
        groups = {column.name: column.named(column.name + suffix) for column in self.columns}
        return string.Template(rule.match).substitute(groups)


_COMMENT = re.compile(r"\s*#")
_STATE = re.compile(r"\w+")
_ARROW = re.compile(r"(?P<match>.*)\s->(?P<action>.*)")
_LINE_OPS = "|".join(LineOp)
_RECORD_OPS = "|".join(RecordOp)
_TARGET = r'(?:\s+(?P<target>\w+|".*"))?'
_ACTIONS = (
    re.compile(rf"\s+(?P<line>{_LINE_OPS})(?:\.(?P<record>{_RECORD_OPS}))?{_TARGET}$"),
    re.compile(rf"\s+(?P<record>{_RECORD_OPS}){_TARGET}$"),
    re.compile(rf"{_TARGET}$"),
)
_RESERVED = {*LineOp, *RecordOp}


def read_template(name: str, source: str) -> Syntax:
    """Read the text of a template.

    Raises:
        TemplateError: it is not in the language; says which line.
    """
    lines = enumerate((line.rstrip() for line in source.split("\n")), start=1)
    columns = _columns(name, lines)
    states: dict[str, tuple[Rule, ...]] = {}
    while head := _heading(lines):
        number, state = head
        if not _STATE.fullmatch(state) or len(state) > LONGEST_NAME or state in _RESERVED:
            raise TemplateError(name, number, state, "no name of a state")
        if state in states:
            raise TemplateError(name, number, state, "a second state of this name")
        states[state] = tuple(_rules(name, lines))
    syntax = Syntax(name=name, columns=columns, states=states)
    _check(syntax)
    return syntax


def _heading(lines: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
    """Find the next line that is neither blank nor a comment."""
    return next((item for item in lines if item[1] and not _COMMENT.match(item[1])), None)


def _columns(name: str, lines: Iterator[tuple[int, str]]) -> tuple[Column, ...]:
    columns: dict[str, Column] = {}
    for number, line in lines:
        if not line:
            break
        if _COMMENT.match(line):
            continue
        if not line.startswith("Value "):
            raise TemplateError(name, number, line, "a Value or a blank line is expected")
        try:
            column = _column(line)
        except ValueError as wrong:
            raise TemplateError(name, number, line, str(wrong)) from None
        if column.name in columns:
            raise TemplateError(name, number, line, "a second Value of this name")
        columns[column.name] = column
    return tuple(columns.values())


def _column(line: str) -> Column:
    words = line.split(" ")
    if len(words) < 3:
        raise ValueError("Value NAME (regex) is expected")
    given: list[str] = []
    if not words[2].startswith("("):
        given = words.pop(1).split(",")
    options = tuple(map(Option, given))
    if len(set(options)) < len(options):
        raise ValueError("an option twice")
    column = Column(name=words[1], regex=" ".join(words[2:]), options=options)
    if len(column.name) > LONGEST_NAME:
        raise ValueError("the name is too long")
    if not re.fullmatch(r"\(.*(?<!\\)\)", column.regex, re.DOTALL):
        raise ValueError("the expression has to stand in parentheses")
    _compiled(column.regex)
    return column


def _rules(name: str, lines: Iterator[tuple[int, str]]) -> Iterator[Rule]:
    for number, line in lines:
        if not line:
            return
        if _COMMENT.match(line):
            continue
        if not line.startswith((" ^", "  ^", "\t^")):
            raise TemplateError(name, number, line, "a rule starts with a blank and ^")
        try:
            yield _rule(number, line.strip())
        except ValueError as wrong:
            raise TemplateError(name, number, line, str(wrong)) from None


def _rule(number: int, line: str) -> Rule:
    arrow = _ARROW.match(line)
    if not arrow:
        return Rule(line_number=number, match=line)
    found = next(filter(None, (action.match(arrow["action"]) for action in _ACTIONS)), None)
    if not found:
        raise ValueError("an action that is none")
    words = {"line": None, "record": None} | found.groupdict()
    rule = Rule(
        line_number=number,
        match=arrow["match"],
        line_op=LineOp(words["line"] or LineOp.NEXT),
        record_op=RecordOp(words["record"] or RecordOp.NONE),
        target=words["target"] or "",
    )
    if rule.line_op is LineOp.CONTINUE and rule.target:
        raise ValueError("Continue cannot change the state")
    if rule.line_op is not LineOp.ERROR and rule.target.startswith('"'):
        raise ValueError("only Error has a message")
    return rule


def _check(syntax: Syntax) -> None:
    """Check what needs the whole template.

    Raises:
        TemplateError: a state is missing, or an expression is none.
    """
    if "Start" not in syntax.states:
        raise TemplateError(syntax.name, 0, "", "the state Start is missing")
    for last in ("EOF", "End"):
        for rule in syntax.states.get(last, ()):
            raise TemplateError(syntax.name, rule.line_number, rule.match, f"{last} has no rules")
    known = {*syntax.states, "", "EOF", "End"}
    for state, rules in syntax.states.items():
        for rule in rules:
            if rule.line_op is not LineOp.ERROR and rule.target not in known:
                what = f"state {state} goes to {rule.target}, which is missing"
                raise TemplateError(syntax.name, rule.line_number, rule.match, what)
            try:
                _compiled(syntax.regex(rule))
            except (ValueError, KeyError) as wrong:
                raise TemplateError(
                    syntax.name, rule.line_number, rule.match, f"no expression: {wrong}"
                ) from None


def _compiled(regex: str) -> re.Pattern[str]:
    try:
        return re.compile(regex)
    except (re.error, OverflowError, RecursionError) as wrong:
        raise ValueError(str(wrong)) from None
