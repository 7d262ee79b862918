"""The journal: durable order, torn ends, no secrets, one change at a time."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.errors import CouldNotLook, Refused
from automation.journal import JOURNAL, Journal, lock, new_run, replay, runs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def journal(folder: Path, **keywords: object) -> Journal:
    return Journal(folder, clock=lambda: NOON, **keywords)  # type: ignore[arg-type]


def test_entries_come_back_as_they_were_written(tmp_path: Path) -> None:
    with journal(tmp_path) as book:
        book.record("begin", device="hub1", step="arm", minutes=5)
        book.record("done", device="hub1", step="arm", lines=["a", "b"])
    first, second = replay(tmp_path / JOURNAL)
    assert (first.seq, first.event, first.device, first.step) == (1, "begin", "hub1", "arm")
    assert first.data == {"minutes": 5}
    assert second.data == {"lines": ["a", "b"]}


def test_every_entry_is_synced_before_record_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    with journal(tmp_path) as book:
        monkeypatch.setattr(os, "fsync", lambda fd: synced.append((tmp_path / JOURNAL).read_text()))
        book.record("begin", step="push")
    assert len(synced) == 1
    assert json.loads(synced[0])["step"] == "push"


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_torn_last_line_is_dropped_and_the_journal_goes_on(tmp_path: Path, cut: int) -> None:
    with journal(tmp_path) as book:
        book.record("begin", step="arm")
        book.record("done", step="arm")
    whole = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(whole[:-cut])
    assert [e.event for e in replay(tmp_path / JOURNAL)] == ["begin"]
    with journal(tmp_path) as book:
        book.record("resumed")
    assert [(e.seq, e.event) for e in replay(tmp_path / JOURNAL)] == [(1, "begin"), (2, "resumed")]


def test_damage_in_the_middle_is_an_error_with_its_place(tmp_path: Path) -> None:
    with journal(tmp_path) as book:
        book.record("begin")
        book.record("done")
    lines = (tmp_path / JOURNAL).read_text().splitlines()
    (tmp_path / JOURNAL).write_text(f"{lines[0][:20]}\n{lines[1]}\n")
    with pytest.raises(CouldNotLook, match=rf"{JOURNAL}:1: the journal is damaged"):
        replay(tmp_path / JOURNAL)


def test_texts_pass_the_redactor(tmp_path: Path) -> None:
    with journal(tmp_path, redact=lambda text: text.replace("hunter2", "***")) as book:
        book.record("failed", message="pre-shared-key hunter2", lines=["key hunter2"])
    assert "hunter2" not in (tmp_path / JOURNAL).read_text()


def test_the_file_is_private(tmp_path: Path) -> None:
    journal(tmp_path).close()
    assert (tmp_path / JOURNAL).stat().st_mode & 0o077 == 0


def test_runs_are_numbered_within_a_day(tmp_path: Path) -> None:
    names = [new_run(tmp_path, NOON).name for _ in range(11)]
    assert names[:2] == ["2026-11-22-1", "2026-11-22-2"]
    assert new_run(tmp_path, NOON + timedelta(days=1)).name == "2026-11-23-1"
    for name in (names[1], names[10]):
        journal(tmp_path / name).close()
    assert [run.name for run in runs(tmp_path)] == ["2026-11-22-2", "2026-11-22-11"]


def test_runs_of_no_folder_are_none(tmp_path: Path) -> None:
    assert runs(tmp_path / "absent") == ()


def test_a_second_lock_is_refused_with_who_and_when(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        lock(path, operation="apply", run="2026-11-22-1", now=NOON),
        pytest.raises(Refused) as caught,
        lock(path, operation="apply", run="2026-11-22-2", now=NOON + timedelta(minutes=3)),
    ):
        pytest.fail("two locks at once")
    assert caught.value.exit_code == 6
    assert 'run 2026-11-22-1 "apply", since 12:00:00Z (3 m)' in caught.value.message


def test_a_lock_is_free_again_after_use_and_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), lock(path, operation="apply", run="1", now=NOON):
        raise RuntimeError
    with lock(path, operation="apply", run="2", now=NOON):
        assert '"run": "2"' in path.read_text()
