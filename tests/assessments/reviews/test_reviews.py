"""A manager's review of a member: the choice, the same quiz, submitting, and both views side by side."""

from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Review, Round
from assessments.reviews.together import figure
from people.models import TeamMembership
from tests.assessments.reviews.pair import MANAGER_NOTE, OTHERWISE, OWN_NOTE, Pair, logged_in
from tests.factories import exact_profile, give, join, join_team, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db


def begin(pair: Pair, choice: str = "rate_first", level: str = "pm") -> Any:
    return pair.as_manager.post(pair.member_page + "review/", {"choice": choice, "level": level})


def text_of(response: Any) -> str:
    return page_of(response).text


def test_the_page_says_what_waits(pair: Pair) -> None:
    client = pair.as_manager
    assert "has not shared with you yet" in text_of(client.get(pair.member_page))
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


def test_the_same_questions_with_their_name(pair: Pair, rubric: Any) -> None:
    response = pair.as_manager.get(begin(pair).url)
    page = page_of(response)
    assert "true of Ada Lind’s work" in page.text
    slug = response.context["quiz"].current
    assert all(sentence in page.text for sentence in rubric.competencies[slug].short)
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


def check(pair: Pair, review: Review, **said: str) -> Any:
    return pair.as_manager.post(reverse("submit_review", args=[review.pk]), said)


def test_a_review_says_enough_before_it_is_submitted(pair: Pair, rubric: Any) -> None:
    """Every must-have of its level, and steps for three fifths of its weight; what is missing stands on the page."""
    begin(pair)
    review = pair.rate(Review.objects.get(), {"strategy": 4}, submit=False)
    draft = review.assessment
    assert draft
    asked = {slug: cell for slug, cell in rubric.ladder.expectations["pm"].items() if cell.weight}
    musts = [slug for slug, cell in asked.items() if cell.weight == 3]
    for said, missing in (
        ({}, musts),
        (dict.fromkeys(musts[1:], "no_chance"), musts[:1]),
        (dict.fromkeys(musts[:1], "no_chance"), []),
    ):
        give(draft, said)
        response = check(pair, review)
        page = page_of(response)
        assert response.status_code == 422
        assert "Everything you answered is here" in page.text
        refused = page.one(id="refused").text
        assert all(rubric.competencies[slug].name in refused for slug in missing)
        assert ("have no answer yet" in refused, "has no answer yet" in refused) == (
            len(missing) > 1,
            len(missing) == 1,
        )
        assert "60 % are needed" in refused
    give(draft, {slug: 2 for slug in asked if slug not in {*musts, "strategy"}})
    assert "After submitting, your review stays as it is." in text_of(
        pair.as_manager.get(reverse("check_review", args=[review.pk]))
    )
    assert check(pair, review).status_code == 302
    review.refresh_from_db()
    assert review.assessment
    assert not review.assessment.is_draft


def test_the_level_is_the_manager_s_word_and_never_the_copy_s(pair: Pair, rubric: Any) -> None:
    """Neither order nor threshold follows what they have not read: a second pair whose member shared tells the same."""
    empty = begin(pair, level="")
    assert empty.status_code == begin(pair, level="no-such").status_code == 422
    assert "Say which level you rate against" in text_of(empty)
    pair.share(pair.own(held="director", targets=[], specialisation="growth"))
    begin(pair)
    review = Review.objects.get()
    draft = review.assessment
    assert draft
    assert (review.level, review.level_from, draft.held, draft.specialisation) == ("pm", "said", "pm", "")
    assert draft.targets == list(rubric.next_levels["pm"])
    # It may be corrected while the draft is one, and what it asks changes with it.
    give(draft, exact_profile("pm"))
    assert check(pair, review, level="no-such").status_code == 422
    assert check(pair, review, level="senior-pm").status_code == 302
    review.refresh_from_db()
    assert review.assessment
    assert (review.level, review.assessment.held) == ("senior-pm", "senior-pm")


def test_a_draft_from_before_levels_were_named_is_asked_for_one(pair: Pair) -> None:
    review = pair.rate(submit=False)
    Review.objects.update(level="", level_from="")
    response = check(pair, review)
    assert response.status_code == 422
    assert "Say which level you rate against" in text_of(response)
    assert check(pair, review, level="pm").status_code == 302


def test_a_copy_enters_a_review_by_the_same_rule(pair: Pair, rubric: Any) -> None:
    """One answer of theirs does not open all of the manager's, whichever side comes first."""
    thin, musts = {"strategy": 2}, rubric.ladder.expectations["pm"]
    pair.share(pair.own(thin))
    review = pair.rate()
    assert review.revealed_at is None
    pair.share(pair.own(thin))
    review.refresh_from_db()
    assert review.revealed_at is None
    page = text_of(pair.as_member.get(reverse("list_reviews")))
    assert "leaves out too much" in page
    assert all(rubric.competencies[slug].name in page for slug, cell in musts.items() if cell.weight == 3)
    for address in (pair.member_page, reverse("show_review", args=[review.pk])):
        assert "leaves out too much" in text_of(pair.as_manager.get(address))
    pair.share(pair.own())
    review.refresh_from_db()
    assert review.revealed_at


def test_both_views_with_difference_and_notes(pair: Pair, rubric: Any) -> None:
    some = {"strategy": 2, "delivery": 2, "data": 3, "communication": 3}
    same = {**exact_profile("pm"), **some}
    pair.share(pair.own(same | {"strategy": 4, "data": "no_chance"}))
    review = pair.rate(answers=same | {"communication": 4})
    for client in (pair.as_member, pair.as_manager):
        page = page_of(client.get(reverse("show_together", args=[review.pk])))
        first = page.one("ol", class_="pairs")
        assert first.all("h3")[0].text.startswith(rubric.competencies["strategy"].name)
        assert "Ada Lind sees it 2 steps higher" in first.text
        assert "Seun Bello sees it 1 step higher" in page.text
        assert "the same" in page.text
        assert rubric.competencies["strategy"].says(4) in page.text
        assert rubric.competencies["strategy"].says(2) in page.text
        assert rubric.competencies["data"].name in page.one("dl", class_="chances").text
        assert "no chance No chance" not in page.text
        figures = page.one("dl", class_="figures").text
        assert "of 24 rated by both 91 %" in figures
        assert "100 %" not in figures
        assert "Ada Lind: 24 of 25 rated. Seun Bello: 25 of 25 rated." in page.text
        assert "Heidemeier & Moser 2009" in page.text


def test_kappa_only_from_twenty_pairs(pair: Pair) -> None:
    page = page_of(pair.as_manager.get(reverse("show_together", args=[pair.revealed().pk])))
    assert "kappa" in page.one("dl", class_="figures").text


def test_a_figure_has_no_sign_before_zero() -> None:
    shown = {("-1/250", ".2f"): "0.00", ("-1/4", ".2f"): "−0.25", ("1/30", "+.1f"): "0.0", ("1/3", "+.1f"): "+0.3"}
    assert {(value, form): figure(Fraction(value), form) for value, form in shown} == shown


def test_two_managers_each_have_their_own(pair: Pair, django_capture_on_commit_callbacks: Any) -> None:
    second = pair.second_manager()
    one, other = pair.rate(), pair.rate(pair.review(second), OTHERWISE)
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
    with django_assert_num_queries(4):
        client.get(reverse("list_reviews"))
    for number in range(4):
        member = make_user(f"m{number}@example.com")
        join(member, pair.organisation)
        join_team(member, pair.team)
        pair.share(pair.own(exact_profile("apm")))
    with django_assert_num_queries(11):
        client.get(pair.member_page)
