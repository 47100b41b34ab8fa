"""Nine people as the guides of the field describe them: what the rule finds, and what stands on their page."""

import pytest
from django.test import Client

from people.models import User
from tests.assessments.report.people import PAGE, RUBRIC, Person, everybody, people_tried, said_by
from tests.factories import exact_profile, make_assessment
from tests.pages import page_of

PEOPLE = everybody()


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.slug)
def test_the_report_says_what_was_judged_to_be_right(person: Person) -> None:
    assert said_by(person.report) == person.says


def test_everybody_is_somebody_else() -> None:
    assert len(PEOPLE) == len({person.says["headline"] for person in PEOPLE}) == 9
    answered = {person.slug: len(person.answers) for person in PEOPLE}
    assert {slug for slug, count in answered.items() if count != len(RUBRIC.competencies)} == {"three-answers"}


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.slug)
def test_the_page_shows_it(person: Person, member: User, member_client: Client) -> None:
    report = make_assessment(
        member,
        held=person.held,
        targets=list(person.wishes),
        answers=person.answers,
        specialisation=person.specialisation or "",
        small_company=person.small_company,
        programme=person.programme,
        submitted=True,
    )
    main = page_of(member_client.get(f"/reports/{report.pk}/?fold=all")).one("main").text
    says = person.says
    shown = [f"{sentence}." for sentence in says["headline"].rstrip(".").split(". ")]
    shown += [*says["places"], *says["holes"], says["first"], says["because"]]
    assert [text for text in shown if text not in main] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("held", "told"), [("apm", "Typical time at Associate Product Manager: 1–2 years."), ("cpo", "")]
)
def test_only_a_time_with_a_figure_is_told(held: str, told: str, member: User, member_client: Client) -> None:
    """Levels that are open-ended have no time that somebody spends in them."""
    report = make_assessment(member, held=held, targets=[], answers=exact_profile(held), submitted=True)
    main = page_of(member_client.get(f"/reports/{report.pk}/?fold=all")).one("main").text
    assert told in main if told else "Typical time" not in main


def test_the_page_of_people_tried_is_current() -> None:
    kept = PAGE.read_text(encoding="utf-8")
    assert kept.startswith(people_tried()), "python -m tests.assessments.report.people"
