"""What holds for every address of the site, enumerated from the URL map: forgery, and writing while reading."""

import hashlib
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse

from tests.access.asking import BOOKKEEPING, LEDGER, all_patterns, browser
from tests.access.table import TABLE
from tests.access.test_walk import FIRST, data_of, path_of
from tests.access.world import PERSONAS, World

pytestmark = pytest.mark.django_db
# Addresses whose POST needs no token, each with what stands in its place.
EXEMPT = {
    "choose_scheme": "public pages set no cookie; it looks at Sec-Fetch-Site and Origin (test_schemes.py)",
    "show_shared_report": "a link's page sends no referrer; it answers a password only (22)",
    "show_shared_case": "as show_shared_report",
    "refuse_mails": "as stop_digest",
    "stop_reminders": "as stop_digest",
    "stop_look_again": "as stop_digest",
    "stop_digest": "a mail program's one-click unsubscribing has no token; the address itself is the secret",
}
# The answer alone shows the secret of the link that was made, so a second answer needs a link of its own.
SHOWN_ONCE = dict.fromkeys(("create_link", "create_team_link"), "")
MUTABLE_COLUMNS = {
    "assessments_reportlink": ("opened", "last_opened_at"),
    "growth_caselink": ("opened", "last_opened_at"),
}


def test_every_post_asks_for_its_token(world: World) -> None:
    """Sent by somebody who is logged in, from a page elsewhere: refused before anything else looks at it."""
    let_through, exempt = [], set()
    client = browser(world, "owner", enforce_csrf_checks=True)
    patterns = all_patterns()
    assert len(patterns) > 100
    for name, path in {name: path_of(line, world) for name, line in FIRST.items()}.items():
        if getattr(patterns[name][0].callback, "csrf_exempt", False):
            exempt.add(name)
            continue
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(path)
            if answer.status_code != 403 or b"csrf" not in answer.content.lower() + _templates(answer):
                let_through.append(f"{method} {name} {answer.status_code}")
    assert exempt == set(EXEMPT)
    assert not let_through, "\n".join(let_through)


def _templates(answer: Any) -> bytes:
    return " ".join(template.name or "" for template in answer.templates).encode()


def test_with_its_token_a_post_goes_through(world: World) -> None:
    """So that the test above is about the token."""
    client = browser(world, "member", enforce_csrf_checks=True)
    path = reverse("edit_profile")
    client.get(path)
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    data = {"name": "A name", "time_zone": "UTC", "csrfmiddlewaretoken": token}
    assert client.post(path, data).status_code == 302
    assert client.post(path, data | {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert client.post(path, data, headers={"origin": "https://elsewhere.example"}).status_code == 403


# Sending twice


def test_a_form_that_arrives_twice_makes_one_thing(world: World) -> None:
    """A double click, or a request that was sent again, adds no row to what the first one made."""
    doubled = []
    for line in FIRST.values():
        for persona in sorted(line.post or ())[:1]:
            if line.loose or line.name in EXEMPT | SHOWN_ONCE or persona == "anonymous":
                continue
            path, data = path_of(line, world), data_of(line, world) | {"csrfmiddlewaretoken": "x" * 64}
            with transaction.atomic():
                client = browser(world, persona)
                client.post(path, data)
                first = numbers()
                client.post(path, data)
                second = numbers()
                transaction.set_rollback(True)
            doubled += [f"{line}: {table}" for table in first if second[table] > first[table]]
    assert not doubled, "\n".join(doubled)


def numbers() -> dict[str, int]:
    """How many rows each table has."""
    models = [model for model in apps.get_models() if model._meta.db_table not in BOOKKEEPING | LEDGER]
    return {model._meta.db_table: model._base_manager.count() for model in models}


def fingerprints(left_out: set[str]) -> dict[str, str]:
    """A hash of the rows of every table, whoever made it."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - left_out):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  - names out of the database itself
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


@pytest.mark.parametrize("persona", ["anonymous", "member", "owner"])
def test_reading_writes_nothing(persona: str, world: World) -> None:
    """Every row of every table before and after, where the walk of the others looks at the statements only.

    Nothing is undone between the requests: what one of them leaves behind is still there at the end.
    """
    client = browser(world, persona)
    before = fingerprints(LEDGER | BOOKKEEPING)
    statuses = set()
    for line in TABLE:
        if line.get and persona in line.get:
            statuses.add(client.get(path_of(line, world)).status_code)
    assert {200, 302} <= statuses
    assert fingerprints(LEDGER | BOOKKEEPING) == before


def test_the_ledger_is_all_that_reading_writes(world: World) -> None:
    """Of the links, reading changes how often and when they were opened, and nothing else."""

    def columns() -> list[tuple[Any, ...]]:
        found = []
        with connection.cursor() as cursor:
            for table, changing in MUTABLE_COLUMNS.items():
                names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
                same = ", ".join(f'"{name}"' for name in names if name not in changing)
                cursor.execute(f'SELECT {same} FROM "{table}" ORDER BY id')  # noqa: S608
                found += cursor.fetchall()
        return found

    before, everything = columns(), fingerprints(BOOKKEEPING)
    for persona in PERSONAS:
        client = browser(world, persona)
        for line in TABLE:
            if line.ledger:
                client.get(path_of(line, world))
    assert columns() == before
    after = fingerprints(BOOKKEEPING)
    changed = {table for table in after if after[table] != everything[table]}
    # A calendar notes when it was fetched last, and not each time.
    assert LEDGER - {"growth_calendarfeed"} <= changed <= LEDGER


def test_a_page_that_is_none_is_kept_by_nobody(world: World) -> None:
    """What is there, the walks look at."""
    for path in ("/nothing/here/", "/account/nothing/"):
        assert "no-store" in browser(world, "member").get(path).headers["Cache-Control"]
