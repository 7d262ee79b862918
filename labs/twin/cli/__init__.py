"""The command line of a router: sessions, modes, exec commands.

`Console.boot(network, name, text)` puts a router into a network; `console.open(user, privilege)`
gives a `Session` with `greeting`, `feed`, `poll`, `pending`, `closed` and, for tests, `execute`.
An armed undo and a planned reload stand on the network's clock and fire as its events do.
"""

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session

__all__ = ["Console", "Session"]
