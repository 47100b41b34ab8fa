"""Asks people to confirm who they are before they do what can't be undone: it may be somebody else at their screen.

They confirm with their second step: an authenticator's code, a key or a passkey; without one, with their password; and
without a password, with a code by mail. They are not asked again for ACCOUNT_REAUTHENTICATION_TIMEOUT. allauth's views
ask by the same rules (people/login/adapter.py). By its own, people with neither a password nor a second step would
pass, and so would a password where there is a second step.
"""

import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.conf import settings
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

# Key in the session: the second step that was set up in it last.
SET_UP_HERE = "set_up_second_step"


def confirm_first[View: Callable[..., HttpResponse]](view: View) -> View:
    """Decorates a view. What was sent waits while the person confirms, and goes on afterwards."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        confirm(request)
        return view(request, *args, **kwargs)

    return cast("View", wrapped)


def confirm(request: HttpRequest) -> None:
    """The same inside a view, when it depends on what was sent. Raises ReauthenticationRequired."""
    if not is_confirmed(request):
        raise ReauthenticationRequired


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the person has confirmed in this session, within ACCOUNT_REAUTHENTICATION_TIMEOUT.

    People with a second step must have used that. But if it was set up in this session, what they confirmed with before
    still counts: otherwise they would be asked again on the way to their recovery codes.
    """
    if not request.user.is_authenticated:
        return False
    records = [record for record in get_authentication_records(request, request.user) if record.get("reauthenticated")]
    held = Authenticator.objects.filter(user=request.user)
    if held.exists() and not held.filter(pk=request.session.get(SET_UP_HERE)).exists():
        records = [record for record in records if record.get("method") == "mfa"]
    at = max((record["at"] for record in records), default=0)
    return bool(time.time() - at < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


@receiver(authenticator_added, dispatch_uid="set-up-here")
def _note_set_up(request: HttpRequest, authenticator: Authenticator, **_kwargs: object) -> None:
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[SET_UP_HERE] = authenticator.pk


def is_second_step(method: Mapping[str, Any]) -> bool:
    """Whether a way to confirm is more than the password or the mailbox."""
    return str(method["id"]).startswith("mfa")


def second_step_shown_at(request: HttpRequest) -> float:
    """When a code, a key or a passkey was last used in this session, in Unix seconds; 0 if never."""
    records = get_authentication_records(request, request.user)
    return float(max((record.get("at", 0) for record in records if record.get("method") == "mfa"), default=0))


def way_to_confirm(request: HttpRequest, back: str, *, by_second_step: bool = False) -> str:
    """The address of the page that asks, which leads to `back` afterwards. For when the answer would be a file; and,
    with `by_second_step`, for people who have a second step and must use it."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    first = next(method for method in methods if not by_second_step or is_second_step(method))
    return f"{first['url']}?{urlencode({'next': back})}"
