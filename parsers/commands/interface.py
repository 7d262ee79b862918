"""Commands about interfaces and the policies on them."""

from parsers.commands.parser import Parser
from parsers.convert import each, interface, system
from parsers.records import Interface, InterfaceBrief, IpInterface, MultipointPolicy

INTERFACE: tuple[Parser, ...] = (
    Parser(
        command="show interfaces",
        syntax="show interfaces [<interface>]",
        template="show_interfaces",
        records=(Interface,),
        convert=each(interface.interface),
    ),
    Parser(
        command="show ip interface",
        syntax="show ip interface [<interface>]",
        template="show_ip_interface",
        records=(IpInterface,),
        convert=each(interface.ip_interface),
    ),
    Parser(
        command="show ip interface brief",
        syntax="show ip interface brief [<interface>]",
        template="show_ip_interface_brief",
        records=(InterfaceBrief,),
        convert=each(system.interface_brief),
    ),
    Parser(
        command="show policy-map multipoint",
        syntax="show policy-map multipoint [<interface> [<ip>]] [output | input]",
        template="show_policy-map_multipoint",
        records=(MultipointPolicy,),
        convert=interface.multipoint_policies,
    ),
)
