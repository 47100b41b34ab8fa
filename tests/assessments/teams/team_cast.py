"""A team with people in every state towards their manager, for the tests of its pages."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from assessments.models import Assessment, Review, Share
from assessments.reviews.review import choose, open_review, start_rating, submit_review
from assessments.scoring.values import Answer
from assessments.sharing.copies import share_with_team
from people.models import Organisation, Team, TeamMembership, User
from tests.factories import (
    exact_profile,
    give,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
)


@dataclass
class Cast:
    organisation: Organisation
    team: Team
    manager: User
    owner: User
    people: dict[str, User] = field(default_factory=dict)


def make_cast() -> Cast:
    organisation = make_organisation()
    team = make_team(organisation)
    manager = make_user("boss@example.com", name="Bea Boss")
    owner = make_user("owner@example.com", name="Olga Owner")
    join(manager, organisation)
    join(owner, organisation, "owner")
    join_team(manager, team, TeamMembership.Role.MANAGER)
    return Cast(organisation, team, manager, owner)


def add(cast: Cast, name: str, *, held: str = "pm") -> User:
    person = make_user(f"{name.lower()}@example.com", name=name, held_level=held)
    join(person, cast.organisation)
    join_team(person, cast.team)
    cast.people[name] = person
    return person


def steps(held: str = "pm", **changes: Answer) -> dict[str, Answer]:
    """What a level asks, with some changed; `_` stands for the hyphen."""
    return {**exact_profile(held), **{name.replace("_", "-"): step for name, step in changes.items()}}


def share(cast: Cast, person: User, *, held: str = "pm", notes: bool = False, **changes: Answer) -> Share:
    report = make_assessment(person, held=held, answers=steps(held, **changes), submitted=True)
    return share_with_team(Assessment.objects.get(pk=report.pk), cast.team, with_notes=notes)


def read_now(cast: Cast, person: User) -> Review:
    review = open_review(cast.team, person, cast.manager)
    choose(review, Review.Choice.READ_NOW)
    return review


def rate(cast: Cast, person: User, *, held: str = "pm", submitted: bool = True, **changes: Answer) -> Review:
    review = open_review(cast.team, person, cast.manager)
    give(start_rating(review, held), steps(held, **changes))
    if submitted:
        submit_review(review, at=timezone.now())
    return review


def row_of(page: Any, name: str) -> Any:
    """The row of a person in the matrix."""
    rows = [row for row in page.one(class_="matrix").all("tr") if row.all("th", scope="row")]
    found = [row for row in rows if row.one("th", scope="row").all("a")[0].text == name]
    assert len(found) == 1, f"{len(found)} rows of {name}"
    return found[0]


def names_in(page: Any) -> list[str]:
    return [row.one("th", scope="row").all("a")[0].text for row in page.one("tbody").all("tr")]


def cells_of(row: Any) -> list[str]:
    return [cell.text for cell in row.all("td", class_="cell")]
