"""The schema hash-partitioned by organisation: what `partition_trial.py` tries, and the tests on it.

    python -m pytest -p trials.scale.partitioned tests/assessments

As a plugin of pytest it partitions the test database right after it was made (PostgreSQL only). For each table whose
rows all name an organisation:

- it becomes PARTITION BY HASH (organisation_id), in four partitions in the schema `parts`;
- keys and unique constraints get the organisation as their last column, as PostgreSQL asks for;
- a key to another such table becomes one of (organisation, id), so that a row and what it hangs on lie together. The
  few that lead from an organisation into a person's own space can't be, and are left out: see CROSSING;
- checks, indexes and triggers are as before.

Tables without an organisation, and the ladders, which may belong to everybody, stay as they are: what Citus calls a
reference table.
"""

from dataclasses import dataclass, field
from typing import Any

PARTITIONS = 4
SCHEMA = "parts"
KEY = "organisation_id"

# Keys that lead out of the organisation of their row. Only the person whose space it is ever follows them.
CROSSING = {
    ("assessments_share", "source_id"): "from a copy to the report that it was made of",
    ("assessments_opening", "source_id"): "from the note of who opened a copy to that report",
    ("assessments_review", "source_id"): "from a review to the report that it met",
    ("assessments_roundstart", "source_id"): "from the note that somebody began for a round to what they began",
    ("growth_planitem", "commitment_id"): "from a plan to what was agreed in a review",
}

_TABLES = f"""
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = '{KEY}' AND a.attnotnull
ORDER BY c.relname
"""  # noqa: S608  - a constant
_CONSTRAINTS = """
SELECT t.conname, t.contype, t.condeferrable, r.relname,
    ARRAY(SELECT a.attname::text FROM unnest(t.conkey) WITH ORDINALITY k(n, place)
          JOIN pg_attribute a ON a.attrelid = t.conrelid AND a.attnum = k.n ORDER BY k.place),
    ARRAY(SELECT a.attname::text FROM unnest(t.confkey) WITH ORDINALITY k(n, place)
          JOIN pg_attribute a ON a.attrelid = t.confrelid AND a.attnum = k.n ORDER BY k.place),
    pg_get_constraintdef(t.oid)
FROM pg_constraint t LEFT JOIN pg_class r ON r.oid = t.confrelid
WHERE t.conrelid = %s::regclass AND t.contype IN ('p', 'u', 'f') ORDER BY t.conname
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid), i.indisunique,
    EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            AND a.attname = %s)
FROM pg_index i WHERE i.indrelid = %s::regclass
AND NOT EXISTS (SELECT 1 FROM pg_constraint t WHERE t.conindid = i.indexrelid AND t.contype IN ('p', 'u'))
"""
_TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"


@dataclass
class Done:
    """What became of a schema.

    tables     partitioned now
    others     left as they are
    composite  keys of (organisation, id) between them
    left_out   keys that lead into another organisation, as "table.column"
    widened    unique constraints that held over all organisations and now hold in each, as "table (columns)"
    triggers   on the partitioned tables
    equal      tables whose rows are the same before and after, by hash
    rows       in all of them
    """

    tables: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    composite: int = 0
    left_out: list[str] = field(default_factory=list)
    widened: list[str] = field(default_factory=list)
    triggers: int = 0
    equal: int = 0
    rows: int = 0


def partition(cursor: Any) -> Done:
    """Partition what is there, in the transaction that is open. Raises NotImplementedError for what it can't."""
    done = Done(tables=_column(cursor, _TABLES))
    every = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    done.others = [name for name in _column(cursor, every) if name not in done.tables]
    # A key's check that waits for the commit would keep the table from being altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    before = {table: _fingerprint(cursor, table) for table in done.tables}
    described = {table: _describe(cursor, table) for table in done.tables}
    for table in done.tables:
        _copy(cursor, table)
    for table in done.tables:
        cursor.execute(f"DROP TABLE {table} CASCADE")
        cursor.execute(f"ALTER TABLE {table}__new RENAME TO {table}")
    for statement in (line for table in done.tables for line in _keys(table, described[table], done)):
        cursor.execute(statement)
    for statement in (line for table in done.tables for line in _rest(table, described[table], done)):
        cursor.execute(statement)
    for table in done.tables:
        after = _fingerprint(cursor, table)
        done.equal += after == before[table]
        done.rows += after[0]
    return done


