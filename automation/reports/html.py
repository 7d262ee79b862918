"""A report as one self-contained HTML page: no network, no library, readable without scripts.

The page is `templates/report.html.j2`; the few lines of script in it only hide and show rows.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from automation.checks.base import Status
from automation.reports.model import Report


@cache
def _template() -> Template:
    return Environment(
        loader=PackageLoader("automation.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("report.html.j2")


def to_html(report: Report) -> str:
    """Draw the report as a page."""
    order = (Status.FAIL, Status.ERROR, Status.SKIP, Status.PASS)
    return _template().render(
        report=report,
        counts=[(status, report.count(status)) for status in Status],
        findings=sorted(report.findings, key=lambda finding: order.index(finding.status)),
        drift=[row for row in report.drift if row.missing],
    )
