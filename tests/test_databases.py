"""What a session of the database promises, and which pages a replica may answer."""

import datetime
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.utils import timezone

from assessments.models import Assessment
from assessments.sharing.copies import withdraw
from config import databases, routing
from config.routing import Freshness, ReplicaRouter
from ladder.rubric import Rubric
from people.audit.log import Kind, Verb, record
from people.models import Membership, User
from tests.assessments.reviews.pair import make_pair
from tests.factories import make_assessment, make_organisation

ROOT = Path(__file__).resolve().parent.parent
postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="not run: needs PostgreSQL (set DATABASE_URL)"
)
URL = "postgres://user@db.example:5432/name"


def configured(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, dict[str, Any]]:
    for name in ("DATABASE_POOL", "DATABASE_TRANSACTION_POOLER", "DATABASE_ISOLATION", "REPLICA_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"DATABASE_URL": URL, **environment}.items():
        monkeypatch.setenv(name, value)
    return databases.configured(Path("unused"), pooled=True)


# The session


def test_an_answer_is_committed_before_it_is_acknowledged(db: None) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2
        else:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone()[0] == "on"


@postgresql
def test_the_session_does_not_take_the_servers_word_for_it(db: None) -> None:
    """`source` says where the value comes from: our connection, not a file of the server's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT source FROM pg_settings WHERE name = 'synchronous_commit'")
        assert cursor.fetchone()[0] == "client"


def test_plans_are_for_flash_unless_the_operator_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgres://user@database.example:5432/name"
    assert "-c random_page_cost=1.1" in configured(monkeypatch, DATABASE_URL=url)["default"]["OPTIONS"]["options"]
    own = configured(monkeypatch, DATABASE_URL=f"{url}?options=-c%20random_page_cost=4")["default"]["OPTIONS"][
        "options"
    ]
    assert own.startswith("-c random_page_cost=4 -c synchronous_commit=on")
    assert own.count("random_page_cost") == 1


def test_a_pooler_gets_no_parameters_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    found = configured(monkeypatch, DATABASE_TRANSACTION_POOLER="1", DATABASE_POOL="0")
    databases.limit_time(found)
    assert "options" not in found["default"]["OPTIONS"]
    assert found["default"]["DISABLE_SERVER_SIDE_CURSORS"]


@postgresql
def test_only_requests_have_time_limits() -> None:
    look = (
        "from django.db import connection as c; u = c.cursor(); "
        "[print(u.execute('SHOW ' + n).fetchone()[0]) for n in "
        "('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')]"
    )
    said = {}
    for name, first in {"request": "import config.wsgi; ", "command": "import django; django.setup(); "}.items():
        done = subprocess.run(
            [sys.executable, "-c", first + look],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_STATEMENT_SECONDS": "7"},
            capture_output=True,
            text=True,
            check=True,
        )
        said[name] = done.stdout.split()
    assert said == {"request": ["7s", "10s", "1min"], "command": ["0", "0", "0"]}


def test_a_stricter_isolation_holds_outside_of_transactions_too(monkeypatch: pytest.MonkeyPatch) -> None:
    options = configured(monkeypatch, DATABASE_ISOLATION="serializable")["default"]["OPTIONS"]
    assert options["isolation_level"].name == "SERIALIZABLE"
    assert "default_transaction_isolation=serializable" in options["options"]
    with pytest.raises(ImproperlyConfigured, match="DATABASE_ISOLATION"):
        configured(monkeypatch, DATABASE_ISOLATION="chaos")


@postgresql
def test_the_session_has_the_isolation_that_was_asked_for(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone()[0] == os.environ.get("DATABASE_ISOLATION", "read committed")


# The replica


def test_a_replica_is_of_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    found = configured(monkeypatch, REPLICA_URL="postgres://user@replica.example:5432/name")
    assert found["replica"]["HOST"] == "replica.example"
    for url in ({"DATABASE_URL": "sqlite:////tmp/a"}, {"REPLICA_URL": "sqlite:////tmp/a"}):
        with pytest.raises(ImproperlyConfigured, match="REPLICA_URL"):
            configured(monkeypatch, **{"REPLICA_URL": "postgres://user@replica.example:5432/name", **url})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[str, str]]:
    """Where each read was sent, on a site that has a fresh replica: (model, database). The reads stay here."""
    monkeypatch.setitem(settings.DATABASES, "replica", {**settings.DATABASES["default"]})
    monkeypatch.setattr(routing.freshness, "is_fresh", lambda: True)
    found: list[tuple[str, str]] = []
    decide = ReplicaRouter.db_for_read

    def note(self: ReplicaRouter, model: Any, **hints: Any) -> str:
        found.append((model.__name__, decide(self, model, **hints)))
        return "default"

    monkeypatch.setattr(ReplicaRouter, "db_for_read", note)
    return found


def test_a_report_comes_from_the_replica_and_who_asks_from_the_primary(
    member_client: Client, member: User, asked: list[tuple[str, str]]
) -> None:
    done = make_assessment(member, answers={"data": 3}, submitted=True)
    asked.clear()
    assert member_client.get(f"/reports/{done.pk}/").status_code == 200
    assert ("Assessment", "replica") in asked
    assert {database for model, database in asked if model in {"User", "Session", "Membership"}} <= {"default"}


def test_after_a_change_ones_own_pages_come_from_the_primary(
    member_client: Client, member: User, asked: list[tuple[str, str]]
) -> None:
    draft = make_assessment(member, answers={"data": 3})
    response = member_client.post(f"/quiz/{draft.pk}/submit/")
    cookie = response.cookies[routing.COOKIE]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (10, True, "Lax")
    asked.clear()
    assert member_client.get(f"/reports/{draft.pk}/").status_code == 200
    assert {database for _, database in asked} == {"default"}
    del member_client.cookies[routing.COOKIE]
    member_client.get(f"/reports/{draft.pk}/")
    assert ("Assessment", "replica") in asked


@pytest.mark.parametrize(
    "page", ["/teams/checkout/", "/teams/checkout/strengths/", "/teams/checkout/matrix.csv", "/organisations/lantern/"]
)
def test_what_was_taken_back_is_gone_for_everybody_with_the_next_request(
    rubric: Rubric, asked: list[tuple[str, str]], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_pair()
    elsewhere, other = make_organisation("Other", "other"), pair.share()
    client = pair.as_manager

    def read() -> set[str]:
        asked.clear()
        assert client.get(page).status_code == 200
        return {database for model, database in asked if model in {"Review", "Share", "OrganisationLadder", "Round"}}

    record(elsewhere.pk, Verb.COPY_WITHDRAWN, other, kind=Kind.COPY)
    before = read()
    withdraw(other)
    assert read() <= {"default"}
    later = timezone.now() + datetime.timedelta(seconds=71)
    monkeypatch.setattr(routing.timezone, "now", lambda: later)
    assert "replica" in before
    assert read() == before


def test_the_quiz_never_reads_from_the_replica(
    member_client: Client, member: User, asked: list[tuple[str, str]]
) -> None:
    draft = make_assessment(member, answers={"data": 3})
    asked.clear()
    assert member_client.get(f"/quiz/{draft.pk}/").status_code == 200
    assert {database for _, database in asked} == {"default"}


def test_all_pages_named_for_the_replica_are_there() -> None:
    from django.urls import get_resolver

    assert {name for name in get_resolver().reverse_dict if isinstance(name, str)} >= routing.FROM_REPLICA


def test_nothing_is_written_to_a_replica() -> None:
    router = ReplicaRouter()
    assert {router.db_for_write(model) for model in (Assessment, Membership)} == {"default"}
    assert not router.allow_migrate("replica")


class Lagging(Freshness):
    """A primary that writes a step each look, and a replica that has replayed up to `reached`."""

    def __init__(self) -> None:
        super().__init__()
        self.written = self.reached = 0
        self.now = 0.0

    def _positions(self) -> tuple[str, str | None]:
        self.written += 1
        return f"0/{self.written:X}", None if self.reached < 0 else f"0/{self.reached:X}"


@pytest.mark.parametrize(
    ("behind", "fresh"), [(0, True), (3, True), (8, True), (12, False)], ids=["none", "a little", "just", "too far"]
)
def test_a_replica_that_is_too_far_behind_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, behind: int, fresh: bool
) -> None:
    look, clock = Lagging(), [100.0]
    monkeypatch.setattr(routing.time, "monotonic", lambda: clock[0])
    for second in range(30):
        clock[0] += 1
        look.reached = max(0, second + 1 - behind)
        found = look.is_fresh()
    assert found is fresh
    look.reached = -1  # promoted
    clock[0] += 1
    assert not look.is_fresh()


def test_without_a_replica_nothing_is_different(client: Client, rubric: Rubric) -> None:
    assert "replica" not in settings.DATABASES
    assert routing.COOKIE not in client.post("/quiz/start/", {}).cookies
