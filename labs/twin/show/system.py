"""`show version`, `show users`, `show logging` and other facts of the machine itself."""

import hashlib
from collections.abc import Mapping
from typing import Any

from labs.twin.image import BOOTFLASH, FLASH, UNIX, ImageProfile
from labs.twin.router import Router
from labs.twin.show.times import hms, uptime
from labs.twin.show.view import View

SERIAL_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SERIAL_LENGTH = 11
XE_NAMES = (
    ((17, 13), "IOSXE"),
    ((17, 10), "Dublin"),
    ((17, 7), "Cupertino"),
    ((17, 4), "Bengaluru"),
    ((17, 1), "Amsterdam"),
    ((16, 10), "Gibraltar"),
    ((16, 7), "Fuji"),
    ((16, 4), "Everest"),
    ((0, 0), "Denali"),
)
"""Release names, by the first release that has them."""


def serial(router: Router) -> str:
    """Give the serial number of a router: fixed by its name."""
    digest = hashlib.sha256(router.name.encode()).digest()
    letters = (SERIAL_LETTERS[byte % len(SERIAL_LETTERS)] for byte in digest[: SERIAL_LENGTH - 1])
    return "9" + "".join(letters)


def model(image: ImageProfile) -> str:
    """Give the product an image profile stands for."""
    if image.filesystem == UNIX:
        return "Linux Unix"
    return "CSR1000V" if image.xe else "IOSv"


BUILDS = {
    "15.4(2)T4": "Thu 08-Oct-15 21:21",
    "15.5(3)M": "Wed 22-Jul-15 23:02",
    "15.5(3)S": "Wed 22-Jul-15 17:20",
    "15.7(3)M2": "Wed 28-Mar-18 11:18",
    "15.9(3)M": "Fri 26-Jul-19 08:12",
    "16.6.4": "Sun 08-Jul-18 04:33",
    "16.9.3": "Wed 20-Mar-19 08:02",
    "17.3.4a": "Tue 20-Jul-21 04:59",
    "17.15.1": "Sun 18-Aug-24 22:27",
}
"""When each release was compiled: the day of the release, no capture shows them."""


def show_version(view: View, args: Mapping[str, Any]) -> str:
    """Print what runs, since when, on what."""
    router = view.router
    image = router.image
    ports = sum(name.startswith("GigabitEthernet") for name in router.config.interfaces)
    up = uptime(view.now - router.booted)
    name = router.config.hostname
    lines = [*_software(image), *_build(image), "", *_boot(image, name, up), ""]
    lines += [*_license(view), *_hardware(router)]
    if ports:
        lines.append(f"{ports} Gigabit Ethernet interface{'' if ports == 1 else 's'}")
    lines += [*_memory(image), "", f"Configuration register is {register(image)}", ""]
    return "".join(f"{line}\n" for line in lines)


def _software(image: ImageProfile) -> list[str]:
    named = f"Cisco IOS Software [{_train(image)}]"
    released = f"Version {image.release}, RELEASE SOFTWARE (fc1)"
    if image.xe and image.filesystem == UNIX:
        return [f"{named}, Linux Software (X86_64BI_LINUX-ADVENTERPRISEK9-M), {released}"]
    if image.xe:
        virtual = "Virtual XE Software (X86_64_LINUX_IOSD-UNIVERSALK9-M)"
        return [
            f"Cisco IOS XE Software, Version {_padded(image.release)}",
            f"{named}, {virtual}, {released}",
        ]
    if image.filesystem == FLASH:
        return [f"Cisco IOS Software, IOSv Software (VIOS-ADVENTERPRISEK9-M), {released}"]
    linux = "Linux Software (I86BI_LINUX-ADVENTERPRISEK9-M)"
    return [
        f"Cisco IOS Software, {linux}, Version {image.release}, DEVELOPMENT TEST SOFTWARE",
    ]


def _train(image: ImageProfile) -> str:
    numbers = tuple(int(part) for part in image.version.split(".") if part.isdigit())
    return next(name for first, name in XE_NAMES if numbers >= first)


def _build(image: ImageProfile) -> list[str]:
    """Write who built the software and when."""
    day = BUILDS[image.release]
    team = "mcpre" if image.xe or image.release.endswith("S") else "prod_rel_team"
    return [
        "Technical Support: http://www.cisco.com/techsupport",
        f"Copyright (c) 1986-20{day[-8:-6]} by Cisco Systems, Inc.",
        f"Compiled {day} by {team}",
    ]


