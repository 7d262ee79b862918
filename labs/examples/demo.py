"""The demo lab: a hub, four branches and the internet between them, on their first day."""

from ipaddress import IPv4Address, IPv4Interface

from labs.day0 import Port, day_0
from labs.topology import LabSpec, Node

WAN = "GigabitEthernet2"
LAN = "GigabitEthernet3"
HUB_WAN = IPv4Interface("203.0.113.1/30")
HUB_LAN = IPv4Interface("10.0.0.1/24")
BRANCH_WANS = IPv4Address("198.51.100.0")
BRANCH_LANS = IPv4Address("10.1.0.0")
LINK = 4
"""Addresses of a /30."""
LAN_SIZE = 256
INTERNET_LOOPBACK = IPv4Interface("192.0.2.1/32")


def demo_lab(image: str = "17.3", *, branches: int = 4, rate: float | None = 1.0) -> LabSpec:
    """Describe the demo lab; image 15.5 gives routers with the old NHRP defaults."""
    names = [f"branch-{number}" for number in range(1, branches + 1)]
    members = [
        _member("hub1", "hub", image, HUB_WAN, HUB_LAN),
        *(
            _member(name, "spoke", image, _branch_wan(number), _branch_lan(number))
            for number, name in enumerate(names, start=1)
        ),
    ]
    wans = {"hub1": HUB_WAN, **{n: _branch_wan(i) for i, n in enumerate(names, start=1)}}
    return LabSpec(name="demo", nodes=(*members, _internet(image, wans)), rate=rate)


def _branch_wan(number: int) -> IPv4Interface:
    return IPv4Interface((BRANCH_WANS + LINK * (number - 1) + 1, 30))


def _branch_lan(number: int) -> IPv4Interface:
    return IPv4Interface((BRANCH_LANS + LAN_SIZE * number + 1, 24))


def _gateway(wan: IPv4Interface) -> IPv4Address:
    """The provider's end of a WAN link."""
    return wan.ip + 1


def _member(name: str, role: str, image: str, wan: IPv4Interface, lan: IPv4Interface) -> Node:
    ports = (
        Port(WAN, wan, gateway=_gateway(wan), description="WAN"),
        Port(LAN, lan, description="LAN"),
    )
    return day_0(name, image, ports, role=role)


def _internet(image: str, wans: dict[str, IPv4Interface]) -> Node:
    ports = [Port("Loopback0", INTERNET_LOOPBACK, description="somewhere in the internet")]
    for number, (name, wan) in enumerate(wans.items(), start=1):
        near = IPv4Interface((_gateway(wan), wan.network.prefixlen))
        ports.append(Port(f"GigabitEthernet{number}", near, description=f"to {name}"))
    return day_0("internet", image, ports, role="internet", managed=False)
