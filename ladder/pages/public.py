"""What all public pages share: open to everybody, read-only, and cached if nothing in them is personal."""

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from ladder.models import NoLadderError
from ladder.pages import schemes
from ladder.rubric import Rubric
from people.upkeep import announcement

type View = Callable[..., HttpResponse]

# How many seconds a browser or proxy may show a public page without asking again; and one with an announcement, which
# will be over soon.
KEPT_FOR, KEPT_WITH_ANNOUNCEMENT = 300, 60


def public_page(view: View) -> View:
    """Open a view to everybody, for reading, with `ETag` and `Cache-Control: public` for visitors without a session.

    With a session the page may show the person's place or scheme; a shared cache would show it to others.
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
        patch_cache_control(response, public=True, max_age=KEPT_WITH_ANNOUNCEMENT if announcement.known() else KEPT_FOR)
        # Weak: a strong one would no longer match once a proxy has compressed the page.
        etag = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response

    return page


def is_own(request: HttpRequest) -> bool:
    """Whether the answer may hold something personal: the browser has a session, or a message waits to be shown."""
    return not {settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name}.isdisjoint(request.COOKIES)


def renamed(request: HttpRequest, now: Mapping[str, str], slug: str) -> HttpResponse:
    """On to the page of what had this slug before; 404 where nothing had. Browsers do not keep it: another version of
    the ladder may take the rename back."""
    if slug not in now:
        raise Http404
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(reverse(request.resolver_match.view_name, args=[now[slug]]) + query)  # type: ignore[union-attr]


def ladder_page(request: HttpRequest, template: str, rubric: Rubric, **context: Any) -> HttpResponse:
    """Render a page of the ladder. `here` in the context marks it in the section's navigation."""
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
