"""The catalogue obeys its own rules."""

import re

import pytest
from test_checks import FAULTS

from automation.checks import CHECKS, PATH_CHECKS
from automation.checks.base import Check
from parsers import ParseError, UnknownCommand, parse

ALL = (*CHECKS, *PATH_CHECKS)


def test_ids_are_unique() -> None:
    ids = [check.id for check in ALL]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_a_row_is_complete(check: Check) -> None:
    assert re.fullmatch(r"T-[A-Z]+-\d{3}", check.id)
    assert check.commands
    assert check.tags
    assert check.title == check.title.strip().rstrip(".")


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_its_docstring_says_pass_fail_and_remedy(check: Check) -> None:
    assert check.explanation.startswith("Pass if ")
    assert "fail" in check.explanation
    assert "Remedy: " in check.explanation


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_its_commands_can_be_parsed(check: Check) -> None:
    for command in check.commands:
        try:
            parse(command, "")
        except UnknownCommand:
            pytest.fail(f"no parser for {command}")
        except ParseError:
            continue  # an empty text is no output of every command


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_it_has_a_test_that_fails(check: Check) -> None:
    assert check.id in {fault.check for fault in FAULTS.values()}
