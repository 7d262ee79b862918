"""The fabric as a lab: its routers on their first day, spare ones, and a provider between them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface
from typing import TYPE_CHECKING

from automation.cli.project import DEFAULT_LAB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from automation.fabric.views import DeviceView
    from labs.day0 import Port
    from labs.topology import LabSpec, Node
    from labs.twin.lab import LabStatus

SPARE_WAN = "GigabitEthernet2"
WAN_POOL = IPv4Address("198.51.100.0")
"""Addresses for documentation (RFC 5737) where the fabric leaves the provider's address open."""
LINK = 4
"""Addresses of a /30: the router's end first, the provider's second."""


def start(spec: LabSpec, folder: Path, secrets: Iterable[str] = ()) -> LabStatus:
    """Start a lab, and give it values for secrets of the fabric that nothing else knows."""
    from labs.twin.lab import up as lab_up

    found = lab_up(spec, folder)
    _give_secrets(secrets, folder)
    return found


def _give_secrets(references: Iterable[str], folder: Path) -> None:
    """Write values of the fabric's secrets into the lab's own file, made up for this lab."""
    import secrets

    import yaml

    from labs.twin.lab.folder import write_private

    path = folder / "credentials.yaml"
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = [reference.removeprefix("secret:") for reference in references]
    # eight characters: the longest NHRP authentication that IOS takes
    missing = {name: secrets.token_hex(4) for name in names if name not in known}
    if missing:
        write_private(path, yaml.safe_dump(known | missing))


def next_spoke(views: Mapping[str, DeviceView]) -> str:
    """Name a router that could be the next spoke: branch-4 after branch-3."""
    spokes = [name for name, view in views.items() if not view.is_hub]
    last = spokes[-1] if spokes else "spoke0"
    head = last.rstrip("0123456789")
    number = int(last[len(head) :] or 0)
    while f"{head}{number + 1}" in views:
        number += 1
    return f"{head}{number + 1}"


def lab_of(
    views: Mapping[str, DeviceView],
    *,
    name: str = DEFAULT_LAB,
    image: str = "17.3",
    spares: Sequence[str] = (),
    rate: float | None = 1.0,
) -> LabSpec:
    """Draw the fabric as a lab: its routers on day 0, spare ones, and a provider between them."""
    from labs.topology import LabSpec

    addresses = _wan_addresses(views, spares)
    members = [
        *(_member(view, addresses[router], image) for router, view in views.items()),
        *(_spare(router, addresses[router], image, views) for router in spares),
    ]
    return LabSpec(name=name, nodes=(*members, _provider(addresses, image)), rate=rate)


def _wan_addresses(
    views: Mapping[str, DeviceView], spares: Sequence[str]
) -> dict[str, IPv4Interface]:
    """Give every router one link to the provider, at the address that the fabric says."""
    said: dict[str, IPv4Interface] = {}
    for name, view in views.items():
        nbma = next((tunnel.nbma for tunnel in view.tunnels if tunnel.nbma), None)
        if nbma:
            said[name] = IPv4Interface((nbma, 30))
    taken = {address.network for address in said.values()}
    links = (IPv4Interface((WAN_POOL + offset + 1, 30)) for offset in range(0, 1 << 16, LINK))
    free = (link for link in links if link.network not in taken)
    return {name: said.get(name) or next(free) for name in (*views, *spares)}


def _gateway(wan: IPv4Interface) -> IPv4Address:
    """Give the provider's end of a /30: the other host of it."""
    first, second = wan.network.network_address + 1, wan.network.network_address + 2
    return second if wan.ip == first else first


def _member(view: DeviceView, wan: IPv4Interface, image: str) -> Node:
    from labs.day0 import day_0

    return day_0(view.name, image, _like(view, wan), role=str(view.role))


def _spare(name: str, wan: IPv4Interface, image: str, views: Mapping[str, DeviceView]) -> Node:
    """Make a router that is like the first spoke, but in no fabric."""
    from labs.day0 import day_0

    like = next((v for v in views.values() if not v.is_hub and v.tunnels), None)
    return day_0(name, image, _like(like, wan), role="spoke")


def _like(view: DeviceView | None, wan: IPv4Interface) -> list[Port]:
    """Give a router the link and the LAN interfaces of another; these without an address yet."""
    from labs.day0 import Port

    tunnel = view.tunnels[0] if view else None
    name, vrf = (tunnel.wan, tunnel.front_vrf) if tunnel else (SPARE_WAN, None)
    lans = [Port(lan.interface) for lan in view.lans] if view else []
    return [Port(name, wan, vrf, _gateway(wan)), *lans]


def _provider(addresses: Mapping[str, IPv4Interface], image: str) -> Node:
    """Make the one router that stands for the transport; it is not ours to manage."""
    from labs.day0 import Port, day_0

    ends = [IPv4Interface((_gateway(wan), 30)) for wan in addresses.values()]
    ports = [Port(f"GigabitEthernet{number}", end) for number, end in enumerate(ends, start=1)]
    return day_0("internet", image, ports, role="internet", managed=False)
