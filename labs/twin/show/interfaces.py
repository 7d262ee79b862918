"""`show interfaces` and its kin (layout: captures, FORMATS.md section 12)."""

import math
from collections.abc import Mapping
from typing import Any

from labs.twin.addresses import IPV4
from labs.twin.device import InterfaceConfig, TunnelConfig
from labs.twin.grammar import interface_order
from labs.twin.router import Port
from labs.twin.router.ports import kind_of, parent_of
from labs.twin.router.sizes import gre_overhead
from labs.twin.show.names import mac_text, short
from labs.twin.show.times import since
from labs.twin.show.view import View
from labs.twin.tree import Block

ETHERNET_MTU = 1500
TUNNEL_MTU = {True: 10000, False: 17940}
"""What a tunnel's MTU counts down from: XE prints 9976, IOS 17916 (FORMATS.md section 12)."""
LOOPBACK_MTU = 1514
FIVE_MINUTES = 300
KEEPALIVE_RETRIES = 3
"""Of a tunnel (capture show_interface_tunnel/011)."""


def wanted(view: View, args: Mapping[str, Any]) -> list[InterfaceConfig]:
    """Give the interfaces that were asked for, in the order of a device."""
    name = args.get("interface")
    interfaces = view.router.config.interfaces.values()
    found = [i for i in interfaces if name is None or i.name == name]
    return sorted(found, key=lambda i: (_printed_last(i.name), interface_order(i.name)))


def _printed_last(name: str) -> int:
    """Physical interfaces come first, then loopbacks, then tunnels, as on a device."""
    return {"Loopback": 1, "Tunnel": 2}.get(name.rstrip("0123456789"), 0)


def show_interfaces(view: View, args: Mapping[str, Any]) -> str:
    """Print state, properties and counters of all interfaces or one."""
    return "".join(_interface(view, interface) for interface in wanted(view, args))


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
    lines += _tunnel(view, interface, tunnel, port) if tunnel else _media(view, interface)
    if interface.vlan is None:
        lines += _counters(view, port)
    else:
        lines.append(CLEARED)
    return "".join(f"{line}\n" for line in lines)


def _hardware(view: View, interface: InterfaceConfig) -> str:
    kind = kind_of(interface.name)
    if kind in {"Tunnel", "Loopback"}:
        return kind
    mac = mac_text(view.router.name, interface.name)
    name = {"Ethernet": "AmdP2"}.get(kind, "CSR vNIC" if view.router.image.xe else "iGbE")
    return f"{name}, address is {mac} (bia {mac})"


def _speed(interface: InterfaceConfig) -> tuple[int, int]:
    """Give bandwidth (kbit/s) and delay (us), defaults of the kind of interface."""
    default = {
        "Tunnel": (100, 50000),
        "Loopback": (8000000, 5000),
        "Ethernet": (10000, 1000),
        "FastEthernet": (100000, 100),
    }.get(kind_of(interface.name), (1000000, 10))
    bandwidth = interface.bandwidth_kbit or default[0]
    configured = interface.delay_tens_us
    return bandwidth, default[1] if configured is None else configured * 10


def _mtu(view: View, interface: InterfaceConfig) -> int:
    if interface.tunnel is not None:
        return TUNNEL_MTU[view.router.image.xe] - gre_overhead(interface.tunnel)
    if interface.mtu is not None:
        return interface.mtu
    return LOOPBACK_MTU if kind_of(interface.name) == "Loopback" else ETHERNET_MTU


def _media(view: View, interface: InterfaceConfig) -> list[str]:
    if kind_of(interface.name) == "Loopback":
        return ["  Encapsulation LOOPBACK, loopback not set", "  Keepalive set (10 sec)"]
    if interface.vlan is not None:
        return [
            f"  Encapsulation 802.1Q Virtual LAN, Vlan ID  {interface.vlan}.",
            "  ARP type: ARPA, ARP Timeout 04:00:00",
            "  Keepalive set (10 sec)",
        ]
    tagged = any(
        parent_of(other.name) == interface.name and other.vlan is not None
        for other in view.router.config.interfaces.values()
    )
    encapsulation = "802.1Q Virtual LAN, Vlan ID  1." if tagged else "ARPA"
    return [
        f"  Encapsulation {encapsulation}, loopback not set",
        _keepalive(view, interface),
        *_duplex(view, interface),
        "  ARP type: ARPA, ARP Timeout 04:00:00",
    ]


def _said(view: View, name: str, key: str) -> Block | None:
    """Give a line of an interface that only what is printed depends on."""
    block = view.storage.tree.get(f"interface {name}")
    return block.get(key) if block is not None else None


def _keepalive(view: View, interface: InterfaceConfig) -> str:
    """Write how often the line is probed: tunnels are not unless told, ports are."""
    said = _said(view, interface.name, "keepalive")
    seconds = 0 if interface.tunnel is not None else 10
    retries = ""
    if said is not None:
        seconds = said.line.args["seconds"]
        if interface.tunnel is not None:
            retries = f", retries {said.line.args.get('retries', KEEPALIVE_RETRIES)}"
    return f"  Keepalive set ({seconds} sec){retries}" if seconds else "  Keepalive not set"


def _load_interval(view: View, name: str) -> str:
    said = _said(view, name, "load-interval")
    seconds = said.line.args.get("seconds", FIVE_MINUTES) if said is not None else FIVE_MINUTES
    return f"{seconds // 60} minute" if seconds % 60 == 0 else f"{seconds} second"


