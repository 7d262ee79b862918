"""From the whole intent to one view per router: pure, every default made explicit.

Decisions about the protocol stand here, with their reasons; how a view looks as configuration
stands in `automation.config.render`.
"""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from automation.fabric.allocations import Allocations
from automation.fabric.model import BgpRouting, Cloud, EigrpRouting, Fabric, Ipsec, Router
from automation.fabric.views import (
    BgpGroupView,
    BgpPeerView,
    BgpView,
    CryptoView,
    DeviceView,
    EigrpInterfaceView,
    EigrpView,
    Generation,
    LanView,
    PeerView,
    Phase,
    Role,
    TunnelView,
)

SPOKE_STUB = ("connected", "summary")
"""A spoke announces its own prefixes only: it must never become a transit (DMVPN.md section 5)."""
DEFAULT_PROCESS = "DMVPN"
FIRST_MODERN = (15, 7)
"""reference/DMVPN.md section 2: 15.5 is old, 15.7 is new. 15.6 was not seen: taken as old, so
that what a modern image would do by default is written rather than missing."""


def generation_of(version: str) -> Generation:
    """Tell the NHRP defaults of an image from its version, e.g. `17.3` or `15.5(3)M`."""
    match = re.search(r"(\d+)\.(\d+)", version)
    if match is None:
        return Generation.MODERN
    modern = (int(match[1]), int(match[2])) >= FIRST_MODERN
    return Generation.MODERN if modern else Generation.LEGACY


def device_views(
    fabric: Fabric, allocations: Allocations, versions: Mapping[str, str] | None = None
) -> dict[str, DeviceView]:
    """Derive the view of every router, hubs first, in the order of the file.

    Args:
        fabric: The valid intent.
        allocations: What `allocate` gave for this fabric.
        versions: IOS version by router, where known; a router's own `profile` goes first.
    """
    placed = {
        cloud: [
            _peer(fabric, site, name, router, allocations.address(cloud, name, attachment), cloud)
            for site, name, router, attachment in fabric.members(cloud)
        ]
        for cloud in fabric.clouds
    }
    views = [
        _device(fabric, site, name, router, placed, (versions or {}).get(name, ""))
        for site, name, router in fabric.routers()
    ]
    views.sort(key=lambda view: not view.is_hub)
    return {view.name: view for view in views}


def _peer(
    fabric: Fabric, site: str, name: str, router: Router, address: IPv4Address, cloud: str
) -> PeerView:
    return PeerView(
        name=name,
        site=site,
        role=router.role,
        address=address,
        nbma=router.clouds[cloud].nbma,
        lans=_lan_networks(router),
    )


def _lan_networks(router: Router) -> tuple[IPv4Network, ...]:
    return tuple(lan.network for addresses in router.lans.values() for lan in addresses)


def _device(
    fabric: Fabric,
    site: str,
    name: str,
    router: Router,
    placed: Mapping[str, list[PeerView]],
    version: str,
) -> DeviceView:
    members = {cloud: fabric.clouds[cloud] for cloud in router.clouds}
    own = {cloud: next(p for p in placed[cloud] if p.name == name) for cloud in members}
    tunnels = tuple(
        _tunnel(fabric, cloud_name, router, own[cloud_name], placed[cloud_name])
        for cloud_name in members
    )
    role_lines = getattr(fabric.roles, router.role.value).extra_config
    return DeviceView(
        name=name,
        site=site,
        role=router.role,
        generation=router.profile or generation_of(version),
        generation_given=router.profile is not None,
        tunnels=tunnels,
        crypto=tuple(
            _crypto(cloud_name, cloud.ipsec, _front_vrf(fabric, cloud))
            for cloud_name, cloud in members.items()
            if cloud.ipsec
        ),
        lans=tuple(
            LanView(interface=interface, addresses=addresses)
            for interface, addresses in router.lans.items()
        ),
        eigrp=_eigrp(members, own, router),
        bgp=_bgp(members, own, placed, router),
        extra_config=(*role_lines, *router.extra_config),
    )


def _front_vrf(fabric: Fabric, cloud: Cloud) -> str | None:
    return fabric.transports[cloud.transport].vrf


def crypto_name(cloud: str) -> str:
    """Name the crypto objects and the peer group of a cloud."""
    return f"DMVPN-{cloud.upper()}"


