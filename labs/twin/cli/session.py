"""One terminal session: modes, prompts, questions, paging, and the bytes of its line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from labs.twin.cli import aliases, assist, login, pipes
from labs.twin.cli.paging import Pager
from labs.twin.cli.table import Handler, exec_grammar
from labs.twin.cli.tcl import Tcl
from labs.twin.cli.terminal import Key, LineEditor
from labs.twin.commands.edit import Editor
from labs.twin.commands.reader import BANNER
from labs.twin.commands.rules import Rejected
from labs.twin.grammar import Grammar, Reason, Refused, WrongWord
from labs.twin.network import Network
from labs.twin.show import syslog
from labs.twin.show.view import View
from labs.twin.storage import Storage, StorageError
from labs.twin.storage.volumes import RUNNING, STARTUP

if TYPE_CHECKING:
    from labs.twin.cli.console import Console

LEVEL = 15
"""Privilege of enable mode."""
PROMPT_HOST = 20
"""Characters of the host name that a configuration prompt keeps (CLIENTS.md item 8)."""
FAMILIES = ("show", "clear")
"""Commands that say, when typed alone, how to learn what may follow."""
DEFAULT_LENGTH = 24
DEFAULT_WIDTH = 80
ABORT = re.compile(rb"[\x03\x1e]")
"""Ctrl-Shift-6, the escape sequence of ping and traceroute, and Ctrl-C, which breaks as well."""
ENTERING = "Enter configuration commands, one per line.  End with CNTL/Z.\n"


class Pending(Protocol):
    """A command that takes virtual time."""

    @property
    def done(self) -> bool:
        """Tell whether it has ended."""

    def advance(self) -> str:
        """Give what it has printed since."""

    def abort(self) -> None:
        """Break it off."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a command; the next line is its answer."""

    prompt: str
    answer: Callable[[str], str]
    secret: bool = False


def _nobody() -> None:
    """Nobody listens."""


