"""Six show commands from routers of the twin: our session beside plain netmiko, in one run.

    python benchmarks/sessions.py [--devices 4] [--rounds 5] [--rtt-ms 0]

Prints wall time a device and the ratio. A delay in both directions can be put between, because
on a loopback the round trips that pipelining saves cost nothing. Numbers of one machine are no
promise for another; the ratio travels better than the times.
"""

import argparse
import contextlib
import socket
import statistics
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from netmiko import ConnectHandler

from labs.examples.demo import demo_lab
from labs.twin import lab
from labs.twin.lab import Folder
from tasks.dial import Dialer, DialOptions, target_of
from tasks.session import IosSession

COMMANDS = (
    "show version",
    "show dmvpn detail",
    "show ip nhrp",
    "show ip cef",
    "show ip route",
    "show crypto session",
)
CALIBRATION_LOOPS = 2_000_000


def calibrate() -> float:
    """Time a fixed loop, to compare machines by."""
    start = time.perf_counter()
    total = 0
    for number in range(CALIBRATION_LOOPS):
        total += number
    return time.perf_counter() - start


class Delay:
    """A relay that delays every chunk one way and the other."""

    def __init__(self, port: int, one_way_s: float) -> None:
        """Listen on a free port for a router behind `port`."""
        self.target = port
        self.one_way_s = one_way_s
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                time.sleep(2 * self.one_way_s)  # the handshake of TCP is one round trip
                far = socket.create_connection(("127.0.0.1", self.target))
                for sock in (near, far):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, sink in ((near, far), (far, near)):
                    self._relay(source, sink)

    def _relay(self, source: socket.socket, sink: socket.socket) -> None:
        waiting: deque[tuple[float, bytes]] = deque()
        there = threading.Condition()

        def read() -> None:
            data = b"."
            while data:
                try:
                    data = source.recv(65535)
                except OSError:
                    data = b""
                with there:
                    waiting.append((time.monotonic() + self.one_way_s, data))
                    there.notify()

        def write() -> None:
            while True:
                with there:
                    there.wait_for(lambda: waiting)
                    due, data = waiting.popleft()
                time.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    with contextlib.suppress(OSError):
                        sink.shutdown(socket.SHUT_WR)
                    return
                with contextlib.suppress(OSError):
                    sink.sendall(data)

        threading.Thread(target=read, daemon=True).start()
        threading.Thread(target=write, daemon=True).start()


def ours(port: int, password: str, known_hosts: Path) -> int:
    """Collect with our session; give the number of characters read."""
    options = DialOptions(known_hosts=known_hosts, host_keys="accept-new")
    dialer = Dialer(target_of(options, "127.0.0.1", port, "admin", password), options)
    session = IosSession("bench", dialer.connect)
    said = session.show(COMMANDS)
    session.close()
    return sum(map(len, said.values()))


def plain(port: int, password: str, known_hosts: Path) -> int:
    """Collect with netmiko as its manual shows it."""
    with ConnectHandler(
        device_type="cisco_ios", host="127.0.0.1", port=port, username="admin", password=password
    ) as connection:
        return sum(len(str(connection.send_command(command))) for command in COMMANDS)


Collect = Callable[[int, str, Path], int]


@contextlib.contextmanager
def routers(devices: int, one_way_s: float) -> Iterator[tuple[list[int], str, Path]]:
    """Run a lab; give the ports to connect to, the password and a known_hosts file."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "lab"
        spec = replace(demo_lab(branches=max(1, devices - 1)), name="bench")
        status = lab.up(spec, folder)
        ports = [router.port for router in status.routers][:devices]
        if one_way_s:
            ports = [Delay(port, one_way_s).port for port in ports]
        try:
            yield ports, Folder(folder).password(), Path(place) / "known_hosts"
        finally:
            lab.down(folder)


def measure(collect: Collect, ports: list[int], password: str, known_hosts: Path) -> float:
    """Time one round over all routers, one after the other; give seconds a device."""
    start = time.perf_counter()
    for port in ports:
        if not collect(port, password, known_hosts):
            raise SystemExit("nothing was read")
    return (time.perf_counter() - start) / len(ports)


def main() -> None:
    """Measure both in turn and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rtt-ms", type=float, default=0.0)
    asked = parser.parse_args()
    print(f"calibration loop {calibrate() * 1000:.0f} ms")
    with routers(asked.devices, asked.rtt_ms / 2000) as (ports, password, known_hosts):
        measure(ours, ports, password, known_hosts)  # warm up: imports, host keys
        times: dict[str, list[float]] = {"ours": [], "netmiko": []}
        for _ in range(asked.rounds):
            times["ours"].append(measure(ours, ports, password, known_hosts))
            times["netmiko"].append(measure(plain, ports, password, known_hosts))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:<8} {value * 1000:8.1f} ms a device, {len(COMMANDS)} commands")
    print(f"ratio    {medians['netmiko'] / medians['ours']:8.1f}  (RTT {asked.rtt_ms:g} ms)")


if __name__ == "__main__":
    main()
