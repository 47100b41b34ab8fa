"""Before what can't be undone or takes all of it along: is it still the same person at the screen?

allauth asks for the password, or for the second step where there is one; who answered within
ACCOUNT_REAUTHENTICATION_TIMEOUT is not asked again.
"""

from collections.abc import Callable
from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

__all__ = ["confirm", "confirm_first", "is_confirmed", "way_to_confirm"]


def confirm_first[View: Callable[..., HttpResponse]](view: View) -> View:
    """Decorates a view. A POST waits while the person is asked, and goes on afterwards."""
    return cast("View", reauthentication_required(view))


def is_confirmed(request: HttpRequest) -> bool:
    return not is_reauthentication_required(request, app="")


def confirm(request: HttpRequest) -> None:
    """The same in the middle of a view, for when it hangs on what is asked for."""
    if not is_confirmed(request):
        raise ReauthenticationRequired


def way_to_confirm(request: HttpRequest, back: str) -> str:
    """The address of the page that asks, which leads back to this one: where the answer will be a file."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    return f"{methods[0]['url']}?{urlencode({'next': back})}" if methods else back
