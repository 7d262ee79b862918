"""The nightly look: verification and drift; nothing is changed on any device.

Probes between spokes are sent only when asked for: they make shortcuts, and an audit leaves no
trace. What drift is: the lines a plan would send now.
"""

from collections.abc import Sequence

from automation.checks.base import Finding, unreachable
from automation.errors import DmvpnError
from automation.reports.model import Drift
from automation.workflows.devices import Fleet
from automation.workflows.plan import Planner
from automation.workflows.verify import Patience, Views, verify
from parsers.errors import ParseError
from tasks.errors import TaskError


def audit(
    fleet: Fleet,
    planner: Planner,
    views: Views,
    names: Sequence[str],
    *,
    active: bool = False,
    patience: Patience | None = None,
) -> tuple[tuple[Finding, ...], tuple[Drift, ...]]:
    """Judge the devices and compare what they run with what is intended."""
    patience = patience or Patience(wait_s=0)
    findings = verify(fleet, views, only=names, active=active, patience=patience)
    blind = {finding.device for finding in findings if finding.check_id == "T-LOOK-001"}
    drift: list[Drift] = []
    more: list[Finding] = []
    answers = fleet.each([n for n in names if n not in blind], lambda device: device.backup())
    for name, answer in answers.items():
        if isinstance(answer, TaskError | DmvpnError | ParseError):
            more.append(unreachable(name, str(answer)))
        elif isinstance(answer, Exception):
            raise answer
        else:
            change = planner.change(views[name], answer.running)
            drift.append(Drift(device=name, missing=change.lines, unmanaged=change.unmanaged))
    return (*findings, *more), tuple(drift)
