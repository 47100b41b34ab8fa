"""Reports kept in memory: the same page as without, and nothing of one person on the page of another."""

import re
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client

from assessments.models import MilestoneMark
from assessments.report.kept import forget_reports, kept_report
from people.models import User
from tests.factories import exact_profile, make_assessment

pytestmark = pytest.mark.django_db

SECRET = "a line that only its author reads"


def page(client: Client, pk: Any, **query: str) -> str:
    text = client.get(f"/reports/{pk}/", query).content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def test_a_page_from_memory_is_the_page(member_client: Client, member: User) -> None:
    report = make_assessment(member, answers=exact_profile("pm") | {"data": "no_chance"}, submitted=True)
    for query in ({}, {"target": "cpo"}, {"target": "apm"}):
        fresh = page(member_client, report.pk, **query)
        assert page(member_client, report.pk, **query) == fresh
        forget_reports()
        assert page(member_client, report.pk, **query) == fresh


def test_equal_answers_of_two_people_share_nothing_personal(
    member_client: Client, member: User, stranger_client: Client, stranger: User
) -> None:
    answers = exact_profile("pm")
    theirs = make_assessment(member, answers=answers, evidence=dict.fromkeys(answers, SECRET), submitted=True)
    mine = make_assessment(stranger, answers=answers, submitted=True)
    for item in theirs.rubric.ladder.milestones:
        MilestoneMark.objects.create(organisation=theirs.organisation, assessment=theirs, milestone=item.slug)
    before = page(stranger_client, mine.pk)
    assert str(theirs.pk) in page(member_client, theirs.pk)
    after = page(stranger_client, mine.pk)
    assert after == before
    assert str(theirs.pk) not in after
    assert SECRET not in after
    assert 'aria-pressed="true"' not in after
    assert stranger_client.get(f"/reports/{theirs.pk}/").status_code == 404


def test_no_line_of_evidence_stays_in_memory(member: User) -> None:
    answers = exact_profile("pm")
    report = make_assessment(member, answers=answers, evidence=dict.fromkeys(answers, SECRET), submitted=True)
    kept = kept_report(report.rubric, report.outcome.answers, held=report.held, targets=report.targets)
    assert not kept.evidence
    assert kept_report(report.rubric, dict(reversed(answers.items())), held=report.held, targets=report.targets) is kept
    assert kept_report(report.rubric, answers | {"data": 0}, held=report.held, targets=report.targets) is not kept


def test_a_kept_part_sees_the_report_only(member: User) -> None:
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    kept = kept_report(report.rubric, report.outcome.answers, held=report.held, targets=report.targets)
    inside = "[{{ report.held }}|{{ assessment.pk }}|{{ user }}|{{ request.path }}]"
    source = '{% load kept %}{% kept "x" %}' + inside + "{% endkept %}"
    context = Context({"report": kept, "assessment": report, "user": member, "request": {"path": "/"}})
    assert Template(source).render(context) == f"[{report.held}|||]"


def test_a_kept_part_has_a_name() -> None:
    for words in ("kept", "kept bars", 'kept "a" "b"'):
        with pytest.raises(TemplateSyntaxError, match="the name of the part"):
            Template("{% load kept %}{% " + words + " %}{% endkept %}")
