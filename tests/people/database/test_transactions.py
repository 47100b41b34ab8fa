"""A transaction that the database takes back is done again, and nothing else is."""

import ast
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection

from people.database import transactions
from people.database.transactions import TRIES, is_conflict, retried, transactional

ROOT = Path(__file__).resolve().parents[3]
# Nested in an action, or in a loop of a worker that comes again by itself.
LEFT_OUT = {
    # Commands that read or fill a whole database alone: nothing conflicts with them, and hours would be done again.
    "people/database/backup.py backup_and_count",
    "people/database/backup.py dump",
    "people/database/moving.py _finish",
    "people/database/moving.py _move_table",
    "people/database/moving.py _prepare",
    "people/database/quiet_check.py database_forwards",
    *("people/models/people.py save", "people/organisations/invitations.py _once"),
    *("people/mail/outbox.py reap", "ladder/models.py publish"),
    # In each change that is recorded: a savepoint would cost it two statements.
    "people/audit/log.py record_all",
    *("people/database/transactions.py transactional", "people/database/transactions.py whole"),
}


class StateError(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


def error(sqlstate: str) -> OperationalError:
    """As Django hands it on: the driver's own error is its cause."""
    wrapped = OperationalError("taken back")
    wrapped.__cause__ = StateError(sqlstate)
    return wrapped


def failing(times: int, sqlstate: str = "40001") -> tuple[Callable[[], str], list[int]]:
    runs: list[int] = []

    def action() -> str:
        runs.append(1)
        if len(runs) <= times:
            raise error(sqlstate)
        return "done"

    return retried(action), runs


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions.time, "sleep", lambda _: None)


@pytest.mark.parametrize(
    ("times", "sqlstate", "tries"),
    # A conflict, one that never ends, and a database that is away.
    [(3, "40001", 4), (3, "40P01", 4), (1000, "40001", TRIES), (1, "57P01", 1)],
)
def test_a_conflict_is_done_again_some_times_and_nothing_else_is(times: int, sqlstate: str, tries: int) -> None:
    action, runs = failing(times, sqlstate)
    with nullcontext() if times < tries else pytest.raises(OperationalError):
        assert action() == "done"
    assert len(runs) == tries


def test_within_a_transaction_only_the_outermost_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    action, runs = failing(1)
    monkeypatch.setattr(transactions, "connections", {"default": SimpleNamespace(in_atomic_block=True)})
    with pytest.raises(OperationalError):
        action()
    assert len(runs) == 1


def test_a_conflict_is_known_by_its_state() -> None:
    assert is_conflict(error("40001"))
    assert not is_conflict(error("55P03"))
    assert not is_conflict(None)


def test_transactions_begin_by_the_decorator() -> None:
    found = set()
    for app in ("people", "ladder", "assessments", "growth"):
        for path in (ROOT / app).rglob("*.py"):
            if {"migrations", "commands"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and "transaction.atomic(" in ast.unparse(node):
                    found.add(f"{path.relative_to(ROOT)} {node.name}")
    assert found == LEFT_OUT


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)")
@pytest.mark.django_db
def test_a_real_serialisation_failure_is_done_again() -> None:
    """Another session changes the row between our first look and our change of it. All of it is committed."""
    import psycopg

    own = connection.settings_dict
    where: dict[str, Any] = {"host": own["HOST"], "port": own["PORT"] or 5432, "user": own["USER"]}
    where |= {"password": own["PASSWORD"] or None, "dbname": own["NAME"], "autocommit": True}
    looks: list[str] = []

    @transactional
    def rename() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            cursor.execute("SELECT name FROM retry_trial")
            looks.append(cursor.fetchone()[0])
            if len(looks) == 1:
                with psycopg.connect(**where) as other:
                    other.execute("UPDATE retry_trial SET name = 'Theirs'")
            cursor.execute("UPDATE retry_trial SET name = %s", [f"{looks[-1]} and ours"])

    def run() -> None:
        # A thread has a connection of its own, outside of the test's transaction.
        try:
            rename()
        finally:
            connection.close()

    with psycopg.connect(**where) as outside:
        outside.execute("CREATE TABLE retry_trial AS SELECT 'Old' AS name")
        try:
            thread = threading.Thread(target=run)
            thread.start()
            thread.join(60)
            assert looks == ["Old", "Theirs"]
            assert outside.execute("SELECT name FROM retry_trial").fetchone() == ("Theirs and ours",)
        finally:
            outside.execute("DROP TABLE retry_trial")
