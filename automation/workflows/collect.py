"""Read-only questions to many devices: answers kept as files, or given back as text."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from automation.checks.expect import ExpectedPath
from automation.errors import DmvpnError, UsageError
from automation.fabric.derive import generation_of
from automation.workflows.devices import Device, Fleet
from parsers.errors import ParseError
from tasks.collect import Capture
from tasks.errors import TaskError
from tasks.facts import Facts

PINGS = 10
"""Enough for the shortcut to stand at the last ones."""


def save(
    fleet: Fleet,
    wanted: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    probes: Sequence[ExpectedPath] = (),
    redact: Callable[[str], str] = str,
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Write `<device>/<command>.txt`, spaces as `_`; give the files and what failed.

    Args:
        fleet: The devices.
        wanted: Commands, by device.
        folder: Where to write.
        probes: Pairs that traffic is sent between first; its output is kept too.
        redact: Hides secrets.

    Raises:
        UsageError: The folder cannot be written.
    """

    def job(device: Device) -> tuple[Capture, ...]:
        sent = [c for path in probes if path.source == device.name for c in _probe(device, path)]
        return (*sent, *device.collect(wanted[device.name]))

    answers = fleet.each(wanted, job)
    written: dict[str, list[str]] = {}
    failures: dict[str, str] = {}
    for name, answer in answers.items():
        if isinstance(answer, Exception):
            failures[name] = _reason(answer)
        else:
            written[name] = [_write(folder / name, capture, redact) for capture in answer]
    return written, failures


def _probe(device: Device, path: ExpectedPath) -> Iterator[Capture]:
    """Ping, which brings the shortcut about, then trace."""
    ping = device.ping(path.destination, path.source_interface, PINGS)
    trace = device.traceroute(path.destination, path.source_interface)
    for verb, text in (("ping", ping.text), ("traceroute", trace.text)):
        command = f"{verb} {path.destination}"
        yield Capture(device=device.name, command=command, text=text, at=datetime.now(UTC))


def _write(folder: Path, capture: Capture, redact: Callable[[str], str]) -> str:
    name = capture.command.replace(" ", "_").replace("/", "-")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.txt").write_text(redact(capture.text), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", place=str(folder)) from error
    return f"{name}.txt"


def ask_all(
    fleet: Fleet, names: Iterable[str], command: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Run one command on many devices; give the answers and what failed."""
    answers = fleet.each(names, lambda device: device.collect((command,))[0].text)
    failures = {n: _reason(a) for n, a in answers.items() if isinstance(a, Exception)}
    return {n: a for n, a in answers.items() if isinstance(a, str)}, failures


def facts_of(
    fleet: Fleet, names: Iterable[str]
) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
    """Read what the devices are; give one row a device, and what failed."""
    answers = fleet.each(names, lambda device: device.facts())
    failures = {n: _reason(a) for n, a in answers.items() if isinstance(a, Exception)}
    rows = {n: _row(n, a) for n, a in answers.items() if isinstance(a, Facts)}
    return rows, failures


def _row(name: str, facts: Facts) -> dict[str, object]:
    return {
        "device": name,
        "hostname": facts.hostname,
        "model": facts.model,
        "release": facts.os_version,
        "defaults": str(generation_of(facts.os_version)),
        "serial_number": facts.serial_number,
        "uptime_s": facts.uptime_s,
        "archive": facts.archive.path or "off",
        "filesystem": facts.filesystem.prefix if facts.filesystem else "",
        "free_bytes": facts.filesystem.free_bytes if facts.filesystem else 0,
    }


def _reason(error: Exception) -> str:
    if isinstance(error, TaskError | DmvpnError | ParseError):
        return str(error)
    raise error
