"""The EIGRP machine of one autonomous system: sans-I/O, effects out.

It joins the parts, each with its theory of operation at its head: `peering` (neighbours and
reliable delivery), `dual` (which path), `adverts` (what others are told). After every event the
destinations it touched are settled in one pass: our own paths and summaries, the decision, the
routing table, and for every neighbour the difference between what it knows and what it should.
"""

from collections.abc import Iterable, Mapping

from labs.twin.addresses import Address, IPNetwork, within
from labs.twin.device import DeviceConfig, EigrpConfig
from labs.twin.effects import CancelTimer, Effect, PutRoutes, RouteEntry, Surroundings
from labs.twin.packet import Eigrp
from labs.twin.routing.eigrp import adverts, metric
from labs.twin.routing.eigrp.dual import NULL, Dual
from labs.twin.routing.eigrp.peering import (
    HELLO_TIMER,
    HOLD_TIMER,
    RETRY_TIMER,
    Key,
    Peering,
    neighbor_key,
)
from labs.twin.routing.eigrp.site import Site, router_id
from labs.twin.routing.eigrp.values import (
    Advert,
    EigrpCounters,
    EigrpMessage,
    EigrpNeighbor,
    EigrpPath,
    EigrpTopologyEntry,
    Opcode,
)

INTERNAL_DISTANCE = 90
EXTERNAL_DISTANCE = 170
SUMMARY_DISTANCE = 5
MAXIMUM_PATHS = 4
REDISTRIBUTED = {"static": "Rstatic", "connected": "Rconnected"}


