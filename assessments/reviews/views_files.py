"""A revealed review as a file: both views side by side as a tagged PDF."""

import uuid

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.access import find_review
from assessments.models import Agenda
from assessments.paper.pdf import pdf_response
from assessments.reviews.together import put_together
from people.audit.log import Kind, Verb, record
from people.limits.limits import limited
from people.policy import Action, Role
from people.requests import Request
from people.texts import isolated


@require_safe
@limited("pdf")
def export_together_pdf(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Both views side by side, for the two whose review it is, once it is revealed."""
    seen = find_review(request, pk, Action.READ_TOGETHER)
    review = seen.thing
    together = put_together(review, for_subject=seen.role == Role.SUBJECT)
    context = {
        "review": review,
        "member": isolated(review.subject_name),
        "manager": isolated(review.manager_name),
        "together": together,
        "agenda": Agenda.objects.filter(review=review, organisation=review.organisation_id).first(),
        "agreed": together.agreed,
    }
    if request.method == "GET":
        about = review.subject_id
        record(review.organisation_id, Verb.REVIEW_EXPORTED, review, kind=Kind.REVIEW, person=about, role=seen.role)
    page = reverse("show_together", args=[review.pk])
    name = f"rungwise-review-{review.revealed_at:%Y-%m-%d}"
    return pdf_response(request, "assessments/paper/together.html", context, name=name, instead=page)
