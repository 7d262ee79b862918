"""Image profiles: which one a configuration asks for, and what its licence level offers."""

import pytest

from labs.twin.cli import Console, Session
from labs.twin.commands.reader import image_of
from labs.twin.image import IMAGES
from labs.twin.network import Network

FRESH = """\
version {version}
hostname R1
interface {port}
 ip address 192.0.2.1 255.255.255.0
{more}
end
"""
LEVEL = "license boot level network-advantage addon dna-advantage"


def boot(version: str = "17.3", port: str = "GigabitEthernet1", more: str = "!") -> Session:
    text = FRESH.format(version=version, port=port, more=more)
    return Console.boot(Network(1), "r1", text).open("u", 15, length=0)


def run(session: Session, *lines: str) -> str:
    return [session.execute(line) for line in lines][-1]


# reference/DMVPN.md section 2 (versions seen), LAB.md section 1 (file systems).
@pytest.mark.parametrize(
    ("version", "port", "name", "filesystem"),
    [
        ("15.4", "Ethernet0/0", "ios-15.4", "unix:"),
        ("15.5", "GigabitEthernet0/0", "ios-15.5", "flash:"),
        ("15.7", "Ethernet0/0", "ios-15.7", "unix:"),
        ("15.7", "GigabitEthernet0/0", "ios-15.7", "flash:"),
        ("15.9", "GigabitEthernet0/0", "ios-15.9", "flash:"),
        ("16.6", "GigabitEthernet1", "xe-16.6", "bootflash:"),
        ("16.9", "GigabitEthernet1", "xe-16.9", "bootflash:"),
        ("16.12", "GigabitEthernet1", "xe-16.9", "bootflash:"),
        ("17.3", "GigabitEthernet1", "xe-17.3", "bootflash:"),
        ("17.15", "Ethernet0/0", "iol-17.15", "unix:"),
        ("17.15", "GigabitEthernet1", "iol-17.15", "bootflash:"),
    ],
)
def test_a_configuration_says_its_image(
    version: str, port: str, name: str, filesystem: str
) -> None:
    text = FRESH.format(version=version, port=port, more="!")
    image = image_of(text, IMAGES["17.3"])
    assert (image.name, image.filesystem) == (name, filesystem)


def test_a_fresh_router_of_ios_xe_has_no_crypto() -> None:
    session = boot()
    assert run(session, "show crypto session") == (
        "        ^\n% Invalid input detected at '^' marker.\n\n"
    )
    assert run(session, "conf t", "crypto ikev2 proposal P") == (
        "                  ^\n% Invalid input detected at '^' marker.\n\n"
    )
    assert "% Invalid input" in run(
        session, "interface Tunnel0", "tunnel protection ipsec profile P"
    )
    assert "ikev2" not in session.feed(b"crypto ?").decode()


def test_the_licence_level_counts_after_save_and_reload() -> None:
    session = boot()
    console = session.console
    answer = run(session, "conf t", LEVEL)
    assert answer == "% use 'write' command to make license boot config take effect on next boot\n"
    assert "% Invalid input" in run(session, "crypto ikev2 proposal P")
    run(session, "end", "write", "reload", "")
    again = console.open("u", 15, length=0)
    assert run(again, "conf t", "crypto ikev2 proposal P") == ""
    assert again.prompt == "R1(config-ikev2-proposal)#"
    assert LEVEL in run(again, "end", "show running-config")


def test_a_level_that_was_not_saved_is_gone() -> None:
    session = boot()
    console = session.console
    run(session, "write", "conf t", LEVEL, "end", "reload", "no", "")
    again = console.open("u", 15, length=0)
    assert "% Invalid input" in run(again, "conf t", "crypto ikev2 proposal P")


@pytest.mark.parametrize(
    ("level", "licensed"),
    [
        ("ax", True),
        ("security", True),
        ("network-advantage", True),
        ("ipbase", False),
        ("appx", False),
    ],
)
def test_levels_with_crypto(level: str, licensed: bool) -> None:  # noqa: FBT001 - a table
    session = boot(more=f"license boot level {level}")
    assert ("Invalid" in run(session, "show crypto ikev2 sa")) is not licensed


@pytest.mark.parametrize(
    ("version", "port", "more"),
    [
        ("15.9", "GigabitEthernet0/0", "!"),
        ("17.15", "Ethernet0/0", "!"),
        ("17.3", "GigabitEthernet1", "crypto isakmp keepalive 30 5"),
    ],
)
def test_crypto_is_there_otherwise(version: str, port: str, more: str) -> None:
    assert "Invalid" not in run(boot(version, port, more), "show crypto ikev2 sa")


def test_keys_are_made_and_not_kept() -> None:
    session = boot()
    before = run(session, "show running-config | exclude ^!|bytes")
    assert "domain-name" in run(session, "conf t", "crypto key generate rsa modulus 2048")
    said = run(session, "ip domain name lab.example", "crypto key generate rsa modulus 2048")
    assert "name for the keys will be: R1.lab.example" in said
    run(session, "no ip domain name", "end")
    assert run(session, "show running-config | exclude ^!|bytes") == before


# Lines of captures in corpus/show_version and the names of the trains (release notes).
@pytest.mark.parametrize(
    ("version", "port", "first"),
    [
        ("15.4", "Ethernet0/0", "Cisco IOS Software, Linux Software (I86BI_LINUX-"),
        ("15.5", "GigabitEthernet0/0", "Cisco IOS Software, IOSv Software (VIOS-"),
        ("15.7", "Ethernet0/0", "Cisco IOS Software, Linux Software (I86BI_LINUX-"),
        ("15.9", "GigabitEthernet0/0", "Cisco IOS Software, IOSv Software (VIOS-"),
        ("16.6", "GigabitEthernet1", "Cisco IOS XE Software, Version 16.06.04\n"),
        ("16.9", "GigabitEthernet1", "Cisco IOS XE Software, Version 16.09.03\n"),
        ("17.3", "GigabitEthernet1", "Cisco IOS XE Software, Version 17.03.04a\n"),
        ("17.15", "Ethernet0/0", "Cisco IOS Software [IOSXE], Linux Software (X86_64BI_LINUX-"),
        ("17.15", "GigabitEthernet1", "Cisco IOS XE Software, Version 17.15.01\n"),
    ],
)
def test_show_version_tells_the_image(version: str, port: str, first: str) -> None:
    shown = run(boot(version, port), "show version")
    assert shown.startswith(first)
    locked = version.startswith(("16", "17")) and port != "Ethernet0/0"
    assert ("License Level:" in shown) is locked


def test_show_version_tells_the_level_of_the_next_boot() -> None:
    session = boot(more="license boot level ax")
    run(session, "configure terminal", LEVEL, "end")
    shown = run(session, "show version | include icense Level")
    assert shown.splitlines() == [
        "License Level: ax",
        "Next reload license Level: network-advantage",
        "Addon License Level: ",
        "Next reload addon license Level: dna-advantage",
    ]
