"""Commands that make a router forget, and planned reloads."""

from ipaddress import IPv4Address

import pytest

from labs.twin.cli import Console, Session
from labs.twin.network import Network

HUB = """\
version 15.9
hostname hub
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
interface Tunnel0
 ip address 10.0.0.1 255.255.255.0
 ip nhrp map multicast dynamic
 ip nhrp network-id 1
 no ip split-horizon eigrp 5
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
router eigrp 5
 network 10.0.0.0
end
"""
SPOKE = """\
version 15.9
hostname spoke{n}
interface GigabitEthernet0/0
 ip address 192.0.2.{host} 255.255.255.0
interface Tunnel0
 ip address 10.0.0.{host} 255.255.255.0
 ip nhrp network-id 1
 ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
router eigrp 5
 network 10.0.0.0
end
"""


@pytest.fixture
def network() -> Network:
    made = Network(1)
    Console.boot(made, "hub", HUB)
    for n in (1, 2):
        Console.boot(made, f"spoke{n}", SPOKE.format(n=n, host=n + 1))
    made.connect_segment((name, "GigabitEthernet0/0") for name in ("hub", "spoke1", "spoke2"))
    made.run_for(60.0)
    return made


@pytest.fixture
def session(network: Network) -> Session:
    console = network.operators["console hub"]
    assert isinstance(console, Console)
    return console.open("u", 15, length=0)


def overlays(network: Network) -> set[str]:
    return {str(n.network_address) for n in network.routers["hub"].nhrp["Tunnel0"].cache}


def test_clear_ip_nhrp_forgets_one_or_all(network: Network, session: Session) -> None:
    assert overlays(network) == {"10.0.0.2", "10.0.0.3"}
    assert session.execute("clear ip nhrp 10.0.0.2") == ""
    assert overlays(network) == {"10.0.0.3"}
    session.execute("clear ip nhrp Tunnel9")
    assert overlays(network) == {"10.0.0.3"}
    session.execute("clear ip nhrp Tunnel0")
    assert overlays(network) == set()


@pytest.mark.parametrize("peer", ["tunnel 10.0.0.3", "nbma 192.0.2.3"])
def test_clear_dmvpn_session_of_a_peer(network: Network, session: Session, peer: str) -> None:
    assert session.execute(f"clear dmvpn session peer {peer}") == ""
    assert overlays(network) == {"10.0.0.2"}


def test_clear_nhrp_counters(network: Network, session: Session) -> None:
    before = session.execute("show ip nhrp traffic")
    assert session.execute("clear ip nhrp counters") == ""
    after = session.execute("show ip nhrp traffic")
    assert after != before
    assert len(after.splitlines()) == len(before.splitlines())


def test_clear_counters_asks_first(network: Network, session: Session) -> None:
    port = network.routers["hub"].ports["Tunnel0"]
    assert port.packets_out
    asked = session.execute("clear counters Tunnel0")
    assert asked == 'Clear "show interface" counters on this interface [confirm]'
    session.execute("n")
    assert port.packets_out
    session.execute("clear counters")
    session.execute("")
    assert not port.packets_out
    assert "% Invalid input" in session.execute("clear counters Tunnel9")


def test_clear_eigrp_neighbors_drops_and_finds_them(network: Network, session: Session) -> None:
    eigrp = network.routers["hub"].eigrp[5]
    assert len(eigrp.neighbors) == 2
    session.execute("clear ip eigrp neighbors")
    assert not eigrp.neighbors
    network.run_for(30.0)
    assert len(eigrp.neighbors) == 2


def test_clear_bgp_of_a_stranger(session: Session) -> None:
    assert "Unknown neighbor" in session.execute("clear ip bgp 10.9.9.9")
    assert session.execute("clear ip bgp *") == ""
    assert session.execute("clear ip bgp * soft in") == ""


