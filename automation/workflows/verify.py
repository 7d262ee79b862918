"""Verification: collect once a device, parse, judge, wait until it holds or time is up.

Time is the devices' own (`show clock`), so that a lab whose clock runs fast is given no longer
than a real network. The proof of phase 3 sends probes between pairs of spokes. Captures saved in
a folder are judged by `offline`. What is expected and how it is judged: `automation.checks`.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from automation.checks import CHECKS, PATH_CHECKS
from automation.checks.base import Check, Finding, Records, Status, commands, judge, unreachable
from automation.checks.expect import Expectation, ExpectedPath, expectations, paths
from automation.checks.path import (
    AFTER,
    BEFORE,
    PEERS,
    PING,
    ROUTES,
    TRACEROUTE,
    Pinged,
    Traced,
    learned,
)
from automation.errors import DmvpnError
from automation.fabric.views import DeviceView
from automation.workflows.devices import Device, Fleet
from parsers import parse
from parsers.errors import ParseError
from parsers.records import CefPath, Clock, DmvpnPeer, Record
from tasks.collect import Capture
from tasks.errors import TaskError
from tasks.probe import TraceResult

LOG = logging.getLogger(__name__)
CLOCK = "show clock"
DEFAULT_WAIT_S = 120.0
"""Registration back-off (64 s at most), IKE retries and a routing hello fit into it."""
POLL_S = 0.25
"""Real seconds between two looks."""
PINGS = 5
SHORTCUT_S = 10.0
"""A resolution and an IKE exchange between spokes take less (V7 of PHASES section 6: 3 s)."""

Views = Mapping[str, DeviceView]


def read(captures: Iterable[Capture]) -> Records:
    """Parse what a device answered; what cannot be parsed is kept as unreadable."""
    parsed: dict[str, tuple[Record, ...]] = {}
    unreadable: dict[str, str] = {}
    raw: dict[str, str] = {}
    for capture in captures:
        raw[capture.command] = capture.text
        try:
            parsed[capture.command] = tuple(parse(capture.command, capture.text))
        except ParseError as error:
            unreadable[capture.command] = str(error)
    return Records(parsed=parsed, unreadable=unreadable, raw=raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to look again, in device time, and how to pass real time between looks."""

    wait_s: float = DEFAULT_WAIT_S
    pause: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one device."""

    findings: tuple[Finding, ...]
    at: datetime | None
    """The device's own clock."""


def look(
    fleet: Fleet,
    expected: Mapping[str, Expectation],
    patience: Patience,
    checks: Sequence[Check] = CHECKS,
) -> tuple[Finding, ...]:
    """Judge the expected devices, looking again at those that fail while time is left."""
    found: dict[str, _Look] = {}
    began: dict[str, datetime] = {}
    waiting = list(expected)
    started = patience.monotonic()
    while waiting:
        for name, seen in _look_once(fleet, {n: expected[n] for n in waiting}, checks).items():
            found[name] = seen
            if seen.at:
                began.setdefault(name, seen.at)
        waiting = [
            name
            for name in waiting
            if _may_improve(found[name])
            and _age(found[name], began, name, patience.monotonic() - started) < patience.wait_s
        ]
        if waiting:
            patience.pause(POLL_S)
    return tuple(finding for name in expected for finding in found[name].findings)


def _may_improve(seen: _Look) -> bool:
    """Tell whether looking again makes sense: a device that cannot be read is not asked again."""
    return any(finding.status is Status.FAIL for finding in seen.findings)


def _age(seen: _Look, began: Mapping[str, datetime], name: str, real_s: float) -> float:
    """Tell how much device time has passed since the first look; real time without a clock."""
    if seen.at is None or name not in began:
        return real_s
    return max((seen.at - began[name]).total_seconds(), real_s)


def _look_once(
    fleet: Fleet, expected: Mapping[str, Expectation], checks: Sequence[Check]
) -> dict[str, _Look]:
    def job(device: Device) -> _Look:
        expectation = expected[device.name]
        records = read(device.collect((CLOCK, *commands(checks, expectation))))
        return _Look(judge(checks, expectation, records), _clock(records))

    answers = fleet.each(expected, job)
    return {
        name: _Look((_not_read(name, answer),), None) if isinstance(answer, Exception) else answer
        for name, answer in answers.items()
    }


def _clock(records: Records) -> datetime | None:
    if CLOCK not in records.parsed:
        return None
    return next((row.time for row in records.rows(CLOCK, Clock)), None)


def _not_read(name: str, error: Exception) -> Finding:
    """Turn what kept us from reading a device into a finding; a bug stays a bug."""
    if isinstance(error, TaskError | DmvpnError):
        return unreachable(name, error.message, error.hint)
    if isinstance(error, ParseError):
        return unreachable(name, str(error))
    raise error


