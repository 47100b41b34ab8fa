"""Giving a copy of a report, seeing who opened it, taking it back; and reading a copy that was given."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.access import find, find_copy, find_question, may, reviews_of
from assessments.models import Assessment, CopyQuestion, Opening, Share
from assessments.openings import note_opening, note_part
from assessments.report.find import (
    folds_asked,
    level_asked,
    part_asked,
    part_template,
    report_of_copy,
    wants_today,
)
from assessments.report.letter import Letter
from assessments.sharing.copies import (
    OwnTeam,
    SharingError,
    put_question,
    settle_question,
    share_with_person,
    share_with_team,
    teams_of,
    with_readers,
    withdraw,
)
from assessments.sharing.forms import PersonForm, readers_shown
from assessments.sharing.links import links_of
from people.access import refuse, signed_in
from people.audit.log import Kind
from people.links.forms import SecretLinkForm
from people.models import User
from people.policy import Action, Role, State, allowed
from people.requests import Request
from people.texts import isolated

# Copies a page; readers and comparisons that are named below them, the newest.
PAGE, LISTED = 50, 100


@require_http_methods(["GET", "HEAD", "POST"])
def share_report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Give a copy to the managers of a team (`team`; `reader` are those whom the page named) or to a colleague
    (`person`); see who has one and opened it."""
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
    context = share_context(assessment, user, form, request.GET.get("page"))
    return render(request, "assessments/sharing/share.html", context, status=422 if is_sent else 200)


def _give_to_team(request: Request, assessment: Assessment, user: User) -> bool:
    team = next((item.team for item in teams_of(user) if str(item.team.pk) == request.POST["team"]), None)
    if team is None:
        raise Http404
    try:
        share_with_team(assessment, team, with_notes="notes" in request.POST, readers=readers_shown(request))
    except SharingError as error:
        messages.warning(request, str(error))
        return False
    messages.success(request, _("Shared with the managers of %(team)s.") % {"team": isolated(team.name)})
    return True


def _give_to_person(request: Request, assessment: Assessment, form: PersonForm) -> bool:
    person, organisation = form.found
    try:
        share_with_person(assessment, person, organisation, with_notes=form.cleaned_data["notes"])
    except SharingError as error:
        form.add_error("person", str(error))
        return False
    messages.success(request, _("Shared with %(person)s.") % {"person": isolated(person.display_name)})
    return True


def share_context(assessment: Assessment, user: User, form: PersonForm, number: Any = 1) -> dict[str, Any]:
    """The context of the page, whichever of its forms was sent; `number` is the page of copies."""
    refused = CopyQuestion.objects.filter(answer=CopyQuestion.Answer.NO).select_related("asker")
    copies: Any = (
        with_readers(Share.objects.filter(source=assessment, author=user))
        .prefetch_related(Prefetch("questions", refused, to_attr="refused"))
        .select_related("team", "recipient", "organisation")
        .defer("answers", "result")
        .order_by("shared_at")
    )
    page = Paginator(copies, PAGE).get_page(number)
    teams = teams_of(user)
    of_teams = page if page.paginator.num_pages == 1 else copies.filter(team__in=[item.team for item in teams])
    given = {copy.team_id: copy for copy in of_teams if copy.team_id}
    links = list(links_of(user, assessment))
    return {
        "assessment": assessment,
        "copies": page,
        "page": page,
        "teams": [(item, copy := given.get(item.team.pk), _later(item, copy)) for item in teams],
        "openings": Opening.objects.filter(source=assessment, author=user).select_related("reader")[:LISTED],
        "compared": reviews_of(user).filter(source=assessment, subject=user)[:LISTED],
        "form": form,
        "links": links,
        "has_live_link": any(link.is_live for link in links),
        "link_form": SecretLinkForm(),
        "section": "reports",
    }


def _later(team: OwnTeam, copy: Any) -> list[User]:
    """Managers of a team who can't read the copy given there: they were appointed since."""
    reading = {row.reader_id for row in copy.read_by} if copy else set()
    return [manager for manager in team.managers if copy and manager.pk not in reading]


@require_POST
def ask_to_read(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask an author, by mail and on their reports page, for what they gave before one managed the team."""
    seen = find_copy(request, pk)
    copy = seen.thing
    if not allowed(seen.role, Action.ASK_TO_READ, State.ACTIVE) or copy.team is None:
        what = (copy.organisation_id, Action.ASK_TO_READ, copy, Kind.COPY)
        raise refuse(request, *what, knows=True, person=copy.author_id)
    put_question(copy, signed_in(request))
    messages.success(request, _("%(name)s has your question.") % {"name": isolated(copy.author.display_name)})
    return redirect("show_member", copy.organisation.slug, copy.team.slug, copy.author_id)


@require_POST
def answer_question(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Yes or no to somebody who asked to read a copy."""
    question = find_question(request, pk)
    answer = request.POST.get("answer")
    if answer not in CopyQuestion.Answer.values:
        messages.warning(request, _("Answer with yes or no."))
        return redirect("list_reports")
    name = {"name": isolated(question.asker.display_name)}
    if settle_question(question, answer):
        messages.success(request, _("%(name)s can read it from now on, until you take it back.") % name)
    else:
        messages.success(request, _("%(name)s can’t read it.") % name)
    return redirect("list_reports")


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
    """The report from the copy alone. A manager to whom it isn't open is led to the choice, or to asking for it."""
    seen = find_copy(request, pk)
    share = seen.thing
    if not seen.may(Action.READ_COPY):
        if seen.state == State.WAITING and share.team:
            return redirect("show_member", share.organisation.slug, share.team.slug, share.author_id)
        what = (share.organisation_id, Action.READ_COPY, share, Kind.COPY)
        raise refuse(request, *what, knows=True, person=share.author_id)
    against = level_asked(request, share.rubric)
    part = part_asked(request)
    if seen.role != Role.AUTHOR and request.method == "GET":
        (note_part if part else note_opening)(share, signed_in(request))
    report = report_of_copy(share, against, by_today=wants_today(request))
    context = {
        "report": report,
        "letter": Letter(report),
        "open_folds": folds_asked(request),
        "copy": share,
        "is_author": seen.role == Role.AUTHOR,
        "notes": report.notes,
        "marked": set(),
        "section": "reports" if seen.role == Role.AUTHOR else "teams",
    }
    return render(request, part_template(part) if part else "assessments/sharing/copy.html", context)
