"""Overlay addresses given out by the program: `address: auto`, resolved once and kept.

They live in inventory/allocations.yaml, committed with the fabric: adding a site never moves
another, removing one frees its address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path
from typing import Any

from automation.fabric import marks
from automation.fabric.files import write_whole
from automation.fabric.load import read_file
from automation.fabric.marks import Document
from automation.fabric.model import Attachment, Fabric
from automation.fabric.problems import InvalidFabric

ALLOCATIONS_FILE = "allocations.yaml"
_HEAD = """\
# Overlay addresses given out for `address: auto`. Written by dmvpn; commit it with fabric.yaml.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocations:
    """Address of each router that asked for one, by cloud and router."""

    clouds: Mapping[str, Mapping[str, IPv4Address]] = field(default_factory=dict)

    def address(self, cloud: str, router: str, attachment: Attachment) -> IPv4Address:
        """Give a member's overlay address: the written one, else the allocated one."""
        if attachment.address != "auto":
            return attachment.address
        return self.clouds[cloud][router]


def allocate(fabric: Fabric, before: Allocations | None = None) -> Allocations:
    """Give every `auto` member an address: the one it has, else the lowest free one.

    The fabric is valid, so that the overlay has room for all its members.
    """
    before = before or Allocations()
    return Allocations(
        clouds={name: _cloud(fabric, name, before.clouds.get(name, {})) for name in fabric.clouds}
    )


def _cloud(fabric: Fabric, name: str, kept: Mapping[str, IPv4Address]) -> dict[str, IPv4Address]:
    overlay = fabric.clouds[name].overlay
    members = [(router, attachment.address) for _, router, _, attachment in fabric.members(name)]
    asking = [router for router, address in members if address == "auto"]
    given = {address for _, address in members if address != "auto"}
    found: dict[str, IPv4Address] = {}
    for router in asking:
        if router in kept and kept[router] not in given and kept[router] in overlay:
            found[router] = kept[router]
    taken = given | set(found.values())
    free = (address for address in overlay.hosts() if address not in taken)
    for router in asking:
        if router not in found:
            found[router] = next(free)
    return {router: found[router] for router in asking}


def load_allocations(folder: Path, fabric: Fabric) -> Allocations:
    """Read what was given out so far; nothing when there is no file.

    Raises:
        InvalidFabric: The file is broken, or an entry contradicts the fabric.
    """
    path = folder / ALLOCATIONS_FILE
    if not path.is_file():
        return Allocations()
    document = read_file(path, {})
    clouds = _entries(document)
    for cloud, routers in clouds.items():
        _judge(document, fabric, cloud, routers)
    if document.problems:
        raise InvalidFabric(document.problems)
    return Allocations(clouds=clouds)


def _entries(document: Document) -> dict[str, dict[str, IPv4Address]]:
    clouds: dict[str, dict[str, IPv4Address]] = {}
    data = document.data if isinstance(document.data, dict) else {}
    if document.data is not None and not isinstance(data.get("clouds", {}), dict | None):
        data = {}
    if document.data is not None and "clouds" not in data and not document.problems:
        document.problems.append(
            document.problem((), "E103", "clouds: must stand here", "remove the file to start anew")
        )
    for cloud, routers in (data.get("clouds") or {}).items():
        for router, value in (routers if isinstance(routers, dict) else {}).items():
            address = _address(document, ("clouds", cloud, router), value)
            if address:
                clouds.setdefault(cloud, {})[router] = address
    return clouds


def _address(document: Document, path: marks.Path, value: Any) -> IPv4Address | None:
    try:
        return IPv4Address(str(value))
    except AddressValueError:
        document.problems.append(
            document.problem(path, "E209", f"{value!r} is not an IPv4 address")
        )
        return None


def _judge(
    document: Document, fabric: Fabric, cloud: str, routers: Mapping[str, IPv4Address]
) -> None:
    """Compare the entries of a cloud that are still in use with the fabric."""
    if cloud not in fabric.clouds:
        return
    overlay = fabric.clouds[cloud].overlay
    seen: dict[IPv4Address, str] = {
        attachment.address: router
        for _, router, _, attachment in fabric.members(cloud)
        if attachment.address != "auto"
    }
    asking = {r for _, r, _, attachment in fabric.members(cloud) if attachment.address == "auto"}
    for router, address in routers.items():
        if router not in asking:
            continue
        message = ""
        if address not in overlay or address in (overlay[0], overlay[-1]):
            message = f"{address} of {router} is no host of overlay {overlay}"
        elif address in seen:
            message = f"{address} of {router} is also the address of {seen[address]}"
        if message:
            hint = f"remove this line, and {router} gets a new address"
            path = ("clouds", cloud, router)
            document.problems.append(document.problem(path, "E343", message, hint))
        seen[address] = router


def format_allocations(allocations: Allocations) -> str:
    """Write as YAML, clouds and routers in the order they were given out."""
    lines = [_HEAD + "clouds:"]
    for cloud, routers in allocations.clouds.items():
        lines.append(f"  {cloud}:" if routers else f"  {cloud}: {{}}")
        lines.extend(f"    {router}: {address}" for router, address in routers.items())
    return "\n".join(lines) + "\n"


def save_allocations(folder: Path, allocations: Allocations) -> bool:
    """Store what was given out; tell whether the file changed."""
    path = folder / ALLOCATIONS_FILE
    text = format_allocations(allocations)
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    write_whole({path: text})
    return True
