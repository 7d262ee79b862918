"""`ping` and `traceroute`: jobs of the network, printed as IOS does while they run.

The questions of the long forms, without a destination, are in `dialogue`.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from labs.twin.addresses import IPV4, Address
from labs.twin.grammar import parse_any
from labs.twin.network import (
    Network,
    Outcome,
    PingJob,
    PingSpec,
    ProbeResult,
    TraceJob,
    TraceSpec,
)
from labs.twin.network.probes import DATA, FIRST_PORT

if TYPE_CHECKING:
    from labs.twin.cli.session import Session

Args = Mapping[str, Any]

PING_OPTIONS = (
    "{repeat <repeat:1-2147483647>|size <size:36-18024>|timeout <timeout:0-3600>"
    "|<df:one(df-bit)>|source <source:interface>|source <source:address>|tos <tos:0-255>"
    "|data <data:hex>|<validate:one(validate)>|<verbose:one(verbose)>}"
)
TRACE_OPTIONS = (
    "{source <source:interface>|source <source:address>|<numeric:one(numeric)>"
    "|probe <probe:1-65535>|timeout <timeout:0-3600>|ttl <low:0-255> <high:0-255>"
    "|port <port:0-65535>}"
)
ABORT_HINT = "Type escape sequence to abort.\n"
PER_LINE = 70
"""Marks on one line of a ping."""
BAD_SOURCE = "% Invalid source address- IP address not on any of our up interfaces\n"
UNKNOWN_HOST = "% Unrecognized host or address, or protocol not running.\n"
NO_TABLE = "% IP routing table {} does not exist\n"
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


def _mark(result: ProbeResult) -> str:
    """Give the mark of an echo; IPv4 has one for all unreachables, as a list in the way shows."""
    if result.outcome is Outcome.ADMIN_PROHIBITED and isinstance(result.address, IPv4Address):
        return MARKS[Outcome.HOST_UNREACHABLE]
    return MARKS[result.outcome]


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
            text += self._sentence(result) if self._job.spec.verbose else _mark(result)
            self._printed += 1
            full = self._printed % PER_LINE == 0 and not self._job.spec.verbose
            if full and self._printed < self._job.spec.count:
                text += "\n"
        if self._job.done and not self.done:
            self.done = True
            text += ("" if self._job.spec.verbose else "\n") + self._foot()
        return text

    def _sentence(self, result: ProbeResult) -> str:
        """Give the line of one echo in verbose form."""
        if result.outcome is Outcome.REPLY:
            return f"Reply to request {self._printed} ({_whole(result.rtt_ms or 0.0)} ms)\n"
        return f"Request {self._printed} timed out\n"

    def _head(self) -> str:
        spec = self._job.spec
        unit = "second" if spec.timeout_s == 1 else "seconds"
        text = (
            f"{ABORT_HINT}Sending {spec.count}, {_size(spec)}-byte ICMP Echos to "
            f"{spec.destination}, timeout is {spec.timeout_s:g} {unit}:\n"
        )
        if spec.source is not None:
            text += f"Packet sent with a source address of {self._job.source} \n"
        if spec.df:
            text += "Packet sent with the DF bit set\n"
        if spec.validate:
            text += "Reply data will be validated\n"
        if spec.data != DATA:
            text += f"Packet has data pattern 0x{spec.data:04X}\n"
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

    def __init__(self, network: Network, job: TraceJob, names: Mapping[Address, str]) -> None:
        self._network = network
        self._job = job
        self._names = names
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
        target = self._job.spec.destination
        # Vendor examples of IPv6 have an empty line there.
        vrf = "VRF info: (vrf in name/id, vrf out name/id)" if target.version == IPV4 else ""
        return f"{ABORT_HINT}Tracing the route to {self._named(target)}\n{vrf}\n"

    def _named(self, address: Address) -> str:
        name = self._names.get(address)
        return str(address) if name is None else f"{name} ({address})"

    def _probe(self, result: ProbeResult) -> str:
        if result.outcome is Outcome.TIMEOUT or result.address is None:
            return " * "
        text = "" if result.address == self._last else self._named(result.address)
        if text and self._last is not None:
            text = f"\n    {text}"
        self._last = result.address
        mark = TRACE_MARKS.get(result.outcome)
        return text + (mark or f" {_whole(result.rtt_ms or 0.0)} msec")


def _whole(milliseconds: float) -> int:
    return max(1, round(milliseconds))


def _size(spec: PingSpec) -> str:
    """Write the size of the echoes: one, or the span that is gone through."""
    return str(spec.size) if spec.sweep is None else f"[{spec.sweep[0]}..{spec.sweep[1]}]"


def known_hosts(session: Session) -> dict[str, Address]:
    """Read the names of `ip host` lines; the twin asks no server."""
    blocks = session.storage.tree.find("ip host")
    return {str(block.line.args["host"]): block.line.args["address"] for block in blocks}


def host_address(session: Session, word: str) -> Address | None:
    """Read a destination: an address, or a name of the host table in any case."""
    address = parse_any(word)
    if address is not None:
        return address
    known = {name.lower(): address for name, address in known_hosts(session).items()}
    return known.get(word.lower())


def ping(session: Session, args: Args) -> str:
    """Ping."""
    destination = host_address(session, str(args["destination"]))
    if destination is None:
        return UNKNOWN_HOST
    return start_ping(
        session,
        PingSpec(
            destination=destination,
            source=args.get("source"),
            repeat=args.get("repeat", 5),
            size=args.get("size", 100),
            timeout_s=float(args.get("timeout", 2)),
            df="df" in args,
            vrf=args.get("vrf", ""),
            tos=args.get("tos", 0),
            data=args.get("data", DATA),
            validate="validate" in args,
            verbose="verbose" in args,
        ),
    )


def start_ping(session: Session, spec: PingSpec) -> str:
    """Start a ping, or say why not."""
    wrong = _wrong(session, spec)
    if wrong:
        return wrong
    network = session.network
    return session.start(Ping(network, network.start_ping(session.console.name, spec)))


def traceroute(session: Session, args: Args) -> str:
    """Trace a route."""
    destination = host_address(session, str(args["destination"]))
    if destination is None:
        return UNKNOWN_HOST
    spec = TraceSpec(
        destination=destination,
        source=args.get("source"),
        probes=args.get("probe", 3),
        timeout_s=float(args.get("timeout", 3)),
        minimum_ttl=args.get("low", 1),
        maximum_ttl=args.get("high", 30),
        vrf=args.get("vrf", ""),
        port=args.get("port", FIRST_PORT),
    )
    return start_trace(session, spec, numeric="numeric" in args)


def start_trace(session: Session, spec: TraceSpec, *, numeric: bool) -> str:
    """Start a traceroute, or say why not."""
    wrong = _wrong(session, spec)
    if wrong:
        return wrong
    known = {} if numeric else known_hosts(session)
    names = {address: name for name, address in known.items()}
    network = session.network
    return session.start(
        Trace(network, network.start_traceroute(session.console.name, spec), names)
    )


def _wrong(session: Session, spec: PingSpec | TraceSpec) -> str:
    """Tell why a probe cannot be sent; empty if it can."""
    if spec.vrf not in session.network.routers[session.console.name].rib:
        return NO_TABLE.format(spec.vrf)
    return BAD_SOURCE if bad_source(session, spec.source, spec.destination.version) else ""


def bad_source(session: Session, source: Address | str | None, family: int = IPV4) -> bool:
    """Tell whether a source is no address of an interface that is up."""
    if source is None:
        return False
    node = session.network.routers[session.console.name]
    for name, interface in node.config.interfaces.items():
        if node.interface_state(name)[1] != "up":
            continue
        owned = {address.ip for address in interface.addresses_of(family)}
        if source in owned or (source == name and owned):
            return False
    return True
