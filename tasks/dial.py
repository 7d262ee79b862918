"""How a device is reached: options, ssh_config, jump hosts, sockets.

The one place where exceptions of netmiko, paramiko and the socket layer become TaskErrors.
"""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import paramiko
from netmiko import NetmikoBaseException
from pydantic import BaseModel, ConfigDict, SecretStr

from tasks import hostkeys
from tasks.algorithms import ios_transport
from tasks.errors import LoginRefused, TaskError, Unreachable
from tasks.session import IDLE_S, IosConnection, enable

_JUMPS = 4
"""Longest chain of jump hosts; a longer one is a loop in ssh_config."""


def _no_reference(text: str) -> str:
    return text


class JumpOptions(BaseModel):
    """A host to go through, with its own login."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hostname: str
    port: int = 22
    username: str = ""
    password: SecretStr | None = None
    key_file: Path | None = None
    agent: bool = False


class DialOptions(BaseModel):
    """The `extras` of the connection `dmvpn` in the Nornir inventory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    """Name of the device in messages; the address when empty."""
    known_hosts: Path = Path("~/.ssh/known_hosts")
    host_keys: Literal["strict", "accept-new"] = "strict"
    key_file: Path | None = None
    passphrase: SecretStr | None = None
    agent: bool = False
    secret: SecretStr | None = None
    """Enable secret."""
    ssh_config: Path | None = None
    jump: JumpOptions | None = None
    connect_timeout_s: float = 10.0
    login_timeout_s: float = 15.0
    idle_timeout_s: float = IDLE_S
    keepalive_s: int = 0
    pipelining: bool = True
    disabled_algorithms: dict[str, list[str]] | None = None
    resolve: Callable[[str], str] = _no_reference
    """Turns a reference such as `secret:NAME` into the secret, when it is needed."""


class Target(BaseModel):
    """Where to log in and as whom, ssh_config already applied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str
    """Name in messages."""
    hostname: str
    port: int
    username: str
    password: SecretStr | None
    key_file: Path | None
    known_hosts: Path
    agent: bool
    jumps: tuple["Target", ...] = ()
    proxy_command: str = ""


def target_of(
    options: DialOptions,
    hostname: str,
    port: int | None,
    username: str | None,
    password: str | None,
) -> Target:
    """Put together what Nornir's inventory and ssh_config say about a device."""
    name = options.name or hostname
    resolved = options.resolve(password) if password else None
    said = _ssh_config(options.ssh_config, hostname)
    key = options.key_file or _first_identity(said)
    return Target(
        host=name,
        hostname=said.get("hostname", hostname),
        port=port or int(said.get("port", 22)),
        username=username or said.get("user", ""),
        password=SecretStr(resolved) if resolved else None,
        key_file=key.expanduser() if key else None,
        known_hosts=options.known_hosts.expanduser(),
        agent=options.agent,
        jumps=_jumps(options, name, said),
        proxy_command=said.get("proxycommand", "") if options.jump is None else "",
    )


def _ssh_config(file: Path | None, hostname: str) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        config = paramiko.SSHConfig.from_path(str(file.expanduser()))
    except OSError as error:
        raise Unreachable(
            hostname,
            f"ssh_config {file}: {error.strerror}",
            "correct `ssh_config` in the inventory",
        ) from error
    return dict(config.lookup(hostname))


def _first_identity(said: dict[str, Any]) -> Path | None:
    files = said.get("identityfile", [])
    return Path(files[0]) if files else None


def _jumps(options: DialOptions, name: str, said: dict[str, Any]) -> tuple[Target, ...]:
    if options.jump is not None:
        jump = options.jump
        password = jump.password.get_secret_value() if jump.password else None
        return (
            Target(
                host=f"{name} (jump host {jump.hostname})",
                hostname=jump.hostname,
                port=jump.port,
                username=jump.username,
                password=SecretStr(options.resolve(password)) if password else None,
                key_file=jump.key_file.expanduser() if jump.key_file else None,
                known_hosts=options.known_hosts.expanduser(),
                agent=jump.agent,
            ),
        )
    named = [hop.strip() for hop in said.get("proxyjump", "").split(",")]
    hops = [hop for hop in named if hop and hop != "none"]
    return tuple(_hop(options, name, hop) for hop in hops[:_JUMPS])


