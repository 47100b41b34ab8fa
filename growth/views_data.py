"""All of my data, to take along."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from growth.person_files import zip_of
from people.access import signed_in
from people.audit import Verb, record
from people.requests import Request


@require_http_methods(["GET", "HEAD", "POST"])
def show_my_data(request: Request) -> HttpResponse:
    """What the file holds; POST gives it, so that no page elsewhere makes a browser fetch it."""
    user = signed_in(request)
    if request.method != "POST":
        return render(request, "growth/my_data.html", {"section": "account"})
    record(user.home_id, Verb.DATA_EXPORTED)
    name = f"rungwise-my-data-{timezone.localdate():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(zip_of(user), content_type="application/zip", headers=headers)
