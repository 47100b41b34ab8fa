"""Middleware about the person who asks: their session, log-in, limits, audit log and time zone."""

import zoneinfo
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django_htmx.http import reswap, retarget

from people.audit.log import acting, refusals_of, write_refusals
from people.came_from import PAGE_MAX, Kept, form_page, kept_from, page_behind
from people.limits.limits import RETRY_AFTER
from people.login.sessions import SessionStore

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

type GetResponse = Callable[[HttpRequest], HttpResponse]


def session_use(get_response: GetResponse) -> GetResponse:
    """Note that a session is in use; after a log-out, clear what the browser holds.

    Pages are `no-store`, but some browsers keep them for the back button: the next person could go back to them.
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
    """Turn the answer for a form that was sent too often into a 429, and give every 429 a Retry-After."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "is_limited", False) and response.status_code in {200, 422}:
            response.status_code = 429
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", RETRY_AFTER)
        return response

    return middleware


def log_in_again(get_response: GetResponse) -> GetResponse:
    """When a form or htmx is sent to the log-in, lead from there to the page that it was on.

    Django would lead to the address that was asked for, which may only take POST, or give a part of a page. htmx gets a
    401 with HX-Redirect: after a redirect it would swap the log-in page into the present one.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != 302:
            return response
        is_htmx, is_form = bool(getattr(request, "htmx", False)), request.method not in _SAFE
        if not (is_htmx or is_form) or urlsplit(response.headers["Location"]).path != _log_in_path():
            return response
        kept = kept_from(request)
        if kept.texts:
            return _logged_out(request, kept)
        if is_htmx:
            target = _log_in_from(page_of(request), was_sent=is_form)
            return HttpResponse(status=401, headers={"HX-Redirect": target})
        # A view that leads to the log-in itself has chosen the page to come back to.
        if QueryDict(urlsplit(response.headers["Location"]).query).get("next") != request.get_full_path():
            return response
        back = page_behind(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
        return HttpResponseRedirect(_log_in_from(back, was_sent=True))

    return middleware


def _logged_out(request: HttpRequest, kept: Kept) -> HttpResponse:
    """What was written waits on the page, not in the browser's storage, where the next person could find it."""
    context = {"kept": kept, "log_in": _log_in_from(page_behind(request), was_sent=False)}
    if not getattr(request, "htmx", False):
        return render(request, "errors/logged_out.html", context, status=401)
    part = render(request, "errors/logged_out.html#whole", context, status=401)
    return reswap(retarget(part, "#main"), "innerHTML")


def page_of(request: HttpRequest) -> str:
    """The page that htmx says it is on, to come back to; "/" if it names no address of ours."""
    try:
        page = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
    except ValueError:
        return "/"
    return (form_page(page) or page) if len(page) <= PAGE_MAX else "/"


def _log_in_from(page: str, *, was_sent: bool) -> str:
    """The log-in, with the page after it. With `was_sent` it tells the person that their form was not saved."""
    query = {"next": page} | ({"expired": "1"} if was_sent else {})
    return f"{_log_in_path()}?{urlencode(query, safe='/')}"


def _log_in_path() -> str:
    return resolve_url(settings.LOGIN_URL)


def audit(get_response: GetResponse) -> GetResponse:
    """Record events as done by the person who sent the request. Refusals are written after the view: inside, they would
    be rolled back with its transaction."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with acting(request):
            response = get_response(request)
            if response.status_code in {403, 404} and refusals_of(request):
                write_refusals(request)
        return response

    return middleware


def own_time_zone(get_response: GetResponse) -> GetResponse:
    """Show times in the person's time zone. Without a session cookie the database is not asked."""

    def middleware(request: HttpRequest) -> HttpResponse:
        zone = "UTC"
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            zone = request.user.time_zone
        with timezone.override(zoneinfo.ZoneInfo(zone)):
            return get_response(request)

    return middleware
