"""Saving one answer of one's own."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from assessments.access import may, visible
from assessments.quiz.page import Routes
from assessments.quiz.replies import erased_is_logged_out, frozen, logged_out, save
from people.came_from import posted_from
from people.policy import Action
from people.requests import Request


@posted_from("show_quiz", at="competency")
@login_not_required
@require_POST
@erased_is_logged_out
def save_rating(request: Request, pk: uuid.UUID, competency: str) -> HttpResponse:
    """Save one answer. With `go` the person moves on; without, htmx gets the saved mark and what follows from it."""
    assessment = visible(request, pk)
    if assessment is None and request.htmx and not request.user.is_authenticated:
        return logged_out(request)
    if assessment is None or competency not in assessment.rubric.competencies:
        raise Http404
    routes = Routes.own(assessment)
    if not may(Action.ANSWER, assessment):
        return frozen(request, routes)
    return save(request, assessment, competency, routes)
