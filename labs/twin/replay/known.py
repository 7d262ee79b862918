"""The outputs of published cases that the twin does not print, with the reason of each."""

from dataclasses import dataclass
from importlib import resources

import yaml

FILE = "known_differences.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known to differ from real routers, or not to be modelled."""

    differences: dict[str, dict[int, str]]
    """By case and step: the reason."""
    simpler: dict[str, str]
    """What is modelled more simply than on a router: how."""
    unseen: dict[str, str]
    """Forms that the twin prints and no capture shows: where they come from."""


def load_known() -> Known:
    """Read the list that stands beside this module."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return Known(
        differences={
            case: {int(step): str(reason) for step, reason in steps.items()}
            for case, steps in data["differences"].items()
        },
        simpler=dict(data["simpler"]),
        unseen=dict(data["unseen"]),
    )
