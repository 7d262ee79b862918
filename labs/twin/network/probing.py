"""The steps of ping and traceroute: make the next probe, judge what came back."""

from typing import TypeVar

from labs.twin.addresses import NOWHERE, Address
from labs.twin.network.probes import (
    Outcome,
    PingJob,
    PingSpec,
    ProbeResult,
    TraceJob,
    TraceSpec,
)
from labs.twin.packet import Icmp, IcmpKind, Packet, Udp
from labs.twin.router import Router

Job = TypeVar("Job", PingJob, TraceJob)
TRACE_SIZE = 28
SOURCE_PORTS = 49152
"""Traceroute probes carry the job's ident in their source port."""

DSCP_SHIFT = 2
"""The DSCP is the upper six bits of the octet once called type of service (RFC 2474)."""

OUTCOMES = {
    IcmpKind.ECHO_REPLY: Outcome.REPLY,
    IcmpKind.TIME_EXCEEDED: Outcome.TIME_EXCEEDED,
    IcmpKind.PORT_UNREACHABLE: Outcome.PORT_UNREACHABLE,
    IcmpKind.NET_UNREACHABLE: Outcome.NET_UNREACHABLE,
    IcmpKind.HOST_UNREACHABLE: Outcome.HOST_UNREACHABLE,
    IcmpKind.ADMIN_PROHIBITED: Outcome.ADMIN_PROHIBITED,
    IcmpKind.FRAGMENTATION_NEEDED: Outcome.FRAGMENTATION_NEEDED,
}
LAST_HOP = frozenset(
    {
        Outcome.PORT_UNREACHABLE,
        Outcome.NET_UNREACHABLE,
        Outcome.HOST_UNREACHABLE,
        Outcome.ADMIN_PROHIBITED,
    }
)
"""Answers after which a traceroute asks no further."""


def source_of(router: Router, spec: PingSpec | TraceSpec) -> Address | None:
    """Choose the source address of a probe: as wished, else that of the outgoing interface."""
    if isinstance(spec.source, Address):
        return spec.source
    name = spec.source
    if name is None:
        if router.is_local(spec.destination, spec.vrf):
            return spec.destination
        via = router.lookup(spec.destination, spec.vrf)
        name = via.interface if via is not None else None
    port = router.ports.get(name) if name is not None else None
    return port.source_of(spec.destination.version) if port is not None else None


def next_probe(job: PingJob | TraceJob, now: float) -> Packet | None:
    """Make the next probe; None when the job is done."""
    job.sent_at = now
    return _next_echo(job) if isinstance(job, PingJob) else _next_datagram(job)


def _next_echo(job: PingJob) -> Packet | None:
    spec, number = job.spec, len(job.results)
    if number >= spec.count:
        return None
    return Packet(
        src=job.source or NOWHERE[spec.destination.version],
        dst=spec.destination,
        size=spec.sizes[number % len(spec.sizes)],
        df=spec.df,
        dscp=spec.tos >> DSCP_SHIFT,
        payload=Icmp(kind=IcmpKind.ECHO, ident=job.ident, sequence=number),
    )


def _next_datagram(job: TraceJob) -> Packet | None:
    spec = job.spec
    if not job.hops or len(job.hops[-1]) >= spec.probes:
        if job.reached or spec.minimum_ttl + len(job.hops) > spec.maximum_ttl:
            return None
        job.hops.append([])
    job.sequence += 1
    return Packet(
        src=job.source or NOWHERE[job.spec.destination.version],
        dst=spec.destination,
        ttl=spec.minimum_ttl + len(job.hops) - 1,
        size=TRACE_SIZE,
        dscp=spec.tos >> DSCP_SHIFT,
        payload=Udp(source_port=SOURCE_PORTS + job.ident, port=_port(job)),
    )


def _port(job: TraceJob) -> int:
    """Give the port of the probe that is out: each has one of its own."""
    return (job.spec.port + job.sequence - 1) & 0xFFFF


def ident_of(packet: Packet) -> int | None:
    """Tell which job an answer is for."""
    icmp = packet.payload
    if not isinstance(icmp, Icmp):
        return None
    inner = icmp.about.payload if icmp.about is not None else icmp
    if isinstance(inner, Icmp):
        return inner.ident
    return inner.source_port - SOURCE_PORTS if isinstance(inner, Udp) else None


def answered(job: PingJob | TraceJob, packet: Packet, now: float) -> bool:
    """Record an answer; False if it is not for the probe that is out (it came too late)."""
    icmp = packet.payload
    if not isinstance(icmp, Icmp) or job.done:
        return False
    inner = icmp.about.payload if icmp.about is not None else icmp
    if isinstance(job, PingJob):
        current = isinstance(inner, Icmp) and inner.sequence == len(job.results)
    else:
        current = isinstance(inner, Udp) and inner.port == _port(job)
    outcome = OUTCOMES.get(icmp.kind)
    if not current or outcome is None:
        return False
    result = ProbeResult(
        outcome=outcome,
        sent_at=job.sent_at,
        rtt_ms=(now - job.sent_at) * 1000.0,
        address=packet.src,
        mtu=icmp.mtu,
    )
    _record(job, result)
    return True


def timed_out(job: PingJob | TraceJob) -> None:
    """Record that no answer came."""
    _record(job, ProbeResult(outcome=Outcome.TIMEOUT, sent_at=job.sent_at))


def _record(job: PingJob | TraceJob, result: ProbeResult) -> None:
    if isinstance(job, PingJob):
        job.results.append(result)
        return
    job.hops[-1].append(result)
    if result.outcome in LAST_HOP:
        job.reached = True
