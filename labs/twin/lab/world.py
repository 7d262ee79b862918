"""The network of a lab with the consoles of its routers: built, kept, restored."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import Any

from labs.topology import LAB_PASSWORD, LabSpec, Link, TopologyError
from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.image import ImageProfile, image_for
from labs.twin.network import Network
from labs.twin.network.wiring import leases, wires
from labs.twin.server.ssh import Shell

PRIVILEGED = 15
FORM = 3
"""Of a saved network; one of another form is not read."""


@dataclass(slots=True)
class World:
    """A network and the operator's side of each router."""

    network: Network
    consoles: dict[str, Console]
    guests: Mapping[str, str] = field(default_factory=dict)
    """Users of the lab itself, with their passwords: no configuration knows them."""

    @property
    def now(self) -> float:
        """Give the virtual time."""
        return self.network.now

    @property
    def hosts(self) -> dict[str, "ConsoleHost"]:
        """Give each router as its SSH server sees it."""
        return {name: ConsoleHost(console, self.guests) for name, console in self.consoles.items()}

    def next_event(self) -> float | None:
        """Tell when something happens next."""
        return self.network.next_event()

    def run_until(self, t: float) -> None:
        """Run all events up to t."""
        self.network.run_until(t)


class ConsoleHost:
    """A router, as its SSH server sees it."""

    def __init__(self, console: Console, guests: Mapping[str, str] | None = None) -> None:
        self.console = console
        self.guests = guests or {}
        self.name = console.name

    def privilege(self, user: str, password: str) -> int | None:
        """Check a login."""
        if user in self.guests and compare_digest(
            self.guests[user].encode(), password.encode("utf-8", "replace")
        ):
            return PRIVILEGED
        return self.console.authenticate(user, password)

    def privilege_of(self, user: str) -> int | None:
        """Give the level of a user, None if there is no such user."""
        known = self.console.network.routers[self.name].config.users.get(user)
        if known is None:
            return PRIVILEGED if user in self.guests else None
        return known.privilege

    def open(self, user: str, privilege: int, peer: str, *, paged: bool) -> Shell:
        """Start a command line."""
        return self.console.open(user, privilege, peer, length=None if paged else 0)

    def hang_up(self, shell: Shell) -> None:
        """End a command line whose connection is gone."""
        if isinstance(shell, Session):
            self.console.close(shell)

    def receive_file(self, target: str, content: bytes, privilege: int) -> str | None:
        """Store a copied file, or say why not."""
        if privilege < PRIVILEGED:
            return "Privilege denied."
        return self.console.receive_file(target, content)

    def send_file(self, url: str, privilege: int) -> bytes | str:
        """Give a file to be copied, or say why not."""
        if privilege < PRIVILEGED:
            return "Privilege denied."
        return self.console.send_file(url)

    def sessions(self) -> list[dict[str, Any]]:
        """List the open sessions."""
        return [
            {"router": self.name, "user": s.user, "line": s.line, "source": s.source}
            for s in self.console.sessions
        ]


def build(spec: LabSpec, password: str) -> World:
    """Boot the network of a lab.

    Raises:
        TopologyError: A link names what is not there.
    """
    network = Network(spec.seed)
    consoles = {}
    for node in spec.nodes:
        text = node.config.replace(LAB_PASSWORD, password)
        console = Console.boot(network, node.name, text, image_of_node(text, node.image))
        # As saved by the router: a secret given in clear does not stay so.
        console.storage.startup = console.storage.running_text()
        consoles[node.name] = console
    links = spec.links or links_of(network)
    for link in links:
        _check(network, link)
        network.connect_segment(link.ends)
    configs = {name: router.config for name, router in network.routers.items()}
    for end, lease in leases(configs, (link.ends for link in links)).items():
        network.lease(end, lease)
    return World(network, consoles)


def guests_of(spec: LabSpec, password: str) -> dict[str, str]:
    """Give the users of a lab; the mark stands for its generated password."""
    return {name: said.replace(LAB_PASSWORD, password) for name, said in spec.users.items()}


def image_of_node(text: str, image: str | None) -> ImageProfile | None:
    """Pick an image: a `version` line comes first (None), else the one given, else the newest."""
    said = any(line.startswith("version ") for line in text.splitlines())
    return None if said or image is None else image_for(image)


def _check(network: Network, link: Link) -> None:
    for name, interface in link.ends:
        router = network.routers.get(name)
        if router is None or interface not in router.config.interfaces:
            raise TopologyError(f"link to {name} {interface}: there is no such interface")


def links_of(network: Network) -> tuple[Link, ...]:
    """Give the segments that the addresses of the interfaces tell."""
    configs = {name: router.config for name, router in network.routers.items()}
    return tuple(Link(ends=ends) for ends in wires(configs) if len(ends) > 1)


def keep(place: Path, spec: LabSpec, world: World) -> None:
    """Write a network and what its routers stored; open sessions are left out."""
    plain = {"form": FORM, "spec": spec, "network": world.network}
    temporary = place.with_name(place.name + ".new")
    temporary.touch(mode=0o600)
    temporary.write_bytes(pickle.dumps(plain))
    temporary.replace(place)


def restore(place: Path, spec: LabSpec) -> World | None:
    """Read what `keep` wrote; None if there is nothing, or it is of another lab."""
    if not place.exists():
        return None
    # Our own file in our own folder of mode 0700.
    plain: Mapping[str, Any] = pickle.loads(place.read_bytes())  # noqa: S301
    if plain.get("form") != FORM or plain["spec"] != spec:
        return None
    network: Network = plain["network"]
    consoles = {c.name: c for c in network.operators.values() if isinstance(c, Console)}
    return World(network, consoles)
