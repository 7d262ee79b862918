"""`show ip eigrp ...` (layout: captures of 15.x to 17.15)."""

from collections.abc import Mapping
from typing import Any

from labs.twin.device import EigrpConfig
from labs.twin.routing.eigrp import EigrpMachine, EigrpNeighbor, EigrpTopologyEntry
from labs.twin.routing.eigrp.site import instance
from labs.twin.show.names import short
from labs.twin.show.times import age
from labs.twin.show.view import View

NEIGHBORS = """\
H   Address                 Interface              Hold Uptime   SRTT   RTO  Q  Seq
                                                   (sec)         (ms)       Cnt Num
"""
CODES = """\
Codes: P - Passive, A - Active, U - Update, Q - Query, R - Reply,
       r - reply Status, s - sia Status

"""


def show_eigrp_neighbors(view: View, args: Mapping[str, Any]) -> str:
    """Print the neighbours of every autonomous system."""
    return "".join(_neighbors(view, config, machine) for config, machine in _processes(view, args))


def _processes(view: View, args: Mapping[str, Any]) -> list[tuple[EigrpConfig, EigrpMachine]]:
    vrf = str(args.get("vrf") or "")
    return [
        (config, machine)
        for config in view.router.config.eigrp
        if config.vrf == vrf
        and (machine := view.router.eigrp.get(instance(config.asn, vrf))) is not None
    ]


def _title(config: EigrpConfig, classic: str, named: str) -> str:
    if config.name is None:
        return f"EIGRP-IPv4 {classic} for AS({config.asn})"
    return f"EIGRP-IPv4 VR({config.name}) {named} for AS({config.asn})"


def _vrf_line(config: EigrpConfig) -> str:
    return f"           Topology(base) TID(0) VRF({config.vrf})\n" if config.vrf else ""


def _neighbors(view: View, config: EigrpConfig, machine: EigrpMachine) -> str:
    rows = [
        _neighbor(neighbor, view.now)
        for neighbor in sorted(machine.neighbors.values(), key=lambda n: -n.handle)
    ]
    title = _title(config, "Neighbors", "Address-Family Neighbors")
    return f"{title}\n" + (NEIGHBORS + "".join(rows) if rows else "")


def _neighbor(neighbor: EigrpNeighbor, now: float) -> str:
    hold = max(int(neighbor.hold_s - (now - neighbor.heard)), 0)
    return (
        f"{neighbor.handle:<4}{neighbor.address!s:<24}{short(neighbor.interface):<23}{hold:>4} "
        f"{age(now - neighbor.up_since):<8}{neighbor.srtt_ms:>5}{neighbor.rto_ms:>6}"
        f"{len(neighbor.queue):>3}  {neighbor.seq}\n"
    )


def show_eigrp_topology(view: View, args: Mapping[str, Any]) -> str:
    """Print the topology table of every autonomous system."""
    return "".join(_topology(config, machine) for config, machine in _processes(view, args))


def _topology(config: EigrpConfig, machine: EigrpMachine) -> str:
    title = _title(config, "Topology Table", "Topology Table") + f"/ID({machine.router_id})"
    rows = [_destination(entry) for _, entry in sorted(machine.topology.items())]
    return f"{title}\n{_vrf_line(config)}{CODES}{''.join(rows)}\n"


def _destination(entry: EigrpTopologyEntry) -> str:
    state = "A" if entry.active else "P"
    text = f"{state} {entry.network}, {len(entry.successors)} successors, FD is {entry.fd}\n"
    for path in entry.feasible:
        if path.neighbor is None:
            metric = f" ({path.distance}/0)" if path.source != "Connected" else ""
            text += f"        via {path.source}{metric}, {path.interface}\n"
        else:
            text += (
                f"        via {path.neighbor} ({path.distance}/{path.reported}), {path.interface}\n"
            )
    return text