def test_clear_line_ends_another_session(session: Session) -> None:
    other = session.console.open("v", 15)
    assert session.execute("clear line vty 1") == "[confirm]"
    assert session.execute("") == " [OK]\n"
    assert other.closed
    assert not session.closed
    assert "%No such line" in session.execute("clear line vty 7")


def test_a_cleared_crypto_session_may_be_one_of_many(network: Network, session: Session) -> None:
    for form in ("session", "session remote 192.0.2.9", "sa peer 192.0.2.9", "isakmp"):
        assert session.execute(f"clear crypto {form}") == ""


# Reload


@pytest.mark.parametrize(
    ("delay", "says"), [("10", "in 10 minutes"), ("1:30", "in 1 hour and 30 minutes")]
)
def test_reload_takes_minutes_or_hours(session: Session, delay: str, says: str) -> None:
    text = session.execute(f"reload in {delay} lab work")
    assert says in text
    assert "Reload reason: lab work\n" in text
    session.execute("")
    assert "Reload reason: lab work\n" in session.execute("show reload")


@pytest.mark.parametrize("delay", ["0", "1:2:3", "soon", "999:999"])
def test_reload_refuses_other_delays(session: Session, delay: str) -> None:
    assert "% Invalid input" in session.execute(f"reload in {delay}")


def test_a_planned_reload_warns_every_terminal(network: Network, session: Session) -> None:
    other = session.console.open("v", 15)
    session.execute("reload in 6")
    session.execute("")
    network.run_for(61.0)
    assert b"SHUTDOWN in 0:05:00" in other.poll()
    assert b"SHUTDOWN in 0:05:00" in session.poll()
    network.run_for(240.0)
    assert b"SHUTDOWN in 0:01:00" in other.poll()
    assert "SHUTDOWN ABORTED" in session.execute("reload cancel")
    assert b"SHUTDOWN ABORTED" in other.poll()
    network.run_for(120.0)
    assert not session.closed
    assert network.routers["hub"].booted == 0.0


def test_forgotten_peers_come_back(network: Network, session: Session) -> None:
    session.execute("clear ip nhrp")
    assert overlays(network) == set()
    network.run_for(7200.0)
    assert overlays(network) == {"10.0.0.2", "10.0.0.3"}
    entry = next(iter(network.routers["hub"].nhrp["Tunnel0"].cache.values()))
    assert entry.nbma == IPv4Address("192.0.2.2")


SPEAKER = """\
version 15.9
hostname r{n}
interface GigabitEthernet0/0
 ip address 192.0.2.{n} 255.255.255.0
interface Loopback1
 ip address 10.{n}.0.1 255.255.255.0
router bgp 6500{n}
 network 10.{n}.0.0 mask 255.255.255.0
 neighbor 192.0.2.{peer} remote-as 6500{peer}
end
"""


def test_only_a_clear_of_bgp_asks_the_policies_of_bgp_again() -> None:
    made = Network(1)
    for n in (1, 2):
        Console.boot(made, f"r{n}", SPEAKER.format(n=n, peer=3 - n))
    made.connect_segment((name, "GigabitEthernet0/0") for name in ("r1", "r2"))
    made.run_for(60.0)
    console = made.operators["console r1"]
    assert isinstance(console, Console)
    session = console.open("u", 15, length=0)
    for line in ("configure terminal", "route-map HEAVY permit 10", "set weight 9", "exit"):
        session.execute(line)
    for line in ("router bgp 65001", "neighbor 192.0.2.2 route-map HEAVY in", "end"):
        session.execute(line)

    def weight(command: str) -> str:
        assert session.execute(command) == ""
        made.run_for(1.0)
        rows = session.execute("show ip bgp").splitlines()
        return next(row for row in rows if "10.2.0.0" in row).split()[-3]

    for command in ("clear arp-cache", "clear ip route *"):
        assert weight(command) == "0"
    assert weight("clear ip bgp * soft in") == "9"
