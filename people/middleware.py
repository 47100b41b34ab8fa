"""Small things that hang on who is asking."""

import zoneinfo
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import resolve_url
from django.utils import timezone

from people.audit.log import acting, refusals_of, write_refusals
from people.came_from import PAGE_MAX, form_page, page_behind
from people.limits.limits import RETRY_AFTER
from people.login.sessions import SessionStore

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

type GetResponse = Callable[[HttpRequest], HttpResponse]


def session_use(get_response: GetResponse) -> GetResponse:
    """Note that a session is in use, where an answer looked into it; at its end, have the browser forget what it holds.

    Pages are `no-store` already. This is for what a browser keeps to go back quickly all the same.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code < 500:
            cast("SessionStore", request.session).note_use()
        if getattr(request, "was_logged_out", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


def too_often(get_response: GetResponse) -> GetResponse:
    """Give a form that was refused for its frequency the status for it, and every such answer a time to come back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "is_limited", False) and response.status_code in {200, 422}:
            response.status_code = 429
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", RETRY_AFTER)
        return response

    return middleware


def log_in_again(get_response: GetResponse) -> GetResponse:
    """Lead from the log-in back to a page, where a form or htmx was sent to it.

    Its own address takes a form that is gone, or gives a part of a page. htmx would swap the log-in page in, so that
    gets 401 with HX-Redirect.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302:
            return response
        is_htmx, is_form = bool(getattr(request, "htmx", False)), request.method not in _SAFE
        if not (is_htmx or is_form) or urlsplit(response.headers["Location"]).path != _log_in_path():
            return response
        if is_htmx:
            target = _log_in_from(page_of(request), was_sent=is_form)
            return HttpResponse(status=401, headers={"HX-Redirect": target})
        # A view may lead to the log-in for a reason of its own, with a page of its own to come back to.
        if QueryDict(urlsplit(response.headers["Location"]).query).get("next") != request.get_full_path():
            return response
        back = page_behind(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
        return HttpResponseRedirect(_log_in_from(back, was_sent=True))

    return middleware


def page_of(request: HttpRequest) -> str:
    """The page that htmx says it is on, to come back to; a header that is no address of ours says nothing."""
    try:
        page = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
    except ValueError:
        return "/"
    return (form_page(page) or page) if len(page) <= PAGE_MAX else "/"


def _log_in_from(page: str, *, was_sent: bool) -> str:
    """The log-in and the page after it; with `was_sent` it says that a form was sent in vain."""
    query = {"next": page} | ({"expired": "1"} if was_sent else {})
    return f"{_log_in_path()}?{urlencode(query, safe='/')}"


def _log_in_path() -> str:
    return resolve_url(settings.LOGIN_URL)


def audit(get_response: GetResponse) -> GetResponse:
    """What is recorded on the way was done by whoever sent the request. What was refused is written when the answer is
    made, so that no transaction of the request takes it back."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with acting(request):
            response = get_response(request)
            if response.status_code in {403, 404} and refusals_of(request):
                write_refusals(request)
        return response

    return middleware


def own_time_zone(get_response: GetResponse) -> GetResponse:
    """Show times in the person's zone. A request without a session cookie costs nothing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        zone = "UTC"
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            zone = request.user.time_zone
        with timezone.override(zoneinfo.ZoneInfo(zone)):
            return get_response(request)

    return middleware
