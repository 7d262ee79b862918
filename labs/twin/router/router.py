"""A router: hosts the protocol machines, carries out their effects, keeps tables and log.

The router is sans-I/O as well: what it sends is put into `out` for the network to fetch, what
pings and traceroutes wait for into `answers`, and timers into the clock of the network. The parts
are `lines` (interfaces up and down), `changes` (configuration), `dataplane` and `tunnels`
(packets); they are functions over this state.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NamedTuple, Protocol

from labs.twin.addresses import IPV4, IPV6, Address, IPNetwork, order
from labs.twin.chance import Chance, seed_of
from labs.twin.clock import Clock
from labs.twin.crypto import CryptoMachine
from labs.twin.device import DeviceConfig, TunnelConfig
from labs.twin.effects import (
    CancelTimer,
    CloseSocket,
    Effect,
    HandNhrp,
    LogLine,
    OpenSocket,
    PutOverride,
    PutRoutes,
    RouteEntry,
    SendNhrp,
    SendPacket,
    SetTimer,
    SocketChanged,
    Via,
)
from labs.twin.nhrp.machine import NhrpMachine
from labs.twin.packet import Nhrp, Packet
from labs.twin.rib import Rib
from labs.twin.router import changes, dataplane, lines, tunnels
from labs.twin.router.leases import Lease, leased
from labs.twin.router.ports import Port
from labs.twin.routing.bgp.machine import BgpMachine
from labs.twin.routing.eigrp.machine import EigrpMachine
from labs.twin.routing.eigrp.site import Instance
from labs.twin.routing.eigrp.site import instance as eigrp_instance
from labs.twin.wire import MalformedPacket, decode

LOG_LINES = 500
"""How many lines `log` keeps."""
ROUTES_SETTLE_S = 0.05
"""Pause between a change of the table and the protocols looking at it, so that many changes at
once are looked at once."""
ROUTER = "router"


class Frame(NamedTuple):
    """A packet leaving by an interface that is not a tunnel."""

    interface: str
    next_hop: Address
    packet: Packet


class Tap(Protocol):
    """Somebody who captures on an interface."""

    def take(self, packet: Packet, now: float) -> None:
        """See a packet that came in or went out; it must not be disturbed by that."""


class Router:
    """One virtual router."""

    def __init__(
        self,
        name: str,
        config: DeviceConfig,
        clock: Clock,
        seed: int = 0,
        taps: dict[str, tuple["Tap", ...]] | None = None,
    ) -> None:
        self.name = name
        self.taps = taps if taps is not None else {}
        """By interface: who sees its packets; empty nearly always."""
        self.clock = clock
        self.booted = clock.now
        self.config = DeviceConfig(image=config.image)
        self.image = config.image
        self.ports: dict[str, Port] = {}
        self.unplugged: set[str] = set()
        """Interfaces whose cable does not carry."""
        self.rib: dict[str, Rib] = {"": Rib()}
        """By VRF, of IPv4."""
        self.rib6: dict[str, Rib] = {"": Rib(family=IPV6)}
        """By VRF, of IPv6."""
        self.local: dict[str, dict[int, str]] = {}
        """By VRF: our addresses on interfaces that are up, with the interface.

        Of IPv6 without link-local ones. As numbers, the families do not meet: no interface has an
        address of ::/96 (RFC 4291 section 2.5.5.1).
        """
        self.statics: set[tuple[str, IPNetwork]] = set()
        self.nhrp: dict[str, NhrpMachine] = {}
        """By tunnel, of IPv4 overlays."""
        self.nhrp6: dict[str, NhrpMachine] = {}
        """By tunnel, of IPv6 overlays."""
        self.eigrp: dict[Instance, EigrpMachine] = {}
        self.bgp: BgpMachine | None = None
        self.bgp_families: dict[str, BgpMachine] = {}
        """By VRF: the address families of BGP."""
        self.crypto = CryptoMachine(self, Chance(seed_of(seed, name, clock.now)))
        self.guarded: frozenset[str] = frozenset()
        """Tunnels with a protection that exists."""
        self.log: list[tuple[float, str]] = []
        self.logged = 0
        """Lines ever logged; `log` keeps the last of them."""
        self.out: list[Frame] = []
        self.answers: list[Packet] = []
        self.quiet_until: dict[bool, float] = {}
        """Until when no ICMP unreachable is sent: True for "fragmentation needed"."""
        self.matches: dict[tuple[str, int], int] = {}
        """Packets that a line of an access list took: (list, number of the line)."""
        self.unlogged: dict[tuple[str, int], tuple[float, int]] = {}
        """When such a line was logged last, and how many packets came since."""
        self.nesting = 0
        """How many tunnels the packet being sent is wrapped in so far."""
        self._tunnels: tuple[Port, ...] = ()
        self._tagged: tuple[Port, ...] = ()
        self._silent: dict[str, float] = {}
        """Until when a line that is rate limited is not logged again."""
        self.leases: dict[str, Lease] = {}
        self.configure(config, clock.now)

    # -- what the network calls --------------------------------------------------------------

    def configure(self, config: DeviceConfig, now: float) -> None:
        """Take over a configuration; only what changed is disturbed."""
        self.leases = {end: held for end, held in self.leases.items() if end in config.interfaces}
        changes.reconcile(self, leased(config, self.leases), now)

    def lease(self, interface: str, lease: Lease, now: float) -> None:
        """Take an address that DHCP gave to an interface."""
        self.leases[interface] = lease
        changes.reconcile(self, leased(self.config, self.leases), now)

    def receive(self, interface: str, packet: Packet, now: float) -> None:
        """Take a packet off the wire."""
        port = self.ports.get(interface)
        if port is not None:
            if self.taps:
                self.show_taps(interface, packet, now)
            dataplane.receive(self, port, packet, now)

    def receive_octets(self, interface: str, octets: bytes, now: float) -> None:
        """Take octets off the wire; what is no packet is counted and dropped."""
        port = self.ports.get(interface)
        if port is None:
            return
        try:
            packet = decode(octets)
        except MalformedPacket:
            port.malformed += 1
            return
        self.receive(interface, packet, now)

    def send(self, packet: Packet, now: float, vrf: str = "") -> None:
        """Send a packet of our own by the routing table."""
        dataplane.originate(self, packet, vrf, now)

    def plug(self, interface: str, *, carries: bool, now: float) -> None:
        """Note that the cable of an interface carries or does not."""
        (self.unplugged.discard if carries else self.unplugged.add)(interface)
        port = self.ports.get(interface)
        if port is not None:
            port.wired = carries
            subinterfaces = [p for n, p in self.ports.items() if n.startswith(f"{interface}.")]
            lines.settle(self, [port, *subinterfaces], now)

    def on_timer(self, label: str, name: str, now: float) -> None:
        """Take an expired timer: `label` is the machine, `name` its kind and key."""
        kind, _, key = name.partition(" ")
        effects: list[Effect] = []
        machine, _, instance = label.partition(" ")
        match machine:
            case "nhrp" if instance in self.nhrp:
                effects = self.nhrp[instance].on_timer(kind, key, now)
            case "nhrp6" if instance in self.nhrp6:
                effects = self.nhrp6[instance].on_timer(kind, key, now)
            case "eigrp" | "eigrp6":
                asn, _, vrf = instance.partition(" ")
                family = IPV4 if machine == "eigrp" else IPV6
                process = self.eigrp.get(eigrp_instance(int(asn), vrf, family))
                effects = process.on_timer(kind, key, now) if process is not None else []
            case "bgp":
                speaker = self.bgp_of(instance)
                effects = speaker.on_timer(kind, key, now) if speaker is not None else []
            case "crypto":
                effects = self.crypto.on_timer(kind, key, now)
            case "router":
                self._routes_moved(now)
        self.perform(label, effects, now)

    def on_queue(self, item: object, now: float) -> None:
        """Take what an input queue held back."""
        match item:
            case (str(tunnel), Nhrp() as message, (IPv4Address() | IPv6Address()) as nbma):
                tunnels.process_nhrp(self, tunnel, message, nbma, now)

    def clear_nhrp(
        self,
        now: float,
        *,
        shortcuts: bool = False,
        address: Address | None = None,
        tunnel: str | None = None,
        family: int = IPV4,
        static: bool = False,
    ) -> None:
        """Do `clear {ip | ipv6} nhrp [shortcut | A]`, on one tunnel or all."""
        for name, machine in self.machines(family).items():
            if tunnel not in (None, name):
                continue
            if shortcuts:
                gone = machine.clear_shortcuts(now)
            else:
                gone = machine.clear(now, address, static=static)
            self.perform(f"{machine.label} {name}", gone, now)

    def clear_crypto(
        self, now: float, *, peer: Address | None = None, version: int | None = None
    ) -> None:
        """Do `clear crypto session [remote A]`, or for one version of IKE."""
        self.perform("crypto", self.crypto.clear(now, peer, version), now)

    def clear_ipsec(self, now: float, *, peer: Address | None = None) -> None:
        """Do `clear crypto sa [peer A]`."""
        self.perform("crypto", self.crypto.clear_pairs(now, peer), now)

    def clear_eigrp(
        self, now: float, *, vrf: str = "", asn: int | None = None, **which: Any
    ) -> None:
        """Do `clear ip eigrp [vrf V] [N] neighbors [A | IF] [soft]`."""
        for machine in self.eigrp.values():
            if machine.vrf == vrf and asn in (None, machine.asn):
                self.perform(machine.label, machine.clear_neighbors(now, **which), now)

    def clear_bgp(self, now: float, *, peer: IPv4Address | None = None) -> None:
        """Do `clear ip bgp {* | A}`."""
        for speaker in self.speakers():
            self.perform(speaker.label, speaker.clear_neighbors(now, peer), now)

    def clear_bgp_softly(
        self, now: float, *, peer: IPv4Address | None, ways: tuple[str, ...]
    ) -> None:
        """Do `clear ip bgp {* | A} soft`."""
        for speaker in self.speakers():
            self.perform(speaker.label, speaker.clear_softly(now, peer, ways), now)

    def bgp_of(self, vrf: str) -> BgpMachine | None:
        """Give the BGP of the global table or of a VRF."""
        return self.bgp_families.get(vrf) if vrf else self.bgp

    def speakers(self) -> tuple[BgpMachine, ...]:
        """Give the BGP of the global table and of all VRFs."""
        mine = () if self.bgp is None else (self.bgp,)
        return (*mine, *self.bgp_families.values())

    # -- effects -----------------------------------------------------------------------------

    def perform(self, label: str, effects: Iterable[Effect], now: float) -> None:
        """Carry out what a machine asks for."""
        for effect in effects:
            self._carry_out(label, effect, now)
        if label.startswith("nhrp"):
            port = self.ports.get(label.partition(" ")[2])
            if port is not None and port.config.if_state_nhrp and port.ready:
                lines.settle(self, (port,), now)

    def _carry_out(self, label: str, effect: Effect, now: float) -> None:  # noqa: C901 - a table
        match effect:
            case SetTimer():
                self.clock.arm(effect.at, self.name, label, f"{effect.kind} {effect.key}")
            case CancelTimer():
                self.clock.cancel(self.name, label, f"{effect.kind} {effect.key}")
            case SendPacket(interface=None):
                dataplane.originate(self, effect.packet, effect.vrf, now)
            case SendPacket(interface=str(name)):
                dataplane.emit(self, name, effect.next_hop, effect.packet, now)
            case SendNhrp():
                tunnels.send_nhrp(self, effect, now)
            case HandNhrp():
                tunnels.hand_over(self, effect, now)
            case PutRoutes():
                self.offer(effect.source, effect.network, effect.routes, effect.vrf, now)
            case PutOverride():
                table = self.table(effect.vrf, effect.network.version)
                if table is not None:
                    table.put_override(effect.tunnel, effect.network, effect.next_hop, now)
            case OpenSocket():
                self._open(effect, now)
            case CloseSocket():
                self._close(effect, now)
            case SocketChanged():
                self._socket_changed(effect.tunnel, effect.nbma, now, up=effect.up)
            case LogLine():
                self.note(effect.text, now)

    def _open(self, effect: OpenSocket, now: float) -> None:
        if self.protected(effect.tunnel):
            opening = self.crypto.open_socket(effect.tunnel, effect.nbma, now)
            self.perform("crypto", opening, now)
        else:
            self._socket_changed(effect.tunnel, effect.nbma, now, up=True)

    def _close(self, effect: CloseSocket, now: float) -> None:
        """Close a path unless the overlay of the other family still runs over it."""
        if effect.tunnel in self.nhrp6 and any(
            m.has(effect.nbma) for _, m in self.overlays(effect.tunnel)
        ):
            return
        closing = self.crypto.close_socket(effect.tunnel, effect.nbma, now)
        self.perform("crypto", closing, now)

    def _socket_changed(self, tunnel: str, nbma: Address, now: float, *, up: bool) -> None:
        for label, machine in tuple(self.overlays(tunnel)):
            self.perform(label, machine.on_socket(nbma, up=up, now=now), now)

    def protection_changed(self, port: Port, now: float) -> None:
        """Ask again for the paths to the peers of a tunnel."""
        tunnel = port.config.tunnel
        if tunnel is not None and tunnel.destination is not None and not port.multipoint:
            self._open(OpenSocket(tunnel=port.name, nbma=tunnel.destination), now)
        machines = [machine for _, machine in self.overlays(port.name)]
        entries = (entry for machine in machines for entry in machine.cache.values())
        peers = {entry.nbma for entry in entries if entry.nbma is not None}
        for nbma in sorted(peers, key=order):
            self._socket_changed(port.name, nbma, now, up=False)
            self._open(OpenSocket(tunnel=port.name, nbma=nbma), now)

    # -- tables ------------------------------------------------------------------------------

    def offer(
        self,
        owner: str,
        network: IPNetwork,
        routes: tuple[RouteEntry, ...],
        vrf: str,
        now: float,
    ) -> None:
        """Give a protocol's next hops to a table; the others look at the change soon after."""
        table = self.table(vrf, network.version)
        if table is None or not table.offer(owner, network, routes, now):
            return
        if self.clock.due_at(self.name, ROUTER, "routes ") is None:
            self.clock.arm(now + ROUTES_SETTLE_S, self.name, ROUTER, "routes ")

    def table(self, vrf: str, family: int) -> Rib | None:
        """Give the routing table of a VRF and an address family."""
        return (self.rib if family == IPV4 else self.rib6).get(vrf)

    def machines(self, family: int) -> dict[str, NhrpMachine]:
        """Give the NHRP machines of an address family, by tunnel."""
        return self.nhrp if family == IPV4 else self.nhrp6

    def overlay(self, tunnel: str, family: int) -> NhrpMachine | None:
        """Give the NHRP machine of a tunnel and an address family."""
        return (self.nhrp if family == IPV4 else self.nhrp6).get(tunnel)

    def overlays(self, tunnel: str) -> Iterator[tuple[str, NhrpMachine]]:
        """Give the NHRP machines of a tunnel, each with the label of its timers."""
        for machines in (self.nhrp, self.nhrp6):
            if tunnel in machines:
                yield f"{machines[tunnel].label} {tunnel}", machines[tunnel]

    def _routes_moved(self, now: float) -> None:
        lines.settle_tunnels(self, now)
        for eigrp in self.eigrp.values():
            self.perform(eigrp.label, eigrp.routes_changed(now), now)
        for speaker in self.speakers():
            self.perform(speaker.label, speaker.routes_changed(now), now)
        for name, nhrp in self.nhrp.items():
            self.perform(f"nhrp {name}", nhrp.routes_changed(now), now)
        for name, nhrp in self.nhrp6.items():
            self.perform(f"nhrp6 {name}", nhrp.routes_changed(now), now)

    def note_tunnels(self) -> None:
        """Remember which interfaces are tunnels, and which are subinterfaces."""
        self._tunnels = tuple(p for p in self.ports.values() if p.config.tunnel is not None)
        self._tagged = tuple(p for p in self.ports.values() if p.config.vlan is not None)

    def note_guarded(self) -> None:
        """Remember which tunnels are protected."""
        self.guarded = frozenset(
            port.name for port in self._tunnels if tunnels.is_protected(self, port.name)
        )

    def tagged_ports(self) -> tuple[Port, ...]:
        """Give the subinterfaces that tag their frames."""
        return self._tagged

    def tunnel_ports(self) -> tuple[Port, ...]:
        """Give the tunnels."""
        return self._tunnels

    def protected(self, tunnel: str) -> bool:
        """Tell whether a tunnel has a protection that exists."""
        return tunnel in self.guarded

    def is_local(self, address: Address, vrf: str) -> bool:
        """Tell whether an address is one of ours."""
        owned = self.local.get(vrf)
        return owned is not None and int(address) in owned

    def port_of(self, address: Address, vrf: str) -> Port | None:
        """Give the interface that has an address of ours."""
        return self.ports.get(self.local.get(vrf, {}).get(int(address), ""))

    def source_address(self, tunnel: TunnelConfig) -> Address | None:
        """Give the address a tunnel sends from, None while it is not there."""
        if isinstance(tunnel.source, Address):
            fits = tunnel.source.version == tunnel.transport
            return tunnel.source if fits and self.is_local(tunnel.source, tunnel.vrf) else None
        port = self.ports.get(tunnel.source or "")
        if port is None or not port.line or port.config.vrf != tunnel.vrf:
            return None
        return port.address_of(tunnel.transport)

    def transmit(self, interface: str, next_hop: Address, packet: Packet) -> None:
        """Put a packet on the wire."""
        if self.taps:
            self.show_taps(interface, packet, self.clock.now)
        self.out.append(Frame(interface, next_hop, packet))

    def show_taps(self, interface: str, packet: Packet, now: float) -> None:
        """Show a packet to those who capture on an interface."""
        for tap in self.taps.get(interface, ()):
            tap.take(packet, now)

    def __getstate__(self) -> dict[str, object]:
        """Give what a copy or a saved network holds: captures are not part of it."""
        return {**self.__dict__, "taps": {}}

    # -- log ---------------------------------------------------------------------------------

    def note(self, text: str, now: float) -> None:
        """Log a line; of DMVPN only with `logging dmvpn`, except on images that log it anyway."""
        wanted = self.image.logs_dmvpn or self.config.logging_dmvpn
        if text.startswith("%DMVPN-") and not wanted:
            return
        self.logged += 1
        self.log.append((now, text))
        if len(self.log) > LOG_LINES:
            del self.log[: len(self.log) - LOG_LINES]

    def complain_once(self, text: str, key: str, gap_s: float, now: float) -> None:
        """Log a line that is rate limited."""
        if now >= self._silent.get(key, now):
            self._silent[key] = now + gap_s
            self.note(text, now)

    # -- Surroundings: what machines may ask -------------------------------------------------

    def interface_state(self, name: str) -> tuple[str, str]:
        """Give (interface, line protocol) as printed, e.g. ("up", "down")."""
        port = self.ports.get(name)
        return port.state if port is not None else ("down", "down")

    def lookup(self, address: Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        """Longest match, recursion done."""
        table = self.table(vrf, address.version)
        return table.via(address, nhrp=nhrp) if table is not None else None

    def route_covers(self, network: IPNetwork, vrf: str = "") -> bool:
        """Tell whether a non-NHRP route with exactly this prefix is in the table."""
        table = self.table(vrf, network.version)
        return table is not None and table.covers(network)

    def interface_up(self, name: str) -> bool:
        """Tell whether the line protocol of an interface is up."""
        port = self.ports.get(name)
        return port is not None and port.line

    def nbma_source(self, tunnel: str) -> Address | None:
        """Give the address a tunnel sends from."""
        port = self.ports.get(tunnel)
        return port.source if port is not None else None

    def socket_up(self, tunnel: str, nbma: Address) -> bool:
        """Tell whether packets to a peer can be sent protected (always True unprotected)."""
        return tunnel not in self.guarded or self.crypto.socket_up(tunnel, nbma)

    def routes(self, vrf: str = "", family: int = IPV4) -> tuple[RouteEntry, ...]:
        """Give the best routes in the table."""
        table = self.table(vrf, family)
        return table.entries() if table is not None else ()
