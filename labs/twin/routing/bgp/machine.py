"""The BGP machine of a router: sans-I/O, effects out.

It joins the parts, each with its theory of operation at its head: `session` (the state machine),
`tcp` (connections), `table` (paths and what peers are told), `origin` (our own paths). This file
feeds segments and timers to sessions and keeps table, routing table and peers in step.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import BgpConfig, BgpNeighborConfig, DeviceConfig
from labs.twin.effects import (
    CancelTimer,
    Effect,
    SetTimer,
    Surroundings,
)
from labs.twin.packet import Tcp
from labs.twin.routing.bgp import adverts, faults, origin, policy, session
from labs.twin.routing.bgp.peers import (
    dynamic_peer,
    essence,
    family_of,
    group_for,
    settings_of,
    signature_of,
    source_of,
    ttl_of,
)
from labs.twin.routing.bgp.session import allowed, step
from labs.twin.routing.bgp.table import DEFAULT, ITSELF, Audience, Table, limit, outgoing
from labs.twin.routing.bgp.tcp import TCP_TIMER, Link, Streams
from labs.twin.routing.bgp.values import (
    Attributes,
    BgpPeer,
    BgpRoute,
    BgpState,
    Keepalive,
    Notification,
    Open,
    Update,
)
from labs.twin.routing.eigrp.site import router_id

RETRY_TIMER = "retry"
HOLD_TIMER = "hold"
KEEPALIVE_TIMER = "keepalive"
ADVERTISE_TIMER = "advertise"
EVERYBODY = "all"
ADVERTISE_S = 0.1  # IOS forms updates for a whole group; so long it gathers changes [K]


class BgpMachine:
    """Sessions, table and advertisements of one BGP process."""

    def __init__(self, around: Surroundings, vrf: str = "") -> None:
        self.around = around
        self.vrf = vrf
        self.running = False
        self.neighbors: dict[IPv4Address, BgpPeer] = {}
        self._streams = Streams(vrf)
        self._table = Table(asn=0, router_id=IPv4Address(0))
        self._feed = adverts.Feed(vrf)
        self._news: set[IPv4Network] = set()  # best paths that changed and were not told yet

    @property
    def table(self) -> dict[IPv4Network, tuple[BgpRoute, ...]]:
        """Give all paths by prefix."""
        return self._table.paths

    def version_of(self, network: IPv4Network) -> int:
        """Give the version of a prefix."""
        return self._table.versions.get(network, 0)

    @property
    def table_version(self) -> int:
        """Give the version of the table."""
        return self._table.version

    @property
    def label(self) -> str:
        """Give the owner of its timers: `bgp`, in a VRF `bgp RED`."""
        return f"bgp {self.vrf}".rstrip()

    @property
    def config(self) -> BgpConfig | None:
        """Give the process, or its address family of the VRF."""
        return family_of(self.around.config, self.vrf)

    @property
    def router_id(self) -> IPv4Address:
        """Give the router id: configured, else highest loopback, else highest address."""
        config = self.config
        return router_id(self.around, config.router_id if config is not None else None, self.vrf)

    # --- life

    def start(self, now: float) -> list[Effect]:
        """Begin to connect."""
        config = self.config
        if self.running or config is None:
            return []
        self.running = True
        self._table = Table(asn=config.asn, router_id=self.router_id)
        limit(self._table, config)
        effects = self._settle(None, now)
        for address, neighbor in config.neighbors.items():
            effects += self._add(address, neighbor, now)
        return effects

    def stop(self, now: float) -> list[Effect]:
        """End all sessions and withdraw all routes."""
        if not self.running:
            return []
        effects: list[Effect] = []
        for peer in list(self.neighbors.values()):
            effects += self._remove(peer, now)
        self.running = False
        effects.append(CancelTimer(kind=ADVERTISE_TIMER, key=EVERYBODY))
        self._news.clear()
        effects += self._feed.empty(self._table.asn)
        self._table = Table(asn=0, router_id=IPv4Address(0))
        return effects

    def configure(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """Take over a changed configuration; `around.config` is the new one already."""
        before, after = family_of(old, self.vrf), family_of(new, self.vrf)
        if after is None:
            return self.stop(now)
        if not self.running or before is None:
            return self.start(now)
        if before.asn != after.asn or self._table.router_id != self.router_id:
            return self.stop(now) + self.start(now)
        limit(self._table, after)
        effects: list[Effect] = []
        for peer in list(self.neighbors.values()):
            effects += self._fit(peer, before, after, now)
        for address in [a for a in after.neighbors if a not in self.neighbors]:
            effects += self._add(address, after.neighbors[address], now)
        effects += self._settle(None, now)
        return effects + self._tell_all(self._table.bests, now)

    def _fit(self, peer: BgpPeer, before: BgpConfig, after: BgpConfig, now: float) -> list[Effect]:
        """Fit one peer to a changed configuration."""
        was, now_is = settings_of(peer, before), settings_of(peer, after)
        covered = not peer.dynamic or peer.group == group_for(peer.address, after)
        if now_is is None or now_is.remote_as is None or not covered:
            return self._remove(peer, now)
        peer.remote_as = now_is.remote_as
        if was is None or essence(was) == essence(now_is):
            return []
        peer.admin_down = now_is.shutdown
        fault = faults.CEASE_SHUTDOWN if now_is.shutdown else faults.CEASE_RESET
        why = "Admin. shutdown" if now_is.shutdown else "User reset"
        return self._end(peer, why, now, fault)

    def _add(self, address: IPv4Address, config: BgpNeighborConfig, now: float) -> list[Effect]:
        if config.remote_as is None:
            return []
        peer = BgpPeer(address=address, remote_as=config.remote_as, admin_down=config.shutdown)
        self.neighbors[address] = peer
        return self._begin(peer, now)

    def _remove(self, peer: BgpPeer, now: float) -> list[Effect]:
        effects = self._end(peer, "Neighbor deleted", now, faults.CEASE_DELETED)
        self.neighbors.pop(peer.address, None)
        return [*effects, CancelTimer(kind=RETRY_TIMER, key=str(peer.address))]

    def clear_neighbors(self, now: float, address: IPv4Address | None = None) -> list[Effect]:
        """Reset all sessions or one (`clear ip bgp *`)."""
        effects: list[Effect] = []
        for peer in list(self.neighbors.values()):
            if address in (None, peer.address):
                effects += self._end(peer, "User reset", now, faults.CEASE_RESET)
        return effects

    def clear_softly(
        self, now: float, address: IPv4Address | None = None, ways: tuple[str, ...] = ("in", "out")
    ) -> list[Effect]:
        """Apply policy again, to what peers told and to what they are told."""
        touched: set[IPv4Network] = set()
        for peer in self.neighbors.values():
            if "in" in ways and address in (None, peer.address):
                for network, route in peer.offered.items():
                    self._take(peer, network, route)
                    touched.add(network)
        effects = self._settle(touched, now)
        return effects + (self._tell_all(self._table.bests, now) if "out" in ways else [])

    # --- connecting

    def _settings(self, peer: BgpPeer) -> BgpNeighborConfig:
        config = self.config
        found = settings_of(peer, config) if config is not None else None
        return found or BgpNeighborConfig()

    def _internal(self, peer: BgpPeer) -> bool:
        return peer.remote_as == self._table.asn

    def _begin(self, peer: BgpPeer, now: float) -> list[Effect]:
        """Try to connect, if the peer may and can be called."""
        source = source_of(peer, self._settings(peer), self.around, self.vrf)
        if peer.admin_down or peer.dynamic:
            return []
        retry = SetTimer(at=now + session.CONNECT_RETRY_S, kind=RETRY_TIMER, key=str(peer.address))
        if source is None:
            step(peer, "end", now)
            return [retry]
        step(peer, "start", now)
        signature = signature_of(self._settings(peer))
        ttl = ttl_of(self._settings(peer), internal=self._internal(peer))
        return [retry, *self._streams.connect(source, peer.address, signature, now, ttl)]

    def _on_syn(self, segment: Tcp, src: IPv4Address, dst: IPv4Address, now: float) -> list[Effect]:
        """Take a call."""
        peer = self.neighbors.get(src) or dynamic_peer(src, self.config)
        if peer is None or peer.admin_down:
            return self._streams.refuse(segment, dst, src)
        if segment.payload != signature_of(self._settings(peer)):
            return [faults.bad_signature(segment, src, dst)]
        link = self._streams.links.get(src)
        if peer.state is BgpState.ESTABLISHED:
            return []
        if link is not None and link.client and not link.opened and link.local > src:
            # Two calls crossed; the one of the higher address lives.
            return []
        self.neighbors[src] = peer
        effects = self._streams.close(src)
        if peer.state in (BgpState.OPEN_SENT, BgpState.OPEN_CONFIRM):
            step(peer, "end", now)
        step(peer, "start", now)
        ttl = ttl_of(self._settings(peer), internal=self._internal(peer))
        return effects + self._streams.accept(
            segment, dst, src, signature_of(self._settings(peer)), now, ttl
        )

    # --- segments and timers

    def receive(self, segment: Tcp, src: IPv4Address, dst: IPv4Address, now: float) -> list[Effect]:
        """Take a TCP segment from or to port 179."""
        if not self.running:
            return []
        link = self._streams.matches(segment, src)
        if link is None:
            if segment.flags == {"syn"}:
                return self._on_syn(segment, src, dst, now)
            return self._streams.refuse(segment, dst, src)
        peer = self.neighbors[src]
        if "rst" in segment.flags:
            return self._end(peer, "Peer closed the session", now)
        if "fin" in segment.flags:
            return self._on_fin(peer, segment, now)
        if (
            link.client
            and "syn" in segment.flags
            and segment.payload != signature_of(self._settings(peer))
        ):
            return [faults.bad_signature(segment, src, dst)]
        return self._on_segment(peer, link, segment, now)

    def _on_segment(self, peer: BgpPeer, link: Link, segment: Tcp, now: float) -> list[Effect]:
        opened, messages, effects = self._streams.take(link, segment, now)
        if opened:
            effects += self._connected(peer, link, now)
        for message in messages:
            peer.heard = now
            peer.messages_received += 1
            effects += self._on_message(peer, message, now)
        return effects

    def _on_fin(self, peer: BgpPeer, segment: Tcp, now: float) -> list[Effect]:
        message = segment.payload
        if not isinstance(message, Notification):
            return self._end(peer, "Peer closed the session", now)
        peer.messages_received += 1
        effects: list[Effect] = [faults.notice("received from", peer, message)]
        return effects + self._end(peer, "BGP Notification received", now)

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        if kind == ADVERTISE_TIMER:
            news, self._news = sorted(self._news), set()
            return self._tell_all(news, now) if self.running else []
        address = IPv4Address(key)
        peer = self.neighbors.get(address)
        if not self.running or peer is None:
            return []
        if kind == TCP_TIMER:
            return self._streams.repeat(address, now)
        if kind == RETRY_TIMER:
            return self._on_retry(peer, now)
        if kind == HOLD_TIMER:
            return self._on_hold(peer, now)
        if kind == KEEPALIVE_TIMER:
            return self._say(peer, Keepalive(), now) + self._next_keepalive(peer, now)
        raise LookupError(f"BGP armed no timer {kind!r}")

    def _on_retry(self, peer: BgpPeer, now: float) -> list[Effect]:
        if peer.state not in (BgpState.IDLE, BgpState.ACTIVE):
            return []
        if peer.dynamic:
            return self._end(peer, "", now)
        return self._streams.close(peer.address) + self._begin(peer, now)

    def _on_hold(self, peer: BgpPeer, now: float) -> list[Effect]:
        hold_s = self._hold(peer)
        if peer.heard + hold_s > now:
            return [SetTimer(at=peer.heard + hold_s, kind=HOLD_TIMER, key=str(peer.address))]
        return self._end(peer, "BGP Notification sent", now, faults.HOLD_EXPIRED)

    def _hold(self, peer: BgpPeer) -> float:
        known = peer.state in (BgpState.OPEN_CONFIRM, BgpState.ESTABLISHED)
        return peer.hold_s if known else session.OPENING_HOLD_S

    # --- messages

    def _say(self, peer: BgpPeer, message: Open | Keepalive | Update, now: float) -> list[Effect]:
        peer.messages_sent += 1
        return self._streams.send(peer.address, message, now)

    def _connected(self, peer: BgpPeer, link: Link, now: float) -> list[Effect]:
        step(peer, "connected", now)
        peer.local_address, peer.heard = link.local, now
        key = str(peer.address)
        hello = Open(
            asn=self._table.asn,
            hold_s=self._settings(peer).hold_s,
            router_id=self._table.router_id,
        )
        return [
            CancelTimer(kind=RETRY_TIMER, key=key),
            SetTimer(at=now + session.OPENING_HOLD_S, kind=HOLD_TIMER, key=key),
            *self._say(peer, hello, now),
        ]

    def _on_message(self, peer: BgpPeer, message: object, now: float) -> list[Effect]:
        match message:
            case Open() if allowed(peer, "open"):
                return self._on_open(peer, message, now)
            case Keepalive() if allowed(peer, "keepalive"):
                return self._up(peer, now) if step(peer, "keepalive", now) else []
            case Update() if allowed(peer, "update"):
                return self._on_update(peer, message, now)
            case _:
                return self._end(peer, "BGP Notification sent", now, faults.FSM_ERROR)

    def _on_open(self, peer: BgpPeer, message: Open, now: float) -> list[Effect]:
        if message.asn != peer.remote_as:
            return self._end(peer, "BGP Notification sent", now, faults.WRONG_AS)
        settings = self._settings(peer)
        peer.remote_router_id = message.router_id
        peer.hold_s = min(settings.hold_s, message.hold_s)
        peer.keepalive_s = min(settings.keepalive_s, max(1, peer.hold_s // 3))
        step(peer, "open", now)
        effects = self._say(peer, Keepalive(), now)
        if peer.hold_s == 0:
            return [*effects, CancelTimer(kind=HOLD_TIMER, key=str(peer.address))]
        hold = SetTimer(at=now + peer.hold_s, kind=HOLD_TIMER, key=str(peer.address))
        return [*effects, hold, *self._next_keepalive(peer, now)]

    def _next_keepalive(self, peer: BgpPeer, now: float) -> list[Effect]:
        at = now + peer.keepalive_s
        return [SetTimer(at=at, kind=KEEPALIVE_TIMER, key=str(peer.address))]

    def _up(self, peer: BgpPeer, now: float) -> list[Effect]:
        peer.changed = now
        peer.times_established += 1
        effects = [faults.change(peer, "Up")]
        effects += self._tell(peer, self._table.audible(self._table.bests), now)
        # An empty update ends the first table (RFC 4724 section 2).
        return effects + self._say(peer, Update(), now)

    def _on_update(self, peer: BgpPeer, message: Update, now: float) -> list[Effect]:
        for network in message.withdrawn:
            self._take(peer, network, None)
        own_as = self._settings(peer).allowas_in
        config = self.config
        preference = None if self._internal(peer) or not config else config.local_preference
        for network in message.reached:
            route = adverts.received(peer, network, message, now, preference)
            if route is not None and not self._table.acceptable(route, own_as):
                route = None
            self._take(peer, network, route)
        return self._settle((*message.withdrawn, *message.reached), now)

    def _take(self, peer: BgpPeer, network: IPv4Network, route: BgpRoute | None) -> None:
        """Put what a peer offers into the table, as its policy leaves it."""
        peer.received.pop(network, None)
        if route is None:
            peer.offered.pop(network, None)
        else:
            peer.offered[network] = route
            route = adverts.taken(peer, self._settings(peer), route, self.around)
        self._table.put(network, peer.address, route)

    def _end(
        self, peer: BgpPeer, why: str, now: float, fault: faults.Fault | None = None
    ) -> list[Effect]:
        """End a session (or an attempt); a peer of a listen range is forgotten with it."""
        effects: list[Effect] = []
        was_up = peer.state is BgpState.ESTABLISHED
        link = self._streams.links.get(peer.address)
        message: Notification | None = None
        if fault is not None and link is not None and link.opened:
            message = Notification(code=fault[0], subcode=fault[1])
            peer.messages_sent += 1
            if fault[0] != faults.CEASE_RESET[0]:
                effects.append(faults.notice("sent to", peer, message))
        effects += self._streams.close(peer.address, message)
        step(peer, "end", now)
        key = str(peer.address)
        effects += [CancelTimer(kind=kind, key=key) for kind in (HOLD_TIMER, KEEPALIVE_TIMER)]
        lost = set(peer.received)
        peer.received, peer.offered, peer.told, peer.last_reset = {}, {}, {}, why
        peer.remote_router_id, peer.table_version = None, 1
        self._table.replace_from(peer.address, {})
        if was_up:
            peer.changed = now
            peer.times_dropped += 1
            effects.append(faults.change(peer, f"Down {why}"))
        if peer.dynamic:
            self.neighbors.pop(peer.address, None)
            effects.append(CancelTimer(kind=RETRY_TIMER, key=key))
        else:
            effects.append(SetTimer(at=now + session.IDLE_HOLD_S, kind=RETRY_TIMER, key=key))
        return effects + self._settle(lost, now)

    # --- settling

    def routes_changed(self, now: float) -> list[Effect]:
        """Look again at next hops and `network` lines after the routing table changed."""
        if not self.running:
            return []
        effects = self._settle(None, now)
        for peer in list(self.neighbors.values()):
            if peer.state is BgpState.IDLE and peer.changed is None:
                effects += self._begin(peer, now)
        return effects

    def _settle(self, touched: Iterable[IPv4Network] | None, now: float) -> list[Effect]:
        """Elect and install again, some prefixes or (None) all; what changed is told soon."""
        config = self.config
        if config is None or not self.running:
            return []
        networks = set(touched or ())
        origin.judge(self._table, config, self.around, networks)
        if touched is None or not origin.aggregates_stand(self._table, config, networks):
            origin.refresh(self._table, config, self.around, now)
            networks |= self._table.paths.keys() | self._table.bests.keys()
        changed = self._table.elect(sorted(networks))
        effects: list[Effect] = []
        for network in sorted(changed):
            effects += self._feed.install(self._table, config, network, now)
        if changed and not self._news:
            effects.append(SetTimer(at=now + ADVERTISE_S, kind=ADVERTISE_TIMER, key=EVERYBODY))
        self._news |= changed
        return effects

    def _tell_all(self, networks: Iterable[IPv4Network], now: float) -> list[Effect]:
        effects: list[Effect] = []
        listed = set(networks)
        audible = self._table.audible(listed)
        for peer in list(self.neighbors.values()):
            if peer.state is BgpState.ESTABLISHED:
                effects += self._tell(peer, audible | (listed & peer.told.keys()), now)
        return effects

    def _tell(self, peer: BgpPeer, networks: Iterable[IPv4Network], now: float) -> list[Effect]:
        """Send a peer the difference between what it knows and what it should."""
        wanted = {n: self._wanted(peer, n) for n in sorted({*networks, DEFAULT})}
        peer.table_version = self._table.version
        effects: list[Effect] = []
        for update in adverts.differences(peer, wanted):
            effects += self._say(peer, update, now)
        return effects

    def _wanted(self, peer: BgpPeer, network: IPv4Network) -> Attributes | None:
        """Give what a peer is to know of a prefix."""
        settings = self._settings(peer)
        if not settings.activate:
            return None
        if network == DEFAULT and settings.default_originate:
            as_path = () if self._internal(peer) else (self._table.asn,)
            return Attributes(next_hop=peer.local_address or ITSELF, as_path=as_path)
        route = self._table.bests.get(network)
        if route is None:
            return None
        source = self.neighbors.get(route.peer) if route.peer is not None else None
        client = source is not None and self._settings(source).route_reflector_client
        near = adverts.share_subnet(
            self.around.config, peer.address, route.attributes.next_hop, self.vrf
        )
        audience = Audience(
            peer=peer, config=settings, internal=self._internal(peer), shares_subnet=near
        )
        attributes = outgoing(self._table, route, audience, client)
        if attributes is None:
            return None
        return policy.outbound(self.around.config.filters, settings, network, attributes)
