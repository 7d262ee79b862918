"""A plan: what each device would be sent, written down and checked again before it is used.

Reads the running configurations, derives the views, and lets `automation.config` find the lines.
A plan file holds tokens, never a secret; `check_fresh` refuses one that no longer fits the
devices or the intent. Sending is `deploy`'s business.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from automation.config.change import Change
from automation.errors import CouldNotLook, DmvpnError, Refused, UsageError
from automation.fabric.views import DeviceView
from automation.workflows.devices import Fleet
from parsers.errors import ParseError
from tasks.backup import Backup
from tasks.errors import TaskError

SCHEMA = "dmvpn.plan/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The changes of a set of devices, in the order they would be applied."""

    changes: tuple[Change, ...]
    created: str
    """When the devices were read, ISO 8601."""
    prune: bool = False
    """Lines inside our blocks that we did not write are removed."""

    @property
    def todo(self) -> tuple[Change, ...]:
        """List the changes that send something."""
        return tuple(change for change in self.changes if not change.empty)

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not self.todo


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A fresh plan with what it was made from; this never leaves the process."""

    plan: Plan
    views: Mapping[str, DeviceView]
    backups: Mapping[str, Backup]
    around: tuple[str, ...] = ()
    """Devices outside of the plan that are in the cloud: judged against, never touched."""

    @property
    def members(self) -> frozenset[str]:
        """List the devices that make up the cloud once the plan is applied."""
        return frozenset(self.backups) | frozenset(self.around)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """What a plan is made with; the loading of it is the command line's business."""

    views: Callable[[Mapping[str, str]], Mapping[str, DeviceView]]
    """Views of all devices, given the running-configs read so far."""
    change: Callable[[DeviceView, str], Change]
    """The change of one device, from its view and its running-config."""
    prune: bool = False


def prepare(
    fleet: Fleet, planner: Planner, names: Iterable[str], now: Callable[[], datetime]
) -> Prepared:
    """Read the devices and plan their changes, hubs first.

    Raises:
        CouldNotLook: A device could not be read; nothing was sent to any.
    """
    backups = collect_all(fleet.each(names, lambda device: device.backup()))
    running = {name: found.running for name, found in backups.items()}
    views = planner.views(running)
    ordered = sorted(backups, key=lambda name: (not views[name].is_hub, list(views).index(name)))
    changes = tuple(planner.change(views[name], running[name]) for name in ordered)
    created = now().isoformat(timespec="seconds")
    return Prepared(
        plan=Plan(changes=changes, created=created, prune=planner.prune),
        views=views,
        backups=backups,
        around=_around(fleet, planner, views, ordered),
    )


def _around(
    fleet: Fleet, planner: Planner, views: Mapping[str, DeviceView], names: Sequence[str]
) -> tuple[str, ...]:
    """Find the devices outside of a limited plan that its devices must go on working with.

    A spoke must reach its hubs, a hub everybody. Left out is who cannot be read and who has no
    tunnel yet. Who has one and is not as intended stays: a change that cuts it off is no good.
    """
    if any(views[name].is_hub for name in names):
        wanted = set(views)
    else:
        wanted = {hub.name for n in names for tunnel in views[n].tunnels for hub in tunnel.nhs}
    answers = fleet.each(sorted(wanted - set(names)), lambda device: device.backup())
    return tuple(
        name
        for name, answer in answers.items()
        if isinstance(answer, Backup) and not planner.change(views[name], answer.running).creates
    )


def collect_all(answers: Mapping[str, Backup | Exception]) -> dict[str, Backup]:
    """Give what was read from every device, or one error about all that could not be."""
    failures = [error for error in answers.values() if isinstance(error, Exception)]
    for error in failures:
        if not isinstance(error, TaskError | DmvpnError | ParseError):
            raise error
    if failures:
        raise CouldNotLook(
            "\n".join(str(error) for error in failures)
            + f"\n{len(failures)} of {len(answers)} devices could not be read; nothing was sent",
            hint="leave them out with --limit, e.g. -l '!NAME'",
        )
    return {name: found for name, found in answers.items() if isinstance(found, Backup)}


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan file, whole or not at all."""
    data = {
        "schema": SCHEMA,
        "created": plan.created,
        "prune": plan.prune,
        "changes": [change.to_dict() for change in plan.changes],
    }
    new = path.with_name(f"{path.name}.new")
    try:
        new.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", place=str(path)) from error


def read_plan(path: Path) -> Plan:
    """Read a plan file.

    Raises:
        UsageError: It is not there, or is no plan of this version.
    """
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise UsageError(
                f"schema {data['schema']!r}, this program reads {SCHEMA!r}",
                place=str(path),
                hint="make the plan again: dmvpn plan --out FILE",
            )
        changes = tuple(Change.from_dict(change) for change in data["changes"])
        return Plan(changes=changes, created=str(data["created"]), prune=bool(data["prune"]))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(path)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("this is no plan", place=str(path)) from error


def check_fresh(plan: Plan, now: Plan) -> None:
    """Refuse a plan that no longer fits.

    Raises:
        Refused: With the devices whose configuration or intent changed since.
    """
    then = {change.device: change for change in plan.changes}
    reasons = [
        f"{change.device}: {_difference(then.get(change.device), change)}"
        for change in now.changes
        if _difference(then.get(change.device), change)
    ]
    gone = sorted(set(then) - {change.device for change in now.changes})
    reasons += [f"{name}: no longer in the fabric" for name in gone]
    if reasons:
        raise Refused(
            f"the plan of {plan.created} is stale: " + "; ".join(reasons),
            hint="look at it again: dmvpn plan --out FILE",
        )


def _difference(then: Change | None, now: Change) -> str:
    if then is None:
        return "not in the plan"
    if then.running_digest != now.running_digest:
        return "its configuration changed since"
    if then.intent_digest != now.intent_digest:
        return "its intent changed since"
    return "" if then.lines == now.lines else "other lines are needed now"
