"""The addresses for machines: /healthz, /readyz and /metrics."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from config import metrics
from config.caller import PROXIES
from config.version import VERSION
from ladder.models import LadderVersion
from people.mail import heartbeat
from people.management.serving import missing_static_files
from people.upkeep import state

type GetResponse = Callable[[HttpRequest], HttpResponse]

DOCTOR_HEADER, doctor = "X-Rungwise-Doctor", TimestampSigner(salt="config.doctor")
LITTLE_SPACE = 500_000_000
"""Bytes free on a disk; with fewer there is a warning."""


def health(get_response: GetResponse) -> GetResponse:
    """Answer probes before ALLOWED_HOSTS is checked: they call the process by its IP address, which is not in it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"} | _told(request))
        if request.path == "/readyz":
            return ready(knows=_may_know(request))
        if request.path == "/metrics" and settings.METRICS_TOKEN:
            return metrics.page(request)
        return get_response(request)

    return middleware


def _told(request: HttpRequest) -> dict[str, Any]:
    """The release, to who sends METRICS_TOKEN; what we take the caller for, when the doctor asks from outside."""
    version = {"version": VERSION} if _may_know(request) else {}
    if not _is_ours(request):
        return version
    return version | {
        "address": request.META["REMOTE_ADDR"],
        "scheme": request.scheme,
        "proxies": request.META[PROXIES],
    }


def _is_ours(request: HttpRequest) -> bool:
    """Whether somebody asks who has our SECRET_KEY: the doctor, or the keeper."""
    try:
        doctor.unsign(request.headers.get(DOCTOR_HEADER, ""), max_age=60)
    except BadSignature:
        return False
    return True


def _may_know(request: HttpRequest) -> bool:
    return _is_ours(request) or bool(settings.METRICS_TOKEN and metrics.has_token(request))


def ready(*, knows: bool) -> JsonResponse:
    """Whether this process can serve: 200, perhaps with warnings, or 503 with the reason. A stranger, who does not send
    METRICS_TOKEN, hears neither: they say how full the disk is, and what is broken."""
    reason = not_ready_because()
    if reason:
        said = {"status": "not ready"} | ({"reason": reason} if knows else {})
        return JsonResponse(said, status=503, headers={"Retry-After": "5"})
    found = warnings() if knows else []
    return JsonResponse({"status": "ok", "warnings": found} if found else {"status": "ok"})


_migrated = _has_ladder = _has_files = False


def not_ready_because() -> str:
    """Why this process can't serve: no styles, or the database is away, not migrated, without a ladder. Else empty."""
    global _migrated, _has_ladder, _has_files  # noqa: PLW0603  - once true they stay true, and probes come every few seconds
    if not _has_files:
        if missing := missing_static_files():
            return f"{missing}: run manage.py collectstatic"
        _has_files = True
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
    with suppress(DatabaseError):  # not_ready_because says so
        found += [said for _step, said in state.problems(state.steps())]
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
