"""Reports, reviews and cases as files: tagged PDFs, and a report as a spreadsheet."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.access import find_review
from assessments.models import Agenda, Assessment
from assessments.reading import find_submitted, report_of
from assessments.report_files import as_xlsx
from assessments.together import put_together
from growth.cases import sections_of
from growth.pdf import pdf_response
from growth.views_case import file_name, find_case, title_of_level
from people.audit import Kind, Verb, record
from people.limits import limited
from people.policy import Action, Role
from people.requests import Request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _report_name(assessment: Assessment) -> str:
    return f"rungwise-report-{assessment.submitted_at:%Y-%m-%d}"


@login_not_required
@require_safe
@limited("pdf")
def export_report_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The report for whoever may read it, a visitor's own included."""
    assessment = find_submitted(request, pk)
    context = {
        "assessment": assessment,
        "report": report_of(assessment),
        # Their name if they gave one; a visitor has none.
        "whose": assessment.rater.name if assessment.rater else "",
        "marked": set(assessment.milestone_marks.values_list("milestone", flat=True)),
    }
    page = reverse("show_report", args=[assessment.pk])
    return pdf_response(request, "growth/pdf/report.html", context, name=_report_name(assessment), instead=page)


@login_not_required
@require_safe
@limited("file")
def export_report_xlsx(request: Request, pk: uuid.UUID) -> HttpResponse:
    assessment = find_submitted(request, pk)
    disposition = f'attachment; filename="{_report_name(assessment)}.xlsx"'
    return HttpResponse(as_xlsx(report_of(assessment)), content_type=XLSX, headers={"Content-Disposition": disposition})


@require_safe
@limited("pdf")
def export_together_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Both views side by side, for the two it is between, once they are revealed."""
    seen = find_review(request, pk, Action.READ_TOGETHER)
    review = seen.thing
    together = put_together(review, for_subject=seen.role == Role.SUBJECT)
    names = {slug: item.name for slug, item in together.rubric.competencies.items()}
    context = {
        "review": review,
        "together": together,
        "agenda": Agenda.objects.filter(review=review, organisation=review.organisation_id).first(),
        "agreed": [(item, names.get(item.competency, item.competency)) for item in review.commitments.all()],
    }
    if request.method == "GET":
        about = review.subject_id
        record(review.organisation_id, Verb.REVIEW_EXPORTED, review, kind=Kind.REVIEW, person=about, role=seen.role)
    page = reverse("show_together", args=[review.pk])
    name = f"rungwise-review-{review.revealed_at:%Y-%m-%d}"
    return pdf_response(request, "growth/pdf/together.html", context, name=name, instead=page)


@require_safe
@limited("pdf")
def export_case_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    case = find_case(request, pk)
    context = {
        "case": case,
        "level": title_of_level(case),
        "sections": [section for section in sections_of(case) if section.text.strip()],
    }
    page = reverse("show_case", args=[case.pk])
    return pdf_response(request, "growth/pdf/case.html", context, name=file_name(case), instead=page)
