"""The lock of configuration mode: `configuration mode exclusive`, `configure terminal lock`.

Forms are those of the vendor's command reference, Exclusive Configuration Change Access.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.grammar import WrongWord

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]
RULE = "-" * 54


def how(session: Session) -> str:
    """Tell when configuration mode is locked: auto, manual, or never."""
    args = session.storage.tree.args("configuration mode exclusive")
    return "" if args is None else str(args.get("how", "auto"))


def refusal(session: Session) -> str:
    """Say who keeps others out of configuration mode, if somebody does."""
    owner = session.console.locked_by
    if owner is None or owner is session:
        return ""
    return (
        f"Configuration mode locked exclusively by user '{owner.user}' process "
        f"'{_process(owner)}' from terminal '{_terminal(owner)}'. Please try later.\n"
    )


def _terminal(session: Session) -> int:
    return int(session.line.rpartition(" ")[2]) + 1


def _process(session: Session) -> int:
    """Give the number of the process that serves a line: ours, a router's is not predictable."""
    return 100 + _terminal(session)


def configure_locked(session: Session, args: Args) -> str:
    """Enter configuration mode and keep others out."""
    if not how(session):
        raise WrongWord("lock")
    said = refusal(session)
    if said:
        return said
    session.console.locked_by = session
    return session.begin_config()


def show_lock(session: Session, args: Args) -> str:
    """Print who keeps others out of configuration mode."""
    owner = session.console.locked_by
    rows = (
        ("Owner PID", "-1" if owner is None else str(_process(owner))),
        ("User", "unknown" if owner is None else owner.user),
        ("TTY", "-1" if owner is None else str(_terminal(owner))),
        ("Type", "NO LOCK" if owner is None else "EXCLUSIVE"),
        ("State", "FREE" if owner is None else "LOCKED"),
        ("Class", "unknown" if owner is None else "EXPOSED"),
        ("Count", "0" if owner is None else "1"),
        ("Pending Requests", "0"),
        ("User debug info", "" if owner is None else "configure terminal"),
    )
    body = "".join(f"{name:<18} : {value}".rstrip() + "\n" for name, value in rows)
    return f"Parser Configure Lock\n{RULE}\n{body}"


def clear_lock(session: Session, args: Args) -> str:
    """Take the lock from whoever has it."""

    def clear() -> None:
        session.console.locked_by = None

    return session.confirm("Process <configuration lock> will be cleared [confirm]", clear)
