"""What lists and maps of a process let pass: distribute lists, offset lists, leak maps.

A list is asked about every advertisement that comes in or goes out; nothing is remembered.
"""

from collections.abc import Iterator
from dataclasses import replace

from labs.twin.addresses import Address, host
from labs.twin.device import DistributeList
from labs.twin.filters import MapEntry, Subject, arithmetic, values_of
from labs.twin.routing.eigrp import metric
from labs.twin.routing.eigrp.site import Site
from labs.twin.routing.eigrp.values import Advert, Vector


def screened(
    site: Site, advert: Advert, name: str, gateway: Address | None, *, inbound: bool
) -> Advert | None:
    """Give an advertisement as the lists leave it; None where one of them denies it."""
    config = site.config
    if config is None or not (config.distribute or config.offsets):
        return advert
    for line in _lines(site, name, inbound=inbound):
        passed = _passed(site, line, advert, name, gateway)
        if passed is None:
            return None
        advert = passed
    return replace(advert, vector=_shifted(site, advert, name, gateway, inbound=inbound))


def _lines(site: Site, name: str, *, inbound: bool) -> Iterator[DistributeList]:
    config = site.config
    for line in config.distribute if config is not None else ():
        if line.inbound is inbound and line.source is None and line.interface in (None, name):
            yield line


def _passed(
    site: Site, line: DistributeList, advert: Advert, name: str, gateway: Address | None
) -> Advert | None:
    filters = site.around.config.filters
    if line.gateway is not None and not _from(site, line.gateway, gateway):
        return None
    match line.kind:
        case "access":
            return advert if filters.by_access(line.name, advert.network, gateway) else None
        case "prefix":
            return advert if filters.by_prefix(line.name, advert.network) else None
        case "gateway":
            return advert if _from(site, line.name, gateway) else None
    entry = filters.by_map(line.name, subject_of(advert, name, gateway))
    return None if entry is None else marked(advert, entry)


def _from(site: Site, name: str, gateway: Address | None) -> bool:
    """Tell whether a prefix list takes the router that told us."""
    return gateway is None or site.around.config.filters.by_prefix(name, host(gateway))


def subject_of(advert: Advert, name: str, gateway: Address | None) -> Subject:
    """Give what a route map sees of an advertisement."""
    return Subject(
        network=advert.network,
        next_hop=advert.next_hop or gateway,
        gateway=gateway,
        interface=name,
        tag=advert.tag,
        kind="external" if advert.external else "internal",
    )


def marked(advert: Advert, entry: MapEntry) -> Advert:
    """Do what the `set` lines of a route map say: tag and metric."""
    tag, typed = values_of(entry.sets, "tag"), values_of(entry.sets, "metric")
    if tag is not None:
        advert = replace(advert, tag=int(tag[0]))
    if typed is not None:
        advert = replace(advert, vector=_measured(advert.vector, typed))
    return advert


def _measured(vector: Vector, typed: tuple[str, ...]) -> Vector:
    if len(typed) == 5 and all(word.isdigit() for word in typed):
        kbit, tens_us, reliability, load, mtu = map(int, typed)
        return replace(
            vector,
            bandwidth_kbit=max(kbit, 1),
            delay_ps=tens_us * metric.PS_PER_TEN_US,
            reliability=reliability,
            load=max(load, 1),
            mtu=mtu,
        )
    if typed[0][:1] in "+-" and typed[0][1:].isdigit():
        old = vector.delay_ps // metric.PS_PER_TEN_US
        return replace(vector, delay_ps=arithmetic(old, typed[0]) * metric.PS_PER_TEN_US)
    return vector


def _shifted(
    site: Site, advert: Advert, name: str, gateway: Address | None, *, inbound: bool
) -> Vector:
    """Add what offset lists add: the one of the interface goes before the general one."""
    config = site.config
    vector = advert.vector
    if config is None or vector.unreachable:
        return vector
    lists = [o for o in config.offsets if o.inbound is inbound and o.interface in (None, name)]
    for line in sorted(lists, key=lambda o: o.interface is None):
        filters = site.around.config.filters
        if line.access is None or filters.by_access(line.access, advert.network, gateway):
            more = metric.offset_ps(line.offset, wide=site.wide)
            return replace(vector, delay_ps=vector.delay_ps + more)
    return vector


def leaks(site: Site, name: str | None, advert: Advert, interface: str) -> bool:
    """Tell whether a leak map lets a destination out; without a map nothing leaks."""
    if name is None:
        return False
    subject = subject_of(advert, interface, None)
    return site.around.config.filters.by_map(name, subject) is not None
