"""What a visitor answered becomes theirs by signing up or logging in, once; what nobody claims is deleted in time."""

import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import CASCADE
from django.test import Client
from django.utils import timezone

from assessments.models import (
    SESSION_KEY,
    Assessment,
    MilestoneMark,
    Opening,
    Outcome,
    Rating,
    ReportLink,
    ReportNote,
    Review,
    RoundStart,
    Share,
)
from assessments.quiz.claim import _PARTS
from assessments.quiz.correct import correct
from people.models import VISITORS_ID, User
from tests.assessments.quiz.quiz_steps import answer, start, submit
from tests.factories import PASSWORD, exact_profile, give, make_assessment
from tests.pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(client: Client, rubric: Any) -> Assessment:
    """What a visitor answered, submitted and ticked."""
    assessment = start(client)
    give(assessment, exact_profile("pm"), {"data": "Cut churn"})
    submit(client, assessment)
    milestone = rubric.milestones_for("senior-pm")[0].slug
    client.post(f"/reports/{assessment.pk}/milestones/{milestone}/", {"value": "on"})
    return assessment


@pytest.fixture
def draft(client: Client, rubric: Any) -> Assessment:
    """A quiz that the same visitor has begun."""
    assessment = start(client, level="senior-pm")
    answer(client, assessment, "data", step="3")
    return assessment


def log_in(client: Client, user: User, **more: str) -> Any:
    return client.post("/account/login/", {"login": user.email, "password": PASSWORD, **more})


def spaces(assessment: Assessment) -> set[Any]:
    """The spaces in which an assessment and all its rows lie."""
    found = {Assessment.objects.get(pk=assessment.pk).organisation_id}
    for model in (Rating, Outcome, MilestoneMark):
        found |= set(model._default_manager.filter(assessment=assessment).values_list("organisation", flat=True))
    return found


def seen_by(client: Client, assessment: Assessment) -> bool:
    """Whether a browser may know of it, by its page and by its list."""
    status = client.get(f"/quiz/{assessment.pk}/", follow=True).status_code
    assert status in {200, 404}
    listed = str(assessment.pk) in client.get("/reports/").content.decode()
    assert listed is (status == 200)
    return listed


def test_log_in_claims_reports_and_drafts(report: Assessment, draft: Assessment, client: Client, member: User) -> None:
    assert spaces(report) == spaces(draft) == {VISITORS_ID}
    assert MilestoneMark.objects.count() == 1
    assert seen_by(client, report)
    assert seen_by(client, draft)
    answers, result = report.answers(), Outcome.objects.get(assessment=report).result
    assert log_in(client, member).status_code == 302
    for assessment in (report, draft):
        claimed = Assessment.objects.get(pk=assessment.pk)
        assert (claimed.rater, claimed.subject) == (member, member)
        assert spaces(assessment) == {member.home_id}
        assert seen_by(client, assessment)
    assert SESSION_KEY not in client.session
    # Nothing of what was said changed on the way.
    assert Assessment.objects.get(pk=report.pk).answers() == answers
    assert Outcome.objects.get(assessment=report).result == result
    assert Assessment.objects.get(pk=report.pk).milestone_marks.count() == 1


def test_corrections_come_along_in_their_order(report: Assessment, client: Client, member: User) -> None:
    """Two of them, the second of the first: the browser knows the first row only."""
    second = correct(report, "strategy", 5, "")
    third = correct(second, "data", 0, "Cut churn, then lost it")
    assert client.get(f"/reports/{report.pk}/").context["assessment"] == third
    log_in(client, member)
    rows = (
        Assessment.objects.filter(rater=member).order_by("started_at").values_list("pk", "corrects", "chain", "status")
    )
    assert list(rows) == [
        (report.pk, None, None, "submitted"),
        (second.pk, report.pk, report.pk, "submitted"),
        (third.pk, second.pk, report.pk, "submitted"),
    ]
    assert client.get(f"/reports/{report.pk}/").context["assessment"] == third
    assert spaces(third) == {member.home_id}