class Session:
    """A session of a user on a router."""

    def __init__(
        self,
        console: Console,
        *,
        user: str,
        privilege: int = 1,
        line: str = "vty 0",
        source: str = "127.0.0.1",
    ) -> None:
        self.console = console
        self.user = user
        self.privilege = privilege
        self.line = line
        self.source = source
        self.width = DEFAULT_WIDTH
        self.length = _line_length(console.storage)
        self.monitor: int | None = None
        """Syslog lines the terminal has seen of those ever logged; None while it shows none."""
        self.closed = False
        self.turn: int | None = None
        """How many lines and keys are worked off at once; None is all."""
        self.woken: Callable[[], None] = _nobody
        """Told when there is something to print that no key asked for."""
        self.pending: Pending | None = None
        self.question: Question | None = None
        self.folder = self.storage.files.prefix
        """What bare file names stand in; `cd` changes it."""
        self.config: Editor | None = None
        """The cursor while in configuration mode."""
        self.tcl: Tcl | None = None
        self.typed_at = console.now
        """When something was typed last."""
        self.idle_until: float | None = None
        """When silence will have lasted too long; None while no `exec-timeout` is configured."""
        self._limit: tuple[int, float | None] = -1, None
        """The idle time allowed, as read after so many edits of the configuration."""
        self.keys = LineEditor()
        self.keys.helps = True
        self._out = bytearray()
        self._pager = Pager()
        self._cut = False

    # What commands use

    @property
    def storage(self) -> Storage:
        """Give the storage of the router."""
        return self.console.storage

    @property
    def network(self) -> Network:
        """Give the network."""
        return self.console.network

    @property
    def now(self) -> float:
        """Give the virtual time."""
        return self.console.network.now

    def view(self) -> View:
        """Give what show commands look at."""
        return View(
            router=self.network.routers[self.console.name],
            network=self.network,
            storage=self.storage,
            now=self.now,
            session=self,
            sessions=tuple(self.console.sessions),
        )

    def url(self, text: str) -> str:
        """Give the whole URL that a typed one stands for."""
        if ":" in text or text in (*RUNNING, *STARTUP):
            return text
        if text.startswith("/"):
            return self.folder.partition(":")[0] + ":" + text
        return f"{self.folder.rstrip('/')}/{text}" if "/" in self.folder else self.folder + text

    def adopt_line(self, what: str) -> None:
        """Take the page length or width that the line has by default."""
        if what == "length":
            self.length = _line_length(self.storage)
        else:
            self.width = DEFAULT_WIDTH

    def ask(self, prompt: str, answer: Callable[[str], str], *, secret: bool = False) -> str:
        """Put a question; gives the empty text for the caller to return."""
        self.question = Question(prompt, answer, secret)
        return ""

    def confirm(self, prompt: str, action: Callable[[], None]) -> str:
        """Ask whether to do something; Enter means yes."""

        def answer(text: str) -> str:
            if text.lower() in ("", "y", "yes"):
                action()
            return ""

        return self.ask(prompt, answer)

    def start(self, job: Pending) -> str:
        """Begin a command that takes virtual time; gives what it prints at once."""
        text = job.advance()
        if not job.done:
            self.pending = job
        return text

    def begin_config(self) -> str:
        """Enter configuration mode."""
        self.config = self.console.editor()
        return ENTERING

    def interrupt(self, text: str) -> None:
        """Show what the router tells everybody, whatever is being typed."""
        self._out += text.replace("\n", "\r\n").encode()
        self.woken()

    @property
    def enabled(self) -> bool:
        """Tell whether the commands of enable mode are there."""
        return self.privilege >= LEVEL

    @property
    def grammar(self) -> Grammar[Handler]:
        """Give the exec commands of the moment."""
        return exec_grammar(
            enabled=self.enabled, licensed=self.storage.licensed, xe=self.view().router.image.xe
        )

    @property
    def prompt(self) -> str:
        """Give the prompt of the moment."""
        host = self.storage.hostname
        if self.tcl is not None:
            return self.tcl.prompt(host)
        if self.config is not None:
            return f"{host[:PROMPT_HOST]}({_mode_prompt(self.config)})#"
        return f"{host}{'#' if self.privilege > 1 else '>'}"

    # Bytes

    def greeting(self) -> bytes:
        """Give what stands on the screen before the first key."""
        banners = login.greeting(self.storage, self.line).replace("\n", "\r\n")
        self._awake()
        return f"\r\n{banners}{self.prompt}".encode()

    def feed(self, data: bytes) -> bytes:
        """Take typed bytes; give echo and output."""
        broken = ABORT.search(data) if self.pending is not None else None
        if self.pending is not None and broken is not None:
            data = data[broken.end() :]
            self.pending.abort()
        self.keys.give(data)
        self._awake()
        self._work()
        return self._flush()

    def poll(self) -> bytes:
        """Give what has been printed since by a running command or by the router itself."""
        if self.pending is not None:
            self._print(self._advance())
            if self.pending is None:
                self._prompt()
                self._work()
        return self._flush()

    def _awake(self) -> None:
        """Begin to count the idle time anew."""
        self.typed_at = self.now
        if self._limit[0] != self.storage.edits:
            self._limit = self.storage.edits, login.idle_limit(self.storage, self.line)
        limit = self._limit[1]
        if limit is not None or self.idle_until is not None:
            self.idle_until = None if limit is None else self.now + limit
            self.console.wake()

    def hang_up(self) -> None:
        """End: the line is gone."""
        self.closed = True
        if self.pending is not None:
            self.pending.abort()
            self.pending = None
        self.woken()

    def execute(self, line: str) -> str:
        """Do one line and give its output, letting time pass for a command that needs it."""
        text = self._dispatch(line)
        while self.pending is not None:
            due = self.network.next_event()
            if due is None:
                self.pending.abort()
            else:
                self.network.run_until(due)
            text += self._advance()
        if self.question is not None:
            text += self.question.prompt
        return text

    def _flush(self) -> bytes:
        if self.monitor is not None:
            self._show_log(self.monitor)
        data, self._out = bytes(self._out), bytearray()
        return data

    def _show_log(self, seen: int) -> None:
        """Show the syslog lines that came since."""
        router = self.network.routers[self.console.name]
        if router.logged != seen:
            self.monitor = router.logged
            new = list(syslog.lines(self.storage, router, seen, "monitor"))
            self.interrupt("".join(f"\n{line}" for line in new) + "\n" if new else "")

    def _advance(self) -> str:
        job = self.pending
        if job is None:
            return ""
        text = job.advance()
        self.pending = None if job.done else job
        return text

    @property
    def listening(self) -> bool:
        """Tell whether syslog lines are shown as they come."""
        return self.monitor is not None

    @property
    def busy(self) -> bool:
        """Tell whether the turn was over before all that was typed; `feed(b"")` goes on."""
        return self._cut and self.keys.waiting and not self.closed and self.pending is None

    def _work(self) -> None:
        """Take typed lines until there are no more, or a command has to be waited for."""
        left = self.turn
        self._cut = False
        while self.keys.waiting and not self.closed and self.pending is None:
            self._cut = left == 0
            if self._cut:
                return
            left = left and left - 1
            if self._pager.waits:
                self._out += self._pager.key(self.keys.pop(), self.length)
                if not self._pager.waits:
                    self._prompt()
                continue
            key, echo = self.keys.read()
            self._out += echo
            if key is None:
                return
            self._key(key)

    def _key(self, key: Key) -> None:
        if key in (Key.HELP, Key.COMPLETE, Key.REDRAW):
            self._assist(key)
            return
        text = self.keys.take()
        match key:
            case Key.INTERRUPT:
                self._leave_all()
            case Key.END if self.config is not None:
                self._print(self._dispatch(text))
                self._leave_config()
            case Key.END | Key.ENTER:
                self._print(self._dispatch(text))
        if not self.closed and self.pending is None and not self._pager.waits:
            self._prompt()

    def _assist(self, key: Key) -> None:
        """Answer a question mark or Tab; the line goes on being typed behind a new prompt."""
        typed = self.keys.text[: self.keys.cursor]
        if key is Key.COMPLETE:
            word = assist.completion(self, typed)
            if word is None:
                self._out += self.keys.type_blank()
                return
            self.keys.complete(word)
            self._out += b"\r\n"
        elif key is Key.HELP:
            self._print("?\n" + assist.explain(self, typed))
        else:
            self._out += b"\r\n"
        if not self._pager.waits:
            self._prompt()

    def _prompt(self) -> None:
        question = self.question
        self.keys.silent = question is not None and question.secret
        self.keys.helps = question is None and self.tcl is None
        self._out += (question.prompt if question is not None else self.prompt).encode()
        self._out += b"" if self.keys.silent else self.keys.redraw()

    def _print(self, text: str) -> None:
        self._out += self._pager.show(text, self.length)

    # Lines

    def _dispatch(self, text: str) -> str:
        """Do one line; give what it prints."""
        if self.question is not None:
            question, self.question = self.question, None
            self.keys.silent = False
            return question.answer(text.strip())
        self._touch()
        if self.tcl is not None:
            script = self.tcl.line(text)
            return "" if script is None else self.start(script)
        self.keys.remember(text)
        if self.config is not None:
            return self._configure(self.config, text)
        return self.run(text)

    def _touch(self) -> None:
        """Put off an idle timer of this user."""
        rollback = self.storage.rollback
        if rollback is not None and rollback.idle and rollback.user == self.user:
            rollback.rearm(rollback.minutes, self.now, idle=True)
            self.console.wake()

    def run(self, text: str, skip: int = 0) -> str:
        """Do an exec command; `skip` leading words are not part of it (`do`)."""
        if not text.strip() or text.lstrip().startswith("!"):
            return ""
        whole = text if skip else aliases.expand(self.storage, text)
        try:
            return self._run(whole, skip)
        except Refused as refused:
            if whole == text:
                return refused.answer(len(self.prompt))
            # The terminal shows the alias.
            column = max(refused.column - len(whole) + len(text), 0)
            return Refused(refused.reason, text, column).answer(len(self.prompt))

    def _run(self, text: str, skip: int) -> str:
        command, filter_text, column = pipes.split(text)
        try:
            match = self.grammar.match(command, skip=skip)
        except Refused:
            words = command.split()[skip:]
            family = next((f for f in FAMILIES if words and f.startswith(words[0].lower())), None)
            if len(words) == 1 and len(words[0]) > 1 and family is not None:
                return f'% Type "{family} ?" for a list of subcommands\n'
            raise
        try:
            narrow = self._narrow(match.words[0], text, filter_text, column)
            output = match.row(self, match.args)
        except pipes.PipeError as error:
            reason = Reason.INCOMPLETE if error.incomplete else Reason.INVALID
            raise Refused(reason, text, error.column) from error
        except WrongWord as wrong:
            raise Refused(Reason.INVALID, text, match.columns[wrong.name]) from wrong
        return narrow(output) if narrow is not None else output

    def _narrow(
        self, word: str, text: str, filter_text: str, column: int
    ) -> Callable[[str], str] | None:
        """Give the output filter of a line, None without a bar."""
        if not column:
            return None
        if word not in assist.PIPED:
            raise Refused(Reason.INVALID, text, column - 1)
        return pipes.make_filter(filter_text, column, self._write)

    def _write(self, url: str, text: str, append: bool) -> str:  # noqa: FBT001 - a pipe's
        try:
            self.storage.write(self.url(url), text.encode(), self.now, append=append)
        except StorageError as error:
            return str(error)
        return ""

    def _configure(self, editor: Editor, text: str) -> str:
        word = text.strip().lower()
        if word == "end":
            self._leave_config()
            return ""
        if word in ("exit", "exi", "ex", "quit"):
            if not editor.exit():
                self._leave_config()
            return ""
        if word.startswith("do ") or word == "do":
            return self.run(text, skip=1)
        banner = BANNER.match(text.strip())
        if banner and banner[1] not in text.strip()[banner.end() :]:
            return self._banner(editor, text.strip(), banner[1])
        return self._edit(editor, text)

    def _banner(self, editor: Editor, text: str, closing: str) -> str:
        """Take the lines of a banner up to its delimiter."""

        def more(line: str) -> str:
            whole = f"{text}\n{line}"
            if closing in line:
                return self._edit(editor, whole)
            return self._banner(editor, whole, closing)

        self.ask("", more)
        if "\n" in text:
            return ""
        return f"Enter TEXT message.  End with the character '{closing}'.\n"

    def _edit(self, editor: Editor, text: str) -> str:
        try:
            outcome = editor.feed(text)
        except Refused as refused:
            return refused.answer(len(self.prompt))
        except Rejected as rejected:
            return rejected.answer
        self.console.typed(editor, outcome, self.user)
        self.console.record(self, text.strip())
        return outcome.answer

    def _leave_config(self) -> None:
        if self.config is None:
            return
        self.config = None
        if self.console.locked_by is self:
            self.console.locked_by = None
        line = self.line.replace(" ", "")
        self.console.log(
            f"%SYS-5-CONFIG_I: Configured from console by {self.user} on {line} ({self.source})"
        )

    def _leave_all(self) -> None:
        self.question = None
        self.keys.silent = False
        self._leave_config()


def _mode_prompt(editor: Editor) -> str:
    mode = editor.mode
    if mode.name == "interface" and "." in editor.block.line.text:
        return "config-subif"
    return mode.prompt


def _line_length(storage: Storage) -> int:
    """Give the page length configured on the first vty line."""
    for block in storage.tree.find("line vty"):
        args = block.args("length")
        return DEFAULT_LENGTH if args is None else int(args["lines"])
    return DEFAULT_LENGTH
