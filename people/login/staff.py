"""Pages for the operator's staff: they need a second factor, used in the same session, and are a 404 for others."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from people.access import signed_in
from people.login.reauth import second_step_shown_at, way_to_confirm

# Seconds for which the second factor counts.
PROVEN_FOR = 12 * 3600


def is_proven(request: HttpRequest) -> bool:
    """Whether the second factor was used in this session within the last 12 hours. That the person has one is not
    enough: the session may have begun before it was set up."""
    user = signed_in(request)
    return time.time() - second_step_shown_at(request) < PROVEN_FOR and bool(is_mfa_enabled(user))


def staff_turned_away(request: HttpRequest) -> HttpResponse | None:
    """The answer instead of a page for staff: the way to their second factor, or None. Raises Http404 for others."""
    user = signed_in(request)
    if not (user.is_active and user.is_staff):
        raise Http404
    if not is_mfa_enabled(user):
        messages.info(request, _("This part is open only with a two-step log-in. Set one up here, then come back."))
        return redirect("mfa_index")
    if not is_proven(request):
        back = request.get_full_path() if request.method == "GET" else "/"
        return redirect(way_to_confirm(request, back, by_second_step=True))
    return None


def staff_only[View: Callable[..., HttpResponse]](view: View) -> View:
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return staff_turned_away(request) or view(request, *args, **kwargs)

    return cast("View", wrapped)
