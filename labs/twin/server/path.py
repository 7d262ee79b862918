"""Management sessions that cross the simulated network.

A session attached `via ADDRESS` reaches its router only while the network carries packets
between the station and the router, both ways; else its bytes wait and are sent again, like the
segments of a TCP connection, and in the end the connection is given up.
"""

from collections import deque
from collections.abc import Callable
from ipaddress import IPv4Address

from labs.topology import Attachment
from labs.twin.device import GLOBAL_VRF, InterfaceConfig
from labs.twin.network import Network
from labs.twin.packet import Packet, Tcp

SSH_PORT = 22
STATION_PORT = 50022
FIRST_RETRY_S = 1.0
"""RFC 6298 section 2: the first retransmission time-out is at least one second ..."""
LONGEST_RETRY_S = 60.0
"""... section 5.5: it doubles each time, section 2.5: up to at least 60 seconds."""
GIVE_UP_S = 180.0
"""RFC 9293 section 3.8.3 wants at least 100 s before a connection is aborted; this is virtual."""
MINIMUM_PACKET = 40


class Stream:
    """One direction of a connection: bytes that wait until the path passes packets."""

    def __init__(self, passes: Callable[[int], bool], deliver: Callable[[bytes], None]) -> None:
        self._passes = passes
        self._deliver = deliver
        self._waiting: deque[bytes] = deque()
        self._retry_s = FIRST_RETRY_S
        self._stalled_at: float | None = None
        self.due: float | None = None
        """When the first waiting chunk is sent again; None while nothing waits."""
        self.dead = False

    def offer(self, data: bytes, now: float) -> None:
        """Send bytes, behind those that wait."""
        self._waiting.append(data)
        if self.due is None:
            self._try(now)

    def advance(self, now: float) -> None:
        """Send waiting bytes again when it is time."""
        if self.due is not None and now >= self.due:
            self._try(now)

    def _try(self, now: float) -> None:
        while self._waiting and not self.dead:
            if not self._passes(MINIMUM_PACKET + len(self._waiting[0])):
                self._stall(now)
                return
            self._retry_s, self._stalled_at = FIRST_RETRY_S, None
            self._deliver(self._waiting.popleft())
        self.due = None

    def _stall(self, now: float) -> None:
        if self._stalled_at is None:
            self._stalled_at = now
        self.dead = now - self._stalled_at >= GIVE_UP_S
        self.due = None if self.dead else now + self._retry_s
        self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)


class NetworkPath:
    """Whether the simulated network carries packets between a station and a router."""

    def __init__(self, network: Network, router: str, attachment: Attachment) -> None:
        self._network = network
        self._router = router
        self._attachment = attachment

    def inbound(self, size: int) -> bool:
        """Tell whether a packet of the station reaches the router now."""
        return self._attachment.source is None or self._passes(size, inbound=True)

    def outbound(self, size: int) -> bool:
        """Tell whether a packet of the router reaches the station now."""
        return self._attachment.source is None or self._passes(size, inbound=False)

    def _passes(self, size: int, *, inbound: bool) -> bool:
        source, near, far = self._attachment.source, self._inside(), self._gateway()
        if source is None or near is None or far is None:
            return False
        gateway, lan, lan_vrf = far
        address, vrf = near
        if inbound:
            packet = _segment(source, address, STATION_PORT, SSH_PORT, size)
            return self._network.walk(gateway, packet, lan_vrf).arrived
        # The station is no router of the network: what reaches its gateway reaches it.
        packet = _segment(address, lan, SSH_PORT, STATION_PORT, size)
        return self._network.walk(self._router, packet, vrf).arrived

    def _gateway(self) -> tuple[str, IPv4Address, str] | None:
        """Give the router whose live LAN the station is on, its address there, and the VRF."""
        for name, router in self._network.routers.items():
            for interface in router.config.interfaces.values():
                address = interface.address
                up = router.interface_state(interface.name)[1] == "up"
                if address is not None and up and self._holds_station(interface):
                    return name, address.ip, interface.vrf
        return None

    def _holds_station(self, interface: InterfaceConfig) -> bool:
        if interface.address is None or interface.tunnel is not None:
            return False
        return self._attachment.source in interface.address.network

    def _inside(self) -> tuple[IPv4Address, str] | None:
        """Give the address that sessions use, and its VRF.

        It is the one given, else a loopback's, else the last LAN's.
        """
        interfaces = [
            (interface.address.ip, interface)
            for interface in self._network.routers[self._router].config.interfaces.values()
            if interface.address is not None
        ]
        wanted = self._attachment.destination
        if wanted is not None:
            vrfs = [interface.vrf for address, interface in interfaces if address == wanted]
            return wanted, (vrfs[0] if vrfs else GLOBAL_VRF)
        solid = [(address, i) for address, i in interfaces if i.tunnel is None]
        loopbacks = [(address, i) for address, i in solid if i.name.startswith("Loopback")]
        for address, interface in loopbacks[:1] + solid[-1:]:
            return address, interface.vrf
        return None


def _segment(
    source: IPv4Address, destination: IPv4Address, source_port: int, port: int, size: int
) -> Packet:
    content = Tcp(source_port=source_port, port=port, flags=frozenset({"ack"}))
    return Packet(src=source, dst=destination, payload=content, size=min(size, 1500))
