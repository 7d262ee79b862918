"""The EIGRP machine of one autonomous system: sans-I/O, effects out.

It joins the parts, each with its theory of operation at its head: `peering` (neighbours and
reliable delivery), `dual` (which path), `adverts` (what others are told). After every event the
destinations it touched are settled in one pass: our own paths and summaries, the decision, the
routing table, and for every neighbour the difference between what it knows and what it should.
"""

from collections.abc import Iterable

from labs.twin.addresses import IPV4, Address, IPNetwork, parse_network, within
from labs.twin.device import DeviceConfig, EigrpConfig
from labs.twin.effects import (
    CancelTimer,
    Effect,
    LogLine,
    PutRoutes,
    RouteEntry,
    SetTimer,
    Surroundings,
)
from labs.twin.packet import Eigrp
from labs.twin.routing.eigrp import adverts, metric, resets, table
from labs.twin.routing.eigrp.dual import Dual
from labs.twin.routing.eigrp.origin import Origin, uses
from labs.twin.routing.eigrp.peering import (
    ACTIVE_TIMER,
    HELLO_TIMER,
    HOLD_TIMER,
    RETRY_TIMER,
    Key,
    Peering,
    neighbor_key,
)
from labs.twin.routing.eigrp.site import Site, process_of
from labs.twin.routing.eigrp.telling import Telling
from labs.twin.routing.eigrp.values import (
    Advert,
    EigrpCounters,
    EigrpMessage,
    EigrpNeighbor,
    EigrpTopologyEntry,
    InterfaceTraffic,
    Opcode,
)

MISMATCH = "K-value mismatch"
ASKING = (Opcode.QUERY, Opcode.SIA_QUERY)
ABOUT_ACTIVE = (Opcode.SIA_QUERY, Opcode.SIA_REPLY)


