"""What a changed line does to neighbours: what ends them, what is told anew, and in which words.

A neighbour is ended where the two sides would no longer agree, and resynchronised where only what
is said of destinations changes. The words are those of IOS; captures show `summary configured`
(case p1-eigrp-hq), the others are known from the vendor's lists of reasons.
"""

from labs.twin.device import DeviceConfig, EigrpConfig, EigrpInterfaceConfig
from labs.twin.filters import Filters
from labs.twin.routing.eigrp.site import PLAIN, process_of

DOWN, RESYNC = "down", "resync"


def fate(
    old: DeviceConfig, new: DeviceConfig, asn: int, vrf: str, interface: str
) -> tuple[str, str] | None:
    """Tell what a change does to the neighbours on an interface: (down or resync, why)."""
    before, after = process_of(old, asn, vrf), process_of(new, asn, vrf)
    if before is None or after is None:
        return None
    was, now = _settings(old, asn, interface), _settings(new, asn, interface)
    why = _ending(before, after, was, now, interface) or _keys_changed(old, new, now)
    if why is not None:
        return DOWN, why
    why = _telling(before, after, was, now, interface) or _lists_changed(old, new, after)
    return (RESYNC, why) if why is not None else None


def _settings(config: DeviceConfig, asn: int, name: str) -> EigrpInterfaceConfig:
    interface = config.interfaces.get(name)
    return (interface.eigrp.get(asn) if interface is not None else None) or PLAIN


def _ending(
    before: EigrpConfig,
    after: EigrpConfig,
    was: EigrpInterfaceConfig,
    now: EigrpInterfaceConfig,
    interface: str,
) -> str | None:
    rows = (
        ("peer info changed", (before.stub, before.leak), (after.stub, after.leak)),
        ("metric changed", before.weights, after.weights),
        ("authentication mode changed", was.authentication, now.authentication),
        ("keychain changed", (was.key_chain, was.password), (now.key_chain, now.password)),
        ("Static peer configured", _partners(before, interface), _partners(after, interface)),
    )
    return next((why for why, a, b in rows if a != b), None)


def _partners(config: EigrpConfig, interface: str) -> bool:
    return any(name == interface for _, name in config.neighbors)


def _keys_changed(
    old: DeviceConfig, new: DeviceConfig, settings: EigrpInterfaceConfig
) -> str | None:
    chain = settings.key_chain
    if settings.authentication is None or chain is None:
        return None
    changed = old.filters.keys.get(chain) != new.filters.keys.get(chain)
    return "keychain changed" if changed else None


def _telling(
    before: EigrpConfig,
    after: EigrpConfig,
    was: EigrpInterfaceConfig,
    now: EigrpInterfaceConfig,
    interface: str,
) -> str | None:
    def mine(config: EigrpConfig) -> list[object]:
        return [line for line in config.distribute if line.interface == interface]

    def common(config: EigrpConfig) -> list[object]:
        return [line for line in config.distribute if line.interface is None]

    rows = (
        ("summary configured", (was.summaries, was.leaks), (now.summaries, now.leaks)),
        ("split horizon changed", was.split_horizon, now.split_horizon),
        ("next_hop_self value changed", was.next_hop_self, now.next_hop_self),
        ("intf route configuration changed", mine(before), mine(after)),
        ("route configuration changed", common(before), common(after)),
    )
    return next((why for why, a, b in rows if a != b), None)


def _lists_changed(old: DeviceConfig, new: DeviceConfig, config: EigrpConfig) -> str | None:
    if not config.distribute or _lists(old.filters) == _lists(new.filters):
        return None
    return "route configuration changed"


def _lists(filters: Filters) -> tuple[object, ...]:
    return filters.access, filters.prefixes, filters.maps
