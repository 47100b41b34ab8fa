"""Rounds: opening and changing one, seeing how far people have come, reminding them, closing it."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.models import Round
from assessments.rounds import rounds
from assessments.rounds.forms import RoundForm
from people.access import find_organisation, refuse, signed_in
from people.audit.log import Kind
from people.policy import Action
from people.standing import standing_of

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def list_rounds(request: HttpRequest, slug: str) -> HttpResponse:
    """The organisation's rounds, newest first, and a form for a new one."""
    organisation, _standing = find_organisation(request, slug, Action.MANAGE_ROUNDS)
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        item = rounds.open_round(organisation, **form.cleaned_data)
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
    """By name, whether somebody has started, submitted, shared and been reviewed; nothing of what they said."""
    item = _find(request, pk, Action.READ_COMPLETION)
    page = Paginator(rounds.taking_part(item), PAGE)
    progress = rounds.progress_of(item)
    # Already counted; without this the paginator would count again, in a statement of its own.
    page.count = progress.people
    context = {
        "round": item,
        "organisation": item.organisation,
        "page": page.get_page(request.GET.get("page")),
        "progress": progress,
        "section": "teams",
    }
    return render(request, "assessments/rounds/round.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change name, dates and whether managers rate first. Not of a closed round: what counted for it would change."""
    item = _find(request, pk, Action.MANAGE_ROUNDS)
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
    """Mail people who have not submitted."""
    item = _find(request, pk, Action.MANAGE_ROUNDS)
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
            _("There is nobody to remind: they have submitted, were reminded within a day, or want no reminders."),
        )
    return redirect("show_round", item.pk)


@require_POST
def close_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Close it: what is submitted from now on no longer counts for it."""
    item = _find(request, pk, Action.MANAGE_ROUNDS)
    rounds.close(item)
    messages.success(request, _("The round is closed. Everybody keeps what they have."))
    return redirect("show_round", item.pk)


@require_POST
def reopen_round(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open a closed round again; an open one stays as it is."""
    item = _find(request, pk, Action.MANAGE_ROUNDS)
    rounds.reopen(item)
    messages.success(request, _("The round is open. What was submitted since it was closed counts for it too."))
    return redirect("show_round", item.pk)


def _find(request: HttpRequest, pk: uuid.UUID, action: Action) -> Round:
    """A round of the person's organisation: 404 for strangers, 403 for people who may not do this."""
    item = Round.objects.select_related("organisation").filter(pk=pk).first()
    if item is None:
        raise Http404
    standing = standing_of(signed_in(request), item.organisation_id)
    if not standing.may(action):
        raise refuse(request, item.organisation_id, action, item, Kind.ROUND, knows=standing.is_in)
    return item
