"""Levels in the words of other companies' schemes: chosen once, remembered, shown everywhere."""

from typing import Any

import pytest
from django.test import Client

from ladder.pages.schemes import places_of, rung_groups, rung_titles
from ladder.rubric import Rubric
from people.models import User
from tests.factories import shipped_ladder
from tests.pages import page_of

pytestmark = pytest.mark.django_db

LADDER = shipped_ladder()


def choose(client: Client, scheme: str, **headers: Any) -> Any:
    return client.post("/ladder/scheme/", {"scheme": scheme, "next": "/ladder/levels/pm/"}, headers=headers)


def test_every_level_is_on_one_rung_of_every_scheme_and_may_belong_to_a_second_in_part(rubric: Rubric) -> None:
    for scheme in LADDER.schemes:
        assert set(rung_titles(scheme)) == set(rubric.levels), scheme.slug
        assert sum(len(group.levels) for group in rung_groups(rubric, scheme)) == len(rubric.levels)
    five = next(place for place in places_of(rubric, "pm") if place.scheme.slug == "five-levels")
    assert five.whole is not None
    assert five.whole.title == "2 – Mid-level PM"
    assert [rung.title for rung in five.partly] == ["1 – APM or PM"]


def test_a_choice_is_remembered_and_shown_on_all_pages(client: Client, rubric: Rubric) -> None:
    response = choose(client, "five-levels")
    assert response.status_code == 302
    assert response["Location"] == "/ladder/levels/pm/"
    cookie = response.cookies["scheme"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("five-levels", "Lax", True)
    for path in ("/ladder/", "/ladder/levels/pm/", "/ladder/competencies/", "/ladder/tracks/", "/ladder/titles/"):
        page = page_of(client.get(path))
        said = page.text
        assert "2 – Mid-level PM" in said or "4 – Group PM or Director" in said, path
        assert [node.text for node in page.all("button", **{"aria-pressed": "true"})] == ["Five levels"], path


def test_the_map_is_grouped_by_the_rungs_of_the_scheme(client: Client, rubric: Rubric) -> None:
    choose(client, "four-tiers")
    page = page_of(client.get("/ladder/"))
    headings = [node.text for node in page.all("h3") if node.attrs.get("id", "").startswith("rung-")]
    assert headings == ["Entry", "Mid", "Senior", "Leadership"]
    assert "in part" in page.text
    assert "Leadership" in page.one("svg").text


def test_pages_in_another_scheme_are_other_pages_to_a_cache(client: Client, rubric: Rubric) -> None:
    ours = client.get("/ladder/")
    choose(client, "eight-rungs")
    theirs = client.get("/ladder/", headers={"If-None-Match": ours["ETag"]})
    assert theirs.status_code == 200
    assert theirs["Cache-Control"] == "public, max-age=300"
    assert "Cookie" in theirs["Vary"]


def test_signed_in_the_choice_goes_along_with_the_person(member: User, member_client: Client) -> None:
    choose(member_client, "four-tiers")
    member.refresh_from_db()
    assert member.scheme == "four-tiers"
    elsewhere = Client()
    elsewhere.force_login(member)
    assert "Four tiers: Mid" in page_of(elsewhere.get("/ladder/levels/pm/")).text
    choose(elsewhere, "")
    member.refresh_from_db()
    assert member.scheme == ""


def test_choosing_twice_is_choosing_once_and_anything_else_is_the_ladders_own_names(
    client: Client, rubric: Rubric
) -> None:
    for other in ("", "nine-lives", "\0", "x" * 10_000):
        for _ in range(2):
            choose(client, "four-tiers")
        assert "Four tiers: Mid" in page_of(client.get("/ladder/levels/pm/")).text
        assert choose(client, other).status_code == 302
        assert "Four tiers: Mid" not in page_of(client.get("/ladder/levels/pm/")).text, other


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        *(("Sec-Fetch-Site", "cross-site", 403), ("Sec-Fetch-Site", "same-site", 403)),
        *(("Origin", "https://evil.example", 403), ("Origin", "null", 403)),
        *(("Sec-Fetch-Site", "same-origin", 302), ("Origin", "http://testserver", 302)),
    ],
)
def test_other_sites_choose_for_nobody(member: User, name: str, value: str, status: int) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    assert choose(client, "four-tiers", **{name: value}).status_code == status
    member.refresh_from_db()
    assert member.scheme == ("four-tiers" if status == 302 else "")
