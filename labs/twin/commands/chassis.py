"""Lines about the machine and its care that say nothing to the cloud: taken, without effect.

The places of those that full listings of IOSv 15.9, IOL 15.7 and CSR1000V 17.3 hold are taken from
these captures; places of the others are a guess.
"""

from labs.twin.commands.rows import Absent, Mode, quiet, row

SERVICE_ROWS = (
    *quiet("service pad", "service dhcp", "service config", absent=Absent.ON, section=1),
    *quiet("service nagle", "service unsupported-transceiver", section=1),
)
"""Behind the stamps of the log."""
BOOT_ROWS = quiet("boot system <rest:line>", section=3)
"""Between the marks of the boot lines."""
SECURITY_ROWS = (
    *quiet("security <rest:line>", "password encryption aes", section=6),
    row("key config-key password-encrypt <key:line>", kept=False),
)
"""Behind the enable secret."""
EARLY_ROWS = (
    *quiet("clock summer-time / <zone:line>", section=7),
    *quiet("mmi polling-interval / <seconds:0-65535>", section=7),
    *quiet("mmi auto-configure", "mmi pvc", absent=Absent.SHOWN, section=7),
    *quiet("mmi snmp-timeout / <seconds:0-65535>", section=7),
)
"""Behind the time zone."""
IP_ROWS = (
    *quiet(
        "ip source-route",
        "ip bootp server",
        "ip routing",
        "ip classless",
        "ip subnet-zero",
        absent=Absent.ON,
        section=8,
    ),
    *quiet("ip finger", "ip domain lookup source-interface / <name:interface>", section=8),
)
"""Before the domain name."""
MIDDLE_ROWS = (
    *quiet("subscriber templating", section=9),
    *quiet("multilink bundle-name / <how:one(authenticated,both,endpoint)>", section=9),
)
"""Behind the logging of logins."""
LOGIN_ROWS = quiet(
    "login block-for <rest:line>",
    "login delay / <seconds:1-10>",
    "login quiet-mode access-class / <list:word>",
    section=9,
)
"""Before the logging of logins."""
MEMORY_ROWS = (
    *quiet("memory-size iomem / <percent:1-50>", section=10),
    *quiet(
        "diagnostic bootup level / <level:one(minimal,complete,bypass)>",
        "memory free low-watermark processor / <kbytes:1-4294967295>",
        section=10,
    ),
    *quiet(
        "spanning-tree mode / <mode:one(pvst,rapid-pvst,mst)>",
        "spanning-tree extend system-id",
        section=10,
    ),
)
"""Behind the licence."""
LATE_ROWS = (row("redundancy", enters="redundancy", modelled=False, section=14),)
"""Behind the users."""
HTTP_ROWS = quiet(
    "ip http authentication / <how:line>", "ip http timeout-policy / <how:line>", section=86
)
"""Behind the HTTP servers."""
TRANSFER_ROWS = (
    *quiet("ip ftp <rest:line>", section=90),
    *quiet(
        "ip tcp synwait-time / <seconds:5-300>",
        "ip tcp path-mtu-discovery / [age-timer (<minutes:10-30>|infinite)]",
        "ip tcp selective-ack",
        "ip tcp timestamp",
        "ip tcp window-size / <bytes:0-1073741823>",
        section=90,
    ),
)
"""Behind the static routes."""
LOGGING_ROWS = quiet(
    "logging facility / <facility:word>",
    "logging origin-id / <how:line>",
    "logging rate-limit / <how:line>",
    "logging history / <how:line>",
    section=92,
)
"""Before the hosts that are logged to."""
NEIGHBOR_ROWS = quiet("cdp run", "lldp run", absent=Absent.SHOWN, section=95)
"""Before the control plane."""
PROGRAM_ROWS = (
    row(
        "event manager applet <name:word> [<rest:line>]",
        enters="applet",
        modelled=False,
        section=100,
    ),
    *quiet("netconf-yang / [<rest:line>]", "restconf", section=101),
)
"""At the end."""
SCHEDULER_ROWS = (row("scheduler allocate", absent=Absent.SHOWN, modelled=False, section=99),)
"""Behind the lines."""
CHASSIS_MODES = (
    Mode(
        name="redundancy",
        prompt="config-red",
        rows=quiet("mode / <how:one(none,rpr,rpr-plus,sso)>"),
    ),
    Mode(
        name="applet",
        prompt="config-applet",
        rows=quiet(
            "description / <text:line>",
            "event <rest:line>",
            "trigger <rest:line>",
            "set <rest:line>",
            "action <label:word> / <rest:line>",
        ),
    ),
)
ADDRESS_ROWS = quiet(
    "ip helper-address <server:ip>",
    "ip directed-broadcast",
    "ip verify unicast / <how:line>",
    "ip pim <how:line>",
    "ip igmp <how:line>",
    "ip flow <how:one(ingress,egress)>",
    "ip load-sharing / <how:one(per-destination,per-packet)>",
    "zone-member security / <zone:word>",
)
"""Of an interface, behind its addresses."""
CARE_ROWS = (
    *quiet(
        "ip route-cache", "snmp trap link-status", "lldp transmit", "lldp receive", absent=Absent.ON
    ),
    *quiet(
        "logging event link-status",
        "carrier-delay / <how:line>",
        "arp timeout / <seconds:0-2147483>",
        "mac-address / <address:word>",
        "hold-queue <packets:0-240000> / <way:one(in,out)>",
        "bfd interval / <how:line>",
        "mpls ip",
        "mpls nhrp",
        "mpls bgp forwarding",
        "qos pre-classify",
    ),
)
"""Of an interface, behind the lines of its medium."""
TUNNEL_ROWS = quiet(
    "tunnel checksum",
    "tunnel sequence-datagrams",
    "tunnel tos / <value:0-255>",
    "tunnel bandwidth <way:one(transmit,receive)> / <kbit:0-10000000>",
)
"""Of a tunnel, behind its key."""
LINE_ROWS = quiet(
    "access-class <list:word> / <way:one(in,out)> [vrf-also]",
    "ipv6 access-class <list:word> / <way:one(in,out)>",
    "session-limit / <count:1-4294967295>",
    "absolute-timeout / <minutes:0-10000>",
    "rotary / <group:0-100>",
    "speed / <baud:0-4294967295>",
    "notify",
    "monitor",
)
