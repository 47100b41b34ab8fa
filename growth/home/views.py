"""The first page: a home for who is signed in, for everybody else what this is."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from assessments.models import Assessment, own_session_ids
from growth.home.home import home_of
from ladder.models import NoLadderError
from ladder.pages.public import no_ladder, public_page
from ladder.pages.start import start_page
from people.access import signed_in


@login_not_required
@require_safe
def show_home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return _show_start(request)
    try:
        home = home_of(signed_in(request))
    except NoLadderError:
        return no_ladder(request)
    return render(request, "growth/home/home.html", {"home": home, "section": "home"})


@public_page
def _show_start(request: HttpRequest) -> HttpResponse:
    """With a way on to what was answered in this browser, if anything was."""
    newest = Assessment.objects.own_list(request).first() if own_session_ids(request) else None
    return start_page(request, begun=newest)
