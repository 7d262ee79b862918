"""Commands about routes, CEF and routing neighbours."""

from parsers.commands.parser import Parser
from parsers.convert import each, routing
from parsers.records import BgpNeighbor, CefPath, EigrpNeighbor, Route, RoutePath

ROUTING: tuple[Parser, ...] = (
    Parser(
        command="show ip route",
        syntax="show ip route [vrf <word>] [next-hop-override | nhrp | connected | static | rip"
        " | local | (bgp | eigrp | ospf) [<word>] | <ip> longer-prefixes]",
        template="show_ip_route",
        records=(Route,),
        convert=routing.routes,
        none_answer="% (Network|Subnet) not in table",
    ),
    Parser(
        command="show ip route prefix",
        syntax="show ip route [vrf <word>] <ip>",
        template="show_ip_route_prefix",
        records=(RoutePath,),
        convert=each(routing.route_path),
        none_answer="% (Network|Subnet) not in table",
    ),
    Parser(
        command="show ip cef",
        syntax="show ip cef [vrf <word>] [<ip>]",
        template="show_ip_cef",
        records=(CefPath,),
        convert=routing.cef_paths,
        none_answer="%Prefix not found",
    ),
    Parser(
        command="show ip eigrp neighbors",
        syntax="show (ip | ipv6) eigrp [vrf <word>] neighbors [<word>]",
        template="show_ip_eigrp_neighbors",
        records=(EigrpNeighbor,),
        convert=each(routing.eigrp_neighbor),
    ),
    Parser(
        command="show ip bgp summary",
        syntax="show ip bgp [vpnv4 (all | vrf <word>)] summary",
        template="show_ip_bgp_summary",
        records=(BgpNeighbor,),
        convert=routing.bgp_neighbors,
    ),
)
