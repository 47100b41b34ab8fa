"""Fixtures for all tests: the ladder, and people named by what they are to each other."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from assessments.report.kept import forget_reports
from ladder.rubric import Rubric
from people.models import User, visitors
from tests import factories
from tests.databases import migrated_database

HERE = Path(__file__).parent
# Whole walks over the site, browsers, other processes, files of many kinds: `make quick` leaves them out.
SLOW = {
    *("access", "browser"),
    *("test_backup", "test_demo", "test_environment", "test_running", "test_serving"),
    *("test_blind", "test_races", "test_score_command", "test_scoring_laws", "test_access", "test_crowd"),
    *("abuse", "upgrade", "test_connections", "test_erased_meanwhile"),
    *("test_my_data", "test_pdf_files", "test_publish", "test_pages", "test_search", "test_content"),
    *("test_limits", "test_review_races", "test_translation"),
}
# What these look at is the same on every database; .ci/run looks once.
ONCE = {
    *("test_pages_axe", "test_payloads", "test_pdf_files", "test_score_command", "test_scoring_laws"),
    *("test_content", "test_titles", "test_conventions", "test_house", "test_papers", "test_translation"),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        within = {*item.path.relative_to(HERE).with_suffix("").parts}
        for names, mark in ((SLOW, pytest.mark.slow), (ONCE, pytest.mark.once)):
            if within & names:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Make the tests' database and publish the shipped ladder once; each test's own changes are rolled back.

    pytest-django makes it only when a marked test is to run, and those in a browser are not marked: what they copied
    would be the real database.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, serialized_aliases=())
        visitors()
        factories.make_framework()
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="module")
def own_database(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of a copy of the migrated database for the tests of a file that look at it from other processes."""
    with migrated_database(tmp_path_factory.mktemp("own"), django_db_blocker) as url:
        yield url


@pytest.fixture(autouse=True)
def no_kept_reports() -> None:
    """Each test puts its own reports together: some do it in other words."""
    forget_reports()


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
