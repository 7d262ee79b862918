"""What the tests of the parsers share: goldens of ours, and captures counted by other means."""

import re
from collections.abc import Callable, Mapping

import pytest
from conftest import TESTS, evidence, samples

from parsers import CliError, parse

GOLDEN = TESTS / "golden" / "parsers"
# The command, and how many records a plain count of words expects of a text.
Counted = tuple[str, Callable[[str], int]]


def golden(name: str) -> str:
    """Read one of our own texts."""
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def count(expression: str) -> Callable[[str], int]:
    """Count what an expression finds."""
    return lambda text: len(re.findall(expression, text, re.MULTILINE))


def texts(folder: str) -> list[str]:
    """Read the captures of a folder; there are some."""
    found = [path.read_text(encoding="utf-8") for path in samples(folder)]
    assert found, f"no captures of {folder}"
    return found


def whole(folders: Mapping[str, Counted]) -> Callable[..., None]:
    """Make the test that every capture of some folders gives as many records as were counted."""

    @evidence
    @pytest.mark.parametrize("folder", folders)
    def test(folder: str, record_property: Callable[[str, object], None]) -> None:
        command, rows_in = folders[folder]
        counts = [read_whole(command, text, rows_in) for text in texts(folder)]
        record_property("samples", len(counts))
        assert any(counts), f"the count finds nothing in {folder}"

    return test


def read_whole(command: str, text: str, rows_in: Callable[[str], int]) -> int:
    """Read a capture and give how many rows it has; none where the router refused."""
    if text.startswith("%"):
        with pytest.raises(CliError):
            parse(command, text)
        return 0
    assert len(parse(command, text)) == rows_in(text), text
    return rows_in(text)
