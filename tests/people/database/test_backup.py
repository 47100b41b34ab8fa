"""Backup and restore, on a database of the test's own: these commands replace all that is in one."""

import io
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import environ
import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections
from django.db.migrations.recorder import MigrationRecorder

from ladder.models import LadderVersion
from people.erasure.erase import erase_person
from people.login.sessions import SessionStore
from people.models import Session, User
from tests import factories
from trials.faults.row_hashes import row_hashes


@pytest.fixture
def in_place(own_database: str, django_db_blocker: Any) -> Iterator[Callable[[str], None]]:
    """Puts the database of a URL in the place of the tests' own, with the settings of that one."""
    kept = connections["default"]

    def put(url: str) -> None:
        connections["default"].close()
        settings = {**kept.settings_dict, **environ.Env.db_url_config(url), "OPTIONS": kept.settings_dict["OPTIONS"]}
        connections["default"] = type(kept)(settings, "default")

    with django_db_blocker.unblock():
        put(own_database)
        yield put
        put(own_database)
        Session.objects.all().delete()
        User.objects.all().delete()
        connections["default"].close()
    connections["default"] = kept


@pytest.fixture(autouse=True)
def own(in_place: Callable[[str], None]) -> None:
    """All tests here have a database of the file's own; each leaves nobody in it."""


def add(name: str) -> User:
    """Somebody who is logged in, and a visitor who is not."""
    person = User.objects.create(email=f"{name}@example.com")
    visit: SessionBase = SessionStore()
    visit["_auth_user_id"] = str(person.pk)
    visit.save()
    stay: SessionBase = SessionStore()
    stay["assessments"] = []
    stay.save()
    return person


def people() -> list[str]:
    return sorted(User.objects.values_list("email", flat=True))


def rows() -> dict[str, str]:
    return {table: rows for table, rows in row_hashes().items() if table != "people_session"}


def ran(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def refusal(*words: Any, **options: Any) -> str:
    """The one line that a command refuses with."""
    with pytest.raises(CommandError) as refused:
        ran(*words, **options)
    assert refused.value.returncode == 2
    (line,) = str(refused.value).splitlines()
    return line


def test_there_and_back(tmp_path: Path) -> None:
    """All rows are as they were, whoever was logged in is logged out, and visitors keep their session."""
    file = tmp_path / "one.backup"
    add("ada")
    before = rows()
    ran("backup", file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    add("bob")
    assert "--replace" in refusal("restore", file)
    assert (people(), Session.objects.count()) == (["ada@example.com", "bob@example.com"], 4)
    assert ran("restore", file, replace=True) == f"{file} is restored; 1 people were logged out\n"
    assert (people(), Session.objects.count(), rows()) == (["ada@example.com"], 1, before)


def test_what_protects_rows_is_back_too(tmp_path: Path) -> None:
    factories.make_ladder_version()
    ran("backup", tmp_path / "one.backup")
    ran("restore", tmp_path / "one.backup", replace=True)
    ran("migrate", check_unapplied=True)
    with pytest.raises(IntegrityError):
        LadderVersion.objects.update(slug="other")


def test_a_backup_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    file.write_text("mine")
    assert "is there already" in refusal("backup", file)
    assert file.read_text() == "mine"
    assert "no folder" in refusal("backup", tmp_path / "nowhere" / "one.backup")


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    add("ada")
    before = row_hashes()
    assert "there is no file" in refusal("restore", file, replace=True)
    file.write_bytes(b"PGDMP or something else" * 100)
    assert "is not a backup" in refusal("restore", file, replace=True)
    file.unlink()
    ran("backup", file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    refusal("restore", file, replace=True)
    assert row_hashes() == before


def test_a_backup_of_newer_code_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    recorder = MigrationRecorder(connection)
    recorder.record_applied("people", "9999_to_come")
    ran("backup", file)
    recorder.record_unapplied("people", "9999_to_come")
    assert "newer code, which knows people.9999_to_come" in refusal("restore", file, replace=True)


def test_a_database_that_is_away_is_one_line(tmp_path: Path, in_place: Callable[[str], None]) -> None:
    sqlite = connection.vendor == "sqlite"
    in_place(f"sqlite:///{tmp_path}/nowhere/a.sqlite3" if sqlite else "postgres://a@127.0.0.1:1/a")
    refusal("backup", tmp_path / "one.backup")
    assert not (tmp_path / "one.backup").exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)")
def test_missing_or_old_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "one.backup"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump is not installed" in refusal("backup", file)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    assert "pg_dump has version 9 and the server" in refusal("backup", file)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)")
def test_a_restored_database_knows_how_large_its_tables_are(tmp_path: Path) -> None:
    """Or else its first minutes are spent on plans for empty ones; -1 says that nobody looked yet."""
    ran("backup", tmp_path / "one.backup")
    ran("restore", tmp_path / "one.backup", replace=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(reltuples) FROM pg_class WHERE relname LIKE 'people_%' AND relkind = 'r'")
        assert cursor.fetchone() == (0.0,)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="not run: needs SQLite")
def test_a_backup_of_sqlite_is_a_database_by_itself(tmp_path: Path) -> None:
    ran("backup", tmp_path / "one.backup")
    with sqlite3.connect(tmp_path / "one.backup") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    copy.close()


def test_whoever_was_erased_since_is_erased_again(tmp_path: Path) -> None:
    file = tmp_path / "before.backup"
    person = add("gone")
    ran("backup", file)
    erase_person(person)
    assert "1 person was erased again" in ran("restore", file, replace=True)
    assert people() == []
