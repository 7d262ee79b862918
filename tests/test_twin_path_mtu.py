"""What fits a tunnel, what a tunnel learns of its path, and tunnels that lead into themselves."""

from dataclasses import replace

import pytest
from twin_cases import (
    GI1,
    GI2,
    TUNNEL,
    addr,
    chain,
    change,
    cloud,
    config_of,
    crypto,
    interface,
    net,
    outcomes,
    ping,
    reflected,
    running,
    with_interface,
    with_tunnel,
)

from labs.twin.crypto import ChildSa
from labs.twin.device import EigrpConfig, EigrpInterfaceConfig, StaticRoute, TunnelConfig
from labs.twin.network import Network, Outcome, PingJob
from labs.twin.packet import Gre, Icmp, IcmpKind, Packet, Tcp
from labs.twin.router import sizes
from labs.twin.wire import encode

RECURDOWN = "%TUN-5-RECURDOWN: Tunnel0 temporarily disabled due to recursive routing"


def gre_network(
    *, bottleneck: int = 1300, key: int | None = None, left: dict[str, object] | None = None
) -> Network:
    """Two routers with a GRE tunnel, and between them one that takes less than 1500 bytes."""
    network = chain()
    ends = (("left", "10.0.0.1/30", "192.0.2.6", left or {}), ("right", "10.0.0.2/30", "192.0.2.1"))
    for name, address, destination, *more in ends:
        tunnel = TunnelConfig(source=GI1, destination=addr(destination), key=key)
        tunnel = replace(tunnel, **(more[0] if more else {}))  # type: ignore[arg-type]
        config = config_of(network, name)
        made = interface("Tunnel0", address, tunnel=tunnel)
        change(network, name, replace(config, interfaces={**config.interfaces, "Tunnel0": made}))
    middle = config_of(network, "middle")
    change(network, "middle", with_interface(middle, GI2, ip_mtu=bottleneck))
    return network


def probe(network: Network, size: int, repeat: int = 2, to: str = "10.0.0.2") -> PingJob:
    return ping(network, "left", to, size=size, df=True, repeat=repeat, timeout_s=1.0)


@pytest.mark.parametrize(("key", "fits"), [(None, 1276), (7, 1272)])
def test_a_tunnel_learns_its_path_from_the_underlay(key: int | None, fits: int) -> None:
    # 1300 - 20 (outer IP) - 4 (GRE) - 4 (key)
    network = gre_network(key=key, left={"path_mtu_discovery": True})
    assert outcomes(probe(network, fits)) == "!!"
    job = probe(network, fits + 1, repeat=3)
    assert outcomes(job) == ".MM"
    assert {result.mtu for result in job.results[1:]} == {fits}
    assert outcomes(probe(network, fits)) == "!!"


def test_without_discovery_the_outer_packet_is_fragmented() -> None:
    network = gre_network()
    assert outcomes(probe(network, 1476)) == "!!"
    # the tunnel's own MTU holds whatever the path takes
    job = probe(network, 1477)
    assert outcomes(job) == "MM"
    assert job.results[0].mtu == 1476


def test_without_df_nothing_is_refused() -> None:
    network = gre_network(left={"path_mtu_discovery": True})
    assert outcomes(probe(network, 1400, repeat=3)) == ".MM"
    assert outcomes(ping(network, "left", "10.0.0.2", size=1400, repeat=2)) == "!!"


def test_a_path_mtu_is_forgotten_after_its_age() -> None:
    network = gre_network(left={"path_mtu_discovery": True})
    assert outcomes(probe(network, 1400)) == ".M"
    change(network, "middle", with_interface(config_of(network, "middle"), GI2, ip_mtu=None))
    assert outcomes(probe(network, 1400)) == "MM"
    network.run_for(600.0)
    assert outcomes(probe(network, 1400)) == "!!"


def test_a_path_mtu_below_the_floor_is_not_believed() -> None:
    network = gre_network(left={"path_mtu_discovery": True, "path_mtu_floor": 1301})
    assert outcomes(probe(network, 1400, repeat=3)) == "..."


def test_a_host_behind_the_tunnel_is_told_by_the_router_it_is_behind() -> None:
    network = gre_network(left={"path_mtu_discovery": True})
    left = config_of(network, "left")
    lan = {**left.interfaces, "GigabitEthernet9": interface("GigabitEthernet9", "10.9.0.1/24")}
    change(network, "left", replace(left, interfaces=lan))
    host = replace(
        config_of(network, "right"),
        interfaces={"GigabitEthernet1": interface("GigabitEthernet1", "10.9.0.2/24")},
        static_routes=(StaticRoute(prefix=net("0.0.0.0/0"), next_hop=addr("10.9.0.1")),),
    )
    network.add_router("host", host)
    network.connect(("left", "GigabitEthernet9"), ("host", "GigabitEthernet1"))
    back = StaticRoute(prefix=net("10.9.0.0/24"), interface="Tunnel0")
    right = config_of(network, "right")
    change(network, "right", replace(right, static_routes=(*right.static_routes, back)))
    job = ping(network, "host", "10.0.0.2", size=1400, df=True, repeat=2, timeout_s=1.0)
    assert [r.outcome for r in job.results] == [Outcome.TIMEOUT, Outcome.FRAGMENTATION_NEEDED]
    assert (job.results[1].address, job.results[1].mtu) == (addr("10.9.0.1"), 1276)


