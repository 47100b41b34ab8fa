"""How often is too often: files that take time to make, and invitations that fill other people's inboxes.

Counted in the database, so a limit holds over all processes, and so are allauth's (people/limits/allauth_limits.py).
They answer through here as well: `mark` for a form that says so itself, `respond_429` for a page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from people.limits import rates

# When to come back, in seconds: most of the limits count by the minute.
RETRY_AFTER = "60"


def within(request: HttpRequest, action: str) -> bool:
    """Count one more of these for whoever asks: a person, wherever they are, or an address that nobody logged in at.

    A statement for each rate of the action; the first that has no room left is the last that is looked at.
    """
    who = str(request.user.pk) if request.user.is_authenticated else ratelimit.get_ip(request)
    is_free = all(rates.take(action, rate, who) for rate in ratelimit.parse_rates(settings.RATE_LIMITS[action]))
    if not is_free:
        mark(request)
    return is_free


def limited[View: Callable[..., HttpResponse]](action: str) -> Callable[[View], View]:
    """Answer a view by the page for 429 when it is asked too often."""

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
    """Make the answer a 429, whatever page it is: a form that says what happened keeps what was typed."""
    request.is_limited = True  # type: ignore[attr-defined]
