"""What a session of the database promises."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import databases

ROOT = Path(__file__).resolve().parent.parent
postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)"
)
URL = "postgres://user@db.example:5432/name"


def configured(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, dict[str, Any]]:
    for name in ("DATABASE_POOL", "DATABASE_TRANSACTION_POOLER", "DATABASE_ISOLATION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"DATABASE_URL": URL, **environment}.items():
        monkeypatch.setenv(name, value)
    return databases.configured(Path("unused"), pooled=True)


def asked(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_an_answer_is_committed_before_it_is_acknowledged(db: None) -> None:
    if connection.vendor == "sqlite":
        assert asked("PRAGMA synchronous") == 2
    else:
        assert asked("SHOW synchronous_commit") == "on"


@postgresql
def test_the_session_does_not_take_the_servers_word_for_it(db: None) -> None:
    """`source` says where the value comes from: our connection, not a file of the server's."""
    assert asked("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'") == "client"
    assert asked("SHOW transaction_isolation") == os.environ.get("DATABASE_ISOLATION", "read committed")


def test_plans_are_for_flash_unless_the_operator_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "-c random_page_cost=1.1" in configured(monkeypatch)["default"]["OPTIONS"]["options"]
    own = configured(monkeypatch, DATABASE_URL=f"{URL}?options=-c%20random_page_cost=4")["default"]["OPTIONS"]
    assert own["options"].startswith("-c random_page_cost=4 -c synchronous_commit=on")
    assert own["options"].count("random_page_cost") == 1


def test_a_pooler_gets_no_parameters_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    found = configured(monkeypatch, DATABASE_TRANSACTION_POOLER="1", DATABASE_POOL="0")
    databases.limit_time(found)
    assert "options" not in found["default"]["OPTIONS"]
    assert found["default"]["DISABLE_SERVER_SIDE_CURSORS"]


@postgresql
def test_only_requests_have_time_limits() -> None:
    look = (
        "from django.db import connection as c; u = c.cursor(); "
        "[print(u.execute('SHOW ' + n).fetchone()[0]) for n in "
        "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')]"
    )
    said = {}
    for name, first in {"request": "import config.wsgi; ", "command": "import django; django.setup(); "}.items():
        done = subprocess.run(
            [sys.executable, "-c", first + look],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_STATEMENT_SECONDS": "7"},
            capture_output=True,
            text=True,
            check=True,
        )
        said[name] = done.stdout.split()
    assert said == {"request": ["7s", "10s", "1min"], "command": ["0", "0", "0"]}


def test_a_stricter_isolation_holds_outside_of_transactions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    options = configured(monkeypatch, DATABASE_ISOLATION="serializable")["default"]["OPTIONS"]
    assert options["isolation_level"].name == "SERIALIZABLE"
    assert "default_transaction_isolation=serializable" in options["options"]
    with pytest.raises(ImproperlyConfigured, match="DATABASE_ISOLATION"):
        configured(monkeypatch, DATABASE_ISOLATION="chaos")
