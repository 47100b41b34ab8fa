"""A case as a tagged PDF."""

import uuid

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.paper.pdf import pdf_response
from growth.cases.cases import sections_of
from growth.cases.views import file_name, find_case, title_of_level
from people.limits.limits import limited
from people.requests import Request


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
    return pdf_response(request, "growth/cases/paper.html", context, name=file_name(case), instead=page)
