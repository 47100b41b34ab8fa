"""Who asks, and over what: said once for each request, before anything else looks."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PROXIES = "rungwise.proxies"
"""In META: how many addresses X-Forwarded-For had."""


def caller(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Put the visitor's address into REMOTE_ADDR and the scheme they used where Django looks for it, as our own proxies
    wrote them. What a request says beside that is taken away, so that nothing later can believe it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        meta, count = request.META, settings.TRUSTED_PROXY_COUNT
        told = meta.pop("HTTP_X_FORWARDED_FOR", "").split(",")
        meta[PROXIES] = sum(bool(each.strip()) for each in told)
        peer = meta.get("REMOTE_ADDR", "")
        # Fewer than our proxies add: it came past one of them, and anybody may have written it.
        named = _address(told[-count]) if 0 < count <= len(told) else ""
        meta["REMOTE_ADDR"] = named or _address(peer) or peer
        scheme = meta.pop("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if settings.TRUST_PROXY_HTTPS_HEADER:
            meta["wsgi.url_scheme"] = "https" if scheme == "https" else "http"
        return get_response(request)

    return middleware


def _address(said: str) -> str:
    """An address without the port that some proxies add; empty for what is none.

    Limits count a /64 of IPv6 as one, as whoever has an address there has all of them. An IPv4 address that a socket
    for both writes as one of IPv6 would lie in the same /64 as all others.
    """
    said = said.strip()
    bare = (
        said[1:].partition("]")[0] if said.startswith("[") else said.partition(":")[0] if said.count(":") == 1 else said
    )
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
