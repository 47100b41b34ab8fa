"""Where I am logged in, and ending it from here."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from people.access import signed_in
from people.login.sessions import LISTED, OFFER, alive, end_others, stored_key_of
from people.models import Session, User


def _sessions(user: User) -> list[Session]:
    return list(alive().filter(user=user)[:LISTED])


@require_safe
def list_sessions(request: HttpRequest) -> HttpResponse:
    """My sessions, this one first."""
    key = stored_key_of(request)
    sessions = sorted(_sessions(signed_in(request)), key=lambda session: session.session_key != key)
    context = {
        "sessions": sessions,
        "key": key,
        "idle": _spell(settings.SESSION_IDLE_HOURS),
        "longest": _spell(settings.SESSION_MAX_HOURS),
        "section": "account",
    }
    return render(request, "people/login/sessions.html", context)


def _spell(hours: int) -> str:
    """A length of time, in days where they are whole."""
    if hours % 24:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End the session that `which` names, or all `others`; with `none` they stay, and the offer is not made again."""
    user, key, which = signed_in(request), stored_key_of(request), request.POST.get("which", "")
    if which in {"others", "none"}:
        request.session.pop(OFFER, None)
    if which == "none":
        return redirect("mfa_index")
    if which == "others":
        ended = end_others(user, key)
    else:
        chosen = [session.session_key for session in _sessions(user) if constant_time_compare(session.handle, which)]
        ended = Session.objects.filter(user=user, session_key__in=chosen).exclude(session_key=key).delete()[0]
    if ended:
        said = ngettext("Logged out there.", "Logged out on %(count)d devices.", ended)
        messages.success(request, said % {"count": ended})
    else:
        messages.info(request, _("There was nothing to end: it is over already."))
    return redirect("list_sessions")
