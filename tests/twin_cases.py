"""Networks for the tests of the twin, built as values (no configuration text)."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from labs.twin.device import (
    BgpConfig,
    BgpNeighborConfig,
    CryptoConfig,
    DeviceConfig,
    EigrpConfig,
    EigrpInterfaceConfig,
    Ikev2Peer,
    Ikev2Policy,
    Ikev2Profile,
    Ikev2Proposal,
    InterfaceConfig,
    IpsecProfile,
    NhrpConfig,
    NhsConfig,
    StaticRoute,
    TransformSet,
    TunnelConfig,
    TunnelMode,
)
from labs.twin.image import IMAGES, ImageProfile
from labs.twin.network import Network, PingJob, PingSpec, TraceJob, TraceSpec
from labs.twin.nhrp.entries import NhsStatus
from labs.twin.rib import Route

XE = IMAGES["17.3"]
WAN = "GigabitEthernet2"
LAN = "GigabitEthernet3"
TUNNEL = "Tunnel100"
HUB_NBMA = "203.0.113.1"
HUB_TUNNEL = "10.255.0.1"
ASN = 100
KEY = "s3cret-psk"


def addr(text: str) -> IPv4Address:
    return IPv4Address(text)


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


def interface(name: str, address: str | None = None, **more: object) -> InterfaceConfig:
    ip = IPv4Interface(address) if address is not None else None
    return InterfaceConfig(name=name, address=ip, **more)  # type: ignore[arg-type]


def device(*interfaces: InterfaceConfig, image: ImageProfile = XE, **more: object) -> DeviceConfig:
    by_name = {entry.name: entry for entry in interfaces}
    more.setdefault("logging_dmvpn", True)
    return DeviceConfig(image=image, interfaces=by_name, **more)  # type: ignore[arg-type]


def with_interface(config: DeviceConfig, name: str, **changes: object) -> DeviceConfig:
    """Change fields of one interface."""
    changed = replace(config.interfaces[name], **changes)  # type: ignore[arg-type]
    return replace(config, interfaces={**config.interfaces, name: changed})


def with_tunnel(config: DeviceConfig, name: str = TUNNEL, **changes: object) -> DeviceConfig:
    """Change `tunnel ...` lines of one interface."""
    tunnel = config.interfaces[name].tunnel
    assert tunnel is not None
    return with_interface(config, name, tunnel=replace(tunnel, **changes))  # type: ignore[arg-type]


def with_nhrp(config: DeviceConfig, name: str = TUNNEL, **changes: object) -> DeviceConfig:
    """Change `ip nhrp ...` lines of one interface."""
    nhrp = config.interfaces[name].nhrp
    assert nhrp is not None
    return with_interface(config, name, nhrp=replace(nhrp, **changes))  # type: ignore[arg-type]


def default_route(next_hop: str, vrf: str = "") -> StaticRoute:
    return StaticRoute(prefix=net("0.0.0.0/0"), next_hop=addr(next_hop), vrf=vrf)


def crypto(
    *,
    key: str = KEY,
    peer: str = "0.0.0.0/0",
    encryption: str = "aes-gcm-256",
    transform: tuple[str, ...] = ("esp-gcm", "256"),
    mode: str = "transport",
    policy: bool = True,
    fvrf: str | None = None,
    pfs_group: int | None = None,
    dpd: tuple[int, int, str] | None = (20, 5, "periodic"),
    lifetime_s: int = 3600,
    ike_lifetime_s: int = 86400,
) -> CryptoConfig:
    proposal = Ikev2Proposal(name="PROP", encryption=(encryption,), prf=("sha512",), groups=(19,))
    if "gcm" not in encryption:
        proposal = replace(proposal, integrity=("sha512",))
    return CryptoConfig(
        proposals={"PROP": proposal},
        policies={"POL": Ikev2Policy(name="POL", fvrf=fvrf, proposals=("PROP",))} if policy else {},
        keyrings={"KR": (Ikev2Peer(name="ANY", address=net(peer), local_key=key, remote_key=key),)},
        profiles={
            "PF": Ikev2Profile(
                name="PF",
                fvrf=fvrf,
                match_remote=(net("0.0.0.0/0"),),
                auth_local="pre-share",
                auth_remote="pre-share",
                keyring="KR",
                dpd=dpd,
                lifetime_s=ike_lifetime_s,
            )
        },
        transform_sets={"TS": TransformSet(name="TS", transforms=transform, mode=mode)},
        ipsec_profiles={
            "IPP": IpsecProfile(
                name="IPP",
                transform_sets=("TS",),
                ikev2_profile="PF",
                pfs_group=pfs_group,
                lifetime_s=lifetime_s,
            )
        },
    )


def nhrp(image: ImageProfile = XE, **more: object) -> NhrpConfig:
    values: dict[str, object] = {
        "network_id": 100,
        "authentication": "sesame",
        "holdtime_s": image.nhrp.holdtime_s,
        "registration_unique": image.nhrp.registration_unique,
        "multicast_dynamic": image.nhrp.multicast_dynamic,
        "shortcut": image.nhrp.shortcut,
        **more,
    }
    return NhrpConfig(**values)  # type: ignore[arg-type]


def tunnel_interface(
    address: str, nhrp_config: NhrpConfig, *, protected: bool = True, **eigrp: object
) -> InterfaceConfig:
    return interface(
        TUNNEL,
        address,
        ip_mtu=1400,
        tcp_mss=1360,
        tunnel=TunnelConfig(
            source=WAN,
            mode=TunnelMode.GRE_MULTIPOINT,
            key=100,
            ipsec_profile="IPP" if protected else None,
        ),
        nhrp=nhrp_config,
        eigrp={ASN: EigrpInterfaceConfig(**eigrp)},  # type: ignore[arg-type]
    )


def hub(*, protected: bool = True, summary: str | None = "10.0.0.0/8") -> DeviceConfig:
    summaries = (net(summary),) if summary is not None else ()
    return device(
        interface("Loopback0", "10.0.0.1/24"),
        interface(WAN, f"{HUB_NBMA}/30"),
        tunnel_interface(
            f"{HUB_TUNNEL}/22",
            nhrp(redirect=True),
            protected=protected,
            summaries=summaries,
            split_horizon=False,
        ),
        static_routes=(default_route("203.0.113.2"),),
        eigrp=(EigrpConfig(asn=ASN, networks=(net("10.0.0.0/8"),)),),
        crypto=crypto(),
        hostname="hub1",
    )


def spoke(number: int, *, protected: bool = True) -> DeviceConfig:
    server = NhsConfig(address=addr(HUB_TUNNEL), nbma=addr(HUB_NBMA), multicast=True)
    return device(
        interface(WAN, spoke_nbma(number) + "/30"),
        interface(LAN, f"10.1.{number}.1/24"),
        tunnel_interface(spoke_tunnel(number) + "/22", nhrp(nhs=(server,)), protected=protected),
        static_routes=(default_route(str(addr(spoke_nbma(number)) + 1)),),
        eigrp=(
            EigrpConfig(
                asn=ASN, networks=(net("10.0.0.0/8"),), stub=frozenset({"connected", "summary"})
            ),
        ),
        crypto=crypto(),
        hostname=f"spoke{number}",
    )


def static_cloud(spokes: int = 3, *, protected: bool = True) -> Network:
    """A phase 3 cloud without a routing protocol: summary on the spokes, LANs on the hub."""
    network = cloud(spokes, protected=protected)
    lans = tuple(
        StaticRoute(prefix=net(f"10.1.{n}.0/24"), next_hop=addr(spoke_tunnel(n)))
        for n in range(1, spokes + 1)
    )
    summary = StaticRoute(prefix=net("10.0.0.0/8"), next_hop=addr(HUB_TUNNEL))
    for name, router in network.routers.items():
        if name == "internet":
            continue
        routes = (*router.config.static_routes, *(lans if name == "hub1" else (summary,)))
        network.configure(name, replace(router.config, static_routes=routes, eigrp=()))
    return network


def spoke_nbma(number: int) -> str:
    return str(addr("198.51.100.1") + 4 * number)


def spoke_tunnel(number: int) -> str:
    return str(addr("10.255.0.10") + number)


def internet(spokes: int) -> DeviceConfig:
    return device(
        interface("GigabitEthernet1", "203.0.113.2/30"),
        *(
            interface(f"GigabitEthernet{number + 1}", str(addr(spoke_nbma(number)) + 1) + "/30")
            for number in range(1, spokes + 1)
        ),
        hostname="internet",
    )


def cloud(
    spokes: int = 3, *, protected: bool = True, summary: str | None = "10.0.0.0/8", seed: int = 1
) -> Network:
    """A phase 3 cloud with EIGRP: hub1, spoke1..N and the router `internet` between them."""
    network = Network(seed=seed)
    network.add_router("internet", internet(spokes))
    network.add_router("hub1", hub(protected=protected, summary=summary))
    network.connect(("internet", "GigabitEthernet1"), ("hub1", WAN))
    for number in range(1, spokes + 1):
        network.add_router(f"spoke{number}", spoke(number, protected=protected))
        network.connect(("internet", f"GigabitEthernet{number + 1}"), (f"spoke{number}", WAN))
    return network


def ping(network: Network, router: str, destination: str, **more: object) -> PingJob:
    """Ping and let time pass until it is done."""
    job = network.start_ping(router, PingSpec(destination=addr(destination), **more))  # type: ignore[arg-type]
    while not job.done:
        network.run_for(0.1)
    return job


def trace(network: Network, router: str, destination: str, **more: object) -> TraceJob:
    """Trace and let time pass until it is done."""
    job = network.start_traceroute(router, TraceSpec(destination=addr(destination), **more))  # type: ignore[arg-type]
    while not job.done:
        network.run_for(0.1)
    return job


def outcomes(job: PingJob) -> str:
    """Print the results as IOS does."""
    marks = {"reply": "!", "timeout": ".", "fragmentation needed": "M"}
    return "".join(marks.get(result.outcome.value, "U") for result in job.results)


def path(job: TraceJob) -> list[str]:
    """List who answered at each TTL."""
    return [str(next((p.address for p in hop if p.address), "*")) for hop in job.hops]


CONVERGED_S = 60.0


def running(**more: object) -> Network:
    network = cloud(**more)  # type: ignore[arg-type]
    network.run_for(CONVERGED_S)
    return network


def route(network: Network, router: str, prefix: str) -> Route | None:
    return network.routers[router].rib[""].exact(net(prefix))


def rows(network: Network, router: str) -> dict[str, tuple[str, str]]:
    """The cache without local entries: target -> (type, attributes)."""
    cache = network.routers[router].nhrp[TUNNEL].cache.values()
    return {str(e.target): (str(e.type), e.attributes) for e in cache if not e.local}


def registered(network: Network) -> set[str]:
    cache = network.routers["hub1"].nhrp[TUNNEL].cache.values()
    return {str(e.next_hop) for e in cache if "registered" in e.words}


def state(network: Network, router: str = "spoke1") -> str:
    """The State of the hub's row in `show dmvpn` of a spoke."""
    machine = network.routers[router]
    if machine.protected(TUNNEL):
        layer = machine.crypto.layer(TUNNEL, addr(HUB_NBMA))
        if layer is not None:
            return layer
    servers = machine.nhrp[TUNNEL].nhs.values()
    return "UP" if all(s.status is NhsStatus.RESPONDING for s in servers) else "NHRP"


