"""`show ip nhrp ...` (layout: reference/FORMATS.md sections 4 to 8)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs.twin.addresses import IPV6, host
from labs.twin.image import ImageProfile, Legend
from labs.twin.nhrp import EntryType, NhrpEntry, NhrpMachine, NhsState
from labs.twin.packet import NhrpType
from labs.twin.show.dmvpn import sorted_entries, visible
from labs.twin.show.names import machines, short
from labs.twin.show.times import age, hms, since
from labs.twin.show.view import Renderer, View

EXCHANGES = """\
Metadata Exchange Framework:
 Type\tState
 1   \tReset
 MEF ext data:0x0
 2   \tReset
 MEF ext data:0x0
 3   \tReset
 MEF ext data:0x0
"""
"""As captured; the twin has no use for it, so it is always reset."""
ENTRY_BYTES = 784
"""Memory of one cache entry, as `show ip nhrp summary` of a capture counts it."""
Chooser = Callable[[NhrpEntry], bool]


def show_nhrp(view: View, args: Mapping[str, Any]) -> str:
    """Print `show ip nhrp [vrf V] [ADDRESS] [TunnelN] [detail]`."""
    return _listing(view, args, _chosen(args))


def by_kind(kind: EntryType) -> Renderer:
    """Make the renderer of `show ip nhrp static` and its like."""
    return lambda view, args: show_nhrp(view, {**args, "kind": kind})


def brief_by_kind(kind: EntryType) -> Renderer:
    """Make the renderer of `show ip nhrp static brief` and its like."""
    return lambda view, args: show_nhrp_brief(view, {**args, "kind": kind})


def show_nhrp_shortcut(view: View, args: Mapping[str, Any]) -> str:
    """Print the entries that changed forwarding."""
    return _listing(view, args, lambda entry: bool(entry.words & {"rib", "nho"}))


def show_nhrp_self(view: View, args: Mapping[str, Any]) -> str:
    """Print our own mapping of each tunnel, and on IOS-XE 17 what it tells of itself."""
    image = view.router.image
    return "".join(
        _entry(view, name, _myself(machine), detail=False)
        + (EXCHANGES if image.legend is Legend.XE_17 else "")
        for name, machine in machines(view.router, args)
        if machine.running
    )


def _myself(machine: NhrpMachine) -> NhrpEntry:
    return NhrpEntry(
        target=host(machine.end.address),
        next_hop=machine.end.address,
        nbma=machine.end.nbma,
        type=EntryType.STATIC,
        words={"router", "unique", "local"},
        no_socket=True,
        created=machine.started,
    )


def show_nhrp_multicast(view: View, args: Mapping[str, Any]) -> str:
    """Print who gets a copy of each multicast packet."""
    rows = [
        f"{name:<9} {nbma!s:<15} Flags: {flag}\n"
        for name, machine in machines(view.router, args)
        for nbma, flag in machine.multicast_members().items()
    ]
    return "  I/F     NBMA address\n" + "".join(rows) if rows else ""


def _chosen(args: Mapping[str, Any]) -> Chooser:
    address, kind = args.get("address"), args.get("kind")

    def choose(entry: NhrpEntry) -> bool:
        return (address is None or address in entry.target) and kind in (None, entry.type)

    return choose


def _listing(view: View, args: Mapping[str, Any], choose: Chooser) -> str:
    return "".join(
        _entry(view, name, entry, detail="detail" in args)
        for name, machine in machines(view.router, args)
        for entry in visible(view.router.image, sorted_entries(machine.cache.values()))
        if choose(entry)
    )


def _entry(view: View, tunnel: str, entry: NhrpEntry, *, detail: bool) -> str:
    incomplete = entry.type is EntryType.INCOMPLETE
    head = f"{entry.target}" if incomplete else f"{entry.target} via {entry.next_hop}"
    end = "never expire " if entry.expires is None else f"expire {hms(_left(entry, view.now))}"
    lines = [
        head,
        f"   {tunnel} created {age(view.now - entry.created)}, {end}",
        f"   Type: {entry.type.value}, Flags: {''.join(f'{flag} ' for flag in entry.flags)}",
        *_body(view.router.image, entry, detail=detail),
    ]
    return "".join(f"{line}\n" for line in lines)


def _left(entry: NhrpEntry, now: float) -> float:
    return 0.0 if entry.expires is None else entry.expires - now


def _body(image: ImageProfile, entry: NhrpEntry, *, detail: bool) -> Iterable[str]:
    if entry.type is EntryType.INCOMPLETE:
        yield f"   Cache hits: {entry.hits} "
        return
    yield f"   NBMA address: {entry.nbma} "
    if entry.claimed is not None:
        yield f"    (Claimed NBMA address: {entry.claimed}) "
    if entry.no_socket:
        yield "    (no-socket) "
    if entry.group is not None:
        yield f"   Group: {entry.group}"
    if detail:
        if image.xe:
            yield f"   Preference: {entry.preference}"
        for requester in entry.requesters:
            yield f"  Requester: {requester.address} Request ID: {requester.request_id}"


def show_nhrp_brief(view: View, args: Mapping[str, Any]) -> str:
    """Print one line an entry."""
    choose = _chosen(args)
    rows = [
        f"{entry.target!s:>20} {entry.next_hop!s:<15} {entry.nbma or ''!s:<15} "
        f"{entry.type.value:<8} {short(name)[:7]:<7} {_claimed(entry)}\n"
        for name, machine in machines(view.router, args)
        for entry in visible(view.router.image, sorted_entries(machine.cache.values()))
        if choose(entry)
    ]
    if not rows:
        return ""
    return "   Target             Via            NBMA           Mode   Intfc   Claimed\n" + "".join(
        rows
    )


def _claimed(entry: NhrpEntry) -> str:
    return "<   >" if entry.claimed is None else f"< {entry.claimed} >"


def show_nhs(view: View, args: Mapping[str, Any]) -> str:
    """Print the next hop servers."""
    return _servers(view, args, detail=False)


def show_nhs_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print the next hop servers with their counters and what waits for an answer."""
    return _servers(view, args, detail=True)


