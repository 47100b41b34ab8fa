"""Saving an answer: what is acknowledged is there, what does not fit changes nothing, nothing sent can break it."""

from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import EVIDENCE_MAX, Assessment, FrozenError, Outcome
from assessments.quiz.save import SentAnswer, save_answer
from assessments.scoring.values import NO_CHANCE
from tests.assessments.quiz.quiz_steps import answer, said, start, submit
from tests.pages import page_of, sends

pytestmark = pytest.mark.django_db
ONE, TWO = "a" * 16, "b" * 16
"""The names of two open pages."""


@pytest.fixture
def key(draft: Assessment) -> int:
    return draft.rubric.competency_keys["data"]


def test_a_first_answer_is_stored(client: Client, rubric: Any) -> None:
    for htmx, (step, kept) in product([True, False], {"0": 0, "3": 3, "5": 5, "no_chance": NO_CHANCE}.items()):
        draft = start(client)
        response = answer(client, draft, "data", htmx=htmx, step=step, evidence="  Cut churn ", revision="0", page=ONE)
        assert response.status_code == (200 if htmx else 302)
        assert said(draft) == {"data": (kept, "Cut churn", 1)}


def test_the_part_that_comes_back_says_saved_and_with_which_revision(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="3")
    part = page_of(answer(client, draft, "data", htmx=True, step="4", revision="1", page=ONE, page_save="1"))
    assert part.one(id="save").attrs["data-state"] == "saved"
    assert part.one(id="revision").attrs["value"] == "2"
    assert part.one(id="revision").attrs["hx-swap-oob"] == "true"
    assert part.one(id="progress").one("progress").attrs["value"] == "1"
    assert part.one(id="evidence-error").text == part.one(id="clash").text == ""
    assert not part.all("h1"), "a part holds no page"


def test_what_is_not_named_stays_as_it_is(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="3", evidence="Cut churn")
    answer(client, draft, "data", step="4")
    assert said(draft) == {"data": (4, "Cut churn", 2)}
    answer(client, draft, "data", evidence="Cut churn in May")
    assert said(draft) == {"data": (4, "Cut churn in May", 3)}
    answer(client, draft, "data", step="no_chance")
    assert said(draft) == {"data": (NO_CHANCE, "Cut churn in May", 4)}
    answer(client, draft, "data", step="1", evidence="")
    assert said(draft) == {"data": (1, "", 5)}


