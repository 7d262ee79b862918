"""What the parts of an intent say about each other: pure rules over a valid model.

Each rule yields complaints with the path of the thing to change. One value alone is judged in
`values`, one object alone in `model`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network

from automation.fabric.model import Attachment, BgpRouting, Cloud, EigrpRouting, Fabric
from automation.fabric.values import NHRP_AUTHENTICATION_MAX, authentication_too_long
from automation.fabric.views import Role

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A rule broken, and the path of what to change."""

    path: Path
    code: str
    message: str
    hint: str = ""
    key: bool = False
    """The key is at fault, not its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rules may know beside the fabric."""

    hosts: frozenset[str] | None = None
    """Names in hosts.yaml; None when there is no such file."""
    secret_lengths: Mapping[str, int] = field(default_factory=dict)
    """Length of each secret that could be resolved; never a value."""
    unread: frozenset[Path] = frozenset()
    """Paths that exist but were left out because they have problems of their own."""

    def left_out(self, *path: str | int) -> bool:
        """Tell whether the thing at a path, or something below or around it, was left out."""
        return any(u[: len(path)] == path[: len(u)] for u in self.unread)


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that was probably meant, as a hint, or list what is known."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(names)}" if names else ""


def complaints(fabric: Fabric, around: Surroundings) -> Iterator[Complaint]:
    """Apply every rule."""
    for rule in RULES:
        yield from rule(fabric, around)


def _router_path(site: str, router: str, *rest: str | int) -> Path:
    return ("sites", site, "routers", router, *rest)


def _references(fabric: Fabric, around: Surroundings) -> Iterator[Complaint]:
    """Names that are used must exist; names of clouds differ by more than case."""
    upper: dict[str, str] = {}
    for name, cloud in fabric.clouds.items():
        twin = upper.setdefault(name.upper(), name)
        if twin != name:
            yield Complaint(
                path=("clouds", name),
                code="E323",
                message=f"clouds {twin} and {name} differ only in case",
                hint="their crypto objects would have the same name",
                key=True,
            )
        if cloud.transport not in fabric.transports and not around.left_out(
            "transports", cloud.transport
        ):
            yield Complaint(
                path=("clouds", name, "transport"),
                code="E302",
                message=f"there is no transport {cloud.transport!r}",
                hint=nearest(cloud.transport, fabric.transports),
            )
    for site, name, router in fabric.routers() if fabric.clouds else ():
        for cloud_name in router.clouds:
            if cloud_name not in fabric.clouds and not around.left_out("clouds", cloud_name):
                yield Complaint(
                    path=_router_path(site, name, "clouds", cloud_name),
                    code="E303",
                    message=f"there is no cloud {cloud_name!r}",
                    hint=nearest(cloud_name, fabric.clouds),
                    key=True,
                )


def _routers(fabric: Fabric, around: Surroundings) -> Iterator[Complaint]:
    """Every router stands once and can be reached."""
    seen: dict[str, str] = {}
    for site, name, _ in fabric.routers():
        if name in seen:
            yield Complaint(
                path=_router_path(site, name),
                code="E301",
                message=f"router {name} stands in two sites: {seen[name]} and {site}",
                hint="a router has one name in hosts.yaml and one place",
                key=True,
            )
        seen.setdefault(name, site)
        if around.hosts is not None and name not in around.hosts:
            yield Complaint(
                path=_router_path(site, name),
                code="E321",
                message=f"router {name} is not in hosts.yaml",
                hint=nearest(name, around.hosts) or "add it with its management address",
                key=True,
            )


def _hubs(fabric: Fabric, around: Surroundings) -> Iterator[Complaint]:
    """A cloud needs a hub that spokes can find."""
    if not fabric.clouds and not around.left_out("clouds"):
        yield Complaint(path=("clouds",), code="E107", message="there is no cloud", key=True)
    for cloud_name in fabric.clouds:
        members = list(fabric.members(cloud_name))
        hubs = [m for m in members if m[2].role is Role.HUB]
        if members and not hubs and not around.left_out("sites"):
            yield Complaint(
                path=("clouds", cloud_name),
                code="E304",
                message=f"cloud {cloud_name} has no hub",
                hint="give one of its routers role: hub",
                key=True,
            )
        for site, name, _, attachment in hubs:
            path = _router_path(site, name, "clouds", cloud_name)
            if attachment.nbma is None and not around.left_out(*path, "nbma"):
                yield Complaint(
                    path=path,
                    code="E314",
                    message=f"hub {name} has no NBMA address in cloud {cloud_name}",
                    hint="add nbma: the underlay address that spokes register with",
                    key=True,
                )


