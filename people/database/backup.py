"""Backs up the whole database while it is in use, and restores it.

SQLite is copied by its own backup interface, PostgreSQL by pg_dump. A backup holds exactly what was committed when it
began. It appears under its name only once it is complete and on the disk: one that was interrupted could otherwise be
taken for a good one.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from people.database import backup_postgresql
from people.database.backup_postgresql import BackupError
from people.database.private import whole_file
from people.database.rows import Rows, rows_of

AFTER_RESTORE: list[Callable[[], str]] = []
"""What must happen before a restored database is used, in this order. Each says in a few words what it did, or "".
Apps add theirs when they start."""
AS_SOON_AS_RESTORED: list[Callable[[], None]] = []
"""What must hold from the moment on in which the rows are there, even if bringing them up to date then fails. The
tables may be older than the code."""
BEFORE_RESTORE: list[Callable[[], None]] = []
"""What must be read from the database that is about to be replaced. Not called when that is empty."""


def backup(file: Path) -> None:
    """Write a backup to a new file. Raises BackupError, and then there is no file."""
    _write(file, backup_postgresql.dump)


def backup_and_count(file: Path) -> Rows:
    """The same, and the counts and hashes of exactly the rows that are in it."""
    counted: list[Rows] = []

    def dump(connection: BaseDatabaseWrapper, unfinished: Path) -> None:
        # pg_dump sees what this transaction sees.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            backup_postgresql.dump(connection, unfinished, snapshot=cursor.fetchone()[0])
            counted.append(rows_of(connection))

    _write(file, dump)
    if connection.vendor == "sqlite":
        with another(connection, str(file)) as copy:
            counted.append(rows_of(copy))
    return counted[0]


@contextmanager
def another(connection: BaseDatabaseWrapper, name: str) -> Iterator[BaseDatabaseWrapper]:
    """A connection to another database of the same server; for SQLite, to another file."""
    other = connection.copy("another")
    other.settings_dict["NAME"] = name
    # A pool would stay.
    other.settings_dict["OPTIONS"].pop("pool", None)
    connections[other.alias] = other
    try:
        yield other
    finally:
        other.close()
        del connections[other.alias]


def _write(file: Path, dump: Callable[[BaseDatabaseWrapper, Path], None]) -> None:
    if file.exists():
        raise BackupError(f"{file} is there already; a backup never overwrites another. Give a name of its own.")
    if not file.parent.is_dir():
        raise BackupError(f"there is no folder {file.parent}")
    with _finished(file) as unfinished:
        if connection.vendor == "sqlite":
            _copy_sqlite(unfinished)
        else:
            dump(connection, unfinished)


@contextmanager
def _finished(file: Path) -> Iterator[Path]:
    """The file while it is written. Raises BackupError."""
    try:
        with whole_file(file) as unfinished:
            yield unfinished
    except OSError as error:
        raise BackupError(f"{file} can't be written: {error.strerror}") from error


def _copy_sqlite(file: Path) -> None:
    """Copy all pages in one read, while writers wait: page by page, the copy would start over after each write."""
    try:
        with (
            closing(sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True, timeout=60)) as live,
            closing(sqlite3.connect(file)) as copy,
        ):
            live.backup(copy)
            # In WAL mode, part of the copy could be in a second file beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        _check_sqlite(file)
    except sqlite3.Error as error:
        raise BackupError(f"the copy failed: {error}") from error


def _check_sqlite(file: Path) -> list[tuple[str, str]]:
    """App and name of each migration in a backup. Raises BackupError when it is not one of ours, or damaged."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy:
            verdict = copy.execute("PRAGMA quick_check").fetchone()[0]
            if verdict != "ok":
                raise BackupError(f"{file} is damaged: {verdict}")
            return list(copy.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup of Rungwise's SQLite database: {error}") from error


def restore(file: Path, *, replace: bool) -> list[str]:
    """Replace the database by a backup, migrate it, and run AFTER_RESTORE. Returns what each of these said.

    From then on nothing is mailed until manage.py go_live.

    Raises BackupError before anything is changed: when the backup is damaged or comes from newer code, and when the
    database is not empty and `replace` is not set.
    """
    if not file.is_file():
        raise BackupError(f"there is no file {file}")
    applied = _check_sqlite(file) if connection.vendor == "sqlite" else backup_postgresql.check(connection, file)
    _refuse_newer(applied)
    tables = connection.introspection.table_names()
    if tables and not replace:
        raise BackupError(
            f"the database holds {len(tables)} tables already. --replace deletes all that is in it; back it up first."
        )
    if tables and "django_migrations" in tables:
        for read in BEFORE_RESTORE:
            read()
    if connection.vendor == "sqlite":
        connections.close_all()
    put(connection, file)
    connections.close_all()
    for secure in AS_SOON_AS_RESTORED:
        secure()
    # The backup may be older than the code. This also installs the triggers.
    call_command("migrate", interactive=False, verbosity=0)
    return [said for step in AFTER_RESTORE if (said := step())]


def _refuse_newer(applied: list[tuple[str, str]]) -> None:
    if not applied:
        raise BackupError("the backup holds no migrations: it is not one of Rungwise")
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    labels = {app for app, _ in known}
    unknown = sorted(f"{app}.{name}" for app, name in applied if app in labels and (app, name) not in known)
    if unknown:
        raise BackupError(f"the backup was made by newer code, which knows {unknown[0]}. Restore it with that code.")


def put(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Replace all that is in a database by a backup, in one transaction."""
    if connection.vendor == "sqlite":
        _put_sqlite(Path(connection.settings_dict["NAME"]), file)
    else:
        backup_postgresql.put(connection, file)


def _put_sqlite(database: Path, file: Path) -> None:
    """Copy in one transaction: a process that has the database open sees the old state or the new, never a mixture."""
    try:
        with (
            closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as copy,
            closing(sqlite3.connect(database, timeout=60)) as live,
        ):
            live.execute("PRAGMA synchronous=FULL")
            copy.backup(live)
    except sqlite3.Error as error:
        raise BackupError(f"the restore failed, and the database is as it was: {error}") from error
