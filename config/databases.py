"""The databases, from the environment: SQLite or PostgreSQL, and what a session promises.

On PostgreSQL each session asks for `synchronous_commit` by itself, so that a server that was tuned for speed can't
take an acknowledged answer back. How long a statement may take is for requests only: a migration or a backup takes
the time that it takes, so config/wsgi.py asks for the limits and manage.py does not.
"""

import sqlite3
from pathlib import Path
from typing import Any

from config import environment

ISOLATION = ("read committed", "repeatable read", "serializable")


def configured(data_dir: Path, *, pooled: bool) -> dict[str, dict[str, Any]]:
    """`DATABASES`, of which there is one."""
    default = environment.database("DATABASE_URL", data_dir / "rungwise.sqlite3")
    if default["ENGINE"].endswith("sqlite3"):
        if not environment.text("DATABASE_URL"):
            data_dir.mkdir(parents=True, exist_ok=True)
        return {"default": _sqlite(default)}
    return {"default": _postgresql(default, pooled=pooled)}


def _sqlite(database: dict[str, Any]) -> dict[str, Any]:
    # SQLite before 3.51.3 can corrupt a write-ahead log under rare timing; the rollback journal is safe on all.
    journal = "WAL" if sqlite3.sqlite_version_info >= (3, 51, 3) else "DELETE"
    database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "init_command": f"PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL;",
        "timeout": 20,
    }
    # Opening the file and setting it up takes longer than the statements of most pages. For a minute only, so that a
    # server notices when the file was replaced.
    database["CONN_MAX_AGE"] = 60
    return database


def _postgresql(database: dict[str, Any], *, pooled: bool) -> dict[str, Any]:
    options = database.setdefault("OPTIONS", {})
    # Behind pgbouncer: DATABASE_POOL=0 and DATABASE_TRANSACTION_POOLER=1.
    if environment.flag("DATABASE_POOL", default=pooled):
        # A pool that keeps on trying pauses twice as long each time, and would miss the moment at which the database
        # is back. One that gives up soon tries anew with the next request.
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 4, "reconnect_timeout": 3}
    else:
        database["CONN_MAX_AGE"] = environment.number("DATABASE_CONN_MAX_AGE", 60, low=0, high=86_400)
    # A connection that died while nobody used it is replaced before a request meets it.
    database["CONN_HEALTH_CHECKS"] = True
    options["connect_timeout"] = 3
    pooler = environment.flag("DATABASE_TRANSACTION_POOLER", default=False)
    database["DISABLE_SERVER_SIDE_CURSORS"] = pooler
    isolation = environment.choice("DATABASE_ISOLATION", ISOLATION, ISOLATION[0])
    if isolation != ISOLATION[0]:
        from psycopg import IsolationLevel  # noqa: PLC0415  - SQLite needs none of it

        options["isolation_level"] = IsolationLevel[isolation.upper().replace(" ", "_")]
    if not pooler:
        # A pooler refuses these: the role has them there, as docs/operations.md shows.
        level = isolation.replace(" ", r"\ ")
        _add(options, synchronous_commit="on", default_transaction_isolation=level)
        if "random_page_cost" not in options["options"]:
            # PostgreSQL plans for disks that turn, on which reading a table from end to end beats five hundred looks
            # into an index; on flash it takes thirty times as long.
            _add(options, random_page_cost="1.1")
    return database


def _add(options: dict[str, Any], **parameters: str) -> None:
    words = [options.get("options", ""), *(f"-c {name}={value}" for name, value in parameters.items())]
    options["options"] = " ".join(filter(None, words))


def limit_time(databases: dict[str, dict[str, Any]]) -> None:
    """Give each statement, wait for a lock and idle transaction an end: for a process that answers requests."""
    limits = {
        "statement_timeout": environment.number("DATABASE_STATEMENT_SECONDS", 20, low=1, high=3600),
        "lock_timeout": environment.number("DATABASE_LOCK_SECONDS", 10, low=1, high=3600),
        "idle_in_transaction_session_timeout": environment.number("DATABASE_IDLE_SECONDS", 60, low=1, high=3600),
    }
    for database in databases.values():
        if database["ENGINE"].endswith("postgresql") and not database["DISABLE_SERVER_SIDE_CURSORS"]:
            _add(database["OPTIONS"], **{name: f"{seconds}s" for name, seconds in limits.items()})
