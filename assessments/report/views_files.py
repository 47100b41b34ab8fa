"""A report to download: a tagged PDF, a spreadsheet as XLSX or CSV, and JSON with all inputs and outputs."""

import json
import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.models import Assessment
from assessments.paper.pdf import pdf_response
from assessments.report.files import as_json, table
from assessments.report.find import find_submitted, marks_of, report_of, wants_today
from people.files import CSV, XLSX, csv_file, file_response, xlsx_file
from people.limits.limits import limited
from people.requests import Request


@login_not_required
@require_safe
@limited("file")
def export_report_json(request: Request, pk: uuid.UUID) -> HttpResponse:
    assessment = find_submitted(request, pk)
    marked = list(assessment.milestone_marks.values_list("milestone", flat=True))
    document = as_json(assessment, report_of(assessment, by_today=wants_today(request), by_ladder=True), marked)
    body = json.dumps(document, ensure_ascii=False, indent=2)
    return file_response(body, f"{_report_name(assessment)}.json", "application/json")


@login_not_required
@require_safe
@limited("file")
def export_report_csv(request: Request, pk: uuid.UUID) -> HttpResponse:
    assessment = find_submitted(request, pk)
    body = csv_file(*table(report_of(assessment, by_ladder=True)))
    return file_response(body, f"{_report_name(assessment)}.csv", CSV)


@login_not_required
@require_safe
@limited("pdf")
def export_report_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The report for whoever may read it, a visitor's own included."""
    assessment = find_submitted(request, pk)
    context = {
        "assessment": assessment,
        "report": report_of(assessment, by_today=wants_today(request)),
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
    body = xlsx_file("Report", *table(report_of(assessment, by_ladder=True)))
    return file_response(body, f"{_report_name(assessment)}.xlsx", XLSX)


def _report_name(assessment: Assessment) -> str:
    return f"rungwise-report-{assessment.submitted_at:%Y-%m-%d}"
