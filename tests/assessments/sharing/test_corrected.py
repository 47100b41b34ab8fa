"""A corrected report and those who have it: copies and reviews keep what they met, and the author can give it anew."""

import pytest
from django.urls import reverse

from assessments.models import Assessment, CopyReader, Review, Share
from assessments.quiz.correct import CorrectionError, correct, undo
from assessments.reviews.review import open_review
from assessments.sharing.copies import share_corrected, share_with_person, share_with_team
from assessments.support.access import find_to_open, reports_to_open
from people.models import TeamMembership
from tests.assessments.reviews.pair import OTHERWISE, Pair, logged_in
from tests.factories import exact_profile, join, join_team, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db


def corrected(own: Assessment) -> Assessment:
    return correct(own, "strategy", 5, "")


def test_a_copy_stays_as_it_was_until_the_corrected_one_is_given(pair: Pair) -> None:
    copy = pair.share()
    before = Share.objects.filter(pk=copy.pk).values().get()
    new = corrected(Assessment.objects.get(pk=copy.source_id))
    assert Share.objects.filter(pk=copy.pk).values().get() == before
    report = page_of(pair.as_member.get(f"/reports/{new.chain}/"))
    assert "Copies that you gave are as they were before." in report.text
    assert "shared with Checkout" in report.text
    address = reverse("share_report", args=[new.chain])
    assert "They have it as it was before your last correction." in page_of(pair.as_member.get(address)).text
    assert pair.as_member.post(address, {"copy": str(copy.pk)}).status_code == 302
    # The same copy: whoever waits for it still does, and no list of theirs has a twin.
    after = Share.objects.get()
    assert (after.pk, after.source_id, after.answers["strategy"]) == (copy.pk, new.pk, 5)
    assert (after.submitted_at, after.corrected_at) == (before["submitted_at"], new.started_at)
    assert [row.reader for row in CopyReader.objects.all()] == [pair.manager]
    assert "as it was before" not in page_of(pair.as_member.get(address)).text
    assert "Copies that you gave" not in page_of(pair.as_member.get(f"/reports/{new.chain}/")).text
    # A second press, and a copy of somebody else's, change nothing.
    for key in (copy.pk, new.pk, "nothing"):
        assert pair.as_member.post(address, {"copy": str(key)}).status_code == 422
    assert "corrected on" in page_of(pair.as_manager.get(pair.member_page)).text


def test_nobody_more_reads_it_than_the_copy_named(pair: Pair) -> None:
    """A manager appointed since the copy was given is none of its readers."""
    copy = pair.share()
    pair.second_manager()
    new = corrected(Assessment.objects.get(pk=copy.source_id))
    share_corrected(new, copy)
    assert [row.reader for row in CopyReader.objects.all()] == [pair.manager]


def test_a_review_that_waits_meets_the_corrected_one(pair: Pair) -> None:
    review = pair.review()
    copy = pair.share()
    new = corrected(Assessment.objects.get(pk=copy.source_id))
    share_corrected(new, copy)
    review.refresh_from_db()
    assert (review.share, review.revealed_at) == (copy, None)
    pair.rate(review, OTHERWISE)
    assert (review.revealed_at is not None, review.source_id, review.is_blind) == (True, new.pk, True)


def test_a_revealed_review_keeps_what_it_met(pair: Pair) -> None:
    review = pair.revealed()
    first = review.share
    assert first
    new = corrected(Assessment.objects.get(pk=first.source_id))
    address = reverse("share_report", args=[new.chain])
    page = page_of(pair.as_member.get(address))
    assert "A review has met it, so it stays as it was" in page.text
    assert "Share the corrected one" not in page.text
    assert "Copies that you gave" not in page_of(pair.as_member.get(f"/reports/{new.chain}/")).text
    given = share_with_team(new, pair.team, with_notes=False)
    assert given.pk != first.pk
    review.refresh_from_db()
    assert (review.share, review.source_id) == (first, new.chain)
    together = pair.as_manager.get(reverse("show_together", args=[review.pk]))
    assert together.status_code == 200
    # Of the two of one date the corrected one is the newest, for the pages of the team as for the next review.
    assert open_review(pair.team, pair.member, pair.manager) == review
    signed = dict.fromkeys(("signed_by_subject_at", "signed_by_manager_at"), given.shared_at)
    Review.objects.filter(pk=review.pk).update(**signed)
    assert open_review(pair.team, pair.member, pair.manager).share == given


