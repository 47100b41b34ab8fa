"""What stands around every answer: the headers that Django does not set itself."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import patch_cache_control, patch_vary_headers

from config.errors import not_allowed, too_large

type GetResponse = Callable[[HttpRequest], HttpResponse]

_PERMISSIONS = ", ".join(
    f"{feature}=()" for feature in ("camera", "geolocation", "microphone", "payment", "usb", "browsing-topics")
)


def headers(get_response: GetResponse) -> GetResponse:
    """Add the remaining security headers, and keep private pages out of every cache unless a view said otherwise."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if "Cache-Control" not in response.headers:
            patch_cache_control(response, no_store=True, private=True)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # On both variants: a page and its fragment share an address.
            patch_vary_headers(response, ["HX-Request"])
        return response

    return middleware


def pages_for_405(get_response: GetResponse) -> GetResponse:
    """Give Django's empty answer to a method that an address does not take a page; it has no handler for that."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        page = not_allowed(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return middleware


def small_bodies(get_response: GetResponse) -> GetResponse:
    """Refuse a body that no form of ours makes before anything reads it: Django would write a large file to disk."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        # A length that is no number counts as none, and then nothing is read.
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > settings.BODY_MAX):
            return too_large(request)
        return get_response(request)

    return middleware
