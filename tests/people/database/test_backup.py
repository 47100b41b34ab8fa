"""Backup and restore, on a database of the test's own: these commands replace all that is in one."""

import io
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.core import mail
from django.core.mail import EmailMessage
from django.db import IntegrityError, OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from config.doctor_upkeep import client_programs
from ladder.models import LadderVersion
from people.database.archive import made_by
from people.database.backup_postgresql import _fitting, server_version
from people.database.rows import Rows, rows_of
from people.erasure.erase import erase_person
from people.login.sessions import SessionStore
from people.mail.hold import is_held
from people.mail.outbox import reap, send_mail
from people.mail.post import post
from people.models import OutboxMail, RateCount, Session, User
from tests import factories
from tests.commands import ran, refusal
from trials.operate.versions import installed

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)"
)


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


# By a restore, on purpose; and what was done last is no part of a backup.
CHANGED = {"people_session", "people_mailhold", "people_proof"}


def rows() -> Rows:
    return {table: rows for table, rows in rows_of(connection).items() if table not in CHANGED}


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
    assert ran("restore", file, replace=True) == (
        f"{file} is restored; nothing is mailed until manage.py go_live; 1 people were logged out\n"
    )
    assert (people(), Session.objects.count(), rows()) == (["ada@example.com"], 1, before)


