"""Commands of IPv6: under `interface`, and global, in the order a running-config prints them.

NHRP has for each `ip nhrp` line one of IPv6 (reference/DMVPN.md section 4); those are made of the
IPv4 rows, so that neither knows a command that the other lacks.
"""

from collections.abc import Iterable
from dataclasses import replace

from labs.twin.commands.rows import Absent, Args, ConfigRow, quiet, row

SOFTENED = (
    # The peers of the overlay are IPv6; those of the transport are of either family.
    ("<protocol:ip>", "<protocol:ipv6-host>"),
    ("<nhs:ip>", "<nhs:ipv6>"),
)


def _eui64(args: Args) -> str:
    return f"ipv6 address {args['address'].network} eui-64"


def nhrp_rows(rows: Iterable[ConfigRow]) -> tuple[ConfigRow, ...]:
    """Make the `ipv6 nhrp` rows of the `ip nhrp` rows."""
    return tuple(_twin(entry) for entry in rows if entry.pattern.startswith("ip nhrp "))


def _twin(entry: ConfigRow) -> ConfigRow:
    pattern = entry.pattern
    for old, new in SOFTENED:
        pattern = pattern.replace(old, new)
    return replace(entry, pattern=f"ipv6{pattern[2:]}", name=f"ipv6{entry.name[2:]}")


ADDRESS_ROWS = (
    row(
        "ipv6 address / <address:ipv6> link-local",
        name="ipv6 address link-local",
        key="ipv6 address link-local",
    ),
    row("ipv6 address <address:ipv6-host>", name="ipv6 address", beside=True),
    row(
        "ipv6 address <address:ipv6-host> eui-64",
        name="ipv6 address eui-64",
        print_as=_eui64,
        beside=True,
    ),
    row("ipv6 address", name="ipv6 address all", beside=True),
    row("ipv6 enable"),
    row("ipv6 mtu / <mtu:1280-10000>"),
    *quiet(
        "ipv6 tcp adjust-mss / <mss:40-1940>",
        "ipv6 nd <rest:line>",
        "ipv6 verify unicast source reachable-via / (any|rx)",
        "ipv6 traffic-filter <list:word> / (in|out)",
    ),
)

ROUTE_ROWS = tuple(
    row(
        f"ipv6 route {vrf}<prefix:ipv6-prefix> {via} / [<distance:1-254>] "
        "[tag <tag:1-4294967295>] [name <label:word>] [<permanent:one(permanent)>]",
        name="ipv6 route",
        sort_by=lambda args: (
            args.get("vrf", ""),
            int(args["prefix"].network_address),
            args["prefix"].prefixlen,
        ),
        section=92,
        beside=beside,
    )
    for vrf, via, beside in (
        ("", "<next_hop:ipv6>", False),
        ("", "<interface:interface>", True),
        ("", "<interface:interface> <next_hop:ipv6>", True),
        ("vrf <vrf:word> ", "<next_hop:ipv6>", True),
        ("vrf <vrf:word> ", "<interface:interface>", True),
        ("vrf <vrf:word> ", "<interface:interface> <next_hop:ipv6>", True),
    )
)
ROUTER_ROWS = (row("ipv6 router eigrp <asn:1-65535>", enters="eigrp-ipv6", section=93),)
EIGRP_ROWS = (
    row("ipv6 eigrp <asn:1-65535>"),
    row("ipv6 next-hop-self eigrp <asn:1-65535>", absent=Absent.ON),
    row("ipv6 hello-interval eigrp <asn:1-65535> / <seconds:1-65535>"),
    row("ipv6 hold-time eigrp <asn:1-65535> / <seconds:1-65535>"),
    row("ipv6 split-horizon eigrp <asn:1-65535>", absent=Absent.ON),
    row("ipv6 summary-address eigrp <asn:1-65535> <prefix:ipv6-prefix> [<distance:1-255>]"),
)
SWITCH_ROWS = (
    row("ipv6 unicast-routing", section=8),
    row("ipv6 cef", absent=Absent.SHOWN, modelled=False, section=8),
)