def test_whoever_read_one_row_of_a_report_has_read_it(pair: Pair) -> None:
    """Also when all answers were corrected since, one by one: with so little alike it would count as another report."""
    own = pair.own()
    review = pair.review()
    share_with_person(own, pair.manager, pair.organisation.pk, with_notes=False)
    pair.as_manager.get(reverse("show_copy", args=[Share.objects.get(recipient=pair.manager).pk]))
    newest = own
    for slug, step in exact_profile("pm").items():
        newest = correct(newest, slug, 5 - step, "")  # type: ignore[operator]
    share_with_team(newest, pair.team, with_notes=False)
    pair.rate(review, OTHERWISE)
    assert (review.revealed_at is not None, review.is_blind) == (True, False)


def test_undo_is_refused_while_somebody_has_it(pair: Pair) -> None:
    own = pair.own()
    new = corrected(own)
    share_with_team(new, pair.team, with_notes=False)
    with pytest.raises(CorrectionError, match="shared with Checkout"):
        undo(new)
    response = pair.as_member.post(reverse("undo_correction", args=[own.pk]), {"correction": str(new.pk)}, follow=True)
    assert "Take it back there first" in page_of(response).text
    pair.as_member.post(reverse("withdraw_copy", args=[Share.objects.get().pk]))
    undo(new)
    assert list(Assessment.objects.filter(rater=pair.member)) == [own]


def test_a_report_takes_all_its_copies_along(pair: Pair) -> None:
    review = pair.revealed()
    new = corrected(Assessment.objects.get(pk=review.source_id))
    share_with_team(new, pair.team, with_notes=False)
    assert Share.objects.count() == 2
    assert pair.as_member.post(reverse("delete_assessment", args=[new.chain])).status_code == 302
    assert not Share.objects.exists()
    assert not Assessment.objects.filter(rater=pair.member).exists()


def test_a_colleague_gets_it_by_the_same_button(pair: Pair) -> None:
    colleague = make_user("cleo@example.com", name="Cleo")
    join(colleague, pair.organisation)
    join_team(colleague, pair.team, TeamMembership.Role.MEMBER)
    copy = share_with_person(pair.own(), colleague, pair.organisation.pk, with_notes=True)
    new = corrected(Assessment.objects.get(pk=copy.source_id))
    assert logged_in(colleague).get(reverse("show_copy", args=[copy.pk])).context["report"].answers["strategy"] != 5
    pair.as_member.post(reverse("share_report", args=[new.chain]), {"copy": str(copy.pk)})
    page = logged_in(colleague).get(reverse("show_copy", args=[copy.pk]))
    assert page.context["report"].answers["strategy"] == 5
    assert "corrected on" in page_of(page).text


def test_support_opens_what_it_says_now(pair: Pair) -> None:
    own = pair.own()
    new = corrected(own)
    assert find_to_open(own.pk) == new
    assert list(reports_to_open(pair.member)) == [new]


def test_cases_and_plans_read_the_corrected_report(pair: Pair) -> None:
    own = pair.own()
    new = corrected(own)
    for key in (own.pk, new.pk):
        assert pair.as_member.get(f"/cases/new/?report={key}").context["form"].initial["report"] == str(own.pk)
        assert pair.as_member.get(reverse("pick_plan_items", args=[key])).context["assessment"] == new
