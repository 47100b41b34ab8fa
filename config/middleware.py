"""Middleware around every answer: headers that Django does not set, pages for 405, a limit on bodies."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import patch_cache_control, patch_vary_headers

from config.errors import not_allowed, too_large

type GetResponse = Callable[[HttpRequest], HttpResponse]

# What people.fragments.wants_part looks at.
_HTMX = ["HX-Request", "HX-Target", "HX-History-Restore-Request"]
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
            # A page and its part for htmx share an address: a cache must not give one for the other.
            patch_vary_headers(response, _HTMX)
        return response

    return middleware


def pages_for_405(get_response: GetResponse) -> GetResponse:
    """Put a page in the place of Django's empty answer for a wrong method: Django has no handler405."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        page = not_allowed(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return middleware


def small_bodies(get_response: GetResponse) -> GetResponse:
    """Refuse a body that is too large before anything reads it: Django would write a large upload to the disk."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        # What is not a number is left alone: Django takes it for 0 and reads no body.
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > settings.BODY_MAX):
            return too_large(request)
        return get_response(request)

    return middleware
