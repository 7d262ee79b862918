"""Checks of IPsec: a session with every permanent peer. What NHRP does with it: `overlay`."""

from collections.abc import Iterator

from automation.checks.base import Check, Records, Severity, Verdict, failed, passed, skipped
from automation.checks.expect import Expectation
from parsers.records import CryptoSession

SESSIONS = "show crypto session"


def sessions_active(expectation: Expectation, records: Records) -> Iterator[Verdict]:
    """Pass if the session with every permanent peer is UP-ACTIVE; fail if not; skip without IPsec.

    Remedy: DOWN: pre-shared key, proposals, UDP 500 and 4500 on the way; UP-IDLE: no SA pair yet.
    """
    rows = records.rows(SESSIONS, CryptoSession)
    for tunnel in expectation.tunnels:
        if not tunnel.protected:
            yield skipped(tunnel.interface, "no IPsec on this tunnel")
            continue
        # one peer may show several sessions (a dead one beside its successor): the best counts
        found = {
            row.peer_address: row
            for row in sorted(rows, key=lambda row: row.status == "UP-ACTIVE")
            if row.interface == tunnel.interface
        }
        for peer in tunnel.permanent:
            subject = f"{peer.name} {peer.nbma or peer.address}"
            if peer.nbma is None:
                yield skipped(subject, "the fabric does not know the NBMA address of this peer")
                continue
            row = found.get(peer.nbma)
            if row and row.status == "UP-ACTIVE":
                yield passed(subject, "UP-ACTIVE")
                continue
            state = row.status if row else "no session"
            yield failed(
                subject,
                f"{state}, expected UP-ACTIVE",
                records.lines(SESSIONS, str(peer.nbma)),
                "compare pre-shared key and proposals; look for UDP 500/4500 and ESP on the way",
            )


CHECKS = (
    Check(
        id="T-IPSEC-001",
        title="IPsec session with every peer",
        commands=(SESSIONS,),
        severity=Severity.CRITICAL,
        tags=frozenset({"crypto"}),
        judge=sessions_active,
        applies=lambda e: any(tunnel.protected for tunnel in e.tunnels),
    ),
)
