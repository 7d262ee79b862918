"""Commands about routes, CEF and routing neighbours."""

from parsers.commands.parser import Parser
from parsers.convert import bgp, each, forwarding, neighbors, routing
from parsers.records import (
    Adjacency,
    BfdSession,
    BgpNeighbor,
    BgpPath,
    BgpPrefixPath,
    CefPath,
    EigrpNeighbor,
    OspfNeighbor,
    Route,
    RoutePath,
)

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
        syntax="show ip route [vrf <word>] [next-hop-override] <ip>",
        template="show_ip_route_prefix",
        records=(RoutePath, Route),
        convert=routing.route_paths,
        none_answer="% (Network|Subnet) not in table",
    ),
    Parser(
        command="show ip cef",
        syntax="show ip cef [vrf <word>] [<ip> | <interface>] [detail]",
        template="show_ip_cef",
        records=(CefPath,),
        convert=forwarding.cef_paths,
        none_answer="%Prefix not found",
    ),
    Parser(
        command="show ip cef internal",
        syntax="show ip cef [vrf <word>] [<ip> | <interface>] internal",
        template="show_ip_cef_internal",
        records=(CefPath,),
        convert=forwarding.cef_internal,
        none_answer="%Prefix not found",
    ),
    Parser(
        command="show ip eigrp neighbors",
        syntax="show (ip eigrp | ipv6 eigrp | eigrp address-family (ipv4 | ipv6)) [vrf <word>]"
        " [<word>] neighbors [<interface> | <word>] [detail]",
        template="show_ip_eigrp_neighbors",
        records=(EigrpNeighbor,),
        convert=each(neighbors.eigrp_neighbor),
    ),
    Parser(
        command="show ip bgp summary",
        syntax="show (ip bgp | bgp) [all] [(ipv4 | ipv6 | vpnv4 | vpnv6) [unicast | multicast]]"
        " [all | vrf <word> | rd <word>] [all] summary",
        template="show_ip_bgp_summary",
        records=(BgpNeighbor,),
        convert=neighbors.bgp_neighbors,
    ),
    Parser(
        command="show bgp ipv4 unicast",
        syntax="show (ip bgp | bgp) [ipv4 | vpnv4] [unicast] [all | vrf <word>]",
        template="show_bgp_table",
        records=(BgpPath,),
        convert=bgp.bgp_paths,
    ),
    Parser(
        command="show bgp ipv4 unicast prefix",
        syntax="show (ip bgp | bgp) [ipv4 | vpnv4] [unicast] [all | vrf <word>] <ip>",
        template="show_bgp_prefix",
        records=(BgpPrefixPath,),
        convert=each(bgp.bgp_prefix_path),
        none_answer="% (Network|Subnet) not in table",
    ),
    Parser(
        command="show ip ospf neighbor",
        syntax="show (ip | ipv6) ospf [<word>] neighbor [<interface>]",
        template="show_ip_ospf_neighbor",
        records=(OspfNeighbor,),
        convert=each(neighbors.ospf_neighbor),
    ),
    Parser(
        command="show bfd neighbors details",
        syntax="show bfd neighbors [vrf <word>] [client <word>] [ipv4 <ip> | ipv6 <ip>]"
        " [interface <interface>] details",
        template="show_bfd_neighbors_details",
        records=(BfdSession,),
        convert=each(neighbors.bfd_session),
    ),
    Parser(
        command="show adjacency",
        syntax="show adjacency [<interface> | tunnel] [<ip>] [detail | internal]",
        template="show_adjacency",
        records=(Adjacency,),
        convert=each(forwarding.adjacency),
    ),
)
