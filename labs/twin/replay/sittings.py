"""Configurations that were typed in sittings.

A page about one lab often adds to it: an interface that stands a second time in a configuration
was configured again, later. Which outputs are from before that is told by the first one that
knows of it: by an address that only the later lines have, or by a command of a protocol that only
they speak. Where no output tells, the whole configuration was there from the start.
"""

import re
from dataclasses import replace

from labs.twin.replay.case import Case, Edit, Step

INTERFACE = re.compile(r"^ *(interface +\S.*?) *$", re.MULTILINE | re.IGNORECASE)
ADDRESS = re.compile(r"[0-9A-F]{0,4}(?::[0-9A-F]{0,4}){2,7}|\d+(?:\.\d+){3}", re.IGNORECASE)
COMMAND = re.compile(r"show (ipv6|ip|bgp|crypto)\b")


def part(text: str) -> tuple[str, str]:
    """Part a configuration where an interface stands for the second time."""
    seen = set()
    for match in INTERFACE.finditer(text):
        if match[1].lower() in seen:
            return text[: match.start()], text[match.start() :]
        seen.add(match[1].lower())
    return text, ""


def in_sittings(case: Case) -> Case:
    """Type what came later before the first output that knows of it."""
    parts = {name: part(text) for name, text in case.configs.items()}
    later = {name: second for name, (_, second) in parts.items() if second}
    first = "\n".join(text for text, _ in parts.values())
    number = next(
        (step.number for step in case.steps if _knows(step, first, "\n".join(later.values()))), None
    )
    if number is None:
        return case
    edits = tuple(
        Edit(before_step=number, node=name, lines=tuple(map(str.strip, text.splitlines())))
        for name, text in later.items()
    )
    return replace(
        case,
        configs={name: text for name, (text, _) in parts.items()},
        edits=(*case.edits, *edits),
    )


def _knows(step: Step, first: str, later: str) -> bool:
    new = set(ADDRESS.findall(later)) - set(ADDRESS.findall(first))
    if new & set(ADDRESS.findall(step.printed)):
        return True
    protocol = COMMAND.match(step.command)
    if protocol is None:
        return False
    word = re.compile(rf"^ *{protocol[1]} ", re.MULTILINE)
    return word.search(later) is not None and word.search(first) is None
