"""The one model that every report is drawn from. How it looks is the siblings' business."""

from collections.abc import Iterable
from dataclasses import dataclass

from automation.checks.base import Finding, Status

SCHEMA = "dmvpn.result/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What a device holds that the intent does not, and the other way round."""

    device: str
    missing: tuple[str, ...] = ()
    """Lines that the device would be sent."""
    unmanaged: tuple[str, ...] = ()
    """Lines in our blocks that nobody intended; kept, and no drift by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A part of a story: a heading, words, and what was printed."""

    title: str
    text: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run found."""

    kind: str
    """verify, audit, demo, ..."""
    run: str
    started: str
    """ISO 8601."""
    duration_s: float
    devices: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    drift: tuple[Drift, ...] = ()
    chapters: tuple[Chapter, ...] = ()

    def count(self, status: Status) -> int:
        """Count the findings of one status."""
        return sum(1 for finding in self.findings if finding.status is status)

    @property
    def wanting(self) -> tuple[Finding, ...]:
        """List what failed or could not be looked at, failures first."""
        return tuple(
            finding
            for status in (Status.FAIL, Status.ERROR)
            for finding in self.findings
            if finding.status is status
        )

    @property
    def exit_code(self) -> int:
        """Give the exit code by the precedence 5 > 4 > 3 (UX section 3)."""
        if self.count(Status.ERROR):
            return 5
        if self.count(Status.FAIL):
            return 4
        return 3 if any(row.missing for row in self.drift) else 0

    def by_device(self) -> dict[str, list[Finding]]:
        """Group the findings, devices in order of appearance."""
        return group(self.findings)


def group(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Group findings by device, in order of appearance."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.device, []).append(finding)
    return grouped
