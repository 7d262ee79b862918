"""The rarer `ip nhrp` lines: what they mean, how they are printed and taken back."""

import pytest
from twin_consoles import booted, typed
from twin_overlay import TUNNEL, Node, ip, phase3

from labs.twin.device import NhrpConfig
from labs.twin.effects import SendNhrp
from labs.twin.network import Network
from labs.twin.packet import Icmp, IcmpKind, Packet

ROUTER = """\
version 17.3
hostname r1
interface GigabitEthernet0/0
 ip address 192.0.2.1 255.255.255.0
interface Loopback0
 ip address 172.16.1.1 255.255.255.0
interface Tunnel0
 ip address 10.0.0.1 255.255.255.0
 ip nhrp network-id 1
 tunnel source GigabitEthernet0/0
 tunnel mode gre multipoint
end
"""
LINES = {
    "ip nhrp nhs cluster 2 max-connections 1": ("nhs_limits", {2: 1}, {}),
    "ip nhrp nhs fallback 25": ("nhs_fallback_s", 25, 0),
    "ip nhrp server-only non-caching": ("server_only", True, False),
    "ip nhrp responder Loopback0": ("responder", "Loopback0", None),
    "no ip nhrp record": ("record", False, True),
    "ip nhrp max-send 300 every 30": ("max_send", (300, 30), None),
    "ip nhrp group OLD": ("group", "OLD", None),
    "nhrp group NEW": ("group", "NEW", None),
    "nhrp map group A service-policy output P": ("group_policies", {"A": "P"}, {}),
    "ip nhrp map group B service-policy output Q": ("group_policies", {"B": "Q"}, {}),
    "ip nhrp use 3": ("network_id", 1, 1),
    "ip nhrp interest 101": ("network_id", 1, 1),
    "ip nhrp interest none": ("network_id", 1, 1),
    "ip nhrp trigger-svc 100 5": ("network_id", 1, 1),
    "nhrp attribute group G": ("network_id", 1, 1),
    "nhrp event-publisher max-event-timeout 10": ("network_id", 1, 1),
}


@pytest.fixture
def router() -> Network:
    return booted({"r1": ROUTER}, run_s=1.0)


def settings(network: Network) -> NhrpConfig:
    found = network.routers["r1"].config.interfaces["Tunnel0"].nhrp
    assert found is not None
    return found


def change(network: Network, line: str) -> str:
    typed(network, "r1", "configure terminal", "interface Tunnel0", line, "end")
    return typed(network, "r1", "show running-config interface Tunnel0")


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_kept_means_something_and_is_taken_back(router: Network, line: str) -> None:
    name, said, unsaid = LINES[line]
    assert getattr(settings(router), name) == unsaid
    assert f" {line}\n" in change(router, line)
    assert getattr(settings(router), name) == said
    inverse = line[3:] if line.startswith("no ") else f"no {line}"
    assert f" {line}\n" not in change(router, inverse)
    assert getattr(settings(router), name) == unsaid


def test_the_redirect_has_a_timeout_of_its_own(router: Network) -> None:
    change(router, "ip nhrp redirect")
    assert (settings(router).redirect, settings(router).redirect_timeout_s) == (True, 8)
    assert " ip nhrp redirect timeout 20\n" in change(router, "ip nhrp redirect timeout 20")
    assert settings(router).redirect_timeout_s == 20


def redirected(hub: Node, at: float, destination: str, nbma: str = "192.0.2.2") -> bool:
    """Let the hub forward a packet; tell whether it sent an indication."""
    packet = Packet(src=ip("172.16.2.9"), dst=ip(destination), payload=Icmp(kind=IcmpKind.ECHO))
    effects = hub.machine.forwarded(packet, ip(nbma), TUNNEL, TUNNEL, at)
    return any(isinstance(effect, SendNhrp) for effect in effects)


@pytest.mark.parametrize("timeout_s", [8, 20])
def test_an_indication_is_due_once_in_the_timeout_for_a_sender_and_a_destination(
    timeout_s: int,
) -> None:
    hub = phase3().nodes["hub"]
    hub.set_nhrp(redirect_timeout_s=timeout_s)
    assert redirected(hub, 100.0, "172.16.3.1")
    assert not redirected(hub, 100.0 + timeout_s - 0.1, "172.16.3.1")
    assert redirected(hub, 101.0, "172.16.3.2"), "another destination"
    assert redirected(hub, 101.0, "172.16.3.1", "192.0.2.3"), "another sender"
    assert hub.machine.counters.redirects_suppressed == 1
    assert redirected(hub, 100.0 + timeout_s, "172.16.3.1")


def test_many_destinations_are_not_remembered_for_ever() -> None:
    hub = phase3().nodes["hub"]
    for number in range(1000):
        assert redirected(hub, 100.0 + number, f"172.16.{number // 250}.{number % 250 + 1}")
    assert len(hub.machine._redirector.sent) < 100
