"""Routers, wires, and the clock that drives them.

Theory of operation. The network pops what is due from the clock and hands it to its router: a
timer, or a packet that arrives on an interface. Afterwards it fetches what the router wants sent
and posts it, one latency later, at the other end. Nothing else moves anything, so a run is
determined by the configurations, the seed and the calls made.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from typing import Any, Protocol

from labs.twin.addresses import IPV4, IPV6, Address
from labs.twin.chance import Chance
from labs.twin.clock import Clock, Due
from labs.twin.device import DeviceConfig
from labs.twin.fork import fork
from labs.twin.network import probing
from labs.twin.network.probes import PingJob, PingSpec, TraceJob, TraceSpec, Walk
from labs.twin.network.segments import LATENCY_S, UNTAGGED, End, Segment
from labs.twin.network.steady import LONG_S, pass_time
from labs.twin.network.walk import walk
from labs.twin.packet import Packet
from labs.twin.rib import NULL
from labs.twin.router import Lease, Router, Tap
from labs.twin.router.dataplane import is_multicast
from labs.twin.router.ports import parent_of

PACKET = "packet"
PROBE = "probe"
"""A probe was not answered in time."""
NEXT = "next"
"""A probe was answered, the next one may go."""
NOWHERE = ""
"""Owner of the timers that belong to no router."""


class Operator(Protocol):
    """Who works on a router from outside the network; his timers stand on its clock."""

    def advance(self) -> None:
        """Do what is due."""


class Network:
    """A whole network: state as plain values, so that it can be copied."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.clock = Clock()
        self.chance = Chance(seed)
        self.routers: dict[str, Router] = {}
        self.segments: list[Segment] = []
        self.jobs: dict[int, PingJob | TraceJob] = {}
        """Pings and traceroutes that are running, by ident."""
        self.operators: dict[str, Operator] = {}
        """By the owner of their timers: whoever lets time pass lets them act, too."""
        self._places: dict[End, int] = {}
        self._riders: dict[End, int] = {}
        """Subinterfaces that share the cable of their port."""
        self._taps: dict[str, dict[str, tuple[Tap, ...]]] = {}
        """By router and interface; a router that restarts is captured on."""
        self._last_ident = 0

    @property
    def now(self) -> float:
        """Give the virtual time in seconds."""
        return self.clock.now

    def fork(self) -> "Network":
        """Copy the network as it is now; what can never change is shared."""
        return fork(self)

    # -- building ----------------------------------------------------------------------------

    def add_router(self, name: str, config: DeviceConfig) -> Router:
        """Boot a router with a configuration."""
        router = Router(name, config, self.clock, self.seed, self._taps.get(name))
        self.routers[name] = router
        self._after(router)
        return router

    def restart(self, name: str, config: DeviceConfig) -> Router:
        """Power-cycle a router: all its state is lost, it boots with a configuration."""
        unplugged = self.routers[name].unplugged
        self.remove(name)
        router = self.add_router(name, config)
        for interface in sorted(unplugged):
            self._plug((name, interface), carries=False)
        for segment in self._segments_of(name):
            self._learn(segment)
        return router

    def remove(self, name: str) -> None:
        """Switch a router off; its wires stay."""
        del self.routers[name]
        self.clock.cancel_owner(name)
        for segment in self._segments_of(name):
            self._learn(segment)

    def connect(self, a: End, b: End, *, latency_s: float = LATENCY_S, loss: float = 0.0) -> None:
        """Put a wire between two (router, interface) ends."""
        self.connect_segment((a, b), latency_s=latency_s, loss=loss)

    def connect_segment(
        self, ends: Iterable[End], *, latency_s: float = LATENCY_S, loss: float = 0.0
    ) -> None:
        """Put any number of ends on one segment (a switch)."""
        segment = Segment(ends=tuple(ends), latency_s=latency_s, loss=loss)
        for end in segment.ends:
            if end in self._places:
                raise ValueError(f"{end[0]} {end[1]} is connected already")
            self._places[end] = len(self.segments)
        self.segments.append(segment)
        self._learn(segment)

    def wired(self, end: End) -> bool:
        """Tell whether an end has a cable."""
        return end in self._places

    def set_link(self, end: End, *, up: bool) -> None:
        """Cut or mend the cable of an end; on a wire both ends see it."""
        segment = self.segments[self._places[end]]
        (segment.cut.discard if up else segment.cut.add)(end)
        segment.met.pop(end, None)
        for other in segment.ends:
            if other[0] in self.routers:
                self._plug(other, carries=segment.carries(other))

    def set_loss(self, end: End, loss: float) -> None:
        """Let a segment lose a share of its packets."""
        self.segments[self._places[end]].loss = loss

    # -- changing ----------------------------------------------------------------------------

    def configure(self, router: str, config: DeviceConfig) -> None:
        """Give a router another configuration now."""
        self._do(router, lambda r: r.configure(config, self.now))
        for segment in self._segments_of(router):
            self._learn(segment)

    def lease(self, end: End, lease: Lease) -> None:
        """Give an interface with `ip address dhcp` an address."""
        self._do(end[0], lambda r: r.lease(end[1], lease, self.now))
        for segment in self._segments_of(end[0]):
            self._learn(segment)

    def redirect_typed(self, router: str, tunnel: str, family: int = IPV4) -> None:
        """Note that `ip nhrp redirect` was typed on a tunnel, even if it stood there already."""
        machine = self.routers[router].overlay(tunnel, family)
        if machine is not None:
            machine.redirect_typed()

    def clear_nhrp(
        self,
        router: str,
        *,
        shortcuts: bool = False,
        address: Address | None = None,
        tunnel: str | None = None,
        family: int = IPV4,
        static: bool = False,
    ) -> None:
        """Do `clear {ip | ipv6} nhrp [shortcut | A]`, on one tunnel or all."""
        self._do(
            router,
            lambda r: r.clear_nhrp(
                self.now,
                shortcuts=shortcuts,
                address=address,
                tunnel=tunnel,
                family=family,
                static=static,
            ),
        )

    def clear_crypto(
        self, router: str, *, peer: Address | None = None, version: int | None = None
    ) -> None:
        """Do `clear crypto session [remote A]`, or for one version of IKE."""
        self._do(router, lambda r: r.clear_crypto(self.now, peer=peer, version=version))

    def clear_ipsec(self, router: str, *, peer: Address | None = None) -> None:
        """Do `clear crypto sa [peer A]`."""
        self._do(router, lambda r: r.clear_ipsec(self.now, peer=peer))

    def clear_eigrp(self, router: str, **which: Any) -> None:
        """Do `clear ip eigrp [vrf V] [N] neighbors [A | IF] [soft]`."""
        self._do(router, lambda r: r.clear_eigrp(self.now, **which))

    def clear_bgp_softly(
        self, router: str, *, peer: IPv4Address | None = None, ways: tuple[str, ...] = ("in", "out")
    ) -> None:
        """Do `clear ip bgp {* | A} soft [in | out]`."""
        self._do(router, lambda r: r.clear_bgp_softly(self.now, peer=peer, ways=ways))

    def clear_bgp(self, router: str, *, peer: IPv4Address | None = None) -> None:
        """Do `clear ip bgp {* | A}`."""
        self._do(router, lambda r: r.clear_bgp(self.now, peer=peer))

    # -- time --------------------------------------------------------------------------------

    def next_event(self) -> float | None:
        """Tell when the next thing happens."""
        return self.clock.next_at()

    def run_until(self, t: float) -> None:
        """Let everything due up to `t` happen."""
        if t - self.now < LONG_S:
            self._run_plainly(t)
        else:
            pass_time(self, t, self._run_plainly)

    def run_for(self, s: float) -> None:
        """Let `s` seconds pass."""
        self.run_until(self.now + s)

    # -- looking -----------------------------------------------------------------------------

    def start_ping(self, router: str, spec: PingSpec) -> PingJob:
        """Start a ping; it runs as virtual time passes."""
        source = probing.source_of(self.routers[router], spec)
        job = PingJob(router=router, spec=spec, ident=self._next_ident(), source=source)
        return self._start(job)

    def start_traceroute(self, router: str, spec: TraceSpec) -> TraceJob:
        """Start a traceroute; it runs as virtual time passes."""
        source = probing.source_of(self.routers[router], spec)
        job = TraceJob(router=router, spec=spec, ident=self._next_ident(), source=source)
        return self._start(job)

    def stop_job(self, job: PingJob | TraceJob) -> None:
        """Break a ping or traceroute off."""
        job.done = True
        self.jobs.pop(job.ident, None)
        for kind in (PROBE, NEXT):
            self.clock.cancel(NOWHERE, kind, str(job.ident))

    def tap(self, end: End, tap: Tap) -> None:
        """Show every packet of an interface to a tap from now on."""
        name, interface = end
        taps = self._taps.setdefault(name, {})
        taps[interface] = (*taps.get(interface, ()), tap)
        if name in self.routers:
            self.routers[name].taps = taps

    def untap(self, end: End, tap: Tap) -> None:
        """Show no more; no error if it never was."""
        name, interface = end
        taps = self._taps.get(name, {})
        left = tuple(other for other in taps.pop(interface, ()) if other is not tap)
        if left:
            taps[interface] = left

    def inject(self, end: End, octets: bytes) -> None:
        """Let octets arrive at an interface, be they a packet or not."""
        self._do(end[0], lambda router: router.receive_octets(end[1], octets, self.now))

    def __getstate__(self) -> dict[str, object]:
        """Give what a copy or a saved network holds: captures are not part of it."""
        return {**self.__dict__, "_taps": {}}

    def walk(self, router: str, packet: Packet, vrf: str = "") -> Walk:
        """Look at once where a packet would go, changing nothing."""
        return walk(self, router, packet, vrf)

    def neighbor(self, router: str, interface: str, address: Address) -> End | None:
        """Find who answers for an address on the segment of an interface."""
        asker = (router, interface)
        place = self._places.get(asker, self._riders.get(asker))
        if place is None or not self.segments[place].carries(asker):
            return None
        end = self._owner(self.segments[place], asker, address)
        return end if end is not None and end[0] in self.routers else None

    def arp_table(self, router: str) -> list[tuple[str, int, float, End]]:
        """List what a router has resolved: interface, address, since when, who answers."""
        return [
            (end[1], address, since, owner)
            for segment in self._segments_of(router)
            for end, known in segment.met.items()
            if end[0] == router
            for address, (since, owner) in known.items()
        ]

    # -- the engine --------------------------------------------------------------------------

    def _run_plainly(self, t: float) -> None:
        pop = self.clock.pop
        while (due := pop(t)) is not None:
            self._happen(due)
        self.clock.advance(t)

    def _plug(self, end: End, *, carries: bool) -> None:
        self._do(end[0], lambda router: router.plug(end[1], carries=carries, now=self.now))

    def _do(self, name: str, action: Callable[[Router], None]) -> None:
        router = self.routers[name]
        action(router)
        self._after(router)

    def _happen(self, due: Due) -> None:
        if due.owner == NOWHERE:
            self._probe_timer(due.kind, int(due.key))
            return
        router = self.routers.get(due.owner)
        if router is None:
            operator = self.operators.get(due.owner)
            if operator is not None:
                operator.advance()
            return
        if due.kind == PACKET:
            if isinstance(due.data, tuple):
                interface, packet = due.data
                router.receive(interface, packet, due.at)
        elif due.data is not None:
            router.on_queue(due.data, due.at)
        else:
            router.on_timer(due.kind, due.key, due.at)
        self._after(router)

    def _after(self, router: Router) -> None:
        """Fetch what a router wants sent, and the answers its probes got."""
        while router.out or router.answers:
            frames, router.out = router.out, []
            for interface, next_hop, packet in frames:
                self._transmit(router.name, interface, next_hop, packet)
            answers, router.answers = router.answers, []
            for packet in answers:
                self._answer(router, packet)

    def _transmit(self, router: str, interface: str, next_hop: Address, packet: Packet) -> None:
        sender = (router, interface)
        place = self._places.get(sender)
        if place is None:
            place = self._riders.get(sender)
            if place is None:
                return
        segment = self.segments[place]
        if segment.cut and not segment.carries(sender):
            return
        if segment.loss and self.chance.fraction() < segment.loss:
            return
        at = self.clock.now + segment.latency_s
        if is_multicast(next_hop):
            for end in segment.speakers(segment.lane_of(sender)):
                if end != sender:
                    self.clock.post(at, end[0], PACKET, (end[1], packet))
            return
        owner = self._owner(segment, sender, next_hop)
        if owner is None:
            return
        known = segment.met.get(sender)
        if known is None or int(next_hop) not in known:
            self._meet(segment, sender, next_hop, owner)
        self.clock.post(at, owner[0], PACKET, (owner[1], packet))

    def _meet(self, segment: Segment, asker: End, address: Address, owner: End) -> None:
        """Note what ARP found; who is asked learns of the asker as well (RFC 826)."""
        segment.meet(asker, int(address), owner, self.now)
        port = self.routers[asker[0]].ports.get(asker[1])
        own = port.address_of(address.version) if port is not None else None
        if own is not None:
            segment.meet(owner, int(own), asker, self.now)

    def _owner(self, segment: Segment, asker: End, address: Address) -> End | None:
        """Find who answers for an address: its owner, else a router that knows the way to it.

        The latter is proxy ARP, on by default: a static route out of an Ethernet without a next
        hop works by it (case p1-eigrp-hq).
        """
        lane = segment.lane_of(asker)
        owner = segment.owner(address, lane)
        if owner is not None or address.version == IPV6:
            return owner  # neighbour discovery has no proxy on IOS unless asked for
        for end in segment.speakers(lane):
            if end == asker or end[0] not in self.routers:
                continue
            router = self.routers[end[0]]
            port = router.ports.get(end[1])
            if port is None or not (port.line and port.config.address and port.config.proxy_arp):
                continue
            via = router.lookup(address, port.config.vrf)
            if via is not None and via.interface not in (end[1], NULL):
                return end
        return None

    def _segments_of(self, router: str) -> list[Segment]:
        places = {place for end, place in self._places.items() if end[0] == router}
        return [self.segments[place] for place in sorted(places)]

    def _learn(self, segment: Segment) -> None:
        """Note who answers for which address, and forget what ARP knew of others."""
        segment.lanes = self._lanes(segment)
        place = self._places[segment.ends[0]]
        ridden = {end: at for end, at in self._riders.items() if at != place}
        self._riders = {**ridden, **dict.fromkeys(segment.lanes, place)}
        before, segment.owners = segment.owners, {}
        for name, interface in segment.lanes or segment.ends:
            router = self.routers.get(name)
            config = router.config.interfaces.get(interface) if router is not None else None
            for address in config.addresses if config is not None else ():
                segment.own((name, interface), address.ip)
            ipv6 = config.ipv6 if config is not None else None
            for own in (ipv6.link_local, *(a.ip for a in ipv6.addresses)) if ipv6 else ():
                segment.own((name, interface), own)
            port = router.ports.get(interface) if router is not None else None
            if port is None or not port.line:
                segment.met.pop((name, interface), None)
        moved = {a for a in {*before, *segment.owners} if before.get(a) != segment.owners.get(a)}
        segment.forget(moved)

    def _lanes(self, segment: Segment) -> dict[End, int]:
        """Tell who speaks in which VLAN; empty where there are no subinterfaces.

        Those without a cable of their own share that of their port.
        """
        lanes = {}
        for name, interface in segment.ends:
            router = self.routers.get(name)
            for port in router.tagged_ports() if router is not None else ():
                end, vlan = (name, port.name), port.config.vlan
                if parent_of(port.name) == interface and vlan and end not in self._places:
                    lanes[end] = UNTAGGED if port.config.native else vlan
        return {**dict.fromkeys(segment.ends, UNTAGGED), **lanes} if lanes else {}

    # -- probes ------------------------------------------------------------------------------

    def _next_ident(self) -> int:
        self._last_ident += 1
        return self._last_ident

    def _start(self, job: "probing.Job") -> "probing.Job":
        self.jobs[job.ident] = job
        self._send_probe(job)
        return job

    def _send_probe(self, job: PingJob | TraceJob) -> None:
        """Send the next probe of a job and wait for its answer; a finished job is forgotten."""
        router = self.routers.get(job.router)
        packet = probing.next_probe(job, self.now) if router is not None else None
        if router is None or packet is None:
            self.stop_job(job)
            return
        self.clock.arm(self.now + job.spec.timeout_s, NOWHERE, PROBE, str(job.ident))
        router.send(packet, self.now, job.spec.vrf)
        self._after(router)

    def _probe_timer(self, kind: str, ident: int) -> None:
        job = self.jobs.get(ident)
        if job is None:
            return
        if kind == PROBE:
            probing.timed_out(job)
        self._send_probe(job)

    def _answer(self, router: Router, packet: Packet) -> None:
        ident = probing.ident_of(packet)
        job = self.jobs.get(ident) if ident is not None else None
        if job is None or job.router != router.name:
            return
        if probing.answered(job, packet, self.now):
            self.clock.cancel(NOWHERE, PROBE, str(job.ident))
            self.clock.arm(self.now, NOWHERE, NEXT, str(job.ident))
