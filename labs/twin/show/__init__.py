"""What show commands print: the table of commands, in grammar notation, and their renderers."""

from labs.twin.addresses import IPV4, IPV6
from labs.twin.nhrp import EntryType
from labs.twin.show import (
    access,
    adjacency,
    arp,
    bgp,
    cef,
    crypto,
    dmvpn,
    eigrp,
    ike,
    interfaces,
    ip_interfaces,
    ipsec,
    ipv6,
    nhrp,
    policies,
    protocols,
    routes,
    stats,
    syslog,
    system,
    vrf,
)
from labs.twin.show.view import Caller, Renderer, View

__all__ = ["SHOW", "Caller", "Renderer", "View"]

INTERFACE = (" interface <interface:interface>",)
ENDS = (" local <local:address>", " remote <peer:address>")
"""What a crypto command may be narrowed to."""

PEERS = (
    " peer nbma <nbma:address>",
    " peer tunnel <overlay:address>",
    " peer network <network:prefix>",
    " peer network <network:ipv6-prefix>",
    " peer network <address:ip> <mask:mask>",
)


def of_family(family: int, render: Renderer) -> Renderer:
    """Narrow a command to the overlays of one address family."""
    return lambda view, args: render(view, {**args, "family": family})


NHRP = "show ip nhrp [vrf <vrf:word>]"
ENTRIES = "[<address:ip>] [<interface:interface>]"
SHOW: dict[str, Renderer] = {
    **{
        f"show dmvpn{word} [vrf <vrf:word>]{meant} [<static:one(static)>]{detail}": (
            render if family is None else of_family(family, render)
        )
        for word, family in (("", None), (" ipv4", IPV4), (" ipv6", IPV6))
        for meant in ("", *INTERFACE, *PEERS)
        for detail, render in (("", dmvpn.show_dmvpn), (" detail", dmvpn.show_dmvpn_detail))
    },
    f"{NHRP} {ENTRIES} [<detail:one(detail)>]": nhrp.show_nhrp,
    f"{NHRP} {ENTRIES} brief": nhrp.show_nhrp_brief,
    f"{NHRP} shortcut [<interface:interface>] [<detail:one(detail)>]": nhrp.show_nhrp_shortcut,
    f"{NHRP} self [<interface:interface>]": nhrp.show_nhrp_self,
    f"{NHRP} multicast [<interface:interface>]": nhrp.show_nhrp_multicast,
    f"{NHRP} summary": nhrp.show_nhrp_summary,
    "show [ip] nhrp stats [<interface:interface>]": stats.show_stats,
    "show ip nhrp traffic [interface <interface:interface>]": nhrp.show_nhrp_traffic,
    "show ip nhrp nhs": nhrp.show_nhs,
    "show ip nhrp nhs <interface:interface>": nhrp.show_nhs,
    "show ip nhrp nhs detail": nhrp.show_nhs_detail,
    "show ip nhrp nhs <interface:interface> detail": nhrp.show_nhs_detail,
    "show [ip] access-lists [<list:word>]": access.show_access_lists,
    "show ip route [vrf <vrf:word>]": routes.show_route,
    "show ip route vrf *": routes.show_every_route,
    "show ip route [vrf <vrf:word>] <address:ip> <mask:mask> longer-prefixes": routes.show_longer,
    "show ip route [vrf <vrf:word>] next-hop-override": routes.show_route_override,
    "show ip route [vrf <vrf:word>] <address:ip> [<mask:mask>]": routes.show_route_address,
    "show ip cef [vrf <vrf:word>]": cef.show_cef,
    "show ip cef [vrf <vrf:word>] detail": cef.show_cef_detail,
    "show ip cef [vrf <vrf:word>] <address:ip> [<mask:mask>]": cef.show_cef_address,
    "show ip cef [vrf <vrf:word>] <address:ip> [<mask:mask>] detail": cef.show_cef_address_detail,
    "show ip cef [vrf <vrf:word>] <prefix:prefix>": cef.show_cef_address,
    "show ip cef [vrf <vrf:word>] <prefix:prefix> detail": cef.show_cef_address_detail,
    "show adjacency [<interface:interface>]": adjacency.show_adjacency,
    "show adjacency [<interface:interface>] detail": adjacency.show_adjacency_detail,
    "show ip protocols [vrf <vrf:word>]": protocols.show_protocols,
    "show key chain [<chain:word>]": protocols.show_key_chain,
    "show ip prefix-list [<list:word>]": protocols.show_prefix_list,
    "show route-map [<map:word>]": protocols.show_route_map,
    **{
        f"{head}{words}": renderer
        for head in ("show ip bgp", "show bgp ipv4 unicast")
        for words, renderer in bgp.SHOWN.items()
    },
    "show ip bgp vpnv4 vrf <vrf:word> summary": bgp.show_bgp_summary,
    "show bgp vpnv4 unicast vrf <vrf:word> summary": bgp.show_bgp_summary,
    **{
        f"show crypto session{scope}{form}": renderer
        for scope in ("", *INTERFACE, *ENDS)
        for form, renderer in (
            ("", crypto.show_session),
            (" brief", crypto.show_session_brief),
            (" detail", crypto.show_session_detail),
        )
    },
    "show crypto isakmp sa": ike.show_isakmp,
    "show crypto isakmp sa detail": ike.show_isakmp_detail,
    **{
        f"show crypto ikev2 {subject}{scope}{form}": renderer
        for scope in ("", *ENDS)
        for subject, form, renderer in (
            ("sa", "", ike.show_ikev2),
            ("sa", " detailed", ike.show_ikev2_detail),
            ("session", "", ike.show_ikev2_session),
            ("session", " detailed", ike.show_ikev2_session_detail),
        )
    },
    **{
        f"show crypto ipsec sa{scope}{form}": renderer
        for scope in ("", *INTERFACE, " peer <peer:address>")
        for form, renderer in (("", ipsec.show_ipsec), (" detail", ipsec.show_ipsec_detail))
    },
    "show crypto sockets": ipsec.show_sockets,
    "show tunnel protection statistics": ipsec.show_protection_statistics,
    "show crypto map": policies.show_map,
    "show crypto isakmp policy": policies.show_isakmp_policy,
    "show crypto isakmp key": policies.show_isakmp_key,
    "show crypto isakmp peers": policies.show_isakmp_peers,
    "show crypto ikev2 proposal [<name:word>]": policies.show_ikev2_proposal,
    "show crypto ikev2 policy [<name:word>]": policies.show_ikev2_policy,
    "show crypto ipsec transform-set [<name:word>]": policies.show_transform_set,
    "show crypto ipsec profile [<name:word>]": policies.show_ipsec_profile,
    "show version": system.show_version,
    "show inventory": system.show_inventory,
    "show hosts": system.show_hosts,
    "show users": system.show_users,
    "show logging": syslog.show_logging,
    "show lldp [neighbors [detail]]": system.show_lldp,
    "show cdp [neighbors [detail]]": system.show_cdp,
    "show ip arp [vrf <vrf:word>] [<address:ip>] [<interface:interface>]": arp.show_arp,
    "show arp": arp.show_arp,
    "show arp vrf <vrf:word>": arp.show_arp,
    "show vrf [<vrf:word>]": vrf.show_vrf,
    "show ip vrf [<vrf:word>]": vrf.show_ip_vrf,
    "show ip vrf interfaces [<vrf:word>]": vrf.show_ip_vrf_interfaces,
    "show interfaces [<interface:interface>]": interfaces.show_interfaces,
    "show interfaces [<interface:interface>] description": interfaces.show_descriptions,
    "show ip interface [<interface:interface>]": ip_interfaces.show_ip_interface,
    "show ip interface brief [<interface:interface>]": ip_interfaces.show_ip_brief,
    **ipv6.SHOW,
    **{
        f"{NHRP} {kind.value} {ENTRIES} [<detail:one(detail)>]": nhrp.by_kind(kind)
        for kind in EntryType
    },
    **{f"{NHRP} {kind.value} {ENTRIES} brief": nhrp.brief_by_kind(kind) for kind in EntryType},
    **{
        f"{head} {words}": renderer
        for head in (
            "show ip eigrp [vrf <vrf:word>] [<asn:1-65535>]",
            "show eigrp address-family ipv4 [vrf <vrf:word>] [<asn:1-65535>]",
        )
        for words, renderer in eigrp.SHOWN.items()
    },
    **{
        f"{head} {words}".replace(":prefix>", ":ipv6-prefix>").replace(
            "<address:ip> [<mask:mask>]", "<address:ipv6>"
        ): of_family(IPV6, renderer)
        for head in (
            "show ipv6 eigrp [vrf <vrf:word>] [<asn:1-65535>]",
            "show eigrp address-family ipv6 [vrf <vrf:word>] [<asn:1-65535>]",
        )
        for words, renderer in eigrp.SHOWN.items()
    },
    **{
        f"show ip route [vrf <vrf:word>] {source}": routes.by_source(source)
        for source in ("connected", "static", "eigrp", "bgp", "nhrp")
    },
}
SHOW |= {
    pattern.replace("show ip nhrp", "show ipv6 nhrp").replace(":ip>", ":ipv6>"): of_family(
        IPV6, render
    )
    for pattern, render in SHOW.items()
    if pattern.startswith("show ip nhrp")
}
"""Every show command of the routing and overlay side; `show running-config` and its kin are the
CLI's own."""
