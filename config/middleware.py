"""What stands around every answer: the headers that Django does not set itself."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers

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
