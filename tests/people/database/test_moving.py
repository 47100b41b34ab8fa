"""Everything moves from SQLite to PostgreSQL and back: what the first version left, brought up to date."""

import datetime
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, ConnectionHandler, IntegrityError, connection, connections, transaction
from django.utils import timezone

from assessments.models import Rating
from config import databases, health
from people.database import moving
from people.database.triggers import missing
from people.ids import uuid7
from people.mail.heartbeat import beat
from people.models import AuditEvent, OutboxMail, Proof, TeamMembership, User
from tests.commands import ran, refusal
from tests.databases import scratch_database
from tests.people.database.test_backup import on_postgresql
from tests.upgrade.test_upgrade import unpacked

pytestmark = on_postgresql
ODD = "a\vb c  \u202e"
"""Such as an earlier version stored it; today's columns would clean it."""
JSON = '{"b": 1.0, "a": [1e5, 0.1, null, 12345678901234567890], "é": "\\u20ac"}'


@contextmanager
def on(url: str) -> Iterator[None]:
    """Let all code see the database of a URL."""
    kept = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = ConnectionHandler({"default": databases.to_move_to(url)})["default"]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections[DEFAULT_DB_ALIAS] = kept


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any, django_db_setup: None) -> Path:
    """The SQLite file of the first version, up to date, with rows that no page of today would write."""
    file = unpacked("sqlite.sqlite3.xz", tmp_path_factory.mktemp("aged"))
    with django_db_blocker.unblock(), on(f"sqlite:///{file}"):
        call_command("migrate", interactive=False, verbosity=0)
        cache.set("kept", "a value", 3600)
        OutboxMail.objects.create(message={})
        with connection.cursor() as cursor:
            cursor.execute("UPDATE people_outboxmail SET message = %s", [JSON])
            cursor.execute("UPDATE people_organisation SET name = %s WHERE kind = 'company'", [ODD])
            # A number that was given and whose row is gone must not be given again.
            cursor.execute("UPDATE sqlite_sequence SET seq = 4711 WHERE name = 'auth_permission'")
    return file


@pytest.fixture
def source(aged: Path, tmp_path: Path, django_db_blocker: Any) -> Iterator[Path]:
    """A copy of it, in the place of the tests' database."""
    file = Path(shutil.copy(aged, tmp_path / "site.sqlite3"))
    with django_db_blocker.unblock(), on(f"sqlite:///{file}"):
        yield file


@pytest.fixture
def target(source: Path, tmp_path: Path) -> Iterator[str]:
    with scratch_database(tmp_path) as url:
        yield url


def prints() -> dict[str, moving.Fingerprint]:
    return {table._meta.db_table: moving._fingerprint(table, DEFAULT_DB_ALIAS) for table in moving._tables()}


def test_there_and_back(source: Path, target: str, tmp_path: Path) -> None:
    before, bytes_before = prints(), source.read_bytes()
    rows = sum(count for count, _ in before.values())
    assert rows > 1000
    assert f"{len(before)} tables with {rows} rows are in PostgreSQL; all rows are equal" in ran(
        "move_to_postgresql", target
    )
    assert source.read_bytes() == bytes_before
    with on(target):
        assert prints() == before
        _holds()
        assert cache.get("kept") == "a value"
        back = tmp_path / "back.sqlite3"
        assert f"are in {back}" in ran("move_to_sqlite", back)
    with on(f"sqlite:///{back}"):
        assert prints() == before
        _holds()
    assert back.stat().st_mode & 0o077 == 0


def _point_nowhere() -> None:
    TeamMembership.objects.update(user_id=uuid7())
    connection.check_constraints()


def _holds() -> None:
    """What a site stands on: chains, triggers, keys, numbers; nothing waits."""
    assert AuditEvent.objects.exists()
    assert ", 0 broken." in ran("verify_audit")
    assert missing(connection) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.filter(assessment__status="submitted").update(step=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        _point_nowhere()
    ran("migrate", check_unapplied=True)
    assert "rungwise_move" not in connection.introspection.table_names()
    with transaction.atomic():
        made = Permission.objects.create(
            name="x", codename="x", content_type_id=Permission.objects.first().content_type_id
        )
        assert made.pk > 4711
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_organisation WHERE name = %s", [ODD])
        assert cursor.fetchone()[0] >= 1


def test_a_move_that_was_interrupted_goes_on_and_serves_nobody_until_then(
    source: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, left = moving._copy, [25]

    def copy(*args: Any) -> None:
        real(*args)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(moving, "_copy", copy)
    with pytest.raises(KeyboardInterrupt):
        ran("move_to_postgresql", target)
    assert connection.vendor == "sqlite", "the default is what it was"
    with on(target):
        monkeypatch.setattr(health, "_migrated", False)
        assert health.not_ready_because().startswith("migrations are waiting")
        # Each trigger is in force all the time.
        assert missing(connection) == []
    # Somebody started the site again in between: what was there already is not what it was.
    Proof.objects.create(step="between")
    User.objects.update(last_login=timezone.now())
    said = ran("move_to_postgresql", target)
    assert " of them there already; all rows are equal." in said
    before = prints()
    with on(target):
        assert prints() == before
        _holds()
    assert refusal("move_to_postgresql", target).startswith("the target holds ")


def test_what_can_not_be_moved_is_a_line_and_changes_nothing(
    source: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "must start with postgres://" in refusal("move_to_postgresql", "mysql://a@b/c")
    assert "this moves to postgresql, and the URL is of sqlite" in refusal("move_to_postgresql", f"sqlite:///{source}2")
    assert "the site is on sqlite already" in refusal("move_to_sqlite", source.with_name("other.sqlite3"))
    assert "can't be reached" in refusal("move_to_postgresql", "postgres://a@127.0.0.1:1/a")
    with closing(sqlite3.connect(source)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        connection.settings_dict["OPTIONS"]["timeout"] = 0.1
        assert "stop the site first" in refusal("move_to_postgresql", target)
    beat()
    assert "stop the site, and wait a minute" in refusal("move_to_postgresql", target)
    cache.delete("worker-heartbeat")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_kept")
    assert "what protects rows is missing (audit_kept)" in refusal("move_to_postgresql", target)
    ran("migrate", verbosity=0)
    with on(target), connection.cursor() as cursor:
        assert connection.introspection.table_names() == []
        cursor.execute("CREATE TABLE mine (id integer)")
    assert (
        refusal("move_to_postgresql", target) == "the target holds 1 tables already: only an empty database is filled"
    )


def test_a_row_that_arrives_otherwise_or_not_at_all_stops_the_move(
    source: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = moving._stored

    def stored(table: Any, row: Any, to: Any) -> list[Any]:
        values = real(table, row, to)
        return [value + datetime.timedelta(microseconds=1) if hasattr(value, "minute") else value for value in values]

    with monkeypatch.context() as patch:
        patch.setattr(moving, "_stored", stored)
        assert "rows were read and other ones written" in refusal("move_to_postgresql", target)
    # What PostgreSQL can't store; the line names the table and quotes no row.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_organisation SET name = 'secret' || char(0) || 'x' WHERE kind = 'company'")
    said = refusal("move_to_postgresql", target)
    assert said.startswith("people_organisation: ")
    assert "secret" not in said
    # A chain that is broken in the source is broken here, too.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_organisation SET name = 'Lantern' WHERE kind = 'company'")
        cursor.execute("DROP TRIGGER audit_frozen")
        cursor.execute("UPDATE people_auditevent SET detail = '{\"x\": 1}'")
    ran("migrate", verbosity=0)
    assert "an audit log is broken" in refusal("move_to_postgresql", target)
