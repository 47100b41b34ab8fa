"""Two at the same moment: both submits reveal once, both signatures plan once. On PostgreSQL, with real connections."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from assessments.models import Agenda, Assessment, Review, Share
from assessments.reviews import review as reviewing
from assessments.sharing.copies import SharingError, erase_with_copies, share_with_team, withdraw
from growth.models import PlanItem
from people.models import Team
from people.organisations.organisations import leave
from people.organisations.teams import close_team, remove_from_team
from tests.assessments.at_once import at_once as results_of
from tests.assessments.at_once import committed_pair as pair
from tests.assessments.reviews.pair import Pair
from tests.factories import exact_profile, give, join, join_team

__all__ = ["pair"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="SQLite has one writer at a time: nothing to race, run it on PostgreSQL",
    ),
]
TIMES = 5


def at_once(*jobs: Callable[[], Any]) -> list[BaseException]:
    """Run each at the same moment as the others. Returns what they raised."""
    return [result for result in results_of(*jobs) if isinstance(result, BaseException)]


def fresh(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def sign_both(review: Review) -> None:
    """What the race left behind can be brought to an end: everybody's next race begins anew."""
    for side in (review.subject, review.manager):
        reviewing.save_talk(fresh(review), side, signed_at=timezone.now())


def submits(review: Review) -> Callable[[], Any]:
    return lambda: reviewing.submit_review(fresh(review), at=timezone.now())


def test_member_and_manager_submit_at_once(pair: Pair) -> None:
    for _ in range(TIMES):
        review = pair.rate(submit=False)
        own = pair.own()
        mail.outbox.clear()
        raised = at_once(
            lambda own=own: share_with_team(own, pair.team, with_notes=True), submits(review), submits(review)
        )
        assert raised == []
        review.refresh_from_db()
        assert review.revealed_at
        assert review.share_id
        assert len(mail.outbox) == 2
        assert Agenda.objects.filter(review=review).count() == 1
        sign_both(review)


def test_two_managers_submit_while_the_member_shares(pair: Pair) -> None:
    second = pair.second_manager()
    for _ in range(TIMES):
        reviews = [pair.rate(submit=False)]
        other = pair.review(second)
        give(reviewing.start_rating(other, "pm"), exact_profile("apm"))
        reviews.append(other)
        own = pair.own()
        raised = at_once(lambda own=own: share_with_team(own, pair.team, with_notes=False), *map(submits, reviews))
        assert raised == []
        for review in reviews:
            review.refresh_from_db()
            assert review.revealed_at
            sign_both(review)


def test_withdrawing_while_the_manager_submits_leaves_one_of_two_whole_states(pair: Pair) -> None:
    for _ in range(TIMES):
        share = pair.share()
        review = pair.rate(submit=False)
        raised = at_once(lambda share=share: withdraw(share), submits(review))
        assert raised == []
        review.refresh_from_db()
        assert review.share_id is None
        assert (review.revealed_at is None) == (review.source_id is None)
        if review.revealed_at is None:
            pair.share()
        sign_both(review)


@pytest.mark.parametrize("way", ["leaves the team", "leaves the organisation", "team is closed"])
def test_parting_while_the_manager_submits_and_the_member_shares(pair: Pair, way: str) -> None:
    """Nobody waits for the other for ever, no copy stays behind, and what the manager wrote is there."""
    part = {
        "leaves the team": lambda: remove_from_team(pair.team, pair.member.pk),
        "leaves the organisation": lambda: leave(pair.organisation, pair.member.pk),
        "team is closed": lambda: close_team(pair.team),
    }[way]
    for _ in range(TIMES):
        pair.share()
        own = pair.own()
        review = pair.rate(submit=False)
        raised = at_once(part, submits(review), lambda own=own: share_with_team(own, pair.team, with_notes=True))
        assert [error for error in raised if not isinstance(error, SharingError)] == []
        assert not Share.objects.exists()
        review.refresh_from_db()
        assert review.share_id is None
        assert review.assessment
        assert review.assessment.status == Assessment.Status.SUBMITTED
        assert (review.revealed_at is None) == (review.source_id is None)
        come_back(pair, way)
        if review.revealed_at is None:
            pair.share()
        sign_both(review)


def come_back(pair: Pair, way: str) -> None:
    if way == "team is closed":
        Team.objects.update(closed_at=None)
        pair.team.refresh_from_db()
        return
    if way == "leaves the organisation":
        join(pair.member, pair.organisation)
    join_team(pair.member, pair.team)


def test_deleting_the_report_while_the_manager_submits(pair: Pair) -> None:
    for _ in range(TIMES):
        own = pair.own()
        pair.share(own)
        review = pair.rate(submit=False)
        raised = at_once(lambda own=own: erase_with_copies(own), submits(review))
        assert raised == []
        review.refresh_from_db()
        assert review.share_id is None
        assert review.source_id is None
        if review.revealed_at is None:
            pair.share()
        sign_both(review)


def test_both_sign_at_once(pair: Pair) -> None:
    review = pair.revealed()
    reviewing.save_talk(review, pair.manager, rows=[("Own the pricing bet", "strategy", None)])
    raised = at_once(
        *(
            lambda side=side: reviewing.save_talk(fresh(review), side, signed_at=timezone.now())
            for side in (pair.member, pair.manager)
        )
    )
    assert raised == []
    assert fresh(review).is_signed_off
    assert PlanItem.objects.count() == 1


def test_two_starts_open_one_review(pair: Pair) -> None:
    raised = at_once(*([pair.review] * 3))
    assert raised == []
    assert Review.objects.count() == 1


def test_draft_of_a_review_begins_once(pair: Pair) -> None:
    review = pair.review()
    raised = at_once(*(lambda: reviewing.start_rating(fresh(review), "pm") for _ in range(3)))
    assert raised == []
    assert Assessment.objects.filter(kind=Assessment.Kind.MANAGER).count() == 1