def test_what_protects_rows_is_back_too_and_whoever_was_erased_since_is_erased_again(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    factories.make_ladder_version()
    person = add("gone")
    ran("backup", file)
    erase_person(person)
    assert "1 person was erased again" in ran("restore", file, replace=True)
    assert people() == []
    ran("migrate", check_unapplied=True)
    with pytest.raises(IntegrityError):
        LadderVersion.objects.update(slug="other")


def test_a_restored_copy_mails_nobody_until_it_is_declared_live(tmp_path: Path, settings: Any) -> None:
    """Neither what waited in the backup nor what the copy writes; the second time, too, and with an older backup that
    can't be brought up to date."""
    settings.MAIL_IN_BACKGROUND = True
    post(EmailMessage("Your code", "1234", to=["ada@example.com"]))
    ran("backup", tmp_path / "one.backup")
    for _ in range(2):
        ran("restore", tmp_path / "one.backup", replace=True)
        post(EmailMessage("A new round", "It begins", to=["ada@example.com"]))
        for row in OutboxMail.objects.all():
            assert send_mail.call(str(row.pk)) == "held"
        assert (mail.outbox, OutboxMail.objects.filter(sent_at=None, given_up_at=None).count()) == ([], 2)
    assert ran("go_live") == "Live: 1 mail to be sent; 1 mail of before the restore given up.\n"
    assert reap()["queued again"] == 1
    for row in OutboxMail.objects.all():
        send_mail.call(str(row.pk))
    assert [message.subject for message in mail.outbox] == ["A new round"]
    assert "live already" in ran("go_live")
    # A migration that fails after the rows are there.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("people.database.backup.call_command", Mock(side_effect=OperationalError("no luck")))
        assert refusal("restore", tmp_path / "one.backup", replace=True) == "no luck"
    assert is_held()
    ran("go_live", send_waiting=True)
    (waited,) = OutboxMail.objects.filter(sent_at=None, given_up_at=None)
    assert send_mail.call(str(waited.pk)) == "sent"
    OutboxMail.objects.all().delete()


def test_a_backup_is_never_overwritten_and_a_database_that_is_away_is_one_line(
    tmp_path: Path, in_place: Callable[[str], None]
) -> None:
    file = tmp_path / "one.backup"
    file.write_text("mine")
    assert "is there already" in refusal("backup", file)
    assert file.read_text() == "mine"
    assert "no folder" in refusal("backup", tmp_path / "nowhere" / "one.backup")
    sqlite = connection.vendor == "sqlite"
    in_place(f"sqlite:///{tmp_path}/nowhere/a.sqlite3" if sqlite else "postgres://a@127.0.0.1:1/a")
    assert len(refusal("backup", tmp_path / "two.backup").splitlines()) == 1
    assert not (tmp_path / "two.backup").exists()


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    add("ada")
    before = rows()
    assert "there is no file" in refusal("restore", file, replace=True)
    file.write_bytes(b"PGDMP or something else" * 100)
    assert "is not a backup" in refusal("restore", file, replace=True)
    file.unlink()
    ran("backup", file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert len(refusal("restore", file, replace=True).splitlines()) == 1
    assert rows() == before


def test_a_backup_of_newer_code_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    recorder = MigrationRecorder(connection)
    recorder.record_applied("people", "9999_to_come")
    ran("backup", file)
    recorder.record_unapplied("people", "9999_to_come")
    assert "newer code, which knows people.9999_to_come" in refusal("restore", file, replace=True)


@on_postgresql
def test_missing_or_old_programs_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "one.backup"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "pg_dump is not installed" in refusal("backup", file)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    assert "pg_dump has version 9 and the server" in refusal("backup", file)
    found = list(client_programs())
    assert [(finding.state, finding.said) for finding in found] == [
        ("warn", "pg_restore and psql not found"),
        ("fail", f"pg_dump 9 older than the server, which is {server_version(connection)}"),
    ]
    assert all(f"client programs {server_version(connection)} or newer" in finding.do for finding in found)


def put_before(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PATH find this in the place of a program; `"$real"` is that one, whose folder is found after it."""
    real = shutil.which(name)
    assert real
    script = f'#!/bin/sh\nreal={real}\n[ "$1" = --version ] && exec "$real" --version\n{script}\n'
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@on_postgresql
@pytest.mark.parametrize("version", sorted(version for version in installed([]) if version >= 15))
def test_every_version_of_the_programs_that_is_not_older_than_the_server_will_do(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests have Debian's and, on Linux with x86, 17; trials/operate/versions.py tries all pairs."""
    if version < server_version(connection):
        pytest.skip("older than the server")
    monkeypatch.setenv("PATH", f"{installed([])[version]}:{os.environ['PATH']}")
    add("ada")
    before = rows()
    ran("backup", tmp_path / "one.backup")
    assert (made_by(tmp_path / "one.backup") or "").startswith(f"{version}.")
    add("bob")
    ran("restore", tmp_path / "one.backup", replace=True)
    assert (people(), rows()) == (["ada@example.com"], before)
    said = [(finding.state, finding.said) for finding in client_programs()]
    assert [state for state, _ in said] == ["ok"]
    assert f"client programs {version} for server {server_version(connection)}" in said[0][1]


@on_postgresql
def test_settings_of_newer_programs_are_left_out_and_rows_that_look_like_them_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    RateCount.objects.create(key="SET later_timeout = 0;", used=1, ends_at=timezone.now())
    before = rows()
    ran("backup", tmp_path / "one.backup")
    script = """echo 'SET later_timeout = 0;'; exec "$real" "$@" """
    put_before(tmp_path, "pg_restore", script, monkeypatch)
    ran("restore", tmp_path / "one.backup", replace=True)
    assert rows() == before
    RateCount.objects.all().delete()


def test_what_an_older_server_could_not_know_is_left_out_outside_of_rows() -> None:
    unknown = [
        b"SET later_timeout = 0;\n",
        b"SET client_min_messages = warning;\n",
        b"ALTER TABLE ONLY public.t ALTER COLUMN id SET (pg_attver=235836896);\n",
    ]
    known = [
        b"SET lock_timeout = 0;\n",
        b"ALTER TABLE ONLY public.t ALTER COLUMN id SET (n_distinct=5);\n",
        b"COPY public.t (id) FROM stdin;\n",
        *unknown,
        b"\\.\n",
    ]
    assert list(_fitting(io.BytesIO(b"".join([*unknown, *known, *unknown])), {"lock_timeout"})) == known


@on_postgresql
def test_a_restore_that_fails_says_the_error_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not what was dropped with it, which psql says first; and whatever language the operator's machine speaks."""
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    add("ada")
    before = rows()
    ran("backup", tmp_path / "one.backup")
    with connection.cursor() as cursor:
        cursor.execute("CREATE VIEW everybody AS SELECT * FROM people_user")
    put_before(tmp_path, "pg_restore", """"$real" "$@"; echo 'SELECT 1/0;'; echo 'SELECT nobody;' """, monkeypatch)
    said = refusal("restore", tmp_path / "one.backup", replace=True)
    assert said == "the restore failed, and the database is as it was: ERROR: division by zero"
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW everybody")
    assert rows() == before


@on_postgresql
def test_what_only_a_newer_program_can_read_is_told_apart_from_what_is_no_backup(tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    ran("backup", file)
    raw = file.read_bytes()
    # Format 1.99, texts of four bytes' length, no compression, seven numbers for the time, and three texts.
    texts = b"".join(b"\0" + len(text).to_bytes(4, "little") + text for text in (b"rungwise", b"98.1", b"99.9 (Far)"))
    file.write_bytes(b"PGDMP" + bytes([1, 99, 0, 4, 8, 1, 0]) + bytes(7 * 5) + texts + bytes(500))
    said = refusal("restore", file, replace=True)
    assert "was made by pg_dump 99.9" in said
    assert "install client programs 99 or newer" in said
    file.write_bytes(raw[: len(raw) // 2])
    assert "is damaged" in refusal("restore", file, replace=True)
    for other in (b"", b"PGDMP", b"PGDMP" + b"\xff" * 5000, b"SQLite format 3\0"):
        file.write_bytes(other)
        assert made_by(file) is None
        assert "is not a backup" in refusal("restore", file, replace=True)


def test_an_upgrade_is_taken_back_by_restoring_what_was_backed_up_before_it(tmp_path: Path) -> None:
    """What the newer code added is gone, tables and functions, and nothing of it is in the way."""
    add("ada")
    before = rows()
    ran("backup", tmp_path / "before.backup")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE people_later (id integer PRIMARY KEY, who uuid)")
        cursor.execute("ALTER TABLE people_user ADD COLUMN later integer NOT NULL DEFAULT 0")
        if connection.vendor == "postgresql":
            cursor.execute("CREATE VIEW later AS SELECT later FROM people_user")
    MigrationRecorder(connection).record_applied("people", "9999_to_come")
    ran("restore", tmp_path / "before.backup", replace=True)
    assert rows() == before
    ran("migrate", check_unapplied=True)


@on_postgresql
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
