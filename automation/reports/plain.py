"""A report as JSON: the model itself, under a versioned schema."""

import json
from dataclasses import asdict

from automation.reports.model import SCHEMA, Report


def to_json(report: Report) -> str:
    """Dump the model."""
    data = {
        "schema": SCHEMA,
        "exit_code": report.exit_code,
        "summary": {
            status: sum(1 for f in report.findings if f.status == status)
            for status in ("pass", "fail", "error", "skip")
        },
        **asdict(report),
    }
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
