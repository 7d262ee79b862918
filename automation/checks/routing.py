"""Checks of routing: neighbours over the tunnel, and the routes the phase must show."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from automation.checks.base import Check, Records, Severity, Verdict, failed, passed
from automation.checks.expect import Expectation, ExpectedRoute, ExpectedTunnel
from parsers.records import BgpNeighbor, EigrpNeighbor, Route

ROUTES = "show ip route"
EIGRP = "show ip eigrp neighbors"
BGP = "show ip bgp summary"
NHRP_CODE = "H"


def eigrp_neighbors(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if EIGRP holds every neighbour over the tunnel; fail if one is missing.

    Remedy: look for the multicast map (hub: dynamic; spoke: the hub's NBMA), then AS and keys.
    """
    rows = records.rows(EIGRP, EigrpNeighbor)
    for tunnel in expectation.tunnels:
        found = {
            row.address: row
            for row in rows
            if row.asn == tunnel.eigrp and _same_interface(row.interface, tunnel.interface)
        }
        for peer in tunnel.neighbors if tunnel.eigrp is not None else ():
            subject = f"{peer.name} {peer.address}"
            if peer.address in found:
                yield passed(subject, f"EIGRP {tunnel.eigrp} neighbour")
                continue
            yield failed(
                subject,
                f"no EIGRP {tunnel.eigrp} neighbour on {tunnel.interface}",
                records.lines(EIGRP, str(peer.address)),
                "check that multicast goes through NHRP on both ends, then AS number and networks",
            )


def _same_interface(short: str, name: str) -> bool:
    """Compare Tu100 with Tunnel100."""
    head = short.rstrip("0123456789")
    return name.startswith(head) and name[len(name.rstrip("0123456789")) :] == short[len(head) :]


def bgp_neighbors(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if BGP is established with every neighbour over the tunnel; fail if not.

    Remedy: check the listen range of the hub, the AS number and that TCP 179 gets through.
    """
    found = {row.address: row for row in records.rows(BGP, BgpNeighbor)}
    for tunnel in expectation.tunnels:
        for peer in tunnel.neighbors if tunnel.bgp is not None else ():
            subject = f"{peer.name} {peer.address}"
            row = found.get(peer.address)
            if row and row.state == "Established":
                yield passed(subject, f"BGP established, {row.prefixes_received} prefixes")
                continue
            yield failed(
                subject,
                f"BGP is {row.state if row else 'not configured or not dialled'}, "
                "expected Established",
                records.lines(BGP, str(peer.address)),
                "check the listen range, the AS number and TCP 179 between the overlay addresses",
            )


def routes_as_planned(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if every remote prefix is reached by the planned next hop; fail if not.

    NHRP's own routes (H) are left out: they are shortcuts, not routing.
    Remedy: look at the neighbour, the `network` lines of the owner and the summary of the hub.
    """
    rows = records.rows(ROUTES, Route)
    for tunnel in expectation.tunnels:
        for route in tunnel.routes:
            yield _route(rows, route, tunnel, records)


def _route(
    rows: Iterable[Route], route: ExpectedRoute, tunnel: ExpectedTunnel, records: Records
) -> Verdict:
    subject = f"{route.prefix} of {route.owner}"
    best = _best(rows, route)
    hops = {row.next_hop for row in best}
    if hops == {route.next_hop}:
        return passed(subject, f"via {route.next_hop} ({best[0].prefix})")
    if best:
        seen = ", ".join(sorted(str(row.next_hop or row.interface) for row in best))
        message = f"{best[0].prefix} via {seen}, expected via {route.next_hop}"
        evidence = records.lines(ROUTES, str(best[0].prefix.network_address))
    else:
        message = f"no route, expected via {route.next_hop} on {tunnel.interface}"
        evidence = ()
    return failed(
        subject,
        message,
        evidence,
        f"look at the neighbour first, then what {route.owner} advertises",
    )


def _best(rows: Iterable[Route], route: ExpectedRoute) -> list[Route]:
    """Find the longest match for a prefix among the routes that routing itself put there."""
    covering = [row for row in rows if _covers(row, route)]
    length = max((row.prefix.prefixlen for row in covering), default=0)
    return [row for row in covering if row.prefix.prefixlen == length]


def _covers(row: Route, route: ExpectedRoute) -> bool:
    if row.nho or row.code.split()[0] == NHRP_CODE or not isinstance(row.prefix, IPv4Network):
        return False
    return row.prefix == route.prefix or (not route.exact and route.prefix.subnet_of(row.prefix))


CHECKS = (
    Check(
        id="T-EIGRP-001",
        title="EIGRP neighbours over the tunnel",
        commands=(EIGRP,),
        severity=Severity.CRITICAL,
        tags=frozenset({"routing", "eigrp"}),
        judge=eigrp_neighbors,
        applies=lambda e: any(tunnel.eigrp is not None for tunnel in e.tunnels),
    ),
    Check(
        id="T-BGP-001",
        title="BGP neighbours over the tunnel",
        commands=(BGP,),
        severity=Severity.CRITICAL,
        tags=frozenset({"routing", "bgp"}),
        judge=bgp_neighbors,
        applies=lambda e: any(tunnel.bgp is not None for tunnel in e.tunnels),
    ),
    Check(
        id="T-ROUTE-001",
        title="remote prefixes by the planned next hop",
        commands=(ROUTES,),
        severity=Severity.CRITICAL,
        tags=frozenset({"routing"}),
        judge=routes_as_planned,
    ),
)
