"""The undo that a device holds by itself: armed, extended, confirmed, or done now.

RELIABILITY sections A and D. The order of the steps belongs to the workflow engine; each step
here ends in an error unless the device says the words that prove it.
"""

import re
from dataclasses import dataclass

from nornir.core.task import Result, Task

from tasks import answers
from tasks.connect import session_of
from tasks.errors import CommandRejected, RevertFailed, SessionLost, TimerNotArmed, UnexpectedAnswer
from tasks.session import IosSession

PENDING = "show archive config rollback timer"
USERS = "show users"
LONGEST_MINUTES = 120
REVERT_IDLE_S = 120.0
"""A rollback of a large configuration is silent for long."""
USER_COLUMN = 10
"""`show users` and the timer may cut the user name to this width."""

# `*  2 vty 0     admin      idle                 00:00:00 198.51.100.7`
_OURS = re.compile(
    r"^\*\s*\d+ +\S+ +\d[\d/]*\s+(?P<user>\S*)\s+(?:idle|\S+)\s+[\d:wdyhm]+"
    r"(?:\s+(?P<from>\S+))?\s*$",
    re.MULTILINE,
)
_NONE_PENDING = re.compile(r"No Rollback Confirmed Change pending")
_ARCHIVE_OFF = re.compile(r"turn config archive on|Archive feature not enabled", re.IGNORECASE)
_BACKUP = re.compile(r"Backing up current running config to (?P<file>\S+)")
_FIELDS = {
    "configured": re.compile(
        r"^Time configured\s*(?:\(or reconfigured\))?\s*: (?P<value>.*)$", re.M
    ),
    "kind": re.compile(r"^Timer type\s*: (?P<value>.*)$", re.M),
    "minutes": re.compile(r"^Timer value\s*: (?P<value>\d+) min", re.M),
    "user": re.compile(r"^User\s*: (?P<value>.*)$", re.M),
}
# `Rollback Done` is said after failures too, so these are looked for first.
_FAILED = re.compile(
    r"^.*(?:Failed to apply|Aborting Rollback|Rollback aborted|has been successfully restored"
    r"|Must delete|Rollback failed|The following commands are failed).*$",
    re.M,
)
_DONE = re.compile(r"^Rollback Done", re.M)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTimer:
    """A rollback the device will do by itself (`show archive config rollback timer`)."""

    user: str
    minutes: int
    kind: str
    """`absolute timer` or `idle timer`, as printed."""
    configured: str
    """Date and time as printed by the device."""

    def owned_by(self, user: str) -> bool:
        """Tell whether a user name is the one of the timer, which IOS may cut."""
        cut = len(self.user) >= USER_COLUMN and user.startswith(self.user)
        return self.user == user or cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """An undo of ours is pending on the device."""

    minutes: int
    user: str
    backup: str = ""
    """File the device will return to, where it named one."""


def read_users(text: str) -> tuple[str, str]:
    """Read our own user and address of `show users`; empty where the device shows none."""
    ours = _OURS.search(text)
    if ours is None:
        return "", ""
    return ours["user"], ours["from"] or ""


def owner_of(session: IosSession) -> str:
    """Give our user name as the device writes it, which AAA may have changed."""
    if not session.owner:
        user, _ = read_users(session.show([USERS])[USERS])
        session.owner = user or session.username
    return session.owner


def read_pending(host: str, text: str) -> PendingTimer | None:
    """Read `show archive config rollback timer`; text that says neither is an error."""
    if _NONE_PENDING.search(text):
        return None
    found = {name: field.search(text) for name, field in _FIELDS.items()}
    values = {name: match["value"].strip() for name, match in found.items() if match}
    if values.keys() != found.keys():
        last = text.strip().splitlines()[-1:] or ["nothing"]
        raise UnexpectedAnswer(
            host,
            f"`{PENDING}` says {last[0][:120]!r}",
            "the image may have no timed rollback (12.4(20)T, 12.2(33)SRC and later have it)",
            PENDING,
            text,
        )
    return PendingTimer(
        user=values["user"],
        minutes=int(values["minutes"]),
        kind=values["kind"],
        configured=values["configured"],
    )


def ask_pending(session: IosSession) -> PendingTimer | None:
    """Ask the device for its pending undo."""
    return read_pending(session.host, session.show([PENDING])[PENDING])


def require_ours(session: IosSession, user: str) -> PendingTimer:
    """Give the pending undo if it is ours; else nothing may be sent."""
    found = ask_pending(session)
    if found is None:
        raise TimerNotArmed(
            session.host,
            "no undo is pending on the device; nothing was sent",
            "the timer ran out or was confirmed: look at the configuration, then start again",
        )
    if not found.owned_by(user):
        raise TimerNotArmed(
            session.host,
            f"the pending undo belongs to {found.user}, not to {user}; nothing was sent",
            f"ask {found.user} to `configure confirm` or `configure revert now` first",
        )
    return found


