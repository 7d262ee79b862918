"""NHRP over several tiers: regional hubs that are spokes of a central hub, hubs of each other."""

import re

import pytest
from twin_cases import path, trace
from twin_consoles import booted, typed

from labs.twin.network import Network
from labs.twin.packet import NhrpType

CENTRAL = """\
version 17.3
hostname central
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
interface Tunnel0
 ip address 10.0.0.1 255.255.255.0
 ip nhrp network-id 1
 ip nhrp redirect
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
 tunnel key 1
ip route 172.16.10.0 255.255.254.0 10.0.0.2
ip route 172.16.20.0 255.255.254.0 10.0.0.3
ip route 10.1.0.0 255.255.255.0 10.0.0.2
ip route 10.2.0.0 255.255.255.0 10.0.0.3
end
"""
REGION = """\
version 17.3
hostname hub{n}
interface GigabitEthernet0/0
 ip address 192.0.2.{nbma} 255.255.255.0
interface Tunnel0
 ip address 10.{n}.0.1 255.255.255.0
 ip nhrp authentication region
 ip nhrp network-id 1
 no ip nhrp shortcut
 ip nhrp redirect
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
 tunnel key 2
interface Tunnel1
 ip address 10.0.0.{nbma} 255.255.255.0
 ip nhrp network-id {core_id}
 ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast
 no ip nhrp shortcut
 ip nhrp redirect
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
 tunnel key 1
ip route 172.16.0.0 255.255.0.0 10.0.0.1
ip route 10.0.0.0 255.0.0.0 10.0.0.1
ip route 172.16.{n}0.0 255.255.255.0 10.{n}.0.10
ip route 172.16.{n}1.0 255.255.255.0 10.{n}.0.11
end
"""
SPOKE = """\
version 17.3
hostname spoke{n}{k}
interface GigabitEthernet0/0
 ip address 192.0.2.{n}{k} 255.255.255.0
interface Loopback0
 ip address 172.16.{n}{k}.1 255.255.255.0
interface Tunnel0
 ip address 10.{n}.0.1{k} 255.255.255.0
 ip nhrp authentication region
 ip nhrp network-id 1
 ip nhrp nhs 10.{n}.0.1 nbma 192.0.2.{hub} multicast
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
 tunnel key 2
ip route 172.16.0.0 255.255.0.0 10.{n}.0.1
ip route 10.0.0.0 255.0.0.0 10.{n}.0.1
end
"""


CRYPTO = """\
crypto ikev2 keyring KR
 peer ANY
  address 0.0.0.0 0.0.0.0
  pre-shared-key s3cret-psk
crypto ikev2 profile PF
 match identity remote address 0.0.0.0
 authentication remote pre-share
 authentication local pre-share
 keyring local KR
 dpd 10 3 periodic
crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac
 mode transport
crypto ipsec profile P
 set transform-set TS
 set ikev2-profile PF
interface GigabitEthernet0/0
"""


def tiers(*, core_id: int = 1, protected: bool = False) -> Network:
    """Boot a central hub, two regional hubs, two spokes in each region."""
    configs = {"central": CENTRAL}
    for n in (1, 2):
        configs[f"hub{n}"] = REGION.format(n=n, nbma=n + 1, core_id=core_id)
        for k in (0, 1):
            configs[f"spoke{n}{k}"] = SPOKE.format(n=n, k=k, hub=n + 1)
    if protected:
        configs = {name: guarded(text) for name, text in configs.items()}
    return booted(configs)


def guarded(text: str) -> str:
    """Protect the tunnels of a router; an IOS 15 image needs no licence for it."""
    text = text.replace("version 17.3", "version 15.9")
    text = text.replace("interface GigabitEthernet0/0\n", CRYPTO, 1)
    return text.replace(" tunnel key", " tunnel protection ipsec profile P shared\n tunnel key")


def traced(network: Network, source: str, target: str) -> list[str]:
    found = path(trace(network, source, target, source="Loopback0"))
    network.run_for(3.0)
    return found


def sent(network: Network, router: str, tunnel: str, kind: NhrpType) -> int:
    return network.routers[router].nhrp[tunnel].counters.sent.get(kind, 0)


