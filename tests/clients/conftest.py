"""A cloud of two routers behind SSH listeners, as the heavy clients need it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labs.topology import LAB_PASSWORD, LabSpec, Node
from labs.twin import lab
from labs.twin.lab.folder import Folder

RATE = 20.0
IMAGES = ("15.5", "17.3")
HUB = """\
version {image}
hostname hub1
!
username admin privilege 15 secret 0 {password}
username oper privilege 1 secret 0 {password}
enable secret 0 {password}
!
ip domain name lab.example
!
archive
 path {flash}archive-
!
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
!
interface Tunnel0
 ip address 10.255.0.1 255.255.255.0
 no ip redirects
 ip nhrp network-id 1
 ip nhrp map multicast dynamic
 tunnel source GigabitEthernet2
 tunnel mode gre multipoint
 tunnel key 1
!
interface GigabitEthernet2
 description WAN
 ip address 203.0.113.1 255.255.255.0
!
interface GigabitEthernet3
 description LAN
 ip address 10.1.0.1 255.255.255.0
!
router eigrp 1
 network 10.0.0.0
!
ip ssh version 2
ip scp server enable
!
line vty 0 4
 login local
 transport input ssh
!
end
"""
SPOKE = """\
version {image}
hostname branch-1
!
interface Tunnel0
 ip address 10.255.0.2 255.255.255.0
 no ip redirects
 ip nhrp network-id 1
 ip nhrp map 10.255.0.1 203.0.113.1
 ip nhrp map multicast 203.0.113.1
 ip nhrp nhs 10.255.0.1
 tunnel source GigabitEthernet2
 tunnel mode gre multipoint
 tunnel key 1
!
interface GigabitEthernet2
 ip address 203.0.113.2 255.255.255.0
!
interface GigabitEthernet3
 ip address 10.2.0.1 255.255.255.0
!
router eigrp 1
 network 10.0.0.0
!
end
"""


@dataclass(frozen=True)
class Place:
    """The hub of a running cloud, as a client needs it."""

    folder: Path
    image: str
    port: int
    password: str
    host: str = "127.0.0.1"

    @property
    def version(self) -> str:
        """Give the words of `show version` that only this image prints."""
        return {"15.5": "Version 15.5(", "17.3": "Version 17.3.4a"}[self.image]

    def log(self) -> str:
        """Give what the lab's process complained of."""
        return (self.folder / "log").read_text()


def spec(image: str) -> LabSpec:
    """Describe the cloud at one image."""
    flash = "flash:" if image.startswith("15") else "bootflash:"
    words = {"image": image, "password": LAB_PASSWORD, "flash": flash}
    nodes = (
        Node(name="hub1", config=HUB.format(**words), image=image),
        Node(name="branch-1", config=SPOKE.format(**words), image=image),
    )
    return LabSpec(name=f"clients-{image}", nodes=nodes, rate=RATE)


@pytest.fixture(scope="module", params=IMAGES)
def cloud(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Run the cloud at each image."""
    folder = tmp_path_factory.mktemp("labs") / request.param
    known = lab.up(spec(request.param), folder)
    lab.run_for(folder, 60)
    (port,) = [router.port for router in known.routers if router.name == "hub1"]
    yield Place(folder, request.param, port, Folder(folder).password())
    lab.down(folder)


@pytest.fixture
def place(cloud: Place) -> Iterator[Place]:
    """Give the hub; afterwards nobody may have found a fault in its server."""
    yield cloud
    assert cloud.log() == ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many values of each command the independent readers read as they are."""
    table: dict[tuple[str, str], dict[str, int]] = {}
    for report in terminalreporter.stats.get("passed", []):
        for key, value in report.user_properties:
            if key == "read":
                reader, command, image, facts = value
                row = table.setdefault((command, reader), {})
                row[image] = row.get(image, 0) + facts
    if not table:
        return
    images = sorted({image for row in table.values() for image in row})
    terminalreporter.write_sep("=", "facts read as the twin holds them")
    terminalreporter.write_line(
        f"{'command':<36}{'reader':<15}" + "".join(f"{image:>8}" for image in images)
    )
    for (command, reader), row in sorted(table.items()):
        cells = "".join(f"{row.get(image, 0):>8}" for image in images)
        terminalreporter.write_line(f"{command:<36}{reader:<15}{cells}")
