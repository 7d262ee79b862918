"""Exec commands of the terminal and the machine: enable, terminal, clear, reload."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labs.twin import passwords
from labs.twin.grammar import WrongWord
from labs.twin.show import SHOW

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

MONTHS = tuple(month_name)[1:]
TRIES = 3
"""Passwords that `enable` asks for before it gives up."""


def enable(session: Session, args: Args) -> str:
    """Go to enable mode; at level 15 nothing is asked."""
    if session.privilege >= args.get("level", 15):
        return ""
    secret = _enable_secret(session)
    if secret is None:
        return "% Error in authentication.\n" if _has_secret(session) else "% No password set\n"
    return _ask_secret(session, secret, TRIES)


def _has_secret(session: Session) -> bool:
    return session.view().router.config.enable_secret is not None


def _enable_secret(session: Session) -> tuple[int, str] | None:
    config = session.view().router.config.enable_secret
    if config is not None and config.secret is not None:
        return config.secret_type or 0, config.secret
    args = session.storage.tree.args("enable password")
    if args is None:
        return None
    kind, _, text = str(args["secret"]).partition(" ")
    return (int(kind), text) if text and kind in ("0", "7") else (0, str(args["secret"]))


def _ask_secret(session: Session, secret: tuple[int, str], tries: int) -> str:
    def answer(text: str) -> str:
        if passwords.verify(secret[0], secret[1], text):
            session.privilege = 15
            return ""
        if tries > 1:
            return _ask_secret(session, secret, tries - 1)
        return "% Bad secrets\n\n"

    return session.ask("Password: ", answer, secret=True)


def disable(session: Session, args: Args) -> str:
    """Go back to user mode."""
    session.privilege = 1
    return ""


def leave(session: Session, args: Args) -> str:
    """End the session."""
    session.closed = True
    return ""


def terminal(session: Session, args: Args) -> str:
    """Set the page length or width, or show syslog lines."""
    if "lines" in args:
        session.length = args["lines"]
    elif "columns" in args:
        session.width = args["columns"]
    else:
        session.monitor = session.view().router.logged
    return ""


def terminal_quiet(session: Session, args: Args) -> str:
    """Show syslog lines no more."""
    session.monitor = None
    return ""


def show_clock(session: Session, args: Args) -> str:
    """Print the time, and whence it is known."""
    calendar = session.storage.calendar
    source = "Time source is user configuration" if calendar.is_set else "No time source"
    return f"{calendar.clock(session.now)}\n" + (f"{source}\n" if "detail" in args else "")


def clock_set(session: Session, args: Args) -> str:
    """Set the clock."""
    storage = session.storage
    try:
        time = datetime.strptime(args["time"], "%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise WrongWord("time") from None
    try:
        wanted = time.replace(
            year=args["year"], month=MONTHS.index(args["month"]) + 1, day=args["day"]
        )
    except ValueError:
        raise WrongWord("day") from None
    before = storage.calendar.clock(session.now)
    storage.clock_shift_s += (wanted - storage.calendar.local(session.now)).total_seconds()
    storage.clock_set = True
    after = storage.calendar.clock(session.now)
    session.console.log(
        f"%SYS-6-CLOCKUPDATE: System clock has been updated from {before.lstrip('*')} to {after}, "
        f"configured from console by {session.user} on {session.line.replace(' ', '')} "
        f"({session.source})."
    )
    return ""


def show_privilege(session: Session, args: Args) -> str:
    """Print the privilege level."""
    return f"Current privilege level is {session.privilege}\n"


def show_history(session: Session, args: Args) -> str:
    """Print the lines typed."""
    return "".join(f"  {line}\n" for line in session.keys.history)


def who(session: Session, args: Args) -> str:
    """Print who is logged in."""
    return SHOW["show users"](session.view(), args)


MODIFIED = "System configuration has been modified. Save? [yes/no]: "
DELAY = re.compile(r"(?:(\d{1,3}):)?(\d{1,3})")
LONGEST_DELAY = 34560
"""Minutes: 24 days."""
PROCEED = "Proceed with reload? [confirm]"


def reload(session: Session, args: Args) -> str:
    """Boot again from the startup configuration."""
    return _save_first(session, lambda: session.confirm(PROCEED, session.console.reload))


def _save_first(session: Session, then: Callable[[], str]) -> str:
    """Ask whether to save what was changed, then go on."""
    if not session.storage.modified:
        return then()

    def answer(text: str) -> str:
        if text.lower() not in ("y", "yes", "n", "no"):
            return session.ask(MODIFIED, answer)
        saved = ""
        if text.lower().startswith("y"):
            session.storage.save(session.now, session.user)
            saved = "Building configuration...\n[OK]\n"
        return saved + then()

    return session.ask(MODIFIED, answer)


def reload_in(session: Session, args: Args) -> str:
    """Boot again later: in so many minutes, or hours and minutes."""
    delay = str(args["delay"])
    found = DELAY.fullmatch(delay)
    minutes = int(found[1] or 0) * 60 + int(found[2]) if found else 0
    if not 1 <= minutes <= LONGEST_DELAY:
        raise WrongWord("delay")
    console, reason = session.console, args.get("reason", "")

    def arm() -> None:
        by = f"{session.user} on {session.line.replace(' ', '')}"
        console.plan_reload(session.now + minutes * 60.0, by, reason)

    def schedule() -> str:
        at = session.storage.calendar.text(session.now + minutes * 60.0)
        session.confirm(PROCEED, arm)
        text = f"Reload scheduled for {at} (in {_span(minutes)}) by {session.user}\n"
        return text + _why(reason)

    return _save_first(session, schedule)


def _why(reason: str) -> str:
    return f"Reload reason: {reason}\n" if reason else ""


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    left = f"{rest} minute{'' if rest == 1 else 's'}"
    return f"{hours} hour{'' if hours == 1 else 's'} and {left}" if hours else left


def reload_cancel(session: Session, args: Args) -> str:
    """Forget a planned reload."""
    console = session.console
    if console.reload_at is None:
        return "%No reload is scheduled.\n"
    return console.cancel_reload(session)


def show_reload(session: Session, args: Args) -> str:
    """Print the planned reload."""
    console = session.console
    if console.reload_at is None:
        return "No reload is scheduled.\n"
    left = round((console.reload_at - session.now) / 60)
    at = session.storage.calendar.text(console.reload_at)
    return (
        f"Reload scheduled for {at} (in {_span(left)}) "
        f"by {console.reload_by}\n{_why(console.reload_reason)}"
    )
