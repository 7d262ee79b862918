"""Configuration lines into a device that already holds an armed undo.

Lines carry clear secrets only inside `push`; results and errors show the token form.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nornir.core.task import Result, Task

from tasks import answers, payload
from tasks.connect import session_of
from tasks.errors import LineRejected, SessionLost, UnexpectedAnswer
from tasks.session import IosSession
from tasks.timer import owner_of, require_ours

_TOKEN = re.compile(r"<secret:[^>]*>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OVERWRITE = (r"\[confirm\]|\[yes/no\]|Overwrite", "\n")
LINE_BYTES = 254
"""IOS takes configuration lines up to this length."""
SAVE_IDLE_S = 120.0
"""A large configuration takes IOS a while to compress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVerdict:
    """One line that was sent, secrets as tokens, and what the device said to it."""

    line: str
    answer: str = ""
    """Empty, or a known notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """A push that was accepted whole, as far as the device could tell us."""

    lines: tuple[LineVerdict, ...]
    payload: str = ""
    """File the lines were applied from, where they went as one payload."""
    reconnected: bool = False
    """The session dropped during the push and came back: the answer was not seen."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line to send and how to speak about it."""

    clear: str
    shown: str
    redact: Callable[[str], str]


def _pair(lines: Sequence[str], shown: Sequence[str] | None) -> list[_Line]:
    tokens = lines if shown is None else shown
    if len(tokens) != len(lines):
        raise ValueError(f"{len(lines)} lines, but {len(tokens)} forms to show")
    redact = redactor(lines, tokens)
    return [_Line(clear, token, redact) for clear, token in zip(lines, tokens, strict=True)]


def redactor(lines: Sequence[str], shown: Sequence[str]) -> Callable[[str], str]:
    """Make the function that puts the tokens back wherever a device echoes a secret."""
    secrets: dict[str, str] = {}
    for clear, token_form in zip(lines, shown, strict=True):
        tokens = _TOKEN.findall(token_form)
        pattern = "(.+)".join(re.escape(part) for part in _TOKEN.split(token_form))
        found = re.fullmatch(pattern, clear)
        if tokens and found is None:
            raise ValueError(f"a shown line does not fit the line it stands for: {token_form}")
        secrets.update(zip(found.groups() if found else (), tokens, strict=True))
    longest_first = sorted(secrets, key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, secrets[secret])
        return text

    return redact


def _check(host: str, lines: Sequence[_Line]) -> None:
    """Refuse, before anything is sent, what no device can take as one line."""
    for line in lines:
        if _CONTROL.search(line.clear):
            raise _rejected(host, line, "a line must not hold control characters")
        if len(line.clear.strip().encode()) > LINE_BYTES:
            raise _rejected(host, line, f"longer than the {LINE_BYTES} bytes that IOS takes")


def _rejected(host: str, line: _Line, answer: str) -> LineRejected:
    said = line.redact(answer)
    return LineRejected(
        host, f"`{line.shown.strip()}`: {said}", answers.remedy(said), line.shown, said
    )


def push(
    task: Task,
    lines: Sequence[str],
    *,
    shown: Sequence[str] | None = None,
    user: str = "",
    in_band: bool = False,
    deadline_s: float = 300.0,
) -> Result:
    """Send configuration lines; the result is a PushResult.

    Args:
        task: the Nornir task.
        lines: configuration lines, secrets in clear.
        shown: the same lines with secrets as tokens; only these appear in results and errors.
        user: owner of the undo as the device writes it (Armed.user); ours when empty.
        in_band: our session runs through what is being changed: send one payload that the
            device finishes alone, and reconnect.
        deadline_s: how long to try to reconnect after a drop.

    Raises:
        LineRejected: at the first refused line; later lines were not sent. A payload is merged
            by the device alone, which goes on after a refused line: revert.
        SessionLost: the session died and did not come back in time.
        TimerNotArmed: no undo of ours is pending; nothing was sent.
    """
    session = session_of(task)
    pairs = _pair(lines, shown)
    _check(session.host, pairs)
    require_ours(session, user or owner_of(session))
    if in_band:
        result = _push_payload(task, pairs, deadline_s)
    else:
        result = PushResult(lines=tuple(_push_lines(session, pairs)))
    return Result(host=task.host, changed=bool(pairs), result=result)


def _push_lines(session: IosSession, lines: Sequence[_Line]) -> list[LineVerdict]:
    session.send("configure terminal")
    try:
        return [_send_line(session, line) for line in lines if line.clear.strip()]
    finally:
        if session.alive and session.in_config:
            session.send("end")


def _send_line(session: IosSession, line: _Line) -> LineVerdict:
    command = line.clear.strip()
    renames = command.startswith(("hostname ", "no hostname"))
    said = session.connection.terminal.exchange(command, shown=line.shown.strip(), renames=renames)
    if refused := answers.refusal(said):
        raise _rejected(session.host, line, refused)
    if strange := answers.unknown(said):
        raise _unexpected(session, line, strange)
    if not session.in_config:
        raise _unexpected(session, line, "the line left configuration mode")
    return LineVerdict(line=line.shown, answer=line.redact(said.strip()))


def _unexpected(session: IosSession, line: _Line, said: str) -> UnexpectedAnswer:
    said = line.redact(said)
    return UnexpectedAnswer(
        session.host,
        f"no known answer to `{line.shown.strip()}`: {said!r}",
        "later lines were not sent; if IOS means well, report the text",
        line.shown,
        said,
    )


def _push_payload(task: Task, lines: Sequence[_Line], deadline_s: float) -> PushResult:
    session = session_of(task)
    content = "".join(f"{line.clear.rstrip()}\n" for line in lines if line.clear.strip()) + "end\n"
    file = payload.place(session, content)
    reconnected = False
    said = ""
    try:
        payload.upload(task, file, content)
        said, reconnected = _apply(session, file, deadline_s)
    finally:
        if session.alive:
            payload.remove(session, file)
    _judge_payload(session, lines, said)
    verdicts = tuple(LineVerdict(line=line.shown) for line in lines if line.clear.strip())
    return PushResult(lines=verdicts, payload=file, reconnected=reconnected)


def _apply(session: IosSession, file: str, deadline_s: float) -> tuple[str, bool]:
    """Merge the file; give what the device said, and whether the session had to come back."""
    try:
        return payload.apply(session, file), False
    except SessionLost:
        # Expected: the change may well cut the path under our feet for a while.
        session.reopen_within(deadline_s)
        return "", True


def _judge_payload(session: IosSession, lines: Sequence[_Line], said: str) -> None:
    if not (refused := answers.refusal(said)):
        return
    above = payload.refused_line(said, tuple(line.clear for line in lines))
    nowhere = _Line("", "a line of the payload", lines[0].redact)
    found = next((line for line in lines if line.clear.strip() == above), nowhere)
    raise _rejected(session.host, found, refused)


def tidy(task: Task) -> Result:
    """Delete payloads that a lost session left on the device; the result is their names."""
    return Result(host=task.host, result=payload.sweep(session_of(task)))


def save(task: Task) -> Result:
    """Write the running configuration to startup and check the answer."""
    session = session_of(task)
    said = session.send("write memory", [_OVERWRITE], idle_s=SAVE_IDLE_S)
    if "[OK]" not in said:
        raise UnexpectedAnswer(
            session.host,
            f"`write memory` did not answer [OK] but {said.strip()[-120:]!r}",
            "the change runs but is not in startup-config: save by hand",
            "write memory",
            said,
        )
    return Result(host=task.host, changed=True, result=said)
