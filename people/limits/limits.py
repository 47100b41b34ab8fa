"""Limits on what is expensive for us or a nuisance for others, such as PDFs and invitations.

They are counted in the database, so that they hold over all processes. So are allauth's
(people/limits/allauth_limits.py).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from people.limits import rates

# Seconds: most limits are by the minute.
RETRY_AFTER = "60"


def within(request: HttpRequest, action: str) -> bool:
    """Count one use by the person who asks, or by the IP address of a visitor. False when that is too often; then the
    answer becomes a 429. One statement for each rate of the action, up to the first that has no room left."""
    who = str(request.user.pk) if request.user.is_authenticated else ratelimit.get_ip(request)
    is_free = all(rates.take(action, rate, who) for rate in ratelimit.parse_rates(settings.RATE_LIMITS[action]))
    if not is_free:
        mark(request)
    return is_free


def limited[View: Callable[..., HttpResponse]](action: str) -> Callable[[View], View]:
    """Decorates a view: answers with the page for 429 when it is asked too often."""

    def decorator(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not within(request, action):
                answer: HttpResponse = ratelimit.respond_429(request)
                return answer
            return view(request, *args, **kwargs)

        return cast("View", wrapped)

    return decorator


def mark(request: HttpRequest) -> None:
    """Make the answer a 429, whatever page it is. The form itself says what happened, and keeps what was typed."""
    request.is_limited = True  # type: ignore[attr-defined]
