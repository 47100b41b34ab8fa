"""A manager's review of a member: the choice, the same quiz, submitting, and both views side by side."""

from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Review, Round
from assessments.reviews.together import figure
from assessments.sharing.copies import share_with_person
from people.models import Membership, TeamMembership
from tests.assessments.reviews.pair import MANAGER_NOTE, OWN_NOTE, Pair, logged_in
from tests.factories import exact_profile, join, join_team, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db


def begin(pair: Pair, choice: str = "rate_first") -> Any:
    return pair.as_manager.post(pair.member_page + "review/", {"choice": choice})


def text_of(response: Any) -> str:
    return page_of(response).text


# The choice


def test_the_page_says_what_waits(pair: Pair) -> None:
    client = pair.as_manager
    assert "has not shared yet" in text_of(client.get(pair.member_page))
    pair.share()
    page = page_of(client.get(pair.member_page))
    assert [node.attrs["value"] for node in page.all("button", name="choice")] == ["rate_first", "read_now"]
    assert "about 8 minutes" in page.text
    assert "recommended" in page.text


def test_read_now_opens_the_copy_and_marks_the_review(pair: Pair) -> None:
    share = pair.share()
    response = begin(pair, "read_now")
    assert response.url == reverse("show_copy", args=[share.pk])
    assert OWN_NOTE in pair.as_manager.get(response.url).content.decode()
    review = pair.rate()
    assert review.is_blind is False
    assert "Not blind" in text_of(pair.as_member.get(reverse("show_together", args=[review.pk])))


def test_rate_first_is_blind(pair: Pair) -> None:
    pair.share()
    assert begin(pair).url == begin(pair).url
    assert Review.objects.count() == 1
    assert begin(pair, "nonsense").url == pair.member_page
    review = pair.rate()
    assert review.is_blind
    assert "Not blind" not in text_of(pair.as_member.get(reverse("show_together", args=[review.pk])))


def test_there_is_nothing_to_read_before_the_member_shared(pair: Pair) -> None:
    response = pair.as_manager.post(pair.member_page + "review/", {"choice": "read_now"}, follow=True)
    assert "nothing to read yet" in text_of(response)
    assert not Review.objects.exists()


@pytest.mark.parametrize("round_is_known", [False, True])
def test_a_round_can_ask_for_blind(pair: Pair, round_is_known: bool) -> None:
    """Also when the review was begun before the round."""
    share, today = pair.share(), timezone.localdate()
    if round_is_known:
        pair.review()
    fields = {"organisation": pair.organisation, "name": "Spring", "starts_on": today, "due_on": today}
    Round.objects.create(**fields, requires_blind=True)
    assert not page_of(pair.as_manager.get(pair.member_page)).all("button", value="read_now")
    begin(pair, "read_now")
    assert pair.as_manager.get(reverse("show_copy", args=[share.pk])).status_code == 302


def test_one_who_read_it_as_a_named_person_is_not_blind(pair: Pair) -> None:
    own = pair.own()
    given = share_with_person(own, pair.manager, pair.organisation.pk, with_notes=True)
    pair.as_manager.get(reverse("show_copy", args=[given.pk]))
    pair.share(own)
    assert pair.rate().is_blind is False


# The quiz about somebody else


def test_the_same_questions_with_their_name(pair: Pair, rubric: Any) -> None:
    response = pair.as_manager.get(begin(pair).url)
    page = page_of(response)
    assert "true of Ada Lind’s work" in page.text
    slug = response.context["quiz"].current
    assert all(anchor in page.text for anchor in rubric.competencies[slug].anchors)
    assert len(page.all("button", class_="jump-to")) == len(rubric.competencies)
    assert "/quiz/" not in page.one("form", id="answer").attrs["action"]


def test_answers_are_saved_as_in_the_quiz(pair: Pair) -> None:
    begin(pair)
    review = Review.objects.get()
    client = pair.as_manager
    address = reverse("save_review_rating", args=[review.pk, "strategy"])
    response = client.post(address, {"step": "3", "evidence": "Seen", "go": "next"})
    assert response.url.startswith(reverse("show_review", args=[review.pk]) + "?at=")
    assert review.assessment
    assert review.assessment.answers() == {"strategy": 3}
    part = client.post(address, {"step": "4", "revision": "1"}, headers={"HX-Request": "true"})
    assert 'data-state="saved"' in part.content.decode()
    assert client.post(address, {"step": "1", "revision": "1"}).status_code == 409
    assert client.post(address, {"step": "9"}).status_code == 422
    assert client.post(address.replace("strategy", "no-such"), {"step": "1"}).status_code == 404
    assert client.get(reverse("show_review", args=[review.pk]), {"at": "no-such"}).status_code == 404
    assert client.post(address, {"step": "2", "go": "check"}).url == reverse("check_review", args=[review.pk])
    assert "Submit your review" in text_of(client.get(reverse("check_review", args=[review.pk])))


