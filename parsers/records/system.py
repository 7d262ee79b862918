"""Values about the router itself: software, clock, archive, interfaces, lines."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address

from parsers.records.base import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Record):
    """What `show version` says of the router."""

    hostname: str
    software: str  # the line that names the software, whole
    image_id: str | None  # VIOS-ADVENTERPRISEK9-M
    version: str  # 15.9(3)M9, 17.3.4a
    xe_version: str | None
    uptime_s: int
    image_file: str | None
    reload_reason: str | None
    returned_by: str | None
    restarted_at: str | None
    rom: str | None
    boot_loader: str | None
    compiled: str | None
    platform: str | None  # CSR1000V, ASR1001, IOSv
    memory_kib: int | None
    serial: str | None
    configuration_register: str | None
    license_level: str | None
    license_type: str | None
    smart_licensing: str | None
    throughput_kbps: int | None
    hardware: tuple[str, ...]  # interfaces and memories, as printed
    notes: tuple[str, ...] = ()  # lines about stack members and special builds, as printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Record):
    """What `show clock` says."""

    source: str  # "synchronized", "not synchronized" (`.`), "not set" (`*`)
    time: datetime  # wall clock of the router, without a zone: see `zone`
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFile(Record):
    """One configuration kept by the archive."""

    number: int
    name: str
    most_recent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive(Record):
    """What `show archive` says."""

    enabled: bool
    maximum: int | None = None
    saved: int | None = None
    next_name: str | None = None
    files: tuple[ArchiveFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackTimer(Record):
    """A pending rollback of `show archive config rollback timer`; no record: none is pending."""

    configured_at: str
    timer_type: str
    timer_minutes: int
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceBrief(Record):
    """One row of `show ip interface brief`."""

    interface: str
    address: IPv4Address | None  # None: unassigned
    ok: bool
    method: str
    status: str
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine(Record):
    """One row of `show users`."""

    current: bool  # `*`: the line that asks
    line_number: int | None
    line: str
    user: str | None
    hosts: str
    idle_s: int | None
    location: str | None
