"""Chance that can be repeated: the seeded numbers behind packet loss and SPIs.

The standard generator is kept out of the core (it invites unseeded use); this one is four lines,
is a plain value, and gives the same numbers on every version of Python.
"""

from dataclasses import dataclass
from hashlib import blake2b

MASK = (1 << 64) - 1


@dataclass(slots=True)
class Chance:
    """A splitmix64 generator."""

    state: int = 0

    def number(self) -> int:
        """Draw 64 bits."""
        # Sebastiano Vigna, splitmix64 (public domain): the constants are his.
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def fraction(self) -> float:
        """Draw a number from 0.0 up to but not including 1.0."""
        return (self.number() >> 11) / (1 << 53)


def seed_of(*parts: object) -> int:
    """Make a seed of names, the same in every process."""
    text = "\0".join(str(part) for part in parts)
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
