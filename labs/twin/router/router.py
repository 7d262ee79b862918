"""A router: hosts the protocol machines and moves packets (skeleton of the public surface)."""

from ipaddress import IPv4Address, IPv4Network

from labs.twin.chance import Chance, seed_of
from labs.twin.clock import Clock
from labs.twin.crypto import CryptoMachine
from labs.twin.device import DeviceConfig
from labs.twin.effects import RouteEntry, Via
from labs.twin.nhrp.machine import NhrpMachine
from labs.twin.rib import Rib
from labs.twin.router.ports import Port


class Router:
    """One virtual router."""

    def __init__(self, name: str, config: DeviceConfig, clock: Clock, seed: int = 0) -> None:
        self.name = name
        self.config = config
        self.image = config.image
        self.clock = clock
        self.booted = clock.now
        self.ports: dict[str, Port] = {}
        self.rib: dict[str, Rib] = {"": Rib()}
        self.nhrp: dict[str, NhrpMachine] = {}
        self.crypto = CryptoMachine(self, Chance(seed_of(seed, name)))
        self.log: list[tuple[float, str]] = []

    def configure(self, config: DeviceConfig, now: float) -> None:
        """Take over a configuration; only what changed is disturbed."""
        self.config = config

    def interface_state(self, name: str) -> tuple[str, str]:
        """Give (interface, line protocol) as printed, e.g. ("up", "down")."""
        port = self.ports.get(name)
        return port.state if port else ("down", "down")

    def lookup(self, address: IPv4Address, vrf: str = "", *, nhrp: bool = True) -> Via | None:
        """Longest match, recursion done."""
        table = self.rib.get(vrf)
        return table.via(address, nhrp=nhrp) if table else None

    def route_covers(self, network: IPv4Network, vrf: str = "") -> bool:
        """Tell whether a non-NHRP route with exactly this prefix is in the table."""
        return False

    def interface_up(self, name: str) -> bool:
        """Tell whether the line protocol of an interface is up."""
        port = self.ports.get(name)
        return port is not None and port.line

    def nbma_source(self, tunnel: str) -> IPv4Address | None:
        """Give the address a tunnel sends from."""
        port = self.ports.get(tunnel)
        return port.source if port else None

    def socket_up(self, tunnel: str, nbma: IPv4Address) -> bool:
        """Tell whether packets to a peer can be sent protected (always True unprotected)."""
        return True

    def routes(self, vrf: str = "") -> tuple[RouteEntry, ...]:
        """Give the best routes in the table."""
        table = self.rib.get(vrf)
        return table.entries() if table else ()
