"""Wires and segments: who hears what an interface sends."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from labs.twin.addresses import Address

End = tuple[str, str]
"""(router, interface)."""
LATENCY_S = 0.001
UNTAGGED = 0
LANE_SHIFT = 128
"""Bits of an address of either family."""


@dataclass(slots=True, kw_only=True)
class Segment:
    """A wire, or a switch with any number of ends."""

    ends: tuple[End, ...]
    latency_s: float = LATENCY_S
    loss: float = 0.0
    """Share of the packets that are lost."""
    cut: set[End] = field(default_factory=set)
    """Ends whose cable does not carry; on a wire with two ends both are down then."""
    owners: dict[int, End] = field(default_factory=dict)
    """By address and, above it, VLAN: the end that answers for it (what ARP would find)."""

    lanes: dict[End, int] = field(default_factory=dict)
    """Where subinterfaces share the cable of their port: who speaks in which VLAN, `UNTAGGED` for
    frames without a tag. Empty for a cable without subinterfaces."""
    met: dict[End, dict[int, tuple[float, End]]] = field(default_factory=dict)
    """By end: the neighbours it has resolved (its ARP table), since when, and who they are."""

    def meet(self, end: End, address: int, owner: End, now: float) -> None:
        """Note that an end knows who answers for an address."""
        self.met.setdefault(end, {}).setdefault(address, (now, owner))

    def forget(self, addresses: set[int]) -> None:
        """Let nobody know who answers for some addresses."""
        for known in self.met.values():
            for address in addresses & known.keys():
                del known[address]

    def carries(self, end: End) -> bool:
        """Tell whether an end sees a carrier."""
        if len(self.ends) <= 2 or not self.cut:
            return not self.cut
        return end not in self.cut and (end[0], end[1].partition(".")[0]) not in self.cut

    def lane_of(self, end: End) -> int:
        """Tell the VLAN that an end speaks in."""
        return self.lanes.get(end, UNTAGGED) if self.lanes else UNTAGGED

    def speakers(self, lane: int) -> Iterable[End]:
        """List who hears a frame of a VLAN."""
        if not self.lanes:
            return self.ends
        return [end for end, speaks in self.lanes.items() if speaks == lane]

    def own(self, end: End, address: Address) -> None:
        """Note that an end answers for an address, unless another one does."""
        self.owners.setdefault(int(address) | self.lane_of(end) << LANE_SHIFT, end)

    def owner(self, address: Address, lane: int = UNTAGGED) -> End | None:
        """Find the end that has an address."""
        return self.owners.get(int(address) | lane << LANE_SHIFT)
