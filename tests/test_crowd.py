"""The crowd of trials/scale: the same seed makes the same people, and what it makes holds the rules of the database."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Assessment, Outcome, Rating, Review, Round, Share
from people.models import Membership, Organisation, TeamMembership, User
from tests.assessments.teams.team_cast import names_in
from tests.factories import client_of
from tests.pages import page_of
from trials.scale.crowd import main, make_crowd

pytestmark = pytest.mark.django_db
PAGES = ["/organisations/{0}/", "/organisations/{0}/people/", "/rounds/{1}/"]


def told(slug: str) -> list[Any]:
    people = User.objects.filter(memberships__organisation__slug=slug).order_by("email")
    copies = Share.objects.filter(organisation__slug=slug).order_by("author__email")
    return [list(people.values_list("name", "held_level")), list(copies.values_list("answers", "held"))]


def test_it_says_what_it_made(rubric: Any) -> None:
    said = make_crowd(members=23, team_size=10)
    assert said.startswith("crowd: 23 members and 3 managers in 3 teams; ")
    crowd = Organisation.objects.get(slug="crowd")
    assert Membership.objects.filter(organisation=crowd).count() == 23 + 3 + 1
    assert TeamMembership.objects.filter(organisation=crowd, role="member").count() == 23
    submitted = Assessment.objects.filter(kind="self", status="submitted")
    shares, reviews = Share.objects.filter(organisation=crowd), Review.objects.filter(organisation=crowd)
    assert f"{submitted.count()} submitted, {shares.count()} shared, {reviews.count()} reviewed." in said
    assert reviews.count() > 0
    for user in User.objects.all():
        user.full_clean()
        assert user.home.kind == "personal"


def test_what_it_makes_is_what_submitting_makes(rubric: Any) -> None:
    make_crowd(members=12, team_size=12)
    for outcome in Outcome.objects.select_related("assessment").prefetch_related("assessment__ratings"):
        assessment = outcome.assessment
        assert assessment.status == "submitted"
        assert assessment.submitted_at
        answers = assessment.answers()
        assert outcome.answers == answers
        assert outcome.result == assessment.score(answers).as_json()
        assert {item.organisation_id for item in assessment.ratings.all()} == {assessment.organisation_id}
    with pytest.raises(Exception, match="does not change"):
        Rating.objects.filter(assessment__status="submitted").update(step=1, no_chance=False)


def test_the_same_seed_makes_the_same(rubric: Any) -> None:
    make_crowd(members=15, team_size=5, seed=7, slug="one")
    make_crowd(members=15, team_size=5, seed=7, slug="two")
    make_crowd(members=15, team_size=5, seed=8, slug="three")
    assert told("one") == told("two") != told("three")


def test_shares_and_reviews_can_be_left_out(rubric: Any) -> None:
    make_crowd(members=5, shared=0)
    assert Assessment.objects.exists()
    assert not Share.objects.exists()
    make_crowd(members=5, submitted=0, slug="quiet")
    assert not Assessment.objects.filter(subject__memberships__organisation__slug="quiet").exists()


def test_a_matrix_of_two_hundred_takes_seven_statements(rubric: Any) -> None:
    make_crowd(members=200, team_size=200)
    client = client_of(User.objects.get(email="manager-1.crowd@crowd.example"))
    client.get("/organisations/crowd/teams/crowd-1/")
    with CaptureQueriesContext(connection) as queries:
        page = page_of(client.get("/organisations/crowd/teams/crowd-1/?sort=gaps"))
    assert len(queries) == 7
    assert len(names_in(page)) == 50
    assert len(page.one("tbody").all("td", class_="cell")) == 50 * len(rubric.competencies)


def test_refusals_are_one_line(rubric: Any, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    Organisation.objects.create(kind="company", slug="taken", name="Taken")
    assert "small letters" in refusal(capsys, "--slug", "A b")
    assert "already" in refusal(capsys, "--slug", "taken")
    settings.PROFILE = "production"
    assert "PROFILE=local" in refusal(capsys)


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["--members", "1", *words]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert not User.objects.exists()
    return said.err


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite counts its steps")
def test_four_times_the_people_are_four_times_the_work(rubric: Any) -> None:
    """What a statement asks for each person anew grows with their square; it took 10,000 members 20 seconds."""
    few, many = (steps_of(slug, members) for slug, members in (("few", 25), ("many", 100)))
    assert [page for page in few if many[page] >= 6 * few[page]] == []


def steps_of(slug: str, members: int) -> dict[str, int]:
    """How many hundred steps SQLite's machine takes for each page."""
    make_crowd(members=members, slug=slug, team_size=20)
    today = timezone.localdate()
    organisation = Organisation.objects.get(slug=slug)
    opened = Round.objects.create(organisation=organisation, name="Round", starts_on=today, due_on=today)
    client = client_of(User.objects.get(email=f"owner.{slug}@crowd.example"))
    return {page: steps(client, page.format(slug, opened.pk)) for page in PAGES}


def steps(client: Client, path: str) -> int:
    client.get(path)
    taken: list[int] = []
    connection.connection.set_progress_handler(lambda: taken.append(1), 100)
    try:
        assert client.get(path).status_code == 200
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(taken)
