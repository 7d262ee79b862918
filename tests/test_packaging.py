"""The installed distribution: the names it owns and the command it offers."""

from importlib.metadata import entry_points, packages_distributions

import pytest


@pytest.mark.parametrize("name", ["automation", "tasks", "parsers", "labs"])
def test_no_other_distribution_ships_our_package_names(name: str) -> None:
    # An editable install records no owner, so this bites only against the built wheel.
    assert packages_distributions().get(name, ["dmvpn-orchestrator"]) == ["dmvpn-orchestrator"]


def test_the_command_is_called_dmvpn() -> None:
    (script,) = entry_points(group="console_scripts", name="dmvpn")
    assert script.value == "automation.cli:main"
