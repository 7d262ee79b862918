"""What typing does to a running network: undo timers, redirects, passive interfaces, addresses."""

import copy
import pickle
from ipaddress import IPv4Address, IPv4Network

import pytest

from labs.twin.cli import Console, Session
from labs.twin.network import Network, PingSpec

R1 = """\
version 17.3
hostname R1
license boot level network-advantage addon dna-advantage
username u privilege 15 secret 0 cisco
interface GigabitEthernet1
 ip address 192.0.2.1 255.255.255.0
archive
 path bootflash:$h-
end
"""
R2 = """\
hostname R2
interface GigabitEthernet1
 ip address 192.0.2.2 255.255.255.0
end
"""
TUNNEL = """\
interface Tunnel0
 ip address 10.0.0.{host} 255.255.255.0
 ip nhrp network-id 1
 ip nhrp redirect
 tunnel source GigabitEthernet1
 tunnel mode gre multipoint
"""


@pytest.fixture
def network() -> Network:
    made = Network(1)
    for name, text in (("r1", R1), ("r2", R2)):
        Console.boot(made, name, text)
    made.connect(("r1", "GigabitEthernet1"), ("r2", "GigabitEthernet1"))
    return made


def console_of(network: Network, name: str = "r1") -> Console:
    operator = network.operators[f"console {name}"]
    assert isinstance(operator, Console)
    return operator


def at(network: Network, name: str = "r1") -> Session:
    return console_of(network, name).open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    return [session.execute(line) for line in lines][-1]


def has_loopback(network: Network) -> bool:
    return "Loopback5" in network.routers["r1"].config.interfaces


def armed(network: Network) -> Session:
    session = at(network)
    run(session, "configure terminal revert timer 2", "interface Loopback5", "end")
    assert has_loopback(network)
    return session


def test_an_undo_fires_whoever_lets_time_pass(network: Network) -> None:
    armed(network)
    network.run_for(119.0)
    assert has_loopback(network)
    network.run_for(2.0)
    assert not has_loopback(network)
    texts = [text for at, text in network.routers["r1"].log if at == 120.0]
    assert any("ROLLBK_CNFMD_CHG_ROLLBACK_START" in text for text in texts)


@pytest.mark.parametrize(
    "copied",
    [Network.fork, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))],  # noqa: S301
)
def test_a_copy_of_a_network_keeps_the_undo_to_itself(network: Network, copied: object) -> None:
    session = armed(network)
    twin = copied(network)  # type: ignore[operator]
    run(session, "configure confirm")
    twin.run_for(121.0)
    network.run_for(121.0)
    assert has_loopback(network)
    assert not has_loopback(twin)
    assert console_of(twin).sessions == []


def test_a_planned_reload_comes_by_itself(network: Network) -> None:
    session = at(network)
    run(session, "reload in 3")
    session.execute("")
    run(session, "configure terminal", "interface Loopback5", "end")
    network.run_for(181.0)
    assert session.closed
    assert not has_loopback(network)


def test_a_redirect_is_dead_until_it_is_typed_again(network: Network) -> None:
    session = at(network)
    run(session, "configure terminal", *TUNNEL.format(host=1).splitlines())
    redirector = network.routers["r1"].nhrp["Tunnel0"]._redirector
    assert redirector.armed
    run(session, "no ip nhrp network-id 1", "ip nhrp network-id 1")
    assert not redirector.armed
    run(session, "no ip nhrp shortcut", "ip nhrp shortcut")
    assert not redirector.armed
    run(session, "ip nhrp redirect")
    assert redirector.armed


def test_a_redirect_typed_with_no_wakes_nothing(network: Network) -> None:
    session = at(network)
    run(session, "configure terminal", *TUNNEL.format(host=1).splitlines())
    run(session, "no ip nhrp network-id 1", "ip nhrp network-id 1", "default ip nhrp redirect")
    assert not network.routers["r1"].nhrp["Tunnel0"]._redirector.armed


