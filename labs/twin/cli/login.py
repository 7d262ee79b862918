"""Who is at a terminal, at what level, and for how long: banners, enable, login, idle time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labs.twin import passwords
from labs.twin.storage import Storage

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

TRIES = 3
"""Passwords that `enable` asks for before it gives up."""
HIGHEST = 15
GREETING = ("motd", "exec")
"""Banners printed behind a login; `banner login` comes before it and is the server's."""


def greeting(storage: Storage, line: str) -> str:
    """Give the banners that a new session sees, their marks filled in."""
    domain = storage.tree.args("ip domain name") or {}
    text = ""
    for kind in GREETING:
        block = storage.tree.get(f"banner {kind}")
        if block is not None:
            text += block.line.text.partition("^C")[2].rpartition("^C")[0].rstrip("\n") + "\n"
    for mark, value in (
        ("hostname", storage.hostname),
        ("domain", str(domain.get("name", ""))),
        ("line", line.rpartition(" ")[2]),
    ):
        text = text.replace(f"$({mark})", value)
    return text


def enable(session: Session, args: Args) -> str:
    """Go to a level; to one that is not higher nothing is asked."""
    wanted = args.get("level", HIGHEST)
    if session.privilege >= wanted:
        session.privilege = wanted
        return ""
    secret = _enable_secret(session) if wanted == HIGHEST else None
    if secret is None:
        broken = wanted == HIGHEST and session.view().router.config.enable_secret is not None
        return "% Error in authentication.\n" if broken else "% No password set\n"
    return _ask_secret(session, secret, TRIES)


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
            session.privilege = HIGHEST
            return ""
        if tries > 1:
            return _ask_secret(session, secret, tries - 1)
        return "% Bad secrets\n\n"

    return session.ask("Password: ", answer, secret=True)


def disable(session: Session, args: Args) -> str:
    """Go to a lower level."""
    session.privilege = min(args.get("level", 1), session.privilege)
    return ""


def login(session: Session, args: Args) -> str:
    """Log in anew, as somebody else perhaps."""

    def named(name: str) -> str:
        def proven(password: str) -> str:
            level = session.console.authenticate(name, password)
            if level is None:
                return "% Login invalid\n\n"
            session.user, session.privilege = name, level
            return ""

        return session.ask("Password: ", proven, secret=True)

    return session.ask("Username: ", named)


def idle_limit(storage: Storage, line: str) -> float | None:
    """Give the seconds of silence after which a configured `exec-timeout` ends a session."""
    number = int(line.rpartition(" ")[2])
    for block in storage.tree.children.values():
        args = block.line.args
        if block.line.name != "line vty" or not _covers(args, number):
            continue
        timeout = block.args("exec-timeout")
        if timeout is not None:
            return timeout["minutes"] * 60.0 + timeout.get("seconds", 0) or None
    return None


def _covers(args: Args, number: int) -> bool:
    return bool(args["first"] <= number <= args.get("last", args["first"]))
