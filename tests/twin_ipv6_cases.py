"""A hub, two spokes and a provider, with either address family over either one, as consoles.

Router 1 is the hub. Behind router N lies a LAN; static routes of the spokes lead to the hub, so
that only a shortcut makes a direct way.
"""

from dataclasses import dataclass

from labs.twin.cli import Console, Session
from labs.twin.network import Network

NAMES = ("hub", "spoke2", "spoke3")
WAN = "GigabitEthernet1"
CRYPTO = """\
crypto ikev2 keyring K
 peer any
  address {everybody}
  pre-shared-key s3cret
crypto ikev2 profile default
 match identity remote address {everybody}
 authentication remote pre-share
 authentication local pre-share
 keyring local K
"""


@dataclass(frozen=True)
class Families:
    """Who is over whom."""

    overlay: int
    transport: int

    @property
    def word(self) -> str:
        return "ip" if self.overlay == 4 else "ipv6"

    def nbma(self, number: int) -> str:
        return f"192.0.{number}.1" if self.transport == 4 else f"2001:DB8:{number}::1"

    def tunnel(self, number: int) -> str:
        return f"10.0.0.{number}" if self.overlay == 4 else f"FD00::{number}"

    def lan(self, number: int) -> str:
        return f"10.{number}.0.1" if self.overlay == 4 else f"FD00:{number}::1"


def with_length(address: str) -> str:
    """Write an address with its mask or length, as an address line has it."""
    return f"{address}/64" if ":" in address else f"{address} 255.255.255.0"


def address_line(address: str) -> str:
    return f"{'ipv6' if ':' in address else 'ip'} address {with_length(address)}"


def route_line(network: str, via: str) -> str:
    if ":" in network:
        return f"ipv6 route {network} {via}"
    address, _, length = network.partition("/")
    mask = "0.0.0.0" if length == "0" else "255.255.255.0"  # noqa: S104
    return f"ip route {address} {mask} {via}"


def lan_prefix(lan: str) -> str:
    return f"{lan.removesuffix('1')}/64" if ":" in lan else f"{lan.removesuffix('.1')}.0/24"


def config(
    number: int,
    families: Families,
    *,
    protected: bool = False,
    secret: bool = True,
    version: str = "17.3",
    more: str = "",
) -> str:
    """Write the configuration of the hub (1) or of a spoke."""
    word, hub = families.word, number == 1
    sixth = families.transport == 6
    lines = [
        f"version {version}",
        f"hostname {NAMES[number - 1]}",
        "ipv6 unicast-routing",
        "license boot level ax",
        f"interface {WAN}",
        f" {address_line(families.nbma(number))}",
        "interface Loopback0",
        f" {address_line(families.lan(number))}",
        "interface Tunnel0",
        f" {address_line(families.tunnel(number))}",
        f" {word} nhrp network-id 1",
        f" {word} nhrp authentication secret" if secret else " no shutdown",
        f" {word} nhrp redirect" if hub else f" {word} nhrp shortcut",
        f" tunnel source {WAN}",
        f" tunnel mode gre multipoint{' ipv6' if sixth else ''}",
        " tunnel key 7",
        " tunnel protection ipsec profile default" if protected else " no shutdown",
    ]
    if not hub:
        server = f"{families.tunnel(1)} nbma {families.nbma(1)}"
        lines.append(f" {word} nhrp nhs {server} multicast")
    lines += more.splitlines()
    gateway = families.nbma(number)[:-1] + "2"
    lines.append(route_line("::/0" if sixth else "0.0.0.0/0", gateway))
    for other in (1, 2, 3):
        if other != number:
            via = other if hub else 1
            lines.append(route_line(lan_prefix(families.lan(other)), families.tunnel(via)))
    if protected:
        lines.append(CRYPTO.format(everybody="::/0" if sixth else "0.0.0.0 0.0.0.0"))
    return "\n".join(lines) + "\nend\n"


def provider(families: Families) -> str:
    lines = ["version 17.3", "hostname provider", "ipv6 unicast-routing"]
    for number in (1, 2, 3):
        lines.append(f"interface GigabitEthernet{number}")
        lines.append(f" {address_line(families.nbma(number)[:-1] + '2')}")
    return "\n".join(lines) + "\nend\n"


def cloud(
    families: Families,
    *,
    protected: bool = False,
    secret: bool = True,
    version: str = "17.3",
    more: dict[int, str] | None = None,
) -> dict[str, Session]:
    """Boot the network and give a session with everybody, 20 s later."""
    network = Network(seed=1)
    consoles = {"provider": Console.boot(network, "provider", provider(families))}
    for number, name in enumerate(NAMES, 1):
        further = (more or {}).get(number, "")
        text = config(
            number, families, protected=protected, secret=secret, version=version, more=further
        )
        consoles[name] = Console.boot(network, name, text)
        network.connect((name, WAN), ("provider", f"GigabitEthernet{number}"))
    network.run_for(20)
    return {name: console.open("u", 15, length=0) for name, console in consoles.items()}
