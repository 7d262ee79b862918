"""`show dmvpn` and `show dmvpn detail` (layout: reference/FORMATS.md sections 1 and 3)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs.twin.addresses import IPV4, IPV6, IPNetwork, link_local, prefix_of, text_of
from labs.twin.device import InterfaceConfig
from labs.twin.image import ImageProfile, Legend
from labs.twin.nhrp import EntryType, NhrpEntry, NhrpMachine, NhsState
from labs.twin.show.crypto import dmvpn_sessions
from labs.twin.show.names import nhrp_tunnels
from labs.twin.show.times import since
from labs.twin.show.view import View

RULE = "=" * 74
ROUTES = {
    Legend.IOS_155: ("T1 - Route Installed, T2 - Nexthop-override", "C - CTS Capable"),
    Legend.IOS_157: (
        "T1 - Route Installed, T2 - Nexthop-override",
        "C - CTS Capable, I2 - Temporary",
    ),
    Legend.XE_17: (
        "T1 - Route Installed, T2 - Nexthop-override, B - BGP",
        "C - CTS Capable, I2 - Temporary",
    ),
}
UNKNOWN = "UNKNOWN"
TABLE = """\
 # Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb
 ----- --------------- --------------- ----- -------- -----
"""
DETAIL_TABLE = """\
# Ent  Peer NBMA Addr Peer Tunnel Add State  UpDn Tm Attrb    Target Network
----- --------------- --------------- ----- -------- ----- -----------------
"""
FIRST_COLUMNS = 22
"""Width of the count and the NBMA address in the table."""
TRANSPORT = {IPV4: "IP", IPV6: "IPv6"}
Group = list[NhrpEntry]
State = Callable[[NhrpEntry], str]


def show_dmvpn(view: View, args: Mapping[str, Any]) -> str:
    """Print `show dmvpn`; empty where no tunnel runs NHRP."""
    tunnels = _wanted(view, args)
    if not tunnels:
        return ""
    shut = "".join(f"{tunnel.name} is admin down\n" for tunnel in tunnels if tunnel.shutdown)
    sections = [
        SECTIONS[family](view, tunnel, args) for tunnel in tunnels for family in _families(args)
    ]
    return legend(view.router.image) + shut + "\n" + "\n".join(s for s in sections if s)


def show_dmvpn_detail(view: View, args: Mapping[str, Any]) -> str:
    """Print `show dmvpn detail`."""
    tunnels = _wanted(view, args)
    if not tunnels:
        return ""
    shut = "".join(f"{tunnel.name} is admin down\n" for tunnel in tunnels if tunnel.shutdown)
    sections = [_detail_section(view, tunnel, args) for tunnel in tunnels if not tunnel.shutdown]
    sessions = dmvpn_sessions(view, [tunnel.name for tunnel in tunnels])
    return (
        f"{legend(view.router.image)}{shut}\n"
        + "\n".join(sections)
        + f"\n\nCrypto Session Details: \n{'-' * 80}\n\n{sessions}Pending DMVPN Sessions:\n\n"
    )


def _wanted(view: View, args: Mapping[str, Any]) -> list[InterfaceConfig]:
    name = args.get("interface")
    return [
        tunnel
        for tunnel in nhrp_tunnels(view.router, *_families(args))
        if name in (None, tunnel.name) and args.get("vrf", tunnel.vrf) == tunnel.vrf
    ]


def _families(args: Mapping[str, Any]) -> tuple[int, ...]:
    return (args["family"],) if "family" in args else (IPV4, IPV6)


def legend(image: ImageProfile) -> str:
    """Give the legend of an image generation."""
    lines = [
        "Legend: Attrb --> S - Static, D - Dynamic, I - Incomplete",
        "N - NATed, L - Local, X - No Socket",
        *ROUTES.get(image.legend, ()),
        "# Ent --> Number of NHRP entries with same NBMA peer",
        "NHS Status: E --> Expecting Replies, R --> Responding, W --> Waiting",
        "UpDn Time --> Up or Down Time for a Tunnel",
    ]
    return "\n\t".join(lines) + f"\n{RULE}\n"


def groups(machine: NhrpMachine) -> list[Group]:
    """Group the peers of a tunnel: by ascending target, an NBMA at its first entry.

    Answers that this router gave for its own networks (`local`) are no peers
    (reference/PHASES.md section 2).
    """
    found: dict[object, Group] = {}
    for entry in sorted_entries(machine.cache.values()):
        if not entry.local:
            found.setdefault(entry.nbma or entry.target, []).append(entry)
    return list(found.values())


MEANING = frozenset({"nbma", "overlay", "network", "mask"})
"""What names a peer."""


def _chosen(machine: NhrpMachine, args: Mapping[str, Any]) -> list[Group]:
    """Choose the peers a command is about: all, a peer with all its entries, or the static ones."""
    found = groups(machine)
    if "static" in args:
        static = [[entry for entry in peer if entry.type is EntryType.STATIC] for peer in found]
        found = [peer for peer in static if peer]
    if not args.keys() & MEANING:
        return found
    return [peer for peer in found if any(_is_meant(entry, args) for entry in peer)]


def _is_meant(entry: NhrpEntry, args: Mapping[str, Any]) -> bool:
    return (
        args.get("nbma", entry.nbma) == entry.nbma
        and args.get("overlay", entry.next_hop) == entry.next_hop
        and _network(args, entry.target) == entry.target
    )


def _network(args: Mapping[str, Any], unsaid: IPNetwork) -> IPNetwork:
    """Give the prefix of `peer network`, written either way."""
    if "mask" not in args:
        return args.get("network", unsaid)  # type: ignore[no-any-return]
    length = int(args["mask"]).bit_count()
    return prefix_of(args["address"], length)


def visible(image: ImageProfile, entries: Iterable[NhrpEntry]) -> list[NhrpEntry]:
    """Leave out link-local targets on XE: its captures have none, those of IOS do."""
    return [e for e in entries if not (image.xe and link_local(e.target.network_address))]


def sorted_entries(entries: Iterable[NhrpEntry]) -> list[NhrpEntry]:
    """Sort entries the way IOS prints them: by target address."""
    return sorted(entries, key=lambda e: (int(e.target.network_address), e.target.prefixlen))


def role(tunnel: InterfaceConfig, machine: NhrpMachine) -> str:
    """Name the type of a tunnel: who registers with whom."""
    point_to_point = tunnel.tunnel is not None and not tunnel.tunnel.multipoint
    static = any(entry.type is EntryType.STATIC for entry in machine.cache.values())
    client = bool(machine.nhs) or static or point_to_point
    served = any("registered" in entry.words for entry in machine.cache.values())
    if client and served:
        return "Hub/Spoke"
    return "Spoke" if client else "Hub"


def states(view: View, tunnel: str) -> State:
    """Give what names the layer that is not done for a peer of a tunnel, else UP."""
    router = view.router
    if not router.interface_up(tunnel):
        return lambda entry: "INTF"
    settings = router.config.interfaces[tunnel].tunnel
    if settings is None or settings.ipsec_profile is None:
        return lambda entry: "UP" if entry.up and entry.nbma is not None else "NHRP"

    def protected(entry: NhrpEntry) -> str:
        if entry.nbma is None:
            # An unresolved peer prints IKE on a protected tunnel (FAULT_SWEEP.md F3, F5).
            return "IKE"
        layer = router.crypto.layer(tunnel, entry.nbma)
        return layer or ("UP" if entry.up else "NHRP")

    return protected


def attributes(image: ImageProfile, entry: NhrpEntry) -> str:
    """Give the letters of an entry; images before I2 print a temporary one as dynamic."""
    letters = entry.attributes
    if image.legend in {Legend.IOS_154, Legend.IOS_155}:
        letters = letters.replace("I2", "D")
    # 15.4 knows no T1 and T2.
    return letters[: letters.find("T")] if _too_old(image, letters) else letters


def _too_old(image: ImageProfile, letters: str) -> bool:
    return image.legend is Legend.IOS_154 and "T" in letters


def _section(view: View, tunnel: InterfaceConfig, args: Mapping[str, Any]) -> str:
    machine = view.router.nhrp.get(tunnel.name)
    peers = _chosen(machine, args) if machine is not None else []
    if machine is None or not peers:
        return ""
    state = states(view, tunnel.name)
    rows = [row for peer in peers for row in _rows(view, tunnel, peer, state)]
    return (
        f"Interface: {tunnel.name}, IPv4 NHRP Details \n"
        f"Type:{role(tunnel, machine)}, NHRP Peers:{len(peers)}, \n\n" + TABLE + "".join(rows)
    )


def _ipv6_section(view: View, tunnel: InterfaceConfig, args: Mapping[str, Any]) -> str:
    """Print the peers of an IPv6 overlay (case p3-ospf-ikev2-ipv6overlay, step 7)."""
    machine = view.router.overlay(tunnel.name, IPV6)
    blocks = _blocks(view, tunnel, machine, args) if machine is not None else []
    if machine is None or not blocks:
        return ""
    return (
        f"Interface: {tunnel.name}, IPv6 NHRP Details \n"
        f"{_type(tunnel, machine, blocks)}{''.join(blocks)}"
    )


def _type(tunnel: InterfaceConfig, machine: NhrpMachine, blocks: list[str]) -> str:
    return f"Type:{role(tunnel, machine)}, Total NBMA Peers (v4/v6): {len(blocks)}\n"


def _blocks(
    view: View, tunnel: InterfaceConfig, machine: NhrpMachine, args: Mapping[str, Any]
) -> list[str]:
    """Print each entry in a block of its own; the first of a peer has the count of them."""
    blocks: list[str] = []
    state = states(view, tunnel.name)
    for peer in _chosen(machine, args):
        shown = visible(view.router.image, peer)
        for number, entry in enumerate(shown):
            blocks.append(
                f"{len(blocks) + 1:>5}.Peer NBMA Address: {_nbma(entry)}\n"
                f"\tTunnel IPv6 Address: {entry.next_hop}\n"
                f"\tIPv6 Target Network: {entry.target}\n"
                f"\t# Ent: {len(shown) if number == 0 else 0}, "
                f"Status: {state(entry)}, "
                f"UpDn Time: {_updn(view, tunnel, entry)}, "
                f"Cache Attrib: {attributes(view.router.image, entry)}\n"
            )
    return blocks


SECTIONS = {IPV4: _section, IPV6: _ipv6_section}


def _rows(view: View, tunnel: InterfaceConfig, peer: Group, state: State) -> list[str]:
    rows = []
    image = view.router.image
    for number, entry in enumerate(peer):
        head = f"{len(peer):>6} {_nbma(entry):<15}" if number == 0 else " " * 22
        if len(head) > FIRST_COLUMNS:
            # An IPv6 address has a line of its own (capture show_dmvpn/005).
            head = f"{head}\n{' ' * FIRST_COLUMNS}"
        rows.append(
            f"{head} {text_of(entry.next_hop):>15} {state(entry):>5} "
            f"{_updn(view, tunnel, entry):>8} {attributes(image, entry):>5}\n"
        )
    return rows


def _updn(view: View, tunnel: InterfaceConfig, entry: NhrpEntry) -> str:
    """Print how long a peer is up or down; a client of a point-to-point hub never was (W5)."""
    settings = tunnel.tunnel
    served = settings is not None and not settings.multipoint and "registered" in entry.words
    return since(None if served else entry.changed, view.now)


def _nbma(entry: NhrpEntry) -> str:
    return UNKNOWN if entry.nbma is None else text_of(entry.nbma)


def _detail_section(view: View, tunnel: InterfaceConfig, args: Mapping[str, Any]) -> str:
    parts = {IPV4: _detail_part, IPV6: _ipv6_detail_part}
    text = "".join(
        parts[family](view, tunnel, machine, args)
        for family in _families(args)
        if (machine := view.router.overlay(tunnel.name, family)) is not None
    )
    return _heading(view, tunnel) + text


def _ipv6_detail_part(
    view: View, tunnel: InterfaceConfig, machine: NhrpMachine, args: Mapping[str, Any]
) -> str:
    """Print servers and peers; the type stands before every one (show_dmvpn_ipv6_detail/001)."""
    servers = [_server(view.router.image, nhs) for nhs in machine.nhs.values()]
    nhs = "\nIPv6 NHS:\n" + "".join(servers) if servers else ""
    blocks = _blocks(view, tunnel, machine, args)
    kind = _type(tunnel, machine, blocks)
    return nhs + ("".join(kind + block for block in blocks) or kind)


def _detail_part(
    view: View, tunnel: InterfaceConfig, machine: NhrpMachine, args: Mapping[str, Any]
) -> str:
    servers = [_server(view.router.image, nhs) for nhs in machine.nhs.values()]
    nhs = "\nIPv4 NHS:\n" + "".join(servers) if servers else ""
    peers = _chosen(machine, args)
    rows = [row for peer in peers for row in _detail_rows(view, tunnel, peer)]
    return (
        nhs
        + f"Type:{role(tunnel, machine)}, Total NBMA Peers (v4/v6): {len(peers)}\n"
        + (f"\n{DETAIL_TABLE}{''.join(rows)}" if rows else "")
    )


def _heading(view: View, tunnel: InterfaceConfig) -> str:
    encapsulation = tunnel.tunnel
    if encapsulation is None:
        return ""
    status, protocol = view.router.interface_state(tunnel.name)
    multipoint = encapsulation.multipoint
    destination = "MGRE" if multipoint else str(encapsulation.destination or "UNKNOWN")
    address = tunnel.address.ip if tunnel.address else "(not configured)"
    control = "Enabled" if tunnel.if_state_nhrp else "Disabled"
    return (
        f'Interface {tunnel.name} is {status}/{protocol}, Addr. is {address}, VRF "{tunnel.vrf}" \n'
        f"   Tunnel Src./Dest. addr: {view.router.nbma_source(tunnel.name) or 'UNKNOWN'}/"
        f'{destination}, Tunnel VRF "{encapsulation.vrf}"\n'
        f'   Protocol/Transport: "{"multi-" if multipoint else ""}GRE/'
        f'{TRANSPORT[encapsulation.transport]}", '
        f'Protect "{encapsulation.ipsec_profile or ""}" \n'
        f"   Interface State Control: {control}\n"
        "   nhrp event-publisher : Disabled\n"
    )


def _server(image: ImageProfile, nhs: NhsState) -> str:
    known = image.nhs_legend_dynamic and nhs.nbma is not None
    nbma = f" NBMA Address: {nhs.nbma}" if known else ""
    return (
        f"{nhs.address}  {nhs.status.value:>2}{nbma} "
        f"priority = {nhs.priority} cluster = {nhs.cluster}\n"
    )


def _detail_rows(view: View, tunnel: InterfaceConfig, peer: Group) -> list[str]:
    rows = []
    state = states(view, tunnel.name)
    for number, entry in enumerate(peer):
        count = str(len(peer)) if number == 0 else ""
        rows.append(
            f"{_detail_head(count, entry)} {entry.next_hop!s:>15} "
            f"{state(entry):>5} {_updn(view, tunnel, entry):>8} "
            f"{attributes(view.router.image, entry):>5} {entry.target!s:>18}\n"
        )
    return [*rows, *_group_rows(tunnel, peer)]


def _detail_head(count: str, entry: NhrpEntry) -> str:
    head = f"{count:>5} {_nbma(entry):<15}"
    return head if len(head) < FIRST_COLUMNS else f"{head}\n{' ' * (FIRST_COLUMNS - 1)}"


def _group_rows(tunnel: InterfaceConfig, peer: Group) -> list[str]:
    """Name the group of a client, and the policy that its tunnel gets."""
    group = next((entry.group for entry in peer if entry.group is not None), None)
    if group is None:
        return []
    policy = tunnel.nhrp.group_policies.get(group) if tunnel.nhrp is not None else None
    rows = [f"NHRP group: {group}\n"]
    return rows if policy is None else [*rows, f" Output QoS service-policy applied: {policy}\n"]