@pytest.mark.parametrize("protected", [False, True], ids=["clear", "protected"])
def test_a_spoke_asks_across_three_hubs_and_then_goes_straight(*, protected: bool) -> None:
    network = tiers(protected=protected)
    first = traced(network, "spoke10", "172.16.21.1")
    assert first == ["10.1.0.1", "10.0.0.1", "10.0.0.3", "10.2.0.11"]
    assert traced(network, "spoke10", "172.16.21.1") == ["10.2.0.11"]
    assert traced(network, "spoke21", "172.16.10.1") == ["10.1.0.10"], "the way back as well"


def test_the_shortcut_names_a_peer_of_another_subnet() -> None:
    network = tiers()
    traced(network, "spoke10", "172.16.21.1")
    routes = typed(network, "spoke10", "show ip route nhrp")
    assert "H        10.2.0.11/32 is directly connected, " in routes
    assert "H        172.16.21.0/24 [250/255] via 10.2.0.11, " in routes
    cache = network.routers["spoke10"].nhrp["Tunnel0"].cache
    flags = {str(target): " ".join(entry.flags) for target, entry in cache.items()}
    assert flags["172.16.21.0/24"] == "router rib"
    assert flags["10.2.0.11/32"] == "router nhop rib"
    assert not typed(network, "hub1", "show ip nhrp shortcut")


def test_every_hub_on_the_way_redirects_the_hop_before_it() -> None:
    network = tiers()
    traced(network, "spoke10", "172.16.21.1")
    assert sent(network, "hub1", "Tunnel0", NhrpType.TRAFFIC_INDICATION)
    assert sent(network, "central", "Tunnel0", NhrpType.TRAFFIC_INDICATION)
    assert sent(network, "hub2", "Tunnel1", NhrpType.TRAFFIC_INDICATION)
    # the regional hubs take no shortcuts: they ask for nothing themselves, they only carry
    carried = sent(network, "hub1", "Tunnel1", NhrpType.RESOLUTION_REQUEST)
    assert carried == sent(network, "spoke10", "Tunnel0", NhrpType.RESOLUTION_REQUEST)


def test_the_request_crosses_with_the_authentication_of_each_cloud_and_names_its_carriers() -> None:
    network = tiers()
    seen = []
    machine = network.routers["spoke21"].nhrp["Tunnel0"]
    receive = machine.receive

    def watched(message, source, now):  # type: ignore[no-untyped-def]
        seen.append(message)
        return receive(message, source, now)

    machine.receive = watched  # type: ignore[method-assign]
    traced(network, "spoke10", "172.16.21.1")
    asked = [m for m in seen if m.type is NhrpType.RESOLUTION_REQUEST]
    request = next(m for m in asked if str(m.source) == "10.1.0.10")
    assert request.authentication == "region"
    assert [str(hop.protocol) for hop in request.forward_record] == [
        "10.0.0.2",  # hub1 by its core tunnel
        "10.0.0.1",
        "10.2.0.1",  # hub2 by its regional tunnel
    ]
    assert request.hop_count == 255 - 3
    assert (str(request.source), str(request.source_nbma)) == ("10.1.0.10", "192.0.2.10")


def test_tunnels_of_different_domains_are_not_joined() -> None:
    network = tiers(core_id=9)
    for _ in range(2):
        assert len(traced(network, "spoke10", "172.16.21.1")) == 4
    assert not sent(network, "hub1", "Tunnel0", NhrpType.TRAFFIC_INDICATION)
    assert not typed(network, "spoke10", "show ip nhrp shortcut")


def test_a_purge_crosses_the_regions() -> None:
    network = tiers()
    traced(network, "spoke10", "172.16.21.1")
    typed(network, "spoke21", "configure terminal", "interface Loopback0", "shutdown", "end")
    network.run_for(2.0)
    assert "172.16.21.0" not in typed(network, "spoke10", "show ip nhrp")


WALLS = re.compile(r" (tunnel key|ip nhrp authentication) \S+\n")