def prove(fleet: Fleet, tried: Sequence[ExpectedPath], patience: Patience) -> tuple[Finding, ...]:
    """Send traffic between pairs of spokes and judge the shortcut it makes."""
    by_source: dict[str, list[ExpectedPath]] = {}
    for path in tried:
        by_source.setdefault(path.source, []).append(path)

    def job(device: Device) -> list[tuple[ExpectedPath, Records]]:
        return [(path, probe(device, path, patience)) for path in by_source[device.name]]

    found: list[Finding] = []
    for name, answer in fleet.each(by_source, job).items():
        if isinstance(answer, Exception):
            found.append(_not_read(name, answer))
            continue
        for path, records in answer:
            expectation = Expectation(device=f"{path.source}>{path.target}", path=path)
            found += judge(PATH_CHECKS, expectation, records)
    return tuple(found)


def probe(device: Device, path: ExpectedPath, patience: Patience) -> Records:
    """Read the way to the other spoke, send traffic, read it again when the shortcut stands."""
    cef = f"show ip cef {path.destination}"
    before = read(device.collect((cef,)))
    ping = device.ping(path.destination, path.source_interface, PINGS)
    _await_shortcut(device, path, cef, patience)
    trace = device.traceroute(path.destination, path.source_interface)
    after = read(device.collect((cef, "show dmvpn", "show ip route", "show ip nhrp")))
    parsed: dict[str, tuple[Record, ...]] = {
        PING: (Pinged(sent=ping.sent, received=ping.received, marks=ping.marks),),
        TRACEROUTE: (traced(trace, path),),
    }
    raw = {PING: ping.text, TRACEROUTE: trace.text, "show ip nhrp": after.raw["show ip nhrp"]}
    unreadable: dict[str, str] = {}
    moments = (
        (before, cef, BEFORE),
        (after, cef, AFTER),
        (after, "show dmvpn", PEERS),
        (after, "show ip route", ROUTES),
    )
    for records, command, name in moments:
        raw[name] = records.raw[command]
        if command in records.parsed:
            parsed[name] = records.parsed[command]
        else:
            unreadable[name] = records.unreadable[command]
    return Records(parsed=parsed, unreadable=unreadable, raw=raw)


def traced(trace: TraceResult, path: ExpectedPath) -> Traced:
    """Read a traceroute; the far router answers for its LAN with its tunnel address.

    Seen in the published captures of phases 2 and 3: the last hop of a trace to a LAN address is
    the tunnel address of the router that owns it.
    """
    last = trace.hops[-1] if trace.hops else None
    answered = last is not None and last.address == path.peer.address and not last.notes
    return Traced(
        hops=tuple(str(hop.address or "*") for hop in trace.hops),
        reached=trace.reached or answered,
    )


def _await_shortcut(device: Device, path: ExpectedPath, cef: str, patience: Patience) -> None:
    """Keep a little traffic going until CEF sends to the other spoke, or time is up."""
    started = patience.monotonic()
    began: datetime | None = None
    while True:
        records = read(device.collect((CLOCK, cef)))
        now = _clock(records)
        began = began or now
        hops = {row.next_hop for row in records.rows(cef, CefPath)} if cef in records.parsed else {}
        age = (now - began).total_seconds() if now and began else 0.0
        if path.peer.address in hops or max(age, patience.monotonic() - started) > SHORTCUT_S:
            return
        patience.pause(POLL_S)
        device.ping(path.destination, path.source_interface, 1)


def shortcuts(fleet: Fleet, views: Views, names: Iterable[str]) -> set[frozenset[str]]:
    """Find the pairs of spokes that have a shortcut already; who cannot be asked has none."""
    owner: dict[object, str] = {
        tunnel.address.ip: name for name, view in views.items() for tunnel in view.tunnels
    }

    def job(device: Device) -> set[str]:
        records = read(device.collect(("show dmvpn",)))
        rows = records.rows("show dmvpn", DmvpnPeer) if "show dmvpn" in records.parsed else ()
        return {
            owner[row.tunnel_address]
            for row in rows
            if learned(row) and row.tunnel_address in owner
        }

    answers = fleet.each(names, job)
    return {
        frozenset((name, peer))
        for name, peers in answers.items()
        if isinstance(peers, set)
        for peer in peers
    }


def _wanted(
    expected: Mapping[str, Expectation], only: Collection[str] | None
) -> dict[str, Expectation]:
    return {name: e for name, e in expected.items() if only is None or name in only}


def verify(
    fleet: Fleet,
    views: Views,
    *,
    members: Collection[str] | None = None,
    only: Collection[str] | None = None,
    active: bool = True,
    patience: Patience | None = None,
) -> tuple[Finding, ...]:
    """Judge a fabric: every member, then the proof of phase 3 between spokes that are well.

    Args:
        fleet: The devices.
        views: What the fabric says of them.
        members: Who makes up the cloud; all of the fabric if not said.
        only: Whom to judge, against all members; everybody if not said.
        active: Send traffic between spokes for the proof.
        patience: How long to look again.
    """
    patience = patience or Patience()
    expected = _wanted(expectations(views, members), only)
    findings = look(fleet, expected, patience)
    if not active:
        return findings
    ill = {f.device for f in findings if f.status in (Status.FAIL, Status.ERROR)}
    well = set(views if members is None else members) - ill
    spokes = [name for name in expected if name in well and not views[name].is_hub]
    chosen = [
        path
        for path in paths(views, well, avoid=shortcuts(fleet, views, spokes))
        if path.source in expected or path.target in expected
    ]
    return findings + prove(fleet, chosen, patience)
