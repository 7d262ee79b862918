"""Redirect: telling the previous tunnel hop that there is a better way.

Theory of operation (reference/PHASES.md section 5, steps 1 and 2): a packet that came in by one
tunnel and leaves by another (or the same) of the same NHRP network-id goes out as usual, and the
tunnel it came by sends a traffic indication (type 8) with the packet to the NBMA address it came
from. One indication per sender and destination in `ip nhrp redirect timeout` (8 s unless said
[K]); the others are counted as suppressed.
"""

from labs.twin.addresses import Address
from labs.twin.effects import Effect
from labs.twin.nhrp.endpoint import NO_REQUEST, Endpoint
from labs.twin.packet import Nhrp, NhrpType, Packet

MANY = 64
"""Indications remembered before old ones are looked for: looking costs more than keeping."""


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
        if not all(map(self.end.joins, tunnels)):
            return []
        key, interval_s = (nbma, packet.dst), self.end.nhrp.redirect_timeout_s
        last = self.sent.pop(key, None)
        if last is not None and now - last < interval_s:
            self.sent[key] = last
            self.end.counters.redirects_suppressed += 1
            return []
        self._forget_before(now - interval_s)
        self.sent[key] = now
        return self.end.send(nbma, self._indication(packet))

    def _forget_before(self, moment: float) -> None:
        """Forget indications that suppress nothing any more."""
        if len(self.sent) > MANY:
            self.sent = {key: at for key, at in self.sent.items() if at > moment}

    def _indication(self, packet: Packet) -> Nhrp:
        return self.end.compose(
            NhrpType.TRAFFIC_INDICATION,
            packet.src,
            NO_REQUEST,
            data=packet,
        )
