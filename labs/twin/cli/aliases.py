"""Short names of exec commands: those that every router has, and `alias exec`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.storage import Storage

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

DEFAULTS = {
    "h": "help",
    "lo": "logout",
    "p": "ping",
    "r": "resume",
    "s": "show",
    "u": "undebug",
    "un": "undebug",
    "w": "where",
}
"""The vendor's command reference, `alias`."""


def known(storage: Storage) -> dict[str, str]:
    """List the aliases of a router."""
    own = {b.line.args["name"]: b.line.args["command"] for b in storage.tree.find("alias exec")}
    return DEFAULTS | own


def expand(storage: Storage, text: str) -> str:
    """Put the command in the place of an alias that begins a line."""
    first, blank, rest = text.lstrip().partition(" ")
    command = known(storage).get(first)
    return text if command is None else f"{command}{blank}{rest}"


def show_aliases(session: Session, args: Args) -> str:
    """Print the aliases of exec mode."""
    rows = sorted(known(session.storage).items())
    return "Exec mode aliases:\n" + "".join(f"  {name:<20}  {text}\n" for name, text in rows) + "\n"