@pytest.mark.parametrize(
    ("transform", "encryption", "fits"),
    [
        # floor((1300 - 20 - 8 - 8 - 16) / 4) * 4 - 2 + 20 - 28
        (("esp-gcm", "256"), "aes-gcm-256", 1238),
        # floor((1300 - 20 - 8 - 16 - 16) / 16) * 16 - 2 + 20 - 28
        (("esp-aes", "256", "esp-sha256-hmac"), "aes-gcm-256", 1222),
    ],
)
def test_a_protected_tunnel_allows_for_esp(
    transform: tuple[str, ...], encryption: str, fits: int
) -> None:
    network = running(spokes=1)
    for name in ("hub1", "spoke1"):
        safe = replace(
            config_of(network, name), crypto=crypto(transform=transform, encryption=encryption)
        )
        changed = with_tunnel(with_interface(safe, TUNNEL, ip_mtu=None), path_mtu_discovery=True)
        change(network, name, changed)
    network.clear_crypto("hub1")
    change(
        network,
        "internet",
        with_interface(config_of(network, "internet"), "GigabitEthernet1", ip_mtu=1300),
    )
    network.run_for(90.0)

    def marks(size: int) -> str:
        return outcomes(
            ping(network, "spoke1", "10.255.0.1", size=size, df=True, repeat=2, timeout_s=1.0)
        )

    assert marks(fits) == "!!"
    assert marks(fits + 1) == ".M"
    assert marks(fits) == "!!"


@pytest.mark.parametrize(
    ("transform", "mode", "mtu", "plaintext"),
    [
        # reference/DMVPN.md section 1: values that routers printed
        (("esp-aes", "256", "esp-sha256-hmac"), "transport", 1500, 1458),
        (("esp-aes", "256", "esp-sha256-hmac"), "tunnel", 1500, 1438),
        (("esp-gcm", "256"), "transport", 1500, 1466),
        (("esp-aes", "256", "esp-sha-hmac"), "transport", 1400, 1362),
    ],
)
def test_esp_fills_the_path_and_not_more(
    transform: tuple[str, ...], mode: str, mtu: int, plaintext: int
) -> None:
    child = ChildSa(
        local_spi=1,
        remote_spi=2,
        local=addr("192.0.2.1"),
        remote=addr("192.0.2.2"),
        transform=transform,
        tunnel_mode=mode == "tunnel",
        tunnels=("Tunnel0",),
        profile="P",
        pfs_group=None,
        created=0.0,
        lifetime_s=3600,
        initiator=True,
        ike=1,
    )
    assert sizes.plaintext_mtu(mtu, child) == plaintext
    assert sizes.esp_size(plaintext, child) <= mtu < sizes.esp_size(plaintext + 1, child)


def test_a_walk_sees_what_a_path_takes() -> None:
    network = gre_network(left={"path_mtu_discovery": True})
    echo = Packet(
        src=addr("10.0.0.1"),
        dst=addr("10.0.0.2"),
        size=1400,
        df=True,
        payload=Icmp(kind=IcmpKind.ECHO),
    )
    assert "1424 bytes do not fit" in network.walk("left", echo).reason
    assert outcomes(probe(network, 1400)) == ".M"
    assert "do not fit the path MTU 1300" in network.walk("left", echo).reason
    assert network.walk("left", replace(echo, size=1276)).arrived


# Recursive routing


def states(network: Network) -> list[str]:
    """List what the log of `left` says of Tunnel0, oldest first."""
    return [text for _, text in network.routers["left"].log if "Tunnel0" in text]


def test_a_static_route_into_the_tunnel_disables_it_for_a_while() -> None:
    network = gre_network()
    left = config_of(network, "left")
    loop = StaticRoute(prefix=net("192.0.2.6/32"), interface="Tunnel0")
    change(network, "left", replace(left, static_routes=(*left.static_routes, loop)))
    assert states(network)[-2:] == [
        RECURDOWN,
        "%LINEPROTO-5-UPDOWN: Line protocol on Interface Tunnel0, changed state to down",
    ]
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "down")
    # It is tried again, finds itself in the way again, and says so again.
    network.run_for(35.0)
    assert states(network).count(RECURDOWN) == 4
    change(network, "left", left)
    network.run_for(15.0)
    assert network.routers["left"].interface_state("Tunnel0") == ("up", "up")
    assert outcomes(ping(network, "left", "10.0.0.2", repeat=1)) == "!"


