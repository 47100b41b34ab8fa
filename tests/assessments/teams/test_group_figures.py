"""Figures over people who did not share with the viewer: from five up, one cut, and nothing to subtract."""

import datetime
import uuid
from typing import Any

import pytest
from django.test import Client

from assessments.teams.group_figures import SMALLEST_GROUP, Figure, group_figures
from assessments.teams.matrix import GivenAnswers, Person, Row, Status, row_of
from assessments.teams.words import group_share
from ladder.rubric import Rubric
from tests.assessments.teams.team_cast import Cast, add, make_cast, share
from tests.factories import client_of, exact_profile, make_team, shipped_ladder
from tests.pages import page_of

RUBRIC = Rubric(ladder=shipped_ladder(), version=1)
DAY = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
URL = "/organisations/lantern/strengths/"


def row(data: int) -> Row:
    said = GivenAnswers({**exact_profile("pm"), "data": data}, DAY, RUBRIC, "pm")
    return row_of(Person(uuid.uuid4(), "", Status.NOT_SHARED, said=said), RUBRIC)


def figures(steps: list[int]) -> dict[str, Figure]:
    return {item.competency.slug: item for item in group_figures(steps, row, RUBRIC).figures}


def test_five_are_a_group_and_fewer_are_none() -> None:
    for people in range(SMALLEST_GROUP):
        assert group_figures([5] * people, row, RUBRIC).people == 0
        assert figures([5] * people) == {}
    assert figures([0, 0, 5, 5, 5])["data"] == Figure(RUBRIC.competencies["data"], 5, 3)


def test_one_more_person_changes_nothing() -> None:
    """The figures before and after somebody shares can't be subtracted: they are the same until five have."""
    before = figures([0, 0, 5, 5, 5])
    for more in range(1, SMALLEST_GROUP):
        assert figures([0, 0, 5, 5, 5] + [0] * more) == before
    assert figures([0, 0, 5, 5, 5] + [0] * SMALLEST_GROUP)["data"].asked == 10


def test_a_competency_asked_of_fewer_than_five_has_no_figure() -> None:
    def as_row(level: str) -> Row:
        return row_of(
            Person(uuid.uuid4(), "", Status.NOT_SHARED, said=GivenAnswers(exact_profile(level), DAY, RUBRIC, level)),
            RUBRIC,
        )

    slug = next(
        item
        for item in RUBRIC.competencies
        if RUBRIC.expectation("pm", item).weight and not RUBRIC.expectation("apm", item).weight
    )
    found = {item.competency.slug for item in group_figures(["pm"] * 4 + ["apm"], as_row, RUBRIC).figures}
    assert slug not in found
    assert slug in {item.competency.slug for item in group_figures(["pm"] * 5, as_row, RUBRIC).figures}


def test_all_and_nobody_are_never_said() -> None:
    said = [group_share(Figure(RUBRIC.competencies["data"], 5, met)) for met in range(6)]
    assert said == ["at most 1 of 5", "at most 1 of 5", "2 of 5", "3 of 5", "at least 4 of 5", "at least 4 of 5"]


# On the page


@pytest.fixture
def cast(rubric: Any) -> Cast:
    return make_cast()


def shown(client: Client, query: str = "") -> dict[str, str]:
    page = page_of(client.get(f"{URL}{query}"))
    return {row.one("th").text: row.one("td").text for body in page.all("tbody") for row in body.all("tr")}


@pytest.mark.django_db
def test_from_five_people_up_and_without_cuts(cast: Cast, rubric: Any) -> None:
    client = client_of(cast.owner)
    for n in range(4):
        share(cast, add(cast, f"P{n}"), data=0 if n < 2 else 5)
    assert shown(client) == {}
    share(cast, add(cast, "P4"), data=5)
    name = rubric.competencies["data"].name
    whole = shown(client)
    assert whole[name] == "3 of 5"
    # No part of the address narrows it, and nobody is named.
    for query in ("?team=checkout", "?level=pm", "?area=impact", "?gap=data", "?before=2026-01-01", "?view=mine"):
        assert shown(client, query) == whole
    assert "P3" not in client.get(URL).content.decode()


@pytest.mark.django_db
def test_a_person_in_two_teams_counts_once(cast: Cast, rubric: Any) -> None:
    from tests.factories import join_team

    for n in range(4):
        share(cast, add(cast, f"P{n}"))
    second = make_team(cast.organisation, "Search", "search")
    join_team(cast.people["P0"], second)
    cast.team = second
    share(cast, cast.people["P0"])
    assert shown(client_of(cast.owner)) == {}
