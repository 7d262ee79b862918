"""Global commands and the small modes, in the order a running-config prints them.

Order and blank lines are those of full listings of IOS 15.4 to 15.9 and IOS-XE 17.3 (captures);
places of lines that no capture shows are a guess: archive before username, file prompt behind it.
"""

from collections.abc import Callable
from ipaddress import IPv4Network

from labs.twin.commands import chassis, ipv6
from labs.twin.commands.crypto import CRYPTO_ROWS
from labs.twin.commands.filters import KEY_ROWS, LIST_ROWS, MAP_ROWS, NUMBERED_ROWS, PATH_ROWS
from labs.twin.commands.rows import Absent, Args, Mode, interface_sort, quiet, row


def route_network(args: Args) -> IPv4Network:
    """Give the prefix of an `ip route` line; host bits are an error that the editor reports."""
    return IPv4Network((args["address"], str(args["mask"])), strict=False)


def _route_order(args: Args) -> tuple[object, ...]:
    network = route_network(args)
    return (args.get("vrf", ""), int(network.network_address), network.prefixlen)


def _banner_text(args: Args) -> str:
    """Print a banner as IOS does, whatever character was typed around it."""
    text = str(args["text"])
    mark = "^C" if text.startswith("^C") else text[0]
    return f"banner {args['kind']} ^C{text[len(mark) :].partition(mark)[0]}^C"


LEVELS = (
    "emergencies",
    "alerts",
    "critical",
    "errors",
    "warnings",
    "notifications",
    "informational",
    "debugging",
)
"""Levels of syslog, by their number."""
LEVEL = f"(<level:one({','.join(LEVELS)})>|<severity:0-7>)"
STAMP = "[<kind:one(datetime,uptime)>] [<options:some(msec,localtime,show-timezone,year)>]"


def _level_text(command: str, default: str = LEVELS[-1]) -> Callable[[Args], str]:
    """Print a level by its name, whichever way it was typed; the default is not printed."""

    def text(args: Args) -> str:
        level = LEVELS[args["severity"]] if "severity" in args else args.get("level", "")
        level = "" if level == default else level
        return " ".join(str(word) for word in (command, args.get("bytes", ""), level) if word)

    return text


def _zone_text(args: Args) -> str:
    return f"clock timezone {args['zone']} {args['hours']} {args.get('minutes', 0)}"


ROUTE = "<address:ip> <mask:mask> "
ROUTE_ROWS = tuple(
    row(
        f"ip route {vrf}{ROUTE}{via} / [<distance:1-255>] [tag <tag:1-4294967295>] "
        "[name <label:word>] [track <track:1-1000>] [<permanent:one(permanent)>]",
        name="ip route",
        sort_by=_route_order,
        section=90,
        beside=beside,
    )
    for vrf, via, beside in (
        ("", "<next_hop:ip>", False),
        ("", "<interface:interface>", True),
        ("", "<interface:interface> <next_hop:ip>", True),
        ("vrf <vrf:word> ", "<next_hop:ip>", True),
        ("vrf <vrf:word> ", "<interface:interface>", True),
        ("vrf <vrf:word> ", "<interface:interface> <next_hop:ip>", True),
    )
)

LICENSE_LEVELS = (
    "appx,ax,ipbase,lite,security,vacs,network-essentials,network-advantage,network-premier"
)
LICENSE_LINES = ("accept", "boot module", "boot suite", "feature", "smart", "udi")

LEASED_ROUTE_ROWS = quiet(
    f"ip route {ROUTE}dhcp / [<distance:1-255>]",
    f"ip route {ROUTE}<interface:interface> dhcp / [<distance:1-255>]",
    f"ip route vrf <vrf:word> {ROUTE}<next_hop:ip> global / [<distance:1-255>]",
    name="ip route elsewhere",
    section=90,
)
"""Routes whose next hop a lease tells, or another table: kept, not installed."""

