"""scrapli of the first generation, with every transport that it has for SSH."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from clients.conftest import Place
from scrapli.driver.core import AsyncIOSXEDriver, IOSXEDriver

pytestmark = [pytest.mark.filterwarnings("ignore")]


def options(place: Place, transport: str, user: str) -> dict[str, Any]:
    return {
        "host": place.host,
        "port": place.port,
        "auth_username": user,
        "auth_password": place.password,
        "auth_secondary": place.password,
        "auth_strict_key": False,
        "ssh_config_file": False,
        "transport": transport,
        "timeout_ops": 20,
    }


@pytest.fixture(params=["system", "ssh2", "paramiko"])
def driver(place: Place, request: pytest.FixtureRequest) -> Iterator[IOSXEDriver]:
    with IOSXEDriver(**options(place, request.param, "oper")) as opened:
        yield opened


def test_it_reads(driver: IOSXEDriver, place: Place) -> None:
    assert driver.get_prompt() == "hub1#"
    version = driver.send_command("show version")
    assert not version.failed
    assert place.version in version.result
    nhrp, routes = driver.send_commands(["show ip nhrp", "show ip route eigrp"]).data
    assert "10.255.0.2/32 via 10.255.0.2" in nhrp.result
    assert "10.2.0.0" in routes.result
    assert "via 10.255.0.2" in routes.result


def test_it_knows_a_refusal(driver: IOSXEDriver) -> None:
    refused = driver.send_command("show nonsense")
    assert refused.failed
    assert "% Invalid input detected at '^' marker." in refused.result


def test_it_configures(driver: IOSXEDriver) -> None:
    done = driver.send_configs(["interface Loopback9", "description by scrapli"])
    assert not done.failed
    shown = driver.send_command("show running-config interface Loopback9").result
    assert " description by scrapli" in shown.splitlines()
    wrong = driver.send_configs(["interface Loopback9", "nonsense"], stop_on_failed=True)
    assert wrong.failed
    driver.send_configs(["no interface Loopback9"])
    assert "Loopback9" not in driver.send_command("show running-config").result


def test_it_answers_questions(driver: IOSXEDriver) -> None:
    asked = driver.send_interactive(
        [
            ("copy running-config startup-config", "Destination filename [startup-config]?", False),
            ("", "hub1#", False),
        ]
    )
    assert "[OK]" in asked.result


def test_it_changes_privileges(driver: IOSXEDriver) -> None:
    driver.acquire_priv("exec")
    assert driver.get_prompt() == "hub1>"
    driver.acquire_priv("tclsh")
    assert driver.get_prompt() == "hub1(tcl)#"
    driver.acquire_priv("configuration")
    assert driver.get_prompt() == "hub1(config)#"
    driver.acquire_priv("privilege_exec")
    assert driver.get_prompt() == "hub1#"


def test_asyncssh(place: Place) -> None:
    async def drive() -> tuple[str, str]:
        async with AsyncIOSXEDriver(**options(place, "asyncssh", "admin")) as driver:
            version = await driver.send_command("show version")
            await driver.send_configs(["interface Loopback8", "description asynchronous"])
            shown = await driver.send_command("show running-config interface Loopback8")
            await driver.send_configs(["no interface Loopback8"])
            return version.result, shown.result

    version, shown = asyncio.run(drive())
    assert place.version in version
    assert " description asynchronous" in shown