def _tunnel(
    fabric: Fabric, name: str, router: Router, own: PeerView, members: list[PeerView]
) -> TunnelView:
    cloud = fabric.clouds[name]
    hub = router.role is Role.HUB
    others = tuple(sorted((p for p in members if p.name != own.name), key=lambda p: p.name))
    return TunnelView(
        cloud=name,
        phase=cloud.phase,
        role=router.role,
        interface=cloud.interface,
        address=IPv4Interface((int(own.address), cloud.overlay.prefixlen)),
        wan=router.clouds[name].wan,
        nbma=own.nbma,
        front_vrf=_front_vrf(fabric, cloud),
        network_id=cloud.network_id,
        authentication=cloud.nhrp.authentication,
        holdtime_s=cloud.nhrp.holdtime,
        key=cloud.key,
        mtu=cloud.mtu,
        mss=cloud.mss,
        bandwidth_kbit=cloud.bandwidth,
        delay_tens_us=cloud.delay,
        redirect=hub and cloud.phase is Phase.THREE,
        shortcut=not hub and cloud.phase is Phase.THREE,
        multicast_dynamic=hub,
        # Hubs of one cloud register with each other as well: else one hub could reach what lies
        # behind the other only through a spoke, and spokes are no transit.
        nhs=tuple(p for p in members if p.role is Role.HUB and p.name != own.name),
        peers=others,
        ipsec_profile=crypto_name(name) if cloud.ipsec else None,
        extra_config=cloud.extra_config,
    )


def _crypto(cloud: str, ipsec: Ipsec, front_vrf: str | None) -> CryptoView:
    return CryptoView(
        cloud=cloud,
        name=crypto_name(cloud),
        front_vrf=front_vrf,
        psk=ipsec.auth.psk,
        encryption=ipsec.encryption,
        integrity=ipsec.integrity,
        prf=ipsec.prf,
        group=ipsec.group,
        transform=_transform(ipsec),
        pfs_group=ipsec.pfs,
        dpd=(ipsec.dpd.interval, ipsec.dpd.retry) if ipsec.dpd else None,
    )


def _transform(ipsec: Ipsec) -> tuple[str, ...]:
    """Choose the ESP transform that is as strong as the IKE proposal."""
    _, mode, bits = ipsec.encryption.split("-")
    size = () if bits == "128" else (bits,)  # 128 is the default and not printed
    if mode == "gcm":
        return ("esp-gcm", *size)
    digest = "esp-sha-hmac" if ipsec.integrity == "sha1" else f"esp-{ipsec.integrity}-hmac"
    return ("esp-aes", *size, digest)


def _unique(networks: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    return tuple(sorted(set(networks)))


def _eigrp(
    members: Mapping[str, Cloud], own: Mapping[str, PeerView], router: Router
) -> tuple[EigrpView, ...]:
    processes: dict[int, list[str]] = {}
    for name, cloud in members.items():
        if isinstance(cloud.routing, EigrpRouting):
            processes.setdefault(cloud.routing.asn, []).append(name)
    return tuple(_process(asn, names, members, own, router) for asn, names in processes.items())


def _process(
    asn: int,
    names: list[str],
    members: Mapping[str, Cloud],
    own: Mapping[str, PeerView],
    router: Router,
) -> EigrpView:
    hub = router.role is Role.HUB
    routing = members[names[0]].routing
    assert isinstance(routing, EigrpRouting)  # noqa: S101 - chosen by the caller
    return EigrpView(
        asn=asn,
        name=(routing.name or DEFAULT_PROCESS) if routing.mode == "named" else None,
        router_id=own[names[0]].address,
        networks=_unique([*(members[n].overlay for n in names), *_lan_networks(router)]),
        stub=() if hub else SPOKE_STUB,
        interfaces=tuple(_eigrp_interface(members[n], hub=hub) for n in names),
    )


def _eigrp_interface(cloud: Cloud, *, hub: bool) -> EigrpInterfaceView:
    routing = cloud.routing
    summaries = routing.summary if hub and isinstance(routing, EigrpRouting) else ()
    return EigrpInterfaceView(
        interface=cloud.interface,
        # With a summary spokes hear of each other by the summary; without one the hub must pass
        # their prefixes back out of the tunnel they came in by.
        split_horizon=not hub or bool(summaries),
        next_hop_self=cloud.phase is not Phase.TWO or not hub,
        summaries=summaries,
    )


def _bgp(
    members: Mapping[str, Cloud],
    own: Mapping[str, PeerView],
    placed: Mapping[str, list[PeerView]],
    router: Router,
) -> BgpView | None:
    hub = router.role is Role.HUB
    clouds = {n: c.routing for n, c in members.items() if isinstance(c.routing, BgpRouting)}
    if not clouds:
        return None
    first = next(iter(clouds))
    return BgpView(
        asn=clouds[first].asn,
        router_id=own[first].address,
        networks=_unique(_lan_networks(router)),
        groups=tuple(
            BgpGroupView(
                name=crypto_name(name),
                listen_range=members[name].overlay,
                keepalive_s=routing.keepalive,
                hold_s=routing.hold,
            )
            for name, routing in clouds.items()
            if hub
        ),
        peers=tuple(
            BgpPeerView(
                name=peer.name,
                address=peer.address,
                keepalive_s=routing.keepalive,
                hold_s=routing.hold,
            )
            for name, routing in clouds.items()
            for peer in placed[name]
            if peer.role is Role.HUB and peer.name != own[name].name
        ),
    )