@pytest.mark.parametrize(
    ("mine", "speaks"),
    [("no split-horizon", False), ("no passive-interface", True)],
)
def test_only_what_is_typed_ends_a_passive_default(
    network: Network, mine: str, *, speaks: bool
) -> None:
    session = at(network)
    run(
        session,
        "configure terminal",
        "router eigrp LAB",
        "address-family ipv4 unicast autonomous-system 5",
        "network 0.0.0.0",
        "af-interface default",
        "passive-interface",
        "exit-af-interface",
        "af-interface GigabitEthernet1",
        mine,
        "end",
    )
    assert network.routers["r1"].eigrp[5].site.speaks("GigabitEthernet1") is speaks
    assert f"   {mine}\n" in run(session, "show running-config")


def test_split_horizon_alone_leaves_a_classic_interface_passive(network: Network) -> None:
    session = at(network)
    lines = ("router eigrp 5", "network 0.0.0.0", "passive-interface default")
    run(session, "configure terminal", *lines, "interface gi1", "no ip split-horizon eigrp 5")
    eigrp = network.routers["r1"].eigrp[5]
    assert not eigrp.site.speaks("GigabitEthernet1")
    run(session, "router eigrp 5", "no passive-interface gi1")
    assert eigrp.site.speaks("GigabitEthernet1")
    assert not eigrp.site.settings("GigabitEthernet1").split_horizon


@pytest.mark.parametrize(("version", "logged"), [("15.9", False), ("17.3", True)])
def test_dmvpn_lines_are_logged_where_the_image_does(version: str, *, logged: bool) -> None:
    network = Network(1)
    console = Console.boot(network, "r1", R1.replace("17.3", version))
    session = console.open("u", 15, length=0)
    run(session, "configure terminal", *TUNNEL.format(host=1).splitlines())
    run(session, "no ip nhrp network-id 1")
    texts = [text for _, text in network.routers["r1"].log]
    assert any("NETID_UNCONFIGURED" in text for text in texts) is logged


@pytest.mark.parametrize(("version", "shut"), [("15.9", False), ("17.15", True)])
def test_another_protection_profile_shuts_a_tunnel_on_some_images(
    version: str, *, shut: bool
) -> None:
    network = Network(1)
    console = Console.boot(network, "r1", R1.replace("17.3", version))
    session = console.open("u", 15, length=0)
    run(session, "configure terminal", "crypto ipsec profile A", "crypto ipsec profile B")
    run(session, *TUNNEL.format(host=1).splitlines(), "tunnel protection ipsec profile A")
    tunnel = console.storage.tree.get("interface Tunnel0")
    assert tunnel is not None
    run(session, "no tunnel protection ipsec profile A", "tunnel protection ipsec profile A")
    assert "shutdown" not in tunnel.children
    run(session, "tunnel protection ipsec profile B")
    assert ("shutdown" in tunnel.children) is shut
    run(session, "no shutdown")
    assert "shutdown" not in tunnel.children


def test_secondary_addresses_answer_and_are_routed(network: Network) -> None:
    for name, host in (("r1", 1), ("r2", 2)):
        session = at(network, name)
        run(session, "configure terminal", "interface gi1")
        run(session, f"ip address 198.51.100.{host} 255.255.255.0 secondary", "end")
    changed = network.routers["r2"].ports["GigabitEthernet1"].changed
    job = network.start_ping("r1", PingSpec(destination=IPv4Address("198.51.100.2"), repeat=2))
    network.run_for(5.0)
    assert job.done
    assert "!!" in at(network).execute("ping 198.51.100.2 repeat 2")
    gone = "no ip address 198.51.100.2 255.255.255.0 secondary"
    run(at(network, "r2"), "configure terminal", "interface gi1", gone)
    assert "0 percent (0/2)" in at(network).execute("ping 198.51.100.2 repeat 2 timeout 1")
    assert not network.routers["r2"].route_covers(IPv4Network("198.51.100.0/24"))
    assert network.routers["r2"].ports["GigabitEthernet1"].changed == changed
