"""The Nornir connection plugin `dmvpn`: one SSH session a device, kept across tasks."""

from typing import Any

from nornir.core.configuration import Config
from nornir.core.task import Task
from pydantic import ValidationError

from tasks.dial import Dialer, DialOptions, target_of
from tasks.errors import LoginRefused
from tasks.session import IosSession

CONNECTION = "dmvpn"
"""Name of the plugin: `task.host.get_connection(CONNECTION, task.nornir.config)`."""


class DmvpnConnection:
    """Satisfies Nornir's ConnectionPlugin; `connection` is an IosSession."""

    connection: IosSession
    dialer: Dialer

    def open(
        self,
        hostname: str | None,
        username: str | None,
        password: str | None,
        port: int | None,
        platform: str | None,
        extras: dict[str, Any] | None = None,
        configuration: Config | None = None,
    ) -> None:
        """Log in; raises Unreachable, LoginRefused, HostKeyRefused or EnableRefused."""
        options = _options(hostname or "", extras or {})
        target = target_of(options, hostname or "", port, username, password)
        self.dialer = Dialer(target, options)
        self.connection = IosSession(
            target.host, self.dialer.connect, pipelining=options.pipelining
        )

    def close(self) -> None:
        """Log out."""
        self.connection.close()
        self.dialer.close_jumps()


def _options(hostname: str, extras: dict[str, Any]) -> DialOptions:
    try:
        return DialOptions.model_validate(extras)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False)
        )
        raise LoginRefused(
            hostname,
            f"connection options of `{CONNECTION}` are wrong: {wrong}",
            "see docs/real-routers.md for the options",
        ) from None


def session_of(task: Task) -> IosSession:
    """Give the session of the task's host, open and alive."""
    session: IosSession = task.host.get_connection(CONNECTION, task.nornir.config)
    if not session.alive:
        session.reopen()
    return session


def dialer_of(task: Task) -> Dialer:
    """Give what makes further connections to the task's host."""
    session_of(task)
    plugin: Any = task.host.connections[CONNECTION]
    dialer: Dialer = plugin.dialer
    return dialer
