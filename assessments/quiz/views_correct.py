"""Changing one answer of a finished report, and taking that back."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from assessments.access import find, may
from assessments.models import EVIDENCE_MAX, Assessment
from assessments.quiz.correct import CorrectionError, OvertakenError, correct, undo
from assessments.quiz.forms import AnswerForm
from assessments.quiz.page import ListedQuestion, Quiz
from people.came_from import posted_from
from people.fields import as_id
from people.limits.limits import within
from people.once import once
from people.policy import Action
from people.requests import Request


class CorrectionForm(AnswerForm):
    """One answer, and the row of the report that its page showed."""

    seen = forms.UUIDField(error_messages=dict.fromkeys(("required", "invalid"), _("Load this page again.")))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["step"].required = True
        self.fields["step"].error_messages["required"] = _("Choose one of the answers on this page.")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@once
def correct_answer(request: Request, pk: uuid.UUID, competency: str) -> HttpResponse:
    """One question of a report again: choosing an answer saves it and leads back to the report.

    Where another window has corrected the report meanwhile, both are shown, and nothing is written (409).
    """
    assessment = find(request, pk)
    if not may(Action.CORRECT, assessment) or competency not in assessment.rubric.competencies:
        raise Http404
    if request.method != "POST":
        return _page(request, assessment, competency)
    form = CorrectionForm(request.POST, competency=assessment.rubric.competencies[competency])
    if not form.is_valid():
        return _page(request, assessment, competency, form=form, evidence=_typed(request), status=422)
    said = form.said()
    assert said.answer is not None  # noqa: S101  - the form requires one
    if not within(request, "begin"):
        form.add_error(None, _("That was a lot in a short time. Wait a while, then choose your answer again."))
        return _page(request, assessment, competency, form=form, evidence=_typed(request), status=429)
    try:
        _same(assessment, form.cleaned_data["seen"])
        correct(assessment, competency, said.answer, said.evidence or "")
    except OvertakenError:
        assessment = find(request, pk)
        mine = ListedQuestion(assessment.rubric.competencies[competency], said.answer, "").said
        return _page(request, assessment, competency, mine=mine, evidence=_typed(request), status=409)
    except CorrectionError as error:
        form.add_error(None, str(error))
        return _page(request, assessment, competency, form=form, evidence=_typed(request), status=422)
    return redirect("show_report", assessment.report_id)


def _same(assessment: Assessment, seen: uuid.UUID | None) -> None:
    """Raises OvertakenError unless the page showed what the report says now."""
    if seen != assessment.pk:
        raise OvertakenError(_("This report was corrected in another window. This is how it stands."))


def _typed(request: Request) -> str:
    return request.POST.get("evidence", "").replace("\0", "")


def _page(request: Request, assessment: Assessment, competency: str, *, status: int = 200, **more: Any) -> HttpResponse:
    quiz = Quiz.of(assessment, competency)
    stored = quiz.listed(quiz.competency)
    context = {
        "assessment": assessment,
        "quiz": quiz,
        "stored": stored,
        "chosen": "" if stored.answer is None else str(stored.answer),
        "evidence": stored.evidence,
        "evidence_max": EVIDENCE_MAX,
        "is_visitor": assessment.rater_id is None,
        "section": "reports",
    }
    return render(request, "assessments/quiz/correct.html", context | more, status=status)


@posted_from("show_report")
@login_not_required
@require_POST
@once
def undo_correction(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take back the correction that `correction` names, if it is the report's newest and nobody else has it."""
    assessment = find(request, pk)
    if not may(Action.CORRECT, assessment):
        raise Http404
    try:
        _same(assessment, as_id(request.POST.get("correction", "")))
        undo(assessment)
    except CorrectionError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("Your correction is taken back."))
    return redirect("show_report", assessment.report_id)