def test_evidence_keeps_lines_and_letters_and_may_be_as_long_as_one_types(draft: Assessment, client: Client) -> None:
    """A browser counts a line end as one character and sends two."""
    answer(client, draft, "data", step="3", evidence="Löste <b>ein</b>\r\nProblem – \U0001f41d")
    assert said(draft)["data"][1] == "Löste <b>ein</b>\nProblem – \U0001f41d"
    typed = "a\n" * (EVIDENCE_MAX // 2 - 1) + "ab"
    assert len(typed) == EVIDENCE_MAX
    assert answer(client, draft, "data", step="3", evidence=typed.replace("\n", "\r\n")).status_code == 302
    assert said(draft)["data"][1] == typed


# What does not fit

BAD = [
    *[({"step": step}, "Choose one of the answers") for step in ("6", "-1", "x", "3\0", "٣", "9" * 10_000)],
    ({"evidence": "e" * 10_000}, "This is 10000 characters long; 2000 fit. Nothing was cut off"),
    ({"evidence": "e" * (EVIDENCE_MAX + 1)}, "This is 2001 characters long; 2000 fit."),
    ({"evidence": "a\0b"}, "This holds a character that can’t be stored."),
    *[({"revision": value}, said) for value, said in (("-1", "0"), ("x", "whole number"), ("9" * 5_000, "whole"))],
    *[({"revision": str(10**30)}, "2000000000"), ({"page": "nobody’s"}, "valid value"), ({"page": "f" * 33}, "valid")],
    *[({"page_save": "1000001"}, "1000000"), ({"page_save": "1.5"}, "whole number")],
]


def test_what_does_not_fit_gets_a_sentence_and_changes_nothing(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="3", evidence="Kept")
    for htmx, (fields, sentence) in product([True, False], BAD):
        response = answer(client, draft, "data", htmx=htmx, **{"step": "4", **fields})
        assert response.status_code == 422, fields
        page = page_of(response)
        assert sentence in page.one(id="evidence-error").text
        assert page.one(id="save").attrs["data-state"] == "refused"
    assert said(draft) == {"data": (3, "Kept", 1)}


def test_evidence_that_is_too_long_stays_in_the_page_as_typed(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="1", evidence="Short")
    typed = "word " * 2_000 + "end"
    page = page_of(answer(client, draft, "data", step="4", evidence=typed, revision="1"))
    form = page.one("form", id="answer")
    assert sends(form) | {"step": "4", "evidence": typed, "revision": "1"} == sends(form)
    assert page.one("textarea").attrs["aria-invalid"] == "true"
    # For a script only the message comes: the page keeps what was typed by itself.
    part = page_of(answer(client, draft, "data", htmx=True, step="4", evidence=typed, revision="1"))
    assert not part.all("textarea")
    assert said(draft) == {"data": (1, "Short", 1)}


def test_a_competency_that_is_none_is_not_found(draft: Assessment, client: Client) -> None:
    for htmx, competency in product([True, False], ("nonsense", "Data", "data-", "0", "x" * 5_000)):
        assert answer(client, draft, competency, htmx=htmx, step="3").status_code == 404
    assert said(draft) == {}


def test_a_field_that_comes_twice_counts_as_its_last(draft: Assessment, client: Client) -> None:
    body = "step=2&step=4&evidence=one&evidence=two&revision=7&revision=0"
    url = f"/quiz/{draft.pk}/answer/data/"
    assert client.post(url, body, content_type="application/x-www-form-urlencoded").status_code == 302
    assert said(draft) == {"data": (4, "two", 1)}


def test_a_body_that_is_no_form_breaks_nothing(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="1", evidence="Kept")
    plain = "application/x-www-form-urlencoded"
    for body, kind in (
        ("&".join(f"f{n}=1" for n in range(300)), plain),
        ("evidence=" + "e" * 1_100_000, plain),
        ("no boundary", "multipart/form-data"),
        ("no such boundary", "multipart/form-data; boundary=x"),
        ('{"step": 3}', "application/json"),
        ("step=" + quote("3") + "&evidence=%FF%FE", plain),
    ):
        response = client.post(f"/quiz/{draft.pk}/answer/data/", body, content_type=kind)
        assert response.status_code in {302, 400, 422}
        assert said(draft)["data"][0] == (3 if "step=3" in body else 1), body[:20]


def test_a_session_that_ended_in_the_middle_is_told_so(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="3")
    client.cookies.clear()
    here = f"http://testserver/quiz/{draft.pk}/?at=data"
    response = client.post(
        f"/quiz/{draft.pk}/answer/data/", {"step": "5"}, headers={"HX-Request": "true", "HX-Current-URL": here}
    )
    assert response.status_code == 401
    assert (response.headers["HX-Retarget"], response.headers["HX-Reswap"]) == ("#save", "outerHTML")
    part = page_of(response)
    assert "Not saved – you are logged out." in part.one(id="save").text
    assert part.one("a").attrs["href"] == f"/account/login/?next=/quiz/{draft.pk}/%3Fat%3Ddata"
    assert answer(client, draft, "data", step="5").status_code == 404
    assert said(draft) == {"data": (3, "", 1)}


def test_a_visitor_without_their_cookie_is_not_asked_to_log_in_again(draft: Assessment, client: Client) -> None:
    """They have no account: what is on the page can be copied, and another run begun."""
    typed = sends(page_of(client.get(f"/quiz/{draft.pk}/?at=data")).one("form", id="answer"))
    client.cookies.clear()
    response = answer(client, draft, "data", htmx=True, **(typed | {"step": "5"}))
    assert response.status_code == 401
    mark = page_of(response).one(id="save")
    assert "this browser no longer knows which answers are yours" in mark.text
    assert "you are logged out" not in mark.text
    assert mark.all("a")[0].attrs["href"] == "/quiz/start/"


def test_a_submitted_answer_no_longer_changes(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="3", evidence="Kept")
    submit(client, draft)
    for htmx, fields in product([True, False], ({"step": "5"}, {"step": "6"}, {"evidence": "New"}, {"go": "next"})):
        response = answer(client, draft, "data", htmx=htmx, **fields)
        assert response.status_code == 409
        page = page_of(response)
        assert "submitted" in page.text
        assert page.all("a", href=f"/reports/{draft.pk}/")
        assert bool(page.all("h1")) is not htmx
        if htmx:
            assert response.headers["HX-Retarget"] == "#save"
            assert page.one(id="save").attrs["data-state"] == "frozen"
        assert answer(client, draft, "strategy", htmx=htmx, step="5").status_code == 409
    assert said(draft) == {"data": (3, "Kept", 1)}


# The statement itself, with an assessment that was read before somebody else submitted it


def test_a_submit_that_comes_between_look_and_write_is_respected(draft: Assessment, key: int) -> None:
    save_answer(draft, key, SentAnswer(answer=3))
    assert Assessment.objects.get(pk=draft.pk).submit(at=timezone.now())
    assert draft.is_draft, "this object does not know yet"
    for competency in (key, draft.rubric.competency_keys["strategy"]):
        with pytest.raises(FrozenError):
            save_answer(draft, competency, SentAnswer(answer=5))
    assert said(draft) == {"data": (3, "", 1)}
    assert Outcome.objects.get().result["targets"]["senior-pm"]["unanswered"].count("data") == 0


def test_a_save_says_when_it_was(draft: Assessment, key: int) -> None:
    before = timezone.now()
    save_answer(draft, key, SentAnswer(answer=3))
    first = draft.ratings.get()
    save_answer(draft, key, SentAnswer(answer=4))
    second = draft.ratings.get()
    assert before <= first.updated_at <= second.updated_at <= timezone.now()
    assert first.created_at == second.created_at
    assert (first.id, second.revision) == (second.id, 2)
