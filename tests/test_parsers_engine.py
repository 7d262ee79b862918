"""The engine beside TextFSM: the same rows, the same refusals, for every template and text."""

import io
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED, TESTS, evidence
from hypothesis import given, settings
from hypothesis import strategies as st
from textfsm.parser import (  # type: ignore[import-untyped]
    TextFSM,
    TextFSMError,
    TextFSMTemplateError,
)

import parsers
from parsers.engine import Template
from parsers.errors import TemplateError, UnexpectedLine
from parsers.records import DmvpnPeer, NhrpEntry, Route
from parsers.records.base import builder
from parsers.values import exact_network, network

OURS = sorted((Path(parsers.__file__).parent / "templates").glob("*.textfsm"))
GOLDEN = sorted((TESTS / "golden" / "parsers").glob("*/*.txt"))
NTC = find_spec("ntc_templates")
THEIRS = (
    sorted((Path(NTC.origin).parent / "templates").glob("cisco_ios_*.textfsm"))
    if NTC and NTC.origin
    else []
)
# Expressions of theirs that need time without end on some lines of another command.
ENDLESS = {"show_aliases", "show_capability_feature_routing", "show_platform", "show_rep_topology"}


def theirs(source: str, text: str) -> object:
    """Read by TextFSM; an error is a value too."""
    machine = TextFSM(io.StringIO(source))
    try:
        return machine.ParseText(text)
    except TextFSMError:
        return "refused"


