"""Looking through the whole database, whatever the models say; and filling rows with canaries."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import CharField, JSONField, Model, QuerySet, SlugField, TextField, URLField

from people.database.triggers import IN_FORCE


@contextmanager
def unguarded() -> Iterator[None]:
    """The triggers step aside and come back."""
    with connection.cursor() as cursor:
        for guard in IN_FORCE:
            on = "" if connection.vendor == "sqlite" else f" ON {guard.table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}{on}")
        yield
        for guard in IN_FORCE:
            for statement in getattr(guard, connection.vendor)():
                cursor.execute(statement)


def everything() -> dict[str, str]:
    """Each table of the database, all of its columns as text."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            said = ", ".join(f'CAST("{column}" AS text)' for column in columns)
            cursor.execute(f'SELECT {said} FROM "{table}"')  # noqa: S608
            found[table] = "\n".join(" | ".join(map(str, row)) for row in cursor.fetchall()).lower()
    return found


def tables_with(text: str) -> set[str]:
    return {table for table, said in everything().items() if text.lower() in said}


def fill(rows: QuerySet[Model], canaries: list[str]) -> None:
    """Put a canary of its own into every text of every row that takes free text."""
    model = rows.model
    fields = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField) and not field.choices and not field.primary_key
    ]
    for row in rows:
        new: dict[str, object] = {}
        for field in fields:
            canary = f"zz{len(canaries):04d}canary"
            canaries.append(canary)
            new[field.name] = [canary] if isinstance(field, JSONField) else canary
            if isinstance(field, URLField):
                new[field.name] = f"https://{canary}.example/"
            elif field.name == "email":
                new[field.name] = f"{canary}@example.com"
            elif isinstance(field, SlugField):
                new[field.name] = canary
            elif field.name == "time_zone":
                new.pop("time_zone")
        # A check of the database may know better; then the field stays as it is.
        with transaction.atomic():
            model._default_manager.filter(pk=row.pk).update(**new)