def _check_minutes(minutes: int) -> None:
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise ValueError(f"an undo timer runs 1 to {LONGEST_MINUTES} minutes, not {minutes}")


def arm(task: Task, minutes: int, *, user: str = "") -> Result:
    """Arm the undo and read it back; the result is Armed, else TimerNotArmed is raised."""
    _check_minutes(minutes)
    session = session_of(task)
    user = user or owner_of(session)
    _refuse_pending(session)
    command = f"configure terminal revert timer {minutes}"
    try:
        said = session.send(command)
    except CommandRejected as error:
        raise _not_armed(session, error.answer) from error
    if session.in_config:
        session.send("end")
    if _ARCHIVE_OFF.search(said):
        raise _not_armed(session, said)
    found = require_ours(session, user)
    if found.minutes != minutes:
        raise TimerNotArmed(
            session.host,
            f"asked for an undo in {minutes} min, the device says {found.minutes} min; "
            "nothing was sent",
            "`configure revert now` and look who else works on the device",
        )
    backup = _BACKUP.search(said)
    return Result(
        host=task.host,
        result=Armed(
            minutes=minutes, user=found.user, backup=backup["file"].rstrip(".") if backup else ""
        ),
    )


def _refuse_pending(session: IosSession) -> None:
    found = ask_pending(session)
    if found is not None:
        raise TimerNotArmed(
            session.host,
            f"{found.user} has an undo pending since {found.configured}; nothing was sent",
            "let it be confirmed or reverted first: `configure confirm`, `configure revert now`",
        )


def _not_armed(session: IosSession, said: str) -> TimerNotArmed:
    spoken = [line.strip() for line in said.splitlines() if line.strip().strip("^ ")]
    if _ARCHIVE_OFF.search(said):
        hint = "configure `archive` with a local `path` (docs/real-routers.md)"
    else:
        hint = "the image may have no timed rollback; see docs/real-routers.md"
    return TimerNotArmed(
        session.host,
        f"the device does not arm the undo: {spoken[0] if spoken else 'no answer'}; "
        "nothing was sent",
        hint,
    )


def extend(task: Task, minutes: int, *, user: str = "") -> Result:
    """Start the countdown again with `minutes`; the result is Armed."""
    _check_minutes(minutes)
    session = session_of(task)
    user = user or owner_of(session)
    require_ours(session, user)
    session.send(f"configure revert timer {minutes}")
    found = require_ours(session, user)
    if found.minutes != minutes:
        raise TimerNotArmed(
            session.host,
            f"asked for {minutes} min more, the device says {found.minutes} min",
            "the first countdown runs on: confirm or revert before it ends",
        )
    return Result(host=task.host, result=Armed(minutes=minutes, user=found.user))


def pending(task: Task) -> Result:
    """Read the pending undo; the result is a PendingTimer or None."""
    return Result(host=task.host, result=ask_pending(session_of(task)))


def confirm(task: Task, *, user: str = "") -> Result:
    """Keep the change: cancel the undo and prove that none is pending."""
    session = session_of(task)
    require_ours(session, user or owner_of(session))
    said = session.send("configure confirm")
    if strange := answers.unknown(said):
        raise UnexpectedAnswer(
            session.host,
            f"`configure confirm`: {strange}",
            "the undo may still run: look at `show archive config rollback timer`",
            "configure confirm",
            said,
        )
    if (left := ask_pending(session)) is not None:
        raise UnexpectedAnswer(
            session.host,
            f"confirmed, but an undo of {left.user} is still pending",
            "`configure confirm` by hand, or let the device revert",
            "configure confirm",
            said,
        )
    return Result(host=task.host, changed=True)


def revert(task: Task, *, user: str = "", deadline_s: float = 300.0) -> Result:
    """Undo the change now and wait until the device says that it is done.

    Where the undo cuts our own session, reconnect and take it as done when no undo is pending
    any more; whether the device is as before is for the caller to prove by digest.
    """
    session = session_of(task)
    require_ours(session, user or owner_of(session))
    command = "configure revert now"
    try:
        said = session.connection.terminal.exchange(command, idle_s=REVERT_IDLE_S)
    except SessionLost:
        session.reopen_within(deadline_s)
        if ask_pending(session) is None:
            return Result(host=task.host, changed=True, result="")
        raise
    failed = _FAILED.search(said)
    if failure := failed[0].strip() if failed else answers.refusal(said):
        raise RevertFailed(
            session.host,
            f"`{command}`: {failure}",
            "the device is between two configurations: `show archive config differences`, "
            "then `configure replace` from the archive",
            command,
            said,
        )
    if not _DONE.search(said):
        raise UnexpectedAnswer(
            session.host,
            f"`{command}` did not end in `Rollback Done`",
            "look at `show archive config rollback timer` and at the configuration",
            command,
            said,
        )
    return Result(host=task.host, changed=True, result=said)
