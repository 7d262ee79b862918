"""Random tables, drawn in the forms that captures show, read back to the same values.

The drawing here is as plain as can be (widths of the columns, nothing else); the forms are those of
reference captures, one function a form.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import parse, parse_as
from parsers.records import (
    Adjacency,
    BgpNeighbor,
    BgpPath,
    CefPath,
    DmvpnDetailPeer,
    DmvpnPeer,
    EigrpNeighbor,
    NhrpBrief,
    NhrpEntry,
    NhrpEvent,
    NhrpFlag,
    NhrpSummary,
    NhrpTraffic,
    OspfNeighbor,
    Route,
)

COUNT = st.integers(0, 99_999)
ADDRESS = st.integers(1 << 24, (224 << 24) - 1).map(IPv4Address)
PREFIX = st.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    ADDRESS,
    st.integers(8, 32),
)
TUNNEL = st.integers(0, 2_147_483_647).map("Tunnel{}".format)
SHORT = st.integers(0, 9_999).map("Tu{}".format)
LONG = st.one_of(TUNNEL, st.integers(0, 9).map("GigabitEthernet0/{}".format))
SECONDS = st.integers(0, 86_399)
ATTRIBUTES = st.sampled_from(
    ["S", "D", "I2", "IX", "DX", "DN", "DNX", "DT1", "DT2", "DT1T2", "SC", "DLX", "DB"]
)
STATE = st.sampled_from(["UP", "NHRP", "IKE", "IPSEC", "INTF"])
FLAGS = st.lists(st.sampled_from(list(NhrpFlag)), max_size=4, unique=True).map(tuple)


def clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def values(records: tuple[Any, ...], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(getattr(record, name) for name in names) for record in records]


# --- show dmvpn -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One entry behind an NBMA peer."""

    tunnel: IPv4Address
    state: str
    since: int
    attributes: str
    target: IPv4Network


ENTRY = st.builds(Entry, ADDRESS, STATE, SECONDS, ATTRIBUTES, PREFIX)
NBMA = st.one_of(ADDRESS, st.none())
CLOUD = st.lists(
    st.tuples(TUNNEL, st.lists(st.tuples(NBMA, st.lists(ENTRY, min_size=1, max_size=3)))),
    max_size=3,
)


def entry_values(entry: Entry) -> tuple[object, ...]:
    return entry.tunnel, entry.state, entry.since, entry.attributes


def spoken(nbma: IPv4Address | None) -> str:
    return str(nbma or "UNKNOWN")


@settings(max_examples=25)
@given(CLOUD)
def test_dmvpn(cloud: list[tuple[str, list[tuple[IPv4Address | None, list[Entry]]]]]) -> None:
    lines: list[str] = []
    expected = []
    for tunnel, peers in cloud:
        lines += [
            f"Interface: {tunnel}, IPv4 NHRP Details ",
            f"Type:Hub, NHRP Peers:{len(peers)}, ",
        ]
        lines += ["", " # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb"]
        lines += [" ----- --------------- --------------- ----- -------- -----"]
        for nbma, entries in peers:
            for number, entry in enumerate(entries):
                head = f" {len(entries):5} {spoken(nbma):15}" if number == 0 else " " * 22
                lines.append(
                    f"{head} {entry.tunnel!s:>15} {entry.state:>5} {clock(entry.since):>8}"
                    f" {entry.attributes:>5}"
                )
                expected.append((tunnel, len(peers), len(entries), nbma, *entry_values(entry)))
        lines.append("")
    read = parse_as(DmvpnPeer, "show dmvpn", "\n".join(lines))
    names = ("interface", "peers", "entries", "nbma_address", "tunnel_address", "state", "since_s")
    got = [
        (*row, "".join(record.attributes))
        for row, record in zip(values(read, *names), read, strict=True)
    ]
    assert got == expected


