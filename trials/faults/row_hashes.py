"""Compares databases by a hash of the rows of each table, whatever their order."""

import hashlib

from django.db import connection


def row_hashes() -> dict[str, str]:
    """The hash of each table of the default database, by its name."""
    hashes = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = sorted(column.name for column in connection.introspection.get_table_description(cursor, table))
            names = ", ".join(connection.ops.quote_name(name) for name in columns)
            cursor.execute(f"SELECT {names} FROM {connection.ops.quote_name(table)}")  # noqa: S608  - names of ours
            rows = sorted(repr(row) for row in cursor.fetchall())
            hashes[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return hashes
