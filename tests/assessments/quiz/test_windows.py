"""Two windows on one question, replays and late arrivals: nothing is overwritten unseen."""

from typing import Any

import pytest
from django.test import Client

from assessments.models import Assessment
from tests.assessments.quiz.quiz_steps import answer, said, start
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
ONE, TWO = "a" * 16, "b" * 16
"""The names of two open pages."""


def versus(page: Node) -> list[str]:
    """What a conflict shows of the other window and of this one."""
    return [node.text for node in page.one("dl", class_="versus").all("dd")]


@pytest.mark.parametrize("htmx", [True, False])
def test_an_answer_changed_in_another_window_is_shown_beside_ones_own(
    draft: Assessment, client: Client, htmx: bool
) -> None:
    anchors = draft.rubric.competencies["data"].anchors
    answer(client, draft, "data", step="2", evidence="The other", revision="0", page=ONE, page_save="1")
    response = answer(
        client, draft, "data", htmx=htmx, step="4", evidence="Mine <i>", revision="0", page=TWO, page_save="1"
    )
    assert response.status_code == 409
    page = page_of(response)
    assert versus(page) == [f"{anchors[1]} – The other", f"{anchors[3]} – Mine <i>"]
    assert page.one(id="save").attrs["data-state"] == "conflict"
    assert page.one(id="revision").attrs["value"] == "1"
    assert bool(page.all("h1")) is not htmx
    assert said(draft) == {"data": (2, "The other", 1)}


def test_a_conflict_names_answers_that_are_no_step(client: Client, rubric: Any) -> None:
    for one, two, shown in (
        ("0", "no_chance", ["Not yet", "No chance so far"]),
        ("no_chance", "0", ["No chance so far", "Not yet"]),
    ):
        draft = start(client)
        answer(client, draft, "data", step=one, revision="0", page=ONE, page_save="1")
        assert versus(page_of(answer(client, draft, "data", step=two, revision="0", page=TWO))) == shown


def test_the_person_can_keep_what_is_here(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="2", evidence="The other", revision="0", page=ONE, page_save="1")
    page = page_of(answer(client, draft, "data", step="4", evidence="Mine", revision="0", page=TWO))
    form = page.one("form", id="answer")
    assert sends(form) | {"step": "4", "evidence": "Mine", "revision": "1"} == sends(form)
    response = answer(client, draft, "data", **{**sends(form), "csrfmiddlewaretoken": "", "go": "stay"})
    assert response.url == f"/quiz/{draft.pk}/?at=data"
    assert said(draft) == {"data": (4, "Mine", 2)}


def test_the_person_can_take_the_other(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="2", revision="0", page=ONE, page_save="1")
    page = page_of(answer(client, draft, "data", step="4", revision="0", page=TWO))
    link = next(node for node in page.one(id="clash").all("a") if node.text == "Take the other one")
    again = page_of(client.get(link.attrs["href"]))
    assert sends(again.one("form", id="answer"))["step"] == "2"
    assert sends(again.one("form", id="answer"))["revision"] == "1"


def test_two_windows_that_say_the_same_don_t_disagree(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="2", evidence="Same", revision="0", page=ONE, page_save="1")
    again = answer(client, draft, "data", htmx=True, step="2", evidence="Same", revision="0", page=TWO, page_save="1")
    assert again.status_code == 200
    assert said(draft) == {"data": (2, "Same", 1)}


# Replays and late arrivals


def test_a_save_that_comes_twice_counts_once(draft: Assessment, client: Client) -> None:
    same = {"step": "3", "evidence": "Once", "revision": "0", "page": ONE, "page_save": "1"}
    first, second = (answer(client, draft, "data", htmx=True, **same) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert page_of(second).one(id="revision").attrs["value"] == "1"
    assert said(draft) == {"data": (3, "Once", 1)}


def test_a_late_save_of_the_same_page_changes_nothing(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="4", evidence="Later", revision="0", page=ONE, page_save="2")
    late = answer(client, draft, "data", htmx=True, step="3", evidence="Sooner", revision="0", page=ONE, page_save="1")
    assert late.status_code == 200
    assert said(draft) == {"data": (4, "Later", 1)}


def test_a_newer_save_of_the_same_page_wins_before_it_knows_its_revision(draft: Assessment, client: Client) -> None:
    for count, step in enumerate("315", start=1):
        save = {"step": step, "revision": "0", "page": ONE, "page_save": str(count)}
        assert answer(client, draft, "data", htmx=True, **save).status_code == 200
    assert said(draft) == {"data": (5, "", 3)}


def test_a_page_that_wrote_before_another_one_has_no_rights_left(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="1", revision="0", page=ONE, page_save="1")
    answer(client, draft, "data", step="2", revision="1", page=TWO, page_save="1")
    assert answer(client, draft, "data", step="3", revision="1", page=ONE, page_save="2").status_code == 409
    assert said(draft) == {"data": (2, "", 2)}


def test_pages_without_a_name_are_not_one_page(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="1", revision="0", page_save="1")
    assert answer(client, draft, "data", step="2", revision="0", page_save="2").status_code == 409
    answer(client, draft, "strategy", step="1", revision="0", page=ONE, page_save="5")
    assert answer(client, draft, "strategy", step="2", revision="0", page_save="6").status_code == 409
    assert said(draft) == {"data": (1, "", 1), "strategy": (1, "", 1)}


def test_a_revision_that_never_was_is_a_conflict(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="1", revision="0", page=ONE, page_save="1")
    assert answer(client, draft, "data", step="2", revision="2000000000", page=TWO).status_code == 409
    assert said(draft) == {"data": (1, "", 1)}
