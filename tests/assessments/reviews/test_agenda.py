"""The talk: one shared note, up to three agreed steps, both signatures, and the plan that follows."""

import datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from assessments.models import Agenda, Commitment, Review
from growth.models import PlanItem
from tests.assessments.reviews.pair import Pair
from tests.pages import page_of, sends

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(pair: Pair) -> Review:
    return pair.revealed()


def form(client: Client, review: Review) -> dict[str, str]:
    """What the page's form would send as it is now, by whichever of its buttons."""
    return sends(page_of(client.get(reverse("show_together", args=[review.pk]))).one("form", class_="talk"))


def post(client: Client, review: Review, name: str, said: dict[str, Any]) -> Any:
    return client.post(reverse(name, args=[review.pk]), said)


def sign(client: Client, review: Review) -> Any:
    return post(client, review, "sign_review", form(client, review))


def test_both_write_one_note(pair: Pair, review: Review) -> None:
    first = form(pair.as_member, review)
    assert post(pair.as_member, review, "edit_agenda", first | {"text": "Strategy\nfirst"}).status_code == 302
    second = form(pair.as_manager, review)
    assert second["text"].strip() == "Strategy\nfirst"
    post(pair.as_manager, review, "edit_agenda", second | {"text": "Strategy, then delivery"})
    agenda = Agenda.objects.get()
    assert (agenda.text, agenda.revision, agenda.saved_by) == ("Strategy, then delivery", 2, pair.manager)


def test_a_conflict_shows_both_and_loses_neither(pair: Pair, review: Review) -> None:
    stale = form(pair.as_member, review)
    post(pair.as_manager, review, "edit_agenda", stale | {"text": "what the manager wrote"})
    response = post(pair.as_member, review, "edit_agenda", stale | {"text": "what the member wrote"})
    assert response.status_code == 409
    page = page_of(response)
    assert "what the manager wrote" in page.one("div", role="alert").text
    again = sends(page.one("form", class_="talk"))
    assert again["text"].strip() == "what the member wrote"
    assert Agenda.objects.get().text == "what the manager wrote"
    assert post(pair.as_member, review, "edit_agenda", again).status_code == 302
    assert Agenda.objects.get().text == "what the member wrote"


def test_a_note_that_does_not_fit_stays_in_the_page(pair: Pair, review: Review) -> None:
    for text in ("x" * 20_001, "a\0b"):
        response = post(pair.as_member, review, "edit_agenda", {"text": text, "revision": "0"})
        assert response.status_code == 422
        assert text.replace("\0", "") in response.content.decode()
    for revision in ("", "-1", "9" * 30, "x"):
        assert post(pair.as_member, review, "edit_agenda", {"text": "a", "revision": revision}).status_code == 422
    assert Agenda.objects.get().text == ""


def agree(client: Client, review: Review, *rows: tuple[str, str, str]) -> Any:
    said = form(client, review)
    for number, (text, competency, due) in enumerate(rows):
        said |= {f"c{number}-text": text, f"c{number}-competency": competency, f"c{number}-due_on": due}
    return post(client, review, "edit_commitments", said)


def test_up_to_three_steps(pair: Pair, review: Review) -> None:
    rows = [
        ("Own the pricing bet", "strategy", "2027-03-31"),
        ("Shadow Mei", "", ""),
        ("Talk at guild", "storytelling", ""),
    ]
    assert agree(pair.as_member, review, *rows).status_code == 302
    stored = [(item.text, item.competency, item.due_on) for item in Commitment.objects.all()]
    assert stored == [
        (rows[0][0], "strategy", datetime.date(2027, 3, 31)),
        ("Shadow Mei", "", None),
        (rows[2][0], "storytelling", None),
    ]
    said = form(pair.as_manager, review)
    assert said["c0-due_on"] == "2027-03-31"
    assert said["c0-competency"] == "strategy"
    post(pair.as_manager, review, "edit_commitments", said | {"c3-text": "a fourth", "c1-text": ""})
    assert [item.text for item in Commitment.objects.all()] == ["Own the pricing bet", "Talk at guild"]


def test_a_step_that_does_not_fit_is_refused_with_a_sentence(pair: Pair, review: Review) -> None:
    for row in (
        *(("", "strategy", ""), ("a", "no-such", ""), ("a", "", "tomorrow")),
        *(("x" * 401, "", ""), ("a\0b", "", "")),
    ):
        response = agree(pair.as_member, review, row)
        assert response.status_code == 422
        assert page_of(response).all("ul", class_="errorlist"), row
    assert not Commitment.objects.exists()


def test_one_field_has_the_focus_however_many_are_wrong(pair: Pair, review: Review) -> None:
    shown = form(pair.as_member, review)
    wrong = {f"c{row}-{part}": text for row in range(3) for part, text in (("competency", "juggling"), ("due_on", ";"))}
    long = {"text": "x" * 20_001}
    for name, said, first in (
        ("edit_commitments", wrong, "id_c0-competency"),
        ("edit_agenda", wrong | long, "id_text"),
    ):
        response = post(pair.as_member, review, name, shown | said)
        assert response.status_code == 422
        focused = [node.attrs["id"] for node in page_of(response) if "autofocus" in node.attrs]
        assert focused == [first]


