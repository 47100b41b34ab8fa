"""Two of one's own reports side by side: what moved first, by today's rule, on whichever version each was made."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Assessment
from assessments.quiz.correct import correct
from assessments.scoring.values import NO_CHANCE
from ladder.document.format import LadderDocument
from ladder.models import load, rubric_of
from people.models import User
from tests.factories import exact_profile, give, make_assessment, submit_by_rule_one
from tests.pages import page_of

pytestmark = pytest.mark.django_db
PM = exact_profile("pm")


@pytest.fixture
def older(member: User) -> Assessment:
    draft = make_assessment(member, answers=PM)
    draft.submit(at=timezone.now() - datetime.timedelta(days=90))
    return draft


def newer(member: User, **answers: Any) -> Assessment:
    return make_assessment(member, answers=PM | answers, submitted=True)


def compared(client: Client, *reports: Assessment) -> Any:
    named = "&".join(f"{name}={item.pk}" for name, item in zip("ab", reports, strict=False))
    return client.get(f"/reports/compare/?{named}")


def said(rows: Any) -> list[tuple[str, str, str]]:
    return [(row.label, row.before, row.after) for row in rows]


def test_what_moved_and_the_rest_folded(older: Assessment, member: User, member_client: Client) -> None:
    now = newer(member, strategy=5, data=NO_CHANCE)
    for order in ((older, now), (now, older), (now,), ()):
        response = compared(member_client, *order)
        found = response.context["compared"]
        assert said(found.moved) == [
            ("Vision and strategy", "2", "5"),
            ("Data and experimentation", "2", "no chance so far"),
        ]
        assert len(found.still) == len(PM) - 2
        assert found.alone == []
    page = page_of(response)
    assert "What moved" in page.text
    assert f"{len(PM) - 2} answers" in page.one("details").text


def test_corrected_reports_are_compared_as_they_are_now(older: Assessment, member: User, member_client: Client) -> None:
    now = newer(member)
    correct(older, "strategy", 1, "")
    response = compared(member_client, older, now)
    assert said(response.context["compared"].moved) == [("Vision and strategy", "1", "2")]
    assert "corrected on" in page_of(response).text


def test_both_by_todays_rule(member: User, member_client: Client) -> None:
    first = make_assessment(member, answers=PM)
    submit_by_rule_one(first, low="before-first", high="before-first")
    response = compared(member_client, first, newer(member))
    found = response.context["compared"]
    assert found.moved == found.moved_rows == []
    assert "by today’s rule" in page_of(response).text
    assert "Nothing that can be compared." in page_of(response).text


def of_version(member: User, ladder: dict[str, Any], answers: dict[str, Any]) -> Assessment:
    rubric = rubric_of(load(LadderDocument.model_validate(ladder))[0].pk)
    draft = Assessment.objects.create(
        organisation=member.home, ladder_version_id=rubric.key, subject=member, rater=member
    )
    give(draft, answers)
    draft.submit(at=timezone.now())
    return draft


def test_versions_that_ask_otherwise(member: User, member_client: Client) -> None:
    """The same steps: only what both ask is compared. Other steps: nothing is. Another ladder: nothing either."""
    said_of = {"full": ["Draws a screen.", "Draws a journey.", "Sets how we draw."]}
    more = {"full": [*said_of["full"], "Is asked by others."]}
    base = {"slug": "table", "title": "Design", "levels": [{"title": "Junior"}, {"title": "Lead"}]}
    first = of_version(
        member,
        base | {"competencies": [{"name": "Craft"} | said_of, {"name": "Talk"} | said_of]},
        {"craft": 1, "talk": 2},
    )
    both = [{"name": "Craft"} | said_of, {"name": "Listening"} | said_of]
    second = of_version(member, base | {"version": 2, "competencies": both}, {"craft": 2})
    third = of_version(member, base | {"version": 3, "competencies": [{"name": "Craft"} | more]}, {"craft": 2})
    found = compared(member_client, first, second).context["compared"]
    assert said(found.moved) == [("Craft", "1", "2")]
    assert said(found.alone) == [("Listening", "–", "open"), ("Talk", "2 of 3", "–")]
    response = compared(member_client, second, third)
    found = response.context["compared"]
    assert (found.moved, found.still) == ([], [])
    assert said(found.alone) == [("Craft", "2 of 3", "2 of 4"), ("Listening", "open", "–")]
    assert "counted steps otherwise" in page_of(response).text
    response = compared(member_client, third, newer(member))
    assert response.context["compared"].moved == []
    assert "different ladders" in page_of(response).text


def test_with_none_one_and_the_same(member: User, member_client: Client) -> None:
    assert "You have no report yet." in page_of(member_client.get("/reports/compare/")).text
    only = newer(member)
    assert "You have one report so far." in page_of(member_client.get("/reports/compare/")).text
    newer(member)
    response = compared(member_client, only, only)
    assert response.status_code == 422
    assert "Choose two different ones." in page_of(response).text


def test_only_ones_own(older: Assessment, member: User, member_client: Client, stranger: User) -> None:
    theirs, draft = newer(stranger), make_assessment(member)
    for other in (theirs, draft):
        assert compared(member_client, older, other).status_code == 404
    for raw in ("nothing", "a\0b", "0" * 99):
        assert member_client.get("/reports/compare/", {"a": raw}).status_code == 404
    assert Client().get(f"/reports/compare/?a={older.pk}&b={theirs.pk}").status_code == 404
