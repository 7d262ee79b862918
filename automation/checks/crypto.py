"""Checks of IPsec: a session with every permanent peer. What NHRP does with it: `overlay`."""

from collections.abc import Iterator

from automation.checks.base import Check, Records, Severity, Verdict, failed, passed
from automation.checks.expect import Expectation
from parsers.records import CryptoSession, DmvpnPeer

SESSIONS = "show crypto session"
DMVPN = "show dmvpn"


def sessions_active(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if the session with every permanent peer is UP-ACTIVE; fail if not.

    A peer whose NBMA address the fabric does not know is looked up in `show dmvpn`.
    Remedy: DOWN: pre-shared key, proposals, UDP 500 and 4500 on the way; UP-IDLE: no SA pair yet.
    """
    peers = {row.tunnel_address: row.nbma_address for row in records.rows(DMVPN, DmvpnPeer)}
    rows = records.rows(SESSIONS, CryptoSession)
    for tunnel in expectation.tunnels:
        # one peer may show several sessions (a dead one beside its successor): the best counts
        found = {
            row.peer_address: row
            for row in sorted(rows, key=lambda row: row.status == "UP-ACTIVE")
            if tunnel.interface in row.interface.split()
        }
        for peer in tunnel.permanent if tunnel.protected else ():
            nbma = peer.nbma or peers.get(peer.address)
            subject = f"{peer.name} {nbma or peer.address}"
            row = found.get(nbma) if nbma else None
            if row and row.status == "UP-ACTIVE":
                yield passed(subject, "UP-ACTIVE")
                continue
            yield failed(
                subject,
                f"{row.status if row else 'no session'}, expected UP-ACTIVE",
                records.lines(SESSIONS, str(nbma)),
                "compare pre-shared key and proposals; look for UDP 500/4500 and ESP on the way",
            )


CHECKS = (
    Check(
        id="T-IPSEC-001",
        title="IPsec session with every peer",
        commands=(SESSIONS, DMVPN),
        severity=Severity.CRITICAL,
        tags=frozenset({"crypto"}),
        judge=sessions_active,
        applies=lambda e: any(tunnel.protected for tunnel in e.tunnels),
    ),
)
