"""The IKEv2 and IPsec machine of one router (skeleton of the public surface)."""

from ipaddress import IPv4Address

from labs.twin.chance import Chance
from labs.twin.crypto.values import ChildSa, CryptoSession, CryptoSocket, IkeSa
from labs.twin.device import DeviceConfig
from labs.twin.effects import Effect, Surroundings
from labs.twin.packet import Esp, Gre, Ike


class CryptoMachine:
    """Negotiates and keeps the security associations of a router."""

    def __init__(self, around: Surroundings, chance: Chance) -> None:
        self.around = around
        self.chance = chance
        self.sas: dict[int, IkeSa] = {}
        self.sockets: dict[tuple[str, IPv4Address], CryptoSocket] = {}
        self.children: dict[int, ChildSa] = {}

    def configure(self, old: DeviceConfig, new: DeviceConfig, now: float) -> list[Effect]:
        """Take over changed crypto objects."""
        return []

    def open_socket(self, tunnel: str, nbma: IPv4Address, now: float) -> list[Effect]:
        """Ask for a protected path."""
        return []

    def close_socket(self, tunnel: str, nbma: IPv4Address, now: float) -> list[Effect]:
        """Give a protected path up."""
        return []

    def close_tunnel(self, tunnel: str, now: float) -> list[Effect]:
        """Give up all paths of a tunnel."""
        return []

    def clear(self, now: float, peer: IPv4Address | None = None) -> list[Effect]:
        """Delete all SAs, or those with one peer (`clear crypto session`)."""
        return []

    def receive(
        self, ike: Ike, src: IPv4Address, dst: IPv4Address, vrf: str, now: float
    ) -> list[Effect]:
        """Take an IKE packet."""
        return []

    def on_timer(self, kind: str, key: str, now: float) -> list[Effect]:
        """Take an expired timer."""
        return []

    def protect(
        self, tunnel: str, nbma: IPv4Address, payload: Gre, now: float
    ) -> tuple[Esp | None, list[Effect]]:
        """Encrypt; None when there is no SA (negotiation is started)."""
        return None, []

    def unprotect(self, esp: Esp, src: IPv4Address, now: float) -> tuple[Gre | None, str]:
        """Decrypt: (payload, tunnel); None with an unknown SPI."""
        return None, ""

    def layer(self, tunnel: str, nbma: IPv4Address) -> str | None:
        """Name the layer that is not done, for the State of `show dmvpn`: IKE, IPSEC or None."""
        return None

    def sessions(self) -> tuple[CryptoSession, ...]:
        """List the blocks of `show crypto session`."""
        return ()
