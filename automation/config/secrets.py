"""Tokens that stand for secrets in every text we keep: `<secret:NAME#digest>`.

The digest is an HMAC-SHA256 under a key of this checkout, cut to 48 bits. A plain hash would
not do: an NHRP authentication string has at most 8 characters and is found from a hash in
minutes. Under a key that is not in the plan, the journal or the report, a token tells only
whether two values are equal. A secret on a device that no reference names is
`<secret:?#digest>`: it can be compared but never sent.

Values are opened in one place only, `Tokens.open`, immediately before a push.
"""

import hmac
import re
from collections.abc import Callable, Iterable
from hashlib import sha256

from pydantic import SecretStr

from automation.errors import StateUnknown, UsageError
from automation.fabric.places import PLACES

DIGEST_LENGTH = 12
UNKNOWN = "?"

Resolve = Callable[[str], SecretStr]

TOKEN = re.compile(r"<secret:(?P<name>[^#<>\s]+)(?:#(?P<digest>[0-9a-f]+))?>")

# What IOS would not take as one word of a line: blanks end it, ? asks for help.
_UNSENDABLE = re.compile(r"[^\x21-\x7e]|\?")


class Tokens:
    """The secrets of a fabric, as far as texts are sealed and opened with them."""

    def __init__(self, key: bytes, references: Iterable[str], resolve: Resolve) -> None:
        """Resolve every reference once.

        Raises:
            UsageError: A value cannot stand in a configuration line. What `resolve` raises for a
                missing secret passes through.
        """
        self._key = key
        self._values: dict[str, SecretStr] = {}
        self._names: dict[str, str] = {}
        for reference in sorted(set(references)):
            name = reference.removeprefix("secret:")
            value = resolve(reference)
            _must_be_sendable(reference, value)
            self._values[name] = value
            # Two names of one value are one token, or equal lines would differ.
            self._names.setdefault(self.digest(value.get_secret_value()), name)

    def digest(self, value: str) -> str:
        """Give the keyed digest of a value."""
        return hmac.new(self._key, value.encode(), sha256).hexdigest()[:DIGEST_LENGTH]

    def token(self, value: str) -> str:
        """Give the token of a value found on a device."""
        digest = self.digest(value)
        return f"<secret:{self._names.get(digest, UNKNOWN)}#{digest}>"

    def seal_running(self, text: str) -> str:
        """Replace every secret of a running-config by its token."""
        return "\n".join(self._seal_line(line) for line in text.splitlines())

    def _seal_line(self, line: str) -> str:
        for place in PLACES:
            match = place.search(line)
            if match and not match["secret"].startswith("<secret:"):
                start, end = match.span("secret")
                line = line[:start] + self.token(match["secret"]) + line[end:]
        return line

    def seal_intended(self, text: str) -> str:
        """Add the digest to every `<secret:NAME>` of a rendered text; seal clear ones too."""

        def seal(match: re.Match[str]) -> str:
            return self.token(self._value(match["name"]))

        return self.seal_running(TOKEN.sub(seal, text))

    def open(self, lines: Iterable[str]) -> tuple[str, ...]:
        """Put the values back, immediately before a push.

        Raises:
            StateUnknown: A line needs a secret that only the device knew; restore it from the
                device's archive.
            UsageError: A secret is not the one the plan was made with.
        """
        return tuple(TOKEN.sub(self._open, line) for line in lines)

    def _open(self, match: re.Match[str]) -> str:
        name, digest = match["name"], match["digest"]
        if name == UNKNOWN:
            raise StateUnknown(
                "a line needs a secret that only the device itself holds",
                hint="undo this change from the device's archive (configure revert, or replace)",
            )
        value = self._value(name)
        if digest and self.digest(value) != digest:
            raise UsageError(
                f"secret:{name} is not the one this plan was made with", hint="make a new plan"
            )
        return value

    def _value(self, name: str) -> str:
        if name not in self._values:
            raise UsageError(
                f"secret:{name} is not among the secrets of the fabric",
                hint="name it in fabric.yaml, or correct extra_config",
            )
        return self._values[name].get_secret_value()


def references_in(text: str) -> tuple[str, ...]:
    """List the references that a rendered text names, each once."""
    names = {match["name"] for match in TOKEN.finditer(text)} - {UNKNOWN}
    return tuple(sorted(f"secret:{name}" for name in names))


def resolve_tokens(lines: Iterable[str], tokens: Tokens) -> tuple[str, ...]:
    """Put the values back into the lines of a change, immediately before a push."""
    return tokens.open(lines)


def _must_be_sendable(reference: str, value: SecretStr) -> None:
    text = value.get_secret_value()
    if not text or _UNSENDABLE.search(text):
        raise UsageError(
            f"the value of {reference} cannot stand in a configuration line",
            hint="use printable ASCII without blanks and without '?'",
        )
