"""What a configuration leaves unsaid: the lines that `show running-config all` adds.

One row a line: the mode it stands in, when, and the line. Values are those of the image profile,
of reference/DMVPN.md, of the vendor's command references (default timers and metrics of EIGRP,
ISAKMP, IKEv2 and lines). A router prints many more, about things that are not modelled.
"""

from collections.abc import Callable
from dataclasses import dataclass

from labs.twin.commands import TABLES
from labs.twin.commands.rules import put
from labs.twin.image import ImageProfile
from labs.twin.tree import Block


@dataclass(frozen=True, slots=True)
class Place:
    """A block of a configuration, as a condition sees it."""

    root: Block
    block: Block
    image: ImageProfile

    @property
    def kind(self) -> str:
        """Give the first letters of an interface's name."""
        return str(self.block.line.args.get("name", "")).rstrip("0123456789/.")


Condition = Callable[[Place], bool]


def _always(place: Place) -> bool:
    return True


def _speaks_ip(place: Place) -> bool:
    address = place.block.get("ip address")
    return address is not None and not address.line.negated


def _is_tunnel(place: Place) -> bool:
    return place.kind == "Tunnel"


def _is_port(place: Place) -> bool:
    return place.kind.endswith("Ethernet")


def _on_nhrp(wanted: Condition = _always) -> Condition:
    return lambda place: "ip nhrp network-id" in place.block.children and wanted(place)


def _crypto(place: Place) -> bool:
    return any(child.line.name.startswith("crypto ") for child in place.root.children.values())


ROWS: tuple[tuple[str, Condition, str], ...] = (
    ("global", _always, "ip domain lookup"),
    ("global", _crypto, "crypto ipsec security-association replay window-size 64"),
    ("interface", _speaks_ip, "ip redirects"),
    ("interface", _speaks_ip, "ip unreachables"),
    ("interface", _speaks_ip, "ip proxy-arp"),
    ("interface", _on_nhrp(lambda p: p.image.nhrp.holdtime_s == 600), "ip nhrp holdtime 600"),
    ("interface", _on_nhrp(lambda p: p.image.nhrp.holdtime_s == 7200), "ip nhrp holdtime 7200"),
    (
        "interface",
        _on_nhrp(lambda p: p.image.nhrp.multicast_dynamic),
        "ip nhrp map multicast dynamic",
    ),
    (
        "interface",
        _on_nhrp(lambda p: not p.image.nhrp.registration_unique),
        "ip nhrp registration no-unique",
    ),
    ("interface", _on_nhrp(lambda p: p.image.nhrp.shortcut), "ip nhrp shortcut"),
    ("interface", _always, "load-interval 300"),
    ("interface", _always, "no shutdown"),
    ("interface", _is_port, "mop enabled"),
    ("interface", _is_port, "mop sysid"),
    ("interface", _is_tunnel, "tunnel mode gre ip"),
    ("eigrp", _always, "eigrp log-neighbor-changes"),
    ("eigrp", _always, "maximum-paths 4"),
    ("eigrp", _always, "variance 1"),
    ("eigrp", _always, "distance eigrp 90 170"),
    ("topology", _always, "maximum-paths 4"),
    ("topology", _always, "variance 1"),
    ("topology", _always, "distance eigrp 90 170"),
    ("af-interface", _always, "bandwidth-percent 50"),
    ("af-interface", _always, "hello-interval 5"),
    ("af-interface", _always, "hold-time 15"),
    ("af-interface", _always, "next-hop-self"),
    ("af-interface", _always, "split-horizon"),
    ("isakmp-policy", _always, "hash sha"),
    ("isakmp-policy", _always, "authentication rsa-sig"),
    ("isakmp-policy", _always, "group 1"),
    ("isakmp-policy", _always, "lifetime 86400"),
    ("ikev2-profile", _always, "lifetime 86400"),
    ("line", _always, "exec-timeout 10 0"),
    ("line", _always, "length 24"),
    ("line", _always, "width 80"),
    ("line", _always, "history size 20"),
)


def with_defaults(root: Block, image: ImageProfile) -> Block:
    """Give a copy of a configuration that says what the image leaves unsaid."""
    full = root.copy()
    for block in [full, *list(full.walk())]:
        place = Place(full, block, image)
        for mode, applies, text in ROWS:
            if mode == block.line.mode and applies(place):
                _say(mode, block, text)
    return full


def _say(mode: str, block: Block, text: str) -> None:
    line = TABLES.read(mode, text).line
    if line.key not in block.children:
        put(mode, block, text)
