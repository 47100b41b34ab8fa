"""The pages for when something is wrong. They need no database, no session and no user.

Each shows the id of its request, which its lines in the log have as well.

They need no token either: they hold no form, and looking for one would read a body once more that could not be read.
"""

import logging
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from people.came_from import form_page, page_behind
from people.database.transactions import is_conflict

log = logging.getLogger(__name__)
_AWAY: tuple[type[Exception], ...] = (OperationalError, InterfaceError)
if any("pool" in database["OPTIONS"] for database in settings.DATABASES.values() if "OPTIONS" in database):
    from psycopg_pool import PoolTimeout

    _AWAY += (PoolTimeout,)


def _page(request: HttpRequest, status: int, **context: str) -> HttpResponse:
    if request.accepts("text/html"):
        return render(request, f"errors/{status}.html", context, status=status, using=None)
    return JsonResponse({"status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return too_large(request) if isinstance(exception, RequestDataTooBig) else _page(request, 400)


def too_large(request: HttpRequest) -> HttpResponse:
    """More than any form of ours sends. What is still to come is not read: the connection ends with the answer."""
    response = _page(request, 413)
    response.headers["Connection"] = "close"
    return response


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    # An address that takes forms alone is none to come back to.
    back = page_behind(request) if request.method == "POST" else request.path
    return _page(request, 404, back=back)


def not_allowed(request: HttpRequest) -> HttpResponse:
    """For a method that the address does not take: mostly one for forms alone, out of the address bar."""
    return _page(request, 405, back=form_page(request.path) or page_behind(request))


def too_many(request: HttpRequest) -> HttpResponse:
    """Too often; the middleware says when to come back."""
    return _page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 with a time to come back when the database is away, full or too busy, else 500.

    Whatever was sent was not acknowledged, so sending it again is right, and each save stands sending twice.
    """
    error = sys.exc_info()[1]
    status = 503 if isinstance(error, _AWAY) else 500
    try:
        response = _page(request, status)
    except Exception:
        # Whatever broke the page may break its error page too, such as static files that were not collected.
        log.exception("the error page failed too")
        response = HttpResponse(_in_plain_words(request), "text/plain; charset=utf-8", status)
    if status == 503:
        response.headers["Retry-After"] = "1" if is_conflict(error) else "10"
    return response


def _in_plain_words(request: HttpRequest) -> str:
    number = getattr(request, "request_id", "")
    said = [gettext("Something went wrong on our side.")]
    if number:
        said.append(gettext("If you write to us, this number helps: %(number)s") % {"number": number})
    return "\n".join(said)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    if not request.accepts("text/html"):
        return JsonResponse({"status": 403}, status=403)
    return render(request, "errors/csrf.html", status=403)
