"""Counts and hashes of all rows of a database, to see that a copy holds the same."""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

type Rows = dict[str, tuple[int, str]]
"""For each table how many rows it has, and a hash of them whatever their order."""
_AT_ONCE = 2000


def rows_of(connection: BaseDatabaseWrapper) -> Rows:
    """Read every row of a database. On PostgreSQL the caller is in a transaction, from which all tables are read."""
    return {table: _rows_in(connection, table) for table in sorted(connection.introspection.table_names())}


def _rows_in(connection: BaseDatabaseWrapper, table: str) -> tuple[int, str]:
    with connection.cursor() as cursor:
        columns = sorted(column.name for column in connection.introspection.get_table_description(cursor, table))
    quoted = connection.ops.quote_name
    count, total = 0, 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(map(quoted, columns))} FROM {quoted(table)}")  # noqa: S608  - names of ours
        while rows := cursor.fetchmany(_AT_ONCE):
            count += len(rows)
            total += sum(map(hash_of, rows))
    return count, f"{total % 2**256:064x}"


def hash_of(row: Iterable[Any]) -> int:
    """A hash of a row's values. Those of many rows are added up, modulo 2 to the power of 256."""
    spelled = repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
    return int.from_bytes(hashlib.sha256(spelled.encode("utf-8", "surrogatepass")).digest())


def differing(one: Rows, other: Rows) -> list[str]:
    """The tables in which two databases differ."""
    return sorted(table for table in one.keys() | other.keys() if one.get(table) != other.get(table))
