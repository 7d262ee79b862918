"""SSH sessions at once on one lab, beside a bare asyncssh server with the same dialogue.

    python benchmarks/ssh.py [--sessions 400] [--rounds 1] [--limit 1.5]

All sessions are open before the first command is typed. Prints the CPU that each server took for
a session and the ratio; ends with 1 when it is above the limit. The password is that of a lab's
user, which is compared in clear: hashing is left out on both sides. The bare server knows the
texts beforehand, echoes keys and answers lines; it has the same host key and algorithms.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import asyncssh

from labs.examples.demo import demo_lab
from labs.topology import LAB_PASSWORD, LabSpec
from labs.twin import lab
from labs.twin.lab import Folder
from labs.twin.server.ssh import KEX, SOFTWARE, host_key

ROUTER = "hub1"
PROMPT = f"{ROUTER}#".encode()
USER = "bench"
COMMANDS = (
    "terminal length 0",
    "show version",
    "show ip interface brief",
    "show ip route",
    "show running-config",
)
TICKS = os.sysconf("SC_CLK_TCK")


class Bare(asyncssh.SSHServer, asyncssh.SSHServerSession[bytes]):
    """A server that knows what to say."""

    def __init__(self, answers: dict[str, str], password: str) -> None:
        """Keep the answers by command."""
        self.answers = answers
        self.password = password
        self.typed = b""

    def begin_auth(self, username: str) -> bool:
        """Ask for a password."""
        return True

    def password_auth_supported(self) -> bool:
        """Offer passwords."""
        return True

    def validate_password(self, username: str, password: str) -> bool:
        """Compare."""
        return password == self.password

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        """Open a session."""
        return Bare(self.answers, self.password)

    def connection_made(self, chan: object) -> None:
        """Keep the channel."""
        self.chan = chan

    def pty_requested(self, *args: object) -> bool:
        """Accept any terminal."""
        return True

    def shell_requested(self) -> bool:
        """Accept a shell."""
        return True

    def session_started(self) -> None:
        """Show a prompt."""
        self.chan.write(b"\r\n" + PROMPT)

    def data_received(self, data: bytes, datatype: object) -> None:
        """Echo, and answer what stands before the end of a line."""
        self.typed += data
        line, end, rest = self.typed.partition(b"\n")
        self.chan.write(data.replace(b"\n", b"\r\n"))
        if not end:
            return
        self.typed = rest
        if line == b"exit":
            self.chan.exit(0)
            return
        answer = self.answers[line.decode()].encode()
        self.chan.write(answer + PROMPT)


async def bare(key: Path, answers: dict[str, str], password: str) -> None:
    """Serve until killed; the port is the first line on stdout."""
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        options=asyncssh.SSHServerConnectionOptions(
            config=None,
            server_factory=lambda: Bare(answers, password),
            server_host_keys=[host_key(key)],
            server_version=SOFTWARE,
            kex_algs=KEX,
            encoding=None,
            line_editor=False,
            gss_host=None,
        ),
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def cpu(pid: int) -> float:
    """Give the CPU seconds a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def until_prompt(reader: asyncssh.SSHReader[bytes]) -> str:
    """Read up to the next prompt."""
    return (await reader.readuntil(PROMPT))[: -len(PROMPT)].decode()


async def session(port: int, password: str, ready: asyncio.Barrier) -> list[str]:
    """Log in, wait for the others, type the commands; give what was printed."""
    async with asyncssh.connect(
        "127.0.0.1",
        port,
        username=USER,
        password=password,
        known_hosts=None,
        config=None,
        client_keys=None,
        agent_path=None,
        preferred_auth="password",
        login_timeout=600,
        connect_timeout=600,
    ) as connection:
        writer, reader, _ = await connection.open_session(term_type="xterm", encoding=None)
        await until_prompt(reader)
        await ready.wait()
        texts = []
        for command in COMMANDS:
            writer.write(command.encode() + b"\n")
            texts.append(await until_prompt(reader))
        writer.write(b"exit\n")
        await reader.read()
        return texts


async def storm(port: int, password: str, count: int) -> list[list[str]]:
    """Run sessions at once."""
    ready = asyncio.Barrier(count)
    return await asyncio.gather(*(session(port, password, ready) for _ in range(count)))


def timed(pid: int, port: int, password: str, count: int) -> tuple[float, float]:
    """Give CPU seconds a session and wall seconds of a storm, checking what was printed."""
    before, start = cpu(pid), time.perf_counter()
    texts = asyncio.run(storm(port, password, count))
    wall = time.perf_counter() - start
    for row in texts:
        for command, text in zip(COMMANDS, row, strict=True):
            if not text.startswith(command):
                raise SystemExit(f"a session read {text[:60]!r} after {command!r}")
    return (cpu(pid) - before) / count, wall


def spec(base: LabSpec) -> LabSpec:
    """Give the lab a user whose password is compared in clear."""
    return LabSpec(
        name=base.name,
        nodes=base.nodes,
        links=base.links,
        rate=1.0,
        users={USER: LAB_PASSWORD},
    )


def compare(folder: Path, count: int, rounds: int) -> float:
    """Measure both servers in turn; give the best ratio of the rounds."""
    status = lab.up(spec(demo_lab(branches=2)), folder)
    place = Folder(folder)
    password = place.password()
    (port,) = [router.port for router in status.routers if router.name == ROUTER]
    (texts,) = asyncio.run(storm(port, password, 1))
    answers = {
        command: text.partition("\n")[2] for command, text in zip(COMMANDS, texts, strict=True)
    }
    given = json.dumps([str(folder / "bench_key"), answers, password])
    server = subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        server.stdin.write(given + "\n")
        server.stdin.flush()
        bare_port = int(server.stdout.readline())
        timed(server.pid, bare_port, password, 1)
        ratios = []
        for _ in range(rounds):
            plain, plain_wall = timed(server.pid, bare_port, password, count)
            ours, wall = timed(int(place.pid.read_text()), port, password, count)
            ratios.append(ours / plain)
            print(f"bare asyncssh {plain * 1000:7.2f} ms CPU a session, {plain_wall:5.1f} s in all")
            print(f"twin          {ours * 1000:7.2f} ms CPU a session, {wall:5.1f} s in all")
            print(f"ratio         {ratios[-1]:7.2f}")
        return min(ratios)
    finally:
        server.kill()
        server.wait()
        lab.down(folder)


def main() -> int:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=float, default=1.5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        key, answers, password = json.loads(sys.stdin.readline())
        asyncio.run(bare(Path(key), answers, password))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        ratio = compare(Path(folder) / "lab", options.sessions, options.rounds)
    return 0 if ratio <= options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
