"""Errors of one device interaction.

TaskError
|- Unreachable        no TCP or SSH answer: nothing was read, nothing was sent
|- LoginRefused       the device answered and does not let us in
|- HostKeyRefused     we do not let ourselves in
|  |- HostKeyChanged  the device shows another key than the one in known_hosts
|  `- HostKeyUnknown  known_hosts has no key for the device
|- EnableRefused      logged in, but not at privilege 15
|- LineRejected       IOS refused one configuration line
|- CommandRejected    IOS refused one exec command
|- SessionLost        the session died in the middle of a command
|- TimerNotArmed      no undo of ours is pending on the device; nothing was sent
|- TransferFailed     a file did not arrive whole on the device
|- RevertFailed       the device could not undo the change
`- UnexpectedAnswer   IOS said something this program does not know: it fails closed

Every error carries `host`, `message` and `hint`; none carries a password or a clear secret.
"""


class TaskError(Exception):
    """A device interaction that did not do what it should, with place and remedy."""

    def __init__(self, host: str, message: str, hint: str = "") -> None:
        """Say on which device, what happened and what to do next."""
        super().__init__(host, message, hint)
        self.host = host
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Format as `host: message`, with the hint on a line of its own."""
        text = f"{self.host}: {self.message}"
        return f"{text}\n   hint: {self.hint}" if self.hint else text


class Unreachable(TaskError):
    """The device does not answer on its SSH port."""


class LoginRefused(TaskError):
    """The device refuses the user, the password or the key."""


class HostKeyRefused(TaskError):
    """The host key of the device is not trusted."""

    def __init__(self, host: str, message: str, hint: str, *, file: str, line: int = 0) -> None:
        """Name the known_hosts file and, where there is one, the line in it."""
        super().__init__(host, message, hint)
        self.args = (host, message, hint, file, line)
        self.file = file
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        """Rebuild with the keyword arguments, for results that cross a process border."""
        return (_host_key_refused, (type(self), *self.args))


def _host_key_refused(
    kind: type[HostKeyRefused], host: str, message: str, hint: str, file: str, line: int
) -> HostKeyRefused:
    return kind(host, message, hint, file=file, line=line)


class HostKeyChanged(HostKeyRefused):
    """The device shows another key than the one we know."""


class HostKeyUnknown(HostKeyRefused):
    """We know no key of the device."""


class EnableRefused(TaskError):
    """The session does not get to privilege 15."""


class AnswerError(TaskError):
    """A line we sent and an answer that makes it impossible to go on."""

    def __init__(self, host: str, message: str, hint: str, line: str, answer: str) -> None:
        """Keep the line (secrets as tokens) and the answer of the device."""
        super().__init__(host, message, hint)
        self.args = (host, message, hint, line, answer)
        self.line = line
        self.answer = answer


class LineRejected(AnswerError):
    """IOS refused a configuration line."""


class CommandRejected(AnswerError):
    """IOS refused an exec command."""


class TransferFailed(AnswerError):
    """A file did not arrive whole on the device."""


class RevertFailed(AnswerError):
    """The device says that it could not undo the change."""


class UnexpectedAnswer(AnswerError):
    """IOS answered with text that nothing here recognises."""


class SessionLost(TaskError):
    """The session died; what was sent may have been applied."""


class TimerNotArmed(TaskError):
    """The device holds no undo of ours; nothing was sent."""
