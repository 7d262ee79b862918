"""Secrets: found by reference, refused when open to others, hidden in every text."""

import json
import logging
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest

from automation import log
from automation.credentials import Credentials, Redactor, name_of, variable_of
from automation.errors import UsageError
from automation.settings import Settings


def secrets(place: Path, text: str, mode: int = 0o600) -> Path:
    place.write_text(text)
    place.chmod(mode)
    return place


def test_environment_comes_before_files(tmp_path):
    file = secrets(tmp_path / "c.yaml", "psk-blue: from-file\nonly: in-file\n")
    found = Credentials({"DMVPN_SECRET_PSK_BLUE": "from-environment"}, (file,))
    assert found.reveal("secret:psk-blue") == "from-environment"
    assert found.reveal("secret:only") == "in-file"


def test_the_first_file_that_knows_a_name_wins(tmp_path):
    first = secrets(tmp_path / "a.yaml", "a: '1111'\n")
    second = secrets(tmp_path / "b.yaml", "a: '2222'\nb: '3333'\n")
    found = Credentials({}, (first, second, tmp_path / "absent.yaml"))
    assert (found.reveal("secret:a"), found.reveal("secret:b")) == ("1111", "3333")


def test_a_secret_hides_itself():
    found = Credentials({"DMVPN_SECRET_A": "Pa55-word"})
    assert "Pa55-word" not in repr(found.resolve("secret:a"))


def test_other_text_is_no_reference():
    assert Credentials({}).reveal("plain") == "plain"


def test_an_unknown_name_says_where_to_put_it(tmp_path):
    with pytest.raises(UsageError) as caught:
        Credentials({}, (tmp_path / "c.yaml",)).resolve("secret:psk-blue")
    assert caught.value.message == "no value for secret:psk-blue"
    assert "DMVPN_SECRET_PSK_BLUE" in caught.value.hint
    assert str(tmp_path / "c.yaml") in caught.value.hint


class NoBackend(Exception):
    """What a keyring says that has no place to keep secrets."""


def keyring(monkeypatch: pytest.MonkeyPatch, ask: Callable[[str, str], str | None]) -> None:
    module = ModuleType("keyring")
    module.get_password = ask
    errors = ModuleType("keyring.errors")
    errors.KeyringError = NoBackend
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_a_keyring_is_asked_last(monkeypatch):
    keyring(monkeypatch, lambda service, name: f"{service}/{name}" if name == "psk" else None)
    assert Credentials({}).reveal("secret:psk") == "dmvpn/psk"
    assert Credentials({"DMVPN_SECRET_PSK": "nearer"}).reveal("secret:psk") == "nearer"
    with pytest.raises(UsageError, match="no value for secret:other"):
        Credentials({}).resolve("secret:other")


def test_a_keyring_without_a_backend_knows_nothing(monkeypatch):
    def ask(service: str, name: str) -> str:
        raise NoBackend

    keyring(monkeypatch, ask)
    with pytest.raises(UsageError, match="no value for secret:psk"):
        Credentials({}).resolve("secret:psk")


def test_log_lines_go_to_a_file(tmp_path, restored_root):
    log.set_up(file=tmp_path / "log", redact=Redactor(["Pa55-word"]))
    logging.getLogger("x").warning("Pa55-word")
    assert (tmp_path / "log").read_text().endswith("Z warning x ********\n")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_open_to_others_is_refused(tmp_path, mode):
    file = secrets(tmp_path / "c.yaml", "a: Pa55-word\n", mode)
    with pytest.raises(UsageError) as caught:
        Credentials({}, (file,)).resolve("secret:a")
    assert str(caught.value) == (
        f"{file}: secrets are open to others (mode {mode:04o})\n   hint: chmod 600 {file}"
    )


@pytest.mark.parametrize(("text", "place"), [("a: [\n", ":2:1"), ("- a\n", "")])
def test_a_file_that_is_no_mapping(tmp_path, text, place):
    file = secrets(tmp_path / "c.yaml", text)
    with pytest.raises(UsageError) as caught:
        Credentials({}, (file,)).resolve("secret:a")
    assert caught.value.place == f"{file}{place}"


