"""How long a quiz takes: by its words, and by what people took once enough have; pauses are none of it."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Assessment, Outcome, Rating
from assessments.models.assessment import seconds_taken
from assessments.quiz.pace import ENOUGH, measure
from ladder import models
from ladder.minutes import minutes, words_of
from ladder.models import LadderVersion, current_rubric
from people.models import User
from tests.assessments.quiz.quiz_steps import answer, start, submit
from tests.factories import exact_profile, give, make_assessment
from tests.pages import page_of

ZERO = datetime.datetime(2026, 11, 30, 20, tzinfo=datetime.UTC)


def at(seconds: int) -> datetime.datetime:
    return ZERO + datetime.timedelta(seconds=seconds)


def rating(created: int, updated: int, page: str = "a" * 16) -> Rating:
    return Rating(created_at=at(created), updated_at=at(updated), page=page)


def test_gaps_count_with_two_minutes_at_most() -> None:
    assert seconds_taken(ZERO, [rating(20, 20), rating(45, 70)], at(80)) == 80
    # Lunch after the first answer, and the report read the next day.
    assert seconds_taken(ZERO, [rating(20, 20), rating(3_620, 3_620)], at(90_000)) == 20 + 120 + 120
    assert seconds_taken(ZERO, [rating(20, 20), rating(0, 0, page="")], at(30)) is None, (
        "taken over from an earlier run"
    )
    assert seconds_taken(ZERO, [], at(30)) is None


@pytest.mark.django_db
def test_a_submit_keeps_how_long_it_took_where_every_answer_is_of_a_page(draft: Assessment, client: Client) -> None:
    Assessment.objects.filter(pk=draft.pk).update(started_at=timezone.now() - datetime.timedelta(seconds=50))
    answer(client, draft, "data", step="3", page="a" * 16)
    submit(client, draft)
    assert 50 <= (Outcome.objects.get(assessment=draft).seconds or 0) <= 110
    other = start(client)
    give(other, {"data": 3})
    submit(client, other)
    assert Outcome.objects.get(assessment=other).seconds is None


def test_minutes_by_the_words(rubric: Any) -> None:
    seconds = [words_of(item) / 4 + 5 for item in rubric.competencies.values()]
    assert sum(seconds) / 60 <= 8
    assert minutes(rubric) == -(-sum(seconds) // 60) == 8
    assert minutes(rubric, ["data"]) == 1
    assert minutes(rubric, list(rubric.competencies)[:4]) == 2


@pytest.mark.django_db
def test_minutes_by_what_people_took_from_twenty_runs_on(
    client: Client, member: User, rubric: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What this test measures is for this test alone.
    monkeypatch.setattr(models, "_compiled", dict(models._compiled))

    def took(count: int, seconds: int) -> None:
        for _ in range(count):
            made = make_assessment(member, answers=exact_profile("pm"))
            outcome = Outcome.from_result(made, made.answers(), made.score(made.answers()))
            outcome.seconds = seconds
            outcome.save(force_insert=True)
            Assessment.objects.filter(pk=made.pk).update(status="submitted", submitted_at=timezone.now())

    took(ENOUGH - 1, 25 * 30)
    assert measure() == "too few runs so far"
    assert minutes(current_rubric()) == 8
    took(1, 25 * 3_000)
    assert measure() == "seconds a question: 30"
    # The median: one who fell asleep changes nothing.
    assert LadderVersion.objects.current().get().pace == 30
    assert minutes(current_rubric()) == 13
    for path in ("/", "/quiz/start/"):
        assert "25 questions, about 13 minutes" in page_of(client.get(path)).text
    assert "5 minutes left" in page_of(client.get(f"/quiz/{start(client).pk}/")).text
