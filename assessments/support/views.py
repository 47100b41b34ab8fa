"""Support: what staff see of a person's reports before and after breaking the glass, and what the person sees of it."""

import uuid

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models.support import REASON_MAX, REASON_MIN
from assessments.report.find import folds_asked, part_asked, part_template, report_of, wants_today
from assessments.report.letter import Letter
from assessments.support.access import accesses_to, find_opened, find_to_open, open_for_support, reports_to_open
from people.access import signed_in
from people.fields import LinesField
from people.login.reauth import confirm_first
from people.login.staff import staff_only
from people.models import User
from people.once import once
from people.requests import Request


class ReasonForm(forms.Form):
    reason = LinesField(
        label=_("Why you need to read it"),
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads this, word for word. Name the request that they made, such as its number."),
        error_messages={
            "required": _("Without a reason it stays closed."),
            "min_length": _("Say a little more: at least %(limit_value)d characters."),
            "max_length": _("Shorten this to %(limit_value)d characters."),
            "null_characters_not_allowed": _("This holds a character that can’t be stored. Delete it and try again."),
        },
    )


@require_safe
@staff_only
def list_person_reports(request: Request, user_id: uuid.UUID) -> HttpResponse:
    """One person's reports by date, and nothing of what they say."""
    person = get_object_or_404(User, pk=user_id)
    context = {"person": person, "reports": reports_to_open(person), "section": "support"}
    return render(request, "assessments/support/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
@confirm_first
@once
def open_report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for a reason; with one, open the report for an hour, keep the reason and tell the person."""
    assessment = find_to_open(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        open_for_support(assessment, signed_in(request), form.cleaned_data["reason"])
        return redirect("show_opened_report", assessment.pk)
    context = {"assessment": assessment, "person": assessment.rater, "form": form, "section": "support"}
    return render(request, "assessments/support/open.html", context, status=422 if form.is_bound else 200)


@require_safe
@staff_only
def show_opened_report(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The report while it is open; before and after that, on to the form that asks for a reason."""
    found = find_opened(request, pk)
    if found is None:
        return redirect("open_report", find_to_open(pk).pk)
    assessment, access = found
    report = report_of(assessment, by_today=wants_today(request))
    notes = [
        (assessment.rubric.competencies[slug], report.evidence[slug])
        for slug in assessment.rubric.competencies
        if slug in report.evidence
    ]
    # Without the assessment itself: with it the template would show its owner's buttons.
    context = {
        "report": report,
        "letter": Letter(report),
        "open_folds": folds_asked(request),
        "access": access,
        "whose": assessment.rater.display_name if assessment.rater else "",
        "submitted_at": assessment.submitted_at,
        "notes": notes,
        "marked": set(),
        "section": "support",
    }
    part = part_asked(request)
    return render(request, part_template(part) if part else "assessments/support/report.html", context)


@require_safe
def list_support_accesses(request: Request) -> HttpResponse:
    """Which of the operator's staff opened a report of this person, when and why."""
    context = {"accesses": accesses_to(signed_in(request)), "section": "account"}
    return render(request, "assessments/support/accesses.html", context)
