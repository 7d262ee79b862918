"""What we own on a router, as data: blocks, the kinds of line in them, what each disturbs.

Whole: the tunnel interface of a cloud, the crypto objects whose names we render, what EIGRP does
on our tunnel. Shared: a routing process and a LAN interface, where only the kinds listed here
are ours. A line of no kind listed is somebody else's: kept, and reported where the block is ours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of line inside a block."""

    pattern: str
    """Matches the line without `no `; groups tell instances apart (a neighbour, an AS)."""
    single: bool = True
    """A new value takes the place of the old one; else lines stand side by side."""
    owned: bool = True
    """Ours to remove when the fabric does not imply it."""
    scoped: bool = False
    """Ours only if the first group (a neighbour) is one that we render."""
    flap: str = ""
    """What stops for a while when it changes."""
    weight: int = 50
    """Place among the lines of a block; equal weights keep the order of the running-config."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block of lines, found by its header and the headers above it."""

    path: Lines
    """Patterns of the headers, outermost first; groups of the last name the instance."""
    whole: bool
    kinds: tuple[Kind, ...]
    removal: int = 0
    """Order in which whole blocks are removed: users before what they use."""


BOUNCE = "tunnel restarts: IPsec, registration and routing come back in turn"
_NHRP = "all NHRP entries are dropped and registered again"
_ADJACENCY = "EIGRP neighbours are formed again"
_SESSION = "BGP sessions are opened again"

_TUNNEL = (
    Kind(pattern=r"vrf forwarding", flap=BOUNCE, weight=0),  # clears the address: goes first
    Kind(pattern=r"ip address(?=$| \S+ \S+$| dhcp)", flap=BOUNCE, weight=10),
    # reference/DMVPN.md section 3: a destination must go before the mode becomes multipoint, and
    # a point-to-point tunnel does not keep NHRP maps: the mode goes before them.
    Kind(pattern=r"tunnel destination", flap=BOUNCE, weight=20),
    Kind(pattern=r"tunnel mode", flap=BOUNCE, weight=30),
    Kind(pattern=r"bandwidth(?= \d)", weight=40),
    Kind(pattern=r"ip redirects"),
    Kind(pattern=r"ip mtu"),
    Kind(pattern=r"ip next-hop-self eigrp (\d+)"),
    Kind(pattern=r"ip split-horizon eigrp (\d+)", flap=_ADJACENCY),
    Kind(pattern=r"ip nhrp authentication", flap="registrations fail until both ends agree"),
    Kind(pattern=r"ip nhrp map multicast", single=False),
    Kind(pattern=r"ip nhrp map (?=\d)", single=False),
    Kind(pattern=r"ip nhrp network-id", flap=_NHRP),
    Kind(pattern=r"ip nhrp holdtime"),
    Kind(pattern=r"ip nhrp nhs (?=\d)", single=False),
    Kind(pattern=r"ip nhrp registration (no-unique|timeout)"),
    Kind(pattern=r"ip nhrp shortcut"),
    Kind(pattern=r"ip nhrp redirect"),
    Kind(pattern=r"ip summary-address eigrp", single=False),
    Kind(pattern=r"ip tcp adjust-mss"),
    Kind(pattern=r"delay(?= \d)"),
    Kind(pattern=r"tunnel source", flap=BOUNCE),
    Kind(pattern=r"tunnel key", flap=BOUNCE),
    Kind(pattern=r"tunnel vrf", flap=BOUNCE),
    Kind(pattern=r"tunnel protection", flap=BOUNCE, weight=90),
    Kind(pattern=r"shutdown", weight=99),
)
_LAN = (
    # A secondary address must go before its primary (RELIABILITY.md section A), and come after.
    Kind(pattern=r"ip address(?=$| \S+ \S+$| dhcp)", weight=10),
    Kind(pattern=r"ip address (?=\S+ \S+ secondary)", single=False, owned=False, weight=20),
    Kind(pattern=r"shutdown", weight=99),
)
_EIGRP_COMMON = (
    Kind(pattern=r"network", single=False, owned=False),
    Kind(pattern=r"eigrp router-id", flap=_ADJACENCY),
    Kind(pattern=r"eigrp stub", flap=_ADJACENCY),
)
_AF_INTERFACE = (
    Kind(pattern=r"summary-address", single=False),
    Kind(pattern=r"next-hop-self"),
    Kind(pattern=r"split-horizon", flap=_ADJACENCY),
)
_BGP = (
    Kind(pattern=r"bgp router-id", flap=_SESSION),
    Kind(pattern=r"bgp log-neighbor-changes"),
    Kind(pattern=r"network", single=False, owned=False),
    Kind(pattern=r"neighbor (\S+) (peer-group)(?=$)", scoped=True, weight=60),
    Kind(pattern=r"neighbor (\S+) (remote-as)", scoped=True, flap=_SESSION, weight=61),
    Kind(pattern=r"neighbor (\S+) (timers)", scoped=True, weight=62),
    Kind(pattern=r"neighbor (\S+) (route-reflector-client)", scoped=True, weight=62),
    Kind(pattern=r"neighbor (\S+) (next-hop-self)", scoped=True, weight=62),
    Kind(pattern=r"bgp listen range (\S+)", weight=70),  # after the group that it names
)

