"""Secrets by reference: `secret:NAME` becomes a value at the last moment, and nowhere else.

Looked for, in this order: the environment (`DMVPN_SECRET_<NAME>`), files of mode 0600, the
keyring where the `keyring` package is installed. Every secret that was given out is known to
the redactor, which stands before each sink of text.
"""

import importlib
import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml
from pydantic import SecretStr

from automation.errors import UsageError

PREFIX = "secret:"
VARIABLE = "DMVPN_SECRET_"
SERVICE = "dmvpn"
"""Name of the service in a keyring."""
HIDDEN = "********"
SHORTEST_HIDDEN = 4
"""Shorter values would hide ordinary text; no device should have such a secret."""

# Lines of a configuration whose last word is a secret, whoever chose it; tokens stay.
_CONFIG = re.compile(
    r"(?P<line>\b(?:pre-shared-key(?: (?:local|remote|hex|[06]))*|crypto isakmp key(?: [06])?"
    r"|ip nhrp authentication|key-string(?: [067])?|(?:password|secret) \d"
    r"|snmp-server community|(?:tacacs|radius)-server key(?: [067])?) )(?![<*])\S+"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Redactor:
    """Hides every secret that it was told of, and those that a configuration shows, in any text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Start with some secrets."""
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Hide one more secret from now on."""
        if len(secret) >= SHORTEST_HIDDEN and secret not in self._secrets:
            self._secrets.add(secret)
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, longest_first)))

    def __call__(self, text: str) -> str:
        """Give the text with stars in place of secrets."""
        known = self._pattern.sub(HIDDEN, text) if self._pattern else text
        return _CONFIG.sub(rf"\g<line>{HIDDEN}", known)


def is_reference(text: str) -> bool:
    """Tell whether a text is `secret:NAME`."""
    return text.startswith(PREFIX)


def name_of(reference: str) -> str:
    """Give NAME of `secret:NAME`."""
    name = reference.removeprefix(PREFIX)
    if not is_reference(reference) or not _NAME.fullmatch(name):
        raise UsageError(
            f"{PREFIX}NAME is expected, with letters, digits, dots, dashes and underscores",
            hint="a secret never stands in the clear in an inventory",
        )
    return name


def variable_of(name: str) -> str:
    """Give the environment variable of a secret: psk-blue is DMVPN_SECRET_PSK_BLUE."""
    return VARIABLE + re.sub(r"[^A-Z0-9]", "_", name.upper())


@dataclass(frozen=True)
class Credentials:
    """Where secrets are looked for."""

    environ: Mapping[str, str] = field(repr=False)
    """The environment of the process; passed in by `main`."""
    files: tuple[Path, ...] = ()
    """Files of `NAME: value`, mode 0600; the first that has the name wins."""
    redact: Redactor = field(default_factory=Redactor)

    @cached_property
    def _read(self) -> tuple[tuple[Path, Mapping[str, str]], ...]:
        return tuple((file, _read_file(file)) for file in self.files if file.exists())

    def check(self) -> None:
        """Read the files now, so that a wrong one is reported once and before any login.

        Raises:
            UsageError: A file is open to others, or is no mapping.
        """
        for file in self.files:
            if file.exists():
                _read_file(file)

    def resolve(self, reference: str) -> SecretStr:
        """Find the value of `secret:NAME`.

        Raises:
            UsageError: Nothing knows the name, or a file is open to others.
        """
        name = name_of(reference)
        value = self.environ.get(variable_of(name)) or self._in_files(name) or _in_keyring(name)
        if not value:
            raise UsageError(
                f"no value for {PREFIX}{name}",
                hint=f"set {variable_of(name)}, or write `{name}: ...` into "
                f"{self.files[0] if self.files else 'credentials.yaml'} (mode 0600)",
            )
        self.redact.add(value)
        return SecretStr(value)

    def reveal(self, text: str) -> str:
        """Give the secret for a reference and any other text as it is; for the last moment."""
        return self.resolve(text).get_secret_value() if is_reference(text) else text

    def _in_files(self, name: str) -> str:
        return next((known[name] for _, known in self._read if name in known), "")


def _in_keyring(name: str) -> str:
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ModuleNotFoundError:
        return ""
    try:
        return keyring.get_password(SERVICE, name) or ""
    except errors.KeyringError:
        return ""  # no backend on this machine: not a place where secrets are


def _read_file(file: Path) -> Mapping[str, str]:
    _refuse_open(file)
    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else str(file)
        raise UsageError("not YAML", place=place, hint="one `NAME: value` a line") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UsageError(f"cannot be read: {reason}", place=str(file)) from None
    if not isinstance(data, dict):
        raise UsageError("a mapping must stand here", place=str(file), hint="NAME: value")
    return {str(name): str(value) for name, value in data.items() if value is not None}


def _refuse_open(file: Path) -> None:
    """Refuse a file of secrets that others may read or that belongs to somebody else."""
    try:
        status = file.stat()
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror}", place=str(file)) from None
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise UsageError(
            f"secrets are open to others (mode {mode:04o})",
            place=str(file),
            hint=f"chmod 600 {file}",
        )
    if status.st_uid not in (os.getuid(), 0):
        raise UsageError(
            "secrets belong to another user", place=str(file), hint=f"chown {os.getuid()} {file}"
        )
