"""Regular expressions of pipes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.twin.cli.expressions import ExpressionError, compile_expression


# Cisco IOS Terminal Services guide, "Regular Expressions": single characters, `.`, multipliers,
# alternation, anchoring, `_`, brackets.
@pytest.mark.parametrize(
    ("expression", "line", "found"),
    [
        ("Tunnel", "interface Tunnel0", True),
        ("tunnel", "interface Tunnel0", False),
        ("^interface", "interface Tunnel0", True),
        ("^interface", " interface Tunnel0", False),
        ("Tunnel0$", "interface Tunnel0", True),
        ("Tunnel0$", "interface Tunnel00", False),
        ("up|down", "line protocol is down", True),
        ("^(hub|spoke)[0-9]$", "spoke7", True),
        ("^(hub|spoke)[0-9]$", "spoke77", False),
        ("_10_", "10 20", True),
        ("_10_", "100,10", True),
        ("_10_", "100 110", False),
        ("^_10", "10", True),
        ("_B_", "A_B_C", True),
        ("a\\.b", "a.b", True),
        ("a\\.b", "acb", False),
        ("[^a-z]", "abc", False),
        ("[^a-z]", "ab1", True),
        ("[]]", "a]", True),
        ("10{2}", "10{2}", True),
        ("a+b?c*$", "aac", True),
        ("x(ab)+y", "xababy", True),
        ("^$", "", True),
        ("^$", " ", False),
        ("UP |DOWN ", "is UP", False),
    ],
)
def test_expressions(expression: str, line: str, found: bool) -> None:  # noqa: FBT001 - a table
    assert compile_expression(expression).matches(line) is found


@pytest.mark.parametrize(
    "expression", ["(", "a)", "[a", "*", "a|*", "\\", "(" * 1000, "[ -\uffff]"]
)
def test_what_cannot_be_compiled(expression: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(expression)


_SIMPLE = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "^", "$"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from("*+?")).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=8,
)


@given(_SIMPLE, st.text("abc", max_size=8))
def test_the_common_part_means_what_it_means_elsewhere(expression: str, line: str) -> None:
    wanted = re.search(expression, line) is not None
    found = compile_expression(expression).matches(line)
    # An anchor in the middle reads a mark here; Python's takes no room.
    assert found == wanted or "^" in expression[1:] or "$" in expression[:-1]


def test_no_expression_holds_up_the_router() -> None:
    # Exponential and polynomial for a backtracking matcher.
    assert not compile_expression("(a*)*(a|aa)*a*a*a*a*x").matches("a" * 20_000)
