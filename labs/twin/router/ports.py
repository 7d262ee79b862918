"""The interfaces of a running router: state and counters."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from labs.twin.addresses import IPV4, IPV6, Address, IPv6Address
from labs.twin.device import InterfaceConfig

ETHERNET_MTU = 1500
GRE_OVERHEAD = {IPV4: 24, IPV6: 44}
"""Outer IP header and GRE header; a tunnel key adds 4 (reference/DMVPN.md section 1)."""
KEY_OVERHEAD = 4


class Admin(StrEnum):
    """First half of an interface's state, as printed."""

    UP = "up"
    DOWN = "down"
    SHUT = "administratively down"


@dataclass(slots=True, kw_only=True)
class Port:
    """One interface."""

    COUNTERS: ClassVar = frozenset({"packets_in", "packets_out", "bytes_in", "bytes_out", "drops"})

    config: InterfaceConfig
    wired: bool = True
    """The cable carries; an unplugged port of a virtual router is up as well."""
    admin: Admin = Admin.SHUT
    line: bool = False
    """The line protocol."""
    ready: bool = False
    """Tunnels: able to send, whatever `if-state nhrp` makes of the line protocol."""
    changed: float | None = None
    """When the line protocol last changed."""
    quiet: bool = False
    """The address is being changed: everybody is told, but the line protocol does not flap."""
    why: str = ""
    """Why a tunnel is down, as after `Tunnel linestate evaluation down - `."""
    source: Address | None = None
    """Tunnels: the address they send from."""
    path_mtus: dict[Address, tuple[int, float]] = field(default_factory=dict)
    """Tunnels: by far end, the path MTU that ICMP told and until when it holds."""
    held_until: float = 0.0
    """Tunnels: out of use until then, because their route led through themselves."""
    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    drops: int = 0
    malformed: int = 0
    """Octets that came in and were no packet."""
    last_input: float | None = None
    last_output: float | None = None

    @property
    def name(self) -> str:
        """Give the full name."""
        return self.config.name

    @property
    def state(self) -> tuple[str, str]:
        """Give (interface, line protocol) as `show ip interface brief` prints them."""
        return self.admin.value, "up" if self.line else "down"

    @property
    def address(self) -> Address | None:
        """Give the address of the interface."""
        return self.config.address.ip if self.config.address is not None else None

    @property
    def link_local(self) -> IPv6Address | None:
        """Give the IPv6 link-local address of the interface."""
        return self.config.ipv6.link_local if self.config.ipv6 is not None else None

    def address_of(self, family: int) -> Address | None:
        """Give the address of one family that others know the interface by."""
        address = self.config.address_of(family)
        return address.ip if address is not None else None

    def source_of(self, family: int) -> Address | None:
        """Give the address that our own packets bear: of IPv6 the link-local one if need be."""
        return self.address_of(family) or (self.link_local if family == IPV6 else None)

    @property
    def multipoint(self) -> bool:
        """Tell whether this is an mGRE tunnel."""
        tunnel = self.config.tunnel
        return tunnel is not None and tunnel.multipoint

    @property
    def ip_mtu(self) -> int:
        """Give the largest IP packet that leaves unfragmented."""
        if self.config.ip_mtu is not None:
            return self.config.ip_mtu
        return self._link_mtu()

    @property
    def ipv6_mtu(self) -> int:
        """Give the largest IPv6 packet that leaves."""
        ipv6 = self.config.ipv6
        if ipv6 is not None and ipv6.mtu is not None:
            return ipv6.mtu
        return self._link_mtu()

    def _link_mtu(self) -> int:
        tunnel = self.config.tunnel
        if tunnel is not None:
            key = KEY_OVERHEAD if tunnel.key is not None else 0
            return ETHERNET_MTU - GRE_OVERHEAD[tunnel.transport] - key
        return self.config.mtu or ETHERNET_MTU

    def clear_counters(self) -> None:
        """Count from nothing again."""
        self.packets_in = self.packets_out = self.bytes_in = self.bytes_out = self.drops = 0

    def count_in(self, size: int, now: float) -> None:
        """Count a packet that came in."""
        self.packets_in += 1
        self.bytes_in += size
        self.last_input = now

    def count_out(self, size: int, now: float) -> None:
        """Count a packet that left."""
        self.packets_out += 1
        self.bytes_out += size
        self.last_output = now


def kind_of(name: str) -> str:
    """Give the type of an interface: the letters of its name."""
    return name.rstrip("0123456789/.:")


def parent_of(name: str) -> str | None:
    """Give the physical interface of a subinterface."""
    return name.split(".", maxsplit=1)[0] if "." in name else None