def _hop(options: DialOptions, name: str, hop: str) -> Target:
    user, _, place = hop.rpartition("@")
    hostname, _, port = place.partition(":")
    said = _ssh_config(options.ssh_config, hostname)
    identity = _first_identity(said)
    return Target(
        host=f"{name} (jump host {hostname})",
        hostname=said.get("hostname", hostname),
        port=int(port or said.get("port", 22)),
        username=user or said.get("user", ""),
        password=None,
        key_file=identity.expanduser() if identity else None,
        known_hosts=options.known_hosts.expanduser(),
        agent=True,
    )


def _policy(target: Target, options: DialOptions) -> paramiko.MissingHostKeyPolicy:
    kind = hostkeys.StrictPolicy if options.host_keys == "strict" else hostkeys.AcceptNewPolicy
    return kind(target.host, target.known_hosts)


def _refused(target: Target, error: BaseException) -> TaskError:
    """Translate what paramiko, netmiko and the socket layer raise while connecting."""
    cause: BaseException | None = error
    while cause is not None:
        translated = _one_refused(target, cause)
        if translated is not None:
            return translated
        cause = cause.__cause__ or cause.__context__
    return Unreachable(
        target.host,
        f"SSH to {target.hostname}:{target.port} failed: {_first_line(error)}",
        "look at `show ip ssh` on the device: version 2, key length, algorithms",
    )


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _one_refused(target: Target, cause: BaseException) -> TaskError | None:
    place = f"{target.hostname}:{target.port}"
    match cause:
        case TaskError():
            return cause
        case paramiko.BadHostKeyException():
            name = hostkeys.entry_name(target.hostname, target.port)
            return hostkeys.changed(target.host, target.known_hosts, name, cause.key)
        case paramiko.AuthenticationException():
            return LoginRefused(
                target.host,
                f"login as {target.username or '(no user)'} refused by {place} ({_means(target)})",
                "check user and password or key in the inventory, and the AAA server's log",
            )
        case paramiko.SSHException() if "No authentication methods" in str(cause):
            return LoginRefused(
                target.host,
                f"no password and no key is given for {target.username or '(no user)'} at {place}",
                "give `password: secret:NAME`, `key_file` or `agent` in the inventory",
            )
        case socket.gaierror():
            return Unreachable(
                target.host,
                f"the name {target.hostname} does not resolve",
                "correct `hostname` in hosts.yaml or the name server",
            )
        case ConnectionRefusedError():
            return Unreachable(
                target.host,
                f"connection refused by {place}",
                "is SSH enabled there (`ip ssh version 2`, a key, `transport input ssh`), "
                "and is the port right?",
            )
        case TimeoutError():
            return Unreachable(
                target.host,
                f"no answer from {place}",
                "check the address, the route to it and access lists on the way",
            )
        case OSError() if cause.errno:
            return Unreachable(
                target.host,
                f"no way to {place}: {os.strerror(cause.errno).lower()}",
                "check the address, the route to it and access lists on the way",
            )
    return None


def _means(target: Target) -> str:
    means = [
        ("agent", target.agent),
        (f"key {target.key_file}", target.key_file is not None),
        ("password", target.password is not None),
    ]
    tried = [name for name, used in means if used]
    return f"tried {', '.join(tried)}" if tried else "no password and no key is given"


_CONNECTING = (NetmikoBaseException, paramiko.SSHException, OSError, EOFError)


class _Command(paramiko.ProxyCommand):
    """A proxy command that is also waited for: paramiko leaves its process and pipes open."""

    def close(self) -> None:
        """End the process, which may have ended by itself."""
        self.process.terminate()

    def reap(self) -> None:
        """Take the exit of the process and close its pipes; the transport must have ended."""
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


