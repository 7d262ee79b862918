"""pyATS: unicon connects, executes, configures; Genie parses over the same session."""

from collections.abc import Iterator
from typing import Any

import pytest
from clients.conftest import Place

pytestmark = [pytest.mark.filterwarnings("ignore")]


def described(place: Place, user: str) -> dict[str, Any]:
    kind = "ios" if place.image.startswith("15") else "iosxe"
    login = {"username": user, "password": place.password}
    return {
        "devices": {
            "hub1": {
                "os": kind,
                "type": "router",
                "credentials": {"default": login, "enable": {"password": place.password}},
                "connections": {
                    "cli": {
                        "protocol": "ssh",
                        "ip": place.host,
                        "port": place.port,
                        "ssh_options": (
                            "-F none -o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no"
                        ),
                    }
                },
            }
        }
    }


def hurry(device: Any) -> None:
    """Connect; what unicon sleeps on its own side after the end is nothing to wait for."""
    device.connect(
        log_stdout=False,
        connection_timeout=60,
        settings={"GRACEFUL_DISCONNECT_WAIT_SEC": 0, "POST_DISCONNECT_WAIT_SEC": 0},
    )


@pytest.fixture(params=["oper", "admin"])
def device(place: Place, request: pytest.FixtureRequest) -> Iterator[Any]:
    from genie.testbed import load

    made = load(described(place, request.param)).devices["hub1"]
    hurry(made)
    yield made
    made.disconnect()


def test_it_connects_executes_and_configures(device: Any, place: Place) -> None:
    assert place.version in device.execute("show version")
    # What unicon configures at every connection.
    assert "exec-timeout 0 0" in device.execute("show running-config | section line vty")
    device.configure(["interface Loopback9", "description by unicon"])
    assert " description by unicon" in device.execute("show running-config interface Loopback9")
    device.configure("no interface Loopback9")
    assert "Loopback9" not in device.execute("show running-config")


def test_it_knows_a_refusal(device: Any) -> None:
    from unicon.core.errors import SubCommandFailure

    with pytest.raises(SubCommandFailure, match="Invalid input"):
        device.execute("show nonsense")
    with pytest.raises(SubCommandFailure, match="nonsense"):
        device.configure(["interface Loopback9", "nonsense"])
    device.configure("no interface Loopback9")


def test_it_pings_and_copies(device: Any) -> None:
    assert "Success rate is 100 percent (5/5)" in device.ping("10.255.0.2")
    copied = device.execute("write memory")
    assert "[OK]" in copied


def test_it_parses(device: Any) -> None:
    version = device.parse("show version")["version"]
    assert version["hostname"] == "hub1"
    brief = device.parse("show ip interface brief")["interface"]
    assert brief["Tunnel0"]["ip_address"] == "10.255.0.1"
    assert brief["Tunnel0"]["protocol"] == "up"
    neighbors = device.parse("show ip eigrp neighbors")
    assert "10.255.0.2" in str(neighbors)
    if device.os == "iosxe":  # Genie reads it of no other system
        tunnel = device.parse("show dmvpn")["interfaces"]["Tunnel0"]
        assert (tunnel["type"], tunnel["nhrp_peers"]) == ("Hub", 1)
        (entry,) = tunnel["ent"].values()
        told = entry["peers"]["203.0.113.2"]["tunnel_addr"]["10.255.0.2"]["attrb"]
        assert {attribute: row["state"] for attribute, row in told.items()} == {"D": "UP"}


def test_two_sessions_see_each_other(device: Any, place: Place) -> None:
    from genie.testbed import load

    other = load(described(place, "admin")).devices["hub1"]
    hurry(other)
    device.configure(["interface Loopback9", "description seen"])
    assert " description seen" in other.execute("show running-config interface Loopback9")
    users = other.execute("show users")
    assert users.count("vty") == 2
    other.configure("no interface Loopback9")
    other.disconnect()
