"""A manager's page about one member: copies that wait, the choice to rate or read first, and earlier reviews."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.models import Assessment, CopyQuestion, CopyReader, Review, Share
from assessments.reviews.review import (
    LevelError,
    ReviewError,
    choose,
    must_be_blind,
    of_pair,
    open_review,
    round_now,
    rubric_for,
    start_rating,
    waits_for_more,
)
from ladder.minutes import minutes
from people.access import find_team, signed_in
from people.database.transactions import transactional
from people.models import Membership, Team, TeamMembership, User
from people.policy import Action

# Copies, and earlier reviews; one pager turns both.
PAGE = 50


def _find_member(request: HttpRequest, slug: str, team_slug: str, pk: uuid.UUID) -> tuple[Team, User]:
    """A team that this person manages, and somebody else who is in it; 404 for everybody else."""
    team, _standing = find_team(request, slug, team_slug, Action.START_REVIEW)
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
def show_member(request: HttpRequest, slug: str, team_slug: str, pk: uuid.UUID) -> HttpResponse:
    team, member = _find_member(request, slug, team_slug, pk)
    return _member_page(request, team, member)


def _member_page(request: HttpRequest, team: Team, member: User, status: int = 200, **more: Any) -> HttpResponse:
    user = signed_in(request)
    reviews = list(of_pair(team, member.pk, user.pk).select_related("assessment", "round").order_by("-opened_at"))
    reading = CopyReader.objects.of(OuterRef("pk"), user)
    asked = CopyQuestion.objects.filter(organisation=OuterRef("organisation"), copy=OuterRef("pk"), asker=user)
    copies: list[Any] = list(
        Share.objects.of(team)
        .filter(author=member)
        .annotate(names_me=Exists(reading), is_open=Exists(reading.open()), asked_at=Subquery(asked.values("asked_at")))
        .only("submitted_at", "corrected_at", "shared_at", "ladder_version_id", "team_id", "author_id")
        .order_by("-submitted_at", "-shared_at")
    )
    context = _member_context(team, member, reviews, copies) | more
    for name in ("copies", "history"):
        context[name] = Paginator(context[name], PAGE).get_page(request.GET.get("page"))
    context["page"] = max(context["copies"], context["history"], key=lambda page: int(page.paginator.num_pages))
    return render(request, "assessments/reviews/member.html", context, status=status)


def _member_context(team: Team, member: User, reviews: list[Review], copies: list[Any]) -> dict[str, Any]:
    """`stage` says what comes next. Of the copies, one waits that names this manager and was neither read nor met."""
    review = next((item for item in reviews if not item.is_signed_off), None)
    history = [item for item in reviews if item.is_signed_off]
    met = {item.share_id for item in history}
    waiting = any(copy.names_me and not copy.is_open and copy.pk not in met for copy in copies)
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
    rubric = rubric_for(team.organisation_id)
    return {
        "team": team,
        "member": member,
        "review": review,
        "history": history,
        "copies": copies,
        "asks": any(not copy.names_me for copy in copies),
        "waiting": waiting,
        "stage": stage,
        "only_blind": only_blind,
        "has_read": has_read,
        "offers_reading": waiting and stage in {"start", "rating"} and not only_blind and not has_read,
        "minutes": minutes(rubric),
        # What their profile says is offered, never what a copy says: this page is read before it is open.
        "levels": rubric.ladder.levels,
        "has_must_haves": rubric.has_must_haves,
        "level": rubric.now.levels.get(member.held_level, ""),
        "waits_for_more": review is not None and stage == "submitted" and waits_for_more(review),
        "section": "teams",
    }


@transactional
def _begin(team: Team, member: User, manager: User, choice: Review.Choice, level: str) -> Review:
    review = open_review(team, member, manager, in_round=round_now(team.organisation_id))
    if choice == Review.Choice.READ_NOW:
        choose(review, choice)
    else:
        start_rating(review, level)
    return review


@require_POST
def start_review(request: HttpRequest, slug: str, team_slug: str, pk: uuid.UUID) -> HttpResponse:
    """Rate first, against a `level`, or read now (`choice`). Doing it twice leads to the same review, not to two."""
    team, member = _find_member(request, slug, team_slug, pk)
    choice = request.POST.get("choice")
    if choice not in {Review.Choice.RATE_FIRST, Review.Choice.READ_NOW}:
        messages.warning(request, _("Choose whether you rate first or read first."))
        return redirect("show_member", *team.slugs, member.pk)
    try:
        review = _begin(team, member, signed_in(request), Review.Choice(choice), request.POST.get("level", ""))
    except LevelError as error:
        return _member_page(request, team, member, 422, level="", level_error=str(error))
    except ReviewError as error:
        messages.warning(request, str(error))
        return redirect("show_member", *team.slugs, member.pk)
    if choice == Review.Choice.READ_NOW and review.share_id:
        return redirect("show_copy", review.share_id)
    return redirect("show_review", review.pk)
