"""What a check is: a row, a pure function, and the findings it gives.

A check sees expectations and records, nothing else. It says pass, fail or skip; the runner here
says error for it whenever what it reads could not be read, so that "could not look" is never a
pass. Which checks there are stands in the sibling modules and in `automation.checks.CHECKS`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from automation.checks.expect import Expectation
from parsers.records import Record

R = TypeVar("R", bound=Record)


class Status(StrEnum):
    """What a check says."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    ERROR = "error"
    """Could not look."""
    SKIP = "skip"
    """Nothing to judge here."""


class Severity(StrEnum):
    """What a failure means for the traffic."""

    CRITICAL = "critical"
    """Traffic is lost."""
    MAJOR = "major"
    """Traffic takes another way than intended."""
    MINOR = "minor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check says about one subject on one device."""

    check_id: str
    device: str
    subject: str
    status: Status
    message: str
    evidence: tuple[str, ...] = ()
    """Lines of the device that the verdict rests on."""
    remedy: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A finding before its device and check are written on it."""

    status: Status
    subject: str
    message: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What was read from one device."""

    parsed: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    """By command."""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Commands without records, and why."""
    raw: Mapping[str, str] = field(default_factory=dict)
    """The text as the device gave it."""

    def rows(self, command: str, kind: type[R]) -> tuple[R, ...]:
        """Give the records of one kind that a command answered with."""
        return tuple(row for row in self.parsed[command] if isinstance(row, kind))

    def lines(self, command: str, word: str) -> tuple[str, ...]:
        """Quote the lines of a command's text that hold a word."""
        return quote(self.raw.get(command, ""), word)


def quote(text: str, word: str, limit: int = 4) -> tuple[str, ...]:
    """Quote the lines that hold a word: not as part of a longer address."""
    found = [line.rstrip() for line in text.splitlines() if word in _words(line)]
    return tuple(found[:limit])


def _words(line: str) -> set[str]:
    plain = line.replace(",", " ").replace("/", " ").split()
    return {*plain, *line.split()}


Judge = Callable[[Expectation, Records], Iterable[Verdict]]


def _always(expectation: Expectation) -> bool:
    """Apply to every device."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One row of the catalogue."""

    id: str
    title: str
    commands: tuple[str, ...]
    severity: Severity
    tags: frozenset[str]
    judge: Judge
    applies: Callable[[Expectation], bool] = _always
    """Where it is false the check is left out and its commands are not run."""

    @property
    def explanation(self) -> str:
        """Say when it passes, when it fails and what to do."""
        return (self.judge.__doc__ or "").strip()


def passed(subject: str, message: str, evidence: tuple[str, ...] = ()) -> Verdict:
    """Say that the subject is as expected."""
    return Verdict(status=Status.PASS, subject=subject, message=message, evidence=evidence)


def failed(subject: str, message: str, evidence: tuple[str, ...], remedy: str) -> Verdict:
    """Say that the subject is not as expected, by which lines, and what to do."""
    return Verdict(
        status=Status.FAIL, subject=subject, message=message, evidence=evidence, remedy=remedy
    )


def skipped(subject: str, message: str) -> Verdict:
    """Say that there is nothing to judge."""
    return Verdict(status=Status.SKIP, subject=subject, message=message)


def judge(
    checks: Iterable[Check], expectation: Expectation, records: Records
) -> tuple[Finding, ...]:
    """Run checks on one device; what could not be read or judged is an error."""
    return tuple(
        Finding(
            check_id=check.id,
            device=expectation.device,
            subject=verdict.subject,
            status=verdict.status,
            message=verdict.message,
            evidence=verdict.evidence,
            remedy=verdict.remedy,
            title=check.title,
        )
        for check in checks
        if check.applies(expectation)
        for verdict in _verdicts(check, expectation, records)
    )


def commands(checks: Iterable[Check], expectation: Expectation) -> tuple[str, ...]:
    """List the commands that the checks read on this device, each once, in order."""
    wanted = [c for check in checks if check.applies(expectation) for c in check.commands]
    return tuple(dict.fromkeys(wanted))


def _verdicts(check: Check, expectation: Expectation, records: Records) -> Iterator[Verdict]:
    blind = [command for command in check.commands if command not in records.parsed]
    if blind:
        why = records.unreadable.get(blind[0], "was not read")
        yield _error(f"could not look: {blind[0]}: {why}")
        return
    try:
        verdicts = list(check.judge(expectation, records))
    except Exception as error:  # the fence around one check: the others still judge
        yield _error(f"the check itself failed: {type(error).__name__}: {error}")
        return
    yield from verdicts


def _error(message: str) -> Verdict:
    return Verdict(
        status=Status.ERROR,
        subject="",
        message=message,
        remedy="look at the command on the device by hand, then verify again",
    )


def unreachable(device: str, why: str, remedy: str = "") -> Finding:
    """Give the one finding of a device that could not be read at all."""
    return Finding(
        check_id="T-LOOK-001",
        device=device,
        subject="",
        status=Status.ERROR,
        message=why,
        remedy=remedy,
        title="the device can be read",
    )


def cut_off(device: str) -> Finding:
    """Give the finding of a device that a change elsewhere took from us."""
    return Finding(
        check_id="T-LOOK-002",
        device=device,
        subject=device,
        status=Status.FAIL,
        message="is managed through the tunnel and did not answer while the change stood",
        remedy="manage it out of band for this change, or change its end first",
        title="a change leaves the device in reach",
    )
