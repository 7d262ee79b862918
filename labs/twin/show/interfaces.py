"""`show interfaces`, `show ip interface [brief]` (layout: captures, FORMATS.md section 12)."""

from collections.abc import Mapping
from typing import Any

from labs.twin.addresses import mac_of
from labs.twin.device import InterfaceConfig, TunnelConfig
from labs.twin.grammar import interface_order
from labs.twin.router import Port
from labs.twin.show.times import since
from labs.twin.show.view import View

BRIEF_WIDTH = {True: 23, False: 27}
"""Width of the first column of `show ip interface brief`, on XE and on IOS (captures)."""
GRE_BYTES = 24
KEY_BYTES = 4
ETHERNET_MTU = 1500
TUNNEL_MTU = {True: 10000, False: 17940}
"""What a tunnel's MTU counts down from: XE prints 9976, IOS 17916 (FORMATS.md section 12)."""
LOOPBACK_MTU = 1514


def show_ip_brief(view: View, args: Mapping[str, Any]) -> str:
    """Print one line an interface."""
    interfaces = _wanted(view, args)
    if not interfaces:
        return ""
    width = BRIEF_WIDTH[view.router.image.xe]
    rows = [_brief_row(view, interface, width) for interface in interfaces]
    return (
        f"{'Interface':<{width}}IP-Address      OK? Method Status                Protocol\n"
        + "".join(rows)
    )


def _wanted(view: View, args: Mapping[str, Any]) -> list[InterfaceConfig]:
    name = args.get("interface")
    interfaces = view.router.config.interfaces.values()
    found = [i for i in interfaces if name is None or i.name == name]
    return sorted(found, key=lambda i: (_printed_last(i.name), interface_order(i.name)))


def _printed_last(name: str) -> int:
    """Physical interfaces come first, then loopbacks, then tunnels, as on a device."""
    return {"Loopback": 1, "Tunnel": 2}.get(name.rstrip("0123456789"), 0)


def _brief_row(view: View, interface: InterfaceConfig, width: int) -> str:
    status, protocol = view.router.interface_state(interface.name)
    address = str(interface.address.ip) if interface.address else "unassigned"
    return (
        f"{interface.name:<{width}}{address:<16}YES {_method(view, interface):<7}"
        f"{status:<22}{protocol:<8}\n"
    )


def _method(view: View, interface: InterfaceConfig) -> str:
    """Tell where the address came from: the startup configuration, or somebody's keyboard."""
    if interface.dhcp:
        return "DHCP"
    if interface.address is None:
        return "unset"
    line = f" ip address {interface.address.ip} {interface.address.netmask}"
    block = (view.storage.startup or "").partition(f"\ninterface {interface.name}\n")[2]
    known = line in block.partition("\ninterface ")[0].splitlines()
    return "NVRAM" if known else "manual"


def show_interfaces(view: View, args: Mapping[str, Any]) -> str:
    """Print state, properties and counters of all interfaces or one."""
    return "".join(_interface(view, interface) for interface in _wanted(view, args))


def _interface(view: View, interface: InterfaceConfig) -> str:
    status, protocol = view.router.interface_state(interface.name)
    port = view.router.ports.get(interface.name) or Port(config=interface)
    bandwidth, delay = _speed(interface)
    tunnel = interface.tunnel
    lines = [
        f"{interface.name} is {status}, line protocol is {protocol} ",
        f"  Hardware is {_hardware(view, interface)}",
    ]
    if interface.description:
        lines.append(f"  Description: {interface.description}")
    if interface.address is not None:
        lines.append(f"  Internet address is {interface.address}")
    lines += [
        f"  MTU {_mtu(view, interface)} bytes, BW {bandwidth} Kbit/sec, DLY {delay} usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
    ]
    lines += _tunnel(view, interface, tunnel, port) if tunnel else _media(interface)
    lines += _counters(port, view.now)
    return "".join(f"{line}\n" for line in lines)


def _kind(interface: InterfaceConfig) -> str:
    return interface.name.rstrip("0123456789/.")


def _hardware(view: View, interface: InterfaceConfig) -> str:
    kind = _kind(interface)
    if kind in {"Tunnel", "Loopback"}:
        return kind
    digits = f"{mac_of(view.router.name, interface.name):012x}"
    mac = ".".join((digits[:4], digits[4:8], digits[8:]))
    name = {"Ethernet": "AmdP2"}.get(kind, "CSR vNIC" if view.router.image.xe else "iGbE")
    return f"{name}, address is {mac} (bia {mac})"


def _speed(interface: InterfaceConfig) -> tuple[int, int]:
    """Give bandwidth (kbit/s) and delay (us), defaults of the kind of interface."""
    default = {
        "Tunnel": (100, 50000),
        "Loopback": (8000000, 5000),
        "Ethernet": (10000, 1000),
        "FastEthernet": (100000, 100),
    }.get(_kind(interface), (1000000, 10))
    bandwidth = interface.bandwidth_kbit or default[0]
    configured = interface.delay_tens_us
    return bandwidth, default[1] if configured is None else configured * 10