@settings(max_examples=25)
@given(CLOUD)
def test_dmvpn_detail(
    cloud: list[tuple[str, list[tuple[IPv4Address | None, list[Entry]]]]],
) -> None:
    lines: list[str] = []
    expected = []
    for tunnel, peers in cloud:
        lines += [f'Interface {tunnel} is up/up, Addr. is 10.0.0.1, VRF "" ']
        lines += ['   Tunnel Src./Dest. addr: 192.0.2.1/MGRE, Tunnel VRF ""']
        lines += ['   Protocol/Transport: "multi-GRE/IP", Protect "p" ']
        lines += [f"Type:Hub, Total NBMA Peers (v4/v6): {len(peers)}", ""]
        lines += ["# Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb    Target Network"]
        lines += ["----- --------------- --------------- ----- -------- ----- -----------------"]
        for nbma, entries in peers:
            for number, entry in enumerate(entries):
                head = f"{len(entries):5}" if number == 0 else " " * 5
                lines.append(
                    f"{head} {spoken(nbma):15} {entry.tunnel!s:>15} {entry.state:>5}"
                    f" {clock(entry.since):>8} {entry.attributes:>5} {entry.target!s:>17}"
                )
                expected.append((tunnel, len(entries), nbma, entry.tunnel, entry.target))
        lines.append("")
    read = parse_as(DmvpnDetailPeer, "show dmvpn detail", "\n".join(lines))
    names = ("interface", "entries", "nbma_address", "tunnel_address", "target_network")
    assert values(read, *names) == expected


# --- show ip nhrp ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cached:
    """One entry of the cache."""

    network: IPv4Network
    via: IPv4Address
    tunnel: str
    created: int
    expires: int | None
    kind: str
    flags: tuple[NhrpFlag, ...]
    nbma: IPv4Address
    claimed: IPv4Address | None
    no_socket: bool


CACHE = st.lists(
    st.builds(
        Cached,
        PREFIX,
        ADDRESS,
        TUNNEL,
        SECONDS,
        st.one_of(st.none(), SECONDS),
        st.sampled_from(["static", "dynamic"]),
        FLAGS,
        ADDRESS,
        st.one_of(st.none(), ADDRESS),
        st.booleans(),
    )
)


def cached(entry: Cached, *, one_line: bool) -> list[str]:
    expires = "never expire " if entry.expires is None else f"expire {clock(entry.expires)}"
    told = f"{entry.tunnel} created {clock(entry.created)}, {expires}"
    head = f"{entry.network} via {entry.via}"
    lines = [f"{head}, {told}"] if one_line else [head, f"   {told}"]
    lines += [f"   Type: {entry.kind}, Flags: {' '.join(entry.flags)} "]
    lines += [f"   NBMA address: {entry.nbma} "]
    lines += [f"    (Claimed NBMA address: {entry.claimed}) "] if entry.claimed else []
    return lines + (["    (no-socket) "] if entry.no_socket else [])


