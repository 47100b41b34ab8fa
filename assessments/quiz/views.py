"""Taking the quiz: start, one competency a screen, look it over, submit; then take it again, or delete it."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.access import find, may
from assessments.models import Assessment
from assessments.quiz.moment import Moment
from assessments.quiz.page import Quiz, question_context
from assessments.quiz.start import DraftsError, start, start_again, start_page
from assessments.sharing.copies import SharingError, erase_with_copies, share_with_team, teams_of
from assessments.sharing.forms import readers_shown
from people.once import once
from people.policy import Action
from people.requests import Request
from people.texts import isolated

QUESTION = "assessments/quiz/question.html"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@once
def start_quiz(request: Request) -> HttpResponse:
    return start_page(request, start)


@login_not_required
@require_safe
def show_quiz(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One question: the one named by `?at=`, else the first open one, which is where the person left off."""
    assessment = find(request, pk)
    if not assessment.is_draft:
        return redirect("show_report", assessment.pk)
    at = request.GET.get("at")
    if at is not None and at not in assessment.rubric.competencies:
        raise Http404
    quiz = Quiz.of(assessment, at)
    if at is None and quiz.first_open is None:
        return redirect("check_answers", assessment.pk)
    return render(request, QUESTION, question_context(request, quiz))


@login_not_required
@require_safe
def show_moment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Where the answers stand so far, and the ways on: the report, or more questions. `?after=` is where it came up."""
    assessment = find(request, pk)
    if not assessment.is_draft:
        return redirect("show_report", assessment.pk)
    after = request.GET.get("after")
    if after is not None and after not in assessment.rubric.competencies:
        raise Http404
    quiz = Quiz.of(assessment, after)
    context = {"quiz": quiz, "moment": Moment.of(quiz), "after": after, "section": "quiz"}
    return render(request, "assessments/quiz/moment.html", context)


@login_not_required
@require_safe
def check_answers(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """All answers at a glance, blanks marked, before they are submitted."""
    assessment = find(request, pk)
    if not assessment.is_draft:
        return redirect("show_report", assessment.pk)
    teams = [item for item in teams_of(request.user) if item.managers] if request.user.is_authenticated else []
    context = {"quiz": Quiz.of(assessment), "teams": teams, "section": "quiz"}
    return render(request, "assessments/quiz/check.html", context)


@login_not_required
@require_POST
def submit_assessment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Freeze the answers and show the report. A second time leads to the same report."""
    assessment = find(request, pk)
    if may(Action.SUBMIT, assessment):
        if not assessment.answers():
            messages.warning(request, _("Answer at least one question; then there is something to report."))
            return redirect("check_answers", assessment.pk)
        if assessment.submit(at=timezone.now()):
            _share(request, assessment)
    return redirect("show_report", assessment.pk)


def _share(request: HttpRequest, assessment: Assessment) -> None:
    """Give copies to the teams that were ticked, and say so. A team that the person is not in gets none."""
    chosen = request.POST.getlist("team")
    if not chosen or not request.user.is_authenticated:
        return
    teams = {str(item.team.pk): item.team for item in teams_of(request.user)}
    for team in filter(None, map(teams.get, chosen)):
        try:
            share_with_team(assessment, team, with_notes="notes" in request.POST, readers=readers_shown(request))
        except SharingError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Shared with the managers of %(team)s.") % {"team": isolated(team.name)})
    if not set(chosen) <= set(teams):
        messages.warning(request, _("You are not in one of these teams any more; nothing was shared with it."))


@login_not_required
@require_POST
@once
def reopen_assessment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin a new run from the answers of a report, at its first open question. The report stays as it is."""
    last = find(request, pk)
    if not may(Action.READ_REPORT, last):
        raise Http404
    try:
        return redirect("show_quiz", start_again(request, last).pk)
    except DraftsError as error:
        messages.warning(request, str(error))
        return redirect("list_reports")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_assessment(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask once, then delete the answers, the report and its copies."""
    assessment = find(request, pk)
    if not may(Action.DELETE, assessment):
        raise PermissionDenied
    if request.method == "POST":
        erase_with_copies(assessment)
        messages.success(request, _("It is deleted, with all its answers."))
        return redirect("list_reports")
    return render(request, "assessments/report/delete.html", {"assessment": assessment, "section": "reports"})
