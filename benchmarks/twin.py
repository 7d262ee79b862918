"""The twin's speed and memory: one run, each measurement in a process of its own.

    python benchmarks/twin.py [--sizes 100 300 1000 3000] [--rounds 1] [--only boot day ...]

Prints for clouds of growing size (phase 3, a summary to the spokes) how long they take to boot
from configuration texts and to converge, what memory they take, and the slope of the cost: 1.0 is
linear. Then a quiet day, a fork, idle routers and long `show` commands. Wall time is what the
targets mean; CPU time travels better from a busy machine. What was measured is checked to be right
first: a cloud that did not converge ends the run.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twin_clouds import TUNNEL, Cloud

from labs.examples.demo import demo_lab
from labs.twin.lab.world import World, build
from labs.twin.network import Network

SIZES = (100, 300, 1000, 3000)
DAY_S = 86400.0
PATIENCE_S = 120.0
"""Virtual seconds in which a cloud has to converge."""
IDLE_ROUTERS = 10_000
CALIBRATION_LOOPS = 2_000_000
CLOUDS = {
    "EIGRP": Cloud(spokes=0),
    "EIGRP+IPsec": Cloud(spokes=0, protected=True),
    "BGP": Cloud(spokes=0, bgp=True),
}
BIG = 1000
SHOWS = ("show dmvpn", "show ip nhrp", "show ip route", "show ip eigrp neighbors")
Figures = dict[str, float]


def cloud_of(kind: str, spokes: int) -> Cloud:
    """Give a cloud of a kind and size."""
    shape = CLOUDS[kind]
    return Cloud(spokes=spokes, protected=shape.protected, bgp=shape.bgp)


# -- what is measured, each in a process of its own -------------------------------------------


def memory_mib(what: str = "VmHWM") -> float:
    """Give the peak (or, with VmRSS, the present) memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / 1024
    raise SystemExit("this system tells nothing of its memory")


