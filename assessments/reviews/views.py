"""Writing a review, with the quiz that one takes for oneself; and the list of reviews, on either side."""

import uuid

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from assessments.access import find_review, reviews_of
from assessments.models import Assessment, Review
from assessments.quiz.page import Quiz, Routes, question_context
from assessments.quiz.replies import QUESTION, erased_is_logged_out, frozen, logged_out, save
from assessments.reviews import review as reviewing
from people.access import refuse, signed_in
from people.audit.log import Kind
from people.came_from import posted_from
from people.models import TeamMembership
from people.policy import Action, Role
from people.requests import Request

PAGE = 50


@require_safe
def list_reviews(request: HttpRequest) -> HttpResponse:
    """The person's reviews, about them and by them, newest first, with their state, 50 a page."""
    user = signed_in(request)
    still_there = TeamMembership.objects.current().filter(
        organisation=OuterRef("organisation"),
        team=OuterRef("team"),
        user=OuterRef("subject"),
        user__memberships__organisation=OuterRef("organisation"),
        user__memberships__left_at__isnull=True,
    )
    found = (
        reviews_of(user)
        .select_related("assessment", "round", "share")
        .annotate(can_begin=Exists(still_there.filter(team__closed_at__isnull=True)))
    )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "about_me": [
            (item, item.state, "" if item.revealed_at else reviewing.copy_lacks(item))
            for item in page
            if item.subject_id == user.pk
        ],
        "by_me": [(item, item.state) for item in page if item.manager_id == user.pk],
        "section": "reviews",
    }
    return render(request, "assessments/reviews/reviews.html", context)


def _writing(request: HttpRequest, pk: uuid.UUID) -> tuple[Review, Assessment]:
    """A review that this person writes, and its answers; 404 when it was not begun, 403 for the member."""
    seen = find_review(request, pk, Action.RATE, Action.READ_TOGETHER)
    if seen.role != Role.REVIEWER:
        review = seen.thing
        what = (review.organisation_id, Action.RATE, review, Kind.REVIEW)
        raise refuse(request, *what, knows=True, person=review.subject_id)
    if seen.thing.assessment is None:
        raise Http404
    return seen.thing, seen.thing.assessment


@require_safe
def show_review(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The next question; after the submit a page that waits for the member; once both are there, both sides."""
    seen = find_review(request, pk, Action.RATE, Action.READ_TOGETHER)
    review, assessment = seen.thing, seen.thing.assessment
    if not seen.may(Action.RATE):
        return redirect("show_together", review.pk)
    if assessment is None:
        return redirect("show_member", *review.team.slugs, review.subject_id)
    routes = Routes.review(review)
    if not assessment.is_draft:
        context = {
            "quiz": Quiz.of(assessment, routes=routes),
            "review": review,
            "waits_for_more": reviewing.waits_for_more(review),
            "section": "reviews",
        }
        return render(request, "assessments/reviews/waiting.html", context)
    at = request.GET.get("at")
    if at is not None and at not in assessment.rubric.competencies:
        raise Http404
    quiz = Quiz.of(assessment, at, routes)
    if at is None and quiz.first_open is None:
        return redirect("check_review", review.pk)
    return render(request, QUESTION, question_context(request, quiz))


@posted_from("show_review", at="competency")
@login_not_required
@require_POST
@erased_is_logged_out
def save_review_rating(request: Request, pk: uuid.UUID, competency: str) -> HttpResponse:
    """Save one answer, as in one's own quiz. A redirect to the log-in, as on other pages, would lose what was typed."""
    if not request.user.is_authenticated:
        return logged_out(request) if request.htmx else redirect_to_login(request.get_full_path())
    review, assessment = _writing(request, pk)
    if competency not in assessment.rubric.competencies:
        raise Http404
    routes = Routes.review(review)
    return save(request, assessment, competency, routes) if assessment.is_draft else frozen(request, routes)


@require_safe
def check_review(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """All answers at a glance before they are submitted."""
    review, assessment = _writing(request, pk)
    if not assessment.is_draft:
        return redirect("show_review", review.pk)
    return _check_page(request, review, assessment)


def _check_page(
    request: HttpRequest, review: Review, assessment: Assessment, *, level: str = "", refused: str = ""
) -> HttpResponse:
    """`refused` says why it was not submitted; `level` is what was chosen then."""
    context = {
        "quiz": Quiz.of(assessment, routes=Routes.review(review)),
        "levels": assessment.rubric.ladder.levels,
        "has_must_haves": assessment.rubric.has_must_haves,
        "level": level or review.level,
        "refused": refused,
        "section": "reviews",
    }
    return render(request, "assessments/quiz/check.html", context, status=422 if refused else 200)


@require_POST
def submit_review(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Freeze the manager's answers. A second click finds them frozen and leads to the same page."""
    review, assessment = _writing(request, pk)
    if assessment.is_draft:
        level = request.POST.get("level", "")
        try:
            reviewing.submit_review(review, at=timezone.now(), level=level)
        except reviewing.ReviewError as error:
            return _check_page(request, review, assessment, level=level, refused=str(error))
    return redirect("show_together" if review.revealed_at else "show_review", review.pk)
