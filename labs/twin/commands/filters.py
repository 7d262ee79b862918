"""Commands that filter and mark routes: access lists, prefix lists, route maps, key chains.

What the lists mean is in `labs.twin.filters`; numbering of their lines in `sequences`.
"""

from labs.twin.commands.rows import Args, ConfigRow, Mode, quiet, row

ACTION = "<action:one(permit,deny)>"
SOURCE = "(any|host <host:ip>|<address:ip> [<wildcard:wildcard>])"


def source_text(args: Args) -> str:
    """Print the source of a standard access list: a single host without its wildcard."""
    if "host" in args:
        return str(args["host"])
    if "address" not in args:
        return "any"
    wildcard = int(args.get("wildcard", 0))
    address = type(args["address"])(int(args["address"]) & ~wildcard & 0xFFFFFFFF)
    if wildcard == 0xFFFFFFFF:
        return "any"
    return f"{address} {args['wildcard']}" if wildcard else str(address)


def _standard_text(args: Args) -> str:
    log = " log" if "log" in args else ""
    return f"{args['action']} {source_text(args)}{log}"


def _prefix_text(args: Args) -> str:
    text = f"ip prefix-list {args['list']} seq {args.get('seq', 0)} {args['action']} "
    text += str(args["prefix"])
    for word in ("ge", "le"):
        text += f" {word} {args[word]}" if word in args else ""
    return text


def _map_text(args: Args) -> str:
    return f"route-map {args['map']} {args.get('action', 'permit')} {args.get('seq', 10)}"


