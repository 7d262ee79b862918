"""Which of several next hop servers a client registers with.

Theory of operation ("Tunnel Health Monitoring and Recovery (Backup NHS)" in the vendor's DMVPN
guide; reference/DMVPN.md section 3). Servers stand in clusters (0 unless said). Within a cluster
the lowest priority number is best, then the order of entry, and at most `max-connections` servers
are in use; without that line all of them are.

    waiting     not asked at all                                             prints W
    running     asked, or answering                                          prints E, RE
    probing     three repetitions unanswered: declared down, asked on with
                the back-off of `registration`, holds no place meanwhile     prints E

A server that is declared down leaves its place to the best waiting one. When a better one than
those in use answers (a probe, or a line typed since), the surplus is given up after the fallback
time, if all the better ones still answer then: it waits again, and the hub forgets us with our
holdtime. Nothing is said to a server that is given up.
"""

from collections.abc import Iterable

from labs.twin.nhrp.entries import NhsState, NhsStatus

UNLIMITED = 255
"""Default and greatest value of `max-connections`."""


def ranked(servers: Iterable[NhsState], cluster: int) -> list[NhsState]:
    """List the servers of a cluster that are not declared down, best first."""
    alive = [s for s in servers if s.cluster == cluster and not s.announced_down]
    return sorted(alive, key=lambda server: server.priority)


def wanted(servers: Iterable[NhsState], cluster: int, limit: int) -> list[NhsState]:
    """List the servers that should be in use and are not asked yet."""
    return [s for s in ranked(servers, cluster)[:limit] if s.status is NhsStatus.WAITING]


def surplus(servers: Iterable[NhsState], cluster: int, limit: int) -> list[NhsState]:
    """List the servers to give up; none as long as a better one does not answer."""
    order = ranked(servers, cluster)
    if any(server.status is not NhsStatus.RESPONDING for server in order[:limit]):
        return []
    return [server for server in order[limit:] if server.status is not NhsStatus.WAITING]