def _overlay(fabric: Fabric, _: Surroundings) -> Iterator[Complaint]:
    """Overlay addresses: inside, each once, and enough of them."""
    for cloud_name, cloud in fabric.clouds.items():
        usable = cloud.overlay.num_addresses - 2
        members = list(fabric.members(cloud_name))
        if len(members) > usable:
            yield Complaint(
                path=("clouds", cloud_name, "overlay"),
                code="E312",
                message=f"overlay {cloud.overlay} is too small: {usable} addresses, "
                f"{len(members)} routers",
                hint=f"{_big_enough(len(members))} would do",
            )
        seen: dict[IPv4Address, str] = {}
        for site, name, _router, attachment in members:
            yield from _overlay_address(
                cloud, attachment, name, _router_path(site, name, "clouds", cloud_name), seen
            )


def _overlay_address(
    cloud: Cloud, attachment: Attachment, name: str, path: Path, seen: dict[IPv4Address, str]
) -> Iterator[Complaint]:
    address = attachment.address
    if address == "auto":
        return
    if address not in cloud.overlay:
        yield Complaint(
            path=(*path, "address"),
            code="E311",
            message=f"{address} lies outside overlay {cloud.overlay}",
            hint="take an address of the overlay, or auto",
        )
    elif address in (cloud.overlay.network_address, cloud.overlay.broadcast_address):
        yield Complaint(
            path=(*path, "address"),
            code="E311",
            message=f"{address} is the network or broadcast address of {cloud.overlay}",
            hint="take a host address of the overlay, or auto",
        )
    if address in seen:
        yield Complaint(
            path=(*path, "address"),
            code="E310",
            message=f"{address} is already the overlay address of {seen[address]}",
            hint="give each router its own, or auto",
        )
    seen.setdefault(address, name)


def _big_enough(routers: int) -> str:
    return f"a /{32 - (routers + 1).bit_length()}"


