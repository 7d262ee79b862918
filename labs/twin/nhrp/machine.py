"""The NHRP machine of one tunnel interface (skeleton of the public surface)."""

from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import InterfaceConfig
from labs.twin.effects import Effect, Surroundings
from labs.twin.nhrp.entries import NhrpCounters, NhrpEntry, NhsState
from labs.twin.packet import Nhrp, Packet


class NhrpMachine:
    """Registers, resolves, redirects and purges on one tunnel."""

    def __init__(self, tunnel: str, around: Surroundings) -> None:
        self.tunnel = tunnel
        self.around = around
        self.running = False
        self.cache: dict[IPv4Network, NhrpEntry] = {}
        self.nhs: dict[IPv4Address, NhsState] = {}
        self.counters = NhrpCounters()

    def start(self, now: float) -> list[Effect]:
        """Come up with the tunnel."""
        return []

    def stop(self, now: float, reason: str) -> list[Effect]:
        """Go down with the tunnel."""
        return []

    def configure(self, old: InterfaceConfig, new: InterfaceConfig, now: float) -> list[Effect]:
        """Take over changed `ip nhrp` lines without a bounce."""
        return []

    def receive(self, message: Nhrp, outer_src: IPv4Address, now: float) -> list[Effect]:
        """Take a message that came in by the tunnel."""
        return []

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        return []

    def on_socket(self, nbma: IPv4Address, *, up: bool, now: float) -> list[Effect]:
        """Take a change of the protected path to a peer."""
        return []

    def resolve(
        self, next_hop: IPv4Address, packet: Packet, now: float
    ) -> tuple[IPv4Address | None, list[Effect]]:
        """Give the NBMA address for a next hop of the data plane; None drops the packet."""
        return None, []

    def peek(self, next_hop: IPv4Address) -> IPv4Address | None:
        """Do as `resolve` does, without a trace (for a walk)."""
        return None

    def forwarded(
        self,
        packet: Packet,
        came_from_nbma: IPv4Address,
        in_tunnel: str,
        out_tunnel: str,
        now: float,
    ) -> list[Effect]:
        """Take a transit packet that came by `in_tunnel` and left by `out_tunnel`: redirect."""
        return []

    def routes_changed(self, now: float) -> list[Effect]:
        """Look again at shortcuts and told mappings after the routing table changed."""
        return []

    def multicast_targets(self) -> tuple[IPv4Address, ...]:
        """List the NBMA addresses that get a copy of a multicast packet."""
        return ()

    def clear(self, now: float, address: IPv4Address | None = None) -> list[Effect]:
        """Forget dynamic entries: all, or those of one address (`clear ip nhrp [A]`)."""
        return []

    def clear_shortcuts(self, now: float) -> list[Effect]:
        """Forget shortcut entries (`clear ip nhrp shortcut`)."""
        return []
