"""The comparison of what was published with what the twin printed."""

import difflib
from enum import StrEnum

from labs.twin.replay.mask import masked_lines

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
    wanted, found = masked_lines(published), masked_lines(printed)
    if wanted == found or (extract and _within(wanted, found)):
        return Verdict.MATCH, ""
    refused = any(refusal in printed for refusal in REFUSALS)
    diff = "\n".join(difflib.unified_diff(wanted, found, "published", "twin", lineterm=""))
    return (Verdict.UNSUPPORTED if refused else Verdict.DIFFERS), diff


def _within(part: list[str], whole: list[str]) -> bool:
    size = len(part)
    return any(whole[at : at + size] == part for at in range(len(whole) - size + 1))
