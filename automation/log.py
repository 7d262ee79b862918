"""Where log records go and what they look like; nothing secret passes here.

Standard library only. Records go to standard error or a file, one line each, plain or JSON.
"""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

Redact = Callable[[str], str]

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
OURS = "dmvpn"
"""Name of our handler, so that setting up again replaces it and no other."""
_TALKATIVE = ("paramiko", "netmiko", "nornir", "napalm", "asyncio", "asyncssh")
"""Libraries that log what goes over a session, or a line a connection."""


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}


class PlainFormatter(logging.Formatter):
    """`14:02:11Z warning tasks.push payload left device=hub1`."""

    def __init__(self, redact: Redact) -> None:
        """Take what hides secrets."""
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Write one record as one line, a traceback below it."""
        at = datetime.fromtimestamp(record.created, UTC)
        extra = "".join(f" {key}={value}" for key, value in _extra(record).items())
        level = record.levelname.lower()
        text = f"{at:%H:%M:%S}Z {level} {record.name} {record.getMessage()}{extra}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return self._redact(text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, redact: Redact) -> None:
        """Take what hides secrets."""
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Write one record as one line."""
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        # Redacted value by value: JSON writes some characters of a secret in another way.
        hidden = {
            key: value if isinstance(value, int | float | None) else self._redact(str(value))
            for key, value in fields.items()
        }
        return json.dumps(hidden)


def set_up(
    *,
    level: str = "warning",
    form: str = "plain",
    file: Path | None = None,
    redact: Redact = str,
    stream: TextIO | None = None,
) -> None:
    """Send log records to a file or to standard error, secrets hidden."""
    handler: logging.Handler
    if file is not None:
        handler = logging.FileHandler(file, encoding="utf-8")
    else:
        handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter(redact) if form == "json" else PlainFormatter(redact))
    handler.set_name(OURS)
    root = logging.getLogger()
    for old in [known for known in root.handlers if known.get_name() == OURS]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It logs the stack trace of every session that drops; the errors of tasks say it in words.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
