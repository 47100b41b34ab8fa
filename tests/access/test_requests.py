"""What holds for every address of the site, enumerated from the URL map: forgery, writing while reading, caching."""

import hashlib
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.access.asking import all_patterns
from tests.access.forms import Page
from tests.access.table import TABLE
from tests.access.test_walk import path_of
from tests.access.world import PERSONAS, World

pytestmark = pytest.mark.django_db
# Addresses whose POST needs no token, each with what stands in its place.
EXEMPT = {
    "choose_scheme": "public pages set no cookie; it looks at Sec-Fetch-Site and Origin (docs/decisions.md 15)",
    "show_shared_report": "a link's page sends no referrer; it answers a password only (22)",
    "show_shared_case": "as show_shared_report",
    "stop_digest": "a mail program's one-click unsubscribing has no token; the address itself is the secret",
}
# What reading may write. The ledger: who read what was shared with them, how often a link was opened, when a calendar
# was fetched. The bookkeeping: sessions, and the counters of rate limits.
LEDGER = {"assessments_opening", "assessments_reportlink", "growth_caselink", "growth_calendarfeed"}
# What was refused, exported or opened goes into the audit log (tests/people/audit/test_audit.py).
BOOKKEEPING = {"people_session", "cache", "people_ratecount", "people_auditevent", "people_audithead"}
MUTABLE_COLUMNS = {
    "assessments_reportlink": ("opened", "last_opened_at"),
    "growth_caselink": ("opened", "last_opened_at"),
}


def browser(world: World, persona: str, **how: Any) -> Client:
    client = Client(**how)
    client.cookies = SimpleCookie()
    if persona in world.cookies:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.cookies[persona]
    return client


# Forgery


def test_every_post_asks_for_its_token(world: World) -> None:
    """Sent by somebody who is logged in, from a page elsewhere: refused before anything else looks at it."""
    let_through, exempt = [], set()
    client = browser(world, "owner", enforce_csrf_checks=True)
    patterns = all_patterns()
    assert len(patterns) > 100
    # One line of each: every address has one, as test_walk.py sees to.
    for name, path in {line.name: path_of(line, world) for line in TABLE}.items():
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


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_without_a_token_a_scheme_is_chosen_from_our_pages_only(world: World, site: str) -> None:
    client = browser(world, "anonymous", enforce_csrf_checks=True)
    data = {"scheme": "", "next": "/ladder/"}
    path = reverse("choose_scheme")
    assert client.post(path, data, headers={"sec-fetch-site": site}).status_code == 403
    assert client.post(path, data, headers={"origin": "https://elsewhere.example"}).status_code == 403


# Writing while reading


def fingerprints(left_out: set[str]) -> dict[str, str]:
    """A hash of the rows of every table, whoever made it."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor)) - left_out):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  - names out of the database itself
            rows = sorted(repr(row) for row in cursor.fetchall())
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def kept(answer: Any) -> bool:
    """Whether a cache or the browser may keep an answer."""
    return "no-store" not in answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("persona", PERSONAS)
def test_reading_writes_nothing_and_is_kept_by_nobody(persona: str, world: World) -> None:
    """Every address that somebody may read, then what its pages link to; two who may little ask for everything.

    Nothing is undone between the requests: what one of them leaves behind is still there at the end.
    """
    client = browser(world, persona)
    before = fingerprints(LEDGER | BOOKKEEPING)
    parts = {path_of(line, world): line.public for line in TABLE if line.get and persona in line.get}
    waiting = {path_of(line, world): line.public for line in TABLE} if persona in {"anonymous", "outsider"} else parts
    links: dict[str, bool] = {}
    wrong, statuses = [], set()
    for path, is_public in waiting.items():
        answers = [client.get(path)]
        if path in parts:
            answers.append(client.get(path, headers={"HX-Request": "true"}))
        for answer in answers:
            statuses.add(answer.status_code)
            may_be_kept = is_public and persona == "anonymous" and "public" in answer.headers.get("Cache-Control", "")
            if kept(answer) and not may_be_kept:
                wrong.append(f"{path} {answer.status_code} {answer.headers.get('Cache-Control')}")
        if answers[0].status_code == 200 and answers[0].headers["Content-Type"].startswith("text/html"):
            links |= dict.fromkeys(Page(path, answers[0].content.decode()).links, False)
    # Pages that differ in what they ask for are many; the ladder is everybody's, and walked above.
    further = {link.partition("?")[0]: link for link in links if link.startswith("/") and link not in waiting}
    ours = [link for link in further.values() if not link.startswith(("/static/", "/ladder/"))]
    wrong += [link for link in ours if kept(client.get(link)) and persona != "anonymous"]
    wrong += [path for path in ("/nothing/here/", "/account/nothing/") if kept(client.get(path))]
    assert not wrong, "\n".join(wrong)
    assert {200, 302} <= statuses
    assert fingerprints(LEDGER | BOOKKEEPING) == before


def test_the_ledger_is_all_that_reading_writes(world: World) -> None:
    """Of the links, reading changes how often and when they were opened, and nothing else."""

    def columns() -> list[tuple[Any, ...]]:
        found = []
        with connection.cursor() as cursor:
            for table, changing in MUTABLE_COLUMNS.items():
                names = [column.name for column in connection.introspection.get_table_description(cursor, table)]
                kept = ", ".join(f'"{name}"' for name in names if name not in changing)
                cursor.execute(f'SELECT {kept} FROM "{table}" ORDER BY id')  # noqa: S608
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


# Caching


@pytest.mark.parametrize("persona", ["anonymous", "member", "owner", "staff"])
def test_what_a_post_answers_is_kept_by_nobody(persona: str, world: World) -> None:
    """Also refused, also as JSON."""
    client = browser(world, persona)
    for line in TABLE:
        if line.post is not None:
            assert not kept(client.post(path_of(line, world), headers={"accept": "application/json"})), line


def test_what_anonymous_caches_keep_holds_nothing_private(world: World) -> None:
    client = browser(world, "anonymous")
    shared = []
    for line in TABLE:
        answer = client.get(path_of(line, world))
        if "public" in answer.headers.get("Cache-Control", ""):
            shared.append(line.name)
            text = answer.content.decode()
            assert [canary for canary in world.canaries if canary in text] == []
            assert "Cookie" in answer.headers["Vary"]
    assert "show_ladder" in shared