GLOBAL_ROWS = (
    row("version / <version:word>", section=1),
    *quiet("service tcp-keepalives-in", "service tcp-keepalives-out", section=1),
    *(
        row(f"service timestamps {what} / {STAMP}", section=1, absent=Absent.SHOWN, modelled=used)
        for what, used in (("debug", False), ("log", True))
    ),
    row("service password-encryption", absent=Absent.SHOWN, section=1),
    *quiet(
        "service call-home",
        section=1,
    ),
    row("service sequence-numbers", section=1),
    *chassis.SERVICE_ROWS,
    *quiet("platform <rest:line>", section=1, absent=Absent.SHOWN),
    row("hostname / <name:word63>", section=2),
    row("boot-start-marker", section=3),
    *chassis.BOOT_ROWS,
    row("boot-end-marker", section=3),
    row("vrf definition <name:word>", enters="vrf", section=4),
    row("ip vrf <name:word>", enters="ip-vrf", section=4),
    row(
        f"logging buffered / [<bytes:4096-2147483647>] [{LEVEL}]",
        absent=Absent.SHOWN,
        print_as=_level_text("logging buffered"),
        hidden="logging buffered",
        section=5,
    ),
    *quiet("logging userinfo", section=5),
    *(
        row(
            f"logging {where} / [{LEVEL}]",
            absent=Absent.SHOWN,
            print_as=_level_text(f"logging {where}"),
            hidden=f"logging {where}",
            section=5,
        )
        for where in ("console", "monitor")
    ),
    row("enable secret / <secret:line>", section=6),
    row(
        "enable algorithm-type <algorithm:one(md5,sha256,scrypt)> secret <secret:line>",
        name="enable secret",
        key="enable secret",
        beside=True,
        section=6,
    ),
    row("enable password / <secret:line>", section=6),
    *chassis.SECURITY_ROWS,
    row("aaa new-model", absent=Absent.SHOWN, modelled=False, section=7),
    *quiet("aaa <rest:line>", section=7),
    row(
        "clock timezone / <zone:word> <hours:-23-23> [<minutes:0-59>]",
        print_as=_zone_text,
        section=7,
    ),
    *chassis.EARLY_ROWS,
    row("ip dhcp excluded-address <first:ip> [<last:ip>]", section=107),
    row("ip dhcp pool <name:word>", enters="dhcp", section=108),
    *chassis.IP_ROWS,
    row("ip domain lookup", absent=Absent.ON, modelled=False, section=8),
    row(
        "ip domain-lookup",
        key="ip domain lookup",
        print_as=lambda _: "ip domain lookup",
        absent=Absent.ON,
        modelled=False,
        section=8,
        beside=True,
    ),
    row("ip domain name / <name:word>", section=8),
    row(
        "ip domain-name / <name:word>",
        name="ip domain name",
        key="ip domain name",
        print_as=lambda args: f"ip domain name {args['name']}",
        section=8,
        beside=True,
    ),
    row("ip host <host:word> / <address:ip>", section=8),
    *quiet(
        "ip name-server <servers:line>",
        "ip cef / [distributed]",
        "ip multicast-routing / [distributed]",
        section=8,
    ),
    *ipv6.SWITCH_ROWS,
    *chassis.LOGIN_ROWS,
    *quiet("login on-success log", "login on-failure log", section=9),
    *chassis.MIDDLE_ROWS,
    *KEY_ROWS,
    row(
        f"license boot level / <level:one({LICENSE_LEVELS})> "
        "[addon <addon:one(dna-essentials,dna-advantage,dna-premier)>]",
        section=10,
    ),
    *quiet(
        *(f"license {word} <rest:line>" for word in LICENSE_LINES),
        section=10,
        beside=True,
    ),
    *chassis.MEMORY_ROWS,
    row("configuration mode exclusive / [<how:one(auto,manual)>]", section=11),
    row("archive", enters="archive", section=11),
    row("file prompt / [<level:one(alert,noisy,quiet)>]", section=12),
    row("username <name:word>", section=13),
    row("username <name:word> / privilege <privilege:0-15>", section=13, beside=True),
    row(
        "username <name:word> / [privilege <privilege:0-15>] <kind:one(secret,password)> "
        "<secret:line>",
        section=13,
        beside=True,
    ),
    row(
        "username <name:word> / [privilege <privilege:0-15>] "
        "algorithm-type <algorithm:one(md5,sha256,scrypt)> <kind:one(secret)> <secret:line>",
        section=13,
        beside=True,
    ),
    *chassis.LATE_ROWS,
    *CRYPTO_ROWS,
    row("interface <name:interface>", enters="interface", sort_by=interface_sort, section=70),
    row("router eigrp <asn:1-65535>", enters="eigrp", section=80),
    row("router eigrp <name:word>", name="router eigrp named", enters="eigrp-named", section=80),
    row("router bgp <asn:1-4294967295>", enters="bgp", section=80),
    row("ip forward-protocol nd", modelled=False, section=85),
    row(
        "ip icmp rate-limit unreachable / <gap_ms:1-4294967295>",
        absent=Absent.SHOWN,
        section=90,
    ),
    *quiet(
        "ip default-gateway / <gateway:ip>",
        "ip default-network <network:ip>",
        "ip bgp-community new-format",
        section=83,
    ),
    *PATH_ROWS,
    row("ip http server", absent=Absent.SHOWN, modelled=False, section=86),
    row("ip http secure-server", absent=Absent.SHOWN, modelled=False, section=86),
    *quiet("ip http client source-interface / <name:interface>", section=86),
    *chassis.HTTP_ROWS,
    *ROUTE_ROWS,
    *LEASED_ROUTE_ROWS,
    *chassis.TRANSFER_ROWS,
    *quiet("ip tftp <rest:line>", "ip ssh <rest:line>", section=91),
    row("ip scp server enable", section=91),
    *LIST_ROWS,
    row(
        f"logging trap / [{LEVEL}]",
        print_as=_level_text("logging trap", LEVELS[6]),
        hidden="logging trap",
        section=92,
    ),
    *chassis.LOGGING_ROWS,
    *quiet(
        "logging source-interface / <name:interface>",
        "logging host <host:address> / [vrf <vrf:word>] [<rest:line>]",
        section=92,
    ),
    row("logging dmvpn / [rate-limit <seconds:1-3600>]", section=92),
    *ipv6.ROUTE_ROWS,
    *ipv6.ROUTER_ROWS,
    *MAP_ROWS,
    *quiet("snmp-server <rest:line>", section=95),
    *NUMBERED_ROWS,
    *chassis.NEIGHBOR_ROWS,
    row("control-plane", enters="control-plane", modelled=False, section=97),
    row(
        "banner <kind:one(exec,incoming,login,motd,prompt-timeout,slip-ppp)> / <text:line>",
        section=97,
        print_as=_banner_text,
    ),
    row("alias exec <name:word> / <command:line>", section=96),
    *quiet("privilege <rest:line>", section=96),
    row("line con <number:0-0>", name="line", enters="line", section=98),
    row(
        "line console <number:0-0>",
        name="line",
        enters="line",
        section=98,
        beside=True,
        print_as=lambda _: "line con 0",
    ),
    row("line aux <number:0-0>", name="line", enters="line", section=98),
    row(
        "line vty <first:0-98>",
        name="line vty",
        enters="line",
        section=98,
        sort_by=lambda args: (args["first"], 0),
    ),
    row(
        "line vty <first:0-98> <last:1-98>",
        name="line vty",
        enters="line",
        section=98,
        beside=True,
        sort_by=lambda args: (args["first"], args["last"]),
    ),
    *chassis.SCHEDULER_ROWS,
    *quiet(
        "ntp source / <name:interface>",
        "ntp master / [<stratum:1-15>]",
        "ntp server <server:ip> / [prefer]",
        "ntp server vrf <vrf:word> <server:ip> / [prefer]",
        "ntp authenticate",
        "ntp authentication-key <key:1-4294967295> / <rest:line>",
        "ntp trusted-key / <keys:line>",
        "ntp update-calendar",
        section=99,
    ),
    *chassis.PROGRAM_ROWS,
)


