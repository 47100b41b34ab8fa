"""Moves everything from one database to an empty one of the other kind: SQLite to PostgreSQL, or back.

Table by table, each in a transaction of its own and compared by a hash of its rows, so a move that was interrupted goes
on where it stopped. Keys between tables are checked at the end, all at once. Until then the target says that migrations
are waiting and serves nobody. The source is only read, and nobody can write to it meanwhile.

Values pass as they are stored: nothing is cleaned, renumbered or given a new time, or chains of the audit log would
break.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched
from typing import Any

from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Cast

from people.database.rows import hash_of
from people.database.triggers import IN_FORCE, missing

SOURCE = "source"
"""The alias of the database that is read; the one that is filled is the default while a move runs."""
_MARK = "rungwise_move"
_AT_ONCE = 1000

type Table = type[models.Model]
type Fingerprint = tuple[int, int]
"""How many rows a table has, and the sum of their hashes."""


class MoveError(Exception):
    """A move that can't be done; the message is one line for the operator."""


class _CacheRow(models.Model):
    """A row of the table of Django's cache, which has no model."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField()

    class Meta:
        apps = Apps()
        app_label = "moving"
        db_table = str(settings.CACHES["default"]["LOCATION"])

    def __str__(self) -> str:
        return self.cache_key


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move came to. `skipped`: tables that were there already, from a move before this one. `strange`: tables of
    the source that are none of ours, which stay behind."""

    tables: int
    rows: int
    skipped: int
    strange: list[str]


def move(target: BaseDatabaseWrapper, tell: Callable[[str], None]) -> Moved:
    """Fill an empty database with all that is in the default one. Raises MoveError."""
    _refuse_unready(connections[DEFAULT_DB_ALIAS])
    with _in_the_place_of_the_default(target) as source, _nobody_writes(source):
        _prepare(target)
        tables = [table for table in _tables() if table._meta.db_table]  # noqa: SLF001
        rows = skipped = 0
        for table in tables:
            name = table._meta.db_table  # noqa: SLF001
            count, was_there = _move_table(table, target)
            rows, skipped = rows + count, skipped + was_there
            tell(f"{name}: {count} rows" + (", there already" if was_there else ""))
        _finish(target, source, tables)
        ours = {table._meta.db_table for table in tables} | {MigrationRecorder.Migration._meta.db_table}  # noqa: SLF001
        strange = sorted(set(source.introspection.table_names()) - ours)
    return Moved(len(tables), rows, skipped, strange)


def _tables() -> list[Table]:
    """All tables but that of migrations, which comes last."""
    found = [table for table in apps.get_models(include_auto_created=True) if table._meta.managed]  # noqa: SLF001
    return [*(table for table in found if not table._meta.proxy), _CacheRow]  # noqa: SLF001


def _refuse_unready(source: BaseDatabaseWrapper) -> None:
    executor = MigrationExecutor(source)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MoveError("migrations are waiting: run manage.py migrate first")
    if lost := missing(source):
        raise MoveError(f"what protects rows is missing ({lost[0]}): run manage.py migrate first")