KEY_ROWS: tuple[ConfigRow, ...] = (row("key chain <name:word>", enters="key-chain", section=10),)
PATH_ROWS: tuple[ConfigRow, ...] = (
    row(
        f"ip community-list <list:1-99> / {ACTION} <communities:words>",
        name="ip community-list",
        section=84,
    ),
    row(
        f"ip community-list standard <list:word> / {ACTION} <communities:words>",
        name="ip community-list",
        beside=True,
        section=84,
    ),
    *quiet(
        "ip community-list expanded <rest:line>",
        "ip community-list <list:100-500> <rest:line>",
        name="ip community-list expanded",
        beside=True,
        section=84,
    ),
    row(f"ip as-path access-list <list:1-500> / {ACTION} <pattern:line>", section=84),
)
LIST_ROWS: tuple[ConfigRow, ...] = (
    row(
        "ip access-list standard <list:word>",
        name="ip access-list",
        enters="acl-standard",
        section=92,
    ),
    row(
        "ip access-list extended <list:word>",
        name="ip access-list",
        enters="acl-extended",
        section=92,
        beside=True,
    ),
    row(
        f"ip prefix-list <list:word> / [seq <seq:1-4294967294>] / {ACTION} <prefix:prefix> "
        "[ge <ge:1-32>] [le <le:1-32>]",
        print_as=_prefix_text,
        section=93,
    ),
    row(
        "ip prefix-list <list:word> description <text:line>",
        name="ip prefix-list description",
        beside=True,
        section=93,
    ),
)
MAP_ROWS: tuple[ConfigRow, ...] = (
    row(
        "route-map <map:word> / [<action:one(permit,deny)>] [<seq:0-65535>]",
        name="route-map",
        enters="route-map",
        print_as=_map_text,
        section=94,
    ),
)
NUMBERED_ROWS: tuple[ConfigRow, ...] = (
    row(
        f"access-list <number:1-99> / {ACTION} {SOURCE} [<log:one(log)>]",
        name="access-list",
        print_as=lambda args: f"access-list {args['number']} {_standard_text(args)}",
        section=96,
    ),
    row(
        f"access-list <number:1300-1999> / {ACTION} {SOURCE} [<log:one(log)>]",
        name="access-list",
        print_as=lambda args: f"access-list {args['number']} {_standard_text(args)}",
        section=96,
        beside=True,
    ),
    row(
        f"access-list <number:100-199> / {ACTION} <protocol:word> <rest:line>",
        name="access-list",
        section=96,
        beside=True,
    ),
    row(
        f"access-list <number:2000-2699> / {ACTION} <protocol:word> <rest:line>",
        name="access-list",
        section=96,
        beside=True,
    ),
    row(
        "access-list <number:1-2699> remark <text:line>",
        name="access-list remark",
        section=96,
        beside=True,
    ),
)
SEQUENCE = "[<seq:1-2147483647>]"
ACL_STANDARD = Mode(
    name="acl-standard",
    prompt="config-std-nacl",
    mark="run",
    rows=(
        row(
            f"{SEQUENCE} {ACTION} {SOURCE} [<log:one(log)>]",
            name="rule",
            print_as=_standard_text,
        ),
        row("remark <text:line>", beside=True),
        row("<seq:1-2147483647>", name="rule number", beside=True),
    ),
)
ACL_EXTENDED = Mode(
    name="acl-extended",
    prompt="config-ext-nacl",
    mark="run",
    rows=(
        row(
            f"{SEQUENCE} {ACTION} <protocol:word> <rest:line>",
            name="rule",
            # `deny` is as wide as `permit` (case p3-ibgp-dualhub-ikev2-xe173).
            print_as=lambda args: f"{args['action']:<6} {args['protocol']} {args['rest']}",
        ),
        row("remark <text:line>", beside=True),
        row("<seq:1-2147483647>", name="rule number", beside=True),
    ),
)
KEY_CHAIN = Mode(
    name="key-chain",
    prompt="config-keychain",
    rows=(row("key <number:0-2147483647>", enters="key"),),
)
KEY = Mode(
    name="key",
    prompt="config-keychain-key",
    parent="key-chain",
    rows=(
        row("key-string / <string:line>"),
        *quiet(
            "accept-lifetime / <rest:line>",
            "send-lifetime / <rest:line>",
            "cryptographic-algorithm / <algorithm:word>",
        ),
    ),
)
ROUTE_MAP = Mode(
    name="route-map",
    prompt="config-route-map",
    rows=(
        row("description / <text:line>"),
        row("match ip address prefix-list / <values:words>"),
        row("match ip address / <values:words>"),
        row("match ip next-hop prefix-list / <values:words>"),
        row("match ip next-hop / <values:words>"),
        row("match ip route-source prefix-list / <values:words>"),
        row("match ip route-source / <values:words>"),
        row("match as-path / <values:words>"),
        row("match community / <values:words>"),
        row("match interface / <interface:interface>"),
        row("match tag / <values:words>"),
        row("match metric / <values:words>"),
        row("match source-protocol / <values:words>"),
        row("match route-type / <values:words>"),
        *quiet(
            "match length / <rest:line>",
            "match ipv6 address / <rest:line>",
            "match local-preference / <rest:line>",
            "match extcommunity / <rest:line>",
            "match mpls-label",
        ),
        row("set local-preference / <value:0-4294967295>"),
        row("set metric / <values:words>"),
        row("set weight / <value:0-65535>"),
        row("set tag / <value:0-4294967295>"),
        row("set community / <values:words>"),
        row("set as-path prepend / <values:words>"),
        row("set origin / <value:one(igp,incomplete)>"),
        *quiet("set ip next-hop verify-availability <rest:line>"),
        row("set ip next-hop / <values:words>"),
        *quiet(
            "set ip default next-hop / <rest:line>",
            "set interface / <rest:line>",
            "set comm-list <rest:line>",
            "set extcommunity <rest:line>",
            "set level / <level:word>",
            "set metric-type / <kind:word>",
            "set automatic-tag",
            "set ip address prefix-list / <list:word>",
            "set global",
            "set dampening / <rest:line>",
            "set ip precedence / <rest:line>",
            "set ip df / <rest:line>",
            "set ip vrf / <rest:line>",
            "set ipv6 next-hop / <rest:line>",
            "continue / [<entry:1-65535>]",
        ),
    ),
)
FILTER_MODES = (ACL_STANDARD, ACL_EXTENDED, KEY_CHAIN, KEY, ROUTE_MAP)
