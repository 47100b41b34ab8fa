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
def test_an_answer_of_another_window_is_shown_beside_ones_own(draft: Assessment, client: Client, htmx: bool) -> None:
    data = draft.rubric.competencies["data"]
    answer(client, draft, "data", step="2", evidence="The other", revision="0", page=ONE, page_save="1")
    response = answer(
        client, draft, "data", htmx=htmx, step="4", evidence="Mine <i>", revision="0", page=TWO, page_save="1"
    )
    assert response.status_code == 409
    page = page_of(response)
    assert versus(page) == [f"{data.short_of(2)} – The other", f"{data.short_of(4)} – Mine <i>"]
    assert page.one(id="save").attrs["data-state"] == "conflict"
    assert page.one(id="revision").attrs["value"] == "1"
    assert bool(page.all("h1")) is not htmx
    assert said(draft) == {"data": (2, "The other", 1)}


def test_a_conflict_names_answers_that_are_no_step(client: Client, rubric: Any) -> None:
    for one, two, shown in (
        ("0", "no_chance", ["Not yet", "No chance at work so far"]),
        ("no_chance", "0", ["No chance at work so far", "Not yet"]),
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


# Replays and late arrivals

# What happens → the saves as (step, revision known, page, number of the page's save, status), and what is kept.
SAVES: dict[str, tuple[list[tuple[str, int, str, int, int]], tuple[int, int]]] = {
    "one that comes twice counts once": ([("3", 0, ONE, 1, 200)] * 2, (3, 1)),
    "the same in two windows is no conflict": ([("2", 0, ONE, 1, 200), ("2", 0, TWO, 1, 200)], (2, 1)),
    "a late one of the same page changes nothing": ([("4", 0, ONE, 2, 200), ("3", 0, ONE, 1, 200)], (4, 1)),
    "a newer one of the same page wins before it knows its revision": (
        [("3", 0, ONE, 1, 200), ("1", 0, ONE, 2, 200), ("5", 0, ONE, 3, 200)],
        (5, 3),
    ),
    "a page that wrote before another one has no rights left": (
        [("1", 0, ONE, 1, 200), ("2", 1, TWO, 1, 200), ("3", 1, ONE, 2, 409)],
        (2, 2),
    ),
    "pages without a name are not one page": ([("1", 0, "", 1, 200), ("2", 0, "", 2, 409)], (1, 1)),
    "nor is one without a name the one with": ([("1", 0, ONE, 5, 200), ("2", 0, "", 6, 409)], (1, 1)),
    "a revision that never was is a conflict": ([("1", 0, ONE, 1, 200), ("2", 2_000_000_000, TWO, 1, 409)], (1, 1)),
}


@pytest.mark.parametrize("name", SAVES)
def test_saves_that_come_twice_late_or_without_a_page(draft: Assessment, client: Client, name: str) -> None:
    saves, (kept, written) = SAVES[name]
    for step, known, page, number, status in saves:
        said_by = {"revision": str(known), "page_save": str(number)} | ({"page": page} if page else {})
        response = answer(client, draft, "data", htmx=True, step=step, **said_by)
        assert response.status_code == status
    assert said(draft) == {"data": (kept, "", written)}
    # What comes back is the revision that is stored.
    assert page_of(response).one(id="revision").attrs["value"] == str(written)
