"""Rounds: opening and changing one, seeing how far people have come, reminding them, closing it."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Round, RoundStart
from assessments.quiz.start import start, start_page
from assessments.rounds import rounds
from assessments.rounds.figures import figures_of
from assessments.rounds.forms import RoundForm
from people.access import find_organisation, refuse, signed_in
from people.audit.log import Kind
from people.errors import PeopleError
from people.links.pages import gone, unlisted
from people.models import Organisation
from people.once import once
from people.policy import Action, allowed
from people.requests import Request
from people.standing import Standing, standing_of

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@once
def list_rounds(request: HttpRequest, slug: str) -> HttpResponse:
    """The organisation's rounds, newest first, and a form for a new one."""
    organisation, _standing = find_organisation(request, slug, Action.MANAGE_ROUNDS)
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (item := _opened(organisation, form)):
        said = (
            _("The round is set up. Nobody has been mailed yet; you can do that here.")
            if item.has_begun
            else _("The round is set up. Nobody has been mailed yet; you can do that here once it has begun.")
        )
        messages.success(request, said)
        return redirect("show_round", item.pk)
    page = Paginator(Round.objects.filter(organisation=organisation), PAGE).get_page(request.GET.get("page"))
    context = {"organisation": organisation, "page": page, "form": form, "section": "teams"}
    return render(request, "assessments/rounds/rounds.html", context, status=422 if request.method == "POST" else 200)


@require_safe
def show_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """By name, whether somebody has begun, handed in, shared and been reviewed; once closed, counts over a group."""
    item, standing = _find(request, pk, Action.READ_COMPLETION)
    page = Paginator(rounds.taking_part(item), PAGE)
    progress = rounds.progress_of(item)
    reads = allowed(standing.roles, Action.READ_FIGURES, item.state)
    # Already counted; without this the paginator would count again, in a statement of its own.
    page.count = progress.people
    context = {
        "round": item,
        "organisation": item.organisation,
        "page": page.get_page(request.GET.get("page")),
        "progress": progress,
        "reads_figures": reads,
        "figures": figures_of(item) if reads else [],
        "section": "teams",
    }
    return render(request, "assessments/rounds/round.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def begin_round(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Begin a self-assessment that owners and admins see as begun and, later, as handed in. The page says so."""
    item, _standing = _find(request, pk, Action.TAKE_PART)
    if not item.has_begun:
        messages.warning(request, _("The round has not begun yet."))
        return redirect("show_organisation", item.organisation.slug)
    page = _begin_page(request, item) if item.is_open else None
    if page is None:
        messages.warning(request, _("The round is closed. What you begin here is for yourself."))
        return redirect("start_quiz")
    return page


def _begin_page(request: Request, item: Round) -> HttpResponse | None:
    """The page of a quiz's start. None when the round was closed while it was filled in."""
    user = signed_in(request)
    mine = RoundStart.objects.filter(organisation=item.organisation_id, round=item, user=user)
    counted = set(mine.values_list("source", flat=True))
    try:
        return start_page(
            request, lambda *said: rounds.begin(item, user, lambda: start(*said)), round=item, counted=counted
        )
    except rounds.RoundClosedError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def edit_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change name, dates and whether managers rate first. Not of a closed round: what counted for it would change."""
    item, _standing = _find(request, pk, Action.MANAGE_ROUNDS)
    if not item.is_open:
        messages.warning(request, _("The round is closed."))
        return redirect("show_round", item.pk)
    form = RoundForm(request.POST or None, initial={name: getattr(item, name) for name in RoundForm.base_fields})
    if request.method == "POST" and form.is_valid():
        if rounds.change(item, **form.cleaned_data):
            messages.success(request, _("Saved."))
        else:
            messages.warning(request, _("The round is closed."))
        return redirect("show_round", item.pk)
    context = {"round": item, "organisation": item.organisation, "form": form, "section": "teams"}
    return render(request, "assessments/rounds/edit.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def send_reminders(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Mail people of whom the round has nothing yet."""
    item, _standing = _find(request, pk, Action.MANAGE_ROUNDS)
    if not item.is_open:
        messages.warning(request, _("The round is closed."))
    elif not item.has_begun:
        messages.warning(request, _("The round has not begun. Nobody was reminded: nothing counts for it yet."))
    elif count := rounds.remind_by_hand(item):
        said = ngettext("%(count)d person is reminded by mail.", "%(count)d people are reminded by mail.", count)
        messages.success(request, said % {"count": count})
    else:
        messages.success(
            request,
            _("There is nobody to remind: they have handed in, had reminders today, or want none."),
        )
    return redirect("show_round", item.pk)


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def stop_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then switch the reminders off. Mail programs post here on their own (RFC 8058), without cookies."""
    is_post = request.method == "POST"
    if not rounds.STOP.follow(token, really=is_post):
        return gone(request)
    return render(request, "assessments/rounds/stop_reminders.html", {"stopped": is_post})


@require_POST
def close_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Close it: what is handed in from now on no longer counts for it."""
    item, _standing = _find(request, pk, Action.MANAGE_ROUNDS)
    rounds.close(item)
    messages.success(request, _("The round is closed. Everybody keeps what they have."))
    return redirect("show_round", item.pk)


@require_POST
def reopen_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open a closed round again; an open one stays as it is."""
    item, _standing = _find(request, pk, Action.MANAGE_ROUNDS)
    try:
        rounds.reopen(item)
    except PeopleError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("The round is open. What was handed in since it was closed counts for it too."))
    return redirect("show_round", item.pk)


def _opened(organisation: Organisation, form: RoundForm) -> Round | None:
    """The round that the form asks for; None where there are too many, which the form says then."""
    try:
        return rounds.open_round(organisation, **form.cleaned_data)
    except PeopleError as error:
        form.add_error("name", str(error))
        return None


def _find(request: HttpRequest, pk: uuid.UUID, action: Action) -> tuple[Round, Standing]:
    """A round of the person's organisation: 404 for strangers, 403 for people who may not do this."""
    item = Round.objects.select_related("organisation").filter(pk=pk).first()
    if item is None:
        raise Http404
    standing = standing_of(signed_in(request), item.organisation_id)
    if not standing.may(action):
        raise refuse(request, item.organisation_id, action, item, Kind.ROUND, knows=standing.is_in)
    return item, standing
