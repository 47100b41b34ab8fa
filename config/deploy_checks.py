"""Our own checks of a production site, for `manage.py check --deploy` and the doctor."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  - Django's name

from people.login.breached import problem_of

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1", "[::1]"})
# Other addresses of this machine, and folders of Unix sockets.
_HERE_TOO = ("127.", "/", "%2f")
_DOC = "docs/security.md, Connections, says how; DATABASE_PRIVATE_NETWORK=1 says that nobody else is on the way to it."


@register(Tags.security, deploy=True)
def database_connections(**_: Any) -> list[CheckMessage]:
    """Warn when the way to a PostgreSQL on another machine is not encrypted, or its certificate not verified."""
    database = settings.DATABASES["default"]
    host = str(database.get("HOST") or "").lower()
    is_here = host in _HERE or host.startswith(_HERE_TOO)
    if settings.DATABASE_PRIVATE_NETWORK or is_here or not database["ENGINE"].endswith("postgresql"):
        return []
    mode = database.get("OPTIONS", {}).get("sslmode", "")
    if mode not in {"require", "verify-ca", "verify-full"}:
        said = "DATABASE_URL lets answers and passwords travel to the database in the clear."
        return [Warning(said, hint=f"Add ?sslmode=verify-full to it. {_DOC}", id="rungwise.W001")]
    if mode != "verify-full":
        said = f"DATABASE_URL asks for TLS (sslmode={mode}), but not who the database is."
        return [Warning(said, hint=f"Use sslmode=verify-full. {_DOC}", id="rungwise.W002")]
    return []


@register(Tags.security, deploy=True)
def breached_passwords(**_: Any) -> list[CheckMessage]:
    """Fail when BREACHED_PASSWORDS names a file that can't be used: stolen passwords would be accepted silently."""
    file = settings.BREACHED_PASSWORDS
    problem = problem_of(file) if file else ""
    if not problem:
        return []
    hint = "docs/operations.md, Sessions, staff and limits, says how to make it."
    return [Error(f"BREACHED_PASSWORDS={file} {problem}.", hint=hint, id="rungwise.E001")]
