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
        if len(self.ends) <= 2:
            return not self.cut
        return end not in self.cut

    def owner(self, address: Address) -> End | None:
        """Find the end that has an address."""
        return self.owners.get(int(address))
