"""The question mark and Tab: what the session could take next, as IOS lays it out.

The twin has no descriptions of words: those are the vendor's text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labs.twin.cli import pipes
from labs.twin.grammar import Hints, Reason, Refused

if TYPE_CHECKING:
    from labs.twin.cli.session import Session
    from labs.twin.commands.edit import Editor

ALWAYS = ("default", "do", "end", "exit", "help", "no")
"""Words of every configuration mode that no table lists."""
HEADS = {
    "exec": "Exec commands:",
    "global": "Configure commands:",
    "interface": "Interface configuration commands:",
}
PIPED = ("show", "more", "dir")
_DO = re.compile(r"\s*do\s", re.IGNORECASE)


def explain(session: Session, text: str) -> str:
    """Give what `?` prints behind a typed text."""
    hints = _hints(session, text)
    if not hints.words:
        if hints.ambiguous:
            return Refused(Reason.AMBIGUOUS, text, 0).answer()
        return "% Unrecognized command\n"
    if hints.completing:
        return "  ".join(hints.words) + "\n\n"
    head = "" if text.strip() else HEADS.get(_place(session), "")
    lines = [head] if head else []
    lines += [f"  {word}" for word in hints.words]
    return "".join(f"{line}\n" for line in lines) + "\n"


def completion(session: Session, text: str) -> str | None:
    """Give the whole word that the last one of a text means, None if that is not sure."""
    if not text.strip() or text[-1:].isspace():
        return None
    hints = _hints(session, text)
    return hints.completion


def _place(session: Session) -> str:
    return "exec" if session.config is None else session.config.mode.name


def _hints(session: Session, text: str) -> Hints:
    editor = session.config
    if editor is None:
        return _exec(session, text, 0)
    if _DO.match(text):
        return _exec(session, text, 1)
    return _config(editor, text)


def _exec(session: Session, text: str, skip: int) -> Hints:
    _, bar, rest = text.partition("|")
    if bar:
        return pipes.hints(rest)
    hints = session.grammar.hints(text, skip=skip)
    words = text.split()[skip:]
    piped = bool(words) and any(word.startswith(words[0].lower()) for word in PIPED)
    if piped and not hints.completing and hints.words[-1:] == ("<cr>",):
        return Hints((*hints.words[:-1], "|", "<cr>"), completing=False)
    return hints


def _config(editor: Editor, text: str) -> Hints:
    hints = editor.tables.hints(editor.mode.name, text)
    words = text.split()
    if not words:
        return Hints(tuple(sorted({*hints.words, *ALWAYS})), completing=False)
    if len(words) == 1 and hints.completing:
        more = {word for word in ALWAYS if word.startswith(words[0].lower())}
        return Hints(tuple(sorted({*hints.words, *more})), completing=True)
    return hints
