"""Finding an assessment for somebody: what is not theirs does not exist for them."""

import uuid

from django.http import Http404, HttpRequest

from assessments.models import Assessment
from people.policy import Action, Role, allowed


def find(request: HttpRequest, pk: uuid.UUID) -> Assessment:
    """An assessment that this person may know of, with its outcome. One statement; 404 for everything else."""
    found = Assessment.objects.visible_to(request).select_related("outcome").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def role_in(request: HttpRequest, assessment: Assessment) -> Role:  # noqa: ARG001  - managers and sharing come here
    return Role.VISITOR if assessment.rater_id is None else Role.AUTHOR


def may(request: HttpRequest, action: Action, assessment: Assessment) -> bool:
    return allowed(role_in(request, assessment), action, assessment.status)
