"""The demo lab: a hub, four branches and the internet between them, on their first day.

A day-0 configuration is what a technician leaves behind: a name, a user, SSH, a local archive,
addresses of WAN and LAN, a default route. Nothing of DMVPN is there yet.
"""

from ipaddress import IPv4Address, IPv4Interface

from labs.topology import LAB_PASSWORD, LabSpec, Node

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
ARCHIVE = {
    "16.6": "bootflash:",
    "16.9": "bootflash:",
    "17.3": "bootflash:",
    "15.5": "flash:",
    "15.9": "flash:",
}
OTHER_ARCHIVE = "unix:"
LICENSE = "license boot level network-advantage addon dna-advantage\n!\n"
"""Without it CSR1000V and C8000V have no crypto commands."""

DAY_0 = """\
version {version}
hostname {name}
!
username admin privilege 15 secret 0 {password}
!
ip domain name lab.example
!
{license}archive
 path {archive}archive-
 maximum 10
!
{interfaces}{routes}!
ip ssh version 2
ip scp server enable
!
line vty 0 4
 login local
 transport input ssh
!
end
"""
INTERFACE = """\
interface {name}
 description {description}
 ip address {ip} {mask}
 no shutdown
!
"""


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
    interfaces = _interface(WAN, "WAN", wan) + _interface(LAN, "LAN", lan)
    route = f"ip route 0.0.0.0 0.0.0.0 {_gateway(wan)}\n"
    return Node(
        name=name, config=_config(name, image, interfaces, route), image=image, data={"role": role}
    )


def _internet(image: str, wans: dict[str, IPv4Interface]) -> Node:
    interfaces = _interface("Loopback0", "somewhere in the internet", INTERNET_LOOPBACK)
    for number, (name, wan) in enumerate(wans.items(), start=1):
        near = IPv4Interface((_gateway(wan), wan.network.prefixlen))
        interfaces += _interface(f"GigabitEthernet{number}", f"to {name}", near)
    return Node(
        name="internet",
        config=_config("internet", image, interfaces, ""),
        image=image,
        data={"role": "internet"},
        managed=False,
    )


def _interface(name: str, description: str, address: IPv4Interface) -> str:
    return INTERFACE.format(name=name, description=description, ip=address.ip, mask=address.netmask)


def _config(name: str, image: str, interfaces: str, routes: str) -> str:
    return DAY_0.format(
        version=image,
        name=name,
        password=LAB_PASSWORD,
        license=LICENSE if ARCHIVE.get(image) == "bootflash:" else "",
        archive=ARCHIVE.get(image, OTHER_ARCHIVE),
        interfaces=interfaces,
        routes=routes,
    )
