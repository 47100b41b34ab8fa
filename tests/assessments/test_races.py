"""Many requests at the same moment lose nothing, on a database that really commits (see races.py)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
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
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database of the same kind as the tests', gone afterwards."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('races')}/races.sqlite3"
        return
    import psycopg
    from psycopg import sql

    own = settings.DATABASES["default"]
    name = f"races_{os.getpid()}"
    admin = {"host": own["HOST"], "port": own["PORT"] or 5432, "user": own["USER"], "password": own["PASSWORD"] or None}
    with psycopg.connect(**admin, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
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


def test_the_races_ran_on_the_same_kind_of_database(found: Any) -> None:
    assert found.pop("vendor") == connection.vendor
    assert sorted(found) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_many_at_once_lose_nothing(found: Any, name: str) -> None:
    assert found[name] == []