def _column(cursor: Any, query: str, *values: Any) -> list[Any]:
    cursor.execute(query, values)
    return [row[0] for row in cursor.fetchall()]


def _describe(cursor: Any, table: str) -> dict[str, Any]:
    cursor.execute(_CONSTRAINTS, [table])
    constraints = cursor.fetchall()
    cursor.execute(_INDEXES, [KEY, table])
    indexes = cursor.fetchall()
    return {"constraints": constraints, "indexes": indexes, "triggers": _column(cursor, _TRIGGERS, table)}


def _fingerprint(cursor: Any, table: str) -> tuple[int, str]:
    """How many rows, and a hash of all of them."""
    cursor.execute(f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {table} t")  # noqa: S608
    return tuple(cursor.fetchone())


def _copy(cursor: Any, table: str) -> None:
    cursor.execute(
        f"CREATE TABLE {table}__new (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED) "
        f"PARTITION BY HASH ({KEY})"
    )
    for number in range(PARTITIONS):
        cursor.execute(
            f"CREATE TABLE {SCHEMA}.{table}_{number} PARTITION OF {table}__new "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )
    cursor.execute(f"INSERT INTO {table}__new SELECT * FROM {table}")  # noqa: S608  - names from the catalogue


def _keys(table: str, described: dict[str, Any], done: Done) -> Any:
    """Primary keys and unique constraints, which other tables' keys need."""
    for name, kind, deferrable, _parent, columns, _theirs, _definition in described["constraints"]:
        if kind == "f":
            continue
        if deferrable:
            raise NotImplementedError(f"{name} is checked at the commit")
        if kind == "u" and KEY not in columns:
            done.widened.append(f"{table} ({', '.join(columns)})")
        word = "PRIMARY KEY" if kind == "p" else "UNIQUE"
        yield f"ALTER TABLE {table} ADD CONSTRAINT {name} {word} ({', '.join(_with_key(columns))})"
    for definition, is_unique, has_key in described["indexes"]:
        if is_unique and not has_key:
            raise NotImplementedError(f"unique without the organisation: {definition}")
        yield definition


def _with_key(columns: list[str]) -> list[str]:
    return columns if KEY in columns else [*columns, KEY]


def _rest(table: str, described: dict[str, Any], done: Done) -> Any:
    for name, kind, _deferrable, parent, columns, theirs, definition in described["constraints"]:
        if kind != "f":
            continue
        if parent not in done.tables:
            yield f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
        elif (table, columns[0]) in CROSSING:
            done.left_out.append(f"{table}.{columns[0]}")
        else:
            done.composite += 1
            yield (
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({', '.join([*columns, KEY])}) "
                f"REFERENCES {parent} ({', '.join([*theirs, KEY])}) DEFERRABLE INITIALLY DEFERRED"
            )
    for definition in described["triggers"]:
        done.triggers += 1
        yield definition


def pytest_configure() -> None:
    """Partition the test database as soon as it is there."""
    from django.db import connection, transaction  # noqa: PLC0415  - once pytest-django has set Django up
    from django.test import utils  # noqa: PLC0415

    made = utils.setup_databases

    def make_and_partition(*arguments: Any, **options: Any) -> Any:
        config = made(*arguments, **options)
        with transaction.atomic(), connection.cursor() as cursor:
            partition(cursor)
        return config

    utils.setup_databases = make_and_partition
