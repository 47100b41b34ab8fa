"""Gives each request an id, logs it and counts it."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config import metrics

type GetResponse = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger("rungwise.request")
HEADER = "X-Request-ID"
_GOOD_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Logged as warnings, because somebody may be attacking. 404 is too common to tell.
REFUSED = frozenset({403, 413, 429})
# Asked for every few seconds: at INFO they would flood the log.
_CHATTER = frozenset({"/healthz", "/readyz", "/metrics"})


def request_id(request: HttpRequest) -> str:
    """The id that a trusted proxy gave, or a new one."""
    given = request.headers.get(HEADER, "") if settings.TRUST_REQUEST_ID_HEADER else ""
    return given if _GOOD_ID.fullmatch(given) else uuid.uuid4().hex


def route(request: HttpRequest) -> str:
    """The name of the URL pattern. The path itself must never be logged: it may be a secret link."""
    match = request.resolver_match
    if match is not None:
        return match.view_name or "nameless"
    if request.path in _CHATTER:
        return "health"
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


def watch(get_response: GetResponse) -> GetResponse:
    """Log and count each request by its route, and nothing by which the person could be told."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        identity = request_id(request)
        # The error pages show it.
        request.request_id = identity  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=identity):
            response = get_response(request)
            _note(request, response.status_code, time.perf_counter() - started)
        response.headers[HEADER] = identity
        return response

    return middleware


def _note(request: HttpRequest, status: int, seconds: float) -> None:
    name = route(request)
    method = str(request.method) if request.method in METHODS else "other"
    level = logging.WARNING if status >= 500 or status in REFUSED else logging.INFO
    if name in {"health", "static"}:
        level = logging.DEBUG
    said = {"route": name, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
    log.log(level, "request", extra=said)
    if name != "health":
        metrics.observe(name, method, status, seconds)
