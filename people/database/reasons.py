"""Why something outside does not let us in, in the words of whoever refused: one line."""

from django.conf import settings
from django.db import connection
from django.db.utils import DatabaseError, InterfaceError

LONGEST = 400


def reason_of(error: BaseException) -> str:
    """What an error says, or its kind where it says nothing."""
    said = " ".join(str(error).split())
    kind = type(error).__name__
    return f"{said[:LONGEST]} ({kind})" if said else kind


def why_unreachable() -> str:
    """Why the database can't be reached, asked without a pool, which knows only that it waited; empty when it can."""
    if connection.vendor == "postgresql":
        return _without_pool()
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        return f"{settings.DATABASES['default']['NAME']}: {reason_of(error)}"
    return ""


def _without_pool() -> str:
    import psycopg  # noqa: PLC0415  - SQLite needs none of it

    try:
        psycopg.connect(**connection.get_connection_params()).close()
    except psycopg.Error as error:
        return reason_of(error)
    return ""
