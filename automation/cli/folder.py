"""A lab of the running-configs of a folder, and what is said about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automation.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from labs.topology import LabSpec


def spec_of_folder(
    folder: Path,
    name: str,
    ports: Sequence[str] | None,
    users: Sequence[str] | None,
    image: str,
    rate: float | None,
) -> LabSpec:
    """Describe a lab of running-configs, and name the lines of them that are not understood."""
    from labs.twin.lab.configs import lab_of_configs, parse_port, parse_user

    found = lab_of_configs(
        folder,
        name=name,
        ports=dict(map(parse_port, ports or ())),
        users=dict(map(parse_user, users or ())),
        image=image,
        rate=rate,
    )
    if found.left_out:
        say(f"left out, no configuration in them: {', '.join(found.left_out)}")
    if found.unknown:
        say(format_unknown(found.unknown))
    return found.spec


def format_unknown(unknown: Mapping[str, Sequence[str]]) -> str:
    """Name each line that is kept without effect, once, with the routers that have it."""
    routers: dict[str, list[str]] = {}
    for router, lines in unknown.items():
        for line in dict.fromkeys(lines):
            routers.setdefault(line, []).append(router)
    width = max(map(len, routers))
    rows = [f"  {line:<{width}}  {', '.join(names)}" for line, names in routers.items()]
    return "\n".join(["kept as they stand, without effect:", *rows])