@contextmanager
def _in_the_place_of_the_default(target: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """Let all code see the target, so that migrating and checking it need to know of nothing; yields the source."""
    default = connections[DEFAULT_DB_ALIAS]
    source = default.copy(SOURCE)
    source.settings_dict["OPTIONS"].pop("pool", None)
    default.close()
    connections[SOURCE], connections[DEFAULT_DB_ALIAS] = source, target
    ContentType.objects.clear_cache()
    try:
        yield source
    finally:
        source.close()
        target.close()
        connections[DEFAULT_DB_ALIAS] = default
        del connections[SOURCE]
        ContentType.objects.clear_cache()


@contextmanager
def _nobody_writes(source: BaseDatabaseWrapper) -> Iterator[None]:
    """Read one state of the source; on SQLite, nobody can change it until the end."""
    try:
        with source.cursor() as cursor:
            lock = "IMMEDIATE" if source.vendor == "sqlite" else "ISOLATION LEVEL REPEATABLE READ"
            cursor.execute(f"BEGIN {lock}")
    except DatabaseError as error:
        raise MoveError("somebody is writing to the database: stop the site first") from error
    try:
        yield
    finally:
        with source.cursor() as cursor:
            cursor.execute("ROLLBACK")


def _tell(target: BaseDatabaseWrapper, *statements: str) -> None:
    with target.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _asked(target: BaseDatabaseWrapper, query: str) -> list[tuple[Any, ...]]:
    with target.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _prepare(target: BaseDatabaseWrapper) -> None:
    """Make empty tables without keys between them. What has to be put back is written down in a table of the target."""
    try:
        tables = target.introspection.table_names()
    except DatabaseError as error:
        raise MoveError(f"the target can't be reached: {_first_line(error)}") from error
    if tables and _MARK not in tables:
        raise MoveError(f"the target holds {len(tables)} tables already: only an empty database is filled")
    if not tables:
        _tell(target, f"CREATE TABLE {_MARK} (kind text NOT NULL, said text NOT NULL)")
    if not _asked(target, f"SELECT 1 FROM {_MARK} WHERE kind = 'ready'"):  # noqa: S608
        call_command("migrate", interactive=False, verbosity=0)
        with transaction.atomic():
            _take_keys_away(target)
            _empty(target)
            _tell(target, f"INSERT INTO {_MARK} VALUES ('ready', '')")  # noqa: S608
    if target.vendor == "sqlite":
        # They name other tables, which are not all there yet.
        _tell(target, "PRAGMA foreign_keys = OFF", *(drop for guard in IN_FORCE for drop in guard.sqlite_drop()))


_KEYS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""


def _take_keys_away(target: BaseDatabaseWrapper) -> None:
    if target.vendor == "postgresql":
        for drop, add in _asked(target, _KEYS):
            with target.cursor() as cursor:
                cursor.execute(f"INSERT INTO {_MARK} VALUES ('key', %s)", [add])  # noqa: S608
                cursor.execute(drop)


def _empty(target: BaseDatabaseWrapper) -> None:
    """Take out what migrations put in: it has other keys than in the source."""
    names = [target.ops.quote_name(name) for name in target.introspection.table_names() if name != _MARK]
    if target.vendor == "postgresql":
        _tell(target, f"TRUNCATE {', '.join(names)}")
    else:
        drops = (drop for guard in IN_FORCE for drop in guard.sqlite_drop())
        _tell(target, "PRAGMA defer_foreign_keys = ON", *drops, *(f"DELETE FROM {name}" for name in names))  # noqa: S608


def _fields(table: Table) -> "list[models.Field[Any, Any]]":
    return list(table._meta.local_concrete_fields)  # noqa: SLF001


def _read(table: Table, alias: str) -> Iterator[tuple[Any, ...]]:
    """All rows as Python knows them, and JSON as text: None would be both a NULL and a null in it."""
    columns = [
        Cast(field.attname, models.TextField()) if isinstance(field, models.JSONField) else field.attname
        for field in _fields(table)
    ]
    return table._base_manager.using(alias).order_by().values_list(*columns).iterator(_AT_ONCE)  # noqa: SLF001


def _number(text: str) -> str:
    """1, 1.0 and 1e0 are one number, and PostgreSQL may spell it otherwise than it was given."""
    return f"\0{Decimal(text).normalize()}"


def _hash(table: Table, row: tuple[Any, ...]) -> int:
    known = [
        json.dumps(json.loads(value, parse_float=_number, parse_int=_number), sort_keys=True)
        if isinstance(field, models.JSONField) and value is not None
        else value
        for field, value in zip(_fields(table), row, strict=True)
    ]
    return hash_of(known)


def _fingerprint(table: Table, alias: str) -> Fingerprint:
    count = total = 0
    for row in _read(table, alias):
        count, total = count + 1, total + _hash(table, row)
    return count, total % 2**256


def _move_table(table: Table, target: BaseDatabaseWrapper) -> tuple[int, bool]:
    """Copy a table unless it is there already. Returns its number of rows, and whether it was."""
    name = table._meta.db_table  # noqa: SLF001
    try:
        there = _fingerprint(table, DEFAULT_DB_ALIAS)
        if there == _fingerprint(table, SOURCE):
            return there[0], there[0] > 0
        with transaction.atomic():
            _copy(table, target)
            copied, wanted = _fingerprint(table, DEFAULT_DB_ALIAS), _fingerprint(table, SOURCE)
            if copied != wanted:
                raise MoveError(f"{name}: {wanted[0]} rows were read and other ones written")
    except (DatabaseError, target.Database.Error) as error:  # type: ignore[attr-defined]
        # COPY raises the driver's own errors.
        raise MoveError(f"{name}: {_first_line(error)}") from error
    return copied[0], False


def _copy(table: Table, target: BaseDatabaseWrapper) -> None:
    """Put all rows of the source into the table, and nothing else. No trigger is off when this is undone or done."""
    quoted = target.ops.quote_name
    name = quoted(table._meta.db_table)  # noqa: SLF001
    columns = ", ".join(quoted(str(field.column)) for field in _fields(table))
    if target.vendor == "sqlite":
        _tell(target, f"DELETE FROM {name}")  # noqa: S608
        places = ", ".join(["%s"] * len(_fields(table)))
        with target.cursor() as cursor:
            statement = f"INSERT INTO {name} ({columns}) VALUES ({places})"  # noqa: S608
            for rows in batched(_read(table, SOURCE), _AT_ONCE, strict=False):
                cursor.executemany(statement, [_stored(table, row, target) for row in rows])
        return
    _tell(target, f"ALTER TABLE {name} DISABLE TRIGGER USER", f"DELETE FROM {name}")  # noqa: S608
    with target.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
        for row in _read(table, SOURCE):
            copy.write_row(_stored(table, row, target))
    _tell(target, f"ALTER TABLE {name} ENABLE TRIGGER USER")


def _stored(table: Table, row: tuple[Any, ...], target: BaseDatabaseWrapper) -> list[Any]:
    """The values as the target stores them. "Prepared" says that they are not to be cleaned."""
    return [
        value
        if value is None or isinstance(field, models.JSONField)
        else field.get_db_prep_value(value, target, prepared=True)
        for field, value in zip(_fields(table), row, strict=True)
    ]


def _finish(target: BaseDatabaseWrapper, source: BaseDatabaseWrapper, tables: list[Table]) -> None:
    """Put keys and triggers back, let numbers go on where they were, and look whether all of it holds."""
    try:
        with transaction.atomic():
            if target.vendor == "sqlite":
                target.check_constraints()
                _tell(target, *(statement for guard in IN_FORCE for statement in guard.sqlite()))
            else:
                keys = _asked(target, f"SELECT said FROM {_MARK} WHERE kind = 'key'")  # noqa: S608
                _tell(target, *(add for (add,) in keys), f"DELETE FROM {_MARK} WHERE kind = 'key'")  # noqa: S608
            for table in tables:
                _go_on_counting(table, target, source)
        if target.vendor == "postgresql":
            _tell(target, "ANALYZE")
    except DatabaseError as error:
        raise MoveError(f"rows don't fit together: {_first_line(error)}") from error
    if lost := missing(target):
        raise MoveError(f"what protects rows is missing in the target: {', '.join(lost)}")
    try:
        call_command("verify_audit", stdout=_Nowhere())
    except SystemExit as error:
        raise MoveError("an audit log is broken: manage.py verify_audit says which, here too") from error
    with transaction.atomic():
        _copy_migrations(target)
        _tell(target, f"DROP TABLE {_MARK}")


class _Nowhere:
    """What a command prints that is asked for its exit status only."""

    def write(self, text: str) -> None:
        pass

    def flush(self) -> None:
        pass


def _copy_migrations(target: BaseDatabaseWrapper) -> None:
    """Last of all: until they are there, the target is not ready to serve."""
    _copy(MigrationRecorder.Migration, target)
    _go_on_counting(MigrationRecorder.Migration, target, connections[SOURCE])


def _go_on_counting(table: Table, target: BaseDatabaseWrapper, source: BaseDatabaseWrapper) -> None:
    """Let no number be given again, nor one of a row that was deleted."""
    key = table._meta.pk  # noqa: SLF001
    if not isinstance(key, models.AutoField | models.BigAutoField):
        return
    name = table._meta.db_table  # noqa: SLF001
    newest = table._base_manager.aggregate(found=models.Max(key.attname))["found"] or 0  # noqa: SLF001
    last = max(newest, _last_given(source, name, str(key.column)))
    if not last:
        return
    with target.cursor() as cursor:
        if target.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [f'"{name}"', key.column, last])
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [name, last])


def _last_given(source: BaseDatabaseWrapper, name: str, column: str) -> int:
    with source.cursor() as cursor:
        if source.vendor == "postgresql":
            cursor.execute("SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s))", [f'"{name}"', column])
        else:
            cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [name])
        found = cursor.fetchone()
        return int(found[0] or 0) if found else 0


def _first_line(error: BaseException) -> str:
    """Without what follows: it may quote a row."""
    return str(error).partition("\n")[0].strip() or type(error).__name__
