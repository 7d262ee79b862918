"""One interactive session with IOS: echo verified, prompts counted, no waiting but for the device.

`Terminal` speaks over the channel of a connection, `IosConnection` is netmiko's IOS class made
to use it (so that napalm and others find the object they know), `IosSession` is what tasks hold.
How a connection is made belongs to `dial`; what an answer means belongs to `answers`.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import paramiko
from netmiko.cisco.cisco_ios import CiscoIosSSH

from tasks import answers
from tasks.errors import (
    CommandRejected,
    EnableRefused,
    SessionLost,
    TaskError,
    UnexpectedAnswer,
    Unreachable,
)

WINDOW_COMMANDS = 8
WINDOW_BYTES = 200
"""Type-ahead kept within the input buffer of a vty (SPEED section 7, point 3)."""
IDLE_S = 30.0
"""How long a device may say nothing in the middle of an answer."""
SETUP = ("terminal length 0", "terminal width 511")
"""No paging, and no line wrapped before the width that netmiko has proven."""
FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 15.0
"""A router that is away is asked at least this often whether it is back."""

log = logging.getLogger(__name__)

Reply = tuple[str, str]
"""(regular expression of a question, what to type)."""

_MODE = r"(?:\([^()\s]{1,40}\))?"
_NOTICE = r'(?:Rollback Confirmed Change:[^\n]*\n(?:Enter "configure confirm"[^\n]*\n)?)?'
_PROMPT = r"(?P<prompt>(?P<name>[A-Za-z0-9][\w.\-/]*)" + _MODE + r"[>#]) ?"
_ANY_PROMPT = re.compile(rf"(?:^|\n){_PROMPT}$")
_QUESTION = re.compile(
    r"(?:\[confirm\]|\[[^\]\n]*\] ?\? ?|\? ?\[[^\]\n]*\]:? ?|\[(?:yes|no|yes/no)\]:? ?"
    r"|[Pp]assword: ?|--More-- ?)$"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GRACE_S = 1.0
"""A text that looks like a question nobody expects is one only when nothing follows it."""
_TAIL = 600
"""Prompts and questions are looked for in this many last characters."""


class Terminal:
    """Reads and writes one channel; knows prompts, questions and echo."""

    def __init__(self, channel: paramiko.Channel, host: str, idle_s: float = IDLE_S) -> None:
        """Take over a channel with a shell on it."""
        self.host = host
        self.idle_s = idle_s
        self.name = ""
        self.prompt = ""
        self._channel = channel
        self._text = ""
        self._carry = ""
        self._marks = 0
        self._hushed = False
        """The line under way holds a secret."""

    @property
    def alive(self) -> bool:
        """Tell whether the channel and its transport still stand."""
        transport = self._channel.get_transport()
        return not self._channel.closed and transport.is_active()

    def write(self, text: str) -> None:
        """Send text as it is."""
        try:
            self._channel.sendall(text.encode())
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise self._lost("while sending") from error

    def _lost(self, when: str) -> SessionLost:
        return SessionLost(
            self.host,
            f"the SSH session ended {when}",
            "the device, the path to it or its vty timed out; what was sent may be applied",
        )

    def _read(self, idle_s: float) -> bool:
        """Take what has come; False when nothing came in time."""
        self._channel.settimeout(idle_s)
        try:
            data = self._channel.recv(65535)
        except TimeoutError:
            return False
        except (OSError, EOFError, paramiko.SSHException) as error:
            raise self._lost("while reading") from error
        if not data:
            raise self._lost("while reading")
        text = self._carry + data.decode("utf-8", "replace")
        self._carry = "\r" if text.endswith("\r") else ""
        text = text.removesuffix(self._carry)
        self._text += re.sub(r"\r+\n|\n\r", "\n", text).replace("\r", "")
        return True

    def _take(self, end: int) -> str:
        taken, self._text = self._text[:end], self._text[end:]
        return taken

    def _tail_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.search(self._text, max(0, len(self._text) - _TAIL))

    def prompt_pattern(self) -> re.Pattern[str]:
        """Match the prompt of this device at the end of the text, in any mode."""
        # IOS cuts the host name in configuration prompts at 20 characters (CLIENTS, point 8).
        name = re.escape(self.name[:16]) + r"[\w.\-/]*"
        return re.compile(rf"(?:^|\n)(?P<prompt>{name}{_MODE}[>#]) ?{_NOTICE}$")

    def login(self) -> None:
        """Find the first prompt, learn the name, switch paging and wrapping off."""
        self._learn(self._await(_ANY_PROMPT, "the login", self.idle_s))
        said = self.pipeline(SETUP) or [self.exchange(line) for line in SETUP]
        for line, answer in zip(SETUP, said, strict=True):
            if refused := answers.exec_refusal(answer):
                raise self._unexpected(line, refused)

    def _learn(self, match: re.Match[str]) -> None:
        self.name, self.prompt = match["name"], match["prompt"]
        self._text = ""

    def _unexpected(self, command: str, text: str) -> UnexpectedAnswer:
        text = "(not told, it may hold a secret)" if self._hushed else text
        end = text.strip().splitlines()[-1:] or ["nothing"]
        return UnexpectedAnswer(
            self.host,
            f"no known answer to `{command}`: {end[0][:200]!r}",
            "nothing was assumed; see the device, and report the text if it is IOS's own",
            command,
            text,
        )

    def _await(self, pattern: re.Pattern[str], command: str, idle_s: float) -> re.Match[str]:
        while (match := self._tail_match(pattern)) is None:
            if not self._read(idle_s):
                raise self._silent(command)
        return match

    def _silent(self, command: str) -> SessionLost:
        """Give up a session whose device stopped talking; nothing on it can be trusted now."""
        self._channel.close()
        last = self._text.strip().splitlines()[-1:]
        # The echo of a line with a secret must not be told, not even half of it.
        after = f", last words {last[0][-80:]!r}" if last and not self._hushed else ""
        return SessionLost(
            self.host,
            f"no prompt after `{command}`{after}",
            "the path to the device is cut, or it is overloaded (`idle_timeout_s` sets the limit)",
        )

    def exchange(
        self,
        command: str,
        replies: Sequence[Reply] = (),
        *,
        idle_s: float | None = None,
        shown: str = "",
        renames: bool = False,
    ) -> str:
        """Send one line and give the answer, echo and prompt taken off.

        Args:
            command: the line, without line end.
            replies: answers to the questions IOS may ask on the way.
            idle_s: how long the device may be silent.
            shown: the line as errors may show it.
            renames: the line changes the host name, so any prompt ends the answer.
        """
        if _CONTROL.search(command):
            raise ValueError(f"control character in {shown or command!r}")
        self._hushed = shown not in ("", command)
        # `?` asks for help unless it is quoted with Ctrl-V.
        self.write(command.replace("?", "\x16?") + "\n")
        return self._answer(
            command, replies, idle_s or self.idle_s, shown or command, renames=renames
        )

    def _answer(
        self, command: str, replies: Sequence[Reply], idle_s: float, shown: str, *, renames: bool
    ) -> str:
        prompt = _ANY_PROMPT if renames else self.prompt_pattern()
        waiting = re.compile(f"(?:{_QUESTION.pattern})|(?:{prompt.pattern})")
        self._await_echo(command, idle_s, shown)
        said = ""
        while (match := self._await(waiting, shown, idle_s))["prompt"] is None:
            said += self._reply(match, replies, shown)
        if renames:
            self.name = match["name"]
        self.prompt = match["prompt"]
        said += self._take(match.start())
        self._text = ""
        return said.strip("\n")

    def _await_echo(self, command: str, idle_s: float, shown: str) -> None:
        """Wait for the echo and cut it off with all before it: late notices of the device."""
        echo = command + "\n"
        while (at := self._text.find(echo)) < 0:
            if not self._read(idle_s):
                raise self._silent(shown)
        self._take(at + len(echo) - 1)

    def _reply(self, match: re.Match[str], replies: Sequence[Reply], shown: str) -> str:
        asked = self._text.rsplit("\n", 1)[-1]
        for pattern, answer in replies:
            if re.search(pattern, asked):
                said = self._take(match.end())
                self.write(answer)
                return said + "\n"
        if self._read(_GRACE_S):
            return ""  # more text follows, so it was no question
        error = self._unexpected(shown, asked)
        self.write("\x03")
        try:
            self._await(self.prompt_pattern(), shown, self.idle_s)
        except TaskError:
            self._channel.close()
        self._text = ""
        raise error

    def pipeline(self, commands: Sequence[str]) -> list[str] | None:
        """Send a window of show commands in one write; None when echo and prompts do not fit."""
        self._hushed = False
        self.write("".join(f"{command}\n" for command in commands))
        said = []
        prompt = re.escape(self.prompt)
        try:
            self._await_first(commands[0])
            for left, following in zip(range(len(commands), 1, -1), commands[1:], strict=True):
                echo = re.compile(rf"\n{prompt} ?{re.escape(following)}(?=\n)")
                said.append(self._until(echo, left))
            said.append(self._until(re.compile(rf"\n{prompt} ?$"), 1))
        except UnexpectedAnswer:
            self.resync()
            return None
        self._text = ""
        return [text.strip("\n") for text in said]

    def _await_first(self, command: str) -> None:
        while (at := self._text.find(command + "\n")) < 0:
            if not self._read(self.idle_s):
                raise self._silent(command)
        if self._text[:at].strip():
            raise self._unexpected(command, self._text)
        self._take(at + len(command))

    def _until(self, boundary: re.Pattern[str], left: int) -> str:
        """Read to a boundary; out of step when all prompts that are left have come without it."""
        looked = 0
        while (match := boundary.search(self._text, looked)) is None:
            looked = max(0, self._text.rfind("\n", 0, max(0, len(self._text) - _TAIL)))
            if self._prompts() >= left:
                raise self._unexpected("pipelined commands", self._text[-_TAIL:])
            if not self._read(self.idle_s):
                # Type-ahead was dropped, or the device is gone: the comment of `resync` tells.
                raise self._unexpected("pipelined commands", self._text[-_TAIL:])
        said = self._text[: match.start()]
        self._take(match.end())
        return said

    def _prompts(self) -> int:
        if not self._tail_match(self.prompt_pattern()):
            return 0
        return self._text.count(self.prompt)

    def type_block(self, text: str, until: str) -> str:
        """Type text that is not echoed line by line and read up to a closing line and a prompt."""
        self.write(text)
        at = self._await(
            re.compile(rf"{until}\n(?:.*\n)*?.*(?P<prompt>[#>]) ?$"), until, self.idle_s
        )
        said = self._take(at.end())
        self._text = ""
        return said

    def resync(self) -> None:
        """Get back in step: type a comment that only we can have typed and wait for its prompt."""
        self._marks += 1
        self._hushed = False
        mark = f"!in-step-{self._marks}"
        self.write(mark + "\n")
        back = re.compile(rf"{mark}\n(?:[^\n]*\n)*?{_PROMPT}$")
        self._learn(self._await(back, mark, self.idle_s))


class IosConnection(CiscoIosSSH):
    """Netmiko's IOS connection over a Terminal: no prompt search, no polling, no sleeps."""

    def __init__(
        self,
        *,
        label: str,
        policy: paramiko.MissingHostKeyPolicy,
        transport: Callable[..., paramiko.Transport],
        idle_s: float,
        **options: Any,
    ) -> None:
        """Connect; `options` are netmiko's own."""
        self.label = label
        self._policy = policy
        self._transport = transport
        self._idle_s = idle_s
        self.remote_conn_pre = None
        try:
            super().__init__(**options)
        except BaseException:
            # Netmiko cleans up after its own exceptions only.
            self.paramiko_cleanup()
            raise

    def _modify_connection_params(self) -> None:
        self.key_policy = self._policy

    def _connect_params_dict(self) -> dict[str, Any]:
        return super()._connect_params_dict() | {"transport_factory": self._transport}

    def _try_session_preparation(self, force_data: bool = True) -> None:  # noqa: FBT001, FBT002 - netmiko's signature
        try:
            self.session_preparation()
        except Exception:
            self.paramiko_cleanup()
            raise

    def session_preparation(self) -> None:
        """Find the prompt and prepare the terminal, in two round trips."""
        assert isinstance(self.remote_conn, paramiko.Channel)  # noqa: S101 - for the type checker
        self.terminal = Terminal(self.remote_conn, self.label, self._idle_s)
        self.terminal.login()
        self.base_prompt = self.terminal.name[:16]

    def find_prompt(self, delay_factor: float = 1.0, pattern: str | None = None) -> str:
        """Give the prompt without asking: the terminal has seen it."""
        return self.terminal.prompt

    def send_command(self, command_string: str, *args: Any, **options: Any) -> str:
        """Run one command; options that steer netmiko's waiting have no meaning here."""
        return self.terminal.exchange(command_string.strip())

    def cleanup(self, command: str = "exit") -> None:
        """Say goodbye without waiting for an answer."""
        if self.terminal.alive:
            self.terminal.write(f"{command}\n")


