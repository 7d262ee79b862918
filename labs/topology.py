"""A lab as a neutral graph: nodes with a configuration each, and the links between them.

Knows no vendor's behaviour and no fabric; `twin`, containerlab and CML are drawn from it. The
configuration texts may hold the mark `LAB_PASSWORD`, which whoever starts the lab replaces.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from ipaddress import AddressValueError, IPv4Address
from typing import Any

LAB_PASSWORD = "<lab-password>"  # noqa: S105  # a mark in a template, not a password


class TopologyError(Exception):
    """A description of a lab that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """How the management sessions of a node reach it: out of band, or through the network."""

    source: IPv4Address | None = None
    """Address of the managing station on the simulated network; None is out of band."""
    destination: IPv4Address | None = None
    """Address of the node that sessions use; None picks its inside address."""

    @classmethod
    def parse(cls, text: str) -> "Attachment":
        """Read `oob`, `via ADDRESS` or `via ADDRESS to ADDRESS`."""
        try:
            match text.split():
                case ["oob"]:
                    return cls()
                case ["via", source]:
                    return cls(source=IPv4Address(source))
                case ["via", source, "to", destination]:
                    return cls(source=IPv4Address(source), destination=IPv4Address(destination))
        except AddressValueError as error:
            raise TopologyError(f"attachment {text!r}: {error}") from error
        raise TopologyError(f"attachment {text!r}: use `oob` or `via ADDRESS [to ADDRESS]`")

    def __str__(self) -> str:
        if self.source is None:
            return "oob"
        return f"via {self.source}" + (f" to {self.destination}" if self.destination else "")


OOB = Attachment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One router of a lab."""

    name: str
    config: str
    image: str | None = None
    """IOS version where the configuration has no `version` line."""
    port: int | None = None
    """Port of its SSH listener; None takes a free one."""
    attachment: Attachment = OOB
    data: Mapping[str, str] = field(default_factory=dict)
    """Facts for the generated inventory, e.g. role."""
    managed: bool = True
    """Whether the generated inventory lists it (an internet router is not ours to manage)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One segment; each end is (node, interface)."""

    ends: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSpec:
    """A whole lab."""

    name: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...] = ()
    """Empty: interfaces with addresses in one subnet are on one segment."""
    rate: float | None = 1.0
    """Seconds of device time in a second; None is a clock that only commands move."""
    seed: int = 1
    users: Mapping[str, str] = field(default_factory=dict)
    """Users with their passwords that may log in to every router and stand in no configuration."""

    def node(self, name: str) -> Node:
        """Give the node of this name."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise TopologyError(f"lab {self.name} has no router {name!r}")


def parse_rate(text: str) -> float | None:
    """Read a clock rate: `real`, `manual`, or how many times faster than real."""
    if text == "manual":
        return None
    try:
        rate = 1.0 if text == "real" else float(text)
    except ValueError as error:
        raise TopologyError(f"clock rate {text!r}: use `real`, `manual` or a number") from error
    if not 0 < rate <= MAX_RATE:
        raise TopologyError(f"clock rate {text!r}: use a number above 0, at most {MAX_RATE}")
    return rate


MAX_RATE = 1000


def format_rate(rate: float | None) -> str:
    """Write a clock rate the way `parse_rate` reads it."""
    if rate is None:
        return "manual"
    return "real" if rate == 1.0 else f"{rate:g}"


def to_json(spec: LabSpec) -> str:
    """Write a lab as JSON text."""
    plain = asdict(spec)
    for node, row in zip(spec.nodes, plain["nodes"], strict=True):
        row["attachment"] = str(node.attachment)
    return json.dumps(plain, indent=1)


def from_json(text: str) -> LabSpec:
    """Read what `to_json` wrote."""
    plain = json.loads(text)
    return LabSpec(
        name=plain["name"],
        nodes=tuple(_node(row) for row in plain["nodes"]),
        links=tuple(
            Link(ends=tuple((name, interface) for name, interface in row["ends"]))
            for row in plain["links"]
        ),
        rate=plain["rate"],
        seed=plain["seed"],
        users=plain.get("users", {}),
    )


def _node(row: Mapping[str, Any]) -> Node:
    return Node(**{**row, "attachment": Attachment.parse(row["attachment"])})
