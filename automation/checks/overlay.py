"""Checks of the overlay: tunnels and NHRP registrations, seen from both ends.

Formats and meaning of flags: reference/PHASES.md section 2. Paths between spokes: `path`.
"""

from collections.abc import Iterator

from automation.checks.base import Check, Records, Severity, Verdict, failed, passed
from automation.checks.expect import Expectation, ExpectedPeer
from parsers.records import Attribute, DmvpnPeer, InterfaceBrief, NhrpEntry, NhrpServer

DMVPN = "show dmvpn"
NHRP = "show ip nhrp"
SERVERS = "show ip nhrp nhs detail"
INTERFACES = "show ip interface brief"

LAYER = {
    "IKE": "IKE (phase 1) does not come up",
    "IPSEC": "IKE is up, IPsec (phase 2) is not",
    "NHRP": "crypto is fine, but NHRP does not answer",
    "INTF": "the line protocol of the tunnel is down",
}
"""The state column of `show dmvpn` names the layer that fails."""


def tunnel_up(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if the tunnel is up/up; fail if it is missing or down.

    Remedy: look at the tunnel source, the WAN interface below it and the route to the hub.
    """
    found = {row.interface: row for row in records.rows(INTERFACES, InterfaceBrief)}
    for tunnel in expectation.tunnels:
        row = found.get(tunnel.interface)
        state = f"{row.status}/{row.protocol}" if row else "not configured"
        if state == "up/up":
            yield passed(tunnel.interface, "up/up")
        else:
            yield failed(
                tunnel.interface,
                f"{state}, expected up/up",
                records.lines(INTERFACES, tunnel.interface),
                "check the tunnel source and the WAN interface, then `dmvpn plan`",
            )


def servers_respond(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if every next-hop server of the spoke answers registrations (RE); fail if not.

    Remedy: compare tunnel key, NHRP authentication and the NBMA address of the hub.
    """
    rows = records.rows(SERVERS, NhrpServer)
    for tunnel in expectation.tunnels:
        found = {r.nhs_address: r for r in rows if r.interface == tunnel.interface}
        for hub in tunnel.servers:
            row = found.get(hub.address)
            if row and {"R", "E"} <= set(row.flags):
                yield passed(f"{hub.name} {hub.address}", "responding (RE)")
                continue
            yield failed(
                f"{hub.name} {hub.address}",
                _silence(row, hub),
                records.lines(SERVERS, str(hub.address)),
                "compare tunnel key, NHRP authentication and NBMA address with the hub",
            )


def _silence(row: NhrpServer | None, hub: ExpectedPeer) -> str:
    if row is None:
        return f"NHS {hub.address} is not configured"
    counts = ""
    if row.requests_sent is not None:
        counts = f", {row.replies_received or 0} replies of {row.requests_sent} requests"
    return f"NHS {hub.address} not responding: state {''.join(row.flags) or 'none'}{counts}"


def spokes_registered(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if the hub holds a registration of every spoke from its NBMA address; fail if not.

    Remedy: look at the spoke's own side first; an old registration from another address ends
    with its holdtime, or with `clear ip nhrp` on the hub.
    """
    rows = records.rows(NHRP, NhrpEntry)
    for tunnel in expectation.tunnels:
        found = {
            row.target_address: row
            for row in rows
            if row.interface == tunnel.interface and "registered" in row.flags
        }
        for spoke in tunnel.clients:
            row = found.get(spoke.address)
            subject = f"{spoke.name} {spoke.address}"
            # behind NAT the outer address differs; the claimed one is the router's own
            seen = row and {row.nbma_address, row.claimed_nbma_address}
            if row and seen and (spoke.nbma is None or spoke.nbma in seen):
                yield passed(subject, f"registered from {row.nbma_address}")
            elif row:
                yield failed(
                    subject,
                    f"registered from {row.nbma_address}, the fabric says {spoke.nbma}",
                    records.lines(NHRP, str(spoke.address)),
                    "another router uses this overlay address, or the WAN address changed",
                )
            else:
                yield failed(
                    subject,
                    "no registration on this hub",
                    records.lines(NHRP, str(spoke.address)),
                    f"look at {spoke.name}: show dmvpn, show ip nhrp nhs detail",
                )


def peers_up(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if every permanent peer is UP without I or X; fail with the layer that is down.

    Remedy: IKE: pre-shared key and proposals; IPSEC: transform set; NHRP: key, authentication.
    """
    rows = records.rows(DMVPN, DmvpnPeer)
    for tunnel in expectation.tunnels:
        found = {r.tunnel_address: r for r in rows if r.interface == tunnel.interface}
        for peer in tunnel.permanent:
            row = found.get(peer.address)
            subject = f"{peer.name} {peer.address}"
            problem = _trouble(row)
            if problem:
                yield failed(
                    subject,
                    problem,
                    records.lines(DMVPN, str(peer.address)),
                    "compare pre-shared key, proposals, tunnel key and authentication",
                )
            else:
                yield passed(subject, "UP")


def _trouble(row: DmvpnPeer | None) -> str:
    if row is None:
        return "no such peer"
    if row.state != "UP":
        return f"state {row.state}: {LAYER.get(row.state, 'not up')}"
    bad = [a for a in (Attribute.INCOMPLETE, Attribute.NO_SOCKET) if a in row.attributes]
    return f"UP, but attributes {''.join(row.attributes)}" if bad else ""


CHECKS = (
    Check(
        id="T-TUN-001",
        title="tunnel is up",
        commands=(INTERFACES,),
        severity=Severity.CRITICAL,
        tags=frozenset({"overlay"}),
        judge=tunnel_up,
    ),
    Check(
        id="T-NHRP-001",
        title="every spoke is registered",
        commands=(NHRP,),
        severity=Severity.CRITICAL,
        tags=frozenset({"overlay", "nhrp"}),
        judge=spokes_registered,
        applies=lambda e: any(tunnel.clients for tunnel in e.tunnels),
    ),
    Check(
        id="T-NHRP-002",
        title="registered with every NHS",
        commands=(SERVERS,),
        severity=Severity.CRITICAL,
        tags=frozenset({"overlay", "nhrp"}),
        judge=servers_respond,
        applies=lambda e: any(tunnel.servers for tunnel in e.tunnels),
    ),
    Check(
        id="T-NHRP-003",
        title="peers are up",
        commands=(DMVPN,),
        severity=Severity.CRITICAL,
        tags=frozenset({"overlay", "nhrp"}),
        judge=peers_up,
    ),
)
