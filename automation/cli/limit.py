"""The limit: which devices a command works on.

`role:spoke & site:branch-* & !spoke7`; `,` is or, `&` is and, `!` is not; a word without a colon
is a glob over names.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from automation.errors import UsageError
from automation.fabric.views import DeviceView

FIELDS = ("role", "site", "cloud", "name")


def select(views: Mapping[str, DeviceView], expression: str) -> list[str]:
    """List the devices that an expression leaves; an empty one leaves all.

    Raises:
        UsageError: It cannot be read, or leaves none.
    """
    if not expression.strip():
        return list(views)
    chosen = [name for name, view in views.items() if _matches(view, expression)]
    if not chosen:
        raise UsageError(
            f"limit {expression!r} leaves no device",
            hint=f"devices: {', '.join(views)}; fields: {', '.join(FIELDS)}",
        )
    return chosen


def _matches(view: DeviceView, expression: str) -> bool:
    return any(
        all(_term(view, term.strip()) for term in part.split("&")) for part in expression.split(",")
    )


def _term(view: DeviceView, term: str) -> bool:
    if term.startswith("!"):
        return not _term(view, term[1:].strip())
    if not term:
        raise UsageError("the limit has an empty part", hint="e.g. role:spoke & !spoke7")
    field, colon, pattern = term.partition(":")
    if not colon:
        return fnmatchcase(view.name, term)
    values = {
        "role": [str(view.role)],
        "site": [view.site],
        "cloud": [tunnel.cloud for tunnel in view.tunnels],
        "name": [view.name],
    }
    if field not in values:
        raise UsageError(f"limit: unknown field {field!r}", hint=f"fields: {', '.join(FIELDS)}")
    return any(fnmatchcase(value, pattern) for value in values[field])
