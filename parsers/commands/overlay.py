"""Commands about the overlay: DMVPN and NHRP."""

from parsers.commands.parser import Parser
from parsers.convert import each, overlay
from parsers.records import (
    DmvpnPeer,
    DmvpnTunnelDown,
    NhrpEntry,
    NhrpPendingRegistration,
    NhrpServer,
)

_NHRP_FORMS = (
    "[vrf <word>] [detail | shortcut | self | static | dynamic | incomplete]"
    " [<interface>] [<ip>] [detail]"
)

OVERLAY: tuple[Parser, ...] = (
    Parser(
        command="show dmvpn",
        syntax="show dmvpn [ipv4 | ipv6] [vrf <word>] [interface <interface>]",
        template="show_dmvpn",
        records=(DmvpnPeer, DmvpnTunnelDown),
        convert=overlay.dmvpn,
    ),
    Parser(
        command="show ip nhrp",
        syntax=f"show (ip | ipv6) nhrp {_NHRP_FORMS}",
        template="show_ip_nhrp",
        records=(NhrpEntry,),
        convert=each(overlay.nhrp_entry),
    ),
    Parser(
        command="show ip nhrp nhs",
        syntax="show (ip | ipv6) nhrp nhs [<interface>] [<ip>] [detail]",
        template="show_ip_nhrp_nhs",
        records=(NhrpServer, NhrpPendingRegistration),
        convert=overlay.nhrp_servers,
    ),
)
