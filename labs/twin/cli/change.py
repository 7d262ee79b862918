"""Exec commands that change the configuration as a whole: configure, archive, rollback.

Texts are those of reference/RELIABILITY.md section A.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.twin.cli import lock
from labs.twin.commands.reader import read_config
from labs.twin.storage import StorageError
from labs.twin.storage.replace import Replacement
from labs.twin.tree import Block, commands, difference

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

SURE = (
    "This will apply all necessary additions and deletions\n"
    "to replace the current running configuration with the\n"
    "contents of the specified configuration file, which is\n"
    "assumed to be a complete configuration, not a partial\n"
    "configuration. Enter Y if you are sure you want to proceed. ? [no]: "
)
NOT_VALID = "%The input file is not a valid config file.\n"
NO_CHANGES = "!No changes were found\n"
STARS = "********\n"


def configure(session: Session, args: Args) -> str:
    """Enter configuration mode, unless somebody keeps others out of it."""
    said = lock.refusal(session)
    if said:
        return said
    if lock.how(session) == "auto":
        session.console.locked_by = session
    return session.begin_config()


def configure_how(session: Session, args: Args) -> str:
    """Ask from where to configure, and take the terminal."""

    def answer(text: str) -> str:
        if "terminal".startswith(text.lower()):
            return configure(session, args)
        return '?Must be "terminal", "memory" or "network"\n'

    return session.ask("Configuring from terminal, memory, or network [terminal]? ", answer)


def configure_revert(session: Session, args: Args) -> str:
    """Enter configuration mode with an armed undo."""
    text = lock.refusal(session) or _arm(session, args)
    return text + configure(session, args) if text.startswith("Rollback") else text


def _arm(session: Session, args: Args) -> str:
    idle = "idle" in args
    minutes = args["idle" if idle else "minutes"]
    try:
        name = session.storage.arm(session.user, minutes, session.now, idle=idle)
    except StorageError as error:
        return str(error)
    console = session.console
    console.wake()
    kind = "IDLETIMER" if idle else "ABSTIMER"
    console.log(
        f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_BACKUP: Backing up current running config to {name}"
    )
    console.log(
        f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_START_{kind}: User: {session.user}"
        f"(Priv: {session.privilege}, View: 0): Scheduled to rollback to config {name} "
        f"in {minutes} minutes"
    )
    return f"Rollback Confirmed Change: Backing up current running config to {name}\n\n"


def confirm(session: Session, args: Args) -> str:
    """Keep the change."""
    try:
        session.storage.pending(session.user)
    except StorageError as error:
        return str(error)
    session.storage.rollback = None
    session.console.wake()
    session.console.log(
        f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_CONFIRM: User: {session.user}: Confirm the "
        "configuration change"
    )
    return ""


def revert_now(session: Session, args: Args) -> str:
    """Take the change back at once."""
    try:
        session.storage.pending(session.user)
    except StorageError as error:
        return str(error)
    done = session.console.roll_back()
    return f"Rollback:Acquired Configuration lock.\n{done.list_text()}{_verdict(done)}"


def revert_timer(session: Session, args: Args) -> str:
    """Start the countdown anew."""
    try:
        rollback = session.storage.pending(session.user)
    except StorageError as error:
        return str(error)
    idle = "idle" in args
    rollback.rearm(args["idle" if idle else "minutes"], session.now, idle=idle)
    session.console.wake()
    return ""


def replace(session: Session, args: Args) -> str:
    """Replace the running configuration by a file."""
    try:
        text = session.storage.read(args["url"]).decode("utf-8", "replace")
    except StorageError as error:
        return str(error)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or lines[-1].strip() != "end":
        return NOT_VALID
    if "force" in args:
        return _replace(session, text, args)

    def answer(typed: str) -> str:
        if not typed.lower().startswith("y"):
            return ""
        return _replace(session, text, args)

    *notice, prompt = SURE.split("\n")
    session.ask(prompt, answer)
    return "".join(f"{line}\n" for line in notice)


def _replace(session: Session, text: str, args: Args) -> str:
    said = ""
    original = ""
    if "minutes" in args:
        said = _arm(session, args)
        if said.startswith("%"):
            return said
    if "error" in args:
        try:
            original = session.storage.snapshot(session.now)
        except StorageError as error:
            return str(error)
    done = session.console.replace(text, session.user, stop_on_error="error" in args)
    if not done.failed:
        session.console.log("%SYS-5-CONFIG_R: Config Replace is Done")
        listed = done.list_text() if "list" in args else ""
        return f"{said}{listed}{_verdict(done)}"
    if "error" in args:
        return said + _undo(session, done, original)
    return said + _aborted(done)


def _verdict(done: Replacement) -> str:
    if done.failed:
        return _aborted(done)
    return f"\nTotal number of passes: {len(done.passes)}\nRollback Done\n\n"


def _aborted(done: Replacement) -> str:
    last = "".join(f"{line}\n" for line in [*(done.passes[-1] if done.passes else []), "end"])
    failed = "".join(f"{line}\n" for line in done.failed)
    return (
        "The rollback configlet from the last pass is listed below:\n"
        f"{STARS}!List of Rollback Commands:\n{last}{STARS}\n\n"
        f"Rollback aborted after {len(done.passes)} passes\n"
        f"The following commands are failed to apply to the IOS image.\n{STARS}{failed}{STARS}\n"
    )


def _undo(session: Session, done: Replacement, original: str) -> str:
    text = session.storage.read(original).decode("utf-8", "replace")
    back = session.console.replace(text, session.user, restoring=True)
    session.storage.rollback = None
    session.console.wake()
    return (
        f"Failed to apply command {done.failed[0]}\nAborting Rollback.\n\n"
        f"Rollback failed.Reverting back to the original configuration: {original} \n\n"
        f"Total number of passes: {len(back.passes)}\nRollback Done\n\n"
        "The original configuration has been successfully restored. \n"
    )


# Archive


def archive_config(session: Session, args: Args) -> str:
    """Archive the running configuration."""
    try:
        session.storage.snapshot(session.now)
    except StorageError as error:
        return str(error)
    return ""


def show_archive(session: Session, args: Args) -> str:
    """Print the archive."""
    return session.storage.show_archive()


def show_commands(session: Session, args: Args) -> str:
    """Print the lines typed in configuration mode that `log config` kept."""
    storage = session.storage
    first = storage.commands_kept - len(storage.commands) + 1
    rows = "".join(
        f"{number:5d}{1:6d}{who:>20}  |  {command}\n"
        for number, (who, command) in enumerate(storage.commands, first)
    )
    return f" idx   sess           user@line      Logged command\n{rows}"


def show_timer(session: Session, args: Args) -> str:
    """Print the armed undo."""
    return session.storage.rollback_status()


def differences(session: Session, args: Args) -> str:
    """Print what differs between two configurations."""
    try:
        if "new" in args:
            old, new = _read(session, args["old"]), _read(session, args["new"])
        elif "old" in args:
            old, new = _read(session, args["old"]), session.storage.tree
        else:
            old, new = _read(session, "startup-config"), session.storage.tree
    except StorageError as error:
        return str(error)
    lines = contextual(old, new)
    return "!Contextual Config Diffs:\n" + ("".join(f"{line}\n" for line in lines) or NO_CHANGES)


def incremental(session: Session, args: Args) -> str:
    """Print the lines of a file that the running configuration lacks."""
    try:
        new = _read(session, args["url"])
    except StorageError as error:
        return str(error)
    running = session.storage.tree
    merged = running.copy()
    _lay_over(merged, new)
    lines = commands(difference(running, merged))
    if not lines:
        return NO_CHANGES
    return "!List of Commands:\n" + "".join(f"{line}\n" for line in [*lines, "end"])


def _read(session: Session, url: str) -> Block:
    text = session.storage.read(url).decode("utf-8", "replace")
    return read_config(text, session.storage.image, salt=session.storage.hostname).root


def _lay_over(base: Block, new: Block) -> None:
    for child in new.ordered():
        if child.line.name == "ip address" and child.line.negated:
            continue
        _lay_over(base.put(child.line), child)


def contextual(old: Block, new: Block, depth: int = 0) -> list[str]:
    """List differences with their context: `+` only in the new, `-` only in the old."""
    pad = " " * depth
    lines: list[str] = []
    for child in new.ordered():
        before = old.children.get(child.line.key)
        if before is None or before.line.text != child.line.text:
            lines.append(f"{pad}+{child.line.text}")
            lines += contextual(before or Block(child.line), child, depth + 1)
            continue
        below = contextual(before, child, depth + 1)
        if below:
            lines += [pad + child.line.text, *below]
    for child in old.ordered():
        after = new.children.get(child.line.key)
        if after is None or after.line.text != child.line.text:
            lines.append(f"{pad}-{child.line.text}")
            if after is None:
                lines += contextual(child, Block(child.line), depth + 1)
    return lines
