"""The demonstration: the main job of the program on a lab, in one command.

It works in a scratch copy of the inventory under `.dmvpn/demo/` and ends its lab in any case.
What it prints is meant for somebody who sees the program for the first time.
"""

from __future__ import annotations

import shutil
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automation.cli.options import options_of
from automation.cli.output import put
from automation.cli.project import Project, utc_now
from automation.errors import DmvpnError, UsageError

if TYPE_CHECKING:
    from automation.checks.base import Finding
    from automation.workflows.devices import NornirFleet
    from automation.workflows.engine import State
    from automation.workflows.plan import Prepared

LAB = "demo"
NEW_SITE, NEW_LAN = "branch-4", "10.1.4.0/24"
RATE = 10.0
WAIT_S = 120.0
WIDTH = 90
INTRO = """\
A DMVPN cloud, phase 3, from nothing: one hub and branches over the internet, IPsec on every
tunnel. Branches know the hub; when two of them talk, the hub tells them to take the direct way,
and they build a tunnel between themselves. The routers are virtual, answer over SSH like Cisco
IOS, and their clock runs {rate:g} times as fast as yours, so that waiting is short."""


class DemoFailed(DmvpnError):
    """Something in the story did not go as told."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(demo)


def demo(
    context: typer.Context,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the lab running at the end.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Build a phase 3 cloud on virtual routers, add a site, prove the shortcut."""
    from labs.twin.lab import down

    options = options_of(context)
    scratch = options.folder / ".dmvpn" / "demo"
    lab = scratch / "lab" / LAB
    down(lab)
    _scratch_copy(options.inventory, scratch)
    project = Project(
        replace(options, folder=scratch, inventory=scratch / "inventory", limit="", quiet=True),
        only_lab=lab,
    )
    story = Story()
    try:
        _tell(project, story)
    finally:
        story.write(scratch / "demo.html")
        if not keep:
            down(lab)
    put(f"\nEverything that happened, on one page:\n{scratch / 'demo.html'}")


def _scratch_copy(inventory: Path, scratch: Path) -> None:
    if not (inventory / "fabric.yaml").is_file():
        raise UsageError(
            "the demonstration needs the example inventory",
            place=str(inventory),
            hint="run it in a clone of the project, or name the folder with -i",
        )
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(inventory, scratch / "inventory")
    # addresses are given out anew, so that the story is the same each time
    (scratch / "inventory" / "allocations.yaml").unlink(missing_ok=True)


