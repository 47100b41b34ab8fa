"""Figures over people who did not share with the viewer: once for a round, over people nobody can choose."""

import datetime
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from assessments.models import GroupFigure, Round, Share
from assessments.rounds.rounds import close, reopen
from assessments.sharing.copies import share_with_team, withdraw
from assessments.teams.group_figures import SMALLEST_GROUP, Figure, group_figures
from assessments.teams.matrix import GivenAnswers, Person, Row, Status, row_of
from assessments.teams.words import group_share
from ladder.rubric import Rubric
from people.models import Membership, User
from people.organisations.organisations import leave
from tests.assessments.teams.team_cast import Cast, add, make_cast, share
from tests.factories import client_of, exact_profile, join_team, make_team, shipped_ladder
from tests.pages import page_of

RUBRIC = Rubric(ladder=shipped_ladder(), version=1)
DAY = datetime.timedelta(days=1)


def row(data: int, level: str = "pm") -> Row:
    said = GivenAnswers({**exact_profile(level), "data": data}, timezone.now(), RUBRIC, level)
    return row_of(Person(uuid.uuid4(), "", Status.NOT_SHARED, said=said), RUBRIC)


def figures(rows: list[Row]) -> dict[str, Figure]:
    return {item.competency.slug: item for item in group_figures(rows, RUBRIC)}


def test_five_are_a_group_and_fewer_are_none() -> None:
    for people in range(SMALLEST_GROUP):
        assert figures([row(5)] * people) == {}
    assert figures([row(step) for step in (0, 0, 5, 5, 5)])["data"] == Figure(RUBRIC.competencies["data"], 5, 3)


def test_a_competency_asked_of_fewer_than_five_has_no_figure() -> None:
    slug = next(
        item
        for item in RUBRIC.competencies
        if RUBRIC.expectation("pm", item).weight and not RUBRIC.expectation("apm", item).weight
    )
    assert slug not in figures([row(3)] * 4 + [row(3, "apm")])
    assert slug in figures([row(3)] * 5)


def test_all_and_nobody_are_never_said() -> None:
    said = [group_share(5, *Figure(RUBRIC.competencies["data"], 5, met).bounds) for met in range(6)]
    assert said == ["at most 1 of 5", "at most 1 of 5", "2 of 5", "3 of 5", "at least 4 of 5", "at least 4 of 5"]


# In a round


@pytest.fixture
def cast(rubric: Any) -> Cast:
    return make_cast()


def make_round(cast: Cast, name: str = "Spring", **fields: Any) -> Round:
    today = timezone.now().date()
    dates = {"starts_on": today - 7 * DAY, "due_on": today + 7 * DAY}
    return Round.objects.create(organisation=cast.organisation, name=name, **(dates | fields))


def longer_here(*people: User, days: int = 200) -> None:
    Membership.objects.filter(user__in=people).update(joined_at=timezone.now() - days * DAY)


def givers(cast: Cast, count: int, start: int = 0) -> list[User]:
    """People who have been here for long and share: every other one is short in `data`."""
    people = [add(cast, f"P{number}") for number in range(start, start + count)]
    for number, person in enumerate(people):
        share(cast, person, data=number % 2 * 5)
    longer_here(*people)
    return people


def shown(cast: Cast, item: Round) -> dict[str, str]:
    page = page_of(client_of(cast.owner).get(f"/rounds/{item.pk}/"))
    tables = [body for body in page.all("tbody") if body.all("td", class_="num")]
    return {row.one("th").text: row.one("td").text for body in tables for row in body.all("tr")}


def counted(item: Round) -> list[int]:
    return [row.people for row in GroupFigure.objects.filter(round=item)]


@pytest.mark.django_db
def test_the_page_of_a_closed_round_shows_them_and_no_other_page(cast: Cast, rubric: Any) -> None:
    item = make_round(cast)
    givers(cast, 6)
    assert shown(cast, item) == {}, "not while it is open"
    close(item)
    whole = shown(cast, item)
    assert whole[rubric.competencies["data"].name] == "3 of 6"
    client = client_of(cast.owner)
    for query in ("?team=checkout", "?level=pm", "?gap=data", "?before=2026-01-01", "?view=mine"):
        assert shown(cast, item) == whole, query
    assert client.get("/organisations/lantern/strengths/").status_code == 404
    assert client_of(cast.manager).get(f"/rounds/{item.pk}/").status_code == 403
    reopen(item)
    assert shown(cast, item) == {}


