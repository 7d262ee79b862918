"""Small networks of routers that are configured by text, and what they print."""

from typing import Any, cast

from labs.twin.grammar import Grammar
from labs.twin.image import IMAGES
from labs.twin.intake import boot
from labs.twin.network import Network
from labs.twin.show import SHOW, View

COMMANDS = Grammar(SHOW.items())


def network(*, version: str = "15.7", **texts: str) -> Network:
    """Boot routers; ends of one subnet in the global table or one VRF are wired together."""
    made = Network()
    ends: dict[object, list[tuple[str, str]]] = {}
    for name, text in texts.items():
        booted = boot(text, IMAGES[version])
        assert booted.unknown == (), booted.unknown
        made.add_router(name, booted.config)
        for interface in booted.config.interfaces.values():
            if interface.name.startswith("Gig") and interface.address is not None:
                ends.setdefault(interface.address.network, []).append((name, interface.name))
    for members in ends.values():
        made.connect_segment(members)
    return made


def run(made: Network, seconds: float = 30.0) -> Network:
    """Let time pass."""
    made.run_until(made.now + seconds)
    return made


def configure(made: Network, name: str, text: str, version: str = "15.7") -> None:
    """Give a router another configuration."""
    booted = boot(text, IMAGES[version])
    assert booted.unknown == (), booted.unknown
    made.configure(name, booted.config)


def show(made: Network, name: str, command: str) -> str:
    """Print a show command."""
    match = COMMANDS.match(command)
    view = View(
        router=made.routers[name],
        network=made,
        storage=cast("Any", None),
        now=made.now,
        session=cast("Any", None),
    )
    return match.row(view, match.args)


def rows(made: Network, name: str, source: str = "eigrp", vrf: str = "") -> dict[str, list[str]]:
    """Give the routes of a protocol: `[90/3072] via 10.0.0.2` by prefix."""
    return {
        str(route.network): [
            f"[{path.distance}/{path.metric}] via {path.next_hop or path.interface}"
            for path in route.paths
        ]
        for route in made.routers[name].rib[vrf].routes()
        if route.source == source
    }


def logged(made: Network, name: str, mark: str = "NBRCHANGE") -> list[str]:
    """Give the ends of the log lines that hold a mark."""
    return [text.rpartition(") ")[2] for _, text in made.routers[name].log if mark in text]
