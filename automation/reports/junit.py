"""A report as JUnit XML: a suite a device, a case a finding, names unique (UX section 5)."""

import hashlib
import re
import xml.etree.ElementTree as ET

from automation.checks.base import Finding, Status
from automation.reports.model import Report

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold."""


def to_junit(report: Report) -> str:
    """Draw the report as JUnit XML."""
    root = ET.Element(
        "testsuites",
        name=f"dmvpn {report.kind}",
        tests=str(len(report.findings)),
        failures=str(report.count(Status.FAIL)),
        errors=str(report.count(Status.ERROR)),
        time=f"{report.duration_s:.3f}",
    )
    for device, findings in report.by_device().items():
        statuses = [finding.status for finding in findings]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=_clean(device),
            tests=str(len(findings)),
            failures=str(statuses.count(Status.FAIL)),
            errors=str(statuses.count(Status.ERROR)),
            skipped=str(statuses.count(Status.SKIP)),
            timestamp=report.started,
        )
        seen: dict[str, int] = {}
        for finding in findings:
            _case(suite, finding, seen)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, finding: Finding, seen: dict[str, int]) -> None:
    name = f"{finding.check_id}[{_mark(finding.subject)}]"
    seen[name] = seen.get(name, 0) + 1
    if seen[name] > 1:
        name = f"{name}#{seen[name]}"
    case = ET.SubElement(suite, "testcase", classname=_clean(finding.device), name=_clean(name))
    text = "\n".join([*(f"why: {line}" for line in finding.evidence), f"fix: {finding.remedy}"])
    subject = f"{finding.subject}: " if finding.subject else ""
    message = _clean(f"{finding.title}: {subject}{finding.message}")
    tag = {Status.FAIL: "failure", Status.ERROR: "error", Status.SKIP: "skipped"}.get(
        finding.status
    )
    if tag == "skipped":
        ET.SubElement(case, tag, message=message)
    elif tag:
        ET.SubElement(case, tag, message=message).text = _clean(text)


def _mark(subject: str) -> str:
    """Give a short stable mark, because some readers merge cases of one name."""
    return hashlib.sha256(subject.encode()).hexdigest()[:8]


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
