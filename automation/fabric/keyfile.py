"""The key of this checkout under which secrets are digested; see `automation.config.secrets`."""

import os
import secrets
from pathlib import Path

from automation.errors import UsageError

KEY_BYTES = 32


def token_key(path: Path) -> bytes:
    """Read the key, made on first use, readable by its owner only."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "wb") as file:
        key = secrets.token_bytes(KEY_BYTES)
        file.write(key)
    return key


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise UsageError(
            "the token key can be read by others", place=str(path), hint=f"chmod 600 {path}"
        )
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UsageError(
            "the token key is damaged",
            place=str(path),
            hint="remove it: a new one is made, and plans made before must be made again",
        )
    return key
