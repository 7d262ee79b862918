"""Which show commands print a form that no capture shows.

Captured are the commands of `captured.yaml`, and every spelling or selection of them that the
same renderer prints.
"""

import re
from collections.abc import Callable, Iterable
from functools import partial
from importlib import resources

import yaml

from labs.twin.cli.table import ENABLED, USER
from labs.twin.grammar import Grammar, Refused
from labs.twin.show import SHOW

FILE = "captured.yaml"
CHOICE = re.compile(r"<\w+:one\(([^)]*)\)>")
PARAMETER = re.compile(r"<(\w+):[^>]*>")


def captured() -> tuple[str, ...]:
    """Read the commands whose output was captured."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return tuple(yaml.safe_load(text))


def uncaptured(commands: Iterable[str]) -> tuple[str, ...]:
    """Give the show commands whose form no captured one shows, as a manual writes them."""
    table = _show_commands()
    grammar = Grammar((pattern, pattern) for pattern in table)
    shown = set()
    for command in commands:
        try:
            shown.add(_form(table[grammar.match(command).row]))
        except Refused:
            continue  # not a command of the twin
    return tuple(_manual(p) for p, renderer in table.items() if _form(renderer) not in shown)


def _show_commands() -> dict[str, Callable[..., str]]:
    table: dict[str, Callable[..., str]] = dict(SHOW)
    table.update((entry.pattern, entry.handler) for entry in (*USER, *ENABLED))
    return {pattern: done for pattern, done in table.items() if pattern.startswith("show ")}


def _form(renderer: Callable[..., str]) -> object:
    """Give what two partial calls of one function for the same form have in common."""
    if isinstance(renderer, partial):
        return renderer.func, renderer.args, tuple(sorted(renderer.keywords.items()))
    return renderer


def _manual(pattern: str) -> str:
    """Write a pattern as a manual does: words, choices, PARAMETERS in capitals."""
    text = CHOICE.sub(lambda found: found[1].replace(",", "|"), pattern)
    return PARAMETER.sub(lambda found: found[1].upper(), text)
