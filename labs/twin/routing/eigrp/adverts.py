"""What we tell a neighbour: split horizon, summaries, stub words, next hops, lists.

The rules of reference/DMVPN.md section 5: phase 1 and 2 hubs switch split horizon off, phase 2
hubs keep the third-party next hop, phase 3 hubs summarise.
"""

from dataclasses import replace

from labs.twin.addresses import IPNetwork, within
from labs.twin.device import EigrpInterfaceConfig
from labs.twin.routing.eigrp import policy
from labs.twin.routing.eigrp.dual import OWN, Dual
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import Advert, EigrpPath

STUB_WORDS = {
    "Connected": "connected",
    "Summary": "summary",
    "Rstatic": "static",
    "Rconnected": "redistributed",
    "Redistributed": "redistributed",
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
    elif settings.split_horizon and path.interface == name:
        return None
    if settings.every_path and not settings.next_hop_self and path.interface != name:
        path = _first_through(dual, network, name) or path
    advert = _advert(path, name, network, settings)
    if _suppressed(site, dual, settings, name, advert):
        return None
    if not _stub_tells(site, path, advert, name):
        return None
    if settings.add_paths > 1 and path.interface == name:
        advert = replace(advert, more=_others(dual, path, name, network, settings))
    return policy.screened(site, advert, name, None, inbound=False)


def _advert(
    path: EigrpPath, name: str, network: IPNetwork, settings: EigrpInterfaceConfig
) -> Advert:
    # A third-party next hop (`no ip next-hop-self eigrp`), None for ourselves.
    third = None if settings.next_hop_self or path.interface != name else path.next_hop
    return Advert(
        network=network,
        vector=path.vector,
        next_hop=third,
        external=path.external,
        origin=path.origin,
        tag=path.tag,
        outside=path.outside,
    )


def _first_through(dual: Dual, network: IPNetwork, name: str) -> EigrpPath | None:
    """Give a successor on the interface itself: without ECMP mode all paths are looked at."""
    return next((p for p in dual.topology[network].successors if p.interface == name), None)


def _others(
    dual: Dual, path: EigrpPath, name: str, network: IPNetwork, settings: EigrpInterfaceConfig
) -> tuple[Advert, ...]:
    """Give the further paths of equal cost that `add-paths` tells."""
    found = [
        _advert(other, name, network, settings)
        for other in dual.topology[network].successors
        if other is not path and other.interface == name
    ]
    return tuple(found[: settings.add_paths - 1])


def _suppressed(
    site: Site, dual: Dual, settings: EigrpInterfaceConfig, name: str, advert: Advert
) -> bool:
    """Tell whether a summary of the interface stands for this destination."""
    network = advert.network
    return any(
        network != summary
        and within(network, summary)
        and dual.chosen(summary) is not None
        and not policy.leaks(site, settings.leaks.get(summary), advert, name)
        for summary in settings.summaries
    )


def _stub_tells(site: Site, path: EigrpPath, advert: Advert, name: str) -> bool:
    """Tell whether a stub router may speak of a path: of what it learned only by a leak map."""
    config = site.config
    if config is None or not config.stub:
        return True
    if path.source in OWN and STUB_WORDS[path.source] in config.stub:
        return True
    return policy.leaks(site, config.leak, advert, name)
