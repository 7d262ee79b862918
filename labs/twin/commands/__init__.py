"""Tables of configuration commands, one module a subject, and the rules of editing with them."""

from labs.twin.commands.crypto import CRYPTO_MODES
from labs.twin.commands.filters import FILTER_MODES
from labs.twin.commands.interface import INTERFACE
from labs.twin.commands.routing import ROUTING_MODES
from labs.twin.commands.rows import Mode, Tables
from labs.twin.commands.system import GLOBAL_ROWS, SYSTEM_MODES

GLOBAL = Mode(name="global", prompt="config", rows=GLOBAL_ROWS)
TABLES = Tables((GLOBAL, INTERFACE, *ROUTING_MODES, *FILTER_MODES, *CRYPTO_MODES, *SYSTEM_MODES))
LOCKED = frozenset(
    row.name
    for mode in (GLOBAL, INTERFACE)
    for row in mode.rows
    if row.name.startswith(("crypto ", "tunnel protection")) and row.kept
)
"""Commands that an image lacks while its crypto is locked; `crypto key` is there all the same."""
UNLICENSED = TABLES.without(LOCKED)


def accepted_not_modelled() -> tuple[tuple[str, str], ...]:
    """List the (mode, pattern) that are taken and printed, but change nothing in the twin."""
    return tuple(
        (mode.prompt, row.pattern)
        for mode in TABLES.modes.values()
        for row in mode.rows
        if not row.modelled
    )
