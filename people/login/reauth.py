"""Before what can't be undone or takes all of it along: is it still the same person at the screen?

They show what they have: an authenticator's code, a key or passkey; who has none of these, their password; who has no
password either has a code mailed to them. Who answered within ACCOUNT_REAUTHENTICATION_TIMEOUT is not asked again. Our
own views and allauth's ask by the same rules (people/login/adapter.py); allauth alone would let those pass who have
neither a password nor a second step, and takes the password for a second step.
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

# In a session: the second step that was set up in it last.
SET_UP_HERE = "set_up_second_step"


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
    """Whether this very session was asked, and answered, not long ago.

    Who has a second step answered by that. Only where it was set up just now, what was shown before that counts for
    the rest of its minutes: for the recovery codes that come next.
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
    """When this very session last showed a code, a key or a passkey; 0 if it never did."""
    records = get_authentication_records(request, request.user)
    return float(max((record.get("at", 0) for record in records if record.get("method") == "mfa"), default=0))


def way_to_confirm(request: HttpRequest, back: str, *, by_second_step: bool = False) -> str:
    """The address of the page that asks, which leads back to this one: where the answer will be a file, or where only a
    second step counts, which the person then must have."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    first = next(method for method in methods if not by_second_step or is_second_step(method))
    return f"{first['url']}?{urlencode({'next': back})}"
