"""Access lists on interfaces: which line of a list takes a packet. Pure values, IPv4 only.

What no line takes is denied; a list that is not there lets everything pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address

from labs.twin.filters import ANY, Wild
from labs.twin.packet import Eigrp, Esp, Gre, Icmp, IcmpKind, Ike, Packet, Tcp, Udp

IKE_PORT = 500
PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "ahp": 51,
    "eigrp": 88,
    "ospf": 89,
    "pim": 103,
}
"""Names that the parser of access lists knows (IANA protocol numbers)."""
PORTS = {
    "ftp": 21,
    "telnet": 23,
    "smtp": 25,
    "domain": 53,
    "bootps": 67,
    "bootpc": 68,
    "tftp": 69,
    "www": 80,
    "ntp": 123,
    "snmp": 161,
    "snmptrap": 162,
    "bgp": 179,
    "isakmp": 500,
    "syslog": 514,
    "non500-isakmp": 4500,
}
ICMP_WORDS = {
    "echo": IcmpKind.ECHO,
    "echo-reply": IcmpKind.ECHO_REPLY,
    "ttl-exceeded": IcmpKind.TIME_EXCEEDED,
    "time-exceeded": IcmpKind.TIME_EXCEEDED,
    "net-unreachable": IcmpKind.NET_UNREACHABLE,
    "host-unreachable": IcmpKind.HOST_UNREACHABLE,
    "port-unreachable": IcmpKind.PORT_UNREACHABLE,
    "packet-too-big": IcmpKind.FRAGMENTATION_NEEDED,
    "administratively-prohibited": IcmpKind.ADMIN_PROHIBITED,
}
UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """A condition on a port: `eq`, `neq`, `gt`, `lt` or `range`."""

    operator: str
    first: int
    last: int = 0

    def takes(self, port: int | None) -> bool:
        """Tell whether a port fits; no packet without ports does."""
        if port is None:
            return False
        match self.operator:
            case "eq":
                return port == self.first
            case "neq":
                return port != self.first
            case "gt":
                return port > self.first
            case "lt":
                return port < self.first
        return self.first <= port <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenRule:
    """One line of a list."""

    sequence: int
    permit: bool
    text: str
    """As `show access-lists` prints it."""
    protocol: int | None = None
    """None: every protocol."""
    source: Wild = ANY
    destination: Wild = ANY
    source_ports: Ports | None = None
    ports: Ports | None = None
    kinds: frozenset[IcmpKind] = frozenset()
    """Of ICMP; empty: all."""
    established: bool = False
    log: bool = False
    standard: bool = False

    def takes(self, packet: Packet) -> bool:
        """Tell whether a packet is meant."""
        if not (self.source.takes(packet.src) and self.destination.takes(packet.dst)):
            return False
        if self.protocol is None:
            return True
        protocol, source, destination = facts(packet)
        return (
            protocol == self.protocol
            and (self.source_ports is None or self.source_ports.takes(source))
            and (self.ports is None or self.ports.takes(destination))
            and self._fits(packet)
        )

    def _fits(self, packet: Packet) -> bool:
        payload = packet.payload
        if isinstance(payload, Icmp):
            return not self.kinds or payload.kind in self.kinds
        if self.established:
            return isinstance(payload, Tcp) and bool(payload.flags & {"ack", "rst"})
        return True


def facts(packet: Packet) -> tuple[int, int | None, int | None]:
    """Give protocol number, source and destination port."""
    match packet.payload:
        case Udp() as datagram:
            return PROTOCOLS["udp"], datagram.source_port, datagram.port
        case Ike():
            return PROTOCOLS["udp"], IKE_PORT, IKE_PORT
        case Tcp() as segment:
            return PROTOCOLS["tcp"], segment.source_port, segment.port
        case Icmp():
            return PROTOCOLS["icmp"], None, None
        case Gre():
            return PROTOCOLS["gre"], None, None
        case Esp():
            return PROTOCOLS["esp"], None, None
        case Eigrp():
            return PROTOCOLS["eigrp"], None, None
    return 0, None, None


def taken(rules: Iterable[ScreenRule], packet: Packet) -> ScreenRule | None:
    """Find the line that takes a packet; None: no line does, it is denied."""
    if not isinstance(packet.src, IPv4Address):
        return EVERYTHING
    return next((rule for rule in rules if rule.takes(packet)), None)


EVERYTHING = ScreenRule(sequence=0, permit=True, text="permit ip any any")


def denial(name: str, rule: ScreenRule, packet: Packet, count: int) -> str:
    """Write the line that `log` in a rule logs (wording: FAULT_SWEEP F2, vendor's messages)."""
    did = "permitted" if rule.permit else "denied"
    counted = f"{count} packet{'' if count == 1 else 's'}"
    ends = f"{packet.src} -> {packet.dst}"
    if rule.standard:
        return f"%SEC-6-IPACCESSLOGS: list {name} {did} {packet.src} {counted}"
    protocol, source, destination = facts(packet)
    if source is not None:
        word = "tcp" if protocol == PROTOCOLS["tcp"] else "udp"
        ends = f"{packet.src}({source}) -> {packet.dst}({destination})"
        return f"%SEC-6-IPACCESSLOGP: list {name} {did} {word} {ends}, {counted}"
    return f"%SEC-6-IPACCESSLOGNP: list {name} {did} {protocol} {ends}, {counted}"
