"""A manager's page about one member: copies that wait, the choice to rate or read first, and earlier reviews."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.models import Assessment, Review, Share
from assessments.quiz.page import SECONDS_PER_QUESTION
from assessments.reviews.review import (
    ReviewError,
    choose,
    must_be_blind,
    open_review,
    round_now,
    rubric_for,
    start_rating,
)
from people.access import find_team, signed_in
from people.database.transactions import transactional
from people.models import Membership, Team, TeamMembership, User
from people.policy import Action


def _find_member(request: HttpRequest, slug: str, pk: uuid.UUID) -> tuple[Team, User]:
    """A team that this person manages, and somebody else who is in it; 404 for everybody else."""
    team, _standing = find_team(request, slug, Action.START_REVIEW)
    row = (
        TeamMembership.objects.of(team)
        .filter(user=pk, user__in=Membership.objects.of(team.organisation_id).values("user"))
        .exclude(user=signed_in(request))
        .select_related("user")
        .first()
    )
    if row is None:
        raise Http404
    return team, row.user


@require_safe
def show_member(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    team, member = _find_member(request, slug, pk)
    user = signed_in(request)
    reviews = list(
        Review.objects.filter(organisation=team.organisation_id, team=team, subject=member, manager=user)
        .select_related("assessment", "round")
        .order_by("-opened_at")
    )
    copies = list(
        Share.objects.of(team)
        .filter(author=member)
        .only("submitted_at", "shared_at", "ladder_version_id", "team_id", "author_id")
        .order_by("-submitted_at")
    )
    return render(request, "assessments/reviews/member.html", _member_context(team, member, reviews, copies))


def _member_context(team: Team, member: User, reviews: list[Review], copies: list[Share]) -> dict[str, Any]:
    """`copies` become pairs of a copy and whether it is open to this manager; `stage` says what comes next."""
    review = next((item for item in reviews if not item.is_signed_off), None)
    history = [item for item in reviews if item.is_signed_off]
    is_open = {item.share_id for item in reviews if item.choice == Review.Choice.READ_NOW or item.revealed_at}
    met = {item.share_id for item in history}
    waiting = any(copy.pk not in is_open | met for copy in copies)
    draft: Assessment | None = review.assessment if review else None
    if review and review.revealed_at:
        stage = "revealed"
    elif draft and not draft.is_draft:
        stage = "submitted"
    elif draft:
        stage = "rating"
    else:
        stage = "start"
    only_blind = (
        must_be_blind(review) if review else bool((now := round_now(team.organisation_id)) and now.requires_blind)
    )
    has_read = review is not None and review.choice == Review.Choice.READ_NOW
    total = len(rubric_for(team.organisation_id).competencies)
    return {
        "team": team,
        "member": member,
        "review": review,
        "history": history,
        "copies": [(copy, copy.pk in is_open) for copy in copies],
        "waiting": waiting,
        "stage": stage,
        "only_blind": only_blind,
        "has_read": has_read,
        "offers_reading": waiting and stage in {"start", "rating"} and not only_blind and not has_read,
        "minutes": round(total * SECONDS_PER_QUESTION / 60),
        "section": "teams",
    }


@transactional
def _begin(team: Team, member: User, manager: User, choice: Review.Choice) -> Review:
    review = open_review(team, member, manager, in_round=round_now(team.organisation_id))
    if choice == Review.Choice.READ_NOW:
        choose(review, choice)
    else:
        start_rating(review)
    return review


@require_POST
def start_review(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Rate first or read now (`choice`). Doing it twice leads to the same review, not to two."""
    team, member = _find_member(request, slug, pk)
    choice = request.POST.get("choice")
    if choice not in {Review.Choice.RATE_FIRST, Review.Choice.READ_NOW}:
        messages.warning(request, _("Choose whether you rate first or read first."))
        return redirect("show_member", team.slug, member.pk)
    try:
        review = _begin(team, member, signed_in(request), Review.Choice(choice))
    except ReviewError as error:
        messages.warning(request, str(error))
        return redirect("show_member", team.slug, member.pk)
    if choice == Review.Choice.READ_NOW and review.share_id:
        return redirect("show_copy", review.share_id)
    return redirect("show_review", review.pk)
