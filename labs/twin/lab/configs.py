"""A lab from a folder of running-configs, as routers print them and backups keep them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labs.topology import LAB_PASSWORD, LabSpec, Link, Node
from labs.twin.device import DeviceConfig
from labs.twin.grammar import interface_name
from labs.twin.intake import Booted, boot
from labs.twin.intake.transcript import plain
from labs.twin.lab.folder import LabError
from labs.twin.lab.inventory import LAB_USER
from labs.twin.lab.world import image_of_node

SUFFIXES = (".cfg", ".conf", ".txt")
HIGHEST_PORT = 65535
CABLE = re.compile(r"^[ \t]*([^\s:]+):(\S+)[ \t]+--[ \t]+([^\s:]+):(\S+)[ \t]*$", re.MULTILINE)
"""A cable as lists of labs write it: `hub:Ethernet0/0 -- isp:Ethernet0/1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigLab:
    """A lab made of files, and what was found of them."""

    spec: LabSpec
    unknown: Mapping[str, tuple[str, ...]]
    """Lines that are kept as they stand, without effect, by router; not the lines under them."""
    left_out: tuple[str, ...]
    """Files that hold no configuration."""


def lab_of_configs(
    folder: Path,
    *,
    name: str,
    ports: Mapping[str, int] | None = None,
    users: Mapping[str, str] | None = None,
    image: str | None = None,
    rate: float | None = 1.0,
) -> ConfigLab:
    """Describe a lab: one router a file, named like it.

    Links follow from the subnets, unless a file gives them as lines `ROUTER:IF -- ROUTER:IF`.

    Args:
        folder: Where the configurations stand (.cfg, .conf, .txt).
        name: Name of the lab.
        ports: SSH ports by file name (without suffix) or host name.
        users: Users, with passwords, beside those of the configurations.
        image: IOS version for a configuration without a `version` line.
        rate: Seconds of device time in a second; None is a clock that only commands move.

    Raises:
        LabError: There are no configurations, two of one name, or a port for no router.
    """
    texts = _read(folder)
    booted = {file: boot(text, image_of_node(text, image)) for file, text in texts.items()}
    routers = {file: one for file, one in booted.items() if _is_config(texts[file], one)}
    if not routers:
        raise LabError(f"{folder}: no configurations ({', '.join(SUFFIXES)}) there")
    hosts = {one.config.hostname: file for file, one in routers.items()}
    wanted = {hosts.get(said, said): port for said, port in (ports or {}).items()}
    strange = [said for said in wanted if said not in routers]
    if strange:
        raise LabError(
            f"port for {', '.join(strange)}: no such router in {folder}; it has "
            + ", ".join(routers)
        )
    spec = LabSpec(
        name=name,
        nodes=tuple(
            Node(name=file, config=texts[file], image=image, port=wanted.get(file))
            for file in routers
        ),
        links=_links(texts.values(), {file: one.config for file, one in routers.items()}, hosts),
        rate=rate,
        # Our own user, so that the generated inventory works whoever the configurations know.
        users={LAB_USER: LAB_PASSWORD, **(users or {})},
    )
    return ConfigLab(
        spec=spec,
        unknown={file: one.heads for file, one in routers.items() if one.heads},
        left_out=tuple(file for file in texts if file not in routers),
    )


def _is_config(text: str, booted: Booted) -> bool:
    """Tell a configuration from notes and scripts: it has interfaces, or is mostly understood."""
    lines = [line for line in text.splitlines() if line.strip(" !")]
    return bool(booted.config.interfaces) or len(lines) > 2 * len(booted.unknown)


def _links(
    texts: Iterable[str], configs: Mapping[str, DeviceConfig], hosts: Mapping[str, str]
) -> tuple[Link, ...]:
    """Read the cables that files give; a node that is no router joins what is plugged into it."""
    groups: list[set[tuple[str, str]]] = []
    for node, port, other, its in (m for text in texts for m in CABLE.findall(text)):
        ends = {_end(hosts.get(n, n), p, configs) for n, p in ((node, port), (other, its))}
        joined = [group for group in groups if group & ends]
        groups = [group for group in groups if group not in joined]
        groups.append(ends.union(*joined))
    plugged = [tuple(sorted(end for end in group if end[1])) for group in groups]
    return tuple(Link(ends=ends) for ends in plugged if len(ends) > 1)


def _end(node: str, port: str, configs: Mapping[str, DeviceConfig]) -> tuple[str, str]:
    """Give the end of a cable; without an interface, where no router has it."""
    name = interface_name(port) or port
    interfaces = configs[node].interfaces if node in configs else {}
    if name in interfaces:
        return node, name
    # A box without any interface that we know is a switch.
    return (f"{node} {port}" if interfaces else node), ""


def parse_port(text: str) -> tuple[str, int]:
    """Read ROUTER=N.

    Raises:
        LabError: It is something else.
    """
    router, _, number = text.rpartition("=")
    if not router or not number.isdecimal() or not 0 < int(number) <= HIGHEST_PORT:
        raise LabError(f"port {text!r}: use ROUTER=NUMBER, 1 to {HIGHEST_PORT}")
    return router, int(number)


def parse_user(text: str) -> tuple[str, str]:
    """Read NAME:PASSWORD.

    Raises:
        LabError: It is something else; the text is not repeated, it may hold a password.
    """
    user, mark, password = text.partition(":")
    if not user or not mark or not password:
        raise LabError("user: use NAME:PASSWORD")
    return user, password


def _read(folder: Path) -> dict[str, str]:
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.is_file())
        # Backups hold any bytes in banners; a router prints what it was given.
        texts = [(p.stem, p.read_bytes().decode("utf-8", "replace")) for p in files]
    except OSError as error:
        raise LabError(f"{error.filename}: {error.strerror}") from error
    names = [name for name, _ in texts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise LabError(f"{folder}: more than one configuration of {', '.join(twice)}")
    return {name: plain(text) for name, text in texts}
