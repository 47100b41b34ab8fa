"""Downloading all of my data."""

from allauth.core.ratelimit import respond_429
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from growth.my_data.files import zip_of
from people.access import signed_in
from people.audit.log import Verb, record
from people.files import file_response
from people.limits.limits import within
from people.login.reauth import is_confirmed, way_to_confirm
from people.requests import Request


@require_http_methods(["GET", "HEAD", "POST"])
def show_my_data(request: Request) -> HttpResponse:
    """Say what the file holds; POST downloads it. With GET, a link on another site could make a browser fetch it."""
    user = signed_in(request)
    here = reverse("show_my_data")
    if not is_confirmed(request):
        # Confirmed before the button is shown: a download leaves the page as it is, so nobody could be asked after it.
        context = {"confirm_at": way_to_confirm(request, here), "section": "account"}
        return redirect(here) if request.method == "POST" else render(request, "growth/my_data/my_data.html", context)
    if request.method != "POST":
        return render(request, "growth/my_data/my_data.html", {"section": "account"})
    if not within(request, "data"):
        answer: HttpResponse = respond_429(request)
        return answer
    record(user.home_id, Verb.DATA_EXPORTED)
    return file_response(zip_of(user), f"rungwise-my-data-{timezone.localdate():%Y-%m-%d}.zip", "application/zip")
