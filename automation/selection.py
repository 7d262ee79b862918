"""Which devices a command is about: the expression of `-l` over their labels."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from automation.errors import UsageError

if TYPE_CHECKING:
    from automation.fabric.views import DeviceView

Labels = Mapping[str, object]
"""What is known of one device, e.g. {"role": "spoke", "site": "oslo", "cloud": ["blue"]}."""

_WORDS = re.compile(r"\s*(?:([()!&|,])|([^\s()!&|,]+))")


def labels_of_views(views: Mapping[str, DeviceView]) -> dict[str, dict[str, object]]:
    """Give what the fabric says of each router: name, role, site, clouds."""
    return {
        name: {
            "name": name,
            "role": str(view.role),
            "site": view.site,
            "cloud": [tunnel.cloud for tunnel in view.tunnels],
        }
        for name, view in views.items()
    }


def select(expression: str, devices: Mapping[str, Labels]) -> tuple[str, ...]:
    """Choose devices by `-l EXPR`, in the order given.

    `oslo*` is a glob over names, `key:value` (value a glob) asks the labels; `!` not, `&` and,
    `|` or a comma or, parentheses.

    Raises:
        UsageError: The expression cannot be read, or nothing fits it.
    """
    if not expression.strip():
        return tuple(devices)
    chosen = _Selection(expression, devices).all()
    if not chosen:
        raise UsageError(
            f"no device fits {expression!r}",
            place="-l",
            hint=f"known: {', '.join(list(devices)[:12])}" + (", ..." if len(devices) > 12 else ""),
        )
    return tuple(name for name in devices if name in chosen)


class _Selection:
    """Reads one expression by recursive descent."""

    def __init__(self, expression: str, devices: Mapping[str, Labels]) -> None:
        self._expression = expression
        self._devices = devices
        self._words = [sign or word for sign, word in _WORDS.findall(expression)]

    def all(self) -> set[str]:
        chosen = self._any()
        if self._words:
            raise self._unread(f"{self._words[0]!r} is too much")
        return chosen

    def _any(self) -> set[str]:
        chosen = self._both()
        while self._words and self._words[0] in "|,":
            self._words.pop(0)
            chosen |= self._both()
        return chosen

    def _both(self) -> set[str]:
        chosen = self._one()
        while self._words and self._words[0] == "&":
            self._words.pop(0)
            chosen &= self._one()
        return chosen

    def _one(self) -> set[str]:
        word = self._words.pop(0) if self._words else ""
        if word == "!":
            return set(self._devices) - self._one()
        if word == "(":
            chosen = self._any()
            if not self._words or self._words.pop(0) != ")":
                raise self._unread("a closing parenthesis is missing")
            return chosen
        if not word or word in ")&|,":
            raise self._unread("a name or key:value is missing")
        return set(self._match(word))

    def _match(self, word: str) -> Iterator[str]:
        key, colon, wanted = word.partition(":")
        if colon and not any(key in labels for labels in self._devices.values()):
            known = sorted({key for labels in self._devices.values() for key in labels})
            raise UsageError(
                f"unknown field {key!r}", place="-l", hint=f"fields: {', '.join(known)}"
            )
        for name, labels in self._devices.items():
            if not colon:
                found = fnmatch.fnmatchcase(name, word)
            else:
                value = labels.get(key, "")
                values = value if isinstance(value, list | tuple | set | frozenset) else [value]
                found = any(fnmatch.fnmatchcase(str(one), wanted) for one in values)
            if found:
                yield name

    def _unread(self, reason: str) -> UsageError:
        return UsageError(
            f"cannot read {self._expression!r}: {reason}",
            place="-l",
            hint="e.g. 'role:spoke & !oslo*', 'site:hq | hub2'",
        )
