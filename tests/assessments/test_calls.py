"""How much a request does, free of noise: Python function calls, within a tenth of what was recorded."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from people.models import User
from tests.assessments.quiz.quiz_steps import answer
from tests.factories import exact_profile, make_assessment

pytestmark = pytest.mark.django_db

# A change that is meant writes the new figure down here, a lower one too; trials/speed/README.md tells what they were.
RECORDED = {
    "an answer": 3_745,
    "a question": 7_128,
    "a report": 28_043,
    "a report again": 7_287,
    "a matrix of 60": 20_445,
}
# On SQLite: the driver of PostgreSQL is Python in places.
WITHIN = 0.10


def calls_of(ask: Callable[[], Any]) -> int:
    """Python calls of one request, the test client's own few hundred among them."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        response = ask()
    finally:
        sys.setprofile(before)
    assert response.status_code == 200
    return count


@pytest.fixture
def counted(request: pytest.FixtureRequest, settings: Any) -> Callable[[str, Callable[[], Any]], None]:
    """Checks one action against what was recorded."""
    if connection.vendor != "sqlite":
        pytest.skip("recorded on SQLite")
    # What is measured is what is served: no watch over statements.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "zeal" not in name]

    def check(action: str, ask: Callable[[], Any]) -> None:
        count, recorded = calls_of(ask), RECORDED[action]
        assert abs(count - recorded) <= WITHIN * recorded, f"{action}: {count} calls, {recorded} are recorded"

    return check


def test_an_answer(member_client: Client, member: User, counted: Any) -> None:
    draft = make_assessment(member, answers=exact_profile("pm"))

    def save() -> Any:
        return answer(member_client, draft, "data", htmx=True, step="3", evidence="e")

    save()
    counted("an answer", save)


def test_a_question(member_client: Client, member: User, counted: Any) -> None:
    draft = make_assessment(member, answers=exact_profile("pm"))
    member_client.get(f"/quiz/{draft.pk}/?at=data")
    counted("a question", lambda: member_client.get(f"/quiz/{draft.pk}/?at=data"))


def test_a_report(member_client: Client, member: User, counted: Any) -> None:
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    # Whatever is loaded once in a process.
    member_client.get(f"/reports/{report.pk}/?target=cpo")
    counted("a report", lambda: member_client.get(f"/reports/{report.pk}/"))
    counted("a report again", lambda: member_client.get(f"/reports/{report.pk}/"))


def test_a_matrix(client: Client, rubric: Any, counted: Any) -> None:
    everybody = {"submitted": 100, "shared": 100, "reviewed": 100}
    call_command("make_crowd", members=60, team_size=60, stdout=sys.stderr, **everybody)
    client.force_login(User.objects.get(email="manager-1.crowd@crowd.example"))
    client.get("/teams/crowd-1/")
    counted("a matrix of 60", lambda: client.get("/teams/crowd-1/"))
