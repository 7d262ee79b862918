"""Wires and segments: who hears what an interface sends."""

from dataclasses import dataclass, field

from labs.twin.addresses import Address

End = tuple[str, str]
"""(router, interface)."""
LATENCY_S = 0.001


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
    """By address: the end that answers for it (what ARP would find)."""

    def carries(self, end: End) -> bool:
        """Tell whether an end sees a carrier."""
        if len(self.ends) <= 2:
            return not self.cut
        return end not in self.cut

    def owner(self, address: Address) -> End | None:
        """Find the end that has an address."""
        return self.owners.get(int(address))
