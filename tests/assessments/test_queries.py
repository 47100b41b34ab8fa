"""How many statements a request makes, exactly: an answer, a question, a report stay within six, lists don’t grow."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.models import Assessment
from people.models import User
from tests.assessments.quiz.quiz_steps import answer, start, submit
from tests.factories import exact_profile, give, make_assessment

pytestmark = pytest.mark.django_db

BUDGET = 6
ONE, TWO = "a" * 16, "b" * 16


@pytest.fixture(params=["visitor", "member"])
def browser(request: pytest.FixtureRequest, client: Client, member: User) -> tuple[Client, int]:
    """A browser, and how many statements it takes to know whose it is: the session, and the user in it."""
    if request.param == "visitor":
        return client, 1
    client.force_login(member)
    return client, 2


@pytest.fixture
def draft(browser: tuple[Client, int]) -> Assessment:
    return start(browser[0])


def test_an_answer(browser: tuple[Client, int], draft: Assessment, django_assert_num_queries: Any) -> None:
    """Whose it is, the assessment, the upsert, and all ratings for progress and the settled note."""
    client, who = browser

    def save(statements: int, status: int, *, htmx: bool = True, **said: str) -> None:
        with django_assert_num_queries(who + statements):
            assert answer(client, draft, "data", htmx=htmx, **said).status_code == status

    for count in range(3):
        saved = {"step": str(count), "evidence": "e", "revision": str(count), "page": ONE, "page_save": str(count + 1)}
        save(3, 200, **saved)
    # One more is what is stored: for one that comes twice, and for a conflict.
    save(4, 200, **saved)
    save(4, 409, step="4", revision="0", page=TWO, page_save="1")
    save(2, 422, step="6")
    # Without a script the ratings are read too, to know whether the moment comes, but for a button that says where to.
    save(3, 302, htmx=False, step="3", revision="3")
    save(2, 302, htmx=False, step="3", revision="4", go="stay")
    assert who + 4 <= BUDGET


@pytest.fixture(autouse=True)
def no_limits(settings: Any) -> None:
    """How often somebody asked is counted in the cache, by statements of its own (test_limits.py)."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "")


def test_a_quiz_page(browser: tuple[Client, int], draft: Assessment, django_assert_num_queries: Any) -> None:
    """Whose it is, the assessment, its ratings; the same with none and with twenty-four."""
    client, who = browser
    profile = exact_profile("pm")
    del profile["strategy"]
    for answers in ({}, profile):
        give(draft, answers)
        for path in ("", "?at=data", "check/"):
            # Somebody signed in is offered their teams to share with.
            more = int(path == "check/" and draft.rater_id is not None)
            with django_assert_num_queries(who + 2 + more):
                assert client.get(f"/quiz/{draft.pk}/{path}").status_code == 200
    assert who + 3 <= BUDGET


# The assessment with its outcome; in the fold that shows them the milestones ticked.
OF_A_REPORT = {
    "/": 1,
    "/?target=cpo": 1,
    "/?fold=strengths": 2,
    ".json": 3,
    ".csv": 2,
    "/arithmetic/": 2,
    "/delete/": 1,
}


def test_a_report(browser: tuple[Client, int], draft: Assessment, django_assert_num_queries: Any) -> None:
    client, who = browser
    give(draft, exact_profile("pm"), dict.fromkeys(exact_profile("pm"), "evidence"))
    submit(client, draft)
    milestones = [item.slug for item in draft.rubric.ladder.milestones]
    for marks in (milestones[:1], milestones):
        for slug in marks:
            client.post(f"/reports/{draft.pk}/milestones/{slug}/", {"value": "on"})
        for path, statements in OF_A_REPORT.items():
            # Somebody signed in reads on the page whom they gave a copy, whether a link of theirs works, and what
            # moved since the report before.
            more = 3 * int((path == "/" or "?" in path) and draft.rater_id is not None)
            with django_assert_num_queries(who + statements + more):
                assert client.get(f"/reports/{draft.pk}{path}").status_code == 200
    assert who + 4 <= BUDGET


def test_submitting(browser: tuple[Client, int], draft: Assessment) -> None:
    """The assessment and its ratings; then in one transaction both again under a lock, the outcome, the date, and the
    round that somebody signed in may have begun it for."""
    client, who = browser
    give(draft, exact_profile("pm"))
    with CaptureQueriesContext(connection) as made:
        submit(client, draft)
    inside_a_test = [item for item in made if "SAVEPOINT" in item["sql"]]
    assert len(made) - len(inside_a_test) == who + 6 + (draft.rater_id is not None)


def test_lists_and_pages_for_everybody(
    client: Client, member_client: Client, member: User, django_assert_num_queries: Any
) -> None:
    """Whoever has no session has answered nothing here; each asks only which ladder is current, and twice as many rows
    cost nothing."""
    for path, statements in {"/reports/": 0, "/quiz/start/": 1, "/reports/sample/": 1}.items():
        with django_assert_num_queries(statements):
            client.get(path)
    for _ in range(2):
        for _ in range(4):
            start(client)
            make_assessment(member, answers=exact_profile("pm"), submitted=True)
            make_assessment(member, answers={"data": 1})
        with django_assert_num_queries(3):
            client.get("/reports/")
        for path, statements in {"/reports/": 5, "/quiz/start/": 5, "/reports/sample/": 3}.items():
            with django_assert_num_queries(statements):
                member_client.get(path)
