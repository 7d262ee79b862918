"""Published troubleshooting labs: the planted faults show, and their repairs heal."""

from collections.abc import Callable, Iterable
from pathlib import Path

from conftest import SHARED, evidence

from labs.twin.cli.console import Console
from labs.twin.cli.session import Session
from labs.twin.intake.transcript import plain
from labs.twin.lab.configs import lab_of_configs
from labs.twin.lab.world import build
from labs.twin.network import Network

LABS = (SHARED or Path()) / "cases" / "fault-labs"
TROUBLE = "tshoot-01-p2-ikev1-eigrp"
LANS = {"HQ": "10.100.0.25", "BR1": "10.10.0.25", "BR2": "10.20.0.25", "BR3": "10.30.0.25"}

pytestmark = evidence


def booted(lab: str, seconds: float = 180.0) -> dict[str, Session]:
    made = build(lab_of_configs(LABS / lab, name="lab").spec, "word")
    made.network.run_for(seconds)
    return {name: console.open("x", 15, length=0) for name, console in made.consoles.items()}


def typed(session: Session, lines: Iterable[str]) -> None:
    for line in ("configure terminal", *lines, "end"):
        assert "%" not in session.execute(line)


def listings() -> list[Path]:
    """Find the running-configs that a router printed, not what somebody typed."""
    files = sorted(LABS.parent.glob("*/configs/*.cfg")) + sorted(LABS.glob("*/*.cfg"))
    return [file for file in files if "\nservice timestamps" in file.read_text(errors="replace")]


def lines_of(text: str) -> list[str]:
    return [
        line.rstrip()
        for line in text.splitlines()
        if line.strip(" !")
        and not line.lstrip().startswith("!")
        and not line.startswith(("Building", "Current configuration"))
    ]


def test_a_listing_is_printed_again_line_by_line_in_its_order(
    record_property: Callable[[str, object], None],
) -> None:
    moved = set()
    for file in listings():
        text = plain(file.read_text(errors="replace"))
        console = Console.boot(Network(seed=1), "router", text)
        if lines_of(text) != lines_of(console.storage.running_text()):
            moved.add(f"{file.parent.parent.name} {file.stem}")
    record_property("samples", len(listings()))
    assert not moved


def test_the_planted_faults_show() -> None:
    lab = booted(TROUBLE, 300.0)
    # F15: 3DES and group 5 at one branch: phase 1 fails there, and there only.
    assert "   IKE " in lab["BR1"].execute("show dmvpn | include 10.0.0.254")
    assert "MM_NO_STATE" in lab["BR1"].execute("show crypto isakmp sa")
    assert lab["HQ"].execute("show dmvpn | include UP").count(" UP ") == 2
    # F37: a branch that copies no multicast to the hub is registered and has no neighbour.
    assert "    UP " in lab["BR3"].execute("show dmvpn | include 10.0.0.254")
    flaps = lab["BR3"].execute("show logging | include retry limit exceeded")
    assert "%DUAL-5-NBRCHANGE: EIGRP-IPv4 100: Neighbor 10.0.0.254 (Tunnel100) is down" in flaps
    assert "10.0.0.3" not in lab["HQ"].execute("show ip eigrp neighbors")
    # F56: the LAN of the hub is in no network line.
    assert "10.0.0.254" in lab["BR2"].execute("show ip eigrp neighbors")
    assert "% Subnet not in table" in lab["BR2"].execute("show ip route 10.100.0.0")
    for name in ("BR1", "BR2"):
        printed = lab[name].execute(f"ping 10.100.0.25 source {LANS[name]}")
        assert "Success rate is 0 percent (0/5)" in printed


def test_the_repairs_heal() -> None:
    lab = booted(TROUBLE)
    family = ("router eigrp OVERLAY-EIGRP", "address-family ipv4 unicast autonomous-system 100")
    typed(lab["BR1"], ("crypto isakmp policy 1", "encr aes 192", "group 19"))
    typed(lab["BR3"], ("interface Tunnel100", "ip nhrp map multicast 100.0.20.20"))
    typed(lab["BR3"], (*family, "network 10.30.0.0 0.0.0.255"))
    typed(lab["HQ"], (*family, "network 10.100.0.0 0.0.0.255"))
    lab["HQ"].network.run_for(240.0)
    pairs = [(a, b) for a in LANS for b in LANS if a != b]
    for name, other in pairs * 2:
        printed = lab[name].execute(f"ping {LANS[other]} source {LANS[name]}")
        lab[name].network.run_for(3.0)
    for name, other in pairs:
        printed = lab[name].execute(f"ping {LANS[other]} source {LANS[name]}")
        assert "!!!!!" in printed, (name, other)