def _mtu(view: View, interface: InterfaceConfig) -> int:
    if interface.tunnel is not None:
        return TUNNEL_MTU[view.router.image.xe] - _overhead(interface.tunnel)
    if interface.mtu is not None:
        return interface.mtu
    return LOOPBACK_MTU if _kind(interface) == "Loopback" else ETHERNET_MTU


def _overhead(tunnel: TunnelConfig) -> int:
    return GRE_BYTES + (0 if tunnel.key is None else KEY_BYTES)


def _media(interface: InterfaceConfig) -> list[str]:
    if _kind(interface) == "Loopback":
        return ["  Encapsulation LOOPBACK, loopback not set", "  Keepalive set (10 sec)"]
    return [
        "  Encapsulation ARPA, loopback not set",
        "  Keepalive set (10 sec)",
        "  ARP type: ARPA, ARP Timeout 04:00:00",
    ]


def _tunnel(view: View, interface: InterfaceConfig, tunnel: TunnelConfig, port: Port) -> list[str]:
    multipoint = tunnel.multipoint
    evaluation = "up" if port.line else f"down - {port.why}" if port.why else "down"
    key = f"0x{tunnel.key:X}" if tunnel.key is not None else "disabled"
    lines = [
        "  Encapsulation TUNNEL, loopback not set",
        "  Keepalive not set",
        f"  Tunnel linestate evaluation {evaluation}",
        f"  Tunnel source {_source(view, interface, tunnel)}",
        f"  Tunnel protocol/transport {'multi-GRE/IP' if multipoint else 'GRE/IP'}",
        f"    Key {key}, sequencing disabled",
        "    Checksumming of packets disabled",
        "  Tunnel TTL 255, Fast tunneling enabled",
        f"  Tunnel transport MTU {ETHERNET_MTU - _overhead(tunnel)} bytes",
        "  Tunnel transmit bandwidth 8000 (kbps)",
        "  Tunnel receive bandwidth 8000 (kbps)",
    ]
    if tunnel.ipsec_profile:
        lines.append(f'  Tunnel protection via IPSec (profile "{tunnel.ipsec_profile}")')
    return lines


def _source(view: View, interface: InterfaceConfig, tunnel: TunnelConfig) -> str:
    address = view.router.nbma_source(interface.name)
    named = isinstance(tunnel.source, str)
    text = f"{address or 'UNKNOWN'}" + (f" ({tunnel.source})" if named else "")
    return text + (f", destination {tunnel.destination}" if tunnel.destination else "")


def _counters(port: Port, now: float) -> list[str]:
    return [
        (
            f"  Last input {since(port.last_input, now)}, output {since(port.last_output, now)}, "
            "output hang never"
        ),
        '  Last clearing of "show interface" counters never',
        f"  Input queue: 0/375/0/0 (size/max/drops/flushes); Total output drops: {port.drops}",
        "  Queueing strategy: fifo",
        "  Output queue: 0/40 (size/max)",
        "  5 minute input rate 0 bits/sec, 0 packets/sec",
        "  5 minute output rate 0 bits/sec, 0 packets/sec",
        f"     {port.packets_in} packets input, {port.bytes_in} bytes, 0 no buffer",
        "     Received 0 broadcasts (0 IP multicasts)",
        "     0 runts, 0 giants, 0 throttles ",
        f"     {port.malformed} input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored, 0 abort",
        f"     {port.packets_out} packets output, {port.bytes_out} bytes, 0 underruns",
        "     0 output errors, 0 collisions, 0 interface resets",
        "     0 unknown protocol drops",
        "     0 output buffer failures, 0 output buffers swapped out",
    ]


def show_ip_interface(view: View, args: Mapping[str, Any]) -> str:
    """Print the IP side of all interfaces or one."""
    return "".join(_ip(view, interface) for interface in _wanted(view, args))


def _ip(view: View, interface: InterfaceConfig) -> str:
    status, protocol = view.router.interface_state(interface.name)
    lines = [f"{interface.name} is {status}, line protocol is {protocol}"]
    if interface.address is None:
        lines.append("  Internet protocol processing disabled")
    else:
        method = "non-volatile memory" if _method(view, interface) == "NVRAM" else "setup command"
        lines += [
            f"  Internet address is {interface.address}",
            "  Broadcast address is 255.255.255.255",
            f"  Address determined by {method}",
            f"  MTU is {interface.ip_mtu or _ip_mtu(interface)} bytes",
        ]
        if interface.vrf:
            lines.append(f'  VPN Routing/Forwarding "{interface.vrf}"')
    return "".join(f"{line}\n" for line in lines)


def _ip_mtu(interface: InterfaceConfig) -> int:
    if interface.tunnel is not None:
        return ETHERNET_MTU - _overhead(interface.tunnel)
    return interface.mtu or (LOOPBACK_MTU if _kind(interface) == "Loopback" else ETHERNET_MTU)
