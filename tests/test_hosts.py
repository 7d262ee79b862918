"""The Nornir inventory: strict reading, places in every problem, labs merged, selection."""

from pathlib import Path

import pytest

from automation.credentials import Credentials
from automation.errors import UsageError
from automation.fabric.problems import InvalidFabric
from automation.hosts import DmvpnInventory, init_nornir
from automation.selection import select

HOSTS = """\
hub1:
  hostname: 192.0.2.1
  groups: [routers]
spoke1:
  hostname: 192.0.2.11
  username: other
  groups: [routers]
  data: {site: oslo}
  connection_options:
    dmvpn:
      extras: {host_keys: accept-new}
"""
GROUPS = """\
routers:
  username: admin
  password: secret:login
  data: {site: hq}
  connection_options:
    dmvpn:
      extras: {known_hosts: keys/known_hosts, secret: secret:enable}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hosts.yaml").write_text(HOSTS)
    (tmp_path / "groups.yaml").write_text(GROUPS)
    (tmp_path / "defaults.yaml").write_text("port: 2022\n")
    return tmp_path


def load(folder: Path, **options: object):
    return DmvpnInventory(folder, credentials=Credentials({}), **options).load()


def complain(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text)
    with pytest.raises(InvalidFabric) as caught:
        load(folder)
    return [f"{Path(p.file).name}:{p.line}:{p.column} {p.code}" for p in caught.value.problems]


def test_values_come_from_host_group_and_defaults(folder):
    hosts = load(folder).hosts
    found = hosts["spoke1"].get_connection_parameters("dmvpn")
    assert (found.hostname, found.port, found.username) == ("192.0.2.11", 2022, "other")
    assert hosts["hub1"].username == "admin"
    assert hosts["hub1"]["site"] == "hq"
    assert hosts["spoke1"]["site"] == "oslo"


def test_extras_are_merged_key_by_key(folder):
    extras = load(folder).hosts["spoke1"].get_connection_parameters("dmvpn").extras
    assert extras["host_keys"] == "accept-new"
    assert extras["secret"] == "secret:enable"
    assert extras["known_hosts"] == str(folder / "keys/known_hosts")
    assert extras["name"] == "spoke1"


def test_no_password_stands_in_an_inventory(folder):
    credentials = Credentials({"DMVPN_SECRET_LOGIN": "Pa55-word", "DMVPN_SECRET_ENABLE": "En4ble"})
    hosts = DmvpnInventory(folder, credentials=credentials).load().hosts
    found = hosts["hub1"].get_connection_parameters("dmvpn")
    assert found.password == "secret:login"
    assert found.extras["resolve"]("secret:login") == "Pa55-word"
    assert "Pa55-word" not in repr(hosts["hub1"].dict())


def test_every_problem_is_reported_at_its_place(folder):
    places = complain(
        folder,
        "hosts.yaml",
        "hub1:\n"
        "  hostnam: 192.0.2.1\n"
        "  port: 70000\n"
        "spoke1:\n"
        "  password: Pa55-word\n"
        "  groups: [router]\n"
        "  connection_options:\n"
        "    dmvpn:\n"
        "      extras: {host_key: strict, secret: clear}\n",
    )
    assert places == [
        "hosts.yaml:2:3 E101",
        "hosts.yaml:3:9 E103",
        "hosts.yaml:5:13 E204",
        "hosts.yaml:6:12 E108",
        "hosts.yaml:9:16 E101",
        "hosts.yaml:9:42 E204",
    ]


def test_a_clear_password_is_not_repeated(folder):
    (folder / "hosts.yaml").write_text("hub1:\n  password: Pa55-word\n")
    with pytest.raises(InvalidFabric) as caught:
        load(folder)
    assert "Pa55-word" not in str(caught.value)


def test_files_that_are_no_inventory(folder):
    assert complain(folder, "hosts.yaml", "- hub1\n") == ["hosts.yaml:1:1 E103"]
    assert complain(folder, "hosts.yaml", "hub1: {\n") == ["hosts.yaml:2:1 E100"]


def test_groups_that_contain_each_other_are_refused(folder):
    places = complain(folder, "groups.yaml", "routers: {groups: [b]}\nb: {groups: [routers]}\n")
    assert places == ["groups.yaml:1:19 E108", "groups.yaml:2:13 E108"]


def test_without_hosts_the_remedy_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"no hosts\.yaml") as caught:
        load(tmp_path)
    assert "dmvpn lab up" in caught.value.hint


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    place = tmp_path / "lab"
    place.mkdir()
    (place / "known_hosts").touch()
    (place / "credentials.yaml").write_text("lab: generated-1\n")
    (place / "credentials.yaml").chmod(0o600)
    (place / "hosts.yaml").write_text(
        "hub1: {hostname: 127.0.0.1, port: 40001, username: admin, password: 'secret:lab',"
        " data: {lab: demo}}\n"
        "spoke9: {hostname: 127.0.0.1, port: 40009, password: 'secret:lab'}\n"
    )
    return place / "hosts.yaml"


def test_a_lab_is_laid_over_the_inventory(folder, lab):
    hosts = load(folder, hosts=lab).hosts
    assert list(hosts) == ["hub1", "spoke1", "spoke9"]
    hub = hosts["hub1"].get_connection_parameters("dmvpn")
    assert (hub.hostname, hub.port, hub.password) == ("127.0.0.1", 40001, "secret:lab")
    assert hub.extras["known_hosts"] == str(lab.parent / "known_hosts")
    assert hub.extras["resolve"]("secret:lab") == "generated-1"
    assert hosts["hub1"]["site"] == "hq"
    assert hosts["spoke1"].hostname == "192.0.2.11"


def test_a_lab_needs_no_inventory(tmp_path, lab):
    assert list(load(tmp_path / "none", hosts=lab).hosts) == ["hub1", "spoke9"]


def test_nornir_finds_inventory_and_connection(folder):
    nornir = init_nornir(folder, credentials=Credentials({}), workers=3)
    assert list(nornir.inventory.hosts) == ["hub1", "spoke1"]


def test_a_wrong_file_of_secrets_is_reported_before_any_login(folder):
    file = folder / "credentials.yaml"
    file.write_text("login: Pa55-word\n")
    file.chmod(0o644)
    with pytest.raises(UsageError, match="open to others"):
        init_nornir(folder, credentials=Credentials({}, (file,)))


DEVICES = {
    "hub1": {"role": "hub", "site": "hq", "cloud": ["blue", "red"]},
    "hub2": {"role": "hub", "site": "dc", "cloud": ["blue"]},
    "oslo-1": {"role": "spoke", "site": "oslo", "cloud": ["blue"]},
    "oslo-2": {"role": "spoke", "site": "oslo", "cloud": ["red"]},
}


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("", "hub1 hub2 oslo-1 oslo-2"),
        ("hub2", "hub2"),
        ("oslo*", "oslo-1 oslo-2"),
        ("oslo-1,hub1", "hub1 oslo-1"),
        ("role:hub & !site:dc", "hub1"),
        ("cloud:red", "hub1 oslo-2"),
        ("hub1 | oslo* & cloud:red", "hub1 oslo-2"),
        ("(hub1 | oslo*) & cloud:blue", "hub1 oslo-1"),
        ("!(role:hub)", "oslo-1 oslo-2"),
        ("site:o*", "oslo-1 oslo-2"),
    ],
)
def test_selection(expression, wanted):
    assert select(expression, DEVICES) == tuple(wanted.split())


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("nobody", "no device fits 'nobody'"),
        ("role:hub &", "a name or key:value is missing"),
        ("(hub1", "a closing parenthesis is missing"),
        ("hub1 hub2", "'hub2' is too much"),
    ],
)
def test_selection_that_cannot_be_meant(expression, reason):
    with pytest.raises(UsageError) as caught:
        select(expression, DEVICES)
    assert reason in str(caught.value)
