"""Networks of configuration texts with a console on each router, for tests of whole networks."""

from collections.abc import Mapping

from labs.twin.cli import Console, Session
from labs.twin.network import Network

WAN = "GigabitEthernet0/0"


def booted(
    configs: Mapping[str, str], *, segment: tuple[str, ...] = (), run_s: float = 60.0
) -> Network:
    """Boot configurations; the WAN ports of the routers (or of those named) share a segment."""
    network = Network(1)
    for name, text in configs.items():
        Console.boot(network, name, text)
    network.connect_segment((name, WAN) for name in segment or tuple(configs))
    network.run_for(run_s)
    return network


def session(network: Network, router: str) -> Session:
    """Open an enabled session without paging."""
    console = network.operators[f"console {router}"]
    assert isinstance(console, Console)
    return console.open("u", 15, length=0)


def typed(network: Network, router: str, *lines: str) -> str:
    """Type lines on a router; give what the last one prints."""
    terminal = session(network, router)
    return [terminal.execute(line) for line in lines][-1]
