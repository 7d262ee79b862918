"""Checks of the path between two spokes: the proof of phase 3 (reference/PHASES.md section 5).

Before traffic CEF sends to the hub; after traffic a dynamic peer with T1 or T2 stands in `show
dmvpn`, an H route or an override in `show ip route`, CEF sends to the other spoke, and a
traceroute takes one hop. The records carry made-up command names for the moments they were read
at (`BEFORE`, `AFTER`, ...). Which pairs are tried stands in `expect`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from automation.checks.base import Check, Records, Severity, Verdict, failed, passed, skipped
from automation.checks.expect import Expectation, ExpectedPath
from parsers.records import Attribute, CefPath, DmvpnPeer, Record, Route

BEFORE = "show ip cef (before traffic)"
AFTER = "show ip cef (after traffic)"
PEERS = "show dmvpn (after traffic)"
ROUTES = "show ip route (after traffic)"
PING = "ping"
TRACEROUTE = "traceroute"

MAY_LOSE = 1
"""The first packet may be lost while the direct tunnel is set up (PHASES section 6, V6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinged(Record):
    """What a ping between two LANs showed."""

    sent: int
    received: int
    marks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced(Record):
    """What a traceroute between two LANs showed."""

    hops: tuple[str, ...]
    """Address of each hop, `*` where nobody answered."""
    reached: bool


def learned(peer: DmvpnPeer) -> bool:
    """Tell whether a peer is one that a shortcut leads to."""
    return bool({Attribute.ROUTE_INSTALLED, Attribute.NEXTHOP_OVERRIDE} & set(peer.attributes))


def by_hub_before(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if CEF sends to the hub before traffic; skip if a shortcut stood already; else fail.

    Remedy: in phase 3 the hub stays next hop (next-hop-self) or advertises a summary.
    """
    path = _path(expectation)
    hops = _next_hops(records, BEFORE)
    if hops == {str(path.hub.address)}:
        yield passed(path.target, f"via {path.hub.name} {path.hub.address}")
    elif hops == {str(path.peer.address)} and _shortcut_rows(path, records):
        yield skipped(path.target, "a shortcut stood already")
    else:
        yield failed(
            path.target,
            f"next hop {_said(hops)}, expected {path.hub.address} ({path.hub.name})",
            records.lines(BEFORE, "nexthop"),
            "check next-hop-self and the summary of the hub",
        )


def traffic_passes(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if pings between the LANs are answered, the first perhaps not; fail if more is lost.

    Remedy: nothing answered: routes on both ends; later ones lost: spoke-to-spoke underlay.
    """
    path = _path(expectation)
    for ping in records.rows(PING, Pinged):
        count = f"{ping.received} of {ping.sent} answered ({ping.marks})"
        if ping.marks.endswith("!") and ping.sent - ping.received <= MAY_LOSE:
            yield passed(str(path.destination), count)
        else:
            yield failed(
                str(path.destination),
                count,
                (),
                "check the routes on both ends and what the transport drops between the spokes",
            )


def shortcut_learned(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if the other spoke is a dynamic peer with T1 or T2 after traffic; fail if not.

    Remedy: `ip nhrp redirect` on the hub, `ip nhrp shortcut` on the spokes, one network-id.
    """
    path = _path(expectation)
    rows = [r for r in records.rows(PEERS, DmvpnPeer) if r.tunnel_address == path.peer.address]
    words = {attribute for row in rows for attribute in row.attributes}
    text = ", ".join(f"{row.state} {''.join(row.attributes)}" for row in rows)
    marks = {Attribute.ROUTE_INSTALLED, Attribute.NEXTHOP_OVERRIDE}
    if Attribute.DYNAMIC in words and words & marks and all(row.state == "UP" for row in rows):
        yield passed(f"{path.target} {path.peer.address}", text)
    else:
        yield failed(
            f"{path.target} {path.peer.address}",
            f"{text or 'no such peer'}, expected UP with D and T1 or T2",
            records.lines(PEERS, str(path.peer.address)),
            "check `ip nhrp redirect` on the hub and `ip nhrp shortcut` on both spokes",
        )


def shortcut_installed(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if an H route or a next-hop override leads to the other spoke; fail if not.

    Remedy: as for the shortcut itself; a missing route to the prefix on the far end is another.
    """
    path = _path(expectation)
    rows = _shortcut_rows(path, records)
    if rows:
        kind = "H route" if rows[0].code == "H" else "next-hop override (%)"
        yield passed(str(path.prefix), f"{kind} {rows[0].prefix}")
    else:
        yield failed(
            str(path.prefix),
            "neither an H route nor an override",
            records.lines(ROUTES, str(path.prefix.network_address)),
            "check `ip nhrp redirect` on the hub and `ip nhrp shortcut` on both spokes",
        )


def shortcut_used(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if CEF sends to the other spoke after traffic; fail if it still sends to the hub.

    Remedy: no shortcut: redirect and shortcut commands; shortcut there: look at the peer's state.
    """
    path = _path(expectation)
    hops = _next_hops(records, AFTER)
    if hops == {str(path.peer.address)}:
        yield passed(path.target, f"next hop {path.peer.address}")
        return
    hub = " (hub)" if hops == {str(path.hub.address)} else ""
    yield failed(
        path.target,
        f"next hop {_said(hops)}{hub}, expected {path.peer.address}",
        records.lines(AFTER, "nexthop"),
        f"look at `show ip nhrp` on {path.source} and the tunnel between the two spokes",
    )


def one_hop(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if a traceroute between the LANs takes one hop; fail if it takes more.

    Remedy: two hops with the hub first: the shortcut is not used, see T-CEF-004.
    """
    path = _path(expectation)
    for trace in records.rows(TRACEROUTE, Traced):
        way = " ".join(trace.hops) or "no hop"
        if trace.reached and len(trace.hops) == 1:
            yield passed(str(path.destination), f"1 hop ({way})")
        else:
            end = f"{len(trace.hops)} hops" if trace.reached else "not reached"
            yield failed(
                str(path.destination),
                f"{end}: {way}; expected 1",
                records.lines(TRACEROUTE, "msec"),
                "look at T-CEF-004 of the same pair first",
            )


def _path(expectation: Expectation) -> ExpectedPath:
    if expectation.path is None:
        msg = "a path check needs an expected path"
        raise ValueError(msg)
    return expectation.path


def _next_hops(records: Records, command: str) -> set[str]:
    """Give where CEF sends packets; of a recursive path (BGP, static) where it leads in the end.

    It prints `recursive via A` and below it `nexthop B IF`, or `attached to IF` if A is the end.
    """
    rows = records.rows(command, CefPath)
    for action in ("nexthop", "recursive"):
        hops = {str(row.next_hop) for row in rows if row.action == action and row.next_hop}
        if hops:
            return hops
    return {str(row.next_hop or row.action) for row in rows}


def _said(hops: set[str]) -> str:
    return ", ".join(sorted(hops)) or "none"


def _shortcut_rows(path: ExpectedPath, records: Records) -> list[Route]:
    """Find the routes that NHRP made or overrode for the destination."""
    rows = [
        row
        for row in records.rows(ROUTES, Route)
        if isinstance(row.prefix, IPv4Network) and path.destination in row.prefix
    ]
    made = [r for r in rows if r.code.startswith("H") and r.next_hop == path.peer.address]
    return made or [row for row in rows if row.overridden or row.nho]


_TAGS = frozenset({"path", "phase3", "active"})

CHECKS = (
    Check(
        id="T-CEF-003",
        title="before traffic by the hub",
        commands=(BEFORE, ROUTES),
        severity=Severity.MINOR,
        tags=_TAGS,
        judge=by_hub_before,
    ),
    Check(
        id="T-PING-001",
        title="traffic passes",
        commands=(PING,),
        severity=Severity.CRITICAL,
        tags=_TAGS,
        judge=traffic_passes,
    ),
    Check(
        id="T-NHRP-005",
        title="shortcut learned",
        commands=(PEERS,),
        severity=Severity.MAJOR,
        tags=_TAGS,
        judge=shortcut_learned,
    ),
    Check(
        id="T-ROUTE-003",
        title="shortcut in the routing table",
        commands=(ROUTES,),
        severity=Severity.MAJOR,
        tags=_TAGS,
        judge=shortcut_installed,
    ),
    Check(
        id="T-CEF-004",
        title="shortcut used",
        commands=(AFTER,),
        severity=Severity.MAJOR,
        tags=_TAGS,
        judge=shortcut_used,
    ),
    Check(
        id="T-PATH-001",
        title="one hop between the spokes",
        commands=(TRACEROUTE,),
        severity=Severity.MAJOR,
        tags=_TAGS,
        judge=one_hop,
    ),
)
