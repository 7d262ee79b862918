"""What we tell a neighbour: split horizon, summaries, stub words, next hops.

The rules of reference/DMVPN.md section 5: phase 1 and 2 hubs switch split horizon off, phase 2
hubs keep the third-party next hop, phase 3 hubs summarise.
"""

from labs.twin.addresses import Address, IPNetwork, within
from labs.twin.routing.eigrp.dual import OWN, Dual
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import Advert, EigrpPath

STUB_WORDS = {
    "Connected": "connected",
    "Summary": "summary",
    "Rstatic": "static",
    "Rconnected": "redistributed",
}


def advert_for(site: Site, dual: Dual, name: str, network: IPNetwork) -> Advert | None:
    """Give what neighbours on an interface are to know of a destination; None: nothing."""
    path = dual.chosen(network)
    if path is None:
        return None
    settings = site.settings(name)
    if path.source == "Summary":
        if network not in settings.summaries:
            return None
    else:
        if settings.split_horizon and path.interface == name:
            return None
        if _suppressed(dual, settings.summaries, network):
            return None
    if not _stub_tells(site, path):
        return None
    return Advert(
        network=network,
        vector=path.vector,
        next_hop=_next_hop(path, name, next_hop_self=settings.next_hop_self),
        external=path.external,
        origin=path.origin,
    )


def _suppressed(dual: Dual, summaries: tuple[IPNetwork, ...], network: IPNetwork) -> bool:
    """Tell whether a summary of the interface stands for this destination."""
    return any(
        network != s and within(network, s) and dual.chosen(s) is not None for s in summaries
    )


def _stub_tells(site: Site, path: EigrpPath) -> bool:
    """Tell whether a stub router may speak of a path: never of what it learned."""
    if not site.stub:
        return True
    return path.source in OWN and STUB_WORDS[path.source] in site.stub


def _next_hop(path: EigrpPath, name: str, *, next_hop_self: bool) -> Address | None:
    """Give a third-party next hop (`no ip next-hop-self eigrp`), None for ourselves."""
    if next_hop_self or path.interface != name:
        return None
    return path.next_hop