class EigrpMachine:
    """Neighbours, DUAL and advertisements of one autonomous system."""

    def __init__(self, asn: int, around: Surroundings, vrf: str = "", family: int = IPV4) -> None:
        self.asn = asn
        self.family = family
        self.vrf = vrf
        self.around = around
        self.running = False
        self.site = Site(asn, around, vrf, family)
        self._origin = Origin(self.site)
        self._peering = Peering(self.site)
        self._dual = Dual(self.site)
        self._installed: dict[IPNetwork, tuple[RouteEntry, ...]] = {}
        self._telling = Telling(self.site, self._peering)

    @property
    def label(self) -> str:
        """Give the owner of its timers: `eigrp 100`, in a VRF `eigrp 100 RED`."""
        word = "eigrp" if self.family == IPV4 else "eigrp6"
        return f"{word} {self.asn} {self.vrf}".rstrip()

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
        return self.site.router_id

    @property
    def interfaces(self) -> tuple[str, ...]:
        """List the interfaces that speak."""
        return tuple(self._peering.speaking)

    def traffic(self, name: str) -> InterfaceTraffic:
        """Give what went out of an interface."""
        return self._peering.traffic.get(name, InterfaceTraffic())

    # --- life

    def start(self, now: float) -> list[Effect]:
        """Begin to speak on every interface a `network` line covers."""
        if self.running or not self.site.active:
            return []
        self.running = True
        self.site.identify()
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
        self._telling.clear()
        for neighbor in list(self.neighbors.values()):
            effects += self._peering.part(neighbor, "procinfo free")
        self._dual = Dual(self.site)
        self._origin.forget()
        for network in list(self._installed):
            effects += self._offer(network, ())
        return effects

    def configure(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """Take over a changed configuration; `around.config` is the new one already."""
        place = (self.asn, self.vrf, self.family)
        before, after = process_of(old, *place), process_of(new, *place)
        if after is None or after.shutdown:
            return self.stop(now)
        if not self.running:
            return self.start(now)
        effects: list[Effect] = []
        if before is not None and _identity(before) != _identity(after):
            return self.stop(now) + self.start(now)
        effects += self._reset(old, new, now)
        for name in list(self._peering.speaking):
            interface = old.interfaces.get(name)
            changed = new.interfaces.get(name)
            if self.site.sender(interface) != self.site.sender(changed):
                effects += self._leave(name, "interface down", now)
        effects += self._sync_interfaces(now)
        self._origin.forget()
        touched = self._own() | self._dual.remeasure() | set(self.topology)
        return effects + self._settle(touched, now)

    def _reset(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """End the neighbours that a change concerns, or ask them to tell everything again."""
        effects: list[Effect] = []
        if self.family != IPV4:
            return effects  # what changed is told as news
        for name in list(self._peering.speaking):
            found = resets.fate(old, new, self.asn, self.vrf, name)
            if found is None:
                continue
            what, why = found
            keys = [key for key in self.neighbors if key[0] == name]
            if what == resets.DOWN:
                effects += self._peering.goodbye(name) + self._drop(keys, why, now)
                continue
            for key in keys:
                effects += self._peering.ask_again(self.neighbors[key], why, now)
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
        self._telling.forget(name)
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
        if not self.running or not uses(self.site.config):
            return []
        return self._settle(self._origin.redistributed(self._dual), now)

    def clear_neighbors(
        self,
        now: float,
        *,
        address: Address | None = None,
        interface: str | None = None,
        soft: bool = False,
    ) -> list[Effect]:
        """Drop neighbours (`clear ip eigrp neighbors`), or ask them to tell everything again."""
        keys = [
            key
            for key in self.neighbors
            if interface in (None, key[0]) and address in (None, key[1])
        ]
        effects: list[Effect] = []
        for key in keys:
            if soft:
                effects += self._peering.ask_again(self.neighbors[key], "manually cleared", now)
            else:
                effects += self._peering.goodbye(*key)
        return effects if soft else effects + self._drop(keys, "manually cleared", now)

    # --- packets and timers

    def receive(self, message: Eigrp, src: Address, interface: str, now: float) -> list[Effect]:
        """Take an EIGRP packet."""
        content = message.message
        if not self.running or message.asn != self.asn or interface not in self._peering.speaking:
            return []
        if not isinstance(content, EigrpMessage) or not self.site.on_subnet(src, interface):
            return []
        if not self._peering.genuine(content, interface):
            key = (interface, src)
            return self._drop([key], "Auth failure", now) if key in self.neighbors else []
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
        if not self._peering.fits(key, hello):
            return []
        if not self._peering.agrees(hello):
            effects = self._drop([key], MISMATCH, now) if neighbor is not None else []
            return effects or self._peering.log_stranger(key, f"is down: {MISMATCH}")
        if neighbor is None:
            neighbor, effects = self._peering.meet(key, hello, now)
            return effects + self._telling.tell(
                neighbor, self._telling.everything(self._dual, key[0]), now
            )
        return self._peering.renew(neighbor, hello.hold_s, now)

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
        effects += self._begin_anew(neighbor, now, forgot=forgot, asked=message.restart)
        touched |= self._take(neighbor, message)
        asked, more = self._asked(neighbor, message, now)
        return effects + more + self._settle(touched | asked, now)

    def _begin_anew(
        self, neighbor: EigrpNeighbor, now: float, *, forgot: bool, asked: bool
    ) -> list[Effect]:
        """Tell everything again to a neighbour that forgot it, or asked for it."""
        effects: list[Effect] = []
        if forgot:
            effects += self._peering.resync(neighbor, now)
        elif asked:
            effects += self._peering.log(neighbor, "is resync: peer graceful-restart")
            neighbor.told.clear()
        else:
            return []
        return effects + self._telling.tell(
            neighbor, self._telling.everything(self._dual, neighbor.interface), now
        )

    def _take(self, neighbor: EigrpNeighbor, message: EigrpMessage) -> set[IPNetwork]:
        """Learn what a packet says; list the destinations it touched."""
        key = (neighbor.interface, neighbor.address)
        if message.opcode in ABOUT_ACTIVE:
            if message.opcode is Opcode.SIA_REPLY:
                self._dual.heard(key, message.adverts)
            return set()
        touched = {a.network for a in message.adverts if self._dual.learn(neighbor, a)}
        if message.opcode is Opcode.REPLY:
            for advert in message.adverts:
                entry = self.topology.get(advert.network)
                if entry is not None:
                    entry.awaiting.discard(key)
                    touched.add(advert.network)
        return touched

    def _asked(
        self, neighbor: EigrpNeighbor, message: EigrpMessage, now: float
    ) -> tuple[set[IPNetwork], list[Effect]]:
        """Note the questions of a packet: what is to be settled, what is answered at once."""
        owed: set[IPNetwork] = set()
        effects: list[Effect] = []
        for network in [a.network for a in message.adverts] if message.opcode in ASKING else ():
            entry = self.topology.get(network)
            if entry is None or not entry.active:
                key = (neighbor.interface, neighbor.address)
                self._dual.owed.setdefault(network, set()).add(key)
                owed.add(network)
            elif message.opcode is Opcode.SIA_QUERY:
                effects += self._say(neighbor, Opcode.SIA_REPLY, network, now)
            else:
                # Two that ask each other would wait for ever: while active the answer is no.
                effects += self._reply(neighbor, network, now)
        return owed, effects

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        if not self.running:
            return []
        if kind == HELLO_TIMER:
            return self._peering.hello(key, now) if key in self._peering.speaking else []
        if kind == ACTIVE_TIMER:
            return self._on_active(parse_network(key), now)
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
        changed = self._origin.connected(self._dual)
        return changed | self._origin.redistributed(self._dual)

    def _settle(self, touched: set[IPNetwork], now: float) -> list[Effect]:
        """Decide, install and tell what changed."""
        effects: list[Effect] = []
        # A summary follows its components, and decides on what is told of them.
        pending, told = set(touched), set(touched)
        while pending:
            for network in sorted(pending):
                effects += self._decide(network, now)
            speaking = self._peering.speaking
            pending = self._origin.summaries(self._dual, speaking, pending)
            told |= pending
            for summary in pending:
                told |= {n for n in self.topology if within(n, summary)}
        for network in sorted(told):
            effects += self._install(network)
        news = self._telling.news(self._dual, sorted(told))
        for neighbor in list(self.neighbors.values()) if any(news.values()) else ():
            effects += self._telling.tell(neighbor, news.get(neighbor.interface, {}), now)
        for network in sorted(told):
            effects += self._pay(network, now)
        return effects

    def _decide(self, network: IPNetwork, now: float) -> list[Effect]:
        witnesses = (  # hardly ever needed, and a hub has a thousand neighbours
            key
            for key, neighbor in self.neighbors.items()
            if neighbor.stub is None and key not in self._dual.owed.get(network, ())
        )
        if not self._dual.decide(network, witnesses, now):
            return []
        effects = self._watch(network, now)
        lost = Advert(network=network, vector=metric.UNREACHABLE)
        query = EigrpMessage(opcode=Opcode.QUERY, adverts=(lost,))
        asked = self.topology[network].awaiting
        for key in [key for key in self.neighbors if key in asked]:
            self.neighbors[key].told.pop(network, None)
            effects += self._peering.deliver(self.neighbors[key], query, now)
        return effects

    def _watch(self, network: IPNetwork, now: float) -> list[Effect]:
        """Look at an active route again after half the active time (RFC 7868 section 3.7.1)."""
        config = self.site.config
        if config is None or config.active_s is None:
            return []
        return [SetTimer(at=now + config.active_s / 2, kind=ACTIVE_TIMER, key=str(network))]

    def _on_active(self, network: IPNetwork, now: float) -> list[Effect]:
        """Ask those who owe a reply whether they live; give up those who did not say so."""
        entry = self.topology.get(network)
        if entry is None or not entry.active:
            return []
        silent = self._dual.silent(entry)
        if silent:
            effects: list[Effect] = [
                LogLine(
                    text=f"%DUAL-3-SIA: Route {network} stuck-in-active state in "
                    f"EIGRP-IPv{self.family} {self.asn}. Cleaning up"
                )
            ]
            for key in silent:
                if key in self.neighbors:
                    effects += self._give_up(key, "stuck in active", now)
            return effects
        effects = self._watch(network, now)
        for key in sorted(entry.awaiting, key=lambda k: (k[0], int(k[1]))):
            effects += self._say(self.neighbors[key], Opcode.SIA_QUERY, network, now)
        return effects

    def _say(
        self, neighbor: EigrpNeighbor, opcode: Opcode, network: IPNetwork, now: float
    ) -> list[Effect]:
        """Say something about a route that is active: it is unreachable meanwhile."""
        advert = Advert(network=network, vector=metric.UNREACHABLE)
        return self._peering.deliver(neighbor, EigrpMessage(opcode=opcode, adverts=(advert,)), now)

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

    # --- the routing table

    def _install(self, network: IPNetwork) -> list[Effect]:
        routes = table.entries(self.site, self.topology.get(network))
        if self._installed.get(network, ()) == routes:
            return []
        return self._offer(network, routes)

    def _offer(self, network: IPNetwork, routes: tuple[RouteEntry, ...]) -> list[Effect]:
        if routes:
            self._installed[network] = routes
        else:
            self._installed.pop(network, None)
        return [PutRoutes(source=f"eigrp {self.asn}", network=network, routes=routes, vrf=self.vrf)]


def _identity(process: EigrpConfig) -> tuple[object, ...]:
    return process.vrf, process.name, process.router_id


def _measures(process: EigrpConfig) -> tuple[object, ...]:
    return process.weights, process.maximum_hops, process.offsets, process.distribute