class IosSession:
    """The session of one device in one run; survives a reconnect."""

    def __init__(
        self, host: str, reconnect: Callable[[], IosConnection], *, pipelining: bool = True
    ) -> None:
        """Connect at once."""
        self.host = host
        self.owner = ""
        """Our user name as the device writes it, once it was asked."""
        self.pipelining = pipelining
        self._reconnect = reconnect
        self.connection = reconnect()

    @property
    def alive(self) -> bool:
        """Tell whether the session still stands."""
        return self.connection.remote_conn is not None and self.connection.terminal.alive

    @property
    def in_config(self) -> bool:
        """Tell whether the last prompt was one of configuration mode."""
        return "(" in self.connection.terminal.prompt

    @property
    def username(self) -> str:
        """User name of the login."""
        return self.connection.username

    def reopen(self) -> None:
        """Drop what is left of the connection and make a new one."""
        self.close()
        self.connection = self._reconnect()

    def reopen_within(self, deadline_s: float) -> None:
        """Try to connect again, ever less often, until it works or the time is over."""
        end = time.monotonic() + deadline_s
        pause_s = FIRST_RETRY_S
        while True:
            try:
                self.reopen()
            except (Unreachable, SessionLost) as error:
                left_s = end - time.monotonic()
                if left_s <= 0:
                    raise SessionLost(
                        self.host,
                        f"the session dropped and did not come back within {deadline_s:.0f} s",
                        "the undo timer of the device runs on; look again after it",
                    ) from error
                log.info("still away", extra={"device": self.host})
                time.sleep(min(pause_s, left_s))
                pause_s = min(pause_s * 2, LONGEST_RETRY_S)
            else:
                return

    def close(self) -> None:
        """End the session."""
        if self.connection.remote_conn is not None:
            self.connection.disconnect()

    def show(self, commands: Sequence[str]) -> dict[str, str]:
        """Run show commands, in as few round trips as the device allows; raw text by command."""
        wanted = list(dict.fromkeys(command.strip() for command in commands))
        said: dict[str, str] = {}
        for window in windows(wanted):
            said.update(zip(window, self._window(window), strict=True))
        return said

    def _window(self, commands: Sequence[str]) -> Iterable[str]:
        terminal = self.connection.terminal
        if self.pipelining and len(commands) > 1:
            if (said := terminal.pipeline(commands)) is not None:
                return said
            self.pipelining = False
        return [terminal.exchange(command) for command in commands]

    def send(
        self, command: str, replies: Sequence[Reply] = (), *, idle_s: float | None = None
    ) -> str:
        """Run one exec command and give its answer; a refusal is a CommandRejected."""
        text = self.connection.terminal.exchange(command, replies, idle_s=idle_s)
        if refused := answers.exec_refusal(text):
            raise CommandRejected(
                self.host, f"`{command}`: {refused}", answers.remedy(refused), command, text
            )
        return text


def windows(commands: Sequence[str]) -> Iterator[list[str]]:
    """Cut a list of commands into windows that a vty can take as type-ahead."""
    window: list[str] = []
    size = 0
    for command in commands:
        length = len(command) + 1
        if window and (len(window) == WINDOW_COMMANDS or size + length > WINDOW_BYTES):
            yield window
            window, size = [], 0
        window.append(command)
        size += length
    if window:
        yield window


def enable(connection: IosConnection, secret: str) -> None:
    """Go to privileged EXEC; nothing to do where the login already is."""
    terminal = connection.terminal
    if terminal.prompt.endswith("#"):
        return
    if not secret:
        raise EnableRefused(
            terminal.host,
            "the login is not privileged and no enable secret is given",
            "give `secret: secret:NAME` in the connection options, or a user with privilege 15",
        )
    text = terminal.exchange("enable", [(r"[Pp]assword: ?$", f"{secret}\n")])
    if not terminal.prompt.endswith("#"):
        reason = text.strip().splitlines()[-1:] or ["no reason given"]
        raise EnableRefused(
            terminal.host,
            f"the device refuses the enable secret: {reason[0]}",
            "check `secret` in the connection options against `enable secret` or the AAA server",
        )
