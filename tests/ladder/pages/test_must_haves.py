"""Sentences about must-haves are right for none, one and many, whatever a company's own ladder asks."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from ladder.document.format import LadderDocument
from ladder.pages import texts
from ladder.pages.comparing import compare, must_haves_of
from ladder.rubric import Rubric
from tests.factories import shipped_ladder
from tests.pages import page_of, parse


def changed(**parts: Any) -> Rubric:
    return Rubric(LadderDocument.model_validate(shipped_ladder().document() | parts), 1)


def asking(level: str, *must_haves: str) -> Rubric:
    """The shipped ladder, with these must-haves at one level; what else it asks counts as usual."""
    expectations = shipped_ladder().document()["expectations"]
    cells = {slug: {"step": 3, "weight": 3 if slug in must_haves else 2} for slug in expectations[level]}
    return changed(expectations=expectations | {level: cells})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("most", "short", "said"),
    [
        (2, 1, "with at most 2 must-haves short, never by more than 1 step. Doing more"),
        (1, 2, "with at most 1 must-have short, never by more than 2 steps. Doing more"),
        (0, 1, "It is close from 70 % on, with no must-have short. Doing more"),
        (2, 0, "It is close from 70 % on, with no must-have short. Doing more"),
    ],
)
def test_when_a_level_is_close(
    client: Client, monkeypatch: pytest.MonkeyPatch, most: int, short: int, said: str
) -> None:
    policy = {"meets_at": 85, "close_at": 70, "close_max_blockers": most, "close_max_short": short}
    monkeypatch.setattr(
        "ladder.pages.views_reference.rubric_and_place", lambda _request: (changed(policy=policy), None)
    )
    text = page_of(client.get("/ladder/competencies/")).text
    assert said in text
    assert (
        "A level is met when every must-have is met and readiness reaches 85 %. It is close from 70 % on, with" in text
    )


@pytest.mark.parametrize(
    ("must_haves", "said"),
    [
        ((), "No must-haves here: what counts is the whole"),
        (("strategy",), "One must-have: Vision and strategy"),
        (("strategy", "influence"), "Two must-haves: Vision and strategy and Influence without authority"),
    ],
)
def test_what_a_level_must_have(must_haves: tuple[str, ...], said: str) -> None:
    rubric = asking("staff-pm", *must_haves)
    assert texts.must_haves_finding(rubric, must_haves_of(rubric, "staff-pm")) == said


@pytest.mark.parametrize(
    ("lower", "upper", "new", "gone"),
    [
        (("strategy",), ("influence",), "New must-have: Influence", "No longer a must-have, though still"),
        (("data", "strategy"), ("discovery", "influence"), "New must-haves: Discovery", "No longer must-haves, though"),
    ],
)
def test_what_a_comparison_says_of_them(lower: tuple[str, ...], upper: tuple[str, ...], new: str, gone: str) -> None:
    expectations = {
        level: asking(level, *must_haves).ladder.document()["expectations"][level]
        for level, must_haves in (("pm", lower), ("senior-pm", upper))
    }
    rubric = changed(expectations=shipped_ladder().document()["expectations"] | expectations)
    text = parse(
        render_to_string("ladder/pages/comparison.html", {"compared": compare(rubric, "pm", "senior-pm")})
    ).text
    assert new in text
    assert gone in text


def test_where_nobody_must_have_it() -> None:
    rubric = Rubric(shipped_ladder(), 1)
    assert texts.standing_finding(rubric, rubric.competencies["market-insight"]) == (
        "Not a must-have anywhere; CPO asks most, step 5"
    )
    assert texts.standing_finding(rubric, rubric.competencies["data"]) == (
        "Not a must-have anywhere; Staff PM and Principal PM ask most, step 4"
    )
