"""The addresses for machines: /healthz, /readyz and /metrics."""

import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from config import metrics
from ladder.models import LadderVersion
from people.mail import heartbeat

type GetResponse = Callable[[HttpRequest], HttpResponse]

LITTLE_SPACE = 500_000_000
"""Bytes free on a disk; with fewer there is a warning."""


def health(get_response: GetResponse) -> GetResponse:
    """Answer probes before ALLOWED_HOSTS is checked: they call the process by its IP address, which is not in it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            return ready()
        if request.path == "/metrics" and settings.METRICS_TOKEN:
            return metrics.page(request)
        return get_response(request)

    return middleware


def ready() -> JsonResponse:
    """Whether this process can serve: 200, perhaps with warnings, or 503 with the reason."""
    reason = not_ready_because()
    if reason:
        return JsonResponse({"status": "not ready", "reason": reason}, status=503, headers={"Retry-After": "5"})
    found = warnings()
    return JsonResponse({"status": "ok", "warnings": found} if found else {"status": "ok"})


_migrated = _has_ladder = False


def not_ready_because() -> str:
    """Why this process can't serve: the database is away, not migrated, or without a ladder. Empty when it can."""
    global _migrated, _has_ladder  # noqa: PLW0603  - once true they stay true, and probes come every few seconds
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migrations are waiting: run manage.py migrate"
            _migrated = True
        if not _has_ladder:
            if not LadderVersion.objects.current().exists():
                return f"no ladder '{settings.DEFAULT_LADDER}' is loaded: run manage.py load_ladder"
            _has_ladder = True
    except DatabaseError:
        return "the database can't be reached"
    return ""


def warnings() -> list[str]:
    """What somebody should look after soon, although pages are still served."""
    found = []
    if settings.MAIL_IN_BACKGROUND:
        try:
            found.append(heartbeat.problem())
        except DatabaseError:
            found.append("the cache can't be read")
    found += [
        f"only {free // 1_000_000} MB are free where {what} is" for what, free in free_space() if free < LITTLE_SPACE
    ]
    return [each for each in found if each]


def free_space() -> list[tuple[str, int]]:
    """What we keep on a disk, and the bytes free there: the data folder, and the SQLite file if there is one."""
    places = {"the data folder": Path(settings.DATA_DIR)}
    if connection.vendor == "sqlite" and "mode=memory" not in str(settings.DATABASES["default"]["NAME"]):
        places["the database"] = Path(settings.DATABASES["default"]["NAME"]).parent
    # A folder that doesn't exist yet will be made on the disk of the one above it.
    existing = {what: next(each for each in (path, *path.parents) if each.is_dir()) for what, path in places.items()}
    return [(what, shutil.disk_usage(path).free) for what, path in existing.items()]
