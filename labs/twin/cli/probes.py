"""`ping` and `traceroute`: jobs of the network, printed as IOS does while they run."""

from collections.abc import Mapping
from typing import Any

from labs.twin.addresses import Address
from labs.twin.network import (
    Network,
    Outcome,
    PingJob,
    PingSpec,
    ProbeResult,
    TraceJob,
    TraceSpec,
)

ABORT_HINT = "Type escape sequence to abort.\n"
PER_LINE = 70
"""Marks on one line of a ping."""
BAD_SOURCE = "% Invalid source address- IP address not on any of our up interfaces\n"
MARKS = {
    Outcome.REPLY: "!",
    Outcome.TIMEOUT: ".",
    Outcome.NET_UNREACHABLE: "U",
    Outcome.HOST_UNREACHABLE: "U",
    Outcome.PORT_UNREACHABLE: "U",
    Outcome.ADMIN_PROHIBITED: "A",
    Outcome.FRAGMENTATION_NEEDED: "M",
    Outcome.TIME_EXCEEDED: "&",
}
"""Marks of Cisco's ping documentation."""
TRACE_MARKS = {
    Outcome.NET_UNREACHABLE: " !N",
    Outcome.HOST_UNREACHABLE: " !H",
    Outcome.ADMIN_PROHIBITED: " !A",
}


class Ping:
    """A ping being printed."""

    def __init__(self, network: Network, job: PingJob) -> None:
        self._network = network
        self._job = job
        self._printed = 0
        self._begun = False
        self.done = False

    def abort(self) -> None:
        """Break it off."""
        self._network.stop_job(self._job)

    def advance(self) -> str:
        """Give what is new."""
        text = "" if self._begun else self._head()
        self._begun = True
        for result in self._job.results[self._printed :]:
            self._printed += 1
            text += MARKS[result.outcome]
            if self._printed % PER_LINE == 0 and self._printed < self._job.spec.repeat:
                text += "\n"
        if self._job.done and not self.done:
            self.done = True
            text += "\n" + self._foot()
        return text

    def _head(self) -> str:
        spec = self._job.spec
        unit = "second" if spec.timeout_s == 1 else "seconds"
        text = (
            f"{ABORT_HINT}Sending {spec.repeat}, {spec.size}-byte ICMP Echos to "
            f"{spec.destination}, timeout is {spec.timeout_s:g} {unit}:\n"
        )
        if spec.source is not None:
            text += f"Packet sent with a source address of {self._job.source} \n"
        if spec.df:
            text += "Packet sent with the DF bit set\n"
        return text

    def _foot(self) -> str:
        results = self._job.results
        times = [r.rtt_ms for r in results if r.outcome is Outcome.REPLY and r.rtt_ms is not None]
        sent = len(results)
        percent = 100 * len(times) // sent if sent else 0
        text = f"Success rate is {percent} percent ({len(times)}/{sent})"
        if times:
            low, high = _whole(min(times)), _whole(max(times))
            text += f", round-trip min/avg/max = {low}/{_whole(sum(times) / len(times))}/{high} ms"
        return text + "\n"


class Trace:
    """A traceroute being printed."""

    def __init__(self, network: Network, job: TraceJob) -> None:
        self._network = network
        self._job = job
        self._printed = 0
        self._begun = False
        self._last: Address | None = None
        self.done = False

    def abort(self) -> None:
        """Break it off."""
        self._network.stop_job(self._job)

    def advance(self) -> str:
        """Give what is new."""
        text = "" if self._begun else self._head()
        self._begun = True
        per_hop = self._job.spec.probes
        for result in self._job.results[self._printed :]:
            if self._printed % per_hop == 0:
                text += f"{self._printed // per_hop + self._job.spec.minimum_ttl:3d} "
                self._last = None
            text += self._probe(result)
            self._printed += 1
            if self._printed % per_hop == 0:
                text += "\n"
        if self._job.done and not self.done:
            self.done = True
            text += "" if self._printed % per_hop == 0 else "\n"
        return text

    def _head(self) -> str:
        return (
            f"{ABORT_HINT}Tracing the route to {self._job.spec.destination}\n"
            "VRF info: (vrf in name/id, vrf out name/id)\n"
        )

    def _probe(self, result: ProbeResult) -> str:
        if result.outcome is Outcome.TIMEOUT or result.address is None:
            return " * "
        text = "" if result.address == self._last else str(result.address)
        if text and self._last is not None:
            text = f"\n    {text}"
        self._last = result.address
        mark = TRACE_MARKS.get(result.outcome)
        return text + (mark or f" {_whole(result.rtt_ms or 0.0)} msec")


def _whole(milliseconds: float) -> int:
    return max(1, round(milliseconds))


def start_ping(network: Network, router: str, args: Mapping[str, Any]) -> Ping | str:
    """Start a ping of parsed arguments, or say why not."""
    spec = PingSpec(
        destination=args["destination"],
        source=args.get("source"),
        repeat=args.get("repeat", 5),
        size=args.get("size", 100),
        timeout_s=float(args.get("timeout", 2)),
        df="df" in args,
        vrf=args.get("vrf", ""),
    )
    if _bad_source(network, router, spec.source):
        return BAD_SOURCE
    return Ping(network, network.start_ping(router, spec))


def start_trace(network: Network, router: str, args: Mapping[str, Any]) -> Trace | str:
    """Start a traceroute of parsed arguments, or say why not."""
    spec = TraceSpec(
        destination=args["destination"],
        source=args.get("source"),
        probes=args.get("probe", 3),
        timeout_s=float(args.get("timeout", 3)),
        minimum_ttl=args.get("low", 1),
        maximum_ttl=args.get("high", 30),
        vrf=args.get("vrf", ""),
    )
    if _bad_source(network, router, spec.source):
        return BAD_SOURCE
    return Trace(network, network.start_traceroute(router, spec))


def _bad_source(network: Network, router: str, source: Address | str | None) -> bool:
    """Tell whether a source is no address of an interface that is up."""
    if source is None:
        return False
    node = network.routers[router]
    for name, interface in node.config.interfaces.items():
        if interface.address is None or node.interface_state(name)[1] != "up":
            continue
        if source in (name, interface.address.ip):
            return False
    return True
