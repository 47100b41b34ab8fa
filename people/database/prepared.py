"""Queries that nearly every request asks, made into SQL once.

Django builds the SQL of a query anew each time, which takes several times as long as a small table takes to answer.
A `Prepared` builds it at its first use and asks it with other values from then on:

    _by_id = Prepared(lambda pk: User.objects.filter(pk=pk))
    _by_id.first(pk)

The function gets a slot for each value and may do nothing with it but compare; it runs once, so what changes while a
process lives, the time above all, has to come in as a value. Called with values it makes the plain query, which gives
the same rows: tests/people/database/test_prepared.py holds them against each other.
"""

import copy
import datetime
import inspect
import threading
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.models import Expression, Field, QuerySet

# The compiler that made the SQL, the SQL, and its parameters with the slots among them.
type Made = tuple[Any, str, tuple[Any, ...]]
type Value = uuid.UUID | datetime.datetime | str | int


class Slot(Expression):
    """Where a value goes that is not known yet."""

    def __init__(self, place: int) -> None:
        super().__init__(output_field=Field())
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ARG002
        return "%s", (self,)


class Prepared:
    """A query of as many values as `build` takes. Rows are what the QuerySet says: instances, tuples, dictionaries."""

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self.build = build
        self.count = len(inspect.signature(build).parameters)
        self._queryset: Any = None
        # By database.
        self._made: dict[str, Made] = {}
        self._making = threading.Lock()

    def all(self, *values: Value) -> list[Any]:
        """Every row; one statement. Raises TypeError for None, which SQL compares in another way."""
        if len(values) != self.count:
            raise TypeError(values)
        queryset = self._build() if self._queryset is None else self._queryset
        alias = queryset.db
        made, sql, parts = self._made.get(alias) or self._make(alias)
        connection = connections[alias]
        spelled = [_spelled(value, connection) for value in values]
        params = tuple([spelled[part.place] if isinstance(part, Slot) else part for part in parts])
        # A copy, because the connection is this thread's own. Nothing else of a compiler changes once its SQL is made.
        compiler = copy.copy(made)
        compiler.connection, compiler.as_sql = connection, lambda: (sql, params)
        query = _With(made.query, get_compiler=lambda using: compiler)  # noqa: ARG005
        return list(queryset._iterable_class(_With(queryset, query=query, db=alias)))  # noqa: SLF001

    def _build(self) -> Any:
        with self._making:
            if self._queryset is None:
                self._queryset = self.build(*map(Slot, range(self.count)))
            return self._queryset

    def _make(self, alias: str) -> Made:
        """One thread at a time: making SQL changes the query as it goes, and what is kept here is kept for good."""
        with self._making:
            if alias not in self._made:
                # A copy for each database: threads may be reading with the other one's.
                made = self._queryset.query.clone().get_compiler(alias)
                sql, parts = made.as_sql()
                # What each column needs follows from the query alone.
                converters = made.get_converters([column[0] for column in made.select[: made.col_count]])
                made.get_converters = lambda expressions: converters  # noqa: ARG005
                self._made[alias] = made, sql, parts
            return self._made[alias]

    def first(self, *values: Value) -> Any:
        """The row of a query that has one at most, else None."""
        return next(iter(self.all(*values)), None)


class _With:
    """Another object, but for some attributes."""

    def __init__(self, other: object, **own: object) -> None:
        self.__dict__.update(own)
        self._other = other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._other, name)


def _spelled(value: Value, connection: Any) -> Any:
    """A value as the database's driver takes it."""
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, str | int):
        return value
    raise TypeError(value)
