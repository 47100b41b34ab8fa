"""The error pages. They must need no database, session or user: any of these may be what is broken.

Each shows the id of its request, by which its lines in the log are found. They are rendered without a CSRF token: they
hold no form, and looking for the token would read a body again that could not be read the first time.
"""

import logging
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from people.came_from import form_page, kept_from, page_behind
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
    """Refuse a body that is too large and close the connection, so that the server need not read the rest of it."""
    response = _page(request, 413)
    response.headers["Connection"] = "close"
    return response


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    # An address that only takes POST would answer 405 to somebody who follows a link back to it.
    back = page_behind(request) if request.method == "POST" else request.path
    return _page(request, 404, back=back)


def not_allowed(request: HttpRequest) -> HttpResponse:
    """405, mostly for somebody who opens, from the address bar, an address that only takes POST."""
    return _page(request, 405, back=form_page(request.path) or page_behind(request))


def too_many(request: HttpRequest) -> HttpResponse:
    """429, for allauth and for us; people.middleware.too_often adds Retry-After."""
    return _page(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 with Retry-After when the database is away, full or too busy, else 500.

    What was sent has not been acknowledged, so people should send it again; saving twice does no harm.
    """
    error = sys.exc_info()[1]
    status = 503 if isinstance(error, _AWAY) else 500
    try:
        response = _page(request, status)
    except Exception:
        # What broke the page can break the error page as well: static files that were not collected, for example.
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
    return render(request, "errors/csrf.html", {"kept": kept_from(request)}, status=403)
