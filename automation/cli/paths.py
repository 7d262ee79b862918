"""The explanation of a path in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automation.workflows.trace import Explanation


def format_explanation(found: Explanation) -> str:
    """Say what was seen before traffic, the traffic, and what was seen after."""
    path = found.path
    lines = [
        (
            f"{path.source} ({path.source_address}) -> {path.target} ({path.destination}) "
            f"over {path.hub.name}"
        ),
        "before traffic:" if found.probes else "now:",
        *_indented(found.before),
    ]
    if found.probes:
        lines += ["traffic:", *_indented(found.probes), "after traffic:", *_indented(found.after)]
        lines += ["judgement:"]
        width = max((len(f"{f.check_id} {f.title}") for f in found.findings), default=0)
        lines += [
            f"  {f.status.upper():<5} {f'{f.check_id} {f.title}':<{width}}  {f.message}"
            for f in found.findings
        ]
    return "\n".join(lines)


def _indented(lines: tuple[str, ...]) -> list[str]:
    return [f"  {line}" for line in lines]


def explanation_data(found: Explanation) -> dict[str, Any]:
    """Give an explanation as plain values."""
    return {"schema": "dmvpn.trace/1", **asdict(found)}
