"""How packets move through a router: receive, forward, deliver, complain.

The order of things is that of IOS: a packet for one of our own addresses is delivered whatever
interface owns the address; a packet for others is routed by the table of the VRF that its
interface is in. Errors are never sent about errors or multicasts (RFC 1122 section 3.2.2).
"""

from dataclasses import replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from labs.twin.addresses import IPV4, IPV6, Address, link_local
from labs.twin.packet import Eigrp, Esp, Gre, Icmp, IcmpKind, Ike, Packet, Tcp, Udp
from labs.twin.rib import NULL
from labs.twin.router import screening, sizes, tunnels
from labs.twin.router.ports import Port
from labs.twin.routing.eigrp.site import instance

if TYPE_CHECKING:
    from labs.twin.router.router import Router

MULTICAST = {IPV4: 0xE0000000, IPV6: 0xFF << 120}
"""Where the multicast addresses of each family begin."""
ICMP_ERROR_SIZE = 56
"""IP header, ICMP header, and the first 28 bytes of the packet complained about."""
ICMPV6_HEADERS = 48
LONGEST_SEGMENT = 0xFFFF
TCP_IP_HEADERS = {IPV4: 40, IPV6: 60}
IPV6_LEAST_MTU = 1280
UNREACHABLE_GAP_S = 0.5
"""IOS sends at most one unreachable in 500 ms (`ip icmp rate-limit unreachable` default).

A ping beyond the last route shows it as `U.U.U`, the last hop of a traceroute as `N * N`, on IOL
and 15.4; IOSv and CSR answer every probe (reference/PHASES.md section 5).
"""
UNREACHABLE = frozenset(
    {
        IcmpKind.NET_UNREACHABLE,
        IcmpKind.HOST_UNREACHABLE,
        IcmpKind.PORT_UNREACHABLE,
        IcmpKind.ADMIN_PROHIBITED,
        IcmpKind.FRAGMENTATION_NEEDED,
    }
)
QUERIES = frozenset({IcmpKind.ECHO, IcmpKind.ECHO_REPLY})


def is_multicast(address: Address) -> bool:
    """Tell whether an address is a multicast address."""
    return int(address) >= MULTICAST[address.version]


def flow_of(packet: Packet) -> int:
    """Tell flows apart as CEF does: by source and destination address, so one keeps its path."""
    return int(packet.src) ^ int(packet.dst)


def receive(
    router: "Router", port: Port, packet: Packet, now: float, nbma: Address | None = None
) -> None:
    """Take a packet that came in by an interface; `nbma` is the outer source if by a tunnel."""
    if not port.line:
        return
    port.count_in(packet.size, now)
    screen = port.config.screen_in
    if screen is not None and not screening.passes(router, screen, packet, now):
        complain(router, port, packet, IcmpKind.ADMIN_PROHIBITED, now)
        return
    if port.config.tcp_mss is not None:
        packet = _clamped(packet, port.config.tcp_mss)
    vrf = port.config.vrf
    dst = packet.dst
    if is_multicast(dst) or router.is_local(dst, vrf):
        deliver(router, port, packet, now)
        return
    if dst.version == IPV6:
        if dst == port.link_local:
            deliver(router, port, packet, now)
            return
        if link_local(dst) or not router.config.ipv6_routing:
            return  # RFC 4291 section 2.5.6; a host forwards nothing
    forward(router, port, packet, now, nbma)


def forward(router: "Router", port: Port, packet: Packet, now: float, nbma: Address | None) -> None:
    """Route a packet that is not for us."""
    if packet.ttl <= 1:
        complain(router, port, packet, IcmpKind.TIME_EXCEEDED, now)
        return
    table = router.table(port.config.vrf, packet.dst.version)
    via = table.via(packet.dst, flow=flow_of(packet)) if table is not None else None
    if via is None or via.interface == NULL:
        complain(router, port, packet, IcmpKind.HOST_UNREACHABLE, now)
        return
    onward = replace(packet, ttl=packet.ttl - 1)
    emit(router, via.interface, via.next_hop, onward, now, ingress=port, nbma=nbma)


def originate(router: "Router", packet: Packet, vrf: str, now: float) -> None:
    """Send a packet of our own by the routing table."""
    if router.is_local(packet.dst, vrf):
        port = router.port_of(packet.dst, vrf)
        if port is not None:
            tunnels.meet_ourselves(router, port, packet, now)
            deliver(router, port, packet, now)
        return
    table = router.table(vrf, packet.dst.version)
    via = table.via(packet.dst, flow=flow_of(packet)) if table is not None else None
    if via is not None and via.interface != NULL:
        emit(router, via.interface, via.next_hop, packet, now)


def emit(
    router: "Router",
    interface: str,
    next_hop: Address | None,
    packet: Packet,
    now: float,
    *,
    ingress: Port | None = None,
    nbma: Address | None = None,
) -> None:
    """Send a packet out of an interface towards a next hop (None: the destination is attached)."""
    port = router.ports.get(interface)
    if port is None or not (port.line or port.ready):
        return
    screen = port.config.screen_out
    # What a router sends itself is not looked at on the way out.
    if screen is not None and ingress and not screening.passes(router, screen, packet, now):
        complain(router, ingress, packet, IcmpKind.ADMIN_PROHIBITED, now)
        return
    mtu = port.ip_mtu if packet.dst.version == IPV4 else port.ipv6_mtu
    if packet.size > mtu and _must_stay_whole(packet, ingress):
        port.drops += 1
        complain(router, ingress, packet, IcmpKind.FRAGMENTATION_NEEDED, now, mtu=mtu)
        return
    if isinstance(packet.payload, Tcp):
        # Our own SYN tells what fits the interface; that of others is left alone unless told.
        fits = mtu - TCP_IP_HEADERS[packet.dst.version] if ingress is None else LONGEST_SEGMENT
        packet = _clamped(packet, min(fits, port.config.tcp_mss or fits))
    if port.config.tunnel is not None:
        tunnels.send(router, port, next_hop or packet.dst, packet, now, ingress, nbma)
        return
    port.count_out(packet.size, now)
    router.transmit(interface, next_hop or packet.dst, packet)


