"""`show [ip] nhrp stats`: events between NHRP and its surroundings (captures of IOS-XE 17).

The twin counts what it has: interface events, end points, protection, routes. It does no QoS,
MPLS, BFD or BGP for NHRP, so those rows are zero, and none of the events fails. The long form
(`detail`) counts inner events that the twin has not, and is refused.
"""

from collections.abc import Mapping
from typing import Any

from labs.twin.nhrp import NhrpMachine
from labs.twin.show.names import machines
from labs.twin.show.view import View

CODES = """\
Codes: T - Transport, O - Overlay, EP - End Point
       TP - Tunnel Protection, VA - Virtual Access
       [S] - Sent from NHRP, [R] - Received by NHRP
       [number] - Error associated with an event
"""
SECTIONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Interface State Event",
        (("[R]UP", "ups"), ("[R]Down", "downs"), ("[R]Deleted", "")),
    ),
    (
        "Tunnel",
        (
            ("[S]End Point Addition", "endpoints_added"),
            ("[S]End Point Deletion", "endpoints_deleted"),
        ),
    ),
    (
        "Tunnel Protection",
        (
            # Zero in every capture, those of tunnels whose protection came up as well.
            ("[S]Create TP socket", ""),
            ("[S]Del TP socket", ""),
            ("[S]Create VA", ""),
            ("[S]Del VA", ""),
            ("[R]UP", "protection_ups"),
            ("[R]Down", "protection_downs"),
            ("[S]Reset Socket", ""),
        ),
    ),
    ("Tunnel QoS", (("[S]QoS APPLY", ""), ("[S]QoS Remove", ""))),
    (
        "RIB Events",
        (
            ("[S]Add Route", "routes_added"),
            ("[S]Del Route", "routes_deleted"),
            ("[S]Add NHO", "overrides_added"),
            ("[S]Del NHO", "overrides_deleted"),
            ("[S]Rwatch w/o route", ""),
            ("[R]Route Evicted", ""),
        ),
    ),
    (
        "MPLS",
        (
            ("[S]Label Alloc", ""),
            ("[S]Label Release", ""),
            ("[S]MPLS IP Key Bind", ""),
            ("[S]MPLS VPN Key Bind", ""),
        ),
    ),
    (
        "BFD",
        (
            ("[S]Client Create", ""),
            ("[S]Client Destroy", ""),
            ("[R]Session Down", ""),
            ("[R]Session Up", ""),
        ),
    ),
    (
        "BGP",
        (
            ("[S]Route Export", ""),
            ("[S]Route Withdrawal", ""),
            ("[S]Route Import", ""),
            ("[R]Imported Route Changed", ""),
        ),
    ),
)


def show_stats(view: View, args: Mapping[str, Any]) -> str:
    """Print the counters of all tunnels, or without its name those of one."""
    one = "interface" in args
    blocks = [
        ("" if one else f"{name}\n") + "\n" + _counters(machine)
        for name, machine in machines(view.router, args)
    ]
    return CODES + "\n".join(blocks) if blocks else ""


def _counters(machine: NhrpMachine) -> str:
    sections = []
    for title, counters in SECTIONS:
        cells = [
            f"{label:<30}: {f'{getattr(machine.stats, name) if name else 0}[0]':<8}"
            for label, name in counters
        ]
        pairs = ["".join(cells[at : at + 2]).rstrip() for at in range(0, len(cells), 2)]
        sections.append(f" {title} Stats:\n" + "".join(f"        {pair}\n" for pair in pairs))
    return "\n".join(sections)
