"""The interfaces of a running router: state and counters."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address

from labs.twin.device import InterfaceConfig


class Admin(StrEnum):
    """First half of an interface's state, as printed."""

    UP = "up"
    DOWN = "down"
    SHUT = "administratively down"


@dataclass(slots=True, kw_only=True)
class Port:
    """One interface."""

    config: InterfaceConfig
    wired: bool = True
    """The cable carries; an unplugged port of a virtual router is up as well."""
    admin: Admin = Admin.SHUT
    line: bool = False
    """The line protocol."""
    changed: float | None = None
    """When the line protocol last changed."""
    why: str = ""
    """Why a tunnel is down, as after `Tunnel linestate evaluation down - `."""
    source: IPv4Address | None = None
    """Tunnels: the address they send from."""
    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    drops: int = 0
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


def kind_of(name: str) -> str:
    """Give the type of an interface: the letters of its name."""
    return name.rstrip("0123456789/.:")


def parent_of(name: str) -> str | None:
    """Give the physical interface of a subinterface."""
    return name.split(".", maxsplit=1)[0] if "." in name else None
