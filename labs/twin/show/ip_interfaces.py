"""`show ip interface [brief]` (layout: captures and the vendor's command reference)."""

from collections.abc import Mapping
from typing import Any

from labs.twin.addresses import IPV4
from labs.twin.device import InterfaceConfig
from labs.twin.router import Port
from labs.twin.router.ports import kind_of
from labs.twin.show.interfaces import LOOPBACK_MTU, wanted
from labs.twin.show.view import View
from labs.twin.tree import Block

BRIEF_WIDTH = {True: 23, False: 27}
"""Width of the first column of `show ip interface brief`, on XE and on IOS (captures)."""
EIGRP_GROUP = "224.0.0.10"
DETERMINED = {"NVRAM": "non-volatile memory", "DHCP": "DHCP"}
"""How an address came to be, in the words of `show ip interface`; others were typed."""


def show_ip_brief(view: View, args: Mapping[str, Any]) -> str:
    """Print one line an interface."""
    interfaces = wanted(view, args)
    if not interfaces:
        return ""
    width = BRIEF_WIDTH[view.router.image.xe]
    rows = [_brief_row(view, interface, width) for interface in interfaces]
    return (
        f"{'Interface':<{width}}IP-Address      OK? Method Status                Protocol\n"
        + "".join(rows)
    )


def _brief_row(view: View, interface: InterfaceConfig, width: int) -> str:
    status, protocol = view.router.interface_state(interface.name)
    address = str(interface.address.ip) if interface.address else "unassigned"
    return (
        f"{interface.name:<{width}}{address:<16}YES {method(view, interface):<7}"
        f"{status:<22}{protocol:<8}\n"
    )


def method(view: View, interface: InterfaceConfig) -> str:
    """Tell where the address came from: the startup configuration, or somebody's keyboard."""
    if interface.dhcp:
        return "DHCP"
    line = " no ip address"
    if interface.address is not None:
        line = f" ip address {interface.address.ip} {interface.address.netmask}"
    block = (view.storage.startup or "").partition(f"\ninterface {interface.name}\n")[2]
    known = line in block.partition("\ninterface ")[0].splitlines()
    if known:
        return "NVRAM"
    return "unset" if interface.address is None else "manual"


def show_ip_interface(view: View, args: Mapping[str, Any]) -> str:
    """Print the IP side of all interfaces or one."""
    return "".join(_ip(view, interface) for interface in wanted(view, args))


def _ip(view: View, interface: InterfaceConfig) -> str:
    status, protocol = view.router.interface_state(interface.name)
    lines = [f"{interface.name} is {status}, line protocol is {protocol}"]
    if interface.address is None:
        lines.append(
            "  Internet address will be negotiated using DHCP"
            if interface.dhcp
            else "  Internet protocol processing disabled"
        )
    else:
        lines += [*_addresses(view, interface), *_filters(view, interface)]
        lines += _switching(interface, protocol)
    return "".join(f"{line}\n" for line in lines)


def _addresses(view: View, interface: InterfaceConfig) -> list[str]:
    determined = DETERMINED.get(method(view, interface), "setup command")
    port = view.router.ports.get(interface.name) or Port(config=interface)
    loopback = kind_of(interface.name) == "Loopback" and interface.ip_mtu is None
    groups = _groups(view, interface)
    return [
        f"  Internet address is {interface.address}",
        "  Broadcast address is 255.255.255.255",
        f"  Address determined by {determined}",
        f"  MTU is {LOOPBACK_MTU if loopback else port.ip_mtu} bytes",
        "  Helper address is not set",
        *(f"  Secondary address {address}" for address in interface.secondaries),
        "  Directed broadcast forwarding is disabled",
        *([f"  Multicast reserved groups joined: {' '.join(groups)}"] if groups else []),
    ]


def _groups(view: View, interface: InterfaceConfig) -> list[str]:
    speaks = any(
        interface.name in machine.interfaces
        for machine in view.router.eigrp.values()
        if machine.family == IPV4
    )
    return [EIGRP_GROUP] if speaks else []


def _filters(view: View, interface: InterfaceConfig) -> list[str]:
    block = view.storage.tree.get(f"interface {interface.name}")
    listed = {
        way: str(child.line.args["list"])
        for child in (block.find("ip access-group") if block is not None else ())
        for way in ("in", "out")
        if child.line.text.endswith(f" {way}")
    }
    outgoing, inbound = (listed.get(way, "not set") for way in ("out", "in"))
    common = view.router.image.xe
    return [
        *(["  Outgoing Common access list is not set "] if common else []),
        f"  Outgoing access list is {outgoing}",
        *(["  Inbound Common access list is not set "] if common else []),
        f"  Inbound  access list is {inbound}",
        f"  Proxy ARP is {'disabled' if _denied(block, 'ip proxy-arp') else 'enabled'}",
        "  Local Proxy ARP is disabled",
        "  Security level is default",
        "  Split horizon is enabled",
        f"  ICMP redirects are {_sent(block, 'ip redirects')} sent",
        f"  ICMP unreachables are {_sent(block, 'ip unreachables')} sent",
        "  ICMP mask replies are never sent",
    ]


def _sent(block: Block | None, key: str) -> str:
    return "never" if _denied(block, key) else "always"


def _denied(block: Block | None, key: str) -> bool:
    child = block.get(key) if block is not None else None
    return child is not None and child.line.negated


def _switching(interface: InterfaceConfig, protocol: str) -> list[str]:
    forwarding = [f'  VPN Routing/Forwarding "{interface.vrf}"'] if interface.vrf else []
    return [
        "  IP fast switching is enabled",
        "  IP Flow switching is disabled",
        "  IP CEF switching is enabled",
        "  IP CEF switching turbo vector",
        "  IP Null turbo vector",
        *forwarding,
        "  Associated unicast routing topologies:",
        f'        Topology "base", operation state is {protocol.upper()}',
        "  IP multicast fast switching is enabled",
        "  IP multicast distributed fast switching is disabled",
        "  IP route-cache flags are Fast, CEF",
        "  Router Discovery is disabled",
        "  IP output packet accounting is disabled",
        "  IP access violation accounting is disabled",
        "  TCP/IP header compression is disabled",
        "  RTP/IP header compression is disabled",
        "  Probe proxy name replies are disabled",
        "  Policy routing is disabled",
        "  Network address translation is disabled",
        "  BGP Policy Mapping is disabled",
        "  Input features: MCI Check",
        "  IPv4 WCCP Redirect outbound is disabled",
        "  IPv4 WCCP Redirect inbound is disabled",
        "  IPv4 WCCP Redirect exclude is disabled",
    ]
