"""Verification offline: outputs saved by `collect`, or by hand, judged as if just read.

The files are `<device>/<command>.txt`, spaces as `_`. A pair of spokes is judged where its source
has a `show ip cef ADDRESS` of the other's LAN. Whether that was read before or after traffic tells
`show dmvpn` beside it: after traffic the other spoke is a peer with T1 or T2. Waiting and asking
again is `verify`'s business.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address
from pathlib import Path

from automation.checks import CHECKS, PATH_CHECKS
from automation.checks.base import Check, Finding, Records, judge, unreachable
from automation.checks.expect import Expectation, ExpectedPath, expectations, path_between
from automation.checks.path import AFTER, BEFORE, PEERS, PING, ROUTES, TRACEROUTE, Pinged, learned
from automation.errors import UsageError
from automation.fabric.views import Role
from automation.workflows.verify import Views, read, traced
from parsers.records import DmvpnPeer, Record
from tasks.collect import Capture
from tasks.probe import read_ping, read_traceroute

CEF = "show ip cef "
MAX_HOPS = 30
"""IOS's own limit, where the command of a capture does not say another."""


def load_captures(folder: Path, names: Iterable[str]) -> dict[str, list[Capture]]:
    """Read `<device>/<command>.txt`, spaces as `_`.

    Raises:
        UsageError: There is no such folder.
    """
    if not folder.is_dir():
        raise UsageError("there is no such folder of captures", place=str(folder))
    found: dict[str, list[Capture]] = {}
    for name in names:
        for path in sorted((folder / name).glob("*.txt")):
            found.setdefault(name, []).append(
                Capture(
                    device=name,
                    command=path.stem.replace("_", " "),
                    text=path.read_text(encoding="utf-8", errors="replace"),
                    at=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
                )
            )
    return found


def judge_captures(
    views: Views,
    captures: Mapping[str, Sequence[Capture]],
    only: Collection[str] | None = None,
    checks: Sequence[Check] = CHECKS,
) -> tuple[Finding, ...]:
    """Judge saved output; a device or a command without output is an error."""
    found: list[Finding] = []
    pairs: list[Finding] = []
    for name, expectation in expectations(views).items():
        if only is not None and name not in only:
            continue
        if name not in captures:
            found.append(unreachable(name, "no output of this device in the folder"))
            continue
        records = read(captures[name])
        found += judge(checks, expectation, records)
        for path in _paths(views, name, captures[name]):
            pairs += _judge_pair(path, records)
    return (*found, *pairs)


def _paths(views: Views, source: str, captures: Iterable[Capture]) -> Iterator[ExpectedPath]:
    """Find the pairs that the captures of a spoke tell something of."""
    near = {tunnel.cloud for tunnel in views[source].tunnels if tunnel.role is Role.SPOKE}
    for capture in captures:
        asked = _address(capture.command.removeprefix(CEF))
        if asked is None or not capture.command.startswith(CEF) or not views[source].lans:
            continue
        for target, view in views.items():
            behind = any(asked in lan.network for row in view.lans for lan in row.addresses)
            shared = [
                tunnel.cloud
                for tunnel in view.tunnels
                if tunnel.role is Role.SPOKE and tunnel.cloud in near
            ]
            if target != source and behind and shared:
                yield path_between(views, source, target, shared[0])


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _judge_pair(path: ExpectedPath, records: Records) -> list[Finding]:
    seen = _moments(path, records)
    checks = [
        check
        for check in PATH_CHECKS
        if set(check.commands) <= set(seen.raw)
        and (BEFORE in check.commands) == (BEFORE in seen.raw)
    ]
    name = f"{path.source}>{path.target}"
    return list(judge(checks, Expectation(device=name, path=path), seen))


def _moments(path: ExpectedPath, records: Records) -> Records:
    """Give the captures of a device the names that the checks of a path know them by."""
    cef = next(
        command
        for command in records.raw
        if command.startswith(CEF) and _address(command.removeprefix(CEF)) in path.prefix
    )
    after = _shortcut_stands(path, records)
    names = {cef: AFTER if after else BEFORE, "show dmvpn": PEERS, "show ip route": ROUTES}
    kept = {command: name for command, name in names.items() if command in records.raw}
    if not after:
        kept.pop("show dmvpn", None)
    parsed = {kept[c]: rows for c, rows in records.parsed.items() if c in kept}
    unreadable = {kept[c]: why for c, why in records.unreadable.items() if c in kept}
    raw = {name: records.raw[command] for command, name in kept.items()}
    if after:
        for name, row, text in _probes(path, records):
            parsed[name], raw[name] = (row,), text
    return Records(parsed=parsed, unreadable=unreadable, raw=raw)


def _shortcut_stands(path: ExpectedPath, records: Records) -> bool:
    rows = records.parsed.get("show dmvpn", ())
    return any(
        isinstance(row, DmvpnPeer) and row.tunnel_address == path.peer.address and learned(row)
        for row in rows
    )


def _probes(path: ExpectedPath, records: Records) -> Iterator[tuple[str, Record, str]]:
    """Find what ping and traceroute to the far LAN printed."""
    for command, text in records.raw.items():
        verb, _, rest = command.partition(" ")
        if verb not in (PING, TRACEROUTE) or _address(rest.split(" ")[0]) != path.destination:
            continue
        if verb == PING:
            ping = read_ping(path.source, command, text, path.destination, "")
            row: Record = Pinged(sent=ping.sent, received=ping.received, marks=ping.marks)
        else:
            trace = read_traceroute(path.source, command, text, path.destination, "", MAX_HOPS)
            row = traced(trace, path)
        yield verb, row, text
