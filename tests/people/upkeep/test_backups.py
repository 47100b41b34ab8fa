"""Backups of each day and their proof, on a database of the file's own."""

import datetime
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection

from people.database.backup_postgresql import BackupError
from people.database.rows import rows_of
from people.models import User
from people.upkeep import backups
from people.upkeep.steps import SkippedError
from tests.commands import ran
from tests.people.database.test_backup import on_postgresql


@pytest.fixture(autouse=True)
def folder(in_place: Callable[[str], None], settings: Any, tmp_path: Path) -> Path:
    """BACKUP_DIR, which nobody has made yet; all is done in a database of the file's own."""
    settings.BACKUP_DIR = tmp_path / "backups"
    User.objects.create(email="ada@example.com")
    path: Path = settings.BACKUP_DIR
    return path


@pytest.fixture
def nothing_left(folder: Path) -> Iterator[None]:
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            asked = "SELECT count(*) FROM pg_database WHERE datname = current_database() || '_proof'"
            cursor.execute(asked)
            assert cursor.fetchone() == (0,)
    assert [file for file in folder.iterdir() if file.name.startswith(".")] == []


def proved() -> str:
    with pytest.raises((BackupError, SkippedError)) as refused:
        backups.prove_newest()
    return str(refused.value)


def test_a_backup_is_made_and_proved_and_nothing_of_the_proof_is_left(folder: Path, nothing_left: None) -> None:
    lines = ran("daily", "backup", "erasures", "proof").splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "ok", "ok"], lines
    (file,) = backups.kept(folder)
    assert f"{file.name}: {file.stat().st_size} bytes" in lines[0]
    count = sum(count for count, _ in rows_of(connection).values())
    assert f"{len(rows_of(connection))} tables, " in lines[2]
    # What was written about the steps meanwhile is not in it.
    assert count - 3 <= int(lines[2].split(" tables, ")[1].split(" ")[0]) <= count
    assert {path.name for path in folder.iterdir()} == {file.name, f"{file.name}.rows", "erasures.jsonl"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in [folder, *folder.iterdir()])


def test_the_list_is_of_the_rows_that_are_in_the_backup(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where people write while the backup is made; on SQLite they wait."""
    real = backups.backup_and_count

    def while_writing(file: Path) -> Any:
        if connection.vendor == "postgresql":
            import people.database.backup as module

            counted, other = module.rows_of, connection.copy("other")

            def count(of: Any) -> Any:
                with other.cursor() as cursor:
                    cursor.execute("UPDATE people_user SET is_active = NOT is_active")
                other.close()
                return counted(of)

            monkeypatch.setattr(module, "rows_of", count)
        return real(file)

    monkeypatch.setattr(backups, "backup_and_count", while_writing)
    backups.back_up()
    assert backups.prove_newest().endswith("all equal")


def test_what_was_changed_in_a_backup_is_found(folder: Path, nothing_left: None) -> None:
    assert proved() == "there is no backup yet"
    backups.back_up()
    (file,) = backups.kept(folder)
    beside = file.with_name(f"{file.name}.rows")
    said = json.loads(beside.read_text())
    said["people_user"][0] += 1
    beside.write_text(json.dumps(said))
    assert proved() == f"{file} is not what was backed up: rows of people_user differ"
    for broken in ("", "[]", '{"people_user": 5}'):
        beside.write_text(broken)
        assert "which says what is in the backup, can't be read" in proved()
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    beside.write_text("{}")
    assert proved()


def test_a_backup_without_what_protects_rows_is_found(folder: Path, nothing_left: None) -> None:
    with connection.cursor() as cursor:
        on = " ON people_auditevent" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_kept{on}")
    try:
        backups.back_up()
        assert "lacks what protects rows: audit_kept" in proved()
    finally:
        ran("migrate", verbosity=0)


def test_old_backups_go_and_the_newest_stay_whatever_the_clock_says(
    folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "backup_and_count", lambda file: file.write_text("x") and {})
    begin = datetime.datetime(2026, 1, 1, 3, 10, tzinfo=datetime.UTC)
    settings.BACKUP_KEEP_DAYS = 5
    for day in range(20):
        monkeypatch.setattr("django.utils.timezone.now", lambda day=day: begin + datetime.timedelta(days=day))
        backups.back_up()
    assert [file.name[9:19] for file in backups.kept(folder)] == [f"2026-01-{day}" for day in range(20, 14, -1)]
    assert len(list(folder.iterdir())) == 12
    for name in ("mine.backup", "rungwise-2020-01-01.backup", "rungwise-2020-01-01T000000Z.backup.gpg"):
        (folder / name).write_text("kept")
    (folder / ".rungwise-2026-01-01T000000Z.backup.7.part").write_text("of a process that was killed")
    (folder / ".proof-abc").mkdir()
    for left in folder.glob(".*"):
        os.utime(left, (begin.timestamp(), begin.timestamp()))
    # A clock that is years ahead.
    monkeypatch.setattr("django.utils.timezone.now", lambda: begin + datetime.timedelta(days=900))
    assert backups.back_up().endswith("; 3 older ones deleted")
    assert len(backups.kept(folder)) == backups.NEWEST_KEPT + 1
    others = {file.name for file in folder.iterdir()} - {file.name for file in backups.kept(folder)}
    assert {name for name in others if not name.endswith(".rows")} == {
        *("mine.backup", "rungwise-2020-01-01.backup", "rungwise-2020-01-01T000000Z.backup.gpg")
    }


def test_a_folder_that_can_not_be_used_is_a_line(folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_text("a file")
    monkeypatch.setattr("sys.exit", left := Mock())
    lines = ran("daily", "backup", "erasures", "proof").splitlines()
    assert all(line.startswith("fail") and "can't be made" in line for line in lines)
    assert left.called
    folder.unlink()


def test_a_backup_by_hand_takes_the_place_of_none(folder: Path, tmp_path: Path) -> None:
    ran("backup", tmp_path / "by-hand.backup")
    assert [line.split()[0] for line in ran("daily").splitlines() if line.split()[1] in {"backup", "proof"}] == [
        "ok"
    ] * 2


def test_erasures_are_kept_whole_when_the_new_list_can_not_be_written(folder: Path, monkeypatch: Any) -> None:
    ran("daily", "erasures")
    (folder / "erasures.jsonl").write_text("the last one\n")
    monkeypatch.setattr("os.fsync", Mock(side_effect=OSError(28, "No space left on device")))
    monkeypatch.setattr("sys.exit", Mock())
    assert "can't be written: No space left on device" in ran("daily", "erasures")
    assert (folder / "erasures.jsonl").read_text() == "the last one\n"
    assert len(list(folder.iterdir())) == 1


@on_postgresql
def test_a_database_to_prove_in_is_made_and_none_of_others_dropped(folder: Path, nothing_left: None) -> None:
    backups.back_up()
    name = f"{connection.settings_dict['NAME']}_proof"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            assert "is none of ours: rename it" in proved()
            # As one that was killed leaves it.
            cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{backups._MARK}'")
            assert backups.prove_newest().endswith("all equal")
        finally:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute("CREATE ROLE nobody_special")
        try:
            cursor.execute("SET ROLE nobody_special")
            assert "ALTER ROLE … CREATEDB" in proved()
        finally:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP ROLE nobody_special")
