"""A replay: boot the routers of a case, let them converge, type what was typed, judge."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labs.twin import intake
from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.commands.reader import VERSION
from labs.twin.device import DeviceConfig
from labs.twin.intake.transcript import command
from labs.twin.network import Network
from labs.twin.replay import implied
from labs.twin.replay.case import Case, Step
from labs.twin.replay.judge import Verdict, judge
from labs.twin.replay.sittings import in_sittings
from labs.twin.replay.underlay import draw
from labs.twin.replay.unpublished import addresses, hosts, leases, routes
from labs.twin.router.leases import leased

CONVERGED_S = 180.0
CONFIGURE = re.compile(r"conf\w* ?t\w*|en(?:able)?")
IN_EXEC = ("clear ", "debug ", "undebug ", "write", "copy ")
"""Commands that authors list among those of configuration mode."""
SETTLED_S = 60.0
"""After lines were typed."""
THINKING_S = 3.0
"""Between two commands."""
PRIVILEGED = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One output, judged."""

    step: int
    node: str
    command: str
    eligible: bool
    verdict: Verdict
    diff: str
    """What differs, masked; the reason where the output is not eligible or not supported."""
    assumed: tuple[str, ...] = ()
    """Traffic that was not published and that the output proves: commands typed before it."""
    printed: str = ""
    """What the twin printed."""


def boot(case: Case, seed: int = 1) -> dict[str, Session]:
    """Boot and wire the network of a case, without letting time pass; one session a router."""
    network = Network(seed=seed)
    sessions = {}
    images = {n: None if VERSION.search(t) else case.image for n, t in case.configs.items()}
    texts = dict(case.configs)

    def read() -> dict[str, DeviceConfig]:
        return {name: intake.boot(text, images[name]).config for name, text in texts.items()}

    texts = _longer(texts, addresses(case, read()))
    given = leases(case, read())
    known = {
        name: leased(config, {port: held for (r, port), held in given.items() if r == name})
        for name, config in read().items()
    }
    texts = _longer(texts, routes(case, known))
    for name, text in texts.items():
        console = Console.boot(network, name, text, images[name])
        sessions[name] = console.open("replay", PRIVILEGED, length=0)
    for end, lease in given.items():
        network.lease(end, lease)
    for name, text in hosts(case, known).items():
        Console.boot(network, name, text)
    drawn = draw({name: router.config for name, router in network.routers.items()})
    for name, text in drawn.providers.items():
        Console.boot(network, name, text)
    for ends in drawn.segments:
        network.connect_segment(ends)
    return sessions


def _longer(texts: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    return {name: text + more.get(name, "") for name, text in texts.items()}


def play(case: Case, seed: int = 1) -> tuple[Judged, ...]:
    """Replay a case and judge every output."""
    case = in_sittings(case)
    sessions = boot(case, seed)
    network = next(iter(sessions.values())).network if sessions else Network(seed=seed)
    network.run_for(CONVERGED_S)
    judged = []
    for step in case.steps:
        if _edit(case, step, sessions):
            network.run_for(SETTLED_S)
        judged.append(_step(case, step, sessions))
        network.run_for(THINKING_S)
    return tuple(judged)


def _edit(case: Case, step: Step, sessions: dict[str, Session]) -> bool:
    """Type the lines that stand before a step; tell whether there were any."""
    edits = [edit for edit in case.edits if edit.before_step == step.number]
    for edit in edits:
        router = case.router(edit.node)
        if router is None:
            continue
        for line in _typed(edit.lines):
            sessions[router].execute(line)
    return bool(edits)


def _typed(lines: Sequence[str]) -> Iterator[str]:
    """Give what to type for lines that were typed in configuration mode, or on the way to it."""
    yield "configure terminal"
    for line in map(command, lines):
        if CONFIGURE.fullmatch(line.strip()):
            continue
        yield f"do {line.strip()}" if line.lstrip().startswith(IN_EXEC) else line
        if line.strip() == "end":
            yield "configure terminal"
    yield "end"


def _step(case: Case, step: Step, sessions: dict[str, Session]) -> Judged:
    router = case.router(step.node)
    if router is None:
        reason = step.reason or "configuration of this node was not published"
        return _judged(step, Verdict.UNSUPPORTED, reason, "")
    session = sessions[router]
    typed = command(step.command).strip().removeprefix("do ")
    printed = session.execute(typed)
    verdict, diff = judge(step.printed, printed, extract=step.extract)
    assumed: tuple[str, ...] = ()
    if verdict is Verdict.DIFFERS:
        assumed = implied.traffic(typed, step.printed, printed)
    if assumed:
        for probe in assumed * 2:
            session.execute(probe)
            session.network.run_for(THINKING_S)
        printed = session.execute(typed)
        verdict, diff = judge(step.printed, printed, extract=step.extract)
    return _judged(step, verdict, diff, printed, assumed)


def _judged(
    step: Step, verdict: Verdict, diff: str, printed: str, assumed: tuple[str, ...] = ()
) -> Judged:
    return Judged(
        step=step.number,
        node=step.node,
        command=step.command,
        eligible=step.eligible,
        verdict=verdict,
        diff=diff,
        assumed=assumed,
        printed=printed,
    )