BLOCKS: tuple[Block, ...] = (
    Block(path=(r"interface (Tunnel\d+)$",), whole=True, kinds=_TUNNEL, removal=1),
    Block(path=(r"interface (?!Tunnel)(\S+)$",), whole=False, kinds=_LAN),
    Block(
        path=(r"crypto ikev2 proposal (\S+)",),
        whole=True,
        kinds=tuple(Kind(pattern=p) for p in ("encryption", "integrity", "prf", "group")),
        removal=7,
    ),
    Block(
        path=(r"crypto ikev2 policy (\S+)",),
        whole=True,
        kinds=(Kind(pattern=r"match fvrf"), Kind(pattern=r"proposal", single=False)),
        removal=6,
    ),
    Block(path=(r"crypto ikev2 keyring (\S+)",), whole=True, kinds=(), removal=5),
    Block(
        path=(r"crypto ikev2 keyring (\S+)", r"peer (\S+)"),
        whole=True,
        kinds=(Kind(pattern=r"address"), Kind(pattern=r"pre-shared-key( local| remote)?")),
    ),
    Block(
        path=(r"crypto ikev2 profile (\S+)",),
        whole=True,
        kinds=(
            Kind(pattern=r"match fvrf"),
            Kind(pattern=r"match identity remote", single=False),
            Kind(pattern=r"authentication (remote|local)"),
            Kind(pattern=r"keyring local"),
            Kind(pattern=r"dpd"),
        ),
        removal=4,
    ),
    Block(
        path=(r"crypto ipsec transform-set (\S+)",),
        whole=True,
        kinds=(Kind(pattern=r"mode"),),
        removal=3,
    ),
    Block(
        path=(r"crypto ipsec profile (\S+)",),
        whole=True,
        kinds=tuple(Kind(pattern=rf"set {p}") for p in ("transform-set", "pfs", "ikev2-profile")),
        removal=2,
    ),
    Block(path=(r"router eigrp (\S+)$",), whole=False, kinds=_EIGRP_COMMON),
    Block(
        path=(
            r"router eigrp (\S+)$",
            r"address-family ipv4 unicast (?:vrf \S+ )?autonomous-system (\d+)",
        ),
        whole=False,
        kinds=_EIGRP_COMMON,
    ),
    Block(
        path=(
            r"router eigrp (\S+)$",
            r"address-family ipv4 unicast (?:vrf \S+ )?autonomous-system (\d+)",
            r"af-interface (Tunnel\d+)$",
        ),
        whole=True,
        kinds=_AF_INTERFACE,
    ),
    Block(path=(r"router bgp (\d+)$",), whole=False, kinds=_BGP),
)

QUIET = ("auto-summary", "bgp log-neighbor-changes", "synchronization")
"""Lines that IOS prints by itself in shared blocks: not worth a report."""


def positive(line: str) -> str:
    """Take `no ` off a line."""
    return line.removeprefix("no ")


@cache
def block_at(path: Lines) -> Block | None:
    """Find the rules for the block under these headers."""
    for block in BLOCKS:
        if len(block.path) == len(path) and all(map(re.match, block.path, path)):
            return block
    return None


@cache
def kind_of(path: Lines, line: str) -> tuple[Kind | None, Lines]:
    """Find the kind of a line in a block, and its identity there."""
    block = block_at(path)
    for kind in block.kinds if block else ():
        match = re.match(rf"{kind.pattern}(?:(?<= )|(?= |$))", positive(line))
        if match:
            groups = tuple(group or "" for group in match.groups())
            return kind, (kind.pattern, *groups)
    return None, (line,)


def is_owned(path: Lines, line: str, intended: Iterable[str]) -> bool:
    """Tell whether a line that the fabric does not imply is ours to remove."""
    kind, identity = kind_of(path, line)
    if kind is None or not kind.owned:
        return False
    if not kind.scoped:
        return True
    return any(
        other is not None and other.scoped and other_identity[1] == identity[1]
        for other, other_identity in (kind_of(path, line) for line in intended)
    )


def header_key(header: str) -> str:
    """Give the identity of a top-level block: a transform set is known by its name alone."""
    match = re.match(r"(crypto ipsec transform-set \S+)", header)
    return match[1] if match else header
