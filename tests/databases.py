"""Databases of a test's own, for what runs in other processes or replaces a whole database."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection, connections
from psycopg import sql

from people.models import visitors
from tests import factories


def server() -> str:
    """The URL of the PostgreSQL under test; nothing when it is SQLite."""
    url = os.environ.get("DATABASE_URL", "").strip()
    return url if url.startswith("postgres") else ""


@contextmanager
def scratch_database(folder: Path) -> Iterator[str]:
    """The URL of an empty database on the system under test: SQLite, or the server that DATABASE_URL names."""
    if not server():
        yield f"sqlite:///{folder / 'site.sqlite3'}"
        return
    with _created("CREATE DATABASE {name}") as url:
        yield url


@contextmanager
def migrated_database(folder: Path, blocker: Any) -> Iterator[str]:
    """The URL of a copy of the tests' database, as it is before a test: migrated, with the shipped ladder.

    To migrate an empty one takes four seconds of CPU, each time.
    """
    with blocker.unblock():
        # A test that commits empties all tables at its end.
        visitors()
        factories.make_ladder_version()
        name = connection.settings_dict["NAME"]
        if not server():
            file = folder / "site.sqlite3"
            with closing(sqlite3.connect(file)) as copy:
                connection.connection.backup(copy)
        # PostgreSQL copies a database that nobody is connected to.
        connections.close_all()
    if not server():
        yield f"sqlite:///{file}"
        return
    with _created("CREATE DATABASE {name} TEMPLATE {template}", template=name) as url:
        yield url


@contextmanager
def _created(statement: str, **names: str) -> Iterator[str]:
    # One process may have several at once: the journeys' site, and that of a test which needs another.
    name = f"rungwise_scratch_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(server(), autocommit=True) as admin:
        told = {key: sql.Identifier(value) for key, value in {"name": name, **names}.items()}
        admin.execute(sql.SQL(statement).format(**told))
        try:
            yield urlunsplit(urlsplit(server())._replace(path=f"/{name}"))
        finally:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