@dataclass
class Story:
    """What is told on the terminal and kept for the page."""

    began: float = field(default_factory=time.monotonic)
    started: str = field(default_factory=lambda: utc_now().isoformat(timespec="seconds"))
    chapters: list[tuple[str, str, list[str]]] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    devices: tuple[str, ...] = ()

    @contextmanager
    def chapter(self, title: str, text: str) -> Iterator[None]:
        """Begin a chapter, and say how long it took."""
        number = len(self.chapters) + 1
        put(f"\n{number}. {title}\n{textwrap.indent(textwrap.fill(text, WIDTH), '   ')}\n")
        self.chapters.append((f"{number}. {title}", text, []))
        yield

    def say(self, text: str, *, page: str = "") -> None:
        """Print a text; the page may hold a longer one."""
        put("\n".join(f"   {line}" for line in text.splitlines()))
        self.chapters[-1][2].append(page or text)

    def listen(self, device: str, step: str, state: State, said: str) -> None:
        """Take the steps of a deployment, one line a device."""
        if step == "arm":
            self._steps = [f"{device:<9}"]
        self._steps.append(said)
        if step in ("confirm", "revert"):
            self.say(f"{self._steps[0]} {' | '.join(self._steps[1:])}")

    _steps: list[str] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write the page."""
        from automation.reports import FORMATS
        from automation.reports.model import Chapter, Report

        report = Report(
            kind="demo",
            run="demo",
            started=self.started,
            duration_s=time.monotonic() - self.began,
            devices=self.devices,
            findings=self.findings,
            chapters=(
                Chapter(title="What this is", text=" ".join(INTRO.format(rate=RATE).split())),
                *(
                    Chapter(title=title, text=text, output="\n".join(said))
                    for title, text, said in self.chapters
                ),
            ),
        )
        path.write_text(FORMATS["html"](report), encoding="utf-8")


def _tell(project: Project, story: Story) -> None:
    put(INTRO.format(rate=RATE))
    _begin(project, story)
    project = replace(project)  # what was read before the lab ran is read again
    with project.fleet() as fleet:
        _build(project, story, fleet)
        _judge(project, story, fleet, "Verify the cloud")
    grown = _grow(project, story)
    with grown.fleet() as fleet:
        _deploy(grown, story, fleet)
        _judge(grown, story, fleet, "Verify again, with the new branch")
        _trace(grown, story, fleet)
        _again(grown, story, fleet)


def _begin(project: Project, story: Story) -> None:
    from automation.cli.day0 import lab_of, start

    with story.chapter(
        "Start the routers",
        "As delivered: a name, a user, SSH, an address on the WAN. Nothing of DMVPN yet.",
    ):
        spec = lab_of(project.views, name=LAB, spares=[NEW_SITE], rate=RATE)
        found = start(spec, project.only_lab or project.labs / LAB, project.fabric.secrets())
        story.devices = tuple(row.name for row in found.routers)
        story.say(
            "\n".join(f"{row.name:<9} ssh 127.0.0.1:{row.port}" for row in found.routers)
            + f"\nclock: {found.rate} times real time"
        )


def _prepared(project: Project, fleet: NornirFleet) -> Prepared:
    from automation.fabric.allocations import save_allocations
    from automation.workflows.plan import prepare

    save_allocations(project.inventory, project.allocations)
    return prepare(fleet, project.planner(), project.names(), utc_now)


def _build(project: Project, story: Story, fleet: NornirFleet) -> None:
    with story.chapter(
        "Plan",
        "fabric.yaml says what the network shall be; the plan says what each router lacks.",
    ):
        prepared = _prepared(project, fleet)
        _show_plan(story, prepared)
    _deploy(project, story, fleet, prepared)


def _show_plan(story: Story, prepared: Prepared) -> None:
    from automation.cli.plans import format_plan

    whole = format_plan(prepared.plan)
    first = prepared.plan.todo[-1]
    lines = [f"  {line}" for line in _tunnel_block(first.lines)]
    short = [line for line in whole.splitlines() if not line.startswith("      ")]
    story.say("\n".join([*short, f"Of these, the tunnel of {first.device}:", *lines]), page=whole)


def _tunnel_block(lines: Sequence[str]) -> list[str]:
    """Cut the tunnel interface out of the lines of a change."""
    start = next((i for i, line in enumerate(lines) if line.startswith("interface Tunnel")), None)
    if start is None:
        return []
    rest = lines[start + 1 :]
    end = next((i for i, line in enumerate(rest) if not line.startswith(" ")), len(rest))
    return list(lines[start : start + 1 + end])


def _deploy(
    project: Project, story: Story, fleet: NornirFleet, prepared: Prepared | None = None
) -> None:
    from automation.cli.plans import format_outcome
    from automation.workflows.deploy import Settings, apply
    from automation.workflows.verify import Patience

    with story.chapter(
        "Apply",
        "Each router first arms its own undo timer; only what is verified is confirmed; "
        "nothing is saved before the whole cloud is well.",
    ):
        prepared = prepared or _prepared(project, fleet)
        # without probes, so that verify finds no shortcut and shows the whole proof
        settings = Settings(patience=Patience(wait_s=WAIT_S), now=utc_now, active=False)
        with project.run("demo", locked=True) as journal:
            outcome = apply(
                prepared,
                fleet,
                journal,
                settings,
                clear=project.clear(),
                keep=project.keep(journal.run),
                listen=story.listen,
            )
        story.say(format_outcome(outcome))
        if outcome.exit_code:
            raise DemoFailed("the deployment did not go through", hint="the page tells more")


def _judge(project: Project, story: Story, fleet: NornirFleet, title: str) -> None:
    from automation.reports.model import Report
    from automation.reports.text import format_summary
    from automation.workflows.verify import Patience, verify

    with story.chapter(
        title,
        "Both ends of every registration, IPsec, routing neighbours and routes; then traffic "
        "between branches proves phase 3.",
    ):
        began = time.monotonic()
        findings = verify(fleet, project.views, patience=Patience(wait_s=WAIT_S))
        report = Report(
            kind="verify",
            run="",
            started=story.started,
            duration_s=time.monotonic() - began,
            devices=tuple(project.views),
            findings=findings,
        )
        proof = tuple(finding for finding in findings if ">" in finding.device)
        proof_lines = format_summary(replace(report, findings=proof), verbose=True).splitlines()[1:]
        story.findings = findings
        story.say("\n".join([format_summary(report), *proof_lines]))
        if report.exit_code:
            raise DemoFailed("the cloud was found wanting", hint="the page tells more")


def _grow(project: Project, story: Story) -> Project:
    from automation.cli.sites import add_site

    with story.chapter(
        "Add a branch",
        "One command edits fabric.yaml, gives out an overlay address, and plans the change.",
    ):
        story.say(
            f"$ dmvpn site add {NEW_SITE} --host {NEW_SITE} --wan GigabitEthernet2 --lan {NEW_LAN}"
        )
        grown: list[Project] = []

        def take(changed: Project) -> int:
            grown.append(changed)
            return 0

        add_site(
            project,
            NEW_SITE,
            router=NEW_SITE,
            wan="GigabitEthernet2",
            lans=[NEW_LAN],
            cloud="",
            dry_run=False,
            then=take,
        )
        tunnel = grown[0].views[NEW_SITE].tunnels[0]
        story.say(f"{NEW_SITE} joins cloud {tunnel.cloud} as {tunnel.address.ip}")
        return grown[0]


def _trace(project: Project, story: Story, fleet: NornirFleet) -> None:
    from automation.cli.paths import format_explanation
    from automation.workflows.trace import between, trace

    with story.chapter(
        "Watch the shortcut appear",
        "The first packets go by the hub; then the two branches talk directly.",
    ):
        found = trace(fleet, between(project.views, NEW_SITE, _other(project, fleet)), active=True)
        story.say(format_explanation(found))


def _other(project: Project, fleet: NornirFleet) -> str:
    """Choose a spoke that the new one has not talked to yet, if there is one."""
    from automation.workflows.verify import shortcuts

    known = shortcuts(fleet, project.views, [NEW_SITE])
    spokes = [n for n, view in project.views.items() if not view.is_hub and n != NEW_SITE]
    return min(spokes, key=lambda name: frozenset((NEW_SITE, name)) in known)


def _again(project: Project, story: Story, fleet: NornirFleet) -> None:
    from automation.cli.plans import format_plan

    with story.chapter("Plan once more", "What is as intended needs nothing."):
        plan = _prepared(project, fleet).plan
        story.say(format_plan(plan))
        if not plan.empty:
            raise DemoFailed("a plan after an apply is not empty")
