"""What the twin shows, read back: parse(show(state)) = state.

The twin and the parsers share no code, so an agreement means something; texts of the twin are no
goldens (those are written in the forms that captures show).
"""

from types import SimpleNamespace

import pytest
from twin_cases import cloud, ping
from twin_screens import show as typed

from labs.twin.network import Network
from labs.twin.show import View
from labs.twin.storage import Storage
from parsers import parse, parse_as
from parsers.records import (
    CryptoSession,
    DmvpnPeer,
    EigrpNeighbor,
    Interface,
    IpsecPeer,
    LogMessage,
    NhrpEntry,
    NhrpServer,
    Route,
)

TUNNEL = "Tunnel100"
ROUTERS = ("hub1", "spoke1", "spoke2", "spoke3")
READ = (
    "show dmvpn",
    "show ip nhrp",
    "show ip nhrp detail",
    "show ip nhrp brief",
    "show ip nhrp shortcut",
    "show ip nhrp self",
    "show ip nhrp multicast",
    "show ip nhrp summary",
    "show ip nhrp stats",
    "show ip nhrp traffic",
    "show ip nhrp nhs",
    "show ip nhrp nhs detail",
    "show dmvpn detail",
    "show ip cef",
    "show ip cef detail",
    "show ip route",
    "show ip route next-hop-override",
    "show adjacency",
    "show adjacency detail",
    "show crypto session",
    "show crypto session detail",
    "show crypto ikev2 sa",
    "show crypto ikev2 sa detailed",
    "show crypto ipsec sa",
    "show interfaces",
    "show ip interface",
    "show ip interface brief",
    "show logging",
    "show ip eigrp neighbors",
    "show ip eigrp neighbors detail",
    "show crypto session brief",
    "show crypto ikev2 session",
    "show crypto sockets",
    "show version",
    "show users",
)


@pytest.fixture(scope="module")
def network() -> Network:
    """A phase 3 cloud after traffic between two spokes."""
    built = cloud(3)
    built.run_for(120)
    ping(built, "spoke1", "10.1.2.1")
    built.run_for(5)
    return built


def show(network: Network, router: str, command: str) -> str:
    session = SimpleNamespace(
        user="netops", privilege=15, line="vty 0", source="", width=80, typed_at=network.now
    )
    view = View(
        router=network.routers[router],
        network=network,
        storage=Storage.boot(network.routers[router].image, ""),
        now=network.now,
        session=session,
        sessions=(session,),
    )
    return typed(command, view)


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("command", READ)
def test_everything_that_the_twin_shows_is_read(
    network: Network, router: str, command: str
) -> None:
    records = parse(command, show(network, router, command))
    assert records or router == "hub1" or "shortcut" in command


@pytest.mark.parametrize("router", ROUTERS)
def test_the_cache_reads_back(network: Network, router: str) -> None:
    read = parse_as(NhrpEntry, "show ip nhrp", show(network, router, "show ip nhrp"))
    cache = network.routers[router].nhrp[TUNNEL].cache
    assert {entry.network: entry.nbma_address for entry in read} == {
        target: entry.nbma for target, entry in cache.items()
    }
    for entry in read:
        kept = cache[entry.network]
        assert entry.type == kept.type.value
        assert entry.via == kept.next_hop
        assert entry.no_socket == kept.no_socket
        assert entry.created_s == int(network.now - kept.created)
        left = None if kept.expires is None else int(kept.expires - network.now)
        assert entry.expires_s == left


@pytest.mark.parametrize("router", ROUTERS)
def test_peers_read_back(network: Network, router: str) -> None:
    peers = parse_as(DmvpnPeer, "show dmvpn", show(network, router, "show dmvpn"))
    cache = network.routers[router].nhrp[TUNNEL].cache.values()
    assert sorted((peer.nbma_address, peer.tunnel_address) for peer in peers) == sorted(
        (entry.nbma, entry.next_hop) for entry in cache if not entry.no_socket
    )
    assert {peer.type for peer in peers} == {"Hub" if router == "hub1" else "Spoke"}


def test_servers_and_neighbours_read_back(network: Network) -> None:
    (server,) = parse_as(
        NhrpServer, "show ip nhrp nhs detail", show(network, "spoke1", "show ip nhrp nhs detail")
    )
    assert server.responding
    assert server.nhs_address in network.routers["spoke1"].nhrp[TUNNEL].nhs
    neighbours = parse_as(
        EigrpNeighbor, "show ip eigrp neighbors", show(network, "hub1", "show ip eigrp neighbors")
    )
    (machine,) = network.routers["hub1"].eigrp.values()
    assert {one.address for one in neighbours} == {address for _, address in machine.neighbors}


def test_sessions_read_back(network: Network) -> None:
    sessions = parse_as(
        CryptoSession, "show crypto session", show(network, "spoke1", "show crypto session")
    )
    assert {one.status for one in sessions} == {"UP-ACTIVE"}
    peers = parse_as(DmvpnPeer, "show dmvpn", show(network, "spoke1", "show dmvpn"))
    assert {one.peer_address for one in sessions} == {one.nbma_address for one in peers}


@pytest.mark.parametrize("command", ["show ip route", "show ip route next-hop-override"])
@pytest.mark.parametrize("router", ROUTERS)
def test_routes_read_back(network: Network, router: str, command: str) -> None:
    routes = parse_as(Route, command, show(network, router, command))
    assert {route.prefix for route in routes if route.code == "H"} == {
        entry.network
        for entry in parse_as(NhrpEntry, "show ip nhrp", show(network, router, "show ip nhrp"))
        if "rib" in entry.flags and "nho" not in entry.flags
    }


@pytest.mark.parametrize("router", ROUTERS)
def test_messages_read_back(network: Network, router: str) -> None:
    read = parse_as(LogMessage, "show logging", show(network, router, "show logging"))
    log = network.routers[router].log
    assert len(read) == len(log) > 0
    for message, (_, text) in zip(read, log, strict=True):
        assert f"{message.facility}-{message.severity}-{message.mnemonic}" in text
        assert message.nbma_address or message.facility != "DMVPN", text


@pytest.mark.parametrize("router", ROUTERS)
def test_protected_flows_read_back(network: Network, router: str) -> None:
    flows = parse_as(
        IpsecPeer, "show crypto ipsec sa", show(network, router, "show crypto ipsec sa")
    )
    sessions = parse_as(
        CryptoSession, "show crypto session", show(network, router, "show crypto session")
    )
    assert {one.peer_address for one in flows} == {one.peer_address for one in sessions}
    assert all(len(one.sas) % 2 == 0 and one.counters.encaps is not None for one in flows)


@pytest.mark.parametrize("router", ROUTERS)
def test_tunnels_read_back(network: Network, router: str) -> None:
    read = parse_as(Interface, "show interfaces", show(network, router, "show interfaces"))
    (tunnel,) = [one.tunnel for one in read if one.tunnel]
    configured = network.routers[router].config.interfaces[TUNNEL].tunnel
    assert configured
    assert (tunnel.key, tunnel.protection_profile) == (configured.key, configured.ipsec_profile)
    assert tunnel.multipoint
