"""Giving a copy of a report, seeing who opened it, taking it back; and reading a copy that was given."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.access import find, find_copy, may, reviews_of
from assessments.models import Assessment, Opening, Share
from assessments.openings import note_opening, note_part
from assessments.report.find import level_asked, report_of_copy
from assessments.sharing.copies import SharingError, share_with_person, share_with_team, teams_of, withdraw
from assessments.sharing.forms import PersonForm
from assessments.sharing.links import links_of
from people.access import refuse, signed_in
from people.audit.log import Kind
from people.fragments import wants_part
from people.links.forms import SecretLinkForm
from people.models import User
from people.policy import Action, Role, State
from people.requests import Request


@require_http_methods(["GET", "HEAD", "POST"])
def share_report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Give a copy to the managers of a team (`team`) or to a colleague (`person`); see who has one and opened it."""
    user = signed_in(request)
    assessment = find(request, pk)
    if not may(Action.SHARE, assessment):
        raise PermissionDenied
    is_sent = request.method == "POST"
    to_team = is_sent and "team" in request.POST
    form = PersonForm(request.POST if is_sent and not to_team else None, user=user)
    if to_team:
        is_given = _give_to_team(request, assessment, user)
    else:
        is_given = form.is_valid() and _give_to_person(request, assessment, form)
    if is_given:
        return redirect("share_report", assessment.pk)
    context = share_context(assessment, user, form)
    return render(request, "assessments/sharing/share.html", context, status=422 if is_sent else 200)


def _give_to_team(request: Request, assessment: Assessment, user: User) -> bool:
    team = next((item.team for item in teams_of(user) if str(item.team.pk) == request.POST["team"]), None)
    if team is None:
        raise Http404
    try:
        share_with_team(assessment, team, with_notes="notes" in request.POST)
    except SharingError as error:
        messages.warning(request, str(error))
        return False
    messages.success(request, _("Shared with the managers of %(team)s.") % {"team": team.name})
    return True


def _give_to_person(request: Request, assessment: Assessment, form: PersonForm) -> bool:
    person, organisation = form.found
    try:
        share_with_person(assessment, person, organisation, with_notes=form.cleaned_data["notes"])
    except SharingError as error:
        form.add_error("person", str(error))
        return False
    messages.success(request, _("Shared with %(person)s.") % {"person": person.display_name})
    return True


def share_context(assessment: Assessment, user: User, form: PersonForm) -> dict[str, Any]:
    """The context of the page, whichever of its forms was sent."""
    copies = list(
        Share.objects.filter(source=assessment, author=user)
        .select_related("team", "recipient", "organisation")
        .defer("answers", "result")
        .order_by("shared_at")
    )
    given = {copy.team_id: copy for copy in copies if copy.team_id}
    links = list(links_of(user, assessment))
    return {
        "assessment": assessment,
        "copies": copies,
        "teams": [(item, given.get(item.team.pk)) for item in teams_of(user)],
        "openings": Opening.objects.filter(source=assessment, author=user).select_related("reader"),
        "compared": reviews_of(user).filter(source=assessment, subject=user),
        "form": form,
        "links": links,
        "has_live_link": any(link.is_live for link in links),
        "link_form": SecretLinkForm(),
        "section": "reports",
    }


@require_POST
def withdraw_copy(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take a copy back: from the next request on nobody reads it."""
    seen = find_copy(request, pk)
    copy = seen.thing
    if not seen.may(Action.WITHDRAW):
        raise refuse(request, copy.organisation_id, Action.WITHDRAW, copy, Kind.COPY, knows=True, person=copy.author_id)
    source = copy.source_id
    withdraw(copy)
    messages.success(request, _("It is taken back. From now on nobody can read it."))
    return redirect("share_report", source)


@require_safe
def show_copy(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The report from the copy alone. A manager who has not chosen yet is led to the choice."""
    seen = find_copy(request, pk)
    share = seen.thing
    if not seen.may(Action.READ_COPY):
        if seen.role == Role.TEAM_MANAGER and seen.state == State.WAITING and share.team:
            return redirect("show_member", share.team.slug, share.author_id)
        what = (share.organisation_id, Action.READ_COPY, share, Kind.COPY)
        raise refuse(request, *what, knows=True, person=share.author_id)
    against = level_asked(request, share.rubric)
    is_part = wants_part(request, "against")
    if seen.role != Role.AUTHOR and request.method == "GET":
        (note_part if is_part else note_opening)(share, signed_in(request))
    report = report_of_copy(share, against)
    context = {
        "report": report,
        "copy": share,
        "is_author": seen.role == Role.AUTHOR,
        "notes": report.notes,
        "marked": set(),
        "section": "reports" if seen.role == Role.AUTHOR else "teams",
    }
    name = "assessments/report/report.html#against" if is_part else "assessments/sharing/copy.html"
    return render(request, name, context)
