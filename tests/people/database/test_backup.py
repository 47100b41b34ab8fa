"""Backup and restore, on a database of the test's own: these commands replace all that is in one."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
type Run = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database of the same kind as the tests', gone afterwards."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('backup')}/own.sqlite3"
        return
    import psycopg
    from psycopg import sql

    own = settings.DATABASES["default"]
    name = f"backup_{os.getpid()}"
    admin = {"host": own["HOST"], "port": own["PORT"] or 5432, "user": own["USER"], "password": own["PASSWORD"] or None}
    with psycopg.connect(**admin, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            login = f"{own['USER']}:{own['PASSWORD']}" if own["PASSWORD"] else own["USER"]
            yield f"postgres://{login}@{admin['host']}:{admin['port']}/{name}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def manage(database: str) -> Callable[..., Run]:
    def run(*words: str, **changed: str) -> Run:
        own = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=own | changed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


LOOK = """
from people.database.backup import row_hashes
from people.models import User
from people.models import Session
print(sorted(User.objects.values_list("email", flat=True)), Session.objects.count())
print(sorted(item for item in row_hashes().items() if item[0] != "people_session"))
"""
ADD = """
from people.login.sessions import SessionStore
from people.models import User
person = User.objects.create(email="{0}@example.com")
visit, stay = SessionStore(), SessionStore()
visit["_auth_user_id"] = str(person.pk)
visit.save()
stay["assessments"] = []
stay.save()
"""


def refusal(done: Run) -> str:
    """The one line that a command refuses with."""
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    return line


def ran(done: Run) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_and_back(manage: Callable[..., Run], tmp_path: Path) -> None:
    """All rows are as they were, whoever was logged in is logged out, and visitors keep their session."""
    file = tmp_path / "one.backup"
    ran(manage("migrate", "--verbosity=0"))
    ran(manage("shell", "-v0", "-c", ADD.format("ada")))
    before = ran(manage("shell", "-v0", "-c", LOOK)).splitlines()
    assert before[0] == "['ada@example.com'] 2"
    ran(manage("backup", str(file)))
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    ran(manage("shell", "-v0", "-c", ADD.format("bob")))

    assert "--replace" in refusal(manage("restore", str(file)))
    assert ran(manage("shell", "-v0", "-c", LOOK)).splitlines()[0] == "['ada@example.com', 'bob@example.com'] 4"

    assert ran(manage("restore", str(file), "--replace")) == f"{file} is restored; 1 people were logged out\n"
    after = ran(manage("shell", "-v0", "-c", LOOK)).splitlines()
    assert after == ["['ada@example.com'] 1", before[1]]


def test_what_protects_rows_is_back_too(manage: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    ran(manage("migrate", "--verbosity=0"))
    ran(manage("load_ladder", "fixtures/ladders/pm"))
    ran(manage("backup", str(file)))
    ran(manage("restore", str(file), "--replace"))
    ran(manage("migrate", "--check"))
    done = manage("shell", "-v0", "-c", "from ladder.models import Framework; Framework.objects.update(slug='other')")
    assert done.returncode
    assert "IntegrityError" in done.stderr


def test_a_backup_is_never_overwritten(manage: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    file.write_text("mine")
    assert "is there already" in refusal(manage("backup", str(file)))
    assert file.read_text() == "mine"
    assert "no folder" in refusal(manage("backup", str(tmp_path / "nowhere" / "one.backup")))


def test_what_is_no_backup_changes_nothing(manage: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    ran(manage("migrate", "--verbosity=0"))
    before = ran(manage("shell", "-v0", "-c", LOOK))
    assert "there is no file" in refusal(manage("restore", str(file), "--replace"))
    file.write_bytes(b"PGDMP or something else" * 100)
    assert "is not a backup" in refusal(manage("restore", str(file), "--replace"))
    file.unlink()
    ran(manage("backup", str(file)))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    refusal(manage("restore", str(file), "--replace"))
    assert ran(manage("shell", "-v0", "-c", LOOK)) == before


def test_a_backup_of_newer_code_is_refused(manage: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    ran(manage("migrate", "--verbosity=0"))
    mark = "from django.db.migrations.recorder import MigrationRecorder as R; from django.db import connection as c; "
    ran(manage("shell", "-v0", "-c", mark + "R(c).record_applied('people', '9999_to_come')"))
    ran(manage("backup", str(file)))
    ran(manage("shell", "-v0", "-c", mark + "R(c).record_unapplied('people', '9999_to_come')"))
    assert "newer code, which knows people.9999_to_come" in refusal(manage("restore", str(file), "--replace"))


def test_a_database_that_is_away_is_one_line(manage: Callable[..., Run], tmp_path: Path) -> None:
    away = f"sqlite:///{tmp_path}/nowhere/a.sqlite3" if connection.vendor == "sqlite" else "postgres://a@127.0.0.1:1/a"
    refusal(manage("backup", str(tmp_path / "one.backup"), DATABASE_URL=away))
    assert not (tmp_path / "one.backup").exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)")
def test_missing_or_old_programs_are_named(manage: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    assert "pg_dump is not installed" in refusal(manage("backup", str(file), PATH=str(tmp_path)))
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    assert "pg_dump has version 9 and the server" in refusal(manage("backup", str(file), PATH=str(tmp_path)))


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)")
def test_a_restored_database_knows_how_large_its_tables_are(manage: Callable[..., Run], tmp_path: Path) -> None:
    """Or else its first minutes are spent on plans for empty ones; -1 says that nobody looked yet."""
    ran(manage("migrate", "--verbosity=0"))
    ran(manage("backup", str(tmp_path / "one.backup")))
    ran(manage("restore", str(tmp_path / "one.backup"), "--replace"))
    look = (
        "from django.db import connection as c; u = c.cursor(); "
        "print(u.execute(\"SELECT min(reltuples) FROM pg_class WHERE relname LIKE 'people_%' AND relkind = 'r'\")"
        ".fetchone()[0])"
    )
    assert ran(manage("shell", "--verbosity=0", "--command", look)).strip() == "0.0"


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="not run: needs SQLite")
def test_a_backup_of_sqlite_is_a_database_by_itself(manage: Callable[..., Run], tmp_path: Path) -> None:
    ran(manage("migrate", "--verbosity=0"))
    ran(manage("backup", str(tmp_path / "one.backup")))
    with sqlite3.connect(tmp_path / "one.backup") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    copy.close()


ERASE = """
from people.erasure.erase import erase_person
from people.models import User
erase_person(User.objects.get(email="gone@example.com"))
"""


def test_whoever_was_erased_since_is_erased_again(manage: Callable[..., Run], tmp_path: Path) -> None:
    file = tmp_path / "before.backup"
    ran(manage("migrate", "--verbosity=0"))
    ran(manage("shell", "-v0", "-c", ADD.format("gone")))
    ran(manage("backup", str(file)))
    ran(manage("shell", "-v0", "-c", ERASE))
    assert "1 person was erased again" in ran(manage("restore", "--replace", str(file)))
    assert "gone@example.com" not in ran(manage("shell", "-v0", "-c", LOOK))
    # The visitor's session is back; the other tests of this database count sessions.
    ran(manage("shell", "-v0", "-c", "from people.models import Session; Session.objects.all().delete()"))
