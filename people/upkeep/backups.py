"""Backups that are made each day, kept for some time, and prove themselves: the newest is restored into a database of
its own, its rows are compared with those that were backed up, and that database is deleted."""

import contextlib
import datetime
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from people.database.backup import another, backup_and_count, put
from people.database.backup_postgresql import BackupError
from people.database.private import whole_file
from people.database.rows import Rows, differing, rows_of
from people.database.triggers import missing
from people.upkeep.steps import SkippedError

NEWEST_KEPT = 3
"""Backups that are kept however old they are: with a clock that is a year ahead, all others would be too old."""
_NAMED = "rungwise-%Y-%m-%dT%H%M%SZ.backup"
_PATTERN = re.compile(r"rungwise-\d{4}-\d\d-\d\dT\d{6}Z\.backup")
_LEFT = re.compile(r"\.(rungwise-|erasures\.jsonl).*\.part|\.proof-.*")
_MARK = "Rungwise: a backup is proved here; it may be dropped"


def folder() -> Path:
    """Where backups are kept, made if it is not there. Raises SkippedError without BACKUP_DIR, BackupError."""
    if settings.BACKUP_DIR is None:
        raise SkippedError("BACKUP_DIR is not set")
    path: Path = settings.BACKUP_DIR
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(f"BACKUP_DIR={path} can't be made: {error.strerror}") from error
    return path


def kept(at: Path) -> list[Path]:
    """The backups of ours in a folder, newest first. What else lies there is left alone."""
    try:
        return sorted((file for file in at.iterdir() if _PATTERN.fullmatch(file.name)), reverse=True)
    except OSError as error:
        raise BackupError(f"BACKUP_DIR={at} can't be read: {error.strerror}") from error


def back_up() -> str:
    """Delete what is too old, to have room, then make today's. Its rows' counts and hashes lie beside it."""
    at, now = folder(), timezone.now()
    deleted = _delete_old(at, now)
    file = at / now.strftime(_NAMED)
    rows = backup_and_count(file)
    _write(_list_beside(file), json.dumps(rows))
    count = f"; {deleted} older {'one' if deleted == 1 else 'ones'} deleted" if deleted else ""
    return f"{file.name}: {file.stat().st_size} bytes{count}"


def _delete_old(at: Path, now: datetime.datetime) -> int:
    oldest = (now - datetime.timedelta(days=settings.BACKUP_KEEP_DAYS)).strftime(_NAMED)
    old = [file for file in kept(at)[NEWEST_KEPT:] if file.name < oldest]
    # What a process left that was killed.
    yesterday = now.timestamp() - 24 * 3600
    left = [file for file in at.iterdir() if _LEFT.fullmatch(file.name)]
    try:
        for file in [*old, *(file for file in left if file.stat().st_mtime < yesterday)]:
            if file.is_dir():
                shutil.rmtree(file)
                continue
            _list_beside(file).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
    except OSError as error:
        raise BackupError(f"an old backup can't be deleted: {error.filename}: {error.strerror}") from error
    return len(old)


def _list_beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.rows")


def _write(file: Path, text: str) -> None:
    try:
        with whole_file(file) as unfinished:
            unfinished.write_text(text)
    except OSError as error:
        raise BackupError(f"{file} can't be written: {error.strerror}") from error


def prove_newest() -> str:
    """Restore the newest backup and compare. Raises BackupError when it is not what was backed up."""
    files = kept(folder())
    if not files:
        raise SkippedError("there is no backup yet")
    return prove(files[0])


def prove(file: Path) -> str:
    """Restore a backup into a database of its own, compare its rows with the list beside it, delete that database."""
    expected = _listed(file)
    with _scratch(file.parent) as scratch:
        put(scratch, file)
        if found := differing(expected, rows_of(scratch)):
            raise BackupError(f"{file} is not what was backed up: rows of {', '.join(found)} differ")
        if lost := missing(scratch):
            raise BackupError(f"{file} lacks what protects rows: {', '.join(lost)}")
    count = sum(count for count, _ in expected.values())
    return f"{file.name} was restored: {len(expected)} tables, {count} rows, all equal"


def _listed(file: Path) -> Rows:
    try:
        said = json.loads(_list_beside(file).read_text())
        return {table: (int(count), str(hashed)) for table, (count, hashed) in said.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise BackupError(f"{_list_beside(file)}, which says what is in the backup, can't be read") from error


@contextlib.contextmanager
def _scratch(at: Path) -> Iterator[BaseDatabaseWrapper]:
    """An empty database that is gone afterwards."""
    if connection.vendor == "sqlite":
        with (
            tempfile.TemporaryDirectory(prefix=".proof-", dir=at) as place,
            another(connection, f"{place}/proof.sqlite3") as scratch,
        ):
            yield scratch
        return
    name = f"{connection.settings_dict['NAME']}_proof"[:63]
    quoted = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        # One of a process that was killed. A database of somebody else's is not dropped.
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') IS NOT DISTINCT FROM %s FROM pg_database WHERE datname = %s",
            [_MARK, name],
        )
        if (found := cursor.fetchone()) and not found[0]:
            raise BackupError(f"there is a database {name} that is none of ours: rename it")
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
        try:
            cursor.execute(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING 'UTF8'")
        except DatabaseError as error:
            do = "ALTER ROLE … CREATEDB lets Rungwise's role make one for a moment"
            raise BackupError(f"no database to restore into: {' '.join(str(error).split())}; {do}") from error
        try:
            cursor.execute(f"COMMENT ON DATABASE {quoted} IS '{_MARK}'")
            with another(connection, name) as scratch:
                yield scratch
        finally:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")
