"""Before what can't be undone or takes all of it along: is it still the same person at the screen?

They show what they have: the password, an authenticator's code, a key or passkey; who has none of these has a code
mailed to them. Who answered within ACCOUNT_REAUTHENTICATION_TIMEOUT is not asked again. Our own views and allauth's ask
by the same rules (people/login/adapter.py); allauth alone would let those pass who have neither a password nor a second
step.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode


def confirm_first[View: Callable[..., HttpResponse]](view: View) -> View:
    """Decorates a view. A POST waits while the person is asked, and goes on afterwards."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        confirm(request)
        return view(request, *args, **kwargs)

    return cast("View", wrapped)


def confirm(request: HttpRequest) -> None:
    """The same in the middle of a view, for when it hangs on what is asked for."""
    if not is_confirmed(request):
        raise ReauthenticationRequired


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this very session was asked, and answered, not long ago."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    at = max((record["at"] for record in records if record.get("reauthenticated")), default=0)
    return bool(time.time() - at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def second_step_shown_at(request: HttpRequest) -> float:
    """When this very session last showed a code, a key or a passkey; 0 if it never did."""
    records = get_authentication_records(request, request.user)
    return float(max((record.get("at", 0) for record in records if record.get("method") == "mfa"), default=0))


def way_to_confirm(request: HttpRequest, back: str, *, by_second_step: bool = False) -> str:
    """The address of the page that asks, which leads back to this one: where the answer will be a file, or where only a
    second step counts, which the person then must have."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    first = next(method for method in methods if not by_second_step or method["id"].startswith("mfa"))
    return f"{first['url']}?{urlencode({'next': back})}"
