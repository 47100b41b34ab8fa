"""How views answer alike: a part of a page for htmx, and a page whose form was refused."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wants_part(request: HttpRequest, target: str = "") -> bool:
    """Whether to answer with a part: the element with the id `target`, where one is named.

    When htmx restores its history it puts the answer in the place of the whole page, so a part would be all that is
    left of it.
    """
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request and (not target or htmx.target == target)  # type: ignore[union-attr]


def render_form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with a form: 200 when it is asked for, 422 when it was sent and comes back. What worked redirects."""
    return render(request, template, context, status=422 if request.method == "POST" else 200)
