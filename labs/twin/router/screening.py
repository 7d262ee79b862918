"""Access lists on interfaces: what a packet meets, what is counted and logged of it."""

from typing import TYPE_CHECKING

from labs.twin.packet import Packet
from labs.twin.screens import denial, taken

if TYPE_CHECKING:
    from labs.twin.router.router import Router

LOG_GAP_S = 300.0
"""The first packet is logged at once, the others with their number after five minutes."""


def passes(router: "Router", name: str, packet: Packet, now: float) -> bool:
    """Let an access list look at a packet, count and log it; tell whether it may pass."""
    rules = router.config.screens.get(name)
    if not rules:
        return True
    rule = taken(rules, packet)
    if rule is None:
        return False
    key = (name, rule.sequence)
    router.matches[key] = router.matches.get(key, 0) + 1
    if rule.log:
        since, count = router.unlogged.get(key, (-LOG_GAP_S, 0))
        if now - since >= LOG_GAP_S:
            router.note(denial(name, rule, packet, count + 1), now)
            since, count = now, -1
        router.unlogged[key] = (since, count + 1)
    return rule.permit
