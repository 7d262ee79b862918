"""Report formats, drawn from one model: `FORMATS[name](report)` gives the text."""

from collections.abc import Callable, Mapping

from automation.reports.html import to_html
from automation.reports.junit import to_junit
from automation.reports.markdown import to_markdown
from automation.reports.model import Report
from automation.reports.plain import to_json

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "json": to_json,
    "junit": to_junit,
    "md": to_markdown,
    "html": to_html,
}
