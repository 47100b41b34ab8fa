"""What the pages of growth answer alike: the plan's section with the status of its form."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from people.errors import PeopleError


def plan_page(request: HttpRequest, template: str, *, status: int = 0, **context: Any) -> HttpResponse:
    """Render a page below templates/growth/ in the section of the plan; 422 where its `form` has errors."""
    form = context.get("form")
    status = status or (422 if form is not None and form.errors else 200)
    return render(request, f"growth/{template}", {"section": "plan", **context}, status=status)


def posted(request: HttpRequest) -> Any:
    """What a form is bound to: the POST, or nothing for a first look, which is never valid and has no errors."""
    return request.POST if request.method == "POST" else None


@contextmanager
def refusals_on(form: forms.Form) -> Iterator[None]:
    """Show a refusal as an error of the form, and go on behind the block."""
    try:
        yield
    except PeopleError as error:
        form.add_error(None, str(error))
