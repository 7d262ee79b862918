"""Exec commands of the terminal and the machine: enable, terminal, clear, reload."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from labs.twin.cli.terminal import HISTORY
from labs.twin.grammar import WrongWord
from labs.twin.show import SHOW
from labs.twin.show.system import register

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

MONTHS = tuple(month_name)[1:]
DAY = timedelta(days=1)


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


def terminal_history(session: Session, args: Args) -> str:
    """Keep so many lines of history, or none."""
    session.keys.kept = args.get("kept", HISTORY)
    return ""


def terminal_forgets(session: Session, args: Args) -> str:
    """Keep no history."""
    session.keys.kept = 0
    return ""


def terminal_default(session: Session, args: Args) -> str:
    """Set the page length or width back."""
    session.adopt_line(args["what"])
    return ""


def disabled(feature: str, answer: str) -> Callable[[Session, Args], str]:
    """Make the command that says a service does not run; one that is configured is not modelled."""

    def show(session: Session, args: Args) -> str:
        if any(key.startswith(f"{feature} ") for key in session.storage.tree.children):
            raise WrongWord("what")
        return answer

    return show


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


def show_sessions(session: Session, args: Args) -> str:
    """Print the connections to other hosts: the twin opens none."""
    return "% No connections open\n"


def show_debugging(session: Session, args: Args) -> str:
    """Print what is debugged: nothing, as no debugging is modelled."""
    return ""


def undebug(session: Session, args: Args) -> str:
    """Switch off all debugging."""
    return "All possible debugging has been turned off\n"


def show_boot(session: Session, args: Args) -> str:
    """Print what boots."""
    image = session.storage.image
    absent = "= " if image.xe else "does not exist"
    return (
        f"BOOT variable {absent}\nCONFIG_FILE variable {absent}\n"
        f"BOOTLDR variable does not exist\nConfiguration register is {register(image)}\n"
    )


def show_ip_ssh(session: Session, args: Args) -> str:
    """Print how SSH is configured."""
    said = session.storage.tree.find("ip ssh")
    words = [str(block.line.args["rest"]).split() for block in said]
    value = {found[0]: found[1] for found in words if len(found) == 2}
    version = {"2": "2.0", "1": "1.5"}.get(value.get("version", ""), "1.99")
    return (
        f"SSH Enabled - version {version}\n"
        f"Authentication timeout: {value.get('time-out', '120')} secs; "
        f"Authentication retries: {value.get('authentication-retries', '3')}\n"
    )


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
    found = DELAY.fullmatch(str(args["delay"]))
    minutes = int(found[1] or 0) * 60 + int(found[2]) if found else 0
    if not 1 <= minutes <= LONGEST_DELAY:
        raise WrongWord("delay")
    return _schedule(session, session.now + minutes * 60.0, args.get("reason", ""))


def reload_at(session: Session, args: Args) -> str:
    """Boot again at a time of the wall clock: today, tomorrow, or on a day."""
    local = session.storage.calendar.local(session.now)
    try:
        time = datetime.strptime(args["time"], "%H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise WrongWord("time") from None
    try:
        moment = local.replace(
            hour=time.hour,
            minute=time.minute,
            second=0,
            microsecond=0,
            day=args.get("day", local.day),
            month=MONTHS.index(args["month"]) + 1 if "month" in args else local.month,
        )
    except ValueError:
        raise WrongWord("day") from None
    if moment <= local:
        moment = moment.replace(year=local.year + 1) if "day" in args else moment + DAY
    wait = (moment - local).total_seconds()
    if wait > LONGEST_DELAY * 60:
        return "%The date is too far in the future. The limit is 24 days.\n"
    return _schedule(session, session.now + wait, args.get("reason", ""))


def _schedule(session: Session, at: float, reason: str) -> str:
    console = session.console

    def arm() -> None:
        by = f"{session.user} on {session.line.replace(' ', '')}"
        console.plan_reload(at, by, reason)

    def ask() -> str:
        when = session.storage.calendar.text(at)
        minutes = round((at - session.now) / 60)
        session.confirm(PROCEED, arm)
        text = f"Reload scheduled for {when} (in {_span(minutes)}) by {session.user}\n"
        return text + _why(reason)

    return _save_first(session, ask)


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