def change(network: Network, router: str, config: DeviceConfig) -> None:
    network.configure(router, config)


def config_of(network: Network, router: str) -> DeviceConfig:
    return network.routers[router].config


def reflected(network: Network) -> None:
    """Exchange EIGRP for iBGP: the hub reflects to a listen range and sends an aggregate."""
    client = BgpNeighborConfig(
        remote_as=65000,
        route_reflector_client=True,
        next_hop_self_all=True,
        keepalive_s=20,
        hold_s=60,
    )
    hub_bgp = BgpConfig(
        asn=65000,
        peer_groups={"SPOKES": client},
        listen_ranges=((net("10.255.0.0/22"), "SPOKES"),),
        networks=(net("10.0.0.0/24"),),
        aggregates=((net("10.0.0.0/8"), True),),
    )
    change(network, "hub1", replace(config_of(network, "hub1"), eigrp=(), bgp=hub_bgp))
    server = BgpNeighborConfig(remote_as=65000, keepalive_s=20, hold_s=60)
    for number in (1, 2, 3):
        bgp = BgpConfig(
            asn=65000,
            neighbors={addr("10.255.0.1"): server},
            networks=(net(f"10.1.{number}.0/24"),),
        )
        name = f"spoke{number}"
        change(network, name, replace(config_of(network, name), eigrp=(), bgp=bgp))