VRF = Mode(
    name="vrf",
    prompt="config-vrf",
    rows=(
        row("description / <text:line>"),
        row("rd / <distinguisher:word>", modelled=False),
        *quiet("route-target (import|export|both) <target:word>"),
        row(
            "address-family ipv4 [unicast]",
            name="address-family",
            enters="vrf-family",
            print_as=lambda _: "address-family ipv4",
        ),
        row(
            "address-family ipv6 [unicast]",
            name="address-family ipv6",
            enters="vrf-family",
            print_as=lambda _: "address-family ipv6",
        ),
    ),
)
VRF_FAMILY = Mode(
    name="vrf-family",
    prompt="config-vrf-af",
    parent="vrf",
    closing="exit-address-family",
    mark="before",
    rows=quiet("route-target (import|export|both) <target:word>"),
)
DHCP = Mode(
    name="dhcp",
    prompt="dhcp-config",
    rows=(  # in order of entry (case p3-dualhub-single-cloud-dchirkov)
        row("network / <address:ip> <mask:mask>"),
        row("default-router / <address:ip> [<others:line>]", beside=True),
        *quiet(
            "host / <address:line>",
            "client-identifier / <identifier:word>",
            "hardware-address / <address:line>",
            "dns-server / <servers:line>",
            "domain-name / <name:word>",
            "netbios-name-server / <servers:line>",
            "option <code:0-254> / <value:line>",
            "lease / <time:line>",
            "import all",
            beside=True,
        ),
    ),
)
IP_VRF = Mode(
    name="ip-vrf",
    prompt="config-vrf",
    rows=(
        row("description / <text:line>"),
        *quiet("rd / <distinguisher:word>", "route-target (import|export|both) <target:word>"),
    ),
)
ARCHIVE = Mode(
    name="archive",
    prompt="config-archive",
    rows=(
        row("log config", enters="archive-log"),
        row("path / <url:line>"),
        row("maximum / <count:1-14>"),
        row("write-memory"),
        row("time-period / <minutes:1-525600>"),
    ),
)
ARCHIVE_LOG = Mode(
    name="archive-log",
    prompt="config-archive-log-cfg",
    parent="archive",
    rows=(
        row("logging enable"),
        *quiet("logging size / <lines:1-1000>", "hidekeys"),
        row("notify syslog / [<how:line>]"),
    ),
)
LINE = Mode(
    name="line",
    prompt="config-line",
    mark="run",
    rows=(
        row("session-timeout / <minutes:0-35791>", modelled=False),
        row(
            "exec-timeout / <minutes:0-35791> [<seconds:0-2147483>]",
            print_as=lambda args: f"exec-timeout {args['minutes']} {args.get('seconds', 0)}",
            hidden="exec-timeout 10 0",
            modelled=False,
        ),
        row("privilege level / <level:0-15>", modelled=False),
        row("password / <secret:line>"),
        row("logging synchronous / [<rest:line>]", modelled=False),
        row("login / [<how:one(local)>]", modelled=False),
        row("login authentication / <list:word>", modelled=False),
        row("length / <lines:0-512>"),
        row("width / <columns:0-512>", modelled=False),
        row("history size / <lines:0-256>", modelled=False),
        *chassis.LINE_ROWS,
        row("transport preferred / <how:word>", modelled=False),
        row("transport input / <how:words>", modelled=False),
        row("transport output / <how:words>", modelled=False),
        row("stopbits / <bits:1-2>", modelled=False),
    ),
)
CONTROL_PLANE = Mode(name="control-plane", prompt="config-cp", rows=())
SYSTEM_MODES = (
    *chassis.CHASSIS_MODES,
    VRF,
    VRF_FAMILY,
    IP_VRF,
    DHCP,
    ARCHIVE,
    ARCHIVE_LOG,
    LINE,
    CONTROL_PLANE,
)
