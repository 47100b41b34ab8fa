"""Trying other steps on a report, and looking at both ways of the ladder from it. Nothing is saved."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.report.find import find_submitted, report_of
from assessments.report.inputs import Inputs
from assessments.report.parting import Asked, first_levels, part
from assessments.report.report import build_report
from assessments.report.what_if import WhatIf, answer_words, changed_answers
from assessments.scoring.ladders import scoring_ladder
from ladder.document.format import Competency
from ladder.rubric import Rubric
from people.fragments import wants_part
from people.requests import Request


@login_not_required
@require_safe
def show_what_if(request: Request, pk: uuid.UUID) -> HttpResponse:
    """What would follow from other steps: before and after. htmx gets the result alone."""
    assessment = find_submitted(request, pk)
    rubric = assessment.rubric
    target = request.GET.get("target") or None
    is_unknown = target is not None and target not in rubric.levels
    before = report_of(assessment, None if is_unknown else target, by_today=True)
    answers, errors = changed_answers(rubric, before.answers, request.GET)
    after = build_report(Inputs.of(assessment, answers), before.against)
    is_part = wants_part(request, "outcome")
    context = {
        "assessment": assessment,
        "is_part": is_part,
        "what_if": WhatIf(before=before, after=after, errors=errors),
        "target_error": _("This ladder has no such level. Choose one of these.") if is_unknown else "",
        "section": "reports",
    }
    name = "assessments/report/what_if.html#outcome" if is_part else "assessments/report/what_if.html"
    return render(request, name, context, status=422 if errors or is_unknown else 200)


@login_not_required
@require_safe
def show_parting(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The first level of each track after the split, side by side, from where the person is."""
    assessment = find_submitted(request, pk)
    rubric = assessment.rubric
    levels = first_levels(scoring_ladder(rubric))
    if levels is None:
        raise Http404
    report = report_of(assessment, by_ladder=True)
    parting = part(scoring_ladder(rubric), report.answers, *levels, specialisation=assessment.specialisation or None)
    left, right = (rubric.levels[slug] for slug in levels)
    more = _("%(level)s asks more, or alone")
    context = {
        "assessment": assessment,
        "report": report,
        "parting": parting,
        "left": left,
        "right": right,
        "groups": [
            ("left", more % {"level": left.short_title}, _rows(rubric, parting.left)),
            ("right", more % {"level": right.short_title}, _rows(rubric, parting.right)),
            ("both", _("Both ask the same step"), _rows(rubric, parting.both)),
        ],
        "section": "reports",
    }
    return render(request, "assessments/report/parting.html", context)


def _rows(rubric: Rubric, items: tuple[Asked, ...]) -> list[tuple[Competency, str, Asked]]:
    """Each with its competency and the person's answer in words."""
    return [(rubric.competencies[item.competency], answer_words(item.answer), item) for item in items]
