"""Taking the quiz: start, one competency a screen, look it over, submit; then take it again, or delete it."""

import uuid
from typing import Any

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
from assessments.quiz.forms import StartForm
from assessments.quiz.page import Quiz, question_context
from assessments.quiz.start import start, start_again
from assessments.sharing.copies import SharingError, erase_with_copies, share_with_team, teams_of
from ladder.models import current_rubric
from ladder.pages.schemes import chosen, rung_titles
from ladder.titles.titles import suggest
from people.policy import Action
from people.requests import Request

QUESTION = "assessments/quiz/question.html"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def start_quiz(request: HttpRequest) -> HttpResponse:
    """Ask for the level and the target, and begin a draft; every field may stay empty."""
    rubric = current_rubric()
    own = list(Assessment.objects.own_list(request)[:20])
    last = next((item for item in own if not item.is_draft), None)
    draft = next((item for item in own if item.is_draft), None)
    initial = _start_initial(request, rubric.levels, last)
    rungs = rung_titles(chosen(request, rubric))
    sent = request.POST if request.method == "POST" else None
    form = StartForm(sent, rubric=rubric, rungs=rungs, initial=initial)
    if form.is_valid():
        return redirect("show_quiz", start(request, form, last).pk)
    context = {
        "form": form,
        "last": last,
        "draft": draft,
        "quiz": Quiz.of(draft) if draft else None,
        "titles": suggest(rubric.ladder, "", 80),
        "total": len(rubric.competencies),
        "levels": rubric.levels,
        "section": "quiz",
    }
    return render(request, "assessments/quiz/start.html", context, status=422 if form.errors else 200)


def _start_initial(request: HttpRequest, levels: Any, last: Assessment | None) -> dict[str, Any]:
    """What is known already: from the profile, else from the last run; what the address names comes first."""
    initial: dict[str, Any] = {"target": "next", "length": Assessment.Length.QUICK}
    if request.user.is_authenticated and request.user.held_level in levels:
        initial |= {"level": request.user.held_level, "title": request.user.job_title}
    elif last and last.held in levels:
        initial |= {"level": last.held, "title": last.job_title, "specialisation": last.specialisation}
    if request.GET.get("target") in levels:
        initial["target"] = request.GET["target"]
    if request.GET.get("level") in levels:
        initial["level"] = request.GET["level"]
    if "title" in request.GET:
        # A link from the title look-up, cut to what the field takes; the form checks the rest.
        initial |= {"title": request.GET["title"].replace("\0", "")[:120], "level": request.GET.get("level", "")}
    return initial


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
    return render(request, QUESTION, question_context(quiz))


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
            share_with_team(assessment, team, with_notes="notes" in request.POST)
        except SharingError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("Shared with the managers of %(team)s.") % {"team": team.name})
    if not set(chosen) <= set(teams):
        messages.warning(request, _("You are not in one of these teams any more; nothing was shared with it."))


@login_not_required
@require_POST
def reopen_assessment(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin a new run from the answers of a report, at its first open question. The report stays as it is."""
    last = find(request, pk)
    if not may(Action.READ_REPORT, last):
        raise Http404
    return redirect("show_quiz", start_again(request, last).pk)


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
