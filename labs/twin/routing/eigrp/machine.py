"""The EIGRP machine of one autonomous system (skeleton of the public surface)."""

from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import DeviceConfig
from labs.twin.effects import Effect, Surroundings
from labs.twin.packet import Eigrp
from labs.twin.routing.eigrp.values import EigrpCounters, EigrpNeighbor, EigrpTopologyEntry


class EigrpMachine:
    """Neighbours, DUAL and advertisements of one autonomous system."""

    def __init__(self, asn: int, around: Surroundings) -> None:
        self.asn = asn
        self.around = around
        self.running = False
        self.neighbors: dict[tuple[str, IPv4Address], EigrpNeighbor] = {}
        self.topology: dict[IPv4Network, EigrpTopologyEntry] = {}
        self.counters = EigrpCounters()

    @property
    def router_id(self) -> IPv4Address:
        """Give the router id: configured, else highest loopback, else highest address."""
        return IPv4Address(0)

    def start(self, now: float) -> list[Effect]:
        """Begin to speak on every interface a `network` line covers."""
        return []

    def stop(self, now: float) -> list[Effect]:
        """Say goodbye and withdraw all routes."""
        return []

    def configure(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """Take over a changed configuration; `around.config` is the new one already."""
        return []

    def receive(self, message: Eigrp, src: IPv4Address, interface: str, now: float) -> list[Effect]:
        """Take an EIGRP packet."""
        return []

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        return []

    def interface_changed(self, name: str, up: bool, now: float) -> list[Effect]:  # noqa: FBT001
        """Take a change of an interface's line protocol."""
        return []

    def routes_changed(self, now: float) -> list[Effect]:
        """Look again at redistributed routes."""
        return []

    def clear_neighbors(self, now: float) -> list[Effect]:
        """Drop all neighbours (`clear ip eigrp neighbors`)."""
        return []
