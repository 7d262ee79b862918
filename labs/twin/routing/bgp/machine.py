"""The BGP machine of a router (skeleton of the public surface)."""

from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import DeviceConfig
from labs.twin.effects import Effect, Surroundings
from labs.twin.packet import Tcp
from labs.twin.routing.bgp.values import BgpPeer, BgpRoute


class BgpMachine:
    """Sessions, table and advertisements of one BGP process."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.running = False
        self.neighbors: dict[IPv4Address, BgpPeer] = {}
        self.table: dict[IPv4Network, tuple[BgpRoute, ...]] = {}
        self.table_version = 1

    @property
    def router_id(self) -> IPv4Address:
        """Give the router id: configured, else highest loopback, else highest address."""
        return IPv4Address(0)

    def start(self, now: float) -> list[Effect]:
        """Begin to connect."""
        return []

    def stop(self, now: float) -> list[Effect]:
        """End all sessions and withdraw all routes."""
        return []

    def configure(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """Take over a changed configuration; `around.config` is the new one already."""
        return []

    def receive(self, segment: Tcp, src: IPv4Address, dst: IPv4Address, now: float) -> list[Effect]:
        """Take a TCP segment from or to port 179."""
        return []

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        return []

    def routes_changed(self, now: float) -> list[Effect]:
        """Look again at next hops and `network` lines after the routing table changed."""
        return []

    def clear_neighbors(self, now: float, address: IPv4Address | None = None) -> list[Effect]:
        """Reset all sessions or one (`clear ip bgp *`)."""
        return []
