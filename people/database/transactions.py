"""Transactions: all of an action or nothing, and again when the database asks for it.

PostgreSQL rolls back one of two transactions that can't both be right (40001, mostly with
DATABASE_ISOLATION=serializable) or that wait for each other (40P01). Nothing of it happened, and doing it again is the
answer. Two places do so:

- `transactional` around each action. An action has its arguments, the database and nothing else, so its second run is
  like its first. Whole requests are not run again: a view may have begun something in the session.
- `retry_statements` around each statement outside of a transaction, which is a transaction of its own.

What is left (a library's own transaction) becomes a 503 that asks to try again in a second; see config/errors.py.
"""

import functools
import random
import time
from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

CONFLICTS = frozenset({"40001", "40P01"})
TRIES = 8


def is_conflict(error: BaseException | None) -> bool:
    """Whether the database took a transaction back that may succeed when it is done again."""
    while error is not None:
        if getattr(error, "sqlstate", None) in CONFLICTS:
            return True
        error = error.__cause__
    return False


def transactional[**P, R](action: Callable[P, R]) -> Callable[P, R]:
    """Run an action as one transaction, and anew while it meets others. Within another one it is a savepoint of it."""

    @functools.wraps(action)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            return action(*args, **kwargs)

    return retried(whole)


def retried[**P, R](action: Callable[P, R]) -> Callable[P, R]:
    """Do an action again while it meets others. Within a transaction that is left to the outermost."""

    @functools.wraps(action)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return action(*args, **kwargs)
        return _until_done(lambda: action(*args, **kwargs))

    return again


def _until_done[R](do: Callable[[], R]) -> R:
    for turn in range(1, TRIES):
        try:
            return do()
        except OperationalError as error:
            if not is_conflict(error):
                raise
        # Each loser waits for a time of its own, so that they don't meet again.
        time.sleep(random.uniform(0, 0.01 * 2**turn))  # noqa: S311
    return do()


@receiver(connection_created, dispatch_uid="retry-statements")
def _watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    if connection.vendor == "postgresql" and retry_statements not in connection.execute_wrappers:
        connection.execute_wrappers.append(retry_statements)


def retry_statements(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if context["connection"].in_atomic_block:
        return execute(sql, params, many, context)
    return _until_done(lambda: execute(sql, params, many, context))