def _clamped(packet: Packet, mss: int) -> Packet:
    """Let a SYN tell no longer segment than this (`ip tcp adjust-mss`)."""
    segment = packet.payload
    if isinstance(segment, Tcp) and segment.mss is not None and segment.mss > mss:
        return replace(packet, payload=replace(segment, mss=mss))
    return packet


def _must_stay_whole(packet: Packet, ingress: Port | None) -> bool:
    """Tell whether a packet may not be cut: of IPv6 only the source cuts (RFC 8200 section 5)."""
    return packet.df or (packet.dst.version == IPV6 and ingress is not None)


def complain(
    router: "Router",
    port: Port | None,
    packet: Packet,
    kind: IcmpKind,
    now: float,
    *,
    mtu: int = 0,
) -> None:
    """Send an ICMP error to the source of a packet; our own packets get it at once.

    The error bears the address of the interface the packet came in by: so the last hop of a
    traceroute to a LAN shows the tunnel address (cases p1-eigrp-companya, p2-eigrp-companya).
    """
    payload = packet.payload
    if is_multicast(packet.dst) or (isinstance(payload, Icmp) and payload.kind not in QUERIES):
        return
    error = Icmp(kind=kind, about=packet, mtu=mtu)
    if port is None:
        own = Packet(src=packet.src, dst=packet.src, payload=error, size=ICMP_ERROR_SIZE)
        _take_error(router, own, error, now)
        return
    source = port.source_of(packet.dst.version)
    if source is None or not _may_complain(router, port, kind, now):
        return
    answer = Packet(src=source, dst=packet.src, payload=error, size=_error_size(packet))
    _answer(router, port, answer, now)


def _error_size(packet: Packet) -> int:
    if packet.dst.version == IPV4:
        return ICMP_ERROR_SIZE
    # As much of the packet as fits (RFC 4443 section 2.4 c).
    return min(ICMPV6_HEADERS + packet.size, IPV6_LEAST_MTU)


def _answer(router: "Router", port: Port, packet: Packet, now: float) -> None:
    """Send an answer: to a link-local address by the interface the question came in by."""
    if link_local(packet.dst):
        emit(router, port.name, packet.dst, packet, now)
    else:
        originate(router, packet, port.config.vrf, now)


def _may_complain(router: "Router", port: Port, kind: IcmpKind, now: float) -> bool:
    """Keep to the limit of unreachables; "fragmentation needed" has one of its own."""
    if kind in UNREACHABLE and not port.config.unreachables:
        return False
    if kind not in UNREACHABLE:
        return True
    gap_s = router.config.unreachable_gap_s
    if gap_s is None:
        gap_s = UNREACHABLE_GAP_S if router.image.filesystem.startswith("unix") else 0.0
    df = kind is IcmpKind.FRAGMENTATION_NEEDED
    if now < router.quiet_until.get(df, now):
        return False
    router.quiet_until[df] = now + gap_s
    return True


def deliver(router: "Router", port: Port, packet: Packet, now: float) -> None:
    """Hand a packet to whoever it is for on this router."""
    payload = packet.payload
    vrf = port.config.vrf
    match payload:
        case Gre():
            tunnels.take_gre(router, packet, payload, vrf, now)
        case Esp():
            tunnels.take_esp(router, packet, payload, vrf, now)
        case Eigrp():
            machine = router.eigrp.get(instance(payload.asn, port.config.vrf, packet.src.version))
            if machine is not None:
                effects = machine.receive(payload, packet.src, port.name, now)
                router.perform(machine.label, effects, now)
        case Ike():
            effects = router.crypto.receive(payload, packet.src, packet.dst, vrf, now)
            router.perform("crypto", effects, now)
        case Icmp():
            _take_icmp(router, port, packet, payload, now)
        case Udp():
            complain(router, port, packet, IcmpKind.PORT_UNREACHABLE, now)
        case Tcp():
            _take_tcp(router, packet, payload, vrf, now)


def _take_tcp(router: "Router", packet: Packet, segment: Tcp, vrf: str, now: float) -> None:
    src, dst, speaker = packet.src, packet.dst, router.bgp_of(vrf)
    if speaker is not None and isinstance(src, IPv4Address) and isinstance(dst, IPv4Address):
        router.perform(speaker.label, speaker.receive(segment, src, dst, now), now)


def _take_error(router: "Router", packet: Packet, icmp: Icmp, now: float) -> None:
    """Take an answer that is for a probe of ours, or about a packet that a tunnel of ours sent."""
    about = icmp.about
    if about is None or not isinstance(about.payload, Gre | Esp):
        router.answers.append(packet)
    elif icmp.kind is IcmpKind.FRAGMENTATION_NEEDED:
        sizes.learn(router, about, icmp.mtu, now)


def _take_icmp(router: "Router", port: Port, packet: Packet, icmp: Icmp, now: float) -> None:
    if icmp.kind is not IcmpKind.ECHO:
        _take_error(router, packet, icmp, now)
        return
    if is_multicast(packet.dst):
        return
    reply = Packet(
        src=packet.dst,
        dst=packet.src,
        payload=replace(icmp, kind=IcmpKind.ECHO_REPLY),
        size=packet.size,
        df=packet.df,
    )
    _answer(router, port, reply, now)
