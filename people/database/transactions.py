"""Transactions: an action happens as a whole or not at all, and is tried again when it met another one.

Of two transactions that contradict each other (40001, mostly with DATABASE_ISOLATION=serializable) or wait for each
other (40P01), PostgreSQL rolls one back. Nothing of it has happened, so it can be run again. Two places do:

- `transactional`, around each action. An action must depend on its arguments and the database only: otherwise its
  second run could differ from its first. Whole requests are not run again, as a view may have changed the session.
- `retry_statements`, around each statement outside of a transaction.

What is left, such as a library's own transaction, becomes a 503 that asks to try again (config/errors.py).
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
    """Whether the database rolled back a transaction that may succeed when it is run again."""
    while error is not None:
        if getattr(error, "sqlstate", None) in CONFLICTS:
            return True
        error = error.__cause__
    return False


def transactional[**P, R](action: Callable[P, R]) -> Callable[P, R]:
    """Run an action as one transaction, again while it conflicts with others. Inside another one it is a savepoint."""

    @functools.wraps(action)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            return action(*args, **kwargs)

    return retried(whole)


def retried[**P, R](action: Callable[P, R]) -> Callable[P, R]:
    """Run an action again while it conflicts with others. Inside a transaction only the outermost can do that."""

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
        # A random time: after equal times they would conflict again.
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