def ours(template: Template, text: str) -> object:
    try:
        return template.table("a command", text)
    except UnexpectedLine:
        return "refused"


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_rows_of_our_templates_are_those_of_textfsm(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    template = Template(path.stem, source)
    folder = path.stem.removeprefix("cisco_ios_")
    own = [one for one in GOLDEN if one.parent.name == folder]
    rows = 0
    for text in (one.read_text(encoding="utf-8") for one in own or GOLDEN[::5]):
        expected = theirs(source, text)
        assert ours(template, text) == expected
        rows += len(expected) if isinstance(expected, list) else 0
    assert rows or not own


def captures() -> list[str]:
    assert SHARED
    found = sorted((SHARED / "corpus").glob("*/*.txt"))
    return [path.read_text(encoding="utf-8") for path in found]


@evidence
def test_rows_of_captures_are_those_of_textfsm(
    record_property: Callable[[str, object], None],
) -> None:
    assert SHARED
    read = 0
    for path in OURS:
        source = path.read_text(encoding="utf-8")
        template = Template(path.stem, source)
        folder = path.stem.removeprefix("cisco_ios_")
        for sample in sorted((SHARED / "corpus").glob(f"{folder}*/*.txt")):
            text = sample.read_text(encoding="utf-8")
            assert ours(template, text) == theirs(source, text), (path.stem, sample)
            read += 1
    record_property("samples", read)
    assert read > 150


@evidence
@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")
def test_rows_of_foreign_templates_are_those_of_textfsm() -> None:
    assert THEIRS, "ntc-templates comes with netmiko"
    texts = captures()
    rows = 0
    for number, path in enumerate(THEIRS):
        name = path.stem.removeprefix("cisco_ios_")
        source = path.read_text(encoding="utf-8")
        template = Template(path.stem, source)
        if name in ENDLESS:
            continue
        own = sorted((SHARED / "corpus").glob(f"{name}/*.txt")) if SHARED else []
        chosen = [one.read_text(encoding="utf-8") for one in own] + texts[number % 13 :: 13]
        for text in chosen:
            expected = theirs(source, text)
            assert ours(template, text) == expected, path.stem
            rows += len(expected) if isinstance(expected, list) else 0
    assert rows > 800


# --- templates made by hypothesis -----------------------------------------------------------------

NAMES = ("ONE", "TWO", "THREE", "FOUR")
OPTIONS = ("Filldown", "Key", "Required", "List", "Fillup")
EXPRESSIONS = (
    r"(\d+)",
    r"(\w*)",
    r"(a|b|ab)",
    r"(\S+?)",
    r"([a-c]+)",
    r"((?P<x>\d)(?P<y>\w)?)",
    "()",
)
PIECES = (" ", r"\s*", "a", "b+", "1?", r"\d", "(b|(a))", ".*", r"\s+", "(?i:A)", r"(a)\1", "$$")
ACTIONS = (
    "",
    " -> Record",
    " -> Continue",
    " -> Continue.Record",
    " -> Continue.Clear",
    " -> Continue.Clearall",
    " -> Clear",
    " -> Clearall",
    " -> Next.NoRecord Other",
    " -> Record Other",
    " -> Next.Record Start",
    " -> Other",
    " -> Record EOF",
    " -> End",
    " -> Error",
    ' -> Error.Record "no such line"',
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Write a template: any options, any operators, rules that share and repeat values."""
    values = []
    for name in NAMES[: draw(st.integers(1, 4))]:
        options = draw(st.lists(st.sampled_from(OPTIONS), unique=True, max_size=3))
        given_options = ",".join(options) + " " if options else ""
        values.append(f"Value {given_options}{name} {draw(st.sampled_from(EXPRESSIONS))}")
    used = [f"${{{line.split()[-2]}}}" for line in values]
    states = []
    for state in ("Start", "Other"):
        rules = []
        for _ in range(draw(st.integers(1, 5))):
            parts = draw(st.lists(st.sampled_from((*PIECES, *used)), min_size=1, max_size=5))
            once = [
                part for n, part in enumerate(parts) if part not in used or part not in parts[:n]
            ]
            rules.append(f"  ^{''.join(once)}{draw(st.sampled_from(ACTIONS))}")
        states.append("\n".join([state, *rules]))
    end = draw(st.sampled_from(["", "EOF\n", "End\n"]))
    return "\n".join(values) + "\n\n" + "\n\n".join(states) + "\n\n" + end


texts = st.text(alphabet="ab1 \n", max_size=40)


@given(sources(), st.lists(texts, min_size=1, max_size=4))
@settings(max_examples=400)
def test_any_template_gives_the_rows_of_textfsm(source: str, inputs: list[str]) -> None:
    try:
        TextFSM(io.StringIO(source))
    except TextFSMTemplateError:
        with pytest.raises(TemplateError):
            Template("made", source)
        return
    template = Template("made", source)
    for text in inputs:
        try:
            expected = theirs(source, text)
        except TypeError:
            continue  # TextFSM fails where an item of a List with groups of its own is absent
        assert ours(template, text) == expected


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("", 0),
        ("Value A (a)\n", 0),
        ("Value A\n\nStart\n", 1),
        ("Value A a\n\nStart\n", 1),
        ("Value A (a\\)\n\nStart\n", 1),
        ("Value A ((a)\n\nStart\n", 1),
        ("Value Filldow A (a)\n\nStart\n", 1),
        ("Value Key,Key A (a)\n\nStart\n", 1),
        ("Value A (a)\nValue A (b)\n\nStart\n", 2),
        ("Value " + "A" * 49 + " (a)\n\nStart\n", 1),
        ("Value A (a)\nStart\n", 2),
        ("Value A (a)\n\nSt art\n", 3),
        ("Value A (a)\n\nNext\n", 3),
        ("Value A (a)\n\nStart\n\nStart\n", 5),
        ("Value A (a)\n\nStart\n^a\n", 4),
        ("Value A (a)\n\nStart\n   ^a\n", 4),
        ("Value A (a)\n\nStart\n  ^a -> Nowhere\n", 4),
        ("Value A (a)\n\nStart\n  ^a -> Continue Start\n", 4),
        ('Value A (a)\n\nStart\n  ^a -> Next "why"\n', 4),
        ("Value A (a)\n\nStart\n  ^a -> Next.Reco rd x\n", 4),
        ("Value A (a)\n\nStart\n  ^${B}\n", 4),
        ("Value A (a)\n\nStart\n  ^$A $ b\n", 4),
        ("Value A (a)\n\nStart\n  ^(a\n", 4),
        ("Value A (a)\n\nStart\n  ^${A}${A}\n", 4),
        ("Value A (a)\n\nStart\n\nEOF\n  ^a\n", 6),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(source: str, line: int) -> None:
    with pytest.raises((TextFSMTemplateError, IndexError)):
        TextFSM(io.StringIO(source))
    with pytest.raises(TemplateError) as caught:
        Template("wrong", source)
    assert caught.value.line_number == line


def test_the_line_and_the_message_of_an_error_are_told() -> None:
    template = Template("t", 'Value A (a)\n\nStart\n  ^$A -> Record\n  ^b -> Error "no b here"\n')
    with pytest.raises(UnexpectedLine, match=r"line 3: unexpected line .no b here.: 'b2'"):
        template.table("show x", "a\na\nb2\na\n")


def test_the_line_of_a_row_is_the_one_that_ended_it() -> None:
    template = Template("t", "Value A (a)\n\nStart\n  ^$A -> Record\n")
    assert [template.line_of("x\na\n\na\n", index) for index in (0, 1, 2)] == [
        (2, "a"),
        (4, "a"),
        (4, "a"),
    ]


def test_a_pass_leaves_nothing_to_the_next() -> None:
    source = "Value Filldown,List A (\\d)\nValue B (b)\n\nStart\n  ^$A\n  ^$B -> Record\n"
    template = Template("t", source)
    first = template.table("x", "1\nb\n2\nb\n")
    assert first == [[["1"], "b"], [["1", "2"], "b"], [["1", "2"], ""]]
    assert template.table("x", "b\n") == [[[], "b"]]


# --- what stands in for slower constructors -------------------------------------------------------


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
def test_networks_are_those_of_ipaddress(number: int, length: int) -> None:
    text = f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/{length}"
    expected = ip_network(text, strict=False)
    found = network(text)
    names = ("network_address", "netmask", "prefixlen", "broadcast_address", "num_addresses")
    for name in names:
        assert getattr(found, name) == getattr(expected, name)
    assert (found, hash(found), str(found)) == (expected, hash(expected), str(expected))
    assert vars(found).keys() >= {key for key in vars(expected) if key in {"hosts", "netmask"}}
    if length > 24:
        assert list(found.hosts()) == list(expected.hosts())
    if found.network_address == ip_network(text.partition("/")[0]).network_address:
        assert exact_network(text) == expected
    else:
        with pytest.raises(ValueError, match="host bits"):
            exact_network(text)


@pytest.mark.parametrize("text", ["10.0.0.0/", "10.0.0/8", "10.0.0.0/33", "01.0.0.0/8", "x", ""])
def test_what_is_no_network_is_refused(text: str) -> None:
    for read in (network, exact_network):
        with pytest.raises(ValueError, match=r"does not appear|host bits|Only one"):
            read(text)


@pytest.mark.parametrize("kind", [DmvpnPeer, NhrpEntry, Route])
def test_a_built_record_is_the_record(kind: Any) -> None:
    values = {name: number for number, name in enumerate(kind.__dataclass_fields__)}
    built = builder(kind)(**values)
    assert type(built) is kind
    assert (built, hash(built), repr(built)) == (kind(**values), hash(kind(**values)), repr(built))
    with pytest.raises(AttributeError):
        setattr(built, next(iter(values)), 1)
    with pytest.raises(TypeError):
        builder(kind)()
