"""Routers, wires, and the clock that drives them (skeleton of the public surface)."""

from collections.abc import Iterable

from labs.twin.clock import Clock
from labs.twin.device import DeviceConfig
from labs.twin.network.probes import PingJob, PingSpec, TraceJob, TraceSpec, Walk
from labs.twin.packet import Packet
from labs.twin.router import Router


class Network:
    """A whole network: state as plain values, so that it can be copied."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.clock = Clock()
        self.routers: dict[str, Router] = {}

    @property
    def now(self) -> float:
        """Give the virtual time in seconds."""
        return self.clock.now

    def add_router(self, name: str, config: DeviceConfig) -> Router:
        """Boot a router with a configuration."""
        router = Router(name, config, self.clock, self.seed)
        self.routers[name] = router
        return router

    def restart(self, name: str, config: DeviceConfig) -> None:
        """Power-cycle a router: all its state is lost, it boots with a configuration."""
        raise NotImplementedError

    def connect(
        self, a: tuple[str, str], b: tuple[str, str], *, latency_s: float = 0.001, loss: float = 0.0
    ) -> None:
        """Put a wire between two (router, interface) ends."""
        self.connect_segment((a, b), latency_s=latency_s, loss=loss)

    def connect_segment(
        self,
        ends: Iterable[tuple[str, str]],
        *,
        latency_s: float = 0.001,
        loss: float = 0.0,
    ) -> None:
        """Put any number of ends on one segment (a switch)."""
        raise NotImplementedError

    def set_link(self, end: tuple[str, str], *, up: bool) -> None:
        """Cut or mend the wire an end is plugged into."""
        raise NotImplementedError

    def configure(self, router: str, config: DeviceConfig) -> None:
        """Give a router another configuration now."""
        raise NotImplementedError

    def clear_nhrp(self, router: str, *, shortcuts: bool = False) -> None:
        """Do `clear ip nhrp [shortcut]`."""
        raise NotImplementedError

    def clear_crypto(self, router: str) -> None:
        """Do `clear crypto session`."""
        raise NotImplementedError

    def next_event(self) -> float | None:
        """Tell when the next thing happens."""
        return self.clock.next_at()

    def run_until(self, t: float) -> None:
        """Let everything due up to `t` happen."""
        raise NotImplementedError

    def run_for(self, s: float) -> None:
        """Let `s` seconds pass."""
        self.run_until(self.now + s)

    def start_ping(self, router: str, spec: PingSpec) -> PingJob:
        """Start a ping; it runs as virtual time passes."""
        raise NotImplementedError

    def start_traceroute(self, router: str, spec: TraceSpec) -> TraceJob:
        """Start a traceroute; it runs as virtual time passes."""
        raise NotImplementedError

    def walk(self, router: str, packet: Packet) -> Walk:
        """Look at once where a packet would go, changing nothing."""
        raise NotImplementedError
