"""Rows of ping and traceroute -> records."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import Address, Ping, Probe, TracerouteHop
from parsers.values import address, lines, number, optional_address


def ping(row: Row) -> Ping:
    """Read the result of a ping."""
    refuse_if(not row["TOTAL"], "nothing says how many packets came back")
    return Ping(
        destination=address(row["DESTINATION"]),
        size=int(row["SIZE"]),
        timeout_s=int(row["TIMEOUT"]),
        source=optional_address(row["SOURCE"]),
        marks="".join(lines(row["MARKS"])),
        success_percent=int(row["PERCENT"]),
        received=int(row["RECEIVED"]),
        sent=int(row["TOTAL"]),
        min_ms=number(row["MIN"]),
        avg_ms=number(row["AVG"]),
        max_ms=number(row["MAX"]),
        df=bool(row["DF"]),
    )


_PROBE_WORD = re.compile(
    r"(?P<silent>\*)"
    r"|(?P<rtt>\d+) msec"
    r"|(?P<mark>![A-Z]?|\?)"
    r"|(?P<aside>\[(?:AS|MPLS:?) [^\]]*\]|\([^)\s]*/[^)]*\))"
    r"|(?P<named>[A-Za-z][\w.-]*) \((?P<of>[0-9A-Fa-f.:]+)\)"
    r"|(?P<address>[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+)"
    r"|(?P<unknown>\S+)"
)


def traceroute_hops(rows: Iterable[Row]) -> Iterator[TracerouteHop]:
    """Join the lines of each hop."""
    hop, words, destination = "", "", ""
    for row in rows:
        _check_words(row["PROBES"])
        if row["HOP"]:
            if hop:
                yield _traceroute_hop(destination, hop, words)
            hop, words, destination = row["HOP"], row["PROBES"], row["DESTINATION"]
        elif hop:
            words += " " + row["PROBES"]
        else:
            raise ValueError("probes without a hop")
    if hop:
        yield _traceroute_hop(destination, hop, words)


def _check_words(words: str) -> None:
    """Refuse what is no part of a hop, while its line is known."""
    for found in _PROBE_WORD.finditer(words):
        refuse_if(bool(found["unknown"]), f"{found['unknown']!r} is no part of a hop")
        if speaker := found["address"] or found["of"]:
            ip_address(speaker)


def _traceroute_hop(destination: str, hop: str, words: str) -> TracerouteHop:
    probes: list[Probe] = []
    speaker: Address | None = None
    name: str | None = None
    notes: dict[str, None] = {}
    for found in _PROBE_WORD.finditer(words):
        if found["address"] or found["of"]:
            speaker = ip_address(found["address"] or found["of"])
            name = name or found["named"]
        elif found["silent"]:
            probes.append(Probe(address=None, rtt_ms=None, mark=None))
        elif found["aside"]:
            notes[found["aside"]] = None
        else:
            probes.append(
                Probe(address=speaker, rtt_ms=number(found["rtt"] or ""), mark=found["mark"])
            )
    answers = (probe.address for probe in probes if probe.address)
    return TracerouteHop(
        destination=address(destination),
        hop=int(hop),
        address=next(answers, None),
        name=name,
        probes=tuple(probes),
        notes=tuple(notes),
    )
