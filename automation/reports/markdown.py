"""A report as Markdown, for a ticket or a merge request."""

import re

from automation.checks.base import Finding, Status
from automation.reports.model import Report

SPECIAL = re.compile(r"([\\`*_|<>\[\]])")


def to_markdown(report: Report) -> str:
    """Draw the report as Markdown."""
    lines = [
        f"# dmvpn {report.kind}: run {report.run}",
        "",
        f"Started {report.started}, {report.duration_s:.0f} s, {len(report.devices)} devices. "
        + ", ".join(f"{report.count(status)} {status}" for status in Status)
        + ".",
    ]
    for chapter in report.chapters:
        lines += ["", f"## {_plain(chapter.title)}"]
        lines += ["", _plain(chapter.text)] if chapter.text else []
        lines += ["", *_fenced(chapter.output)] if chapter.output else []
    if report.findings:
        lines += ["", "## Findings", "", "| status | device | check | subject | found |"]
        lines.append("|---|---|---|---|---|")
    lines += [
        "| "
        + " | ".join(
            _plain(text)
            for text in (
                finding.status,
                finding.device,
                f"{finding.check_id} {finding.title}",
                finding.subject,
                finding.message,
            )
        )
        + " |"
        for finding in sorted(report.findings, key=_urgency)
    ]
    for row in report.drift:
        if row.missing:
            lines += ["", f"## Drift of {_plain(row.device)}", "", *_fenced("\n".join(row.missing))]
    return "\n".join(lines) + "\n"


def _urgency(finding: Finding) -> int:
    return (Status.FAIL, Status.ERROR, Status.SKIP, Status.PASS).index(finding.status)


def _plain(text: str) -> str:
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _fenced(text: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [fence, text.rstrip("\n"), fence]
