"""Submitting once and for all: the outcome is the score of the answers, and from then on nothing changes."""

import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from assessments.models import Assessment, MilestoneMark, Outcome, Rating
from people.models import User
from tests.assessments.quiz.quiz_steps import answer, submit
from tests.assessments.scoring.small_frameworks import pm_framework
from tests.factories import exact_profile, give, make_assessment
from tests.pages import page_of

pytestmark = pytest.mark.django_db
PM = pm_framework()


def test_the_columns_of_an_outcome_by_hand(draft: Assessment) -> None:
    """Exactly a Product Manager, looking at Senior.

    Senior asks four must-haves at 3 (36 points), sixteen competencies at 3 (96), portfolio, AI fluency and culture at 2
    (12), and team building 1 and organisation design 1 as support (2): 146. A Product Manager brings 2 of each
    must-have but 1 of mentoring (3 x 7 = 21), 3 of delivery and of initiative and 2 of the other fourteen
    (12 + 56 = 68), portfolio 1 and AI fluency 2 (6), and neither culture nor the support: 95.
    """
    give(draft, exact_profile("pm"))
    draft.submit(at=timezone.now())
    outcome = Outcome.objects.get(assessment=draft)
    assert outcome.result["levels"]["senior-pm"]["readiness"] == {"low": "95/146", "high": "95/146"}
    assert (outcome.track, outcome.place_low, outcome.place_high) == ("individual-contributor", "pm", "pm")
    assert outcome.target == "senior-pm"
    assert outcome.target_readiness_low == outcome.target_readiness_high == 6506  # 95/146 is 0.65068…
    # The must-haves first, the widest weighted gap first: mentoring lacks two steps of three, the others one.
    assert outcome.focus == ["mentoring", "strategy", "influence"]


def test_columns_at_the_ends_and_where_answers_are_open(rubric: Any) -> None:
    """Before the first level and without a target they are empty; open answers make them a range."""
    outcome = make_assessment(None, held="cpo", targets=[], answers={"delivery": 0}, submitted=True).outcome
    # Delivery is no must-have at the top: open answers leave all of it to be found, so no place is named.
    assert (outcome.place_low, outcome.place_high, outcome.target, outcome.focus) == ("", "cpo", "", [])
    assert (outcome.is_named, outcome.rule) == (False, 2)
    assert (outcome.target_readiness_low, outcome.target_readiness_high) == (None, None)
    assert outcome.track == "manager"
    outcome = make_assessment(None, answers={"data": 5}, submitted=True).outcome
    assert (outcome.place_low, outcome.place_high) == ("", "principal-pm")
    assert outcome.target_readiness_low < outcome.target_readiness_high == 10_000


def test_submitting_leads_to_the_report_and_twice_does_it_once(draft: Assessment, client: Client) -> None:
    answer(client, draft, "data", step="3")
    before = timezone.now()
    assert submit(client, draft).url == f"/reports/{draft.pk}/"
    draft.refresh_from_db()
    when, result = draft.submitted_at, draft.outcome.result
    assert draft.status == "submitted"
    assert when
    assert before <= when <= timezone.now()
    assert client.get(f"/reports/{draft.pk}/").status_code == 200
    assert submit(client, draft).url == f"/reports/{draft.pk}/"
    draft = Assessment.objects.get(pk=draft.pk)
    assert (draft.submitted_at, draft.outcome.result) == (when, result)
    assert Outcome.objects.count() == 1


def test_a_second_submit_that_read_the_draft_before_does_nothing(draft: Assessment) -> None:
    give(draft, {"data": 3})
    late = Assessment.objects.get(pk=draft.pk)
    at = timezone.now()
    assert draft.submit(at=at) is True
    assert late.submit(at=at + datetime.timedelta(hours=1)) is False
    assert draft.submit(at=at + datetime.timedelta(hours=1)) is False
    assert Assessment.objects.get(pk=draft.pk).submitted_at == at
    assert Outcome.objects.count() == 1


def test_an_outcome_that_is_not_stored_leaves_a_draft(draft: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:
    give(draft, {"data": 3})
    monkeypatch.setattr(Outcome, "from_result", lambda *_: Outcome(assessment=draft, result=None))
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.submit(at=timezone.now())
    assert (draft.status, Assessment.objects.get(pk=draft.pk).status) == ("draft", "draft")


def test_an_empty_quiz_is_not_submitted_and_no_chance_is_an_answer(draft: Assessment, client: Client) -> None:
    for said in ({}, {"evidence": "Only a note so far"}):
        if said:
            answer(client, draft, "data", **said)
        response = submit(client, draft)
        assert response.url == f"/quiz/{draft.pk}/check/"
        assert (
            "Answer at least one question; then there is something to report." in page_of(client.get(response.url)).text
        )
        assert Assessment.objects.get(pk=draft.pk).is_draft
        assert not Outcome.objects.exists()
    answer(client, draft, "data", step="no_chance")
    assert submit(client, draft).url == f"/reports/{draft.pk}/"


# Constraints: what the database refuses, and in which words


def rating_of(draft: Assessment, **fields: Any) -> Rating:
    key = draft.rubric.competency_keys["data"]
    return Rating(assessment=draft, organisation_id=draft.organisation_id, competency_id=key, **fields)


def refused(row: Any, message: str) -> None:
    """The row does not validate, with a sentence that a person can read, and the database does not take it either."""
    with pytest.raises(ValidationError) as error:
        row.validate_constraints()
    assert error.value.messages == [message]
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_draft_has_no_date_and_a_submitted_one_has(draft: Assessment) -> None:
    words = "A submitted assessment has a date, a draft has none."
    common = {"organisation_id": draft.organisation_id, "ladder_version_id": draft.ladder_version_id}
    refused(Assessment(submitted_at=timezone.now(), **common), words)
    refused(Assessment(status="submitted", **common), words)
    refused(Assessment(status="erasing", **common), words)
    Assessment(status="submitted", submitted_at=timezone.now(), **common).save(force_insert=True)


def test_a_self_assessment_is_by_the_person_it_is_about(draft: Assessment, member: User, stranger: User) -> None:
    words = "A self-assessment is by the person it is about."
    common = {"organisation_id": draft.organisation_id, "ladder_version_id": draft.ladder_version_id}
    refused(Assessment(subject=member, rater=stranger, **common), words)
    refused(Assessment(subject=member, **common), words)
    refused(Assessment(rater=member, **common), words)
    Assessment(subject=member, rater=member, **common).save(force_insert=True)
    Assessment(subject=member, rater=stranger, kind="manager", **common).save(force_insert=True)


def test_an_answer_is_a_step_from_0_to_9_or_no_chance(draft: Assessment) -> None:
    for step in (10, 99):
        refused(rating_of(draft, step=step), "A step is a whole number from 0 to 9.")
    for step in (-1, 10):
        with pytest.raises(IntegrityError), transaction.atomic():
            rating_of(draft, step=step).save(force_insert=True)
    refused(rating_of(draft, step=3, no_chance=True), "An answer is a step or “no chance so far”, not both.")
    rating_of(draft, no_chance=True).save(force_insert=True)


def test_a_question_has_one_answer_and_a_milestone_is_ticked_once(draft: Assessment) -> None:
    milestone = {"assessment": draft, "organisation_id": draft.organisation_id, "milestone": "first"}
    for one, again in (
        (rating_of(draft, step=3), rating_of(draft, step=4)),
        (MilestoneMark(**milestone), MilestoneMark(**milestone)),
    ):
        one.save(force_insert=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save(force_insert=True)
