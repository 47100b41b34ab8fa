"""Wherever links lead somebody, in pages, parts of pages and files, they read only what the world says they may."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, transaction
from django.urls import reverse

from assessments.guards import GUARDS
from assessments.models import Assessment, Outcome, Rating, Review, Share
from tests.access.asking import LEDGER, Answer, Asker
from tests.access.forms import Page
from tests.access.table import PUBLIC, TABLE
from tests.access.test_walk import path_of
from tests.access.world import PERSONAS, World

pytestmark = pytest.mark.django_db
LINES = [line for line in TABLE if line not in PUBLIC and not line.loose and line.get and not line.shows]
# Shown to nobody by a page: what is deleted, whose reader is nobody here, or what no page shows.
# The last stands on a page of the account, which nobody walks here (tests/access/test_admin.py).
UNSEEN = ("token", "mail", "closed", "reasonover")
PAGES_MAX = 700
ONE_OF_MANY = re.compile("/answers/[^/]+/")
# Tokens of a page, and when a spreadsheet was made.
NEW_EACH_TIME = re.compile(
    r'name="(csrfmiddlewaretoken|page)" value="[^"]*"|"(csrf|page)[a-z]*": *"[^"]*"|\d{4}-\d\d-\d\dT[\d:]{8}Z'
)


def starts(world: World, persona: str) -> list[str]:
    # Not where an old address leads to somebody who may know of a team and not of all its pages.
    return [path_of(line, world) for line in LINES if line.get and persona in line.get and not line.any_method]


def walk(world: World, asker: Asker, persona: str) -> tuple[str, list[str]]:
    """All that somebody reads on the pages that links lead to from where they may go, and what is wrong there.

    Fails at the first thing hidden.
    """
    waiting = starts(world, persona)
    seen: dict[str, str] = {}
    wrong: list[str] = []
    kinds: dict[tuple[str, ...], int] = {}
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.pop(0)
        if path in seen or not path.startswith("/") or path.startswith(("/ladder/", "/account/", "/static/")):
            continue
        # Pages that differ in what they ask for, or in the answer of a report, are many; three of a kind will do.
        parts = urlsplit(path)
        kind = (ONE_OF_MANY.sub("/answers/", parts.path), *sorted(parse_qs(parts.query)))
        kinds[kind] = kinds.get(kind, 0) + 1
        if kinds[kind] > 3:
            continue
        answer = asker.look(persona, path)
        # A file is the same for htmx.
        part = asker.look(persona, path, htmx=True) if "HX-Request" in answer.vary else answer
        assert asker.leaks(persona, answer, sent=path) + asker.leaks(persona, part, sent=path) == [], path
        if answer.status not in {"ok", "login"}:
            wrong.append(f"{path} is linked for {persona} and answers {answer.status}")
        if (answer.is_kept or part.is_kept) and persona != "anonymous":
            wrong.append(f"{path} may be kept by a cache, for {persona}")
        if written := (answer.writes | part.writes) - LEDGER:
            wrong.append(f"{path} is read by {persona} and writes into {written}")
        seen[path] = answer.body
        if answer.body.lstrip().startswith("<"):
            page = Page(path, answer.body)
            waiting += page.links
            wrong += refused(asker, persona, page)
        if answer.location:
            waiting.append(answer.location)
    return "\n".join(seen.values()), wrong


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


def test_nobody_reads_what_is_hidden_and_somebody_what_is_not(world: World, asker: Asker) -> None:
    """The second half keeps the first honest: a canary that no page ever shows would prove nothing.

    On the way: no link and no form is offered in vain, and no page that is read writes anything or is kept.
    """
    walks = [walk(world, asker, persona) for persona in PERSONAS]
    everything = "\n".join(text for text, _ in walks)
    assert [c for c, readers in world.canaries.items() if readers and c not in everything and not _is_unseen(c)] == []
    wrong = [what for _, found in walks for what in found]
    assert not wrong, "\n".join(wrong)


def _is_unseen(canary: str) -> bool:
    return re.sub(r"^zq\d+", "", canary).startswith(UNSEEN)


STEPS_SEEN = {
    # Whose steps → who may see them.
    "draft": {"member"},
    "private": {"member", "recipient"},
    "correction": {"member"},
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
    seen = {name for name, readers in STEPS_SEEN.items() if persona in readers}
    assert changed_pages(world, asker, persona, set(STEPS_SEEN) - seen) == []
    assert bool(seen and changed_pages(world, asker, persona, seen)) is bool(seen)


def changed_pages(world: World, asker: Asker, persona: str, names: set[str]) -> list[str]:
    """The pages that somebody reads otherwise when the steps of these are others."""
    paths = starts(world, persona)
    with transaction.atomic():
        for name in sorted(names):
            change_steps(world.things[name])
        after = {path: text_of(asker.ask(persona, "GET", path)) for path in paths}
        transaction.set_rollback(True)
    different = [path for path in paths if after[path] != text_of(asker.look(persona, path))]
    # What somebody looked at a while ago may say that it was now.
    return [path for path in different if after[path] != text_of(asker.ask(persona, "GET", path))]


def text_of(answer: Answer) -> str:
    return NEW_EACH_TIME.sub("", answer.body)


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


# What a test below is about: the objects of reviews, and who must not read all of them.
BLIND = (Assessment, Review, Share)


def pages_about(world: World, *kinds: type) -> dict[type, set[str]]:
    """The names of the addresses whose one parameter is the id of a thing of this kind."""
    found: dict[type, set[str]] = {kind: set() for kind in kinds}
    for line in TABLE:
        kind = type(world.things.get(line.path.get("pk", "")))
        if line.get is not None and len(line.path) == 1 and kind in found:
            found[kind].add(line.name)
    return found


@pytest.mark.parametrize("persona", ["fellow", "manager", "second_manager"])
def test_no_page_about_any_review_shows_what_is_hidden(persona: str, world: World, asker: Asker) -> None:
    """Everything that belongs to a review, at every address that takes a thing of its kind, linked or not."""
    names = pages_about(world, *BLIND)
    assert all(names.values())
    assert len(names[Assessment]) > 10
    things = [thing for thing in world.things.values() if isinstance(thing, BLIND)]
    wrong = []
    # What members said of themselves stands in copies; their own are the walk's.
    for thing in [thing for thing in things if getattr(thing, "kind", "manager") == Assessment.Kind.MANAGER]:
        for path in [reverse(name, args=[thing.pk]) for name in names[type(thing)]]:
            wrong += [f"{path}: {leak}" for leak in asker.leaks(persona, asker.look(persona, path), sent=path)]
    assert not wrong, "\n".join(wrong)
