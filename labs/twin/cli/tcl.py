r"""The Tcl shell: as much of Tcl as operators type at a router.

`puts` (to the terminal and into files: netmiko and napalm write files so, CLIENTS.md item 15),
`set`, `foreach`, `exec`, `ios_config`, `$variables`, `[commands]`, quotes, braces and `\` escapes;
every other word begins an exec command. A script is worked off command by command, so that a
`ping` in a loop takes its time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs.twin.cli.session import Pending

PUTS = re.compile(
    r'puts\s+(-nonewline\s+)?\[\s*open\s+"([^"]+)"\s+[wa]\+?\s*\]\s+\{(.*)\}\s*$', re.DOTALL
)
LEAVE = ("tclquit", "exit", "quit")
MOST_COMMANDS = 10_000
"""A script that does more is broken off."""
_NAME = re.compile(r"\$(?:\{([^}]*)\}|(\w+))")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class TclError(Exception):
    """A script that cannot be done; its text is what Tcl says."""


Run = Callable[[str], "tuple[str, Pending | None]"]
"""Does an exec command: what it printed, and what goes on if it takes time."""


@dataclass(slots=True)
class Script:
    """A script at work; the terminal waits for it."""

    steps: Iterator[str]
    run: Run
    done: bool = False
    _job: Pending | None = None
    _left: int = MOST_COMMANDS

    def advance(self) -> str:
        """Go on as far as the running command allows; give what was printed."""
        printed = ""
        while not self.done:
            if self._job is not None:
                printed += self._job.advance()
                if not self._job.done:
                    break
                self._job = None
            printed += self._step()
        return printed

    def _step(self) -> str:
        try:
            command = next(self.steps, None)
        except (TclError, RecursionError) as error:
            self.done = True
            return f"{error}\n"
        self._left -= 1
        if command is None or self._left < 0:
            self.done = True
            return ""
        if command.startswith(PRINTED):
            return command.removeprefix(PRINTED)
        text, self._job = self.run(command)
        return text

    def abort(self) -> None:
        """Break it off."""
        if self._job is not None:
            self._job.abort()
        self.done = True


PRINTED = "\0"
"""Begins a step that is printed as it stands, not done."""


@dataclass(slots=True)
class Tcl:
    """A Tcl shell."""

    write: Callable[[str, str], str]
    """Writes a file, gives an error text or nothing."""
    run: Run
    configure: Callable[[list[str]], str]
    """Types lines in configuration mode."""
    leave: Callable[[], None]
    variables: dict[str, str] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)

    def prompt(self, host: str) -> str:
        """Give the prompt; `+>` inside braces."""
        return "+>" if self._lines else f"{host}(tcl)#"

    def line(self, text: str) -> Script | None:
        """Take one line; give the script that it completes."""
        self._lines.append(text)
        script = "\n".join(self._lines)
        if script.count("{") > script.count("}"):
            return None
        self._lines = []
        if script.strip() in LEAVE:
            self.leave()
            return None
        match = PUTS.match(script.strip())
        if match:
            said = self.write(match[2], match[3] + ("" if match[1] else "\n"))
            return Script(iter([PRINTED + said]), self.run)
        return Script(self._steps(script, 0), self.run)

    def _steps(self, script: str, depth: int) -> Iterator[str]:
        """Give the steps of a script, one after another."""
        if depth > 20:
            raise TclError("too many nested evaluations (infinite loop?)")
        at = 0
        while at < len(script):
            command, at = _command(script, at)
            words = self._words(command)
            if not words:
                continue
            name, rest = words[0], words[1:]
            if name == "foreach" and len(rest) == 3:
                for value in _words_of(rest[1]):
                    self.variables[rest[0]] = value
                    # A step of its own, so that rounds that do nothing are counted too.
                    yield PRINTED
                    yield from self._steps(rest[2], depth + 1)
            elif name in _BUILT_IN:
                yield PRINTED + _BUILT_IN[name](self, rest)
            else:
                yield _exec_line(command, words)

    def _words(self, command: str) -> list[str]:
        """Part a command into words, with variables and commands filled in."""
        words: list[str] = []
        at = 0
        while True:
            while at < len(command) and command[at].isspace():
                at += 1
            if at >= len(command) or command[at] == "#":
                return words
            if command[at] == "{":
                end = _closing(command, at, "{", "}")
                words.append(command[at + 1 : end])
                at = end + 1
            elif command[at] == '"':
                end = _quote_end(command, at + 1)
                words.append(self._filled(command[at + 1 : end]))
                at = end + 1
            else:
                start = at
                while at < len(command) and not command[at].isspace():
                    at = _closing(command, at, "[", "]") + 1 if command[at] == "[" else at + 1
                words.append(self._filled(command[start:at]))

    def _filled(self, text: str) -> str:
        made, at = "", 0
        while at < len(text):
            name = _NAME.match(text, at)
            if name:
                made += self.value(name[1] or name[2])
                at = name.end()
            elif text[at] == "\\" and at + 1 < len(text):
                made += _ESCAPES.get(text[at + 1], text[at + 1])
                at += 2
            elif text[at] == "[":
                end = _closing(text, at, "[", "]")
                made += self._result(text[at + 1 : end])
                at = end + 1
            else:
                made += text[at]
                at += 1
        return made

    def value(self, name: str) -> str:
        """Give the value of a variable."""
        if name not in self.variables:
            raise TclError(f'can\'t read "{name}": no such variable')
        return self.variables[name]

    def _result(self, command: str) -> str:
        """Give what a command in brackets results in."""
        words = self._words(command)
        if words[:1] and words[0] in _BUILT_IN:
            return _BUILT_IN[words[0]](self, words[1:]).rstrip("\n")
        printed, job = self.run(_exec_line(command, words))
        if job is not None:
            job.abort()
        return printed


def _puts(shell: Tcl, words: list[str]) -> str:
    if words[:1] == ["-nonewline"]:
        return words[-1]
    return f"{words[-1] if words else ''}\n"


def _set(shell: Tcl, words: list[str]) -> str:
    if len(words) == 2:
        shell.variables[words[0]] = words[1]
    return f"{shell.value(words[0])}\n" if words else ""


def _ios_config(shell: Tcl, words: list[str]) -> str:
    return shell.configure(words)


_BUILT_IN: dict[str, Callable[[Tcl, list[str]], str]] = {
    "puts": _puts,
    "set": _set,
    "ios_config": _ios_config,
}


def _exec_line(command: str, words: list[str]) -> str:
    """Give the exec command of a line: as typed, unless something was filled in."""
    if words[:1] == ["exec"]:
        return " ".join(words[1:])
    return " ".join(words) if "$" in command or "[" in command else command.strip()


def _words_of(text: str) -> list[str]:
    return text.split()


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    """Find the sign that closes the one at a place."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == opening) - (text[place] == closing)
        if not depth:
            return place
    raise TclError(f"missing close-{'brace' if closing == '}' else 'bracket'}")


def _quote_end(text: str, at: int) -> int:
    """Find the quote that ends a word; those inside brackets are another's."""
    while at < len(text) and text[at] != '"':
        at = _closing(text, at, "[", "]") if text[at] == "[" else at + (text[at] == "\\")
        at += 1
    if at >= len(text):
        raise TclError('missing "')
    return at


def _command(script: str, at: int) -> tuple[str, int]:
    """Take the next command of a script: up to a new line or `;` outside of braces."""
    start = at
    while at < len(script):
        if script[at] == "{":
            at = _closing(script, at, "{", "}")
        elif script[at] == "[":
            at = _closing(script, at, "[", "]")
        elif script[at] in "\n;":
            return script[start:at], at + 1
        at += 1
    return script[start:at], at
