"""Wherever links lead somebody, in pages, parts of pages and files, they read only what the world says they may."""

import re

import pytest
from django.db import connection

from assessments.models import Assessment, Outcome, Rating, Share
from assessments.triggers import GUARDS
from tests.access.asking import Asker
from tests.access.forms import Page
from tests.access.table import PUBLIC, TABLE
from tests.access.test_walk import path_of
from tests.access.world import PERSONAS, World

pytestmark = pytest.mark.django_db
LINES = [line for line in TABLE if line not in PUBLIC and not line.loose and line.get and not line.shows]
# Shown to nobody by a page: what is deleted, whose reader is nobody here, or what no page shows.
UNSEEN = {"token", "mail", "closed"}
PAGES_MAX = 300


def starts(world: World, persona: str) -> list[str]:
    return [path_of(line, world) for line in LINES if line.get and persona in line.get]


def walk(world: World, asker: Asker, persona: str) -> tuple[dict[str, str], list[str]]:
    """All that somebody reaches by links from where they may go: address → text, and the links that lead nowhere.

    Fails at the first thing hidden.
    """
    waiting, seen, dead = starts(world, persona), {}, []
    while waiting and len(seen) < PAGES_MAX:
        path = waiting.pop(0)
        if path in seen or not path.startswith("/") or path.startswith(("/ladder/", "/account/", "/static/")):
            continue
        answer = asker.ask(persona, "GET", path)
        part = asker.ask(persona, "GET", path, htmx=True)
        assert asker.leaks(persona, answer, sent=path) + asker.leaks(persona, part, sent=path) == [], path
        if answer.status not in {"ok", "login"}:
            dead.append(f"{path} is linked for {persona} and answers {answer.status}")
        seen[path] = answer.body
        if answer.body.lstrip().startswith("<"):
            waiting += Page(path, answer.body).links
        if answer.location:
            waiting.append(answer.location)
    return seen, dead


def test_nobody_reads_what_is_hidden_and_somebody_what_is_not(world: World, asker: Asker) -> None:
    """The second half keeps the first honest: a canary that no page ever shows would prove nothing."""
    found: dict[str, set[str]] = {canary: set() for canary in world.canaries}
    nowhere: list[str] = []
    for persona in PERSONAS:
        pages, dead = walk(world, asker, persona)
        nowhere += dead
        text = "\n".join(pages.values())
        for canary in found:
            if canary in text:
                found[canary].add(persona)
    never = [c for c, readers in world.canaries.items() if readers and not found[c] and not UNSEEN & {_kind(c)}]
    assert never == []
    assert nowhere == []


def _kind(canary: str) -> str:
    return next((kind for kind in UNSEEN if canary[4:].startswith(kind)), "")


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
}


@pytest.mark.parametrize("name", STEPS_SEEN)
def test_other_steps_make_no_difference_to_whom_they_are_hidden_from(name: str, world: World, asker: Asker) -> None:
    """Steps are small numbers that no search finds: so change them, and see that these people's pages stay as they are."""
    readers = [persona for persona in PERSONAS if persona not in STEPS_SEEN[name] | {"visitor", "staff"}]
    before = {persona: texts(world, asker, persona) for persona in readers}
    seen_before = {persona: texts(world, asker, persona) for persona in STEPS_SEEN[name]}
    change_steps(world.things[name])
    for persona in readers:
        after = texts(world, asker, persona)
        assert [path for path in after if after[path] != before[persona][path]] == [], persona
    assert any(texts(world, asker, persona) != seen_before[persona] for persona in STEPS_SEEN[name])


def texts(world: World, asker: Asker, persona: str) -> dict[str, str]:
    drop = re.compile(
        r'name="(csrfmiddlewaretoken|page)" value="[^"]*"|"(csrf|page)[a-z]*": *"[^"]*"|data-page="[^"]*"|\d{4}-\d\d-\d\dT[\d:]{8}Z'
    )
    return {path: drop.sub("", asker.ask(persona, "GET", path).body) for path in starts(world, persona)}


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
