"""Rows of `show interfaces`, `show ip interface` and `show policy-map multipoint` -> records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    Interface,
    IpInterface,
    MultipointPolicy,
    PolicyClass,
    Traffic,
    TunnelSettings,
)
from parsers.values import (
    SECONDS,
    address,
    duration,
    lines,
    number,
    optional_address,
    word,
    words,
)


def interface(row: Row) -> Interface:
    """Read one interface."""
    return Interface(
        interface=row["INTERFACE"],
        status=row["STATUS"],
        status_note=word(row["STATUS_NOTE"]),
        protocol=row["PROTOCOL"],
        protocol_note=word(row["PROTOCOL_NOTE"]),
        hardware=word(row["HARDWARE"]),
        mac_address=word(row["MAC"]),
        description=word(row["DESCRIPTION"]),
        address=_with_mask(row["ADDRESS"]),
        secondary_addresses=tuple(map(IPv4Interface, lines(row["SECONDARY"]))),
        negotiated=word(row["NEGOTIATED"]),
        unnumbered_interface=word(row["UNNUMBERED"]),
        unnumbered_address=_ipv4(row["UNNUMBERED_ADDRESS"]),
        mtu_bytes=number(row["MTU"]),
        bandwidth_kbps=number(row["BANDWIDTH"]),
        delay_us=number(row["DELAY"]),
        reliability=number(row["RELIABILITY"]),
        txload=number(row["TXLOAD"]),
        rxload=number(row["RXLOAD"]),
        encapsulation=word(row["ENCAPSULATION"]),
        vlan_id=number(row["VLAN"]),
        keepalive_s=number(row["KEEPALIVE"]),
        keepalive_retries=number(row["RETRIES"]),
        tunnel=_tunnel(row) if row["TRANSPORT"] else None,
        last_input_s=duration(row["LAST_INPUT"]),
        last_output_s=duration(row["LAST_OUTPUT"]),
        output_hang_s=duration(row["OUTPUT_HANG"]),
        cleared_s=duration(row["CLEARED"]),
        input_queue=_queue(row["INPUT_QUEUE"]),
        output_queue=_queue(row["OUTPUT_QUEUE"]),
        total_output_drops=number(row["OUTPUT_DROPS"]),
        queueing_strategy=word(row["QUEUEING"]),
        traffic=_traffic(row) if row["PACKETS_INPUT"] else None,
    )


def _with_mask(text: str) -> IPv4Interface | None:
    return IPv4Interface(text) if text else None


def _ipv4(text: str) -> IPv4Address | None:
    return IPv4Address(text) if text else None


def _queue(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("/"))) if text else ()


def _enabled(text: str, yes: str = "enabled") -> bool | None:
    return text == yes if text else None


def _tunnel(row: Row) -> TunnelSettings:
    return TunnelSettings(
        linestate=word(row["LINESTATE"]),
        source=optional_address(row["SOURCE"]),
        source_interface=word(row["SOURCE_INTERFACE"]),
        destination=optional_address(row["DESTINATION"]),
        transport=row["TRANSPORT"],
        key=int(row["KEY"], 16) if row["KEY"].startswith("0x") else None,
        sequencing=_enabled(row["SEQUENCING"]),
        checksumming=_enabled(row["CHECKSUMMING"]),
        tos=int(row["TOS"], 16) if row["TOS"] else None,
        ttl=number(row["TTL"]),
        fast_tunneling=bool(row["FAST"]),
        transport_mtu_bytes=number(row["TRANSPORT_MTU"]),
        transmit_only=bool(row["TRANSMIT_ONLY"]),
        transmit_bandwidth_kbps=number(row["TRANSMIT"]),
        receive_bandwidth_kbps=number(row["RECEIVE"]),
        protection_profile=word(row["PROFILE"]),
        protection_shared=bool(row["SHARED"]),
    )


def _interval(text: str) -> int | None:
    """Read `5 minute`."""
    if not text:
        return None
    count, unit = text.split()
    return int(count) * SECONDS[unit[0]]


def _traffic(row: Row) -> Traffic:
    refuse_if(not row["PACKETS_OUTPUT"], "counters of one direction only")
    return Traffic(
        rate_interval_s=_interval(row["RATE_INTERVAL"]),
        input_rate_bps=number(row["INPUT_BPS"]),
        input_rate_pps=number(row["INPUT_PPS"]),
        output_rate_bps=number(row["OUTPUT_BPS"]),
        output_rate_pps=number(row["OUTPUT_PPS"]),
        packets_input=int(row["PACKETS_INPUT"]),
        bytes_input=int(row["BYTES_INPUT"]),
        no_buffer=number(row["NO_BUFFER"]),
        received_broadcasts=number(row["RECEIVED_BROADCASTS"]),
        received_multicasts=number(row["RECEIVED_MULTICASTS"]),
        runts=number(row["RUNTS"]),
        giants=number(row["GIANTS"]),
        throttles=number(row["THROTTLES"]),
        input_errors=number(row["INPUT_ERRORS"]),
        crc=number(row["CRC"]),
        frame=number(row["FRAME"]),
        overrun=number(row["OVERRUN"]),
        ignored=number(row["IGNORED"]),
        abort=number(row["ABORT"]),
        packets_output=int(row["PACKETS_OUTPUT"]),
        bytes_output=int(row["BYTES_OUTPUT"]),
        underruns=number(row["UNDERRUNS"]),
        output_errors=number(row["OUTPUT_ERRORS"]),
        collisions=number(row["COLLISIONS"]),
        interface_resets=number(row["RESETS"]),
        unknown_protocol_drops=number(row["UNKNOWN_DROPS"]),
    )


def ip_interface(row: Row) -> IpInterface:
    """Read the IP side of one interface."""
    return IpInterface(
        interface=row["INTERFACE"],
        status=row["STATUS"],
        protocol=row["PROTOCOL"],
        enabled=not row["DISABLED"],
        address=_with_mask(row["ADDRESS"]),
        secondary_addresses=tuple(map(IPv4Interface, lines(row["SECONDARY"]))),
        negotiated=word(row["NEGOTIATED"]),
        unnumbered_interface=word(row["UNNUMBERED"]),
        unnumbered_address=_ipv4(row["UNNUMBERED_ADDRESS"]),
        broadcast_address=_ipv4(row["BROADCAST"]),
        determined_by=word(row["DETERMINED"]),
        peer_address=_ipv4(row["PEER"]),
        mtu_bytes=number(row["MTU"]),
        helper_addresses=tuple(map(IPv4Address, row["HELPERS"].split())),
        directed_broadcast=word(row["DIRECTED"]),
        multicast_groups=tuple(map(IPv4Address, row["GROUPS"].split())),
        outgoing_common_access_list=word(row["OUTGOING_COMMON"]),
        outgoing_access_list=word(row["OUTGOING"]),
        inbound_common_access_list=word(row["INBOUND_COMMON"]),
        inbound_access_list=word(row["INBOUND"]),
        proxy_arp=_enabled(row["PROXY_ARP"]),
        local_proxy_arp=_enabled(row["LOCAL_PROXY_ARP"]),
        split_horizon=_enabled(row["SPLIT_HORIZON"]),
        icmp_redirects=_enabled(row["REDIRECTS"], "always"),
        icmp_unreachables=_enabled(row["UNREACHABLES"], "always"),
        icmp_mask_replies=_enabled(row["MASK_REPLIES"], "always"),
        vrf=word(row["VRF"]),
        downstream_vrf=word(row["DOWNSTREAM_VRF"]),
        policy_routing=_enabled(row["POLICY"]),
        policy_route_map=word(row["POLICY_MAP"]),
        address_translation=word(row["NAT"]),
        input_features=words(row["INPUT_FEATURES"]),
        output_features=words(row["OUTPUT_FEATURES"]),
        post_encapsulation_features=words(row["POST_FEATURES"]),
        settings=lines(row["SETTINGS"]),
    )


@dataclass
class _Peer:
    head: Row
    policy: Row | None = None
    classes: list[PolicyClass] = field(default_factory=list)


@dataclass
class _Nesting:
    """Which policy a class stands in: indentation tells, as printed."""

    policies: list[tuple[int, str, str | None]] = field(default_factory=list)  # indent, name, class
    classes: list[tuple[int, str]] = field(default_factory=list)

    def enter_policy(self, indent: int, name: str) -> None:
        while self.policies and self.policies[-1][0] >= indent:
            self.policies.pop()
        outer = [name for depth, name in self.classes if depth < indent]
        self.policies.append((indent, name, outer[-1] if outer else None))

    def enter_class(self, indent: int, name: str) -> tuple[str, str | None]:
        while self.policies and self.policies[-1][0] >= indent:
            self.policies.pop()
        refuse_if(not self.policies, "a class without its policy")
        self.classes = [one for one in self.classes if one[0] < indent]
        self.classes.append((indent, name))
        return self.policies[-1][1:]


def multipoint_policies(rows: Iterable[Row]) -> Iterator[MultipointPolicy]:
    """Give each peer its policy and the classes of it and of the policies that it calls."""
    peer: _Peer | None = None
    nesting = _Nesting()
    for row in rows:
        if row["INTERFACE"]:
            if peer:
                yield _multipoint_policy(peer)
            peer, nesting = _Peer(row), _Nesting()
        elif peer is None:
            raise ValueError("a policy without its peer")
        elif row["POLICY"]:
            nesting.enter_policy(len(row["POLICY_INDENT"]), row["POLICY"])
            peer.policy = peer.policy or row
        else:
            within = nesting.enter_class(len(row["CLASS_INDENT"]), row["CLASS"])
            peer.classes.append(_policy_class(row, *within))
    if peer:
        yield _multipoint_policy(peer)


def _multipoint_policy(peer: _Peer) -> MultipointPolicy:
    return MultipointPolicy(
        interface=peer.head["INTERFACE"],
        nbma_address=address(peer.head["PEER"]),
        direction=word(peer.policy["DIRECTION"]) if peer.policy else None,
        policy=peer.policy["POLICY"] if peer.policy else None,
        classes=tuple(peer.classes),
    )


def _policy_class(row: Row, policy: str, parent_class: str | None) -> PolicyClass:
    return PolicyClass(
        policy=policy,
        parent_class=parent_class,
        class_map=row["CLASS"],
        match_type=row["MATCH_TYPE"],
        packets=number(row["PACKETS"]),
        bytes=number(row["BYTES"]),
        rate_interval_s=_interval(row["INTERVAL"]),
        offered_rate_bps=number(row["OFFERED"]),
        drop_rate_bps=number(row["DROP_RATE"]),
        matches=lines(row["MATCHES"]),
        queue_depth=number(row["DEPTH"]),
        total_drops=number(row["DROPS"]),
        no_buffer_drops=number(row["NO_BUFFER"]),
        output_packets=number(row["OUT_PACKETS"]),
        output_bytes=number(row["OUT_BYTES"]),
        shape_rate_bps=number(row["SHAPE"]),
        actions=lines(row["ACTIONS"]),
    )
