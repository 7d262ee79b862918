"""Rows about the router itself and of its tools (ping, traceroute) -> records."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import IPv4Address, ip_address

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    Address,
    Archive,
    ArchiveFile,
    Clock,
    InterfaceBrief,
    Ping,
    Probe,
    RollbackTimer,
    TracerouteHop,
    UserLine,
    Version,
)
from parsers.values import (
    address,
    duration,
    lines,
    number,
    optional_address,
    word,
    worded_duration,
)


def version(row: Row) -> Version:
    """Read what the router says of its software and hardware."""
    refuse_if(not row["HOSTNAME"], "no line says how long the router is up")
    return Version(
        hostname=row["HOSTNAME"],
        software=row["SOFTWARE"],
        image_id=word(row["IMAGE_ID"]),
        version=row["VERSION"],
        xe_version=word(row["XE_VERSION"]),
        uptime_s=worded_duration(row["UPTIME"]),
        image_file=word(row["IMAGE"]),
        reload_reason=word(row["REASON"]),
        returned_by=word(row["RETURNED"]),
        restarted_at=word(row["RESTARTED"]),
        rom=word(row["ROM"]),
        boot_loader=word(row["BOOTLDR"]),
        compiled=word(row["COMPILED"]),
        platform=word(row["PLATFORM"]),
        memory_kib=number(row["MEMORY"]),
        serial=word(row["SERIAL"]),
        configuration_register=word(row["REGISTER"]),
        license_level=word(row["LICENSE_LEVEL"]),
        license_type=word(row["LICENSE_TYPE"]),
        smart_licensing=word(row["SMART"]),
        throughput_kbps=number(row["THROUGHPUT"]),
        hardware=lines(row["HARDWARE"]),
        notes=(*lines(row["NOTES"]), *lines(row["TABLES"])),
    )


_CLOCK_SOURCE = {"": "synchronized", ".": "not synchronized", "*": "not set"}


def clock(row: Row) -> Clock:
    """Read the wall clock of the router."""
    date = " ".join(row["DATE"].split())
    # The name of a zone (CET, EST) does not say its offset, so the time stays without one.
    time = datetime.strptime(f"{row['TIME']} {date}", "%H:%M:%S.%f %b %d %Y")  # noqa: DTZ007
    return Clock(source=_CLOCK_SOURCE[row["MARK"]], time=time, zone=row["ZONE"])


def archive(row: Row) -> Archive:
    """Read what the archive keeps."""
    if row["DISABLED"]:
        return Archive(enabled=False)
    refuse_if(not row["NEXT"], "nothing says how the next archive file is named")
    return Archive(
        enabled=True,
        maximum=number(row["MAXIMUM"]),
        saved=number(row["SAVED"]),
        next_name=row["NEXT"],
        files=tuple(_archive_file(line) for line in lines(row["FILES"])),
    )


def _archive_file(line: str) -> ArchiveFile:
    place, name, *mark = line.split(maxsplit=2)
    return ArchiveFile(number=int(place), name=name, most_recent=bool(mark))


def rollback_timer(row: Row) -> RollbackTimer:
    """Read the pending rollback."""
    refuse_if(not all(row.values()), "a line of the timer is missing")
    return RollbackTimer(
        configured_at=row["CONFIGURED_AT"],
        timer_type=row["TYPE"],
        timer_minutes=int(row["MINUTES"]),
        user=row["USER"],
    )


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
    )


_PROBE_WORD = re.compile(
    r"(?P<silent>\*)"
    r"|(?P<rtt>\d+) msec"
    r"|(?P<mark>![A-Z]?)"
    r"|(?P<aside>\[(?:AS|MPLS:?) [^\]]*\]|\([^)\s]*/[^)]*\))"
    r"|(?P<named>[A-Za-z][\w.-]*) \((?P<of>[0-9A-Fa-f.:]+)\)"
    r"|(?P<address>[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+)"
    r"|(?P<unknown>\S+)"
)


def traceroute_hops(rows: Iterable[Row]) -> Iterator[TracerouteHop]:
    """Join the lines of each hop."""
    hop, words, destination = "", "", ""
    for row in rows:
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


def _traceroute_hop(destination: str, hop: str, words: str) -> TracerouteHop:
    probes: list[Probe] = []
    speaker: Address | None = None
    name: str | None = None
    notes: dict[str, None] = {}
    for found in _PROBE_WORD.finditer(words):
        if found["unknown"]:
            raise ValueError(f"{found['unknown']!r} is no part of a hop")
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


def interface_brief(row: Row) -> InterfaceBrief:
    """Read one interface."""
    return InterfaceBrief(
        interface=row["INTERFACE"],
        address=None if row["ADDRESS"] == "unassigned" else IPv4Address(row["ADDRESS"]),
        ok=row["OK"] == "YES",
        method=row["METHOD"],
        status=row["STATUS"],
        protocol=row["PROTOCOL"],
    )


def user_line(row: Row) -> UserLine:
    """Read one line in use."""
    return UserLine(
        current=bool(row["CURRENT"]),
        line_number=number(row["NUMBER"]),
        line=row["LINE"],
        user=word(row["USER"]),
        hosts=row["HOSTS"],
        idle_s=duration(row["IDLE"]),
        location=word(row["LOCATION"]),
    )
