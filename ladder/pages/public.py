"""What all public pages share: open to everybody, read-only, kept by caches where nothing in them is anybody's own."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from ladder.models import NoLadderError
from ladder.pages import schemes
from ladder.rubric import Rubric

type View = Callable[..., HttpResponse]

# Seconds for which a browser or a proxy may show a public page without asking again.
KEPT_FOR = 300


def public_page(view: View) -> View:
    """Open a view to everybody, for reading, with `ETag` and `Cache-Control: public` for visitors without a session.

    Whoever has a session gets a page of their own, their name for levels or their place in it, that no cache keeps.
    """

    @login_not_required
    @require_safe
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except NoLadderError:
            return render(request, "ladder/pages/no_ladder.html", {"section": "ladder"}, status=503)
        patch_vary_headers(response, ["Cookie"])
        if response.status_code != 200 or is_own(request) or response.cookies:
            return response
        patch_cache_control(response, public=True, max_age=KEPT_FOR)
        # Weak: a proxy may compress the page and it still is the same.
        etag = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response

    return page


def is_own(request: HttpRequest) -> bool:
    """Whether the answer may hold something of this browser's own: a session, or a message waiting to be shown."""
    return not {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}.isdisjoint(request.COOKIES)


def ladder_page(request: HttpRequest, template: str, rubric: Rubric, **context: Any) -> HttpResponse:
    """Render a page of the ladder. `here` names it in the section's own navigation."""
    scheme = schemes.chosen(request, rubric)
    return render(
        request,
        template,
        {
            "section": "ladder",
            "rubric": rubric,
            "ladder": rubric.ladder,
            "scheme": scheme,
            "rungs": schemes.rung_titles(scheme),
            **context,
        },
    )