def _padded(release: str) -> str:
    """Write a release as XE does on the first line: 17.3.4a -> 17.03.04a."""
    major, *rest = release.split(".")
    parts = [f"0{part}" if len(part.rstrip("abcdefgs")) == 1 else part for part in rest]
    return ".".join([major, *parts])


def _boot(image: ImageProfile, name: str, up: str) -> list[str]:
    rom = "IOS-XE ROMMON" if image.xe else f"Bootstrap program is {model(image)}"
    lines = [f"ROM: {rom}", "", f"{name} uptime is {up}"]
    if image.xe:
        lines.append(f"Uptime for this control processor is {up}")
    lines.append("System returned to ROM by reload")
    file = {FLASH: "flash0:/vios-adventerprisek9-m", BOOTFLASH: "bootflash:packages.conf"}
    lines.append(f'System image file is "{file.get(image.filesystem, "unix:iol")}"')
    lines.append(f"Last reload reason: {'reload' if image.xe else 'Unknown reason'}")
    return lines


def _license(view: View) -> list[str]:
    """Give the licence levels, in the lines of a capture of 17.15 on a C8000V."""
    if not view.storage.image.crypto_locked:
        return []
    running = view.storage.booted_level
    coming = view.storage.tree.args("license boot level") or {}
    lines = [
        f"License Level: {running[0]}",
        "License Type: Perpetual",
        f"Next reload license Level: {coming.get('level', '')}",
        "",
    ]
    if view.router.image.version.startswith("17"):
        lines += [
            f"Addon License Level: {running[1]}",
            "Addon License Type: Subscription",
            f"Next reload addon license Level: {coming.get('addon', '')}",
            "",
        ]
    return lines


def _hardware(router: Router) -> list[str]:
    board = f"Processor board ID {serial(router)}"
    if router.image.filesystem == BOOTFLASH:
        return [
            "cisco CSR1000V (VXE) processor (revision VXE) with 2071575K/3075K bytes of memory.",
            board,
            "Router operating mode: Autonomous",
        ]
    if router.image.filesystem == FLASH:
        return ["Cisco IOSv (revision 1.0) with  with 460137K/62464K bytes of memory.", board]
    return ["Linux Unix (Intel-x86) processor with 1000K bytes of memory.", board]


def _memory(image: ImageProfile) -> list[str]:
    if image.filesystem == BOOTFLASH:
        return [
            "32768K bytes of non-volatile configuration memory.",
            "3978420K bytes of physical memory.",
            "6188032K bytes of virtual hard disk at bootflash:.",
        ]
    return ["256K bytes of non-volatile configuration memory."]


def register(image: ImageProfile) -> str:
    """Give the configuration register."""
    return "0x2102" if image.xe else "0x0"


def show_inventory(view: View, args: Mapping[str, Any]) -> str:
    """Print the chassis."""
    name = model(view.router.image)
    product = name if view.router.image.xe else name.upper()
    return (
        f'NAME: "Chassis", DESCR: "Cisco {name} Chassis"\n'
        f"PID: {product:<18}, VID: V00  , SN: {serial(view.router)}\n\n"
    )


def show_hosts(view: View, args: Mapping[str, Any]) -> str:
    """Print the domain and the host table (always empty)."""
    domain = view.router.config.domain_name
    return (
        f"Default domain is {domain or 'not set'}\n"
        "Name/address lookup uses static mappings\n\n"
        "Codes: UN - unknown, EX - expired, OK - OK, ?? - revalidate\n"
        "       temp - temporary, perm - permanent\n"
        "       NA - Not Applicable None - Not defined\n\n"
        "Host                      Port  Flags      Age Type   Address(es)\n"
    )


def show_users(view: View, args: Mapping[str, Any]) -> str:
    """Print who is logged in and from where."""
    rows = []
    for caller in view.sessions or (view.session,):
        mark = "*" if caller is view.session else " "
        number = caller.line.rsplit(" ", 1)[-1]
        rows.append(
            f"{mark}{int(number) + 1 if number.isdigit() else 0:>3} {caller.line:<9} "
            f"{caller.user:<10} idle                 {hms(view.now - caller.typed_at)} "
            f"{caller.source}\n"
        )
    return (
        "    Line       User       Host(s)              Idle       Location\n"
        + "".join(rows)
        + "\n  Interface    User               Mode         Idle     Peer Address\n\n"
    )


def show_lldp(view: View, args: Mapping[str, Any]) -> str:
    """Say that LLDP does not run."""
    return "% LLDP is not enabled\n"


def show_cdp(view: View, args: Mapping[str, Any]) -> str:
    """Say that CDP does not run."""
    return "% CDP is not enabled\n"
