"""Settings of the database, SQLite or PostgreSQL, from the environment.

On PostgreSQL each session switches `synchronous_commit` on: on a server tuned for speed, an answer that we have
acknowledged could otherwise be lost. Time limits on statements are for requests only, so config/wsgi.py sets them and
manage.py does not: they would abort a long migration or backup.
"""

import os
import sqlite3
from pathlib import Path
from typing import Any

from config import environment

VERIFYING = ("verify-ca", "verify-full")
ISOLATION = ("read committed", "repeatable read", "serializable")


def configured(data_dir: Path, *, pooled: bool) -> dict[str, dict[str, Any]]:
    """The setting `DATABASES`, of one database. `pooled`: PostgreSQL connections come from a pool by default."""
    default = environment.database("DATABASE_URL", data_dir / "rungwise.sqlite3")
    if default["ENGINE"].endswith("sqlite3"):
        if not environment.text("DATABASE_URL"):
            environment.folder("DATA_DIR", data_dir)
        return {"default": _sqlite(default)}
    return {"default": _postgresql(default, pooled=pooled)}


def to_move_to(url: str) -> dict[str, Any]:
    """A database that is named on a command line, with one connection."""
    database = environment.database_at("URL", url)
    if database["ENGINE"].endswith("sqlite3"):
        return _sqlite(database)
    _postgresql(database, pooled=False)
    # DATABASE_POOL is for the site.
    database["OPTIONS"].pop("pool", None)
    return database


def _sqlite(database: dict[str, Any]) -> dict[str, Any]:
    # Before 3.51.3 SQLite can, very rarely, corrupt a database in WAL mode; the rollback journal is safe everywhere.
    journal = "WAL" if sqlite3.sqlite_version_info >= (3, 51, 3) else "DELETE"
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": f"PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL;",
        "timeout": 20,
    }
    # Opening the file takes longer than the statements of most pages. But after a minute it is opened anew: a server
    # would never notice that the file was replaced.
    database["CONN_MAX_AGE"] = 60
    return database


def _postgresql(database: dict[str, Any], *, pooled: bool) -> dict[str, Any]:
    options = database.setdefault("OPTIONS", {})
    # Behind pgbouncer: DATABASE_POOL=0 and DATABASE_TRANSACTION_POOLER=1.
    if environment.flag("DATABASE_POOL", default=pooled):
        # While the database is away, a pool doubles the pause between its attempts: with a long reconnect_timeout it
        # would still be pausing after the database is back. If it gives up early, the next request makes it try again.
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 4, "reconnect_timeout": 3}
    else:
        database["CONN_MAX_AGE"] = environment.number("DATABASE_CONN_MAX_AGE", 60, low=0, high=86_400)
    # Otherwise a request would fail on a connection that died while it was idle.
    database["CONN_HEALTH_CHECKS"] = True
    options.setdefault("connect_timeout", 3)
    authorities = environment.authorities("CA_FILE")
    # Elsewhere it would make the client verify what nobody asked it to.
    if authorities and options.get("sslmode") in VERIFYING and "PGSSLROOTCERT" not in os.environ:
        options.setdefault("sslrootcert", authorities)
    pooler = environment.flag("DATABASE_TRANSACTION_POOLER", default=False)
    database["DISABLE_SERVER_SIDE_CURSORS"] = pooler
    isolation = environment.choice("DATABASE_ISOLATION", ISOLATION, ISOLATION[0])
    if isolation != ISOLATION[0]:
        from psycopg import IsolationLevel  # noqa: PLC0415  - SQLite needs none of it

        options["isolation_level"] = IsolationLevel[isolation.upper().replace(" ", "_")]
    if not pooler:
        # A pooler refuses these; behind one they are set on the role, as docs/operations.md shows.
        level = isolation.replace(" ", r"\ ")
        _add(options, synchronous_commit="on", default_transaction_isolation=level)
        if "random_page_cost" not in options["options"]:
            # The default is for spinning disks: PostgreSQL would read a whole table rather than look into an index five
            # hundred times, which on flash takes thirty times as long.
            _add(options, random_page_cost="1.1")
    return database


def _add(options: dict[str, Any], **parameters: str) -> None:
    words = [options.get("options", ""), *(f"-c {name}={value}" for name, value in parameters.items())]
    options["options"] = " ".join(filter(None, words))


def limit_time(databases: dict[str, dict[str, Any]]) -> None:
    """Limit how long statements, waits for locks and idle transactions take, in a process that answers requests."""
    limits = {
        "statement_timeout": environment.number("DATABASE_STATEMENT_SECONDS", 20, low=1, high=3600),
        "lock_timeout": environment.number("DATABASE_LOCK_SECONDS", 10, low=1, high=3600),
        "idle_in_transaction_session_timeout": environment.number("DATABASE_IDLE_SECONDS", 60, low=1, high=3600),
    }
    for database in databases.values():
        if database["ENGINE"].endswith("postgresql") and not database["DISABLE_SERVER_SIDE_CURSORS"]:
            _add(database["OPTIONS"], **{name: f"{seconds}s" for name, seconds in limits.items()})
