"""Fixtures for all tests: the ladder, and people named by what they are to each other."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import environ
import hypothesis
import pytest
from django.db import DataError, connections, models
from django.test import Client
from django.test.utils import setup_databases, teardown_databases

from ladder.rubric import Rubric
from people.models import MailHold, Proof, Session, User, visitors
from people.upkeep import announcement
from tests import factories
from tests.databases import migrated_database

HERE = Path(__file__).parent
# Whole walks over the site, browsers, other processes, and files of tests that take more than three seconds of CPU:
# `make quick` leaves them out.
SLOW = {
    *("abuse", "access", "browser", "upgrade"),
    *(
        "test_backup",
        "test_backups",
        "test_moving",
        "test_environment",
        "test_limits",
        "test_readme",
        "test_running",
        "test_serving",
        "test_tls",
    ),
    *("test_crowd", "test_demo", "test_erased_meanwhile", "test_races"),
    *("test_agenda", "test_frozen_answers", "test_links", "test_review_races", "test_team_page"),
    *("test_evidence_files", "test_my_data", "test_pdf_files", "test_score_command", "test_scoring_laws"),
    *("test_content", "test_files", "test_pages", "test_publish", "test_search", "test_trend", "test_what_if"),
    *("test_evidence", "test_reauth_ways", "test_second_factor", "test_sharing", "test_directions"),
    *("test_appointing", "test_names_in_mails", "test_open_invitations", "test_readers", "test_traces"),
    *("test_addresses", "test_budgets", "test_facts", "test_figures", "test_reading"),
}
# What these look at is the same on every database, so .ci/run looks once: papers and files, settings and servers, how
# pages look, and who somebody is.
ONCE = {
    *("browser", "document", "login", "pages", "paper", "report", "scoring", "search", "titles"),
    *("test_connections", "test_conventions", "test_deploy", "test_environment", "test_house", "test_papers"),
    *("test_forms", "test_headers", "test_migration_lint", "test_serving", "test_supply", "test_translation"),
    *("test_local_mail", "test_markdown", "test_matrix", "test_profile", "test_readme", "test_reading"),
    "test_directions",
    *("test_authorities", "test_guest_lists", "test_metrics", "test_names_in_mails", "test_tables", "test_tls"),
}
# And what there is of theirs that speaks SQL of its own, or is the whole journey.
TWICE = {"test_journey", "test_log_in_limits", "test_sessions"}


def is_quick(config: pytest.Config) -> bool:
    return bool(config.getoption("markexpr") == "not slow")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Reading the slow files takes a quick run as long as a tenth of its tests."""
    return True if is_quick(config) and collection_path.stem in SLOW else None


def pytest_configure(config: pytest.Config) -> None:
    """A busy machine is no mistake of what a law is about; and a quick run tries less."""
    busy = [hypothesis.HealthCheck.too_slow]
    count = 10 if is_quick(config) else 100
    hypothesis.settings.register_profile("ours", deadline=None, max_examples=count, suppress_health_check=busy)
    hypothesis.settings.load_profile("ours")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One after the other, whatever the order is otherwise: their world lasts as long as no other test comes between.
    items.sort(key=lambda item: "access" not in item.path.parts)
    for item in items:
        within = {*item.path.relative_to(HERE).with_suffix("").parts}
        if within & SLOW:
            item.add_marker(pytest.mark.slow)
        if within & ONCE and not within & TWICE:
            item.add_marker(pytest.mark.once)


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
        factories.make_ladder_version()
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


@pytest.fixture
def in_place(own_database: str, django_db_blocker: Any) -> Iterator[Callable[[str], None]]:
    """Puts the database of a URL in the place of the tests' own, with the settings of that one."""
    kept = connections["default"]

    def put(url: str) -> None:
        connections["default"].close()
        settings = {**kept.settings_dict, **environ.Env.db_url_config(url), "OPTIONS": kept.settings_dict["OPTIONS"]}
        connections["default"] = type(kept)(settings, "default")

    with django_db_blocker.unblock():
        put(own_database)
        yield put
        put(own_database)
        MailHold.objects.all().delete()
        Proof.objects.all().delete()
        Session.objects.all().delete()
        User.objects.all().delete()
        connections["default"].close()
    connections["default"] = kept


@pytest.fixture(autouse=True)
def nothing_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes look for an announcement now and then: exact numbers of statements would have one more at times."""
    monkeypatch.setattr(announcement, "_look", announcement.LastLook(again_at=math.inf))


@pytest.fixture(autouse=True, scope="session")
def columns_end() -> Iterator[None]:
    """Refuse a text that is longer than its column, as PostgreSQL does: SQLite stores it."""

    def prepared(self: models.CharField[str, str], value: Any, connection: Any) -> Any:
        if isinstance(value, str) and self.max_length and len(value) > self.max_length:
            raise DataError(f"{len(value)} characters for {self}, which has {self.max_length}")
        return models.Field.get_db_prep_save(self, value, connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.CharField, "get_db_prep_save", prepared)
        yield


@pytest.fixture
def rubric(db: None) -> Rubric:
    """The shipped ladder, published."""
    return factories.make_rubric()


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
