"""Addresses of both families: the names that the twin's types use, and IPv6 as IOS writes it.

IOS writes IPv6 in capitals. The classes here print themselves so; whatever prints an address need
not know its family. They equal the addresses of the standard library.
"""

import hashlib
import ipaddress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

Address = IPv4Address | ipaddress.IPv6Address
IPNetwork = IPv4Network | ipaddress.IPv6Network
IPInterface = IPv4Interface | ipaddress.IPv6Interface

IPV4 = 4
IPV6 = 6
LINK_LOCAL = 0xFE80 << 112
MAC_PREFIX = 0x525400 << 24
"""The range that virtual machines take their MAC addresses from."""


class IPv6Address(ipaddress.IPv6Address):
    """An IPv6 address in capitals."""

    __slots__ = ()

    def __str__(self) -> str:
        """Give the text of RFC 5952, in capitals."""
        return super().__str__().upper()


class IPv6Network(ipaddress.IPv6Network):
    """An IPv6 prefix in capitals."""

    def __init__(self, address: object, strict: bool = True) -> None:  # noqa: FBT001, FBT002
        super().__init__(address, strict)
        self.network_address = IPv6Address(int(self.network_address))


class IPv6Interface(ipaddress.IPv6Interface):
    """An IPv6 address with the length of its prefix, in capitals."""

    __slots__ = ()

    def __init__(self, address: object) -> None:
        super().__init__(address)
        self.network = IPv6Network(self.network)

    def __str__(self) -> str:
        """Give address and length, in capitals."""
        return super().__str__().upper()

    @property
    def ip(self) -> IPv6Address:
        """Give the address alone."""
        return IPv6Address(int(self))


NOWHERE: dict[int, Address] = {IPV4: IPv4Address(0), IPV6: IPv6Address(0)}
"""The unspecified address of each family."""
EVERYWHERE: dict[int, IPNetwork] = {IPV4: IPv4Network("0.0.0.0/0"), IPV6: IPv6Network("::/0")}
"""The prefix of the default route of each family."""


@lru_cache(maxsize=1 << 14, typed=True)
def text_of(address: Address) -> str:
    """Write an address; a long table writes the same thousands again and again."""
    return str(address)


@lru_cache(maxsize=1 << 14, typed=True)
def host(address: Address) -> IPNetwork:
    """Give the prefix that holds one address and nothing else; every packet asks for some."""
    return prefix_of(address, address.max_prefixlen)


def prefix_of(address: Address, length: int) -> IPNetwork:
    """Give the prefix of a length that holds an address."""
    if isinstance(address, IPv4Address):
        return IPv4Network((address, length), strict=False)
    return IPv6Network((int(address), length), strict=False)


def within(inner: IPNetwork, outer: IPNetwork) -> bool:
    """Tell whether a prefix lies in another one, or is the same."""
    return inner.prefixlen >= outer.prefixlen and inner.network_address in outer


def parse_address(text: str) -> Address:
    """Read an address of either family.

    Raises:
        ValueError: It is none.
    """
    return IPv6Address(text) if ":" in text else IPv4Address(text)


def parse_network(text: str) -> IPNetwork:
    """Read a prefix of either family.

    Raises:
        ValueError: It is none.
    """
    return IPv6Network(text) if ":" in text else IPv4Network(text)


def order(address: Address) -> tuple[int, int]:
    """Give the key that sorts addresses of both families, IPv4 first."""
    return address.version, int(address)


def link_local(address: Address) -> bool:
    """Tell whether an address is an IPv6 link-local one (RFC 4291 section 2.5.6)."""
    return address.version == IPV6 and int(address) >> 118 == LINK_LOCAL >> 118


def mac_of(chassis: str, interface: str) -> int:
    """Give the MAC address of an interface: made up, but always the same for a name."""
    digest = hashlib.sha256(f"{chassis} {interface}".encode()).hexdigest()
    return MAC_PREFIX | int(digest[:6], 16)


def modified_eui64(prefix: int, mac: int) -> int:
    """Join a prefix and the interface identifier of a MAC address (RFC 4291 appendix A)."""
    identifier = (mac >> 24 << 40) | (0xFFFE << 24) | (mac & 0xFFFFFF)
    return prefix | (identifier ^ 1 << 57)
