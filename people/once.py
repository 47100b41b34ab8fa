"""Does once what a form asks for, however often it arrives: after a double click, or sent again on a bad line."""

import datetime
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_htmx.http import HttpResponseClientRedirect

from people.models import LOCATION_MAX, OnceKey

KEPT = datetime.timedelta(days=1)
# How long the first may take before it counts as lost.
PATIENCE = datetime.timedelta(minutes=1)
# How long a second request waits for the first, in seconds. It holds a worker, so it may not be long.
WAITS = 3.0


def once[View: Callable[..., HttpResponse]](view: View) -> View:
    """Decorates a view that makes something and leads on to it. A form that is sent again leads there as well.

    A form is known by its CSRF token, which Django masks anew on each page, and by all that is in it: somebody who goes
    back and changes a word sends another one. What was refused can be sent again.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # A visitor's first form makes their session: without it, what the first made would be nobody's to the second.
        is_known = request.user.is_authenticated or request.session.session_key
        if not is_known or not request.POST.get("csrfmiddlewaretoken"):
            return view(request, *args, **kwargs)
        key = _key(request)
        before = _before(key)
        if before is not None:
            return _lead_to(request, before) if before else render(request, "errors/409.html", status=409)
        location = ""
        try:
            response = view(request, *args, **kwargs)
            location = response.headers.get("Location") or response.headers.get("HX-Redirect", "")
        finally:
            _note(key, location)
        return response

    return cast("View", wrapped)


def _note(key: str, location: str) -> None:
    """Keep where the first led; a form without such a place, or with one too long to keep, can be sent again."""
    mine = OnceKey.objects.filter(key=key)
    if 0 < len(location) <= LOCATION_MAX:
        mine.update(location=location, ends_at=timezone.now() + KEPT)
    else:
        mine.delete()


def forget_old() -> int:
    """Delete the keys of yesterday's forms. Returns how many that were."""
    return OnceKey.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def _key(request: HttpRequest) -> str:
    """Hashed with the site's key: what was typed can't be guessed from the table."""
    files = [(file.name, file.size) for _, files in request.FILES.lists() for file in files]
    said = f"{request.user.pk or request.session.session_key}\n{request.path}\n{request.POST.urlencode()}\n{files}"
    return salted_hmac("people.once", said, algorithm="sha256").hexdigest()


def _before(key: str) -> str | None:
    """Where the same form led before, "" if that is not known in time; None for the first, which is noted."""
    until = time.monotonic() + WAITS
    while True:
        row, is_first = OnceKey.objects.get_or_create(key=key, defaults={"ends_at": timezone.now() + PATIENCE})
        if is_first:
            return None
        if row.location or time.monotonic() > until:
            return row.location
        if row.ends_at <= timezone.now():
            # Its process died on the way.
            OnceKey.objects.filter(key=key, ends_at=row.ends_at).delete()
        time.sleep(0.05)


def _lead_to(request: HttpRequest, location: str) -> HttpResponse:
    return HttpResponseClientRedirect(location) if getattr(request, "htmx", None) else redirect(location)