@pytest.mark.parametrize("reference", ["secret:", "secret:a b", "secret:../x", "plain"])
def test_malformed_references_are_refused_without_repeating_them(reference):
    with pytest.raises(UsageError) as caught:
        name_of(reference)
    assert "plain" not in str(caught.value)


def test_names_of_variables():
    assert variable_of("psk-blue.2") == "DMVPN_SECRET_PSK_BLUE_2"


def test_the_redactor_knows_what_was_given_out():
    found = Credentials({"DMVPN_SECRET_A": "Pa55-word"})
    found.resolve("secret:a")
    assert found.redact("psk Pa55-word!") == "psk ********!"


def test_the_longest_secret_is_hidden_first():
    assert (
        Redactor(["cisco", "cisco123"])("key cisco123, key cisco") == "key ********, key ********"
    )


def test_short_values_do_not_hide_ordinary_text():
    assert Redactor(["10"])("10.0.0.1") == "10.0.0.1"


@pytest.mark.parametrize(
    "line",
    [
        "username admin privilege 15 secret 9 {}",
        " password 7 {}",
        "  pre-shared-key {}",
        "  pre-shared-key local {}",
        "crypto isakmp key {} address 0.0.0.0",
        "crypto isakmp key 6 {} address 0.0.0.0",
        " ip nhrp authentication {}",
        "   key-string 7 {}",
        "snmp-server community {} RO",
    ],
)
def test_secrets_of_a_configuration_are_hidden_whoever_chose_them(line):
    assert Redactor()(line.format("s3cr3t")) == line.format("********")


@pytest.mark.parametrize(
    "line",
    [
        " tunnel key 100",
        "ip nhrp network-id 100",
        " pre-shared-key <secret:psk-blue#12ab>",
        "password: secret:login",
        "crypto key generate rsa modulus 2048",
    ],
)
def test_lines_without_a_secret_stay(line):
    assert Redactor()(line) == line


@pytest.fixture
def restored_root():
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [known for known in root.handlers if known.get_name() == log.OURS]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.usefixtures("restored_root")
def test_log_lines_hide_secrets_in_message_extra_and_traceback():
    stream = StringIO()
    log.set_up(level="info", redact=Redactor(["Pa55-word"]), stream=stream)
    logger = logging.getLogger("tasks.push")
    logger.info("sent %s", "key Pa55-word", extra={"device": "hub1", "line": "Pa55-word"})
    try:
        int("Pa55-word")
    except ValueError:
        logger.exception("failed")
    text = stream.getvalue()
    assert "Pa55-word" not in text
    assert "Z info tasks.push sent key ******** device=hub1 line=********" in text
    assert "invalid literal for int() with base 10: '********'" in text


@pytest.mark.usefixtures("restored_root")
def test_json_log_lines_hide_secrets_that_json_would_rewrite():
    stream = StringIO()
    log.set_up(level="info", form="json", redact=Redactor(['a"b\\c']), stream=stream)
    logging.getLogger("x").info('key a"b\\c', extra={"device": "hub1", "count": 3})
    found = json.loads(stream.getvalue())
    assert (found["event"], found["device"], found["count"]) == ("key ********", "hub1", 3)


@pytest.mark.usefixtures("restored_root")
def test_setting_up_again_replaces_our_handler_only():
    before = len(logging.getLogger().handlers)
    log.set_up(stream=StringIO())
    log.set_up(stream=StringIO())
    assert len(logging.getLogger().handlers) == before + 1


@pytest.mark.usefixtures("restored_root")
def test_libraries_that_log_sessions_stay_quiet():
    log.set_up(level="debug", stream=StringIO())
    assert not logging.getLogger("netmiko").isEnabledFor(logging.INFO)
    assert not logging.getLogger("paramiko.transport").isEnabledFor(logging.INFO)


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("DMVPN_WORKERS", "7")
    monkeypatch.setenv("DMVPN_INVENTORY", "/srv/dmvpn")
    found = Settings()
    assert (found.workers, found.inventory) == (7, Path("/srv/dmvpn"))
