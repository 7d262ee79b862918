"""Rendered clouds come up on the twin: every variant is right as a network, not as text only."""

from ipaddress import IPv4Address

import pytest
from test_change import TOKENS, typed
from test_render import VARIANTS, views_of

from automation.config.diff import plan_view
from automation.fabric.views import DeviceView
from labs.twin.intake import boot
from labs.twin.network import Network
from labs.twin.network.probes import PingSpec

WANS = {  # the router's and the provider's end
    "hub1": ("203.0.113.1", "203.0.113.2"),
    "spoke1": ("198.51.100.1", "198.51.100.2"),
    "spoke2": ("198.51.100.5", "198.51.100.6"),
    "hub2": ("192.0.2.9", "192.0.2.10"),
}
FIRST_DAY = """\
version {version}
hostname {name}
{vrf}!
interface GigabitEthernet2
{member} ip address {wan} 255.255.255.252
!
interface GigabitEthernet3
 no ip address
 shutdown
!
ip route {table}0.0.0.0 0.0.0.0 {gateway}
end
"""
SPOKE2_LAN = IPv4Address("10.1.2.1")


def first_day(view: DeviceView, version: str) -> str:
    wan, gateway = WANS[view.name]
    front = view.tunnels[0].front_vrf
    return typed(
        FIRST_DAY.format(
            version=version,
            name=view.name,
            wan=wan,
            gateway=gateway,
            vrf=f"vrf definition {front}\n address-family ipv4\n exit-address-family\n"
            if front
            else "",
            member=f" vrf forwarding {front}\n" if front else "",
            table=f"vrf {front} " if front else "",
        ),
        (),
    )


def network_of(variant: str, version: str) -> Network:
    """Put the routers of a variant around an internet, configured by our own lines."""
    network = Network()
    text = VARIANTS[variant].replace("[10.0.2.1/32, 10.0.3.1/32]", "10.0.2.1/32")
    views = views_of(text)
    far_ends = [
        f"interface GigabitEthernet{i}\n ip address {far} 255.255.255.252\n"
        for i, (_, far) in enumerate(WANS.values(), start=1)
    ]
    network.add_router("internet", boot("".join(far_ends)).config)
    for i, name in enumerate(WANS, start=1):
        if name in views:
            day_0 = first_day(views[name], version)
            lines = TOKENS.open(plan_view(views[name], day_0, TOKENS).lines)
            network.add_router(name, boot(typed(day_0, lines)).config)
            network.connect((name, "GigabitEthernet2"), ("internet", f"GigabitEthernet{i}"))
            network.connect_segment([(name, "GigabitEthernet3")])
    network.run_until(150.0)
    return network


@pytest.mark.parametrize("version", ["15.5", "17.3"])
@pytest.mark.parametrize("variant", [v for v in VARIANTS if v != "extras"])
def test_a_rendered_cloud_comes_up_and_is_phase_3(variant: str, version: str) -> None:
    network = network_of(variant, version)
    spoke = network.routers["spoke1"]
    hubs = {peer.address for peer in views_of(VARIANTS[variant])["spoke1"].tunnels[0].nhs}
    (machine,) = spoke.nhrp.values()
    assert {address: state.status.value for address, state in machine.nhs.items()} == dict.fromkeys(
        hubs, "RE"
    )
    # Before traffic the next hop is a hub, after it the other spoke (PHASES.md section 5).
    before = spoke.rib[""].via(SPOKE2_LAN)
    assert before is not None
    assert before.next_hop in hubs
    job = network.start_ping("spoke1", PingSpec(destination=SPOKE2_LAN, source="GigabitEthernet3"))
    network.run_for(20.0)
    assert job.done
    assert any(result.rtt_ms is not None for result in job.results[1:]), job.results
    after = spoke.rib[""].via(SPOKE2_LAN)
    assert after is not None
    assert after.next_hop == IPv4Address("10.255.0.2")
