"""A router on its first day: what a technician leaves behind.

A name, a user, SSH, a local archive, the addresses of its links and the way to the provider.
Nothing of DMVPN is there yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from labs.topology import LAB_PASSWORD, Node

FLASH = "flash:"
BOOTFLASH = "bootflash:"
ARCHIVES = {
    "16.6": BOOTFLASH,
    "16.9": BOOTFLASH,
    "17.3": BOOTFLASH,
    "15.5": FLASH,
    "15.9": FLASH,
}
OTHER_ARCHIVE = "unix:"
"""IOL keeps its files in the directory that it runs in."""
LICENSE = "license boot level network-advantage addon dna-advantage\n!\n"
"""Without it CSR1000V and C8000V have no crypto commands."""

CONFIG = """\
version {image}
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
{vrfs}{ports}{routes}!
ip ssh version 2
ip scp server enable
!
line vty 0 4
 login local
 transport input ssh
!
end
"""


@dataclass(frozen=True, slots=True)
class Port:
    """An interface of a router."""

    name: str
    address: IPv4Interface | None = None
    vrf: str | None = None
    gateway: IPv4Address | None = None
    """Where the default route of its VRF leads."""
    description: str = ""


def day_0(name: str, image: str, ports: Sequence[Port], *, role: str, managed: bool = True) -> Node:
    """Make a router of a lab on its first day."""
    archive = ARCHIVES.get(image, OTHER_ARCHIVE)
    vrfs = dict.fromkeys(port.vrf for port in ports if port.vrf)
    config = CONFIG.format(
        image=image,
        name=name,
        password=LAB_PASSWORD,
        license=LICENSE if archive == BOOTFLASH else "",
        archive=archive,
        vrfs="".join(
            f"vrf definition {vrf}\n address-family ipv4\n exit-address-family\n!\n" for vrf in vrfs
        ),
        ports="".join(map(_interface, ports)),
        routes="".join(map(_default_route, ports)),
    )
    return Node(name=name, config=config, image=image, data={"role": role}, managed=managed)


def _interface(port: Port) -> str:
    address = "no ip address"
    if port.address:
        address = f"ip address {port.address.ip} {port.address.netmask}"
    lines = [
        f"description {port.description}" if port.description else "",
        f"vrf forwarding {port.vrf}" if port.vrf else "",
        address,
        "no shutdown" if port.address else "",
    ]
    return f"interface {port.name}\n" + "".join(f" {line}\n" for line in lines if line) + "!\n"


def _default_route(port: Port) -> str:
    vrf = f" vrf {port.vrf}" if port.vrf else ""
    return f"ip route{vrf} 0.0.0.0 0.0.0.0 {port.gateway}\n" if port.gateway else ""
