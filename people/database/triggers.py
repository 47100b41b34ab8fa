"""Database triggers that refuse changes which must never happen, whoever makes them.

They are installed after each `migrate` and not by a migration: SQLite rebuilds a table to alter it and drops its
triggers, so a trigger that was made once would be lost silently. SQLite's are also dropped before a migration: while a
table is rebuilt it is gone for a moment, and triggers that name it could stop the migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuse an `event` (such as "UPDATE" or "UPDATE OF step") on `table` when `condition` holds.

    `condition` is SQL over OLD and NEW that both databases understand. `lock` is a statement that PostgreSQL runs
    first, to wait for a transaction that is just freezing the parent row. SQLite has one writer at a time anyway.
    """

    name: str
    table: str
    event: str
    condition: str
    message: str
    lock: str = ""

    def sqlite(self) -> list[str]:
        message = self.message.replace("'", "''")
        return [
            *self.sqlite_drop(),
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} FOR EACH ROW WHEN {self.condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        ]

    def sqlite_drop(self) -> list[str]:
        return [f"DROP TRIGGER IF EXISTS {self.name}"]

    def postgresql(self) -> list[str]:
        message = self.message.replace("'", "''")
        last = "OLD" if self.event == "DELETE" else "NEW"
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{self.lock}{';' if self.lock else ''} "
            f"IF {self.condition} THEN RAISE EXCEPTION '{message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; "
            f"RETURN {last}; END $$",
            f"CREATE OR REPLACE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]


IN_FORCE: list[Guard] = []
"""The guards of all apps that have started."""


def missing(connection: Any) -> list[str]:
    """Names of guards that are missing in this database, or that somebody has switched off."""
    if connection.vendor == "sqlite":
        ask = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        ask = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    with connection.cursor() as cursor:
        cursor.execute(ask)
        present = {row[0] for row in cursor.fetchall()}
    return sorted(guard.name for guard in IN_FORCE if guard.name not in present)


def keep_in_force(app: AppConfig, guards: Sequence[Guard]) -> None:
    """Install the guards of an app after each `migrate`; on SQLite, also drop them before it."""
    IN_FORCE.extend(guards)

    def install(using: str, **_: Any) -> None:
        connection = connections[using]
        with connection.cursor() as cursor:
            present = set(connection.introspection.table_names(cursor))
            for guard in guards:
                if guard.table in present:
                    for statement in getattr(guard, connection.vendor)():
                        cursor.execute(statement)

    def take_away(using: str, **_: Any) -> None:
        connection = connections[using]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                for guard in guards:
                    for statement in guard.sqlite_drop():
                        cursor.execute(statement)

    uid = f"guards-{app.label}"
    pre_migrate.connect(take_away, sender=app, weak=False, dispatch_uid=f"{uid}-away")
    post_migrate.connect(install, sender=app, weak=False, dispatch_uid=uid)
