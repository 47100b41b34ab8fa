"""The pages for when something is wrong. They need no database, no session and no user."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.csrf import requires_csrf_token

try:
    from psycopg_pool import PoolTimeout
except ImportError:  # the pool is PostgreSQL's only
    PoolTimeout = OperationalError  # type: ignore[misc,assignment]

log = logging.getLogger(__name__)
_AWAY = (OperationalError, InterfaceError, PoolTimeout)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    if request.accepts("text/html"):
        return render(request, f"errors/{status}.html", status=status, using=None)
    return JsonResponse({"status": status}, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, 403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, 404)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 with a time to come back when the database went away, else 500."""
    error = sys.exc_info()[1]
    status = 503 if isinstance(error, _AWAY) else 500
    try:
        response = _page(request, status)
    except Exception:
        # Whatever broke the page may break its error page too, such as static files that were not collected.
        log.exception("the error page failed too")
        response = HttpResponse(gettext("Something went wrong on our side"), "text/plain", status)
    if status == 503:
        response.headers["Retry-After"] = "10"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return render(request, "errors/csrf.html", status=403)