def keyless(*, shortcuts: bool) -> Network:
    """Boot the tiers without keys and strings; each tunnel of a hub has its own source."""
    configs = {"central": CENTRAL}
    for n in (1, 2):
        text = REGION.format(n=n, nbma=n + 1, core_id=1)
        wan, core = f"192.0.2.{n + 1} 255.255.255.0", f"192.0.2.10{n}"
        text = text.replace(wan, f"{wan}\n ip address {core} 255.255.255.0 secondary")
        head, tail = text.split("interface Tunnel1")
        tail = tail.replace("tunnel source GigabitEthernet0/0", f"tunnel source {core}")
        configs[f"hub{n}"] = f"{head}interface Tunnel1{tail}"
        if shortcuts:
            configs[f"hub{n}"] = configs[f"hub{n}"].replace(" no ip nhrp shortcut\n", "")
        for k in (0, 1):
            configs[f"spoke{n}{k}"] = SPOKE.format(n=n, k=k, hub=n + 1)
    return booted({name: WALLS.sub("", text) for name, text in configs.items()})


def test_the_address_of_another_tunnel_of_a_hub_is_answered_as_a_host() -> None:
    network = keyless(shortcuts=False)
    assert len(traced(network, "spoke10", "10.2.0.1")) == 3
    assert len(traced(network, "spoke10", "10.2.0.1")) == 1
    entry = typed(network, "spoke10", "show ip nhrp 10.2.0.1").splitlines()
    assert entry[0] == "10.2.0.1/32 via 10.0.0.3"
    assert entry[3] == "   NBMA address: 192.0.2.102 "


def test_hubs_with_shortcuts_take_them_for_the_traffic_they_carry() -> None:
    network = keyless(shortcuts=True)
    assert len(traced(network, "spoke10", "172.16.21.1")) == 4
    shortcut = typed(network, "hub1", "show ip nhrp shortcut")
    assert "172.16.21.0/24 via 10.2.0.11\n   Tunnel1 created" in shortcut
    # another spoke of the region profits before it has a shortcut of its own
    assert traced(network, "spoke11", "172.16.21.1") == ["10.1.0.1", "10.2.0.11"]
    assert traced(network, "spoke11", "172.16.21.1") == ["10.2.0.11"]


# --- two hubs that serve each other

PEER = """\
version 15.9
hostname hub{n}
interface GigabitEthernet0/0
 ip address 192.0.2.{n} 255.255.255.0
interface Tunnel0
 ip address 10.0.0.{n} 255.255.255.0
 ip nhrp network-id 1
 ip nhrp nhs 10.0.0.{other} nbma 192.0.2.{other} multicast
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
end
"""
CLIENT = """\
version 15.9
hostname spoke
interface GigabitEthernet0/0
 ip address 192.0.2.9 255.255.255.0
interface Tunnel0
 ip address 10.0.0.9 255.255.255.0
 ip nhrp network-id 1
 ip nhrp nhs 10.0.0.1 nbma 192.0.2.1 multicast
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
end
"""


@pytest.fixture
def peers() -> Network:
    hubs = {f"hub{n}": PEER.format(n=n, other=3 - n) for n in (1, 2)}
    return booted({**hubs, "spoke": CLIENT})


def test_hubs_that_serve_each_other_are_both_and_print_it(peers: Network) -> None:
    for name, other in (("hub1", "10.0.0.2"), ("hub2", "10.0.0.1")):
        assert f"{other}  RE priority = 0" in typed(peers, name, "show ip nhrp nhs")
    page = typed(peers, "hub1", "show dmvpn").splitlines()
    assert page[page.index("Interface: Tunnel0, IPv4 NHRP Details ") + 1] == (
        "Type:Hub/Spoke, NHRP Peers:2, "
    )
    rows = [line.split()[1:4] for line in page if line.startswith("     1")]
    assert rows == [["192.0.2.2", "10.0.0.2", "UP"], ["192.0.2.9", "10.0.0.9", "UP"]]


def test_a_hub_asks_the_other_hub_for_a_client_of_its_own(peers: Network) -> None:
    assert path(trace(peers, "hub2", "10.0.0.9")) == ["10.0.0.1", "10.0.0.9"]
    peers.run_for(3.0)
    assert path(trace(peers, "hub2", "10.0.0.9")) == ["10.0.0.9"]