@settings(max_examples=25)
@given(CACHE, st.booleans())
def test_nhrp(cache: list[Cached], one_line: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    text = "\n".join(line for entry in cache for line in cached(entry, one_line=one_line))
    read = parse_as(NhrpEntry, "show ip nhrp", text)
    names = ("network", "via", "interface", "created_s", "expires_s", "type", "flags")
    assert values(read, *names, "nbma_address", "claimed_nbma_address", "no_socket") == [
        (*vars(one).values(),) for one in cache
    ]


@settings(max_examples=25)
@given(st.lists(st.tuples(PREFIX, ADDRESS, ADDRESS, st.sampled_from(["static", "dynamic"]), SHORT)))
def test_nhrp_brief(
    rows: list[tuple[IPv4Network, IPv4Address, IPv4Address, str, str]],
) -> None:
    lines = ["   Target             Via            NBMA           Mode   Intfc   Claimed"]
    for target, via, nbma, mode, interface in rows:
        lines += [f"{target!s:>20} {via!s:15} {nbma!s:15} {mode:8} {interface:7} <   >"]
    read = parse_as(NhrpBrief, "show ip nhrp brief", "\n".join(lines))
    assert values(read, "network", "via", "nbma_address", "type", "interface") == rows


@settings(max_examples=25)
@given(st.lists(st.tuples(TUNNEL, st.lists(COUNT, min_size=9, max_size=9)), max_size=4))
def test_nhrp_traffic(tunnels: list[tuple[str, list[int]]]) -> None:
    lines: list[str] = []
    for tunnel, counts in tunnels:
        lines.append(f"{tunnel}: Max-send limit:100Pkts/10Sec, Usage:0%")
        for direction in ("Sent", "Rcvd"):
            a, b, c, d, e, f, g, h, i = counts
            lines += [
                f"   {direction}: Total {sum(counts)}",
                f"         {a} Resolution Request  {b} Resolution Reply  {c} Registration Request",
                f"         {d} Registration Reply  {e} Purge Request  {f} Purge Reply",
                f"         {g} Error Indication  {h} Traffic Indication  {i} Redirect Suppress",
            ]
    read = parse_as(NhrpTraffic, "show ip nhrp traffic", "\n".join(lines))
    names = ("resolution_requests", "resolution_replies", "registration_requests")
    names += ("registration_replies", "purge_requests", "purge_replies", "error_indications")
    got = values(read, "interface", "total", *names, "traffic_indications", "redirect_suppressed")
    assert got == [
        (tunnel, sum(counts), *counts) for tunnel, counts in tunnels for _ in ("Sent", "Rcvd")
    ]


@settings(max_examples=25)
@given(COUNT, st.lists(COUNT, min_size=3, max_size=3))
def test_nhrp_summary(size: int, counts: list[int]) -> None:
    static, dynamic, incomplete = counts
    text = (
        f"IP NHRP cache {sum(counts)} entries, {size} bytes\n"
        f"    {static} static   {dynamic} dynamic    {incomplete} incomplete\n"
    )
    read = parse_as(NhrpSummary, "show ip nhrp summary", text)
    assert values(read, "entries", "size_bytes", "static", "dynamic", "incomplete") == [
        (sum(counts), size, *counts)
    ]


EVENT = st.tuples(
    st.sampled_from("SR"),
    st.sampled_from(["UP", "Add Route", "T/O EP Deleted", "Label-OI Bind", "remove iPDB"]),
    COUNT,
    COUNT,
)


@settings(max_examples=25)
@given(st.lists(EVENT))
def test_nhrp_stats(events: list[tuple[str, str, int, int]]) -> None:
    cells = [f"[{way}]{name:27}: {count}[{errors}]" for way, name, count, errors in events]
    pairs = [cells[at : at + 2] for at in range(0, len(cells), 2)]
    lines = [" RIB Events Stats:"]
    lines += ["        " + "".join(f"{cell:40}" for cell in pair).rstrip() for pair in pairs]
    read = parse_as(NhrpEvent, "show ip nhrp stats", "\n".join(lines))
    assert values(read, "event", "count", "errors") == [event[1:] for event in events]


# --- routes and CEF -------------------------------------------------------------------------------

PATHS = st.lists(st.tuples(ADDRESS, SECONDS, LONG), min_size=1, max_size=3)
CODE = st.sampled_from(["S", "B", "D", "D EX", "O", "O IA", "O E2", "R", "H", "i L1"])
MARK = st.sampled_from(["", "%", "+", "&"])
ROUTES = st.lists(st.tuples(CODE, MARK, PREFIX, COUNT, COUNT, PATHS, st.booleans()))


@settings(max_examples=25)
@given(ROUTES)
def test_routes(
    table: list[tuple[str, str, IPv4Network, int, int, list[tuple[IPv4Address, int, str]], bool]],
) -> None:
    lines = ["Gateway of last resort is not set", ""]
    expected = []
    for code, mark, prefix, distance, metric, paths, override in table:
        head = f"{code:4}{mark or ' '}  {prefix}"
        for number, (hop, age, interface) in enumerate(paths):
            nho = override and number == len(paths) - 1 > 0
            lead = head if number == 0 else " " * len(head)
            lines.append(
                f"{lead} {'[NHO]' if nho else ''}[{distance}/{metric}] via {hop}, {clock(age)},"
                f" {interface}"
            )
            expected.append(
                (code, mark == "%", mark == "+", prefix, distance, metric, hop, age, interface, nho)
            )
    read = parse_as(Route, "show ip route", "\n".join(lines).replace("] [NHO]", "][NHO]"))
    names = ("code", "overridden", "replicated", "prefix", "distance", "metric", "next_hop")
    assert values(read, *names, "age_s", "interface", "nho") == expected


@settings(max_examples=25)
@given(st.lists(st.tuples(PREFIX, st.lists(st.tuples(ADDRESS, LONG), max_size=3))))
def test_cef_table(table: list[tuple[IPv4Network, list[tuple[IPv4Address, str]]]]) -> None:
    lines = [f"{'Prefix':21}{'Next Hop':21}Interface"]
    expected: list[tuple[object, ...]] = []
    for prefix, paths in table:
        if not paths:
            lines.append(f"{prefix!s:21}drop")
            expected.append((prefix, "drop", None, None))
        for number, (hop, interface) in enumerate(paths):
            lines.append(f"{prefix if number == 0 else ''!s:21}{hop!s:21}{interface}")
            expected.append((prefix, "nexthop", hop, interface))
    read = parse_as(CefPath, "show ip cef", "\n".join(lines))
    assert values(read, "prefix", "action", "next_hop", "interface") == expected


@settings(max_examples=25)
@given(st.lists(st.tuples(LONG, ADDRESS, COUNT, COUNT, COUNT, st.booleans())))
def test_adjacencies(rows: list[tuple[str, IPv4Address, int, int, int, bool]]) -> None:
    lines = ["Protocol Interface                 Address"]
    for interface, address, references, packets, size, incomplete in rows:
        end = " (incomplete)" if incomplete else ""
        lines += [f"IP       {interface:25} {address}({references}){end}"]
        lines += [f"{'':35}{packets} packets, {size} bytes", f"{'':35}epoch 0"]
    read = parse_as(Adjacency, "show adjacency detail", "\n".join(lines))
    names = ("interface", "address", "references", "packets", "bytes", "incomplete")
    assert values(read, *names) == rows


# --- neighbours -----------------------------------------------------------------------------------

EIGRP = st.tuples(COUNT, ADDRESS, SHORT, COUNT, SECONDS, COUNT, COUNT, COUNT, COUNT)


@settings(max_examples=25)
@given(st.integers(1, 65_535), st.lists(EIGRP), st.booleans())
def test_eigrp_neighbours(
    asn: int,
    rows: list[tuple[int, IPv4Address, str, int, int, int, int, int, int]],
    detail: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    lines = [f"EIGRP-IPv4 Neighbors for AS({asn})"]
    lines += ["H   Address                 Interface              Hold Uptime   SRTT   RTO  Q  Seq"]
    lines += ["                                                   (sec)         (ms)       Cnt Num"]
    for handle, address, interface, hold, up, srtt, rto, queue, sequence in rows:
        lines.append(
            f"{handle:<3} {address!s:23} {interface:22} {hold:4} {clock(up)} {srtt:5} {rto:5}"
            f" {queue:2} {sequence}"
        )
        if detail:
            lines += [f"   Version 23.0/2.0, Retrans: {srtt}, Retries: {rto}, Prefixes: {hold}"]
            lines += ["   Topology-ids from peer - 0 "]
    read = parse_as(EigrpNeighbor, "show ip eigrp neighbors detail", "\n".join(lines))
    names = ("handle", "address", "interface", "hold_s", "uptime_s", "srtt_ms", "rto_ms")
    assert values(read, *names, "queue", "sequence") == rows
    assert {one.asn for one in read} <= {asn}
    assert [one.prefixes for one in read] == [row[3] if detail else None for row in rows]


ROLE = st.sampled_from(["DR", "BDR", "DROTHER", None])
OSPF = st.tuples(
    ADDRESS, st.integers(0, 255), st.sampled_from(["FULL", "2WAY"]), ROLE, SECONDS, ADDRESS, LONG
)


@settings(max_examples=25)
@given(st.lists(OSPF))
def test_ospf_neighbours(
    rows: list[tuple[IPv4Address, int, str, str | None, int, IPv4Address, str]],
) -> None:
    lines = ["Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    for neighbour, priority, state, role, dead, address, interface in rows:
        told = f"{state}/{role or '  -'}"
        lines.append(
            f"{neighbour!s:15} {priority:3}   {told:15} {clock(dead):11} {address!s:15} {interface}"
        )
    read = parse_as(OspfNeighbor, "show ip ospf neighbor", "\n".join(lines))
    names = ("neighbor_id", "priority", "state", "role", "dead_time_s", "address", "interface")
    assert values(read, *names) == rows


BGP_STATE = st.one_of(COUNT, st.sampled_from(["Idle", "Active", "Connect", "Idle (Admin)"]))
ASN = st.integers(1, 4_294_967_295)


@settings(max_examples=25)
@given(st.lists(st.tuples(ADDRESS, ASN, COUNT, COUNT, COUNT, SECONDS, BGP_STATE, st.booleans())))
def test_bgp_neighbours(
    rows: list[tuple[IPv4Address, int, int, int, int, int, int | str, bool]],
) -> None:
    lines = ["BGP router identifier 10.0.0.1, local AS number 65000"]
    lines += ["BGP table version is 1, main routing table version 1", ""]
    lines += [
        "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"
    ]
    expected = []
    for address, asn, received, sent, version, up, state, dynamic in rows:
        name = f"*{address}" if dynamic else f"{address}"
        lines.append(
            f"{name:15} 4 {asn:12} {received:7} {sent:7} {version:8}    0    0 {clock(up)}"
            f" {state:>8}"
        )
        established = isinstance(state, int)
        expected.append(
            (address, str(asn), received, sent, version, up, dynamic)
            + (("Established", state) if established else (state, None))
        )
    read = parse_as(BgpNeighbor, "show ip bgp summary", "\n".join(lines))
    names = ("address", "asn", "messages_received", "messages_sent", "table_version", "updown_s")
    assert values(read, *names, "dynamic", "state", "prefixes_received") == expected


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            PREFIX,
            st.sampled_from([("*",), ("*", ">"), ("*", ">", "i"), ("r", ">", "i")]),
            ADDRESS,
            st.one_of(st.none(), COUNT),
            st.one_of(st.none(), COUNT),
            COUNT,
            st.lists(ASN, max_size=3),
            st.sampled_from("ie?"),
        )
    )
)
def test_bgp_table(rows: list[tuple[Any, ...]]) -> None:
    lines = ["BGP table version is 1, local router ID is 10.0.0.1"]
    lines += ["     Network          Next Hop            Metric LocPrf Weight Path"]
    expected = []
    for prefix, status, hop, metric, preference, weight, path, origin in rows:
        told = "" if metric is None else metric
        wanted = "" if preference is None else preference
        words = " ".join(map(str, path))
        mark = "".join(status)
        entry = f"{hop!s:20}{told:>6}{wanted:>7}{weight:>7} {words + ' ' if words else ''}{origin}"
        name = f" {mark:3}  {prefix}"
        lines += [f"{name:23}{entry}"] if len(name) < 23 else [name, f"{'':23}{entry}"]
        expected.append((prefix, status, hop, metric, preference, weight, words, origin))
    read = parse_as(BgpPath, "show ip bgp", "\n".join(lines))
    names = ("network", "status", "next_hop", "metric", "local_preference", "weight")
    assert values(read, *names, "as_path", "origin") == expected


def test_nothing_drawn_is_nothing_read() -> None:
    assert parse("show dmvpn", "") == ()
