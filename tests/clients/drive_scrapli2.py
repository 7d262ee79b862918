"""scrapli of the second generation, by OpenSSH's program and by its own libssh2."""

from collections.abc import Iterator

import pytest
from clients.conftest import Place
from scrapli import (
    AuthOptions,
    Cli,
    LookupKeyValue,
    SessionOptions,
    TransportBinOptions,
    TransportSsh2Options,
)

pytestmark = [pytest.mark.filterwarnings("ignore")]


@pytest.fixture(params=["bin", "ssh2"])
def cli(place: Place, request: pytest.FixtureRequest) -> Iterator[Cli]:
    made = (
        TransportBinOptions(enable_strict_key=False, ssh_config_path="/dev/null")
        if request.param == "bin"
        else TransportSsh2Options()
    )
    opened = Cli(
        place.host,
        port=place.port,
        definition_file_or_name="cisco_iosxe",
        auth_options=AuthOptions(
            username="oper",
            password=place.password,
            lookups=[LookupKeyValue(key="enable", value=place.password)],
        ),
        session_options=SessionOptions(operation_timeout_s=20),
        transport_options=made,
    )
    with opened:
        yield opened


def test_it_reads(cli: Cli, place: Place) -> None:
    assert cli.get_prompt().result == "hub1#"
    version = cli.send_input(input_="show version")
    assert not version.failed
    assert place.version in version.result
    both = cli.send_inputs(inputs=["show ip nhrp", "show ip route eigrp"])
    assert "10.255.0.2/32 via 10.255.0.2" in both.result
    assert "via 10.255.0.2" in both.result


def test_it_knows_a_refusal(cli: Cli) -> None:
    refused = cli.send_input(input_="show nonsense")
    assert refused.failed
    assert "% Invalid input detected at '^' marker." in refused.result


def test_it_configures(cli: Cli) -> None:
    lines = ["interface Loopback9", "description by scrapli 2"]
    assert not cli.send_inputs(inputs=lines, requested_mode="configuration").failed
    shown = cli.send_input(input_="show running-config interface Loopback9").result
    assert " description by scrapli 2" in [line.rstrip() for line in shown.splitlines()]
    cli.send_inputs(inputs=["no interface Loopback9"], requested_mode="configuration")
    assert "Loopback9" not in cli.send_input(input_="show running-config").result


def test_it_answers_questions(cli: Cli) -> None:
    asked = cli.send_prompted_input(
        input_="copy running-config startup-config",
        prompt="Destination filename [startup-config]?",
        prompt_pattern="",
        response="",
    )
    assert "[OK]" in asked.result


def test_it_changes_modes(cli: Cli) -> None:
    for mode, prompt in (
        ("exec", "hub1>"),
        ("configuration", "hub1(config)#"),
        ("privileged_exec", "hub1#"),
    ):
        cli.enter_mode(requested_mode=mode)
        assert cli.get_prompt().result == prompt
