"""Whatever people wrote, from right to left or from left to right, turns nothing around but itself.

A world whose every name and text begins with a Hebrew or an Arabic letter, holds a Latin word, and ends in a number
and a full stop: each stands in an element of its own (`<bdi>`, `dir="auto"`), or between two signs that isolate it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.messages.storage.base import BaseStorage

from people.models import User
from tests.access.asking import Asker
from tests.access.conftest import built
from tests.access.table import TABLE, Line
from tests.access.test_translation import SPOKEN
from tests.access.test_walk import data_of, path_of
from tests.access.world import World
from tests.pages import Node, parse

# One world for the three, on one worker.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("directions")]
# Together they see a page of every kind.
SEES = ("member", "fellow", "manager", "second_manager", "owner", "staff")
# What addresses, tokens and links hold is ASCII, and so no text of its own direction.
PLAIN = ("mail_", "token_", "entry_link")
LETTERS = re.compile("[\u0590-\u06ff]")
# One text or several one below the other, and nothing of ours beside them.
WRITTEN = re.compile("((What we did: )?(דנה|ليلى) [^.…]*(12\\.|…)[\\s,]*)+")
ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
SIGNS = re.compile("[\u2066-\u2069]")


class BothWays(World):
    """The world in two scripts that are written from right to left."""

    def canary(self, name: str, *readers: str) -> str:
        text = super().canary(re.sub("[^a-z_]", "", name), *readers)
        return text if name.startswith(PLAIN) else f"דנה {text} 12."

    def person(self, name: str, *seen_by: str, domain: str = "lantern.example") -> User:
        user = super().person(name, *seen_by, domain=domain)
        User.objects.filter(pk=user.pk).update(name=f"ليلى {name.replace('_', ' ')} 12.")
        user.refresh_from_db()
        return user


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Not in tests/access/, whose own world is there for as long as its tests are."""
    with built(BothWays, django_db_blocker) as world:
        yield world


@pytest.fixture
def world(shared_world: World, db: None, readable_pdfs: None) -> World:
    return shared_world


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(world)


def is_alone(node: Node) -> bool:
    """Whether the next element around that has a direction of its own holds what people wrote and nothing else."""
    at: Node | None = node
    while at and at.tag not in {"bdi", "option"} and at.attrs.get("dir") != "auto":
        at = at.around
    return bool(at and WRITTEN.fullmatch(at.text))


def turned(page: Node) -> Iterator[str]:
    """Every place where what somebody wrote stands in a text of ours as if it were a part of it."""
    for node, text in page.texts:
        if LETTERS.search(ISOLATED.sub("", text)) and not is_alone(node):
            yield f"<{node.tag}> {' '.join(text.split())[:90]}"
    for node in page:
        for name, text in node.attrs.items():
            if name in SPOKEN and LETTERS.search(ISOLATED.sub("", text)) and not WRITTEN.fullmatch(text):
                yield f"<{node.tag} {name}> {text[:90]}"
        is_typed = node.tag in {"input", "textarea"} and node.attrs.get("type", "text") in {"text", "search"}
        if is_typed and node.attrs.get("dir") != "auto":
            yield f"<{node.tag} name={node.attrs.get('name')}> has no direction of its own"


def test_the_check_finds_what_stands_open() -> None:
    name = "דנה Cohen 12."
    for html, count in (
        (f"<p><bdi>{name}</bdi> rated</p><li dir='auto'>{name} {name}</li>", 0),
        (f"<p>\u2068{name}\u2069 rated</p><a title='Ask \u2068{name}\u2069'></a><option>{name}</option>", 0),
        (f"<p>{name} rated</p>", 1),
        (f"<p dir='auto'>{name} rated</p>", 1),
        (f"<p><bdi>{name} rated</bdi></p><a title='Ask {name}'></a><option>3 May: {name}</option>", 3),
        ("<textarea></textarea><input type='search'><input type='date'><input dir='auto'>", 2),
    ):
        assert len(list(turned(parse(html)))) == count, html


def asked(world: World, personas: Iterable[str]) -> Iterator[tuple[Line, str, str]]:
    """Each page once for each of these who may see it."""
    for persona in personas:
        paths = {path_of(line, world): line for line in TABLE if persona in (line.get or ())}
        yield from ((line, persona, path) for path, line in paths.items())


def test_no_page_turns_around_what_people_wrote(world: World, asker: Asker) -> None:
    found: dict[str, str] = {}
    count = 0
    for line, persona, path in asked(world, SEES):
        body = asker.look(persona, path).body
        count += bool(LETTERS.search(body))
        is_file = line.name.startswith("export_") and not line.name.endswith("_pdf")
        signs = SIGNS.findall(body) if is_file else ()
        wrong = ["carries signs"] if signs else turned(parse(body)) if body.lstrip().startswith("<") else ()
        for what in () if is_file and not signs else wrong:
            found.setdefault(f"{line.name} {what}", f"{persona} {path}")
    assert not found, "\n".join(f"{what}: {where}" for what, where in sorted(found.items()))
    assert count > 100


def test_no_mail_and_no_message_does(world: World, asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    found: set[str] = set()
    count = 0
    for line in TABLE:
        persona = min(line.post or {""})
        if not persona or line.loose:
            continue
        messages: list[str] = []
        monkeypatch.setattr(BaseStorage, "add", lambda *given, said=messages: said.append(str(given[2])))
        answer = asker.ask(persona, "POST", path_of(line, world), data_of(line, world))
        found |= {f"{line.name}: {said}" for said in messages if LETTERS.search(ISOLATED.sub("", said))}
        count += any(map(LETTERS.search, messages))
        for place, text in answer.texts:
            for said in text.splitlines() if place.startswith("mail") else ():
                count += bool(LETTERS.search(said))
                if LETTERS.search(ISOLATED.sub("", said)) and not WRITTEN.fullmatch(said):
                    found.add(f"{line.name}: {said}")
        if answer.body.lstrip().startswith("<"):
            found |= {f"{line.name} {what}" for what in turned(parse(answer.body))}
    assert not found, "\n".join(sorted(found))
    assert count > 15
