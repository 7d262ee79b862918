"""Rows about the router itself -> records."""

from datetime import datetime
from ipaddress import IPv4Address

from parsers.convert import refuse_if
from parsers.engine import Row
from parsers.records import (
    Archive,
    ArchiveFile,
    Clock,
    InterfaceBrief,
    RollbackTimer,
    UserLine,
    Version,
)
from parsers.values import (
    duration,
    lines,
    number,
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


CLOCK_SOURCE = {"": "synchronized", ".": "not synchronized", "*": "not set"}


def clock(row: Row) -> Clock:
    """Read the wall clock of the router."""
    date = " ".join(row["DATE"].split())
    # The name of a zone (CET, EST) does not say its offset, so the time stays without one.
    time = datetime.strptime(f"{row['TIME']} {date}", "%H:%M:%S.%f %b %d %Y")  # noqa: DTZ007
    return Clock(source=CLOCK_SOURCE[row["MARK"]], time=time, zone=row["ZONE"])


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