@pytest.mark.django_db
def test_fewer_than_five_have_none_and_the_page_says_so(cast: Cast) -> None:
    item = make_round(cast)
    givers(cast, 4)
    close(item)
    assert counted(item) == []
    assert Round.objects.get(pk=item.pk).figures_at
    assert "fewer than five people" in page_of(client_of(cast.owner).get(f"/rounds/{item.pk}/")).text
    reopen(item)
    givers(cast, 4, 4)
    close(item)
    assert counted(item) == [], "a second closing computes nothing"


def owns(cast: Cast, person: User) -> None:
    Membership.objects.filter(user=person).update(role=Membership.Role.OWNER)


def administers(cast: Cast, person: User) -> None:
    Membership.objects.filter(user=person).update(role=Membership.Role.ADMIN)


def is_new(cast: Cast, person: User) -> None:
    longer_here(person, days=89)


def came_back(cast: Cast, person: User) -> None:
    Membership.objects.filter(user=person).update(left_at=timezone.now() - 10 * DAY)
    Membership.objects.create(organisation=cast.organisation, user=person, joined_at=timezone.now() - 9 * DAY)


def takes_back(cast: Cast, person: User) -> None:
    withdraw(Share.objects.get(author=person))


def left(cast: Cast, person: User) -> None:
    leave(cast.organisation, person.pk, by_owner=False)


def shared_before(cast: Cast, person: User) -> None:
    Share.objects.filter(author=person).update(shared_at=timezone.now() - 8 * DAY)


@pytest.mark.django_db
@pytest.mark.parametrize("but", [owns, administers, is_new, came_back, takes_back, left, shared_before])
def test_who_is_not_counted(cast: Cast, but: Any) -> None:
    """Who may read the figure or could be an account of theirs, and who gave nothing in the round that is there."""
    item = make_round(cast)
    people = givers(cast, 6)
    but(cast, people[0])
    close(item)
    assert counted(item) == [5]


@pytest.mark.django_db
def test_a_person_counts_once_by_their_newest_report(cast: Cast, rubric: Any) -> None:
    """With several copies, in two teams, and shared again."""
    item = make_round(cast)
    first, *_rest = givers(cast, 5)
    for _ in range(2):
        newest = share(cast, first, data=5)
    second = make_team(cast.organisation, "Search", "search")
    join_team(first, second)
    share_with_team(newest.source, second, with_notes=False)
    share_with_team(Share.objects.filter(author=first).earliest("submitted_at").source, cast.team, with_notes=True)
    close(item)
    assert counted(item) == [5]
    assert GroupFigure.objects.get().figures["data"] == [5, 3, 3]


@pytest.mark.django_db
def test_two_rounds_at_once_are_no_two_cuts(cast: Cast) -> None:
    """Closed one after the other, with one person's copy in between, their difference would be that person."""
    one, other = make_round(cast), make_round(cast, "The same again")
    givers(cast, 5)
    close(one)
    givers(cast, 1, 5)
    close(other)
    assert (counted(one), counted(other)) == ([5], [])
    third = make_round(cast, "Later", starts_on=timezone.now().date() - 300 * DAY)
    givers(cast, 5, 6)
    close(third)
    assert counted(third) == [6], "what no figure has counted yet still can be"


@pytest.mark.django_db
def test_what_happens_afterwards_changes_nothing(cast: Cast) -> None:
    item = make_round(cast)
    people = givers(cast, 5)
    close(item)
    before = shown(cast, item)
    share(cast, people[0], data=5)
    withdraw(Share.objects.filter(author=people[1]).get())
    givers(cast, 3, 5)
    Round.objects.filter(pk=item.pk).update(starts_on=timezone.now().date())
    for _ in range(2):
        reopen(item)
        close(item)
    assert shown(cast, item) == before


@pytest.mark.django_db
def test_the_database_keeps_them(cast: Cast) -> None:
    item = make_round(cast)
    givers(cast, 5)
    close(item)
    figure = GroupFigure.objects.filter(round=item)
    for attempt in (
        lambda: figure.update(people=50),
        figure.delete,
        item.delete,
        lambda: Round.objects.filter(pk=item.pk).update(figures_at=None),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    cast.organisation.is_erasing = True
    cast.organisation.save()
    figure.delete()
