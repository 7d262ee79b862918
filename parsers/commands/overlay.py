"""Commands about the overlay: DMVPN and NHRP."""

from parsers.commands.parser import Parser
from parsers.convert import Placed, dmvpn, each, nhrp
from parsers.records import (
    DmvpnCryptoSession,
    DmvpnDetailPeer,
    DmvpnPeer,
    DmvpnTunnel,
    DmvpnTunnelDown,
    LineCount,
    NhrpBrief,
    NhrpEntry,
    NhrpEvent,
    NhrpMulticastTarget,
    NhrpPendingRegistration,
    NhrpRedirect,
    NhrpServer,
    NhrpSummary,
    NhrpTraffic,
)

_DMVPN_FILTERS = "[interface <interface>] [peer (nbma | network | tunnel) <ip>] [static | dynamic]"
_NHRP_FORMS = (
    "[vrf <word>] [detail | shortcut | self | static | dynamic | incomplete]"
    " [<interface>] [<ip>] [detail]"
)

OVERLAY: tuple[Parser, ...] = (
    Parser(
        command="show dmvpn",
        syntax=f"show dmvpn [ipv4 | ipv6] [vrf <word>] {_DMVPN_FILTERS}",
        template="show_dmvpn",
        records=(DmvpnPeer, DmvpnTunnelDown),
        convert=Placed(dmvpn.COLUMNS, dmvpn.dmvpn),
    ),
    Parser(
        command="show dmvpn detail",
        syntax=f"show dmvpn [ipv4 | ipv6] [vrf <word>] {_DMVPN_FILTERS} detail",
        template="show_dmvpn_detail",
        records=(DmvpnDetailPeer, DmvpnTunnel, DmvpnTunnelDown, DmvpnCryptoSession),
        convert=dmvpn.dmvpn_detail,
    ),
    Parser(
        command="show dmvpn count",
        syntax="show dmvpn [ipv4 | ipv6] count <rest>",
        template="count",
        records=(LineCount,),
        convert=each(dmvpn.line_count),
    ),
    Parser(
        command="show ip nhrp",
        syntax=f"show (ip | ipv6) nhrp {_NHRP_FORMS}",
        template="show_ip_nhrp",
        records=(NhrpEntry,),
        convert=Placed(nhrp.ENTRY_COLUMNS, nhrp.nhrp_entries),
    ),
    Parser(
        command="show ip nhrp nhs",
        syntax="show (ip | ipv6) nhrp [vrf <word>] nhs [<interface>] [<ip>] [detail]",
        template="show_ip_nhrp_nhs",
        records=(NhrpServer, NhrpPendingRegistration),
        convert=nhrp.nhrp_servers,
    ),
    Parser(
        command="show ip nhrp brief",
        syntax="show (ip | ipv6) nhrp [vrf <word>] [static | dynamic | incomplete]"
        " [<interface>] [<ip>] brief",
        template="show_ip_nhrp_brief",
        records=(NhrpBrief,),
        convert=each(nhrp.nhrp_brief),
    ),
    Parser(
        command="show ip nhrp redirect",
        syntax="show (ip | ipv6) nhrp [vrf <word>] redirect [<interface>]",
        template="show_ip_nhrp_redirect",
        records=(NhrpRedirect,),
        convert=each(nhrp.nhrp_redirect),
    ),
    Parser(
        command="show ip nhrp multicast",
        syntax="show (ip | ipv6) nhrp [vrf <word>] multicast [<ip> | <interface>]",
        template="show_ip_nhrp_multicast",
        records=(NhrpMulticastTarget,),
        convert=each(nhrp.nhrp_multicast_target),
    ),
    Parser(
        command="show ip nhrp summary",
        syntax="show (ip | ipv6) nhrp [vrf <word>] summary",
        template="show_ip_nhrp_summary",
        records=(NhrpSummary,),
        convert=nhrp.nhrp_summaries,
    ),
    Parser(
        command="show ip nhrp traffic",
        syntax="show (ip | ipv6) nhrp [vrf <word>] traffic [interface] [<interface>] [detail]",
        template="show_ip_nhrp_traffic",
        records=(NhrpTraffic,),
        convert=each(nhrp.nhrp_traffic),
    ),
    Parser(
        command="show ip nhrp stats",
        syntax="show [ip | ipv6] nhrp stats [<interface>] [detail]",
        template="show_ip_nhrp_stats",
        records=(NhrpEvent,),
        convert=each(nhrp.nhrp_event),
    ),
)
