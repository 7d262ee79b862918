"""`dmvpn parse`: files and stdin, tables and JSON, templates of the user, exit codes."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TESTS

from automation.cli import main

GOLDEN = TESTS / "golden" / "parsers"
DMVPN = GOLDEN / "show_dmvpn" / "spoke_shortcut_xe17.txt"
KEYS = {
    "interface",
    "type",
    "peers",
    "entries",
    "nbma_address",
    "tunnel_address",
    "state",
    "since_s",
    "attributes",
}
Said = tuple[int, str, str]


@pytest.fixture
def dmvpn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    def run(*words: object, stdin: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "argv", ["dmvpn", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(caught.value.code or 0), out, err

    return run


@pytest.mark.parametrize("command", ["show dmvpn", "sh dmv", "SHOW DMVPN | begin Interface"])
def test_json_is_one_object_with_flat_records(dmvpn: Callable[..., Said], command: str) -> None:
    code, out, _ = dmvpn("parse", command, DMVPN, "--format", "json")
    said = json.loads(out)
    assert (code, said["command"], said["parser"]) == (0, command, "show dmvpn")
    assert said["records"]
    for record in said["records"]:
        assert record.keys() >= KEYS
    assert said["records"][1]["attributes"] == ["D", "T1"]


def test_stdin_reads_like_a_file(dmvpn: Callable[..., Said]) -> None:
    expected = dmvpn("parse", "show dmvpn", DMVPN)
    assert dmvpn("parse", "show dmvpn", stdin=DMVPN.read_bytes()) == expected
    assert dmvpn("parse", "show dmvpn", "-", stdin=DMVPN.read_bytes()) == expected
    wide = DMVPN.read_text().encode("utf-16")
    assert dmvpn("parse", "show dmvpn", stdin=wide) == expected


def test_the_table_leaves_out_what_is_empty_everywhere(dmvpn: Callable[..., Said]) -> None:
    code, out, _ = dmvpn("parse", "show dmvpn", DMVPN)
    heading, *rows = out.splitlines()
    assert code == 0
    assert "tunnel_address" in heading
    assert "target_network" not in heading
    assert len(rows) == 3
    assert "D T1" in rows[1]
    assert dmvpn("parse", "show ip nhrp")[:2] == (0, "nothing to show\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (DMVPN.read_bytes() + b"junk\n", b"junk"),
        (b"\x7fELF\x02\x01\x00\xff\xfe", b"ELF"),
        (b"% Invalid input detected at '^' marker.\n", b"Invalid input"),
    ],
)
def test_what_cannot_be_read_names_its_line(
    dmvpn: Callable[..., Said], text: bytes, line: bytes
) -> None:
    code, out, err = dmvpn("parse", "show dmvpn", stdin=text)
    number = text[: text.index(line)].count(b"\n") + 1
    assert (code, out) == (5, "")
    assert f"line {number}:" in err
    assert line.decode() in err


def test_an_unknown_command_names_the_near_ones(dmvpn: Callable[..., Said]) -> None:
    code, _, err = dmvpn("parse", "show dmvnp")
    assert code == 2
    assert "near: show dmvpn" in err
    assert dmvpn("parse", "show s")[0] == 2
    assert dmvpn("parse", "show dmvpn", "absent.txt")[0] == 2


# --- templates of the user ------------------------------------------------------------------------

SOURCE = "Value NAME (\\S+)\nValue List TAG (\\w+)\n\nStart\n  ^tag $TAG\n  ^$NAME -> Record\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cisco_ios_show_my_thing.textfsm").write_text(SOURCE)
    return tmp_path


def test_a_template_of_the_user_reads_a_command(dmvpn: Callable[..., Said], folder: Path) -> None:
    code, out, _ = dmvpn(
        "parse", "sh my th", "--templates", folder, "--format", "json", stdin=b"tag a\ntag b\nx\n"
    )
    said = json.loads(out)
    assert (code, said["parser"]) == (0, "cisco_ios_show_my_thing")
    assert said["records"] == [{"NAME": "x", "TAG": ["a", "b"]}]


def test_other_commands_keep_their_parser(dmvpn: Callable[..., Said], folder: Path) -> None:
    expected = dmvpn("parse", "show dmvpn", DMVPN)
    assert dmvpn("parse", "show dmvpn", DMVPN, "--templates", folder) == expected
    (folder / "show_dmvpn.textfsm").write_text(SOURCE)
    assert dmvpn("parse", "show dmvpn", DMVPN, "--templates", folder) != expected


def test_a_wrong_template_or_folder_is_named(dmvpn: Callable[..., Said], folder: Path) -> None:
    (folder / "show_wrong.textfsm").write_text("Value A (a)\n\nStart\n  ^a -> Nowhere\n")
    code, _, err = dmvpn("parse", "show wrong", "--templates", folder)
    assert code == 2
    assert "show_wrong.textfsm:4" in err
    assert dmvpn("parse", "show wrong", "--templates", folder / "absent")[0] == 2
    (folder / "show_my_think.textfsm").write_text(SOURCE)
    code, _, err = dmvpn("parse", "show my thi", "--templates", folder)
    assert code == 2
    assert "could be" in err


def test_an_expression_without_end_is_stopped(
    dmvpn: Callable[..., Said], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automation.cli.parse.PATIENCE_S", 0.05)
    (folder / "show_wrong.textfsm").write_text("Value A (a)\n\nStart\n  ^(a|aa)+$$ -> Record\n")
    code, _, err = dmvpn("parse", "show wrong", "--templates", folder, stdin=b"a" * 200 + b"b\n")
    assert code == 5
    assert "never ends" in err
