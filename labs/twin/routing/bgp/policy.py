"""What lists and route maps of a neighbour let through, and what they change.

A path that comes in is asked when it comes, and again when inbound policy is softly cleared; what
goes out is asked whenever it is worked out. Order of IOS: inbound route map, then filter, prefix
and distribute list; outbound the lists first, then the map.
"""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from labs.twin.device import BgpNeighborConfig
from labs.twin.filters import Filters, MapEntry, Subject, arithmetic, values_of
from labs.twin.grammar import parse_ip
from labs.twin.routing.bgp.values import Attributes, BgpRoute

ORIGINS = {"igp": "i", "incomplete": "?"}
ADDITIVE, NONE = "additive", "none"


def inbound(filters: Filters, config: BgpNeighborConfig, route: BgpRoute) -> BgpRoute | None:
    """Give a received path as the policy leaves it; None where it is denied."""
    if not _listed(filters, config, route.network, route.attributes, way="in"):
        return None
    if config.weight:
        route = replace(route, weight=config.weight)
    name = config.route_maps.get("in")
    if name is None:
        return route
    entry = filters.by_map(name, _subject(route.network, route.attributes, route.peer))
    if entry is None:
        return None
    weight = values_of(entry.sets, "weight")
    return replace(
        route,
        attributes=changed(entry, route.attributes),
        weight=int(weight[0]) if weight is not None else route.weight,
    )


def outbound(
    filters: Filters, config: BgpNeighborConfig, network: IPv4Network, attributes: Attributes
) -> Attributes | None:
    """Give what a peer is told as the policy leaves it; None where it is denied."""
    if not _listed(filters, config, network, attributes, way="out"):
        return None
    name = config.route_maps.get("out")
    if name is not None:
        entry = filters.by_map(name, _subject(network, attributes, None))
        if entry is None:
            return None
        attributes = changed(entry, attributes)
    if not config.send_community and attributes.communities:
        return replace(attributes, communities=())
    return attributes


def named(
    filters: Filters, name: str, network: IPv4Network, attributes: Attributes, tag: int = 0
) -> Attributes | None:
    """Ask the route map of a `network` or `redistribute` line."""
    subject = replace(_subject(network, attributes, None), tag=tag)
    entry = filters.by_map(name, subject)
    return None if entry is None else changed(entry, attributes)


def _listed(
    filters: Filters,
    config: BgpNeighborConfig,
    network: IPv4Network,
    attributes: Attributes,
    *,
    way: str,
) -> bool:
    prefixes, lists = config.prefix_lists.get(way), config.distribute_lists.get(way)
    paths = config.filter_lists.get(way)
    return (
        (prefixes is None or filters.by_prefix(prefixes, network))
        and (lists is None or filters.by_access(lists, network, None))
        and (paths is None or filters.by_path(paths, attributes.as_path))
    )


def _subject(network: IPv4Network, attributes: Attributes, peer: IPv4Address | None) -> Subject:
    return Subject(
        network=network,
        next_hop=attributes.next_hop,
        gateway=peer,
        metric=attributes.med,
        as_path=attributes.as_path,
        communities=attributes.communities,
    )


def changed(entry: MapEntry, attributes: Attributes) -> Attributes:
    """Do what the `set` lines of an entry say of path attributes."""
    for kind, words in entry.sets:
        match kind:
            case "local-preference":
                attributes = replace(attributes, local_pref=int(words[0]))
            case "metric" if words[0].lstrip("+-").isdigit():
                attributes = replace(attributes, med=arithmetic(attributes.med, words[0]))
            case "origin":
                attributes = replace(attributes, origin=ORIGINS[words[0]])
            case "as-path prepend":
                more = tuple(int(word) for word in words if word.isdigit())
                attributes = replace(attributes, as_path=(*more, *attributes.as_path))
            case "community":
                attributes = replace(attributes, communities=_communities(words, attributes))
            case "ip next-hop":
                hop = parse_ip(words[0])
                attributes = replace(attributes, next_hop=hop or attributes.next_hop)
    return attributes


def _communities(words: tuple[str, ...], attributes: Attributes) -> tuple[str, ...]:
    named_here = tuple(word for word in words if word not in (ADDITIVE, NONE))
    if ADDITIVE in words:
        return tuple(dict.fromkeys((*attributes.communities, *named_here)))
    return named_here
