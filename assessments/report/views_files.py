"""A report to download: a tagged PDF, a spreadsheet as XLSX or CSV, and JSON with all inputs and outputs."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.models import Assessment
from assessments.paper.pdf import pdf_response
from assessments.report.files import as_csv, as_json, as_xlsx
from assessments.report.find import find_submitted, marks_of, report_of
from people.limits.limits import limited
from people.requests import Request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@login_not_required
@require_safe
@limited("file")
def export_report_json(request: Request, pk: uuid.UUID) -> HttpResponse:
    assessment = find_submitted(request, pk)
    marked = list(assessment.milestone_marks.values_list("milestone", flat=True))
    document = as_json(assessment, report_of(assessment), marked)
    headers = _attached(assessment, "json")
    return JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2}, headers=headers)


@login_not_required
@require_safe
@limited("file")
def export_report_csv(request: Request, pk: uuid.UUID) -> HttpResponse:
    assessment = find_submitted(request, pk)
    # The mark in front tells spreadsheets that this is UTF-8.
    body = "\ufeff" + as_csv(report_of(assessment))
    return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=_attached(assessment, "csv"))


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
        "marked": marks_of(assessment),
    }
    page = reverse("show_report", args=[assessment.pk])
    return pdf_response(request, "assessments/paper/report.html", context, name=_report_name(assessment), instead=page)


@login_not_required
@require_safe
@limited("file")
def export_report_xlsx(request: Request, pk: uuid.UUID) -> HttpResponse:
    assessment = find_submitted(request, pk)
    return HttpResponse(as_xlsx(report_of(assessment)), content_type=XLSX, headers=_attached(assessment, "xlsx"))


def _attached(assessment: Assessment, suffix: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{_report_name(assessment)}.{suffix}"'}


def _report_name(assessment: Assessment) -> str:
    return f"rungwise-report-{assessment.submitted_at:%Y-%m-%d}"
