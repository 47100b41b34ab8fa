"""Wherever links lead somebody, in pages, parts of pages and files, they read only what the world says they may."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection

from assessments.guards import GUARDS
from assessments.models import Assessment, Outcome, Rating, Share
from tests.access.asking import Asker
from tests.access.forms import Page
from tests.access.table import PUBLIC, TABLE
from tests.access.test_walk import path_of
from tests.access.world import PERSONAS, World

pytestmark = pytest.mark.django_db
LINES = [line for line in TABLE if line not in PUBLIC and not line.loose and line.get and not line.shows]
# Shown to nobody by a page: what is deleted, whose reader is nobody here, or what no page shows.
# The last stands on a page of the account, which nobody walks here (tests/access/test_admin.py).
UNSEEN = ("token", "mail", "closed", "reasonover")
PAGES_MAX = 300
# Tokens of a page, and when a spreadsheet was made.
NEW_EACH_TIME = re.compile(
    r'name="(csrfmiddlewaretoken|page)" value="[^"]*"|"(csrf|page)[a-z]*": *"[^"]*"|\d{4}-\d\d-\d\dT[\d:]{8}Z'
)


def starts(world: World, persona: str) -> list[str]:
    return [path_of(line, world) for line in LINES if line.get and persona in line.get]


def walk(world: World, asker: Asker, persona: str) -> tuple[dict[str, str], list[str]]:
    """All that somebody reaches by links from where they may go: address → text, and the links and forms that are
    offered in vain.

    Fails at the first thing hidden.
    """
    waiting = starts(world, persona)
    seen: dict[str, str] = {}
    dead: list[str] = []
    kinds: dict[tuple[str, ...], int] = {}
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.pop(0)
        if path in seen or not path.startswith("/") or path.startswith(("/ladder/", "/account/", "/static/")):
            continue
        # Pages that differ in what they ask for are many; three of a kind will do.
        parts = urlsplit(path)
        kind = (parts.path, *sorted(parse_qs(parts.query)))
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > 3:
            continue
        answer = asker.ask(persona, "GET", path)
        part = asker.ask(persona, "GET", path, htmx=True)
        assert asker.leaks(persona, answer, sent=path) + asker.leaks(persona, part, sent=path) == [], path
        if answer.status not in {"ok", "login"}:
            dead.append(f"{path} is linked for {persona} and answers {answer.status}")
        seen[path] = answer.body
        if answer.body.lstrip().startswith("<"):
            page = Page(path, answer.body)
            waiting += page.links
            dead += refused(asker, persona, page)
        if answer.location:
            waiting.append(answer.location)
    return seen, dead


def refused(asker: Asker, persona: str, page: Page) -> list[str]:
    """The forms of a page, as they stand and with each role that they offer, that this persona may not send."""
    found = []
    for form in page.forms:
        tried = [form.fields, *(form.fields | {name: value} for name, value in form.choices if name == "role")]
        for fields in tried if form.method == "POST" and not form.action.startswith("/account/") else ():
            key = (persona, form.action, fields.get("role"), *sorted(fields))
            if key not in asker.sent:
                asker.sent.add(key)
                answer = asker.ask(persona, "POST", form.action, fields)
                if answer.status not in {"ok", "login"}:
                    found.append(f"{page.path} offers {persona} {form.action} {fields}, which answers {answer.status}")
    return found


def walks(world: World, asker: Asker) -> dict[str, tuple[dict[str, str], list[str]]]:
    """Everybody's walk, taken once for a world."""
    if not world.walks:
        world.walks = {persona: walk(world, asker, persona) for persona in PERSONAS}
    return world.walks


def test_nobody_reads_what_is_hidden_and_somebody_what_is_not(world: World, asker: Asker) -> None:
    """The second half keeps the first honest: a canary that no page ever shows would prove nothing."""
    world.walks.clear()
    everything = "\n".join(text for pages, _ in walks(world, asker).values() for text in pages.values())
    assert [c for c, readers in world.canaries.items() if readers and c not in everything and not _is_unseen(c)] == []


def test_no_link_and_no_form_is_offered_in_vain(world: World, asker: Asker) -> None:
    vain = [what for _, dead in walks(world, asker).values() for what in dead]
    assert not vain, "\n".join(vain)


def _is_unseen(canary: str) -> bool:
    return re.sub(r"^zq\d+", "", canary).startswith(UNSEEN)


STEPS_SEEN = {
    # Whose steps → who may see them.
    "draft": {"member"},
    "private": {"member", "recipient"},
    "rating_review_blind": {"manager"},
    "rating_review_draft": {"manager"},
    "rating_review_revealed": {"member", "manager"},
    "rating_review_signed": {"member", "director"},
    "rating_review_of_ex_manager": {"member"},
    "shared": {"member", "manager"},
    "newcomers": {"manager"},
    # Behind a password that nobody types here; those that ended open nothing.
    "locked": {"member"},
    # Opened by staff, who said why.
    "supported": {"member", "staff"},
}


@pytest.mark.parametrize("persona", [persona for persona in PERSONAS if persona != "visitor"])
def test_steps_change_nothing_for_those_they_are_hidden_from(persona: str, world: World, asker: Asker) -> None:
    """Steps are small numbers that no search finds: so change them, and see that others' pages stay as they are."""
    before = texts(world, asker, persona)
    for name, readers in STEPS_SEEN.items():
        if persona not in readers:
            change_steps(world.things[name])
    after = texts(world, asker, persona)
    assert [path for path in after if after[path] != before[path]] == []
    seen = [name for name, readers in STEPS_SEEN.items() if persona in readers]
    for name in seen:
        change_steps(world.things[name])
    assert (texts(world, asker, persona) != after) is bool(seen)


def texts(world: World, asker: Asker, persona: str) -> dict[str, str]:
    return {path: NEW_EACH_TIME.sub("", asker.ask(persona, "GET", path).body) for path in starts(world, persona)}


def change_steps(assessment: Assessment) -> None:
    """Answer everything with 5, in the ratings, in what follows from them and in the copies; the guards step aside."""
    with connection.cursor() as cursor:
        for guard in GUARDS:
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}")
    Rating.objects.filter(assessment=assessment).update(step=5)
    answers = assessment.answers()
    Share.objects.filter(source=assessment).update(answers=answers, result=assessment.score(answers).as_json())
    if outcome := Outcome.objects.filter(assessment=assessment).first():
        new = Outcome.from_result(assessment, answers, assessment.score(answers))
        new.pk = outcome.pk
        new.save(force_update=True)
