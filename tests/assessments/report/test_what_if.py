"""Trying other steps on a report, and where the two ways part: what it says, to whom, and that nothing is saved."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.models import Assessment, Outcome, Rating
from assessments.report.parting import Parting, first_levels, part
from assessments.scoring.rule import score
from people.models import User
from tests.assessments.quiz.quiz_steps import HTMX
from tests.assessments.scoring.small_frameworks import (
    answers_to,
    exactly,
    ladder_versions,
    pm_framework,
    table_framework,
)
from tests.factories import exact_profile, make_assessment
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
laws = settings(max_examples=50, deadline=None)


@pytest.fixture
def own(member: User) -> Assessment:
    return make_assessment(member, answers=exact_profile("pm"), submitted=True)


def address(own: Assessment, name: str = "show_what_if") -> str:
    return reverse(name, args=[own.pk])


def result(page: Node) -> str:
    return page.one("section", id="outcome").text


def test_the_form_holds_the_report_and_changes_nothing(member_client: Client, own: Assessment) -> None:
    page = page_of(member_client.get(address(own)))
    form = page.one("form", method="get")
    said = sends(form)
    assert said.pop("target") == "senior-pm"
    assert said == {f"step-{slug}": str(step) for slug, step in exact_profile("pm").items()}
    assert "Change a step" in result(page)
    again = page_of(member_client.get(address(own), sends(form)))
    assert result(again) == result(page)


def test_other_steps_show_before_and_after_and_are_not_kept(member_client: Client, own: Assessment) -> None:
    before = list(Rating.objects.values()), list(Outcome.objects.values())
    page = page_of(member_client.get(address(own)))
    link = next(a for a in page.all("a", class_="btn") if "shortest" in a.text)
    assert "you would meet all that Senior PM asks" in result(
        page_of(member_client.get(address(own) + link.attrs["href"]))
    )
    steps = {f"step-{slug}": str(step) for slug, step in exact_profile("senior-pm").items()}
    text = result(page_of(member_client.get(address(own), steps | {"step-nonsense": "3", "other": "x"})))
    for words in ("you would meet all that Senior PM asks", "100 %, met", "Nothing is missing for Senior PM."):
        assert words in text
    assert (list(Rating.objects.values()), list(Outcome.objects.values())) == before


def test_a_value_that_is_no_step_and_a_level_that_is_none_are_told(member_client: Client, own: Assessment) -> None:
    for value in ("6", "-1", "two", "9" * 5000, "3\0", "²", " 3"):
        response = member_client.get(address(own), {"step-strategy": value, "step-data": "5"})
        assert response.status_code == 422
        page = page_of(response)
        field = page.one("select", name="step-strategy")
        assert field.attrs["aria-invalid"] == "true"
        assert field.around
        assert "from 0 to 5" in field.around.one("ul", class_="errorlist").text
        assert sends(page.one("form", method="get"))["step-data"] == "5"
        assert "Some values are no steps" in result(page)
    for level in ("nothing", "a\0b", "x" * 3000):
        response = member_client.get(address(own), {"target": level})
        assert response.status_code == 422
        assert "no such level" in page_of(response).text


def test_open_and_no_chance_widen_the_range(member_client: Client, own: Assessment) -> None:
    page = page_of(member_client.get(address(own), {"step-strategy": "open", "step-data": "no_chance"}))
    assert "–" in result(page)
    said = sends(page.one("form", method="get"))
    assert (said["step-strategy"], said["step-data"], said["step-delivery"]) == ("open", "no_chance", "3")


def test_htmx_gets_the_result_alone(member_client: Client, own: Assessment) -> None:
    headers = HTMX | {"HX-Target": "outcome"}
    response = member_client.get(address(own), {"target": "cpo", "step-data": "5"}, headers=headers)
    page = page_of(response)
    assert not page.all("form")
    assert "Readiness for CPO" in page.text
    # The line that stays in sight beside the form says the same as the result.
    assert "hx-swap-oob" in page.one("p", id="headline").attrs
    assert page.one("p", id="headline").text == page.one("h2").text
    (line,) = page_of(member_client.get(address(own), {"step-data": "5"})).all("p", id="headline")
    assert "hx-swap-oob" not in line.attrs


def test_it_costs_what_its_report_costs(member_client: Client, own: Assessment, django_assert_num_queries: Any) -> None:
    """Session, person, assessment, ratings; the same for one answer and for all."""
    few = make_assessment(own.rater, answers={"strategy": 2}, submitted=True)
    report = page_of(member_client.get(address(own, "show_report") + "?fold=tracks"))
    for name in ("show_what_if", "show_parting"):
        for assessment in (few, own):
            with django_assert_num_queries(4):
                assert member_client.get(address(assessment, name)).status_code == 200
        assert report.all("a", href=address(own, name))


def test_a_report_without_level_or_target_is_looked_at_from_anywhere(member_client: Client, own: Assessment) -> None:
    blank = make_assessment(own.rater, held=None, answers={"strategy": 2}, submitted=True)
    assert "Change a step" in result(page_of(member_client.get(address(blank))))
    assert "With these steps" in result(page_of(member_client.get(address(blank), {"step-strategy": "3"})))
    assert "Readiness for Product Manager" in result(
        page_of(member_client.get(address(blank), {"step-strategy": "1", "target": "pm"}))
    )


def test_the_page_counts_the_steps_to_both(member_client: Client, own: Assessment) -> None:
    page = page_of(member_client.get(address(own, "show_parting")))
    found = part(pm_framework(), exact_profile("pm"), "staff-pm", "group-pm")
    assert f": {found.left_short} steps short" in page.text
    assert f": {found.right_short} steps short" in page.text
    assert len([row for body in page.all("tbody") for row in body.all("tr")]) == len(list(found))


def test_the_shipped_ladder_parts_after_senior() -> None:
    ladder_version = pm_framework()
    assert first_levels(ladder_version) == ("staff-pm", "group-pm")
    found = part(ladder_version, exactly(ladder_version, "senior-pm"), "staff-pm", "group-pm")
    assert "technical-fluency" in [item.competency for item in found.left]
    assert "ways-of-working" in [item.competency for item in found.right]
    assert "influence" in [item.competency for item in found.both]


def test_a_ladder_without_a_fork_does_not_part() -> None:
    assert first_levels(table_framework("c | low | high\na | 1 | 2")) is None


def names(found: Parting) -> list[list[str]]:
    return [[item.competency for item in group] for group in (found.both, found.left, found.right)]


@laws
@given(st.data())
def test_each_competency_that_is_asked_stands_once(data: st.DataObject) -> None:
    ladder_version = data.draw(ladder_versions())
    special = data.draw(st.sampled_from([None, "special"]))
    found = part(ladder_version, data.draw(answers_to(ladder_version)), "left", "right", specialisation=special)
    asked = [
        slug
        for slug in ladder_version.competencies
        if ladder_version.expectations["left"][slug].weight or ladder_version.expectations["right"][slug].weight
    ]
    assert sorted(item.competency for item in found) == asked
    for group in names(found):
        assert group == sorted(group)


@laws
@given(st.data())
def test_the_other_way_round_is_its_mirror(data: st.DataObject) -> None:
    ladder_version = data.draw(ladder_versions())
    answers = data.draw(answers_to(ladder_version))
    found, mirror = (part(ladder_version, answers, *pair) for pair in (("left", "right"), ("right", "left")))
    assert names(found) == [names(mirror)[0], names(mirror)[2], names(mirror)[1]]
    assert (found.left_short, found.left_open) == (mirror.right_short, mirror.right_open)
    with_itself = part(ladder_version, answers, "left", "left")
    assert not with_itself.left
    assert not with_itself.right


@laws
@given(st.data())
def test_the_steps_short_are_the_gaps_of_the_report(data: st.DataObject) -> None:
    ladder_version = data.draw(ladder_versions())
    answers = data.draw(answers_to(ladder_version))
    special = data.draw(st.sampled_from([None, "special"]))
    found = part(ladder_version, answers, "left", "right", specialisation=special)
    targets = score(ladder_version, answers, targets=["left", "right"], specialisation=special).targets
    for level, sides, short, unknown in (
        ("left", {item.competency: item.left for item in found}, found.left_short, found.left_open),
        ("right", {item.competency: item.right for item in found}, found.right_short, found.right_open),
    ):
        gaps = {gap.competency: gap.gap for gap in targets[level].gaps}
        assert {slug: side.short for slug, side in sides.items() if side and side.short} == gaps
        assert short == sum(gaps.values())
        assert unknown == len(targets[level].exposure) + len(targets[level].unanswered)