class Dialer:
    """Makes connections to one device, as often as they are needed."""

    def __init__(self, target: Target, options: DialOptions) -> None:
        """Remember where to and how; nothing is sent yet."""
        self.target = target
        self.options = options
        self._through: list[paramiko.SSHClient | _Command] = []

    def connect(self) -> IosConnection:
        """Log in, prepare the terminal and go to privileged EXEC."""
        self.close_jumps()
        try:
            connection = self._login()
        except (*_CONNECTING, TaskError) as error:
            self.close_jumps()
            raise _refused(self.target, error) from error
        try:
            enable(connection, self._secret())
        except TaskError:
            connection.disconnect()
            self.close_jumps()
            raise
        return connection

    def _secret(self) -> str:
        secret = self.options.secret
        return self.options.resolve(secret.get_secret_value()) if secret else ""

    def _login(self) -> IosConnection:
        target, options = self.target, self.options
        passphrase = options.passphrase
        return IosConnection(
            label=target.host,
            policy=_policy(target, options),
            transport=ios_transport,
            idle_s=options.idle_timeout_s,
            device_type="cisco_ios",
            host=target.hostname,
            port=target.port,
            username=target.username,
            password=target.password.get_secret_value() if target.password else None,
            key_file=str(target.key_file) if target.key_file else None,
            use_keys=target.key_file is not None,
            passphrase=options.resolve(passphrase.get_secret_value()) if passphrase else None,
            allow_agent=target.agent,
            alt_host_keys=True,
            alt_key_file=str(target.known_hosts),
            disabled_algorithms=options.disabled_algorithms,
            conn_timeout=options.connect_timeout_s,
            banner_timeout=options.login_timeout_s,
            auth_timeout=options.login_timeout_s,
            keepalive=options.keepalive_s,
            sock=self._socket(target, target.jumps),
        )

    def client(self) -> paramiko.SSHClient:
        """Make a second SSH connection to the device, for a file transfer."""
        try:
            return self._client(self.target, self._socket(self.target, self.target.jumps))
        except (*_CONNECTING, TaskError) as error:
            raise _refused(self.target, error) from error

    def _client(self, target: Target, sock: Any) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        if target.known_hosts.is_file():
            client.load_host_keys(str(target.known_hosts))
        client.set_missing_host_key_policy(_policy(target, self.options))
        passphrase = self.options.passphrase
        client.connect(
            target.hostname,
            target.port,
            username=target.username or None,
            password=target.password.get_secret_value() if target.password else None,
            key_filename=str(target.key_file) if target.key_file else None,
            passphrase=(
                self.options.resolve(passphrase.get_secret_value()) if passphrase else None
            ),
            allow_agent=target.agent,
            look_for_keys=False,
            timeout=self.options.connect_timeout_s,
            banner_timeout=self.options.login_timeout_s,
            auth_timeout=self.options.login_timeout_s,
            disabled_algorithms=self.options.disabled_algorithms,
            transport_factory=ios_transport,
            sock=sock,
        )
        return client

    def _socket(self, target: Target, jumps: tuple[Target, ...]) -> Any:
        """Open what SSH runs over: a socket, a channel through a jump host, or a command."""
        if jumps:
            *before, last = jumps
            try:
                client = self._client(last, self._socket(last, tuple(before)))
                self._through.append(client)
                transport = client.get_transport()
                assert transport is not None  # noqa: S101 - connect() has set it
                return transport.open_channel(
                    "direct-tcpip",
                    (target.hostname, target.port),
                    ("127.0.0.1", 0),
                    timeout=self.options.connect_timeout_s,
                )
            except paramiko.ChannelException as error:
                raise Unreachable(
                    target.host,
                    f"jump host {last.hostname} cannot reach {target.hostname}:{target.port}: "
                    f"{error.text}",
                    "check the route from the jump host and its AllowTcpForwarding",
                ) from error
            except (*_CONNECTING, TaskError) as error:
                raise _refused(last, error) from error
        if target.proxy_command:
            command = _Command(target.proxy_command)
            self._through.append(command)
            return command
        sock = socket.create_connection(
            (target.hostname, target.port), self.options.connect_timeout_s
        )
        # Saves a delayed acknowledgement of 40 ms in the key exchange (SPEED section 2).
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def close_jumps(self) -> None:
        """Close the connections to jump hosts and end proxy commands."""
        while self._through:
            way = self._through.pop()
            way.close()
            if isinstance(way, _Command):
                way.reap()