def test_a_visitors_correction_keeps_their_report(rubric: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is as much a visit as an answer. With a report that nobody kept go its corrections."""
    correct(made(40, submitted=39), "strategy", 1, "")
    assert deleted("--days", "1") == "0 abandoned assessments deleted.\n"
    later = timezone.now() + datetime.timedelta(days=31)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert deleted() == "1 abandoned assessment deleted.\n"
    assert not Assessment.objects.exists()


def test_a_visitor_without_answers_is_promised_nothing(client: Client, rubric: Any) -> None:
    assert not page_of(client.get("/account/signup/")).all(id="kept")


def test_what_is_claimed_is_gone_elsewhere(report: Assessment, client: Client, member: User, stranger: User) -> None:
    """As when a session was copied before its visitor logged in."""
    copy = Client()
    start(copy)
    session = copy.session
    session[SESSION_KEY] = [str(report.pk)]
    session.save()
    assert seen_by(copy, report)
    log_in(client, member)
    assert not seen_by(copy, report)
    log_in(copy, stranger)
    assert not seen_by(copy, report)
    assert Assessment.objects.get(pk=report.pk).rater == member
    assert spaces(report) == {member.home_id}


def deleted(*arguments: str) -> str:
    out = StringIO()
    call_command("delete_abandoned", *arguments, stdout=out)
    return out.getvalue()


def made(
    days_ago: float, *, answered: float | None = None, submitted: float | None = None, **fields: Any
) -> Assessment:
    """An assessment that was started, last answered and submitted so many days ago."""
    now = timezone.now()

    def ago(days: float) -> datetime.datetime:
        return now - datetime.timedelta(days=days)

    rater = fields.pop("rater", None)
    assessment = make_assessment(rater, started_at=ago(days_ago), answers={"data": 3}, **fields)
    Rating.objects.filter(assessment=assessment).update(updated_at=ago(days_ago if answered is None else answered))
    if submitted is not None:
        assessment.submit(at=ago(submitted))
    return assessment


def test_only_what_visitors_left_for_30_days_is_deleted(rubric: Any, member: User) -> None:
    old = [made(31), made(31, submitted=30.5), made(400, answered=200, submitted=100)]
    kept = [
        made(29),
        made(29, submitted=29),
        made(31, answered=1),
        made(31, submitted=1),
        made(400, rater=member),
        made(400, submitted=399, rater=member),
    ]
    assert deleted() == "3 abandoned assessments deleted.\n"
    assert {item.pk for item in Assessment.objects.all()} == {item.pk for item in kept}
    assert not Rating.objects.filter(assessment__in=[item.pk for item in old]).exists()
    assert deleted() == "0 abandoned assessments deleted.\n"


def test_the_number_of_days_can_be_said_and_nonsense_deletes_nothing(rubric: Any) -> None:
    made(3)
    kept = made(1.5)
    for days in ("0", "-1", "36501", "9" * 40):
        with pytest.raises(CommandError, match="--days is a number from 1 to 36500") as error:
            deleted(f"--days={days}")
        assert error.value.returncode == 2
    assert Assessment.objects.count() == 2
    assert deleted("--days", "2") == "1 abandoned assessment deleted.\n"
    assert [item.pk for item in Assessment.objects.all()] == [kept.pk]
    assert deleted("--days", "36500") == "0 abandoned assessments deleted.\n"


def test_what_hangs_on_an_assessment_comes_along_or_is_nothing_of_a_visitor_s() -> None:
    """A claim deletes the old row: what a cascade would take with it has to be written anew."""
    hanging = {key.related_model for key in Assessment._meta.related_objects if key.on_delete is CASCADE}
    # Corrections are assessments, and come along.
    others = {Assessment, ReportLink, ReportNote, Review, RoundStart, Share, Opening}
    assert hanging - set(_PARTS) == others, "can a visitor have this?"
