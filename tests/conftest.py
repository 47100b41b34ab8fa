"""Fixtures for all tests: the ladder, and people named by what they are to each other."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ladder.rubric import Rubric
from people.models import User, visitors
from tests import factories

HERE = Path(__file__).parent
# Whole walks over the site, browsers, other processes, files of many kinds: `make quick` leaves them out.
SLOW = {
    *("access", "browser"),
    *("test_backup", "test_demo", "test_environment", "test_readme", "test_running", "test_serving"),
    *("test_races", "test_score_command", "test_scoring_laws", "test_crowd"),
    *("abuse", "upgrade", "test_connections", "test_erased_meanwhile"),
    *("test_my_data", "test_pdf_files", "test_publish", "test_pages", "test_search", "test_content"),
    *("test_limits", "test_review_races", "test_translation"),
}
# What these look at is the same on every database; .ci/run looks once.
ONCE = {
    *("test_pages_axe", "test_payloads", "test_pdf_files", "test_score_command", "test_scoring_laws"),
    *(
        "test_content",
        "test_titles",
        "test_conventions",
        "test_house",
        "test_papers",
        "test_readme",
        "test_translation",
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One after the other, whatever the order is otherwise: their world lasts as long as no other test comes between.
    items.sort(key=lambda item: "access" not in item.path.parts)
    for item in items:
        within = {*item.path.relative_to(HERE).with_suffix("").parts}
        for names, mark in ((SLOW, pytest.mark.slow), (ONCE, pytest.mark.once)):
            if within & names:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Publish the shipped ladder once for all tests; each test's own changes are rolled back."""
    with django_db_blocker.unblock():
        visitors()
        factories.make_framework()


@pytest.fixture
def rubric(db: None) -> Rubric:
    """The shipped ladder, published."""
    return factories.make_framework_rubric()


@pytest.fixture
def member(rubric: Rubric) -> User:
    return factories.make_user("member@example.com", name="Mira Member")


@pytest.fixture
def team_mate(rubric: Rubric) -> User:
    return factories.make_user("mate@example.com", name="Tom Mate")


@pytest.fixture
def stranger(rubric: Rubric) -> User:
    return factories.make_user("stranger@elsewhere.example", name="Sasha Stranger")


@pytest.fixture
def member_client(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def stranger_client(stranger: User) -> Client:
    client = Client()
    client.force_login(stranger)
    return client


@pytest.fixture
def readable_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF is the page that it is made from, so that canaries are found in it; test_pdf_files.py makes true ones."""
    monkeypatch.setattr("assessments.paper.pdf.write", lambda html, **_: html.encode())
