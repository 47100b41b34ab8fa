"""Finds the page that a form was on, to lead back to it. An address that only takes POST would answer 405."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

# Characters of the longest address to come back to after a log-in.
PAGE_MAX = 1000
# Characters from which on a text is shown to its author again when it could not be taken.
WORTH_KEEPING = 30


def posted_from[View: Callable[..., HttpResponse]](page: str, at: str = "") -> Callable[[View], View]:
    """Names the page that holds the form of a view that only takes POST: after an error, the view's own address stays
    in the address bar, and reloading it would answer 405.

    The page takes the same parameters as the view, but for the one named by `at`, which goes into its query.
    """

    def decorate(view: View) -> View:
        cast("Any", view).form_page = (page, at)
        return view

    return decorate


def form_page(address: str) -> str:
    """The page with the form that is sent to this address; "" if its view names none."""
    match = _match(urlsplit(address).path)
    page, at = getattr(match.func, "form_page", ("", "")) if match else ("", "")
    if not match or not page:
        return ""
    path = reverse(page, kwargs={key: value for key, value in match.kwargs.items() if key != at})
    return f"{path}?{urlencode({'at': match.kwargs[at]})}" if at else path


def page_behind(request: HttpRequest) -> str:
    """The page of ours that a request came from, by its Referer; "" if that is missing or not ours."""
    referer = request.headers.get("Referer", "")
    here = {request.get_host()}
    if not referer or not url_has_allowed_host_and_scheme(referer, here, require_https=request.is_secure()):
        return ""
    parts = urlsplit(referer)
    if not _match(parts.path):
        return ""
    if parts.path == request.path and request.method == "GET":
        return ""
    page = form_page(parts.path) or (f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return page if len(page) <= PAGE_MAX else ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was in a form that could not be taken, as names with values: texts to show, and the rest to send along."""

    texts: list[tuple[str, str]]
    rest: list[tuple[str, str]]


def kept_from(request: HttpRequest) -> Kept:
    """What stood in a form of ours, if there is something in it that its author would hate to type again.

    A page elsewhere may send a form here, too: its words must not stand on our pages, ready to be sent with a token.
    """
    said = [(name, text) for name, texts in request.POST.lists() for text in texts if name != "csrfmiddlewaretoken"]
    if not page_behind(request) or any("password" in name for name, _ in said):
        return Kept([], [])
    texts = [(name, text) for name, text in said if len(text) >= WORTH_KEEPING or "\n" in text.strip()]
    return Kept(texts, [pair for pair in said if pair not in texts])


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path)
    except Resolver404:
        return None
