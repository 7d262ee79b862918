"""Explain the way from one site to another: route, CEF, NHRP and IPsec, before and after traffic.

Reads only, unless probes are allowed; they are what makes a shortcut. Words, not verdicts: the
verdicts on the same records are the path checks, which are returned beside them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address

from automation.checks import PATH_CHECKS
from automation.checks.base import Finding, Records, judge
from automation.checks.expect import Expectation, ExpectedPath, path_between
from automation.checks.path import PING, TRACEROUTE, Pinged, Traced
from automation.errors import UsageError
from automation.fabric.views import DeviceView, Role
from automation.workflows.devices import Device, Fleet
from automation.workflows.verify import Patience, probe, read
from parsers.records import CefPath, CryptoSession, NhrpEntry, Route

CRYPTO = "show crypto session"
NHRP = "show ip nhrp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What was seen on the way."""

    path: ExpectedPath
    before: tuple[str, ...]
    probes: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def resolve(views: Mapping[str, DeviceView], word: str) -> str:
    """Find the router that a word means: its name, its site, or an address behind it.

    Raises:
        UsageError: None or several.
    """
    if word in views:
        return word
    found = [name for name, view in views.items() if view.site == word]
    if not found:
        found = [name for name, view in views.items() if _owns(view, word)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{word} has several routers: {', '.join(found)}", hint="name one of them")
    raise UsageError(
        f"nothing in the fabric is called {word}",
        hint=f"routers: {', '.join(views)}; a site or a LAN address will do too",
    )


def _owns(view: DeviceView, word: str) -> bool:
    try:
        address = IPv4Address(word)
    except AddressValueError:
        return False
    lans = (lan for row in view.lans for lan in row.addresses)
    tunnels = (tunnel.address.ip for tunnel in view.tunnels)
    return any(address in lan.network for lan in lans) or address in tunnels


def between(views: Mapping[str, DeviceView], source: str, target: str) -> ExpectedPath:
    """Describe the path between two spokes of one cloud.

    Raises:
        UsageError: They are one router, no spokes, or share no cloud.
    """
    if source == target:
        raise UsageError(f"{source} and {target} are the same router")
    for name in (source, target):
        if not views[name].lans:
            raise UsageError(f"{name} has no LAN in the fabric: nothing to trace between")
        if views[name].role is not Role.SPOKE:
            raise UsageError(
                f"{name} is a hub: traffic with a hub takes its tunnel, there is no shortcut",
                hint="trace between two spokes",
            )
    clouds = {tunnel.cloud for tunnel in views[target].tunnels}
    shared = [tunnel.cloud for tunnel in views[source].tunnels if tunnel.cloud in clouds]
    if not shared:
        raise UsageError(f"{source} and {target} share no cloud")
    return path_between(views, source, target, shared[0])


def trace(
    fleet: Fleet, path: ExpectedPath, *, active: bool, patience: Patience | None = None
) -> Explanation:
    """Explain a path; with probes, also what they changed.

    Raises:
        TaskError: The source could not be read.
    """
    patience = patience or Patience()
    cef = f"show ip cef {path.destination}"
    commands = (cef, "show ip route", NHRP, "show dmvpn", CRYPTO)

    def job(device: Device) -> Explanation:
        before = read(device.collect(commands))
        if not active:
            return Explanation(path=path, before=tuple(explain(path, before, cef)))
        records = probe(device, path, patience)
        after = read(device.collect(commands))
        expectation = Expectation(device=f"{path.source}>{path.target}", path=path)
        return Explanation(
            path=path,
            before=tuple(explain(path, before, cef)),
            probes=tuple(_probes(records)),
            after=tuple(explain(path, after, cef)),
            findings=judge(PATH_CHECKS, expectation, records),
        )

    answer = fleet.each([path.source], job)[path.source]
    if isinstance(answer, Exception):
        raise answer
    return answer


def explain(path: ExpectedPath, records: Records, cef: str) -> Iterator[str]:
    """Say in words what the records show of the way to the destination."""
    yield _or_why(records, "show ip route", lambda: _route(path, records))
    yield _or_why(records, cef, lambda: _cef(path, records, cef))
    yield _or_why(records, NHRP, lambda: _nhrp(path, records))
    yield _or_why(records, CRYPTO, lambda: _crypto(path, records))


def _or_why(records: Records, command: str, say: Callable[[], str]) -> str:
    if command in records.parsed:
        return say()
    return f"{command}: {records.unreadable.get(command, 'was not read')}"


def _who(path: ExpectedPath, address: object) -> str:
    names = {
        str(path.hub.address): f"{path.hub.name}, the hub",
        str(path.peer.address): f"{path.peer.name}, directly",
    }
    name = names.get(str(address))
    return f"{address} ({name})" if name else str(address)


def _route(path: ExpectedPath, records: Records) -> str:
    covering = [
        row
        for row in records.rows("show ip route", Route)
        if row.prefix.version == 4 and path.destination in row.prefix and not row.nho
    ]
    length = max((row.prefix.prefixlen for row in covering), default=0)
    best = [row for row in covering if row.prefix.prefixlen == length]
    if not best:
        return f"route: none for {path.destination}"
    hops = ", ".join(_who(path, row.next_hop or row.interface) for row in best)
    mark = " overridden by NHRP (%)" if any(row.overridden for row in best) else ""
    kind = ", made by NHRP" if best[0].code.startswith("H") else ""
    return f"route: {best[0].code} {best[0].prefix} via {hops}{mark}{kind}"


def _cef(path: ExpectedPath, records: Records, command: str) -> str:
    rows = records.rows(command, CefPath)
    if not rows:
        return f"CEF: no entry for {path.destination}"
    ends = [row for row in rows if row.action == "nexthop"]
    if not ends and rows[0].action == "recursive" and len(rows) > 1:
        # `recursive via A`, and below it `attached to IF`: A is the end.
        ends = [replace(rows[0], interface=rows[1].interface)]
    hops = ", ".join(
        f"{_who(path, row.next_hop or row.action)} on {row.interface}" for row in ends or rows
    )
    return f"CEF: {rows[0].prefix} next hop {hops}"


def _nhrp(path: ExpectedPath, records: Records) -> str:
    rows = [
        row
        for row in records.rows(NHRP, NhrpEntry)
        if row.via == path.peer.address and row.type == "dynamic"
    ]
    if not rows:
        return f"NHRP: knows nothing of {path.target}: traffic goes by {path.hub.name}"
    text = "; ".join(
        f"{row.network} via {row.via} at {row.nbma_address} ({' '.join(row.flags)})" for row in rows
    )
    return f"NHRP: {text}"


def _crypto(path: ExpectedPath, records: Records) -> str:
    nbma = path.peer.nbma or _nbma_seen(path, records)
    if nbma is None:
        return f"IPsec: no session with {path.target}: its NBMA address is not known yet"
    rows = [row for row in records.rows(CRYPTO, CryptoSession) if row.peer_address == nbma]
    state = ", ".join(sorted({row.status for row in rows})) or "no session"
    return f"IPsec: {state} with {nbma} ({path.target})"


def _nbma_seen(path: ExpectedPath, records: Records) -> object:
    """Find the other spoke's NBMA address in the cache, where the fabric does not know it."""
    if NHRP not in records.parsed:
        return None
    rows = records.rows(NHRP, NhrpEntry)
    return next((row.nbma_address for row in rows if row.via == path.peer.address), None)


def _probes(records: Records) -> Iterator[str]:
    for ping in records.rows(PING, Pinged):
        yield f"ping: {ping.received} of {ping.sent} answered ({ping.marks})"
    for way in records.rows(TRACEROUTE, Traced):
        hops = "1 hop" if len(way.hops) == 1 else f"{len(way.hops)} hops"
        yield f"traceroute: {hops}: {' '.join(way.hops)}"
