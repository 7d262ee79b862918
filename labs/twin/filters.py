"""Prefix lists, access lists and route maps: what they say of a route. Pure values.

What is not there permits everything, as on IOS; only a route map that is named and not there
denies (a neighbour or a redistribution that names it passes nothing). Packets are not judged here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from labs.twin.addresses import Address, IPNetwork, host, within

Words = tuple[str, ...]
ALL_ONES = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Wild:
    """An address and a wildcard: one bits of the wildcard do not matter."""

    address: int = 0
    wildcard: int = ALL_ONES

    def takes(self, address: Address) -> bool:
        """Tell whether an address is meant."""
        return (int(address) ^ self.address) & ~self.wildcard & ALL_ONES == 0


ANY = Wild()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """One line of an access list, read as routing reads it."""

    permit: bool
    source: Wild = ANY
    destination: Wild | None = None
    """None: a standard list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixRule:
    """One line of a prefix list."""

    sequence: int
    permit: bool
    network: IPv4Network
    low: int
    """Shortest mask that matches."""
    high: int
    """Longest mask that matches."""

    def takes(self, network: IPNetwork) -> bool:
        """Tell whether a prefix is meant."""
        return self.low <= network.prefixlen <= self.high and (
            network.version == self.network.version and within(network, self.network)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRule:
    """One line of an `ip as-path access-list`."""

    permit: bool
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityRule:
    """One line of a standard `ip community-list`: all its communities are there."""

    permit: bool
    communities: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEntry:
    """One entry of a route map."""

    sequence: int
    permit: bool
    matches: tuple[tuple[str, Words], ...] = ()
    """(what, values): one of the values has to fit, and all kinds have to."""
    sets: tuple[tuple[str, Words], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a key chain."""

    number: int
    string: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A route as a filter sees it."""

    network: IPNetwork
    next_hop: Address | None = None
    gateway: Address | None = None
    """The router that told us."""
    interface: str | None = None
    metric: int = 0
    tag: int = 0
    as_path: tuple[int, ...] = ()
    communities: Words = ()
    source: str = ""
    kind: str = "internal"
    """What `match route-type` asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """All lists and maps of a router, by name or number."""

    access: Mapping[str, tuple[AccessRule, ...]] = field(default_factory=dict)
    prefixes: Mapping[str, tuple[PrefixRule, ...]] = field(default_factory=dict)
    paths: Mapping[str, tuple[PathRule, ...]] = field(default_factory=dict)
    communities: Mapping[str, tuple[CommunityRule, ...]] = field(default_factory=dict)
    maps: Mapping[str, tuple[MapEntry, ...]] = field(default_factory=dict)
    keys: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)

    def by_prefix(self, name: str, network: IPNetwork) -> bool:
        """Ask a prefix list."""
        rules = self.prefixes.get(name)
        if not rules:
            return True
        return next((rule.permit for rule in rules if rule.takes(network)), False)

    def by_access(self, name: str, network: IPNetwork, gateway: Address | None) -> bool:
        """Ask an access list: a standard one about the prefix, an extended about router and prefix.

        Without a router an extended list is asked about prefix and mask, as BGP does.
        """
        rules = self.access.get(name)
        if not rules:
            return True
        for rule in rules:
            if rule.destination is None:
                taken = rule.source.takes(network.network_address)
            elif gateway is not None:
                taken = rule.source.takes(gateway)
                taken = taken and rule.destination.takes(network.network_address)
            else:
                taken = rule.source.takes(network.network_address)
                taken = taken and rule.destination.takes(network.netmask)
            if taken:
                return rule.permit
        return False

    def by_path(self, name: str, as_path: tuple[int, ...]) -> bool:
        """Ask an `ip as-path access-list`."""
        rules = self.paths.get(name)
        if not rules:
            return True
        text = " ".join(map(str, as_path))
        return next((rule.permit for rule in rules if _path_fits(rule.pattern, text)), False)

    def by_community(self, name: str, communities: Words) -> bool:
        """Ask a community list."""
        for rule in self.communities.get(name, ()):
            if set(rule.communities) <= {*communities, "internet"}:
                return rule.permit
        return False

    def by_map(self, name: str, subject: Subject) -> MapEntry | None:
        """Give the entry of a route map that permits a route, None where it is denied."""
        for entry in self.maps.get(name, ()):
            if all(self._fits(kind, values, subject) for kind, values in entry.matches):
                return entry if entry.permit else None
        return None

    def _fits(self, kind: str, values: Words, subject: Subject) -> bool:
        return any(self._one_fits(kind, value, subject) for value in values)

    def _one_fits(self, kind: str, value: str, subject: Subject) -> bool:
        match kind:
            case "ip address":
                return self.by_access(value, subject.network, None)
            case "ip address prefix-list":
                return self.by_prefix(value, subject.network)
            case "ip next-hop" | "ip next-hop prefix-list":
                return self._address_fits(kind, value, subject.next_hop)
            case "ip route-source" | "ip route-source prefix-list":
                return self._address_fits(kind, value, subject.gateway)
            case "as-path":
                return self.by_path(value, subject.as_path)
            case "community":
                return self.by_community(value, subject.communities)
            case _:
                return _fact(kind, subject) == value

    def _address_fits(self, kind: str, name: str, address: Address | None) -> bool:
        if address is None:
            return False
        only = host(address)
        if kind.endswith("prefix-list"):
            return self.by_prefix(name, only)
        return self.by_access(name, only, None)


def _fact(kind: str, subject: Subject) -> str | None:
    """Give what a plain `match` compares with its values."""
    return {
        "tag": str(subject.tag),
        "metric": str(subject.metric),
        "interface": subject.interface,
        "source-protocol": subject.source,
        "route-type": subject.kind,
    }.get(kind)


def _path_fits(pattern: str, text: str) -> bool:
    """Match a regular expression of IOS: `_` is a border between AS numbers."""
    try:
        return re.search(pattern.replace("_", r"(?:^|$|[ ,{}()])"), text) is not None
    except re.error:
        return False


def values_of(sets: Iterable[tuple[str, Words]], kind: str) -> Words | None:
    """Give the words of a `set` line, None where it does not stand there."""
    return next((words for known, words in sets if known == kind), None)


def arithmetic(old: int, word: str) -> int:
    """Work out `set metric 10`, `+10` and `-10`."""
    if word[:1] in "+-":
        return max(0, old + int(word))
    return int(word)
