"""The schema can be partitioned by organisation (docs/scale.md): every guard in force, the main job as it was."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from assessments.models import Assessment, Outcome, Rating
from assessments.quiz.claim import claim
from people.database.triggers import missing
from people.models import User
from tests.assessments.quiz.quiz_steps import answer, submit
from tests.factories import exact_profile, make_assessment
from trials.scale.partitioned import CROSSING, PARTITIONS, SCHEMA, Done, partition

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="not run: needs PostgreSQL (set DATABASE_URL)"),
]


@pytest.fixture
def report(member: User) -> Assessment:
    return make_assessment(member, answers=exact_profile("pm"), submitted=True)


@pytest.fixture
def done(report: Assessment) -> Done:
    """What is there is partitioned; the end of the test rolls it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [SCHEMA])
        if cursor.fetchone():
            pytest.skip("not run: the database of these tests is partitioned already")
        return partition(cursor)


def test_all_that_names_an_organisation_is_partitioned_and_whole(done: Done, report: Assessment) -> None:
    assert done.equal == len(done.tables) == 33
    assert set(done.left_out) == {f"{table}.{column}" for table, column in CROSSING}
    assert missing(connection) == []
    assert Rating.objects.filter(assessment=report).count() == 25
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'")
        assert cursor.fetchone() == (33 * PARTITIONS,)


def test_the_main_job_goes_on(done: Done, member: User, member_client: Client) -> None:
    draft = make_assessment(member)
    assert answer(member_client, draft, "data", htmx=True, step="4").status_code == 200
    rating = draft.ratings.get(competency=draft.rubric.competency_keys["data"])
    assert (rating.step, rating.organisation_id) == (4, member.home_id)
    assert submit(member_client, draft).status_code == 302
    assert member_client.get(f"/reports/{draft.pk}/").status_code == 200
    assert answer(member_client, draft, "data", htmx=True, step="1").status_code == 409


def test_a_visitors_report_goes_along(done: Done, member: User) -> None:
    left = make_assessment(None, answers={"data": 3}, submitted=True)
    assert claim(member, [str(left.pk)]) == 1
    claimed = Assessment.objects.get(pk=left.pk)
    assert (claimed.organisation_id, claimed.answers()) == (member.home_id, {"data": 3})
    assert Outcome.objects.get(assessment=left).organisation_id == member.home_id


def refused(act: Any) -> bool:
    try:
        with transaction.atomic():
            act()
    except IntegrityError:
        return True
    return False


def test_the_guards_hold(done: Done, report: Assessment, stranger: User) -> None:
    submitted = Assessment.objects.filter(pk=report.pk)
    assert refused(lambda: Rating.objects.filter(assessment=report).update(step=1))
    assert refused(submitted.delete)
    assert refused(lambda: submitted.update(started_at=timezone.now()))
    # To leave the organisation is to be deleted where it was.
    assert refused(lambda: submitted.update(organisation=stranger.home_id))