class EigrpMachine:
    """Neighbours, DUAL and advertisements of one autonomous system."""

    def __init__(self, asn: int, around: Surroundings) -> None:
        self.asn = asn
        self.around = around
        self.running = False
        self.site = Site(asn, around)
        self._peering = Peering(self.site)
        self._dual = Dual(self.site)
        self._installed: dict[IPNetwork, tuple[RouteEntry, ...]] = {}
        self._said: dict[str, dict[IPNetwork, Advert]] = {}
        """By interface: what every neighbour on it is to know."""
        self._vrf = ""

    @property
    def neighbors(self) -> dict[Key, EigrpNeighbor]:
        """Give the neighbours by (interface, address)."""
        return self._peering.neighbors

    @property
    def topology(self) -> dict[IPNetwork, EigrpTopologyEntry]:
        """Give the topology table."""
        return self._dual.topology

    @property
    def counters(self) -> EigrpCounters:
        """Give the packet counters."""
        return self._peering.counters

    @property
    def router_id(self) -> Address:
        """Give the router id: configured, else highest loopback, else highest address."""
        config = self.site.config
        return router_id(self.around, config.router_id if config is not None else None)

    @property
    def interfaces(self) -> tuple[str, ...]:
        """List the interfaces that speak."""
        return tuple(self._peering.speaking)

    # --- life

    def start(self, now: float) -> list[Effect]:
        """Begin to speak on every interface a `network` line covers."""
        if self.running or not self.site.active:
            return []
        self.running = True
        self._vrf = self.site.vrf
        return self._sync_interfaces(now) + self._settle(self._own(), now)

    def stop(self, now: float) -> list[Effect]:
        """Say goodbye and withdraw all routes."""
        if not self.running:
            return []
        self.running = False
        effects: list[Effect] = []
        for name in self._peering.speaking:
            effects += self._peering.goodbye(name)
            effects.append(CancelTimer(kind=HELLO_TIMER, key=name))
        self._peering.speaking.clear()
        self._said.clear()
        for neighbor in list(self.neighbors.values()):
            effects += self._peering.part(neighbor, "procinfo free")
        self._dual = Dual(self.site)
        for network in list(self._installed):
            effects += self._offer(network, ())
        return effects

    def configure(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """Take over a changed configuration; `around.config` is the new one already."""
        before, after = _process(old, self.asn), _process(new, self.asn)
        if after is None or after.shutdown:
            return self.stop(now)
        if not self.running:
            return self.start(now)
        effects: list[Effect] = []
        if before is not None and _identity(before) != _identity(after):
            # VRF, mode, router id and stub words are told in the hello: begin anew.
            return self.stop(now) + self.start(now)
        effects += self._log_summaries(old)
        for name in list(self._peering.speaking):
            interface = old.interfaces.get(name)
            changed = new.interfaces.get(name)
            if interface is None or changed is None or interface.address != changed.address:
                effects += self._leave(name, "interface down", now)
        effects += self._sync_interfaces(now)
        return effects + self._settle(self._own() | set(self.topology), now)

    def _log_summaries(self, old: DeviceConfig) -> list[Effect]:
        """Log the resync after a changed summary (p1-eigrp-hq/log.txt)."""
        effects: list[Effect] = []
        for (name, _), neighbor in self.neighbors.items():
            interface = old.interfaces.get(name)
            settings = interface.eigrp.get(self.asn) if interface is not None else None
            before = settings.summaries if settings is not None else ()
            if before != self.site.settings(name).summaries:
                effects += self._peering.log(neighbor, "is resync: summary configured")
        return effects

    def _sync_interfaces(self, now: float) -> list[Effect]:
        """Begin on interfaces that should speak, end on those that should not."""
        wanted = [name for name in self.site.covered() if self.site.speaks(name)]
        speaking = self._peering.speaking
        effects: list[Effect] = []
        for name in [name for name in speaking if name not in wanted]:
            up = self.around.interface_up(name)
            effects += self._leave(name, "interface passive" if up else "interface down", now)
        for name in wanted:
            if speaking.get(name) != self.site.hello_s(name):
                speaking[name] = self.site.hello_s(name)
                effects += self._peering.hello(name, now)
        return effects

    def _leave(self, name: str, why: str, now: float) -> list[Effect]:
        effects = self._peering.goodbye(name) if self.around.interface_up(name) else []
        del self._peering.speaking[name]
        self._said.pop(name, None)
        effects.append(CancelTimer(kind=HELLO_TIMER, key=name))
        return effects + self._drop([k for k in self.neighbors if k[0] == name], why, now)

    def _drop(self, keys: Iterable[Key], why: str, now: float) -> list[Effect]:
        """Lose neighbours, and look for other ways."""
        effects: list[Effect] = []
        touched: set[IPNetwork] = set()
        for key in keys:
            effects += self._peering.part(self.neighbors[key], why)
            touched |= self._dual.lose(key)
        return effects + self._settle(touched, now)

    def _give_up(self, key: Key, why: str, now: float) -> list[Effect]:
        """Drop a neighbour and tell it so, in case it still hears us."""
        return self._peering.goodbye(*key) + self._drop([key], why, now)

    def interface_changed(self, name: str, up: bool, now: float) -> list[Effect]:  # noqa: FBT001
        """Take a change of an interface's line protocol."""
        if not self.running:
            return []
        effects: list[Effect] = []
        if not up and name in self._peering.speaking:
            effects += self._leave(name, "interface down", now)
        return effects + self._sync_interfaces(now) + self._settle(self._own(), now)

    def routes_changed(self, now: float) -> list[Effect]:
        """Look again at redistributed routes."""
        if not self.running:
            return []
        return self._settle(self._redistribute(), now)

    def clear_neighbors(self, now: float) -> list[Effect]:
        """Drop all neighbours (`clear ip eigrp neighbors`)."""
        effects: list[Effect] = []
        for name in self._peering.speaking:
            effects += self._peering.goodbye(name)
        return effects + self._drop(list(self.neighbors), "manually cleared", now)

    # --- packets and timers

    def receive(self, message: Eigrp, src: Address, interface: str, now: float) -> list[Effect]:
        """Take an EIGRP packet."""
        content = message.message
        if not self.running or message.asn != self.asn or interface not in self._peering.speaking:
            return []
        if not isinstance(content, EigrpMessage) or not self.site.on_subnet(src, interface):
            return []
        received = self.counters.received
        received[content.opcode] = received.get(content.opcode, 0) + 1
        key = (interface, src)
        if content.opcode is Opcode.HELLO:
            return self._on_hello(key, content, now)
        neighbor = self.neighbors.get(key)
        if neighbor is None:
            return []
        neighbor.heard = now
        if content.opcode is Opcode.ACK:
            return self._peering.on_ack(neighbor, content.ack, now)
        return self._on_reliable(neighbor, content, now)

    def _on_hello(self, key: Key, hello: EigrpMessage, now: float) -> list[Effect]:
        neighbor = self.neighbors.get(key)
        if hello.goodbye:
            if neighbor is None:
                return []
            return self._drop([key], "Interface PEER-TERMINATION received", now)
        if neighbor is None:
            neighbor, effects = self._peering.meet(key, hello, now)
            return effects + self._tell(neighbor, self._everything(key[0]), now)
        neighbor.heard, neighbor.hold_s = now, hello.hold_s
        return []

    def _on_reliable(
        self, neighbor: EigrpNeighbor, message: EigrpMessage, now: float
    ) -> list[Effect]:
        known = neighbor.peer_epoch
        if message.epoch != known and not message.init:
            # It speaks of an adjacency we have no memory of: our INIT makes it begin anew.
            return []
        key = (neighbor.interface, neighbor.address)
        # It began anew after it had acknowledged our INIT: begin anew as well.
        forgot = message.init and message.heard != neighbor.epoch and not neighbor.pending
        effects = self._peering.acknowledge(neighbor, message.seq)
        if not self._peering.is_news(neighbor, message):
            return effects
        touched: set[IPNetwork] = set()
        if message.init:
            touched |= self._dual.lose(key)
            effects += self._peering.hurry(neighbor, now)
        if forgot:
            effects += self._peering.resync(neighbor, now)
            effects += self._tell(neighbor, self._everything(key[0]), now)
        for advert in message.adverts:
            if self._dual.learn(neighbor, advert):
                touched.add(advert.network)
            if message.opcode is Opcode.REPLY and advert.network in self.topology:
                self.topology[advert.network].awaiting.discard(key)
                touched.add(advert.network)
        neighbor.prefixes = sum(key in entry.paths for entry in self.topology.values())
        asked = message.adverts if message.opcode is Opcode.QUERY else ()
        for network in [advert.network for advert in asked]:
            entry = self.topology.get(network)
            if entry is not None and entry.active:
                # Two that ask each other would wait for ever: while active the answer is no.
                effects += self._reply(neighbor, network, now)
                continue
            self._dual.owed.setdefault(network, set()).add(key)
            touched.add(network)
        return effects + self._settle(touched, now)

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        if not self.running:
            return []
        if kind == HELLO_TIMER:
            return self._peering.hello(key, now) if key in self._peering.speaking else []
        peer = neighbor_key(key)
        if kind == HOLD_TIMER:
            over, effects = self._peering.held(peer, now)
            return effects + (self._give_up(peer, "holding time expired", now) if over else [])
        if kind == RETRY_TIMER:
            over, effects = self._peering.retry(peer, now)
            return effects + (self._give_up(peer, "retry limit exceeded", now) if over else [])
        raise LookupError(f"EIGRP {self.asn} armed no timer {kind!r}")

    # --- settling

    def _own(self) -> set[IPNetwork]:
        """Bring our connected and redistributed paths up to date."""
        connected: dict[IPNetwork, EigrpPath] = {}
        for name, interface in self.site.covered().items():
            link = self.site.link(name)
            for network in self.site.networks(interface):
                connected[network] = EigrpPath(
                    neighbor=None,
                    interface=name,
                    vector=link,
                    distance=self.site.weigh(link),
                    source="Connected",
                )
        return self._dual.own(connected, "Connected") | self._redistribute()

    def _redistribute(self) -> set[IPNetwork]:
        config = self.site.config
        words = config.redistribute if config is not None else frozenset()
        changed: set[IPNetwork] = set()
        for word, source in REDISTRIBUTED.items():
            paths: dict[IPNetwork, EigrpPath] = {}
            for route in self.around.routes(self._vrf) if word in words else ():
                own = self.topology.get(route.network)
                internal = own is not None and any(
                    p.source == "Connected" for p in own.paths.values()
                )
                if route.source == word and not internal:
                    paths[route.network] = self._external(route, source)
            changed |= self._dual.own(paths, source)
        return changed

    def _external(self, route: RouteEntry, source: str) -> EigrpPath:
        name = route.interface
        if name is None and route.next_hop is not None:
            via = self.around.lookup(route.next_hop, self._vrf)
            name = via.interface if via is not None else None
        link = self.site.link(name or "")
        return EigrpPath(
            neighbor=None,
            interface=name or NULL,
            vector=link,
            distance=self.site.weigh(link),
            source=source,
            external=True,
            origin=self.router_id,
        )

    def _summaries(self) -> set[IPNetwork]:
        """Bring the summaries up to date."""
        wanted = {
            network
            for name in self._peering.speaking
            for network in self.site.settings(name).summaries
        }
        paths = {network: self._dual.summary(network) for network in sorted(wanted)}
        return self._dual.own({n: p for n, p in paths.items() if p is not None}, "Summary")

    def _settle(self, touched: set[IPNetwork], now: float) -> list[Effect]:
        """Decide, install and tell what changed."""
        effects: list[Effect] = []
        # A summary follows its components, and decides on what is told of them.
        pending, told = set(touched), set(touched)
        while pending:
            for network in sorted(pending):
                effects += self._decide(network, now)
            pending = self._summaries()
            told |= pending
            for summary in pending:
                told |= {n for n in self.topology if within(n, summary)}
        for network in sorted(told):
            effects += self._install(network)
        news = self._news(sorted(told))
        for neighbor in list(self.neighbors.values()) if any(news.values()) else ():
            effects += self._tell(neighbor, news.get(neighbor.interface, {}), now)
        for network in sorted(told):
            effects += self._pay(network, now)
        return effects

    def _decide(self, network: IPNetwork, now: float) -> list[Effect]:
        witnesses = [
            key
            for key, neighbor in self.neighbors.items()
            if neighbor.stub is None and key not in self._dual.owed.get(network, ())
        ]
        if not self._dual.decide(network, witnesses, now):
            return []
        effects: list[Effect] = []
        lost = Advert(network=network, vector=metric.UNREACHABLE)
        query = EigrpMessage(opcode=Opcode.QUERY, adverts=(lost,))
        for key in witnesses:
            self.neighbors[key].told.pop(network, None)
            effects += self._peering.deliver(self.neighbors[key], query, now)
        return effects

    def _pay(self, network: IPNetwork, now: float) -> list[Effect]:
        """Reply to those who asked, as soon as there is an answer."""
        entry = self.topology.get(network)
        if entry is not None and entry.active:
            return []
        effects: list[Effect] = []
        askers = self._dual.owed.pop(network, set())
        for key in sorted(askers, key=lambda k: (k[0], int(k[1]))):
            effects += self._reply(self.neighbors[key], network, now)
        return effects

    def _reply(self, neighbor: EigrpNeighbor, network: IPNetwork, now: float) -> list[Effect]:
        advert = adverts.advert_for(self.site, self._dual, neighbor.interface, network)
        if advert is None:
            neighbor.told.pop(network, None)
            advert = Advert(network=network, vector=metric.UNREACHABLE)
        else:
            neighbor.told[network] = advert
        reply = EigrpMessage(opcode=Opcode.REPLY, adverts=(advert,))
        return self._peering.deliver(neighbor, reply, now)

    def _everything(self, name: str) -> dict[IPNetwork, Advert]:
        """Give all that neighbours on an interface are to know."""
        if name not in self._said:
            found = {n: adverts.advert_for(self.site, self._dual, name, n) for n in self.topology}
            self._said[name] = {n: advert for n, advert in found.items() if advert is not None}
        return self._said[name]

    def _news(self, told: Iterable[IPNetwork]) -> dict[str, dict[IPNetwork, Advert | None]]:
        """Bring up to date what is said on every interface; give what may be news to somebody.

        It is worked out once an interface, not once a neighbour: a hub has a thousand of them.
        """
        news: dict[str, dict[IPNetwork, Advert | None]] = {name: {} for name in self._said}
        for name, said in self._said.items():
            for network in told:
                advert = adverts.advert_for(self.site, self._dual, name, network)
                if advert is not None:
                    said[network] = advert
                elif said.pop(network, None) is None:
                    continue  # nobody was ever told of it
                news[name][network] = advert
        return news

    def _tell(
        self, neighbor: EigrpNeighbor, wanted: Mapping[IPNetwork, Advert | None], now: float
    ) -> list[Effect]:
        """Send a neighbour the difference between what it knows and what it should."""
        news: list[Advert] = []
        for network, advert in wanted.items():
            if advert == neighbor.told.get(network):
                continue
            if advert is None:
                del neighbor.told[network]
                news.append(Advert(network=network, vector=metric.UNREACHABLE))
            else:
                neighbor.told[network] = advert
                news.append(advert)
        if not news:
            return []
        update = EigrpMessage(opcode=Opcode.UPDATE, adverts=tuple(news))
        return self._peering.deliver(neighbor, update, now)

    # --- the routing table

    def _install(self, network: IPNetwork) -> list[Effect]:
        entry = self.topology.get(network)
        successors = entry.successors if entry is not None and not entry.active else ()
        routes = tuple(
            self._route(network, path)
            for path in successors[:MAXIMUM_PATHS]
            if path.neighbor is not None or path.source == "Summary"
        )
        if self._installed.get(network, ()) == routes:
            return []
        return self._offer(network, routes)

    def _offer(self, network: IPNetwork, routes: tuple[RouteEntry, ...]) -> list[Effect]:
        if routes:
            self._installed[network] = routes
        else:
            self._installed.pop(network, None)
        return [
            PutRoutes(source=f"eigrp {self.asn}", network=network, routes=routes, vrf=self._vrf)
        ]

    def _route(self, network: IPNetwork, path: EigrpPath) -> RouteEntry:
        summary = path.source == "Summary"
        distance = EXTERNAL_DISTANCE if path.external else INTERNAL_DISTANCE
        return RouteEntry(
            network=network,
            source="eigrp",
            distance=SUMMARY_DISTANCE if summary else distance,
            metric=metric.rib_metric(path.distance, wide=self.site.wide),
            next_hop=path.next_hop,
            interface=path.interface,
            external=path.external,
            summary=summary,
            vrf=self._vrf,
        )


def _process(config: DeviceConfig, asn: int) -> EigrpConfig | None:
    return next((process for process in config.eigrp if process.asn == asn), None)


def _identity(process: EigrpConfig) -> tuple[object, ...]:
    return process.vrf, process.name, process.router_id, process.stub