def test_steps_changed_in_between_show_both(pair: Pair, review: Review) -> None:
    stale = form(pair.as_member, review)
    agree(pair.as_manager, review, ("the manager's step", "", ""))
    response = post(pair.as_member, review, "edit_commitments", stale | {"c0-text": "the member's step"})
    assert response.status_code == 409
    page = page_of(response)
    assert "the manager's step" in page.text
    again = sends(page.one("form", class_="talk"))
    assert again["c0-text"] == "the member's step"
    post(pair.as_member, review, "edit_commitments", again)
    assert Commitment.objects.get().text == "the member's step"


def test_both_signatures_freeze_and_make_one_plan(pair: Pair, review: Review) -> None:
    agree(pair.as_member, review, ("Own the pricing bet", "strategy", "2027-03-31"))
    said = form(pair.as_member, review)
    for _ in range(2):
        post(pair.as_member, review, "sign_review", said)
    assert not PlanItem.objects.exists()
    sign(pair.as_manager, review)
    review.refresh_from_db()
    assert review.is_signed_off
    item = PlanItem.objects.get()
    assert (item.owner, item.organisation, item.text) == (pair.member, pair.member.home, "Own the pricing bet")
    for client in (pair.as_member, pair.as_manager):
        page = page_of(client.get(reverse("show_together", args=[review.pk])))
        assert "Own the pricing bet" in page.text
        assert not page.all("textarea")
        for name in ("edit_agenda", "edit_commitments", "sign_review"):
            assert post(client, review, name, {"text": "late", "revision": "0"}).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Agenda.objects.update(text="past every check")
    assert "Own the pricing bet" in page_of(pair.as_member.get(reverse("list_plan"))).text
    assert "Own the pricing bet" not in page_of(pair.as_manager.get(reverse("list_plan"))).text


def test_a_change_takes_both_signatures_back_and_the_same_again_keeps_them(pair: Pair, review: Review) -> None:
    agree(pair.as_member, review, ("a step", "", ""))
    sign(pair.as_member, review)
    agree(pair.as_manager, review)
    review.refresh_from_db()
    assert review.signed_by_subject_at
    said = form(pair.as_manager, review)
    post(pair.as_manager, review, "edit_agenda", said | {"text": "one more thing"})
    review.refresh_from_db()
    assert review.signed_by_subject_at is None


def test_nobody_signs_what_they_did_not_see(pair: Pair, review: Review) -> None:
    stale = form(pair.as_member, review)
    agree(pair.as_manager, review, ("a step", "", ""))
    post(pair.as_member, review, "sign_review", stale)
    post(pair.as_member, review, "sign_review", {})
    review.refresh_from_db()
    assert review.signed_by_subject_at is None


def test_each_button_saves_all_that_was_typed(pair: Pair, review: Review) -> None:
    for button in ("edit_agenda", "edit_commitments", "sign_review"):
        step = f"Shadow Mei before {button}"
        typed = form(pair.as_member, review) | {"text": f"The launch, {button}", "c0-text": step}
        assert post(pair.as_member, review, button, typed).status_code == 302
        assert Agenda.objects.get().text == f"The launch, {button}"
        assert [item.text for item in Commitment.objects.all()] == [step]
        review.refresh_from_db()
        assert bool(review.signed_by_subject_at) == (button == "sign_review")


def test_what_was_not_touched_is_no_conflict(pair: Pair, review: Review) -> None:
    """Each writes in another part of a page that is older than what the other saved."""
    members, managers = form(pair.as_member, review), form(pair.as_manager, review)
    post(pair.as_manager, review, "edit_commitments", managers | {"c0-text": "the manager's step"})
    assert post(pair.as_member, review, "edit_agenda", members | {"text": "the member's note"}).status_code == 302
    assert Agenda.objects.get().text == "the member's note"
    assert Commitment.objects.get().text == "the manager's step"
    # Nor is it signed: the member has not seen the step.
    post(pair.as_member, review, "sign_review", members | {"text": "the member's note"})
    review.refresh_from_db()
    assert review.signed_by_subject_at is None


def test_what_is_wrong_in_one_part_keeps_the_other_in_the_page(pair: Pair, review: Review) -> None:
    shown = form(pair.as_member, review)
    response = post(pair.as_member, review, "edit_agenda", shown | {"text": "a note", "c0-competency": "strategy"})
    assert response.status_code == 422
    again = sends(page_of(response).one("form", class_="talk"))
    assert again["text"].strip() == "a note"
    assert again["c0-competency"] == "strategy"
    agree(pair.as_manager, review, ("the manager's step", "", ""))
    clash = post(pair.as_member, review, "sign_review", shown | {"text": "a note", "c0-text": "the member's step"})
    assert clash.status_code == 409
    again = sends(page_of(clash).one("form", class_="talk"))
    assert (again["text"].strip(), again["c0-text"]) == ("a note", "the member's step")
    assert Agenda.objects.get().text == ""
    review.refresh_from_db()
    assert review.signed_by_subject_at is None


def test_both_places_are_drawn_and_nobody_is_called_you(pair: Pair, review: Review) -> None:
    for client in (pair.as_member, pair.as_manager):
        page = page_of(client.get(reverse("show_together", args=[review.pk])))
        pictures = page.all("svg", class_="ladder-picture")
        titles = [picture.all("title")[0].text for picture in pictures]
        assert titles == [f"The place on the ladder as {name} sees it" for name in ("Ada Lind", "Seun Bello")]
        assert all("you" not in picture.text.split() for picture in pictures)
        ids = [node.attrs["id"] for picture in pictures for node in picture if "id" in node.attrs]
        assert len(ids) == len(set(ids)) == 4