def traced(network: Network, source: str = "spoke1", destination: str = "10.1.2.1") -> list[str]:
    return path(trace(network, source, destination, source=LAN))


def make_phase_1(network: Network) -> None:
    for number in (1, 2, 3):
        config = config_of(network, f"spoke{number}")
        nhrp = config.interfaces[TUNNEL].nhrp
        assert nhrp is not None
        config = with_tunnel(config, mode=TunnelMode.GRE_IP, destination=addr(HUB_NBMA))
        server = NhsConfig(address=addr("10.255.0.1"))
        change(network, f"spoke{number}", with_nhrp(config, shortcut=False, nhs=(server,)))
    change(network, "hub1", with_nhrp(config_of(network, "hub1"), redirect=False))


GI1, GI2 = "GigabitEthernet1", "GigabitEthernet2"


def chain(*, image: str = "17.3") -> Network:
    """Left -- middle -- right, right with a LAN of its own."""
    network = Network()
    left = device(interface(GI1, "192.0.2.1/30"), static_routes=(default_route("192.0.2.2"),))
    back = StaticRoute(prefix=net("172.16.0.0/24"), next_hop=addr("192.0.2.6"))
    middle = device(
        interface(GI1, "192.0.2.2/30"), interface(GI2, "192.0.2.5/30"), static_routes=(back,)
    )
    right = device(
        interface(GI1, "192.0.2.6/30"),
        interface(GI2, "172.16.0.1/24"),
        static_routes=(default_route("192.0.2.5"),),
        image=IMAGES[image],
    )
    for name, config in (("left", left), ("middle", middle), ("right", right)):
        network.add_router(name, config)
    network.connect(("left", GI1), ("middle", GI1), latency_s=0.005)
    network.connect(("middle", GI2), ("right", GI1), latency_s=0.005)
    return network
