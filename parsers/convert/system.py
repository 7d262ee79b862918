"""Rows about the router itself and of its tools (ping, traceroute) -> records."""

from parsers.engine import Row
from parsers.records import Version
from parsers.values import lines, number, word, worded_duration


def version(row: Row) -> Version:
    """Read what the router says of its software and hardware."""
    if not row["HOSTNAME"] or not row["VERSION"]:
        raise ValueError("no line says how long the router is up")
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
        notes=lines(row["NOTES"]),
    )
