"""What of the topology table goes to the routing table: successors, and more with `variance`."""

from labs.twin.device import EigrpConfig
from labs.twin.effects import RouteEntry
from labs.twin.routing.eigrp import metric
from labs.twin.routing.eigrp.origin import SUMMARY
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import EigrpPath, EigrpTopologyEntry

ROUND = 240
"""The traffic share count of the best of unequal paths; others have less in proportion [K]."""
UNUSABLE = 255
"""An administrative distance of 255 keeps a route out of the table."""


def entries(site: Site, entry: EigrpTopologyEntry | None) -> tuple[RouteEntry, ...]:
    """Give the routes of a destination, best first."""
    config = site.config
    if entry is None or entry.active or config is None:
        return ()
    paths = _worthy(entry, config)
    return tuple(
        route for route in (_route(site, config, entry, path, paths) for path in paths) if route
    )


def _worthy(entry: EigrpTopologyEntry, config: EigrpConfig) -> list[EigrpPath]:
    feasible = entry.feasible
    if not feasible:
        return []
    best = feasible[0].distance
    if feasible[0].neighbor is None:
        # Our own path is the connected route's or the redistributed route's business.
        return [path for path in feasible if path.source == SUMMARY and path.distance == best]
    limit = best * config.variance
    found = [
        path
        for path in feasible
        if path.neighbor is not None
        and path.external == feasible[0].external
        and (path.distance == best or path.distance < limit)
    ]
    ways: dict[object, EigrpPath] = {}
    for path in found:
        ways.setdefault((path.next_hop, path.interface), path)
    return list(ways.values())[: config.maximum_paths]


def _route(
    site: Site,
    config: EigrpConfig,
    entry: EigrpTopologyEntry,
    path: EigrpPath,
    paths: list[EigrpPath],
) -> RouteEntry | None:
    summary = path.source == SUMMARY
    distance = config.distance_external if path.external else config.distance_internal
    if summary:
        distance = path.discard
    if distance >= UNUSABLE:
        return None
    return RouteEntry(
        network=entry.network,
        source="eigrp",
        distance=distance,
        metric=metric.rib_metric(path.distance, wide=site.wide, scale=config.rib_scale),
        next_hop=path.next_hop,
        interface=path.interface,
        external=path.external,
        summary=summary,
        vrf=site.vrf,
        tag=path.tag,
        process=site.asn,
        share=_share(config, path, paths),
        detail=path.vector,
    )


def _share(config: EigrpConfig, path: EigrpPath, paths: list[EigrpPath]) -> int:
    best = paths[0].distance
    if paths[-1].distance == best:
        return 1
    if config.minimum_only:
        return 1 if path.distance == best else 0
    return max(1, ROUND * best // path.distance)
