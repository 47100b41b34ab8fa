"""Fills columns that are younger than their rows, a thousand rows a transaction.

Each step looks for what is still empty: what was interrupted goes on where it stopped, and a second run changes
nothing. `migrate` ends with it. After a rolling upgrade `manage.py fill_in` does the rows that old processes wrote
meanwhile.
"""

from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model, QuerySet

from people.database.transactions import transactional

BATCH = 1000
# What to call, by what it fills in. Returns how many rows it changed.
STEPS: dict[str, Callable[[], int]] = {}


def fill_in() -> dict[str, int]:
    return {what: step() for what, step in STEPS.items()}


def after_migrate(using: str, plan: Any = None, **_: Any) -> None:
    """Fill in, unless the database was taken to an older state, in which it lacks the columns, or only emptied."""
    if plan is None:
        return
    executor = MigrationExecutor(connections[using])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        fill_in()


def change_each[Row: Model](rows: QuerySet[Row], change: Callable[[Row], dict[str, Any]]) -> int:
    """Give rows the values that `change` says for them, without what saving does besides. Returns how many changed.

    By key, each row once, whatever becomes of it.
    """
    changed, last = 0, None
    while batch := list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:BATCH]):
        changed += _change(batch, change)
        last = batch[-1].pk
    return changed


@transactional
def _change[Row: Model](batch: list[Row], change: Callable[[Row], dict[str, Any]]) -> int:
    said = [(row, change(row)) for row in batch]
    return sum(type(row)._default_manager.filter(pk=row.pk).update(**new) for row, new in said if new)  # noqa: SLF001