def test_routing_that_covers_the_underlay_makes_the_tunnel_flap() -> None:
    network = gre_network()
    everything = EigrpConfig(asn=1, networks=(net("10.0.0.0/8"), net("192.0.2.0/24")))
    for name in ("left", "right"):
        config = config_of(network, name)
        change(
            network,
            name,
            replace(
                with_interface(config, "Tunnel0", eigrp={1: EigrpInterfaceConfig()}),
                eigrp=(everything,),
            ),
        )
    network.run_for(60.0)
    said = states(network)
    assert said.count(RECURDOWN) >= 3
    assert (
        "%DUAL-5-NBRCHANGE: EIGRP-IPv4 1: Neighbor 10.0.0.2 (Tunnel0) is up: new adjacency" in said
    )


def test_two_tunnels_through_each_other_are_found_out() -> None:
    network = gre_network()
    left = config_of(network, "left")
    second = TunnelConfig(source=GI1, destination=addr("198.51.100.9"))
    crossed = (
        StaticRoute(prefix=net("192.0.2.6/32"), interface="Tunnel1"),
        StaticRoute(prefix=net("198.51.100.9/32"), interface="Tunnel0"),
    )
    made = interface("Tunnel1", "10.0.1.1/30", tunnel=second)
    change(
        network,
        "left",
        replace(
            left,
            interfaces={**left.interfaces, "Tunnel1": made},
            static_routes=(*left.static_routes, *crossed),
        ),
    )
    assert any("RECURDOWN" in text for _, text in network.routers["left"].log)
    network.run_for(60.0)
    assert not all(
        network.routers["left"].interface_state(name) == ("up", "up")
        for name in ("Tunnel0", "Tunnel1")
    )


def test_an_mgre_tunnel_that_leads_into_itself_drops_in_silence() -> None:
    network = running(spokes=1, protected=False)
    spoke = config_of(network, "spoke1")
    loop = StaticRoute(prefix=net("203.0.113.1/32"), next_hop=addr("10.255.0.1"))
    change(network, "spoke1", replace(spoke, static_routes=(*spoke.static_routes, loop)))
    assert outcomes(ping(network, "spoke1", "10.255.0.1", repeat=2, timeout_s=1.0)) == ".."
    assert network.routers["spoke1"].interface_state(TUNNEL) == ("up", "up")
    assert not any("RECURDOWN" in text for _, text in network.routers["spoke1"].log)


# The longest TCP segment


class Listener:
    """A tap that keeps the segment sizes that SYNs tell."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []

    def take(self, packet: Packet, now: float) -> None:
        inner = packet.payload.payload if isinstance(packet.payload, Gre) else packet
        segment = inner.payload if isinstance(inner, Packet) else None
        if isinstance(segment, Tcp) and segment.mss is not None:
            way = "answer" if "ack" in segment.flags else "call"
            self.told.append((way, segment.mss))


@pytest.mark.parametrize(
    ("ip_mtu", "adjust", "told"),
    [
        (1400, None, 1360),  # the MTU less 20 of IP and 20 of TCP
        (1400, 1300, 1300),
        (1300, 1360, 1260),
        (None, None, 1432),  # 1500 - 20 - 4 - 4, less 40
    ],
)
def test_a_syn_tells_what_fits_the_tunnel(
    ip_mtu: int | None, adjust: int | None, told: int
) -> None:
    network = cloud(spokes=3, protected=False)
    reflected(network)
    spoke = config_of(network, "spoke1")
    change(network, "spoke1", with_interface(spoke, TUNNEL, ip_mtu=ip_mtu, tcp_mss=adjust))
    network.run_for(60.0)
    listener = Listener()
    network.tap(("spoke1", TUNNEL), listener)
    network.clear_bgp("spoke1")
    network.run_for(60.0)
    assert ("call", told) in listener.told
    # the hub answers for its own side: ip mtu 1400, adjust-mss 1360
    assert ("answer", 1360) in listener.told


def test_a_syn_in_transit_is_clamped_and_never_raised() -> None:
    network = chain()
    middle = config_of(network, "middle")
    change(network, "middle", with_interface(middle, GI2, ip_mtu=1300, tcp_mss=1200))
    listener = Listener()
    network.tap(("right", GI1), listener)
    for mss in (1460, 900):
        syn = Tcp(source_port=11000, port=179, flags=frozenset({"syn"}), mss=mss)
        packet = Packet(src=addr("192.0.2.1"), dst=addr("192.0.2.6"), payload=syn, size=44)
        network.inject(("middle", GI1), encode(packet))
        network.run_for(1.0)
    assert {mss for _, mss in listener.told} == {1200, 900}