def test_a_page_that_lost_its_log_in_says_so(pair: Pair, client: Any) -> None:
    begin(pair)
    address = reverse("save_review_rating", args=[Review.objects.get().pk, "strategy"])
    response = client.post(address, {"step": "3"}, headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert "logged out" in response.content.decode()
    assert client.post(address, {"step": "3"}).status_code == 302


def test_submitting_waits_then_reveals(pair: Pair) -> None:
    begin(pair)
    review = pair.rate(Review.objects.get(), submit=False)
    client = pair.as_manager
    address = reverse("submit_review", args=[review.pk])
    assert client.post(address).url == reverse("show_review", args=[review.pk])
    page = text_of(client.get(reverse("show_review", args=[review.pk])))
    assert "Your review is in" in page
    assert MANAGER_NOTE in page
    save = reverse("save_review_rating", args=[review.pk, "strategy"])
    assert client.post(save, {"step": "1"}).status_code == 409
    pair.share()
    assert client.post(address).status_code == 302
    assert client.post(save, {"step": "1"}).status_code == 409
    response = client.get(reverse("show_review", args=[review.pk]))
    assert response.url == reverse("show_together", args=[review.pk])


def test_an_empty_review_is_not_submitted_and_an_unfinished_one_is_told_that_it_will_be_final(pair: Pair) -> None:
    begin(pair)
    review = Review.objects.get()
    response = pair.as_manager.post(reverse("submit_review", args=[review.pk]), follow=True)
    assert "Answer at least one question" in text_of(response)
    assert review.assessment
    assert review.assessment.is_draft
    pair.rate(review, answers={"strategy": 2}, submit=False)
    page = text_of(pair.as_manager.get(reverse("check_review", args=[review.pk])))
    assert "questions are open" in page
    assert "After submitting, your review stays as it is." in page


# Both views


def test_both_views_with_difference_and_notes(pair: Pair, rubric: Any) -> None:
    pair.share(pair.own({"strategy": 4, "delivery": 2, "data": "no_chance", "communication": 3}))
    review = pair.rate(answers={"strategy": 2, "delivery": 2, "communication": 4, "culture": 1})
    for client in (pair.as_member, pair.as_manager):
        page = page_of(client.get(reverse("show_together", args=[review.pk])))
        first = page.one("ol", class_="pairs")
        assert first.all("h3")[0].text.startswith(rubric.competencies["strategy"].name)
        assert "Ada Lind sees it 2 steps higher" in first.text
        assert "Seun Bello sees it 1 step higher" in page.text
        assert "the same" in page.text
        assert rubric.competencies["strategy"].anchors[3] in page.text
        assert rubric.competencies["strategy"].anchors[1] in page.text
        assert rubric.competencies["data"].name in page.one("dl", class_="chances").text
        assert "no chance No chance" not in page.text
        figures = page.one("dl", class_="figures").text
        assert "of 3 rated by both 33 %" in figures
        assert "100 %" not in figures
        assert "kappa" not in figures
        assert "Heidemeier & Moser 2009" in page.text


def test_kappa_only_from_twenty_pairs(pair: Pair) -> None:
    review = pair.revealed()
    page = page_of(pair.as_manager.get(reverse("show_together", args=[review.pk])))
    assert "kappa" in page.one("dl", class_="figures").text


def test_a_figure_has_no_sign_before_zero() -> None:
    shown = {("-1/250", ".2f"): "0.00", ("-1/4", ".2f"): "−0.25", ("1/30", "+.1f"): "0.0", ("1/3", "+.1f"): "+0.3"}
    assert {(value, form): figure(Fraction(value), form) for value, form in shown} == shown


def test_two_managers_each_have_their_own(pair: Pair, django_capture_on_commit_callbacks: Any) -> None:
    second = pair.second_manager()
    one, other = pair.rate(), pair.rate(pair.review(second), {"strategy": 1})
    pair.share()
    for review in (one, other):
        review.refresh_from_db()
        assert review.revealed_at
        assert pair.as_member.get(reverse("show_together", args=[review.pk])).status_code == 200
    assert logged_in(second).get(reverse("show_together", args=[one.pk])).status_code == 404
    text = text_of(pair.as_member.get(reverse("list_reviews")))
    assert "Seun Bello" in text
    assert "Sol Second" in text


def test_lists_say_the_state(pair: Pair) -> None:
    review = pair.rate(submit=False)
    assert "their view is not there yet" in text_of(pair.as_member.get(reverse("list_reviews")))
    assert "you are rating" in text_of(pair.as_manager.get(reverse("list_reviews")))
    pair.rate(review, {}, submit=True)
    assert "opens to both when you share yours" in text_of(pair.as_member.get(reverse("list_reviews")))
    TeamMembership.objects.filter(user=pair.manager).update(left_at=timezone.now())
    assert "Ada Lind" not in text_of(pair.as_manager.get(reverse("list_reviews")))


def test_leaving_the_organisation_ends_reading(pair: Pair) -> None:
    review = pair.revealed()
    Membership.objects.filter(user=pair.member).update(left_at=timezone.now())
    address = reverse("show_together", args=[review.pk])
    assert pair.as_member.get(address).status_code == 404
    assert "Seun Bello" not in text_of(pair.as_member.get(reverse("list_reviews")))


def test_statements_do_not_grow(pair: Pair, django_assert_num_queries: Any) -> None:
    review = pair.revealed()
    client = pair.as_manager
    # Session, person, review; ratings, copy, its framework's row is in memory; agenda, commitments.
    together = reverse("show_together", args=[review.pk])
    client.get(together)
    with django_assert_num_queries(7):
        client.get(together)
    # Session, person, team, two for the standing; member, reviews, round, organisation's ladder, copies.
    client.get(pair.member_page)
    with django_assert_num_queries(11):
        client.get(pair.member_page)
    with django_assert_num_queries(3):
        client.get(reverse("list_reviews"))
    for number in range(4):
        member = make_user(f"m{number}@example.com")
        join(member, pair.organisation)
        join_team(member, pair.team)
        pair.share(pair.own(exact_profile("apm")))
    with django_assert_num_queries(11):
        client.get(pair.member_page)
