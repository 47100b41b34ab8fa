"""Many requests at the same moment lose nothing, on a database that really commits (see races.py)."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "windows_that_answer_first",
    "saves_that_overtake_each_other",
    "answers_that_meet_a_submit",
    "submits_at_the_same_moment",
    "claims_at_the_same_moment",
    "answers_that_meet_a_claim",
]


@pytest.fixture(scope="module")
def database(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a copy of the tests' database, gone afterwards: migrating takes longer than racing."""
    own = settings.DATABASES["default"]
    if connection.vendor == "sqlite":
        path = tmp_path_factory.mktemp("races") / "races.sqlite3"
        with django_db_blocker.unblock(), closing(sqlite3.connect(path)) as copy:
            connection.ensure_connection()
            connection.connection.backup(copy)
        yield f"sqlite:///{path}"
        return
    import psycopg
    from psycopg import sql

    name, template = f"races_{os.getpid()}", connection.settings_dict["NAME"]
    connection.close()
    admin = {"host": own["HOST"], "port": own["PORT"] or 5432, "user": own["USER"], "password": own["PASSWORD"] or None}
    with psycopg.connect(**admin, dbname="postgres", autocommit=True) as server:
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        server.execute(copy)
        try:
            login = f"{own['USER']}:{own['PASSWORD']}" if own["PASSWORD"] else own["USER"]
            yield f"postgres://{login}@{admin['host']}:{admin['port']}/{name}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def found(database: str) -> Any:
    """What went wrong, by race."""
    own = {**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "tests/assessments/races.py"],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Without the mark there is no database to copy when this file runs alone.
@pytest.mark.django_db
def test_many_at_once_lose_nothing(found: Any) -> None:
    assert found.pop("vendor") == connection.vendor
    assert found == {name: [] for name in NAMES}
