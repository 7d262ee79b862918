"""Rows about routing neighbours (EIGRP, OSPF, BGP, BFD) -> records."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import BfdSession, BgpNeighbor, EigrpNeighbor, OspfNeighbor
from parsers.values import address, duration, lines, number, optional_address, word


def eigrp_neighbor(row: Row) -> EigrpNeighbor:
    """Read one neighbour."""
    return EigrpNeighbor(
        asn=int(row["ASN"]),
        name=word(row["NAME"]),
        vrf=word(row["VRF"]),
        handle=int(row["HANDLE"]),
        address=address(row["ADDRESS"]),
        interface=row["INTERFACE"],
        hold_s=int(row["HOLD"]),
        uptime_s=duration(row["UPTIME"]),
        srtt_ms=int(row["SRTT"]),
        rto_ms=int(row["RTO"]),
        queue=int(row["QUEUE"]),
        sequence=int(row["SEQUENCE"]),
        version=word(row["VERSION"]),
        retransmissions=number(row["RETRANSMISSIONS"]),
        retries=number(row["RETRIES"]),
        prefixes=number(row["PREFIXES"]),
        topology_ids=tuple(int(one) for one in row["TOPOLOGY_IDS"].replace(",", " ").split()),
        topologies=tuple(row["TOPOLOGIES"].split()),
        stub=tuple(row["STUB"].split()),
        notes=lines(row["NOTES"]),
    )


def ospf_neighbor(row: Row) -> OspfNeighbor:
    """Read one neighbour."""
    return OspfNeighbor(
        process=number(row["PROCESS"]),
        router_id=IPv4Address(row["ROUTER_ID"]) if row["ROUTER_ID"] else None,
        neighbor_id=IPv4Address(row["NEIGHBOR"]),
        priority=int(row["PRIORITY"]),
        state=row["STATE"],
        role=None if row["ROLE"] == "-" else row["ROLE"],
        dead_time_s=None if row["DEAD"] == "-" else duration(row["DEAD"]),
        address=IPv4Address(row["ADDRESS"]) if row["ADDRESS"] else None,
        interface_id=number(row["INTERFACE_ID"]),
        interface=row["INTERFACE"],
    )


def bgp_neighbors(rows: Iterable[Row]) -> Iterator[BgpNeighbor]:
    """Read the neighbours; where a count of prefixes stands for the state, it is Established."""
    for row in rows:
        if not row["ADDRESS"]:
            continue
        refuse_if(not row["STATE"], "a neighbour without its state")
        established = row["STATE"].isdigit()
        yield BgpNeighbor(
            router_id=IPv4Address(row["ROUTER_ID"]),
            local_asn=row["LOCAL_ASN"],
            address=address(row["ADDRESS"]),
            dynamic=bool(row["DYNAMIC"]),
            version=int(row["VERSION"]),
            asn=row["ASN"],
            messages_received=int(row["RECEIVED"]),
            messages_sent=int(row["SENT"]),
            table_version=int(row["TABLE_VERSION"]),
            in_queue=int(row["IN_QUEUE"]),
            out_queue=int(row["OUT_QUEUE"]),
            updown_s=duration(row["UPDOWN"]),
            state="Established" if established else row["STATE"],
            prefixes_received=int(row["STATE"]) if established else None,
            prefixes_sent=number(row["PREFIXES_SENT"]),
            address_family=word(row["FAMILY"]),
        )


def bfd_session(row: Row) -> BfdSession:
    """Read one session."""
    packet = tuple(" ".join(line.split()) for line in lines(row["PACKET"]))
    if row["MIN_ECHO"]:
        packet = (*packet, f"Min Echo interval: {row['MIN_ECHO']}")
    return BfdSession(
        our_address=optional_address(row["OUR"]),
        neighbor_address=address(row["NEIGHBOR"]),
        vrf=word(row["VRF"]),
        local_discriminator=int(row["LOCAL"]),
        remote_discriminator=int(row["REMOTE"]),
        remote_heard=row["REMOTE_HEARD"],
        state=row["STATE"],
        interface=word(row["INTERFACE"]),
        echo=None if not row["ECHO"] else row["ECHO"] == "using",
        echo_interval_ms=number(row["ECHO_MS"]),
        session_host=word(row["HOST"]),
        handle=number(row["HANDLE"]),
        diagnostic=number(row["DIAGNOSTIC"]),
        min_tx_us=number(row["MIN_TX"]),
        min_rx_us=number(row["MIN_RX"]),
        multiplier=number(row["MULTIPLIER"]),
        received_min_rx_us=number(row["RECEIVED_MIN_RX"]),
        received_multiplier=number(row["RECEIVED_MULTIPLIER"]),
        hold_down_ms=number(row["HOLD_DOWN"]),
        hold_down_hits=number(row["HOLD_DOWN_HITS"]),
        hello_ms=number(row["HELLO"]),
        hello_hits=number(row["HELLO_HITS"]),
        rx_count=number(row["RX_COUNT"]),
        tx_count=number(row["TX_COUNT"]),
        echo_rx_count=number(row["ECHO_RX_COUNT"]),
        echo_tx_count=number(row["ECHO_TX_COUNT"]),
        protocols=tuple(row["PROTOCOLS"].split()),
        template=word(row["TEMPLATE"]),
        uptime_s=duration(row["UPTIME"]),
        downtime_s=duration(row["DOWNTIME"]),
        last_packet=packet,
    )
