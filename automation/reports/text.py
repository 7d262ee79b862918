"""A report as text for a terminal, one finding a line (UX section 4)."""

from automation.checks.base import Finding, Status
from automation.reports.model import Report


def format_summary(report: Report, *, verbose: bool = False) -> str:
    """Give the counts, then what is wanting with why and fix; everything when verbose."""
    counts = "  ".join(f"{s.upper()} {report.count(s)}" for s in Status)
    devices = f"{len(report.devices)} device{'' if len(report.devices) == 1 else 's'}"
    lines = [f"{counts}   {devices}  {report.duration_s:.0f} s"]
    shown = report.findings if verbose else report.wanting
    width = max((len(f.device) for f in shown), default=0)
    titles = max((len(f"{f.check_id} {f.title}") for f in shown), default=0)
    for finding in shown:
        lines += _finding(finding, width, titles)
    for row in report.drift:
        if row.missing:
            lines.append(f"DRIFT {row.device}   {len(row.missing)} lines differ from the intent")
            lines += [f"      + {line}" for line in row.missing]
        elif row.unmanaged:
            lines.append(f"NOTE  {row.device}   holds lines in our blocks that nobody intended")
        lines += [f"      ? {line}   (unmanaged, kept)" for line in row.unmanaged]
    if report.drift and not any(row.missing for row in report.drift):
        lines.append(f"No drift on {len(report.drift)} of {devices}.")
    return "\n".join(lines)


def _finding(finding: Finding, width: int, titles: int) -> list[str]:
    head = f"{finding.check_id} {finding.title}"
    subject = f"{finding.subject}: " if finding.subject else ""
    status = f"{finding.status.upper():<5}"
    lines = [f"{status} {finding.device:<{width}}  {head:<{titles}}  {subject}{finding.message}"]
    if finding.status in (Status.FAIL, Status.ERROR):
        lines += [f"     why: {line.strip()}" for line in finding.evidence]
        if finding.remedy:
            lines.append(f"     fix: {finding.remedy}")
    return lines