@contextmanager
def timed(figures: Figures, name: str) -> Iterator[None]:
    """Note wall and CPU time under a name."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    figures[name] = time.perf_counter() - wall
    figures[f"{name}_cpu"] = time.process_time() - cpu


def registered(network: Network) -> int:
    """Count the spokes that the hub knows."""
    cache = network.routers["hub1"].nhrp[TUNNEL].cache.values()
    return sum("registered" in entry.words for entry in cache)


def converged(network: Network, cloud: Cloud) -> bool:
    """Tell whether all are registered, the neighbours up, and the routes where they belong."""
    hub = network.routers["hub1"]
    protocol = "bgp" if cloud.bgp else "eigrp"
    neighbors = hub.eigrp[100].neighbors.values() if hub.eigrp else ()
    peers = hub.bgp.neighbors.values() if hub.bgp else ()
    up = sum(not neighbor.pending for neighbor in neighbors)
    up += sum(peer.state == "Established" for peer in peers)
    lans = sum(route.source == protocol and route.network.prefixlen == 24 for route in hub.rib[""])
    sessions = sum(
        hub.socket_up(TUNNEL, entry.nbma)
        for entry in hub.nhrp[TUNNEL].cache.values()
        if entry.nbma is not None
    )
    counts = {registered(network), up, lans, sessions}
    return counts == {cloud.spokes} and all(
        any(route.source == protocol for route in router.rib[""])
        for name, router in network.routers.items()
        if name.startswith("spoke")
    )


def running(cloud: Cloud, figures: Figures) -> World:
    """Boot a cloud from its texts and run it until it is converged."""
    lab = cloud.lab()
    with timed(figures, "boot"):
        world = build(lab, "")
    with timed(figures, "converge"):
        while not converged(world.network, cloud):
            if world.now >= PATIENCE_S:
                raise SystemExit(f"{cloud.spokes} spokes, {cloud.title}: not converged")
            world.network.run_for(1.0)
    figures["virtual"] = world.now
    return world


def measure_boot(kind: str, spokes: int) -> Figures:
    """Boot and converge."""
    figures: Figures = {}
    running(cloud_of(kind, spokes), figures)
    return {**figures, "memory": memory_mib()}


def measure_day(kind: str, spokes: int) -> Figures:
    """Let a quiet day pass; the cloud must stand as it stood."""
    figures: Figures = {}
    cloud = cloud_of(kind, spokes)
    network = running(cloud, figures).network
    lines = len(network.routers["spoke1"].log)
    with timed(figures, "day"):
        network.run_for(DAY_S)
    if not converged(network, cloud) or len(network.routers["spoke1"].log) != lines:
        raise SystemExit("the day was not quiet")
    return figures


def measure_fork(kind: str, spokes: int) -> Figures:
    """Copy a converged network; the copy must be whole, and move alone."""
    figures: Figures = {}
    cloud = cloud_of(kind, spokes)
    network = running(cloud, figures).network
    before = memory_mib("VmRSS")
    with timed(figures, "fork"):
        twin = network.fork()
    figures["memory"] = memory_mib("VmRSS") - before
    then = network.now
    twin.run_for(20.0)
    if network.now != then or not converged(twin, cloud):
        raise SystemExit("the fork is not a copy")
    network.run_for(20.0)
    logs = [[router.log for router in each.routers.values()] for each in (network, twin)]
    if logs[0] != logs[1] or network.clock != twin.clock:
        raise SystemExit("the fork went another way")
    return figures


def measure_idle(kind: str, routers: int) -> Figures:
    """Boot routers with a first-day configuration that nothing connects."""
    figures: Figures = {}
    lab = demo_lab(branches=routers - 1)
    with timed(figures, "boot"):
        world = build(lab, "")
    if len(world.consoles) != routers + 1:
        raise SystemExit("routers are missing")
    with timed(figures, "day"):
        world.network.run_for(DAY_S)
    return {**figures, "memory": memory_mib()}


def measure_show(kind: str, spokes: int) -> Figures:
    """Type commands on the hub: the best of some runs, in seconds."""
    world = running(cloud_of(kind, spokes), {})
    session = world.consoles["hub1"].open("admin", 15, length=0)
    figures: Figures = {}
    commands = (*SHOWS, "show crypto session") if "IPsec" in kind else SHOWS
    for command in commands:
        runs: Figures = {}
        for number in range(5):
            with timed(runs, str(number)):
                said = session.execute(command)
            if said.count("\n") < spokes:
                raise SystemExit(f"{command} says too little")
        figures[command] = min(runs.values())
    return figures


MEASUREMENTS: dict[str, Callable[[str, int], Figures]] = {
    "boot": measure_boot,
    "day": measure_day,
    "fork": measure_fork,
    "idle": measure_idle,
    "show": measure_show,
}


# -- the run and what it prints ---------------------------------------------------------------


def measured(what: str, kind: str, size: int, rounds: int) -> Figures:
    """Measure in fresh processes; give the best of every figure."""
    best: Figures = {}
    for _ in range(rounds):
        command = [sys.executable, __file__, "--measure", what, kind, str(size)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603
        found: dict[str, Any] = json.loads(done.stdout)
        best = {name: min(value, best.get(name, value)) for name, value in found.items()}
    return best


def verdict(value: float, target: float, unit: str) -> str:
    """Say whether a target holds."""
    return f"target {target:g} {unit}: {'holds' if value < target else 'MISSED'}"


def slope(points: dict[int, float]) -> float:
    """Fit cost = c * size ** slope."""
    if len(points) < 2:
        return math.nan
    xs, ys = [math.log(x) for x in points], [math.log(y) for y in points.values()]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    over = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return over / sum((x - mean_x) ** 2 for x in xs)


def print_boot(sizes: list[int], rounds: int) -> None:
    """Print the growth of boot and convergence."""
    for kind in CLOUDS:
        print(f"\nboot and converge, {kind}")
        print("spokes    boot s  converge s   total s     CPU s  peak MiB  ms a spoke")
        costs: dict[int, float] = {}
        for size in sizes:
            found = measured("boot", kind, size, rounds)
            total = found["boot"] + found["converge"]
            costs[size] = found["boot_cpu"] + found["converge_cpu"]
            said = f"{size:6} {found['boot']:9.2f} {found['converge']:11.2f} {total:9.2f}"
            said += f" {costs[size]:9.2f} {found['memory']:9.0f} {1000 * total / size:11.2f}"
            if size == BIG:
                said += f"  {verdict(total, 10, 's')}, {verdict(found['memory'], 300, 'MiB')}"
            if size == 200:
                said += f"  {verdict(total, 2, 's')}"
            print(said, flush=True)
        print(f"slope of the CPU time {slope(costs):.2f}")


def print_day(sizes: list[int], rounds: int) -> None:
    """Print what a quiet day costs."""
    print("\na quiet day of 100 spokes")
    for kind in CLOUDS:
        found = measured("day", kind, 100, rounds)
        print(
            f"{kind:12} {found['day']:7.2f} s, CPU {found['day_cpu']:7.2f} s  "
            f"{verdict(found['day'], 5, 's')}",
            flush=True,
        )


def print_fork(sizes: list[int], rounds: int) -> None:
    """Print what a fork costs."""
    print(f"\nfork of {BIG} converged spokes")
    for kind in CLOUDS:
        found = measured("fork", kind, BIG, rounds)
        print(
            f"{kind:12} {found['fork']:7.2f} s, CPU {found['fork_cpu']:7.2f} s, "
            f"{found['memory']:5.0f} MiB  {verdict(found['fork'], 1, 's')}, "
            f"{verdict(found['memory'], 100, 'MiB')}",
            flush=True,
        )


def print_idle(sizes: list[int], rounds: int) -> None:
    """Print what idle routers cost."""
    print(f"\n{IDLE_ROUTERS} idle routers")
    found = measured("idle", "-", IDLE_ROUTERS, rounds)
    print(
        f"boot {found['boot']:7.2f} s, a day {found['day']:7.2f} s, "
        f"{found['memory']:5.0f} MiB  {verdict(found['memory'], 2048, 'MiB')}",
        flush=True,
    )


def print_show(sizes: list[int], rounds: int) -> None:
    """Print what long commands cost."""
    print(f"\ncommands on a hub with {BIG} spokes")
    for kind in ("EIGRP", "EIGRP+IPsec"):
        for command, seconds in measured("show", kind, BIG, rounds).items():
            said = f"{kind:12} {command:24} {1000 * seconds:7.2f} ms"
            if command == "show dmvpn":
                said += f"  {verdict(1000 * seconds, 10, 'ms')}"
            print(said, flush=True)


PRINTERS: dict[str, Callable[[list[int], int], None]] = {
    "boot": print_boot,
    "day": print_day,
    "fork": print_fork,
    "idle": print_idle,
    "show": print_show,
}


def calibrate() -> float:
    """Time a fixed loop, to compare machines by."""
    start = time.perf_counter()
    total = 0
    for number in range(CALIBRATION_LOOPS):
        total += number
    return time.perf_counter() - start


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[*SIZES[:1], 200, *SIZES[1:]])
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many is printed")
    parser.add_argument("--only", nargs="+", choices=PRINTERS, default=list(PRINTERS))
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        what, kind, size = asked.measure
        print(json.dumps(MEASUREMENTS[what](kind, int(size))))
        return
    print(f"calibration loop {calibrate() * 1000:.0f} ms")
    for what in asked.only:
        PRINTERS[what](sorted(asked.sizes), asked.rounds)


if __name__ == "__main__":
    main()
