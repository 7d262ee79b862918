"""The comparison of what was published with what the twin printed."""

import difflib
import re
from enum import StrEnum

from labs.twin.replay.mask import masked_lines

RULE = re.compile(r"-{80,}")
"""A line that a page draws below a listing; no router ends an output with it."""
LEFT_OUT = "..."
"""A line for lines that an author left out, the empty ones around it included."""
REFUSALS = ("% Invalid input detected", "% Incomplete command", "% Ambiguous command")


class Verdict(StrEnum):
    """What came of one output."""

    MATCH = "match"
    DIFFERS = "differs"
    UNSUPPORTED = "unsupported"


def judge(published: str, printed: str, *, extract: bool = False) -> tuple[Verdict, str]:
    """Compare two texts, masked; give the verdict and, unless they match, the difference.

    Args:
        published: What the real router printed.
        printed: What the twin printed.
        extract: The text was published in part: a run of the lines is enough.
    """
    wanted, found = _without_rule(masked_lines(published)), masked_lines(printed)
    if _same(wanted, found, extract=extract):
        return Verdict.MATCH, ""
    refused = any(refusal in printed for refusal in REFUSALS)
    diff = "\n".join(difflib.unified_diff(wanted, found, "published", "twin", lineterm=""))
    return (Verdict.UNSUPPORTED if refused else Verdict.DIFFERS), diff


def _without_rule(lines: list[str]) -> list[str]:
    while lines and (not lines[-1] or RULE.fullmatch(lines[-1])):
        lines = lines[:-1]
    return lines


def _same(wanted: list[str], found: list[str], *, extract: bool) -> bool:
    """Tell whether the pieces between what was left out follow each other."""
    if extract:
        wanted = [LEFT_OUT, *wanted, LEFT_OUT]
    pieces = _pieces(wanted)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first == found
    if found[: len(first)] != first or found[len(found) - len(last) :] != last:
        return False
    at, end = len(first), len(found) - len(last)
    for piece in pieces[1:-1]:
        place = _find(piece, found[:end], at)
        if place is None:
            return False
        at = place + len(piece)
    return at <= end


def _pieces(lines: list[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for line in lines:
        if line == LEFT_OUT:
            pieces.append([])
        else:
            pieces[-1].append(line)
    for number, piece in enumerate(pieces):
        while piece and not piece[0] and number:
            del piece[0]
        while piece and not piece[-1] and number < len(pieces) - 1:
            del piece[-1]
    return pieces


def _find(part: list[str], whole: list[str], start: int) -> int | None:
    places = range(start, len(whole) - len(part) + 1)
    return next((at for at in places if whole[at : at + len(part)] == part), None)