def _underlay(fabric: Fabric, _: Surroundings) -> Iterator[Complaint]:
    """NBMA addresses: each once a transport, not inside what the tunnel carries."""
    seen: dict[tuple[str, IPv4Address], str] = {}
    for site, name, router in fabric.routers():
        for cloud_name, attachment in router.clouds.items():
            cloud = fabric.clouds.get(cloud_name)
            if cloud is None or attachment.nbma is None:
                continue
            path = _router_path(site, name, "clouds", cloud_name, "nbma")
            owner = seen.setdefault((cloud.transport, attachment.nbma), name)
            if owner != name:
                yield Complaint(
                    path=path,
                    code="E313",
                    message=f"{attachment.nbma} is already the NBMA address of {owner}",
                    hint="each router has its own address on a transport",
                )
            if attachment.nbma in cloud.overlay:
                yield Complaint(
                    path=path,
                    code="E341",
                    message=f"NBMA address {attachment.nbma} lies inside overlay {cloud.overlay}",
                    hint="nbma is the underlay address; address is the overlay address",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prefix:
    """A prefix that the overlay routes, and whose it is."""

    order: int
    network: IPv4Network
    owner: str
    address: IPv4Address | None = None
    site: str = ""
    path: Path = ()


def _lans(fabric: Fabric, _: Surroundings) -> Iterator[Complaint]:
    """LAN prefixes do not overlap with each other or with an overlay; WAN is not LAN."""
    prefixes = [
        _Prefix(order=-1, network=cloud.overlay, owner=f"the overlay of {name}")
        for name, cloud in fabric.clouds.items()
    ]
    for site, name, router in fabric.routers():
        wans = {a.wan for a in router.clouds.values()}
        for interface, addresses in router.lans.items():
            path = _router_path(site, name, "lans", interface)
            if interface in wans:
                yield Complaint(
                    path=path,
                    code="E318",
                    message=f"{interface} is the WAN interface of {name}",
                    hint="the WAN belongs to the day-0 configuration and is never changed",
                    key=True,
                )
            prefixes.extend(
                _Prefix(
                    order=len(prefixes),
                    network=lan.network,
                    owner=name,
                    address=lan.ip,
                    site=site,
                    path=(*path, i),
                )
                for i, lan in enumerate(addresses)
            )
    yield from _overlaps(prefixes)


def _overlaps(prefixes: list[_Prefix]) -> Iterator[Complaint]:
    """Find prefixes that overlap; routers of one site may share a LAN."""
    widest: _Prefix | None = None
    for prefix in sorted(prefixes, key=lambda p: (p.network, p.order)):
        if widest is None or not prefix.network.overlaps(widest.network):
            widest = prefix
            continue
        first, second = sorted((widest, prefix), key=lambda p: p.order)
        if prefix.network == widest.network and prefix.site and prefix.site == widest.site:
            if prefix.address == widest.address:
                yield Complaint(
                    path=second.path,
                    code="E324",
                    message=f"{second.address} is already the LAN address of {first.owner}",
                    hint=f"write this router's own, for example {second.network[2]}/"
                    f"{second.network.prefixlen}",
                )
            continue
        yield Complaint(
            path=second.path,
            code="E315",
            message=f"{second.network} overlaps with {first.network} of {first.owner}",
            hint="prefixes behind different sites must differ",
        )


def _summaries(fabric: Fabric, around: Surroundings) -> Iterator[Complaint]:
    """A summary covers every LAN, and never the way to a hub."""
    for cloud_name, cloud in fabric.clouds.items():
        if not isinstance(cloud.routing, EigrpRouting) or not cloud.routing.summary:
            continue
        path = ("clouds", cloud_name, "routing", "summary")
        yield from _uncovered(fabric, cloud_name, cloud.routing.summary)
        transport = fabric.transports.get(cloud.transport)
        unsure = around.left_out("transports", cloud.transport)
        if transport is None or transport.vrf is not None or unsure:
            continue
        for i, summary in enumerate(cloud.routing.summary):
            inside = [
                name
                for _, name, _, attachment in fabric.members(cloud_name)
                if attachment.nbma is not None
                and attachment.nbma in summary
                and attachment.nbma not in cloud.overlay  # that is E341
            ]
            if inside and summary.prefixlen:
                yield Complaint(
                    path=(*path, i),
                    code="E317",
                    message=f"summary {summary} covers the NBMA address of {inside[0]}",
                    hint="the tunnel would be routed into itself: narrow the summary, or use a "
                    "front-door VRF",
                )


def _uncovered(
    fabric: Fabric, cloud_name: str, summaries: tuple[IPv4Network, ...]
) -> Iterator[Complaint]:
    for site, name, router, _ in fabric.members(cloud_name):
        for interface, addresses in router.lans.items():
            for i, lan in enumerate(addresses):
                if not any(lan.network.subnet_of(s) for s in summaries):
                    yield Complaint(
                        path=_router_path(site, name, "lans", interface, i),
                        code="E316",
                        message=f"no summary of cloud {cloud_name} covers {lan.network}",
                        hint="spokes would have no route to it: widen the summary or renumber",
                    )


def _several_clouds(fabric: Fabric, _: Surroundings) -> Iterator[Complaint]:
    """Clouds that meet on one router must not collide there."""
    for site, name, router in fabric.routers():
        seen: list[tuple[str, Cloud, Attachment]] = []
        for cloud_name, attachment in router.clouds.items():
            cloud = fabric.clouds.get(cloud_name)
            if cloud is None:
                continue
            path = _router_path(site, name, "clouds", cloud_name)
            for other_name, other, other_attachment in seen:
                clash = _collision(cloud, attachment, other, other_attachment)
                if clash:
                    yield Complaint(
                        path=path,
                        code=clash[0],
                        message=f"clouds {other_name} and {cloud_name} on {name}: {clash[1]}",
                        hint=clash[2],
                        key=True,
                    )
            seen.append((cloud_name, cloud, attachment))


def _collision(
    cloud: Cloud, attachment: Attachment, other: Cloud, other_attachment: Attachment
) -> tuple[str, str, str] | None:
    if cloud.tunnel == other.tunnel:
        return "E319", f"both use {cloud.interface}", "give each cloud its own tunnel number"
    if attachment.wan == other_attachment.wan:
        return (
            "E402",
            f"both leave by {attachment.wan}, which is not built yet",
            "use another WAN interface for the second cloud",
        )
    one, two = cloud.routing, other.routing
    if isinstance(one, BgpRouting) and isinstance(two, BgpRouting) and one.asn != two.asn:
        return "E322", "a router runs one BGP process", "use the same asn in both clouds"
    if not isinstance(one, EigrpRouting) or not isinstance(two, EigrpRouting):
        return None
    if one.asn == two.asn and (one.mode, one.name) != (two.mode, two.name):
        return "E322", "one EIGRP process has one mode and name", "make them equal"
    return None


def _secrets(fabric: Fabric, around: Surroundings) -> Iterator[Complaint]:
    """Judge a secret by its length, where it could be resolved."""
    for name, cloud in fabric.clouds.items():
        reference = cloud.nhrp.authentication
        length = around.secret_lengths.get(reference or "", 0)
        if length > NHRP_AUTHENTICATION_MAX:
            code, message, hint = authentication_too_long(length)
            path: Path = ("clouds", name, "nhrp", "authentication")
            yield Complaint(path=path, code=code, message=message, hint=hint)


Rule = Callable[[Fabric, Surroundings], Iterator[Complaint]]
RULES: tuple[Rule, ...] = (
    _references,
    _routers,
    _hubs,
    _overlay,
    _underlay,
    _lans,
    _summaries,
    _several_clouds,
    _secrets,
)
