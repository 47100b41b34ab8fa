"""What somebody could read leaves a trace, so that no review is called blind that was not."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Opening, Review, Round, SupportAccess
from assessments.reviews import review as reviewing
from assessments.scoring.values import Answer
from assessments.sharing.copies import share_with_person, share_with_team, withdraw
from assessments.sharing.links import make_link
from people.audit.log import Verb
from people.models import AuditEvent, TeamMembership
from tests.assessments.reviews.pair import OTHERWISE, Pair
from tests.factories import exact_profile, join, join_team, make_organisation, make_team
from tests.pages import page_of

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Target": "against"}


def read_now(pair: Pair) -> Any:
    return pair.as_manager.post(pair.member_page + "review/", {"choice": "read_now"})


def second_team(pair: Pair) -> Any:
    """Another team of the same two."""
    team = make_team(pair.organisation, "Search", "search")
    join_team(pair.member, team)
    join_team(pair.manager, team, TeamMembership.Role.MANAGER)
    return team


def ledger(pair: Pair, source: Any) -> str:
    return page_of(pair.as_member.get(reverse("share_report", args=[source]))).text


def test_a_part_asked_for_by_itself_is_a_reading(pair: Pair) -> None:
    own = pair.own()
    given = share_with_person(own, pair.manager, pair.organisation.pk, with_notes=True)
    address = reverse("show_copy", args=[given.pk])
    for _ in range(2):
        assert "bars" in pair.as_manager.get(address, headers=PART).content.decode()
    assert Opening.objects.get().times == 1
    pair.share(own)
    assert pair.rate().is_blind is False


def test_what_stood_in_the_matrix_of_another_team_was_read(pair: Pair) -> None:
    other, own = second_team(pair), pair.own()
    share = pair.share(own)
    read_now(pair)
    opening = Opening.objects.get()
    assert (opening.reader, opening.times) == (pair.manager, 0)
    assert "can read it in the team’s matrix since" in ledger(pair, own.pk)
    # The trace outlives the copy.
    withdraw(share)
    share_with_team(own, other, with_notes=False)
    review = pair.rate(reviewing.open_review(other, pair.member, pair.manager))
    assert (bool(review.revealed_at), review.is_blind) == (True, False)


def test_what_was_read_after_their_own_view_was_in_does_not_count(pair: Pair) -> None:
    other, own = second_team(pair), pair.own()
    review = pair.rate(reviewing.open_review(other, pair.member, pair.manager))
    pair.share(own)
    read_now(pair)
    share_with_team(own, other, with_notes=False)
    review.refresh_from_db()
    assert (bool(review.revealed_at), review.is_blind) == (True, True)


def test_a_newer_copy_that_opens_by_itself_was_read_too(pair: Pair) -> None:
    other = second_team(pair)
    pair.share()
    read_now(pair)
    own = pair.own(OTHERWISE)
    pair.share(own)
    share_with_team(own, other, with_notes=False)
    assert pair.rate(reviewing.open_review(other, pair.member, pair.manager)).is_blind is False


def test_the_first_look_at_its_page_counts_and_is_logged(pair: Pair) -> None:
    share = pair.share()
    read_now(pair)
    logged = AuditEvent.objects.filter(verb=Verb.COPY_OPENED)
    assert not logged.exists()
    pair.as_manager.get(reverse("show_copy", args=[share.pk]))
    assert (Opening.objects.get().times, logged.count()) == (1, 1)
    assert "matrix since" not in ledger(pair, share.source_id)


@pytest.mark.parametrize("is_begun", [False, True])
@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_a_blind_round_closes_the_copy_that_comes_after(pair: Pair, is_begun: bool, is_withdrawn: bool) -> None:
    share = pair.share()
    read_now(pair)
    if is_begun:
        pair.rate(submit=False)
    make_blind_round(pair)
    old = reverse("show_copy", args=[share.pk])
    assert pair.as_manager.get(old).status_code == 200
    if is_withdrawn:
        withdraw(share)
    newer = pair.share(pair.own(OTHERWISE))
    address = reverse("show_copy", args=[newer.pk])
    assert pair.as_manager.get(address).status_code == 302
    review = Review.objects.get()
    assert review.choice == (Review.Choice.RATE_FIRST if is_begun else Review.Choice.NONE)
    read_now(pair)
    assert pair.as_manager.get(address).status_code == 302
    if is_begun:
        reviewing.submit_review(review, at=timezone.now())
        review.refresh_from_db()
    else:
        pair.rate(review)
    assert (bool(review.revealed_at), review.is_blind) == (True, True)


def test_a_view_that_is_in_stays_not_blind(pair: Pair) -> None:
    share = pair.share()
    read_now(pair)
    withdraw(share)
    pair.rate()
    make_blind_round(pair)
    pair.share(pair.own(OTHERWISE))
    review = Review.objects.get()
    assert (bool(review.revealed_at), review.is_blind) == (True, False)


def make_blind_round(pair: Pair) -> None:
    today = timezone.localdate()
    Round.objects.create(
        organisation=pair.organisation, name="Spring", starts_on=today, due_on=today, requires_blind=True
    )


# Wherever it was read


def elsewhere(pair: Pair, own: Assessment) -> None:
    """In another organisation of the same two, where the manager chose to read it."""
    team = make_team(make_organisation("Quarry", "quarry"), "Pit", "pit")
    for user, role in ((pair.member, TeamMembership.Role.MEMBER), (pair.manager, TeamMembership.Role.MANAGER)):
        join(user, team.organisation)
        join_team(user, team, role)
    share_with_team(own, team, with_notes=False)
    reviewing.choose(reviewing.open_review(team, pair.member, pair.manager), Review.Choice.READ_NOW)


def by_name(pair: Pair, own: Assessment) -> None:
    given = share_with_person(own, pair.manager, pair.organisation.pk, with_notes=True)
    pair.as_manager.get(reverse("show_copy", args=[given.pk]))


def by_link(pair: Pair, own: Assessment) -> None:
    """A secret link that they open while they are logged in."""
    _link, token = make_link(own, pair.member, days=7)
    pair.as_manager.get(reverse("show_shared_report", args=[token]))


def for_support(pair: Pair, own: Assessment) -> None:
    now = timezone.now()
    SupportAccess.objects.create(
        organisation_id=pair.member.home_id,
        staff=pair.manager,
        person=pair.member,
        assessment=own,
        reason="Ticket 7, to see",
        ends_at=now,
    )


@pytest.mark.parametrize("way", [elsewhere, by_name, by_link, for_support])
@pytest.mark.parametrize(
    ("then", "is_blind"),
    [
        (None, False),
        ({}, False),
        ({"strategy": 5}, False),
        ({"strategy": "no_chance", "data": 5, "delivery": 5, "outcomes": 5}, False),
        (OTHERWISE, True),
    ],
)
def test_blind_is_about_the_person_and_the_answers(
    pair: Pair, way: Any, then: dict[str, Answer] | None, is_blind: bool
) -> None:
    """The same report, or one of theirs that says the same or most of it, in any organisation."""
    read = pair.own()
    way(pair, read)
    pair.share(read if then is None else pair.own(exact_profile("pm") | then))
    assert pair.rate().is_blind is is_blind


def test_what_they_talked_about_before_is_read_only_if_it_says_all_the_same(pair: Pair) -> None:
    for changed, is_blind in (({}, True), ({"data": 5}, True), ({"data": 5}, False)):
        pair.share(pair.own(exact_profile("pm") | changed))
        review = pair.rate()
        assert (bool(review.revealed_at), review.is_blind) == (True, is_blind)
        now = timezone.now()
        Review.objects.update(signed_by_subject_at=now, signed_by_manager_at=now)
