"""What a renderer of show output may look at. No renderer changes anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from labs.twin.network import Network
from labs.twin.router import Router
from labs.twin.storage import Storage


class Caller(Protocol):
    """The terminal session that asks."""

    user: str
    privilege: int
    line: str
    """Its line, e.g. `vty 0`."""
    source: str
    """Address the session comes from, as `show users` prints it."""
    typed_at: float
    """When something was typed last."""
    width: int
    """Columns of the terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One router at one moment, as a show command sees it."""

    router: Router
    network: Network
    storage: Storage
    now: float
    session: Caller
    sessions: tuple[Caller, ...] = ()
    """Everybody who is logged in to this router."""


Renderer = Callable[[View, Mapping[str, Any]], str]
"""Gives the text that stands between the command and the next prompt, without pipes applied."""
