"""A fork of a network: complete, independent, and quick because values are shared."""

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from twin_cases import LAN, TUNNEL, WAN, addr, cloud, ping, reflected
from twin_states import described, frozen, parts

from labs.topology import LabSpec, Node
from labs.twin.cli.console import Console
from labs.twin.device import DeviceConfig
from labs.twin.fork import fork
from labs.twin.lab.world import build
from labs.twin.network import Network

HOUR_S = 3600.0
CONFIG = """\
hostname {name}
interface GigabitEthernet2
 ip address 192.0.2.{number} 255.255.255.0
router eigrp 100
 network 192.0.2.0
"""


def bgp_cloud() -> Network:
    network = cloud(protected=False)
    reflected(network)
    return network


CLOUDS: tuple[Callable[[], Network], ...] = (
    cloud,
    lambda: cloud(protected=False, summary=None),
    bgp_cloud,
)


def below_values(state: Any) -> set[int]:
    """Give what hangs below frozen values: the dictionaries of a configuration, its lines."""
    found: set[int] = set()
    for _, item in parts(state, {}):
        if frozen(item) and not isinstance(item, tuple):
            found |= {id(inner) for _, inner in parts(item, {})}
    return found


@pytest.mark.parametrize("make", CLOUDS)
def test_a_fork_shares_nothing_that_changes(make: Callable[[], Network]) -> None:
    network = make()
    network.run_for(60.0)
    twin = network.fork()
    mine = {id(item): path for path, item in parts(network, {})}
    values = below_values(network)
    shared = {
        mine[id(item)]
        for _, item in parts(twin, {})
        if id(item) in mine and id(item) not in values and not frozen(item)
    }
    assert shared == set()
    assert twin.routers["hub1"].config is network.routers["hub1"].config


@pytest.mark.parametrize("make", CLOUDS)
def test_a_fork_run_for_an_hour_is_its_origin_run_for_an_hour(
    make: Callable[[], Network],
) -> None:
    network = make()
    network.run_for(60.0)
    before = pickle.dumps(network)
    twin = network.fork()
    ping(twin, "spoke1", "10.1.2.1", source=LAN)
    twin.run_for(HOUR_S)
    assert pickle.dumps(network) == before
    ping(network, "spoke1", "10.1.2.1", source=LAN)
    network.run_for(HOUR_S)
    assert described(network) == described(twin)
    assert twin.routers["spoke1"].nhrp[TUNNEL].cache.keys() == (
        network.routers["spoke1"].nhrp[TUNNEL].cache.keys()
    )


def test_what_is_done_to_a_fork_is_not_done_to_its_origin() -> None:
    network = cloud()
    network.run_for(60.0)
    before = pickle.dumps(network)
    twin = network.fork()
    twin.set_link(("hub1", WAN), up=False)
    twin.set_loss(("spoke1", WAN), 0.5)
    twin.configure("spoke2", DeviceConfig(image=network.routers["spoke2"].image))
    twin.clear_nhrp("spoke3")
    twin.remove("spoke1")
    twin.run_for(300.0)
    assert pickle.dumps(network) == before


def test_the_operators_side_is_forked_with_the_network() -> None:
    nodes = tuple(
        Node(name=f"r{number}", config=CONFIG.format(name=f"r{number}", number=number))
        for number in (1, 2)
    )
    network = build(LabSpec(name="pair", nodes=nodes), "").network
    twin = network.fork()
    console = twin.operators["console r1"]
    assert isinstance(console, Console)
    assert console.network is twin
    session = console.open("admin", 15)
    for line in ("configure terminal", "hostname changed", "end"):
        session.execute(line)
    assert twin.routers["r1"].config.hostname == "changed"
    assert network.routers["r1"].config.hostname == "r1"
    mine = network.operators["console r1"]
    assert isinstance(mine, Console)
    assert "hostname r1" in mine.storage.running_text()


@dataclass(slots=True)
class Thing:
    """Mutable state for the tests below."""

    name: str
    others: list["Thing"] = field(default_factory=list)


def test_what_is_reached_twice_is_copied_once() -> None:
    thing = Thing("a")
    thing.others += [thing, thing]
    twin = fork({"x": thing, "y": (thing, 1)})
    assert twin["x"] is not thing
    assert twin["x"] is twin["y"][0]  # type: ignore[index]
    assert twin["x"].others == [twin["x"], twin["x"]]  # type: ignore[union-attr]


def test_an_address_is_shared() -> None:
    address = addr("192.0.2.1")
    assert fork([address])[0] is address


class Loose(Thing):
    """Has slots, and a dictionary beside them."""


@pytest.mark.parametrize("stranger", [Loose("x"), iter([]), "".join, bytearray(b"x"), object()])
def test_what_nobody_knows_how_to_copy_is_an_error(stranger: object) -> None:
    with pytest.raises(TypeError, match=type(stranger).__qualname__):
        fork({"state": [stranger]})
