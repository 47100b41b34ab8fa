"""Reading reports: the list of mine, one of them, the sample and the sums; and ticking milestones."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.access import find, may, questions_to
from assessments.models import Assessment, MilestoneMark, Rating, ReportNote, has_live_link, shared_with
from assessments.report import words
from assessments.report.corrections import correction_of
from assessments.report.find import (
    find_submitted,
    folds_asked,
    level_asked,
    marks_of,
    part_asked,
    part_template,
    report_of,
    report_of_outcome,
    wants_today,
)
from assessments.report.letter import Letter
from assessments.report.notes import note_on
from assessments.report.one_job import place_words_of
from assessments.report.sample import NAME, sample_report
from ladder.models import current_rubric
from ladder.pages.schemes import chosen, rung_titles
from people.days import quarter_end
from people.models import User
from people.policy import Action
from people.requests import Request
from people.texts import isolated

PAGE_SIZE = 50
EVIDENCE_NOTED = Exists(
    Rating.objects.filter(organisation=OuterRef("organisation"), assessment=OuterRef("pk")).exclude(evidence="")
)
PAGE = "assessments/report/report.html"


@login_not_required
@require_safe
def list_reports(request: Request) -> HttpResponse:
    """Mine, newest first, with place and target, 50 a page; quizzes in progress on top."""
    rows: list[dict[str, Any]] = []
    notes = ReportNote.objects.filter(organisation=OuterRef("organisation"), assessment=OuterRef("first"))
    own = (
        Assessment.objects.own_list(request)
        .annotate(first=Coalesce("chain", "pk"))
        .annotate(note_name=Subquery(notes.values("name")), note_text=Subquery(notes.values("note")))
    )
    page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
    for assessment in page:
        rubric = assessment.rubric
        outcome = None if assessment.is_draft else assessment.outcome
        rows.append(
            {
                "assessment": assessment,
                "held": rubric.levels[assessment.held].title if assessment.held else "",
                "place": place_words_of(assessment, outcome.place, outcome.track) if outcome else "",
                "targets": words.joined(rubric.levels[slug].short_title for slug in assessment.targets),
                "readiness": _readiness(outcome) if outcome else "",
                "is_earlier": bool(outcome and outcome.is_earlier),
            }
        )
    context = {
        "drafts": [row for row in rows if row["assessment"].is_draft],
        "reports": [row for row in rows if not row["assessment"].is_draft],
        "page": page,
        # Those that are answered make room for the others.
        "asked": questions_to(request.user)[:PAGE_SIZE] if isinstance(request.user, User) else [],
        "section": "reports",
    }
    return render(request, "assessments/report/reports.html", context)


def _readiness(outcome: Any) -> str:
    if outcome.target_readiness_low is None:
        return ""
    return words.percents(outcome.target_readiness_low // 100, outcome.target_readiness_high // 100)


@login_not_required
@require_safe
def show_report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The report as a letter; `?fold=` and `?target=` open a part of it, and htmx gets just that part."""
    assessment: Any = find(request, pk, "outcome", "note", has_evidence=EVIDENCE_NOTED)
    if assessment.is_draft:
        return redirect("show_quiz", assessment.pk)
    if not may(Action.READ_REPORT, assessment):
        raise Http404
    rubric = assessment.rubric
    rungs = rung_titles(chosen(request, rubric))
    report = report_of_outcome(assessment, level_asked(request, rubric), rungs, by_today=wants_today(request))
    part, opened = part_asked(request, by_author=True), folds_asked(request)
    context = {
        "assessment": assessment,
        "report": report,
        "open_folds": opened,
        "marked": marks_of(assessment) if "strengths" in {part, *opened} else set(),
        # Being seen holds people up most where the level is met, and where many stay for long.
        "line_is_first": report.is_where_ways_part or (report.meets_held and not assessment.has_evidence),
        "line": report.note,
        "is_visitor": assessment.rater_id is None,
        # It hangs on the first of a chain, and came along with a report that was never corrected.
        "note": note_on(assessment) if assessment.corrects_id else getattr(assessment, "note", None),
        "section": "reports",
    }
    if part:
        return render(request, part_template(part), context)
    context |= {
        "letter": Letter(report, _before(request, assessment)),
        "corrected_at": assessment.corrected_at,
        "correction": correction_of(assessment),
        "shared": words.joined(isolated(name) for name in _readers(assessment)),
        "quarter_end": quarter_end(timezone.localdate()),
    }
    return render(request, PAGE, context)


def _before(request: Request, assessment: Assessment) -> Assessment | None:
    """The report of this person before this one; a visitor has nothing that moves."""
    if not isinstance(request.user, User):
        return None
    own = Assessment.objects.reports_of(request.user).filter(submitted_at__lt=assessment.submitted_at)
    return own.select_related("outcome").order_by("-submitted_at").first()


def _readers(assessment: Assessment) -> list[str]:
    """The names of everybody else who may read it."""
    if assessment.rater_id is None:
        return []
    return [*shared_with(assessment), *([_("whoever has your link")] if has_live_link(assessment) else [])]


@login_not_required
@require_safe
def show_sample_report(request: Request) -> HttpResponse:
    """The same page for a made-up person."""
    rubric = current_rubric()
    report = sample_report(rubric, level_asked(request, rubric), rung_titles(chosen(request, rubric)))
    context = {
        "report": report,
        "letter": Letter(report),
        "sample": NAME,
        "marked": set(),
        "open_folds": folds_asked(request),
        "line_is_first": report.is_where_ways_part,
        "line": report.note,
        "section": "reports",
    }
    part = part_asked(request)
    return render(request, part_template(part) if part else PAGE, context)


@login_not_required
@require_safe
def show_arithmetic(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The sum behind each figure, for one level at a time."""
    assessment = find_submitted(request, pk)
    report = report_of(assessment, level_asked(request, assessment.rubric), by_ladder=True)
    if report.against is None or report.against_result is None:
        raise Http404
    terms = report.against_result.terms
    context = {
        "assessment": assessment,
        "report": report,
        "terms": [(report.rubric.competencies[term.competency], term) for term in terms],
        "sum_low": sum(term.credit.low for term in terms),
        "sum_high": sum(term.credit.high for term in terms),
        "sum_asked": sum(term.asked for term in terms),
        "section": "reports",
    }
    return render(request, "assessments/report/arithmetic.html", context)


@login_not_required
@require_POST
def mark_milestone(request: Request, pk: uuid.UUID, milestone: str) -> HttpResponse:
    """Tick a milestone or take the tick away: `value` says which, so that sending it twice does no harm."""
    assessment = find(request, pk)
    if not may(Action.MARK_MILESTONES, assessment):
        raise PermissionDenied
    item = next((item for item in assessment.rubric.ladder.milestones if item.slug == milestone), None)
    if item is None:
        raise Http404
    value = request.POST.get("value")
    mark: dict[str, Any] = {
        "organisation_id": assessment.organisation_id,
        "assessment_id": assessment.report_id,
        "milestone": milestone,
    }
    if value == "on":
        MilestoneMark.objects.get_or_create(**mark)
    elif value == "off":
        MilestoneMark.objects.filter(**mark).delete()
    if request.htmx and value in {"on", "off"}:
        context = {"assessment": assessment, "milestone": item, "is_marked": value == "on"}
        return render(request, "assessments/report/milestone.html", context)
    return redirect(reverse("show_report", args=[assessment.pk]) + "?fold=strengths#milestones")