def _servers(view: View, args: Mapping[str, Any], *, detail: bool) -> str:
    image = view.router.image
    sections, pending = [], []
    for name, machine in machines(view.router, args):
        servers = list(machine.nhs.values())
        if not servers:
            continue
        rows = [_server(image, nhs, view.now, detail=detail) for nhs in servers]
        sections.append(f"{name}:\n" + "".join(rows))
        pending += [_pending(name, nhs) for nhs in servers if nhs.retry_s]
    if not sections:
        return ""
    dynamic = ", D=Dynamic" if image.nhs_legend_dynamic else ""
    text = f"Legend: E=Expecting replies, R=Responding, W=Waiting{dynamic}\n" + "\n".join(sections)
    if detail and pending:
        text += "\n\nPending Registration Requests:\n" + "".join(pending)
    return text + "\n"


def _server(image: ImageProfile, nhs: NhsState, now: float, *, detail: bool) -> str:
    known = f"  NBMA Address: {nhs.nbma}" if nhs.nbma is not None else " "
    middle = known if image.nhs_legend_dynamic else ""
    text = (
        f"{nhs.address}  {nhs.status.value:>2}{middle} "
        f"priority = {nhs.priority} cluster = {nhs.cluster}"
    )
    if detail:
        ago = "" if nhs.last_heard is None else f" ({since(nhs.last_heard, now)} ago)"
        text += (
            f"  req-sent {nhs.requests_sent}  req-failed {nhs.requests_failed}"
            f"  repl-recv {nhs.replies_received}{ago}"
        )
    return text + "\n"


def _pending(tunnel: str, nhs: NhsState) -> str:
    return (
        f"Registration Request: Reqid {nhs.request_id}, Ret {nhs.retry_s}"
        f"  NHS {nhs.address} expired ({short(tunnel)})\n"
    )


TRAFFIC = (
    (
        (NhrpType.RESOLUTION_REQUEST, "Resolution Request"),
        (NhrpType.RESOLUTION_REPLY, "Resolution Reply"),
        (NhrpType.REGISTRATION_REQUEST, "Registration Request"),
    ),
    (
        (NhrpType.REGISTRATION_REPLY, "Registration Reply"),
        (NhrpType.PURGE_REQUEST, "Purge Request"),
        (NhrpType.PURGE_REPLY, "Purge Reply"),
    ),
    (
        (NhrpType.ERROR_INDICATION, "Error Indication"),
        (NhrpType.TRAFFIC_INDICATION, "Traffic Indication"),
        (None, "Redirect Suppress"),
    ),
)


def show_nhrp_traffic(view: View, args: Mapping[str, Any]) -> str:
    """Print the packet counters."""
    return "".join(
        f"{name}: Max-send limit:{_limit(machine, view.now)}\n"
        + _counts("Sent", machine.counters.sent, machine.counters.redirects_suppressed)
        + _counts("Rcvd", machine.counters.received, 0)
        for name, machine in machines(view.router, args)
    )


def _limit(machine: NhrpMachine, now: float) -> str:
    packets, seconds = machine.end.limit
    return f"{packets}Pkts/{seconds}Sec, Usage:{machine.end.usage(now)}%"


def _counts(title: str, counts: Mapping[NhrpType, int], suppressed: int) -> str:
    lines = [f"   {title}: Total {sum(counts.values())}\n"]
    for row in TRAFFIC:
        pairs = [
            f"{suppressed if kind is None else counts.get(kind, 0)} {text}" for kind, text in row
        ]
        lines.append(f"         {'  '.join(pairs)}\n")
    return "".join(lines)


def show_nhrp_summary(view: View, args: Mapping[str, Any]) -> str:
    """Print how many entries of which kind there are."""
    entries = [e for _, machine in machines(view.router, args) for e in machine.cache.values()]
    remote = [entry for entry in entries if not entry.local]
    local = [entry for entry in entries if entry.local]
    word = "IPv6" if args.get("family") == IPV6 else "IP"
    noun = "entry" if len(entries) == 1 else "entries"
    override = _flagged(remote, "nho")
    routes = _flagged(remote, "rib")
    return (
        f"{word} NHRP cache {len(entries)} {noun}, {len(entries) * ENTRY_BYTES} bytes\n"
        f"{_types(entries)}{len(remote)} Remote\n{_types(remote)}"
        f"{_flagged(remote, 'nhop'):>5} nhop     0 bfd\n"
        f"    0 default{_flagged(remote, 'temporary'):>3} temporary\n"
        f"{routes:>5} route\n"
        f"{routes:>9} rib ({routes - override} H {override:>4} nho)\n"
        f"        0 bgp\n    0 lfib\n{len(local)} Local\n{_types(local)}    0 lfib\n\n"
    )


def _types(entries: list[NhrpEntry]) -> str:
    static, dynamic, incomplete = (
        sum(entry.type is kind for entry in entries)
        for kind in (EntryType.STATIC, EntryType.DYNAMIC, EntryType.INCOMPLETE)
    )
    return f"{static:>5} static {dynamic:>3} dynamic {incomplete:>4} incomplete\n"


def _flagged(entries: list[NhrpEntry], word: str) -> int:
    return sum(word in entry.words for entry in entries)