def _duplex(view: View, interface: InterfaceConfig) -> list[str]:
    """Give what a Gigabit port says of its link; the Ethernet of IOL says nothing (captures)."""
    if kind_of(interface.name) != "GigabitEthernet":
        return []
    speed = "Full Duplex, 1000Mbps" if view.router.image.xe else "Auto Duplex, Auto Speed"
    media = "Virtual" if view.router.image.xe else "RJ45"
    return [
        f"  {speed}, link type is auto, media type is {media}",
        "  output flow-control is unsupported, input flow-control is unsupported",
    ]


def _tunnel(view: View, interface: InterfaceConfig, tunnel: TunnelConfig, port: Port) -> list[str]:
    transport = "IP" if tunnel.transport == IPV4 else "IPv6"
    multipoint = tunnel.multipoint
    evaluation = "up" if port.line else f"down - {port.why}" if port.why else "down"
    key = f"0x{tunnel.key:X}" if tunnel.key is not None else "disabled"
    lines = [
        "  Encapsulation TUNNEL, loopback not set",
        _keepalive(view, interface),
        f"  Tunnel linestate evaluation {evaluation}",
        f"  Tunnel source {_source(view, interface, tunnel)}",
        *_tracked(view, interface, tunnel),
        f"  Tunnel protocol/transport {'multi-' if multipoint else ''}GRE/{transport}",
        f"    Key {key}, sequencing disabled",
        "    Checksumming of packets disabled",
        f"  Tunnel TTL {tunnel.ttl}, Fast tunneling enabled",
        *_discovery(tunnel),
        f"  Tunnel transport MTU {ETHERNET_MTU - gre_overhead(tunnel)} bytes",
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


def _tracked(view: View, interface: InterfaceConfig, tunnel: TunnelConfig) -> list[str]:
    """Give who else sends from the interface that a tunnel is sourced from (captures)."""
    source = tunnel.source
    if not isinstance(source, str):
        return []
    others = (i.tunnel for i in view.router.config.interfaces.values())
    count = sum(other is not None and other.source == source for other in others)
    members = "1 member" if count == 1 else f"{count} members"
    whole = f"          Set of tunnels with source {source}, {members} (includes iterators)"
    return [
        "   Tunnel Subblocks:",
        "      src-track:",
        f"         {interface.name} source tracking subblock associated with {source}",
        f"{whole}, on interface <OK>",
    ]


def _discovery(tunnel: TunnelConfig) -> list[str]:
    if not tunnel.path_mtu_discovery:
        return []
    age = tunnel.path_mtu_age_s
    ager = "ager never" if math.isinf(age) else f"ager {age / 60:.0f} mins"
    return [f"  Path MTU Discovery, {ager}, min MTU {tunnel.path_mtu_floor}"]


CLEARED = '  Last clearing of "show interface" counters never'


def _counters(view: View, port: Port) -> list[str]:
    kind, xe, now = kind_of(port.name), view.router.image.xe, view.now
    hardware = kind not in {"Tunnel", "Loopback"}
    # XE holds more for its ports and tunnels (captures show_interface_tunnel/001, 003, 005).
    span = _load_interval(view, port.name)
    held = 375 if xe and kind != "Loopback" else 75
    return [
        (
            f"  Last input {since(port.last_input, now)}, output {since(port.last_output, now)}, "
            "output hang never"
        ),
        CLEARED,
        f"  Input queue: 0/{held}/0/0 (size/max/drops/flushes); Total output drops: {port.drops}",
        "  Queueing strategy: fifo",
        f"  Output queue: 0/{40 if hardware else 0} (size/max)",
        f"  {span} input rate 0 bits/sec, 0 packets/sec",
        f"  {span} output rate 0 bits/sec, 0 packets/sec",
        f"     {port.packets_in} packets input, {port.bytes_in} bytes, 0 no buffer",
        "     Received 0 broadcasts (0 IP multicasts)",
        "     0 runts, 0 giants, 0 throttles ",
        *_errors(port, modern=kind == "GigabitEthernet"),
        f"     {port.packets_out} packets output, {port.bytes_out} bytes, 0 underruns",
        *(["     Output 0 broadcasts (0 IP multicasts)"] if xe else []),
        "     0 output errors, 0 collisions, 0 interface resets",
        "     0 unknown protocol drops",
        *(_losses(modern=kind == "GigabitEthernet") if hardware else []),
        "     0 output buffer failures, 0 output buffers swapped out",
    ]


def _errors(port: Port, *, modern: bool) -> list[str]:
    counted = f"     {port.malformed} input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored"
    if modern:
        return [counted, "     0 watchdog, 0 multicast, 0 pause input"]
    return [f"{counted}, 0 abort"]


def _losses(*, modern: bool) -> list[str]:
    pause = ", 0 pause output" if modern else ""
    return [
        "     0 babbles, 0 late collision, 0 deferred",
        f"     0 lost carrier, 0 no carrier{pause}",
    ]


DESCRIPTION_HEAD = "Interface                      Status         Protocol Description\n"


def show_descriptions(view: View, args: Mapping[str, Any]) -> str:
    """Print state and description, one line an interface."""
    rows = []
    for interface in wanted(view, args):
        status, protocol = view.router.interface_state(interface.name)
        status = "admin down" if status.startswith("admin") else status
        text = interface.description or ""
        rows.append(f"{short(interface.name):<30} {status:<14} {protocol:<8} {text}\n")
    return DESCRIPTION_HEAD + "".join(rows)
