"""Reading and summing octets: what every codec of the wire needs.

No field of any protocol belongs here.
"""

from ipaddress import IPv4Address

from labs.twin.addresses import Address, IPv6Address


class MalformedPacket(Exception):
    """Octets that are no packet; the message says which field is wrong, `octets` holds them."""

    def __init__(self, what: str, octets: bytes = b"") -> None:
        super().__init__(what)
        self.octets = octets


class NoWireForm(Exception):
    """A packet whose content has no form on the wire that is known here."""


def checksum(octets: bytes) -> int:
    """Sum as RFC 1071 says: one's complement of the one's complement sum of 16 bit words."""
    padded = octets + b"\0" if len(octets) % 2 else octets
    total = sum(padded[0::2]) * 256 + sum(padded[1::2])
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def sealed(octets: bytes, at: int, *, pseudo: bytes = b"") -> bytes:
    """Put the checksum of octets whose checksum field is zero into that field."""
    return octets[:at] + checksum(pseudo + octets).to_bytes(2, "big") + octets[at + 2 :]


class Reader:
    """Takes fields off the front of octets; too few of them are a malformed packet."""

    def __init__(self, octets: bytes, what: str) -> None:
        self.octets = octets
        self.what = what
        self.at = 0

    @property
    def left(self) -> int:
        """Tell how many octets are left."""
        return len(self.octets) - self.at

    def take(self, count: int) -> bytes:
        """Take octets."""
        if count > self.left:
            raise MalformedPacket(
                f"{self.what} ends early: {count} octets wanted at {self.at}, {self.left} there",
                self.octets,
            )
        self.at += count
        return self.octets[self.at - count : self.at]

    def number(self, size: int) -> int:
        """Take an unsigned number of `size` octets."""
        return int.from_bytes(self.take(size), "big")

    def address(self, size: int = 4) -> Address:
        """Take an address of 4 (IPv4) or 16 octets."""
        octets = self.take(size)
        return IPv4Address(octets) if size == 4 else IPv6Address(octets)

    def rest(self) -> bytes:
        """Take all that is left."""
        return self.take(self.left)

    def wrong(self, why: str) -> MalformedPacket:
        """Make the error for a field that cannot be so."""
        return MalformedPacket(f"{self.what}: {why}", self.octets)
