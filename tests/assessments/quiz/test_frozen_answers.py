"""What is submitted is frozen in the database itself, whoever writes to it, and the guards outlive every migrate."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from assessments.guards import GUARDS
from assessments.models import Assessment, Outcome, Rating
from ladder.guards import GUARDS as LADDER_GUARDS
from people.audit.guards import GUARDS as PEOPLE_GUARDS
from people.models import User
from tests.factories import exact_profile, give, make_assessment

pytestmark = pytest.mark.django_db
ALL_GUARDS = (*GUARDS, *LADDER_GUARDS, *PEOPLE_GUARDS)


def run(statement: str, *values: Any) -> int:
    """Run one statement past all models; returns how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def refused(statement: str, *values: Any, because: str = "submitted assessment|outcome") -> None:
    with pytest.raises(IntegrityError, match=because):
        run(statement, *values)


@pytest.fixture
def submitted(rubric: Any) -> Assessment:
    """A visitor's report, with an answer of each kind."""
    answers = exact_profile("pm") | {"strategy": "no_chance"}
    return make_assessment(None, answers=answers, evidence={"data": "Cut churn"}, submitted=True)


def statements(table: str, *changes: str) -> list[str]:
    updates = [" ".join(["UPDATE", f"assessments_{table}", "SET", change]) for change in changes]
    return [*updates, " ".join(["DELETE FROM", f"assessments_{table}"])]


RATINGS = statements(
    *("rating", "step = 5 WHERE NOT no_chance", "step = step", "no_chance = FALSE", "evidence = 'I did it all'"),
    *("revision = revision + 1", "competency_id = competency_id + 100"),
)
OUTCOMES = statements(
    *("outcome", "answers = '{}'", "result = '{}'", "track = 'manager'", "place_low = 'cpo'", "place_high = 'cpo'"),
    *("target = 'cpo'", "target_readiness_low = 10000", "target_readiness_high = 10000", "focus = '[]'"),
    "seconds = 1",
)
ASSESSMENTS = statements(
    *("assessment", "status = 'draft', submitted_at = NULL", "held_level_id = NULL", "job_title = 'CPO'"),
    *("targets = '[]'", "asked = '[\"data\"]'", "specialisation = 'growth'", "length = 'full'", "kind = 'manager'"),
    *("small_company = TRUE", "programme = TRUE", "started_at = submitted_at", "submitted_at = started_at"),
    "corrects_id = id, chain = id",
)


def test_nothing_of_a_submitted_assessment_changes(submitted: Assessment) -> None:
    for statement in (*RATINGS, *OUTCOMES, *ASSESSMENTS):
        refused(statement)
    again = Assessment.objects.get(pk=submitted.pk)
    assert again.answers() == exact_profile("pm") | {"strategy": "no_chance"}
    assert again.outcome.result == again.score(again.answers()).as_json()
    assert (again.held, again.targets, again.length, again.job_title) == ("pm", ["senior-pm"], "quick", "")


def test_a_draft_still_changes(rubric: Any) -> None:
    """What is refused above is refused for its state and for nothing else."""
    make_assessment(None, answers={"data": 3})
    for statement in sorted([*RATINGS, *ASSESSMENTS], key=lambda statement: statement.startswith("DELETE")):
        others = "competency_id|FALSE|submitted_at|manager|corrects_id|DELETE FROM assessments_assessment"
        if not re.search(others, statement):
            assert run(statement) == 1, statement


def test_no_answer_comes_into_or_out_of_a_submitted_assessment(rubric: Any) -> None:
    """Nor does an outcome go to another one."""
    submitted = make_assessment(None, answers={"data": 3}, submitted=True)
    draft = make_assessment(None, answers={"strategy": 5})
    with pytest.raises(IntegrityError, match="a submitted assessment does not change"), transaction.atomic():
        give(submitted, {"strategy": 5})
    for answers_of, to in ((draft, submitted), (submitted, draft)):
        with pytest.raises(IntegrityError, match="a submitted assessment does not change"), transaction.atomic():
            Rating.objects.filter(assessment=answers_of).update(assessment=to)
    with pytest.raises(IntegrityError, match="an outcome does not change"), transaction.atomic():
        Outcome.objects.filter(assessment=submitted).update(assessment=draft)
    assert (submitted.answers(), draft.answers()) == ({"data": 3}, {"strategy": 5})


def owned_by(assessment: Assessment, subject: User | None, rater: User | None) -> int:
    with transaction.atomic():
        return Assessment.objects.filter(pk=assessment.pk).update(subject=subject, rater=rater)


def test_a_visitors_report_is_claimed_once(submitted: Assessment, member: User, stranger: User) -> None:
    assert owned_by(submitted, member, member) == 1
    for person in (stranger, None):
        with pytest.raises(IntegrityError, match="a submitted assessment does not change"):
            owned_by(submitted, person, person)
    assert Assessment.objects.get(pk=submitted.pk).rater == member


def test_no_answer_comes_into_another_organisations_draft(rubric: Any, member: User) -> None:
    """As by a save that waited while the visitor's answers were claimed."""
    draft = make_assessment(None, answers={"data": 3})
    key = draft.rubric.competency_keys["strategy"]
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        Rating.objects.create(assessment=draft, organisation=member.home, competency_id=key, step=1)


def test_erasing_is_a_way_without_return(submitted: Assessment) -> None:
    assert run("UPDATE assessments_assessment SET status = 'erasing'") == 1
    refused("UPDATE assessments_assessment SET status = 'submitted'")
    refused("UPDATE assessments_assessment SET status = 'draft', submitted_at = NULL")
    refused("UPDATE assessments_rating SET step = 5 WHERE NOT no_chance")
    refused("UPDATE assessments_outcome SET place_low = 'cpo'")
    assert run("DELETE FROM assessments_outcome") == 1
    assert run("DELETE FROM assessments_rating") == 25
    assert run("DELETE FROM assessments_assessment") == 1


def present() -> set[str]:
    """The names of the triggers that the database holds."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def test_every_guard_is_in_force_and_comes_back_with_the_next_migrate(rubric: Any) -> None:
    names = [guard.name for guard in ALL_GUARDS]
    assert len(names) == len(set(names)) == 36
    assert present() == set(names)
    with connection.cursor() as cursor:
        for guard in ALL_GUARDS:
            cursor.execute(
                f"DROP TRIGGER {guard.name}" + (f" ON {guard.table}" if connection.vendor != "sqlite" else "")
            )
    assert not present() & set(names)
    call_command("migrate", verbosity=0)
    assert present() == set(names)
