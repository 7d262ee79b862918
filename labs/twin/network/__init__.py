"""The simulated network: routers, wires, and the clock that drives them."""

from labs.twin.network.network import Network
from labs.twin.network.probes import (
    Hop,
    Outcome,
    PingJob,
    PingSpec,
    ProbeResult,
    TraceJob,
    TraceSpec,
    Walk,
)

__all__ = [
    "Hop",
    "Network",
    "Outcome",
    "PingJob",
    "PingSpec",
    "ProbeResult",
    "TraceJob",
    "TraceSpec",
    "Walk",
]
