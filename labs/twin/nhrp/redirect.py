"""Redirect: telling the previous tunnel hop that there is a better way.

Theory of operation (reference/PHASES.md section 5, steps 1 and 2): a packet that came in by one
tunnel and leaves by another (or the same) of the same NHRP network-id goes out as usual, and the
tunnel it came by sends a traffic indication (type 8) with the packet to the NBMA address it came
from. One indication per sender and destination in the redirect interval.
"""

from labs.twin.addresses import Address
from labs.twin.effects import Effect
from labs.twin.nhrp.endpoint import NO_REQUEST, Endpoint
from labs.twin.packet import Nhrp, NhrpType, Packet

# `ip nhrp redirect timeout`: not configurable in the twin; the expiry of the published
# `show ip nhrp redirect` samples counts down from below ten seconds [K].
REDIRECT_INTERVAL_S = 8.0


class Redirector:
    """Sends traffic indications, at a bounded rate."""

    def __init__(self, end: Endpoint) -> None:
        self.end = end
        self.armed = False
        self.sent: dict[tuple[Address, Address], float] = {}
        """(NBMA address, destination) -> time of the last indication."""

    def forwarded(
        self, packet: Packet, nbma: Address, tunnels: tuple[str, str], now: float
    ) -> list[Effect]:
        """Take a transit packet and the tunnels it came by and left by."""
        if not self._same_domain(*tunnels):
            return []
        self.sent = {k: at for k, at in self.sent.items() if now - at < REDIRECT_INTERVAL_S}
        if (nbma, packet.dst) in self.sent:
            self.end.counters.redirects_suppressed += 1
            return []
        self.sent[nbma, packet.dst] = now
        return self.end.send(nbma, self._indication(packet))

    def _same_domain(self, came_by: str, left_by: str) -> bool:
        ids = []
        for name in (came_by, left_by):
            interface = self.end.around.config.interfaces.get(name)
            nhrp = interface.nhrp_of(self.end.family) if interface is not None else None
            ids.append(nhrp.network_id if nhrp is not None else None)
        return ids[0] is not None and ids[0] == ids[1]

    def _indication(self, packet: Packet) -> Nhrp:
        return self.end.compose(
            NhrpType.TRAFFIC_INDICATION,
            packet.src,
            NO_REQUEST,
            data=packet,
        )
