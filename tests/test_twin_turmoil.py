"""Whatever is done to a cloud, it comes back when the configurations and cables do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from test_twin_nhrp_hierarchy import tiers
from twin_cases import (
    ASN,
    HUB_NBMA,
    LAN,
    TUNNEL,
    WAN,
    addr,
    cloud,
    config_of,
    crypto,
    outcomes,
    path,
    ping,
    registered,
    spoke_tunnel,
    trace,
    with_interface,
    with_nhrp,
    with_tunnel,
)
from twin_consoles import typed

from labs.twin.chance import Chance
from labs.twin.device import DeviceConfig, TunnelMode
from labs.twin.network import Network

ROUTERS = ("hub1", "spoke1", "spoke2", "spoke3")
PAUSES = (0.001, 0.01, 0.5, 3.0, 20.0, 100.0)
T = TypeVar("T")


def without_tunnel(config: DeviceConfig) -> DeviceConfig:
    return replace(config, interfaces={n: i for n, i in config.interfaces.items() if n != TUNNEL})


CHANGES: tuple[Callable[[DeviceConfig], DeviceConfig], ...] = (
    lambda c: with_tunnel(c, ipsec_profile=None),
    lambda c: with_tunnel(c, key=9),
    lambda c: with_tunnel(c, mode=TunnelMode.GRE_IP, destination=addr(HUB_NBMA)),
    lambda c: with_nhrp(c, network_id=None),
    lambda c: with_nhrp(c, authentication="other"),
    lambda c: with_interface(c, TUNNEL, shutdown=True),
    lambda c: with_interface(c, WAN, shutdown=True),
    lambda c: replace(c, crypto=crypto(key="other")),
    lambda c: replace(c, eigrp=()),
    lambda c: replace(c, static_routes=()),
    without_tunnel,
)


def pick(chance: Chance, items: Sequence[T]) -> T:
    return items[chance.number() % len(items)]


def disturb(network: Network, chance: Chance, good: dict[str, DeviceConfig]) -> None:
    """Do one thing to one router."""
    name = pick(chance, ROUTERS)
    match chance.number() % 8:
        case 0:
            network.set_link((name, WAN), up=False)
        case 1:
            network.set_link((name, WAN), up=True)
        case 2:
            network.restart(name, good[name])
        case 3:
            network.clear_nhrp(
                name, shortcuts=bool(chance.number() % 2), static=bool(chance.number() % 2)
            )
        case 4:
            network.clear_crypto(name)
        case 5:
            network.set_loss((name, WAN), pick(chance, (0.0, 0.3, 0.8)))
        case _ if TUNNEL in config_of(network, name).interfaces:
            network.configure(name, pick(chance, CHANGES)(config_of(network, name)))
        case _:
            network.configure(name, good[name])


@pytest.mark.parametrize("seed", range(12))
def test_a_cloud_recovers_from_anything(seed: int) -> None:
    chance = Chance(seed)
    network = cloud(protected=bool(seed % 3), seed=seed)
    good = {name: config_of(network, name) for name in ROUTERS}
    for _ in range(10):
        network.run_for(pick(chance, PAUSES))
        disturb(network, chance, good)
    for name in ROUTERS:
        network.set_link((name, WAN), up=True)
        network.set_loss((name, WAN), 0.0)
        network.configure(name, good[name])
    network.run_for(400.0)
    assert registered(network) == {spoke_tunnel(n) for n in (1, 2, 3)}
    assert len(network.routers["hub1"].eigrp[ASN].neighbors) == 3
    for source, target in ((1, 2), (2, 3), (3, 1)):
        ping(network, f"spoke{source}", f"10.1.{target}.1", source=LAN)
        network.run_for(2.0)
        job = ping(network, f"spoke{source}", f"10.1.{target}.1", source=LAN)
        assert outcomes(job) == "!!!!!"


TIERS = ("central", "hub1", "hub2", "spoke10", "spoke11", "spoke20", "spoke21")
TYPED = (
    ("interface Tunnel0", "shutdown"),
    ("interface Tunnel0", "no ip nhrp network-id"),
    ("interface Tunnel0", "ip nhrp authentication other"),
    ("interface Tunnel0", "ip nhrp holdtime 60"),
    ("interface Tunnel0", "ip nhrp nhs cluster 0 max-connections 0"),
    ("interface Tunnel0", "ip nhrp max-send 1 every 60"),
    ("interface Tunnel0", "ip nhrp server-only"),
    ("interface Tunnel0", "no ip nhrp record"),
    ("interface Tunnel0", "if-state nhrp"),
    ("no ip route 172.16.0.0 255.255.0.0",),
)


@pytest.mark.parametrize("seed", range(8))
def test_tiers_recover_from_anything(seed: int) -> None:
    chance = Chance(seed)
    network = tiers(protected=bool(seed % 2))
    good = {name: network.routers[name].config for name in TIERS}
    for _ in range(14):
        network.run_for(pick(chance, PAUSES))
        name = pick(chance, TIERS)
        match chance.number() % 6:
            case 0:
                network.set_link((name, "GigabitEthernet0/0"), up=bool(chance.number() % 2))
            case 1:
                network.clear_nhrp(name, static=bool(chance.number() % 2))
            case 2:
                network.clear_crypto(name)
            case 3:
                ping(network, "spoke10", "172.16.21.1", source="Loopback0")
            case 4:
                network.set_loss((name, "GigabitEthernet0/0"), pick(chance, (0.0, 0.5)))
            case _:
                typed(network, name, "configure terminal", *pick(chance, TYPED), "end")
    for name in TIERS:
        network.set_link((name, "GigabitEthernet0/0"), up=True)
        network.set_loss((name, "GigabitEthernet0/0"), 0.0)
        network.configure(name, good[name])
    for name in ("central", "hub1", "hub2"):
        # dead since the network-id was taken away, until it is typed again (FAULT_SWEEP T1)
        typed(network, name, "configure terminal", "interface Tunnel0", "ip nhrp redirect", "end")
    network.run_for(200.0)
    for source, target in (("spoke10", "172.16.21.1"), ("spoke20", "172.16.11.1")):
        ping(network, source, target, source="Loopback0")
        network.run_for(3.0)
        assert len(path(trace(network, source, target, source="Loopback0"))) == 1
