"""Every address × method × persona answers as tests/access/table.py says, and tells nobody what is not theirs.

A new address fails here until it has a line in the table.
"""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.urls.converters import UUIDConverter

from tests.access.asking import LEDGER, Answer, Asker, all_patterns
from tests.access.table import QUIZ, REPORTS, TABLE, WHAT_IF, Line
from tests.access.world import NEVER_WAS, PERSONAS, World

pytestmark = pytest.mark.django_db
READING = {"GET", "HEAD"}
# What no address knows, it refuses before it looks for anybody's things: one object of each is enough.
METHODS = ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
FEW = {"anonymous", "visitor", "member", "outsider", "staff"}
FIRST = {line.name: line for line in reversed(TABLE)}
"""One line of each address."""
IN_PATHS = {"pk", "user_id"}
NAMED = IN_PATHS | {"slug", "team_slug", "old_slug"}
"""What a path calls a thing by: its id, or a name that people could guess."""


def path_of(line: Line, world: World, **instead: str) -> str:
    """The address of a line, perhaps with other values for some of its parameters."""
    values = {key: world.ids.get(value, value) for key, value in line.path.items()} | instead
    if values.get("milestone") == "*":
        values["milestone"] = world.things["draft"].rubric.ladder.milestones[0].slug
    return reverse(line.name, kwargs=values)


def data_of(line: Line, world: World) -> dict[str, str]:
    return {key: world.ids.get(value.removeprefix("@"), value) for key, value in line.data.items()}


def expected(line: Line, persona: str, method: str) -> str:
    """The status that the table asks for."""
    allowed = line.get if method in READING or line.any_method else line.post if method == "POST" else None
    if persona in {"anonymous", "visitor"} and not line.public:
        return "405" if line.asks_itself and method != "POST" else "login"
    if allowed is None:
        return "405"
    if persona in allowed:
        return "ok"
    return "403" if persona in line.knows else line.refused


def questions(line: Line) -> Iterator[tuple[str, str]]:
    """Who asks by which method: everybody by those that the address knows."""
    known = [method for method, may in (("GET", line.get), ("POST", line.post)) if may is not None]
    for persona in PERSONAS:
        if not line.loose or persona in FEW:
            yield from ((persona, method) for method in known)
    if line is FIRST[line.name] and not line.loose:
        some = {"anonymous", "outsider", *sorted(line.get or line.post or ())[:1]}
        others = [method for method in METHODS if method not in known]
        yield from ((persona, method) for persona in sorted(some) for method in others)


def test_every_address_is_in_the_table() -> None:
    patterns = all_patterns()
    assert sorted(set(patterns) - {line.name for line in TABLE}) == [], "say in tests/access/table.py who may"
    assert sorted({line.name for line in TABLE} - set(patterns)) == [], "these addresses are gone"
    wrong = [str(line) for line in TABLE if set(line.path) != set(patterns[line.name][1])]
    assert wrong == [], "the table names the objects in the path"


def test_no_path_takes_an_id_that_is_no_id() -> None:
    """What is no UUID is found nowhere, and no view ever sees it."""
    loose = {line.name for line in TABLE if line.loose}
    converters = {
        f"{name} {parameter}": converter
        for name, (pattern, _) in all_patterns().items()
        for parameter, converter in pattern.pattern.converters.items()
        if name not in loose and parameter in IN_PATHS
    }
    assert len(converters) > 50
    assert [name for name, converter in converters.items() if not isinstance(converter, UUIDConverter)] == []


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_everybody_gets_what_the_table_says(line: Line, world: World, asker: Asker) -> None:
    path, data = path_of(line, world), data_of(line, world)
    sent = f"{path} {data} {[world.canary_of[name] for name in line.shows]}"
    wrong: list[str] = []
    for persona, method in questions(line):
        answer = asker.look(persona, path) if method == "GET" else asker.ask(persona, method, path, data)
        want, what = expected(line, persona, method), f"{method} by {persona}"
        if line.loose:
            want = answer.status if answer.status[0] != "5" else "no error"
        if answer.status != want:
            wrong.append(f"{what}: {answer.status}, not {want}")
        if method == "GET" and want == "ok" and line.leads_to not in answer.location:
            wrong.append(f"{what} leads to {answer.location or 'a page'}, not {line.leads_to}")
        may_write = method == "POST" and want == "ok"
        writes = answer.writes - (LEDGER if line.ledger and want == "ok" else set())
        if writes and not may_write:
            wrong.append(f"{what} writes into {', '.join(sorted(writes))}")
        if may_write and line.changes is not None and not line.loose and bool(writes) != (persona in line.changes):
            wrong.append(f"{what} changes {', '.join(sorted(writes)) or 'nothing'}")
        if answer.is_kept and not (line.public and persona == "anonymous" and holds_nothing(world, answer)):
            wrong.append(f"{what} may be kept by a cache: {answer.cache_control or 'nothing says that it may not'}")
        leaks = asker.leaks(persona, answer, sent=sent)
        wrong += [f"{what}: {leak}" for leak in leaks]
    assert not wrong, "\n".join(wrong)


def holds_nothing(world: World, answer: Answer) -> bool:
    """Whether a cache that many share may keep it: it says so itself, for each cookie apart, and nobody is in it."""
    is_public = "public" in answer.cache_control and "Cookie" in answer.vary
    return is_public and not any(canary in answer.body for canary in world.canaries)


def strangers(world: World) -> Iterator[tuple[Line, str, str]]:
    """For each address, method and stranger one object that they must not find."""
    seen = set()
    for line in TABLE:
        for persona in ("outsider", "anonymous", "visitor"):
            for method in ("GET", "POST"):
                key = (line.name, persona, method)
                is_there = any(line.path.get(name) in world.ids for name in NAMED)
                if key not in seen and is_there and not line.loose and expected(line, persona, method) == "404":
                    seen.add(key)
                    yield line, persona, method


def test_what_is_hidden_answers_as_what_never_was(world: World, asker: Asker) -> None:
    wrong, count = [], 0
    for line, persona, method in strangers(world):
        for name in {name for name in NAMED if line.path.get(name) in world.ids}:
            pair = [path_of(line, world), path_of(line, world, **{name: NEVER_WAS})]
            answers = [asker.ask(persona, method, path, data_of(line, world)) for path in pair]
            # The page of an error shows the number of its request.
            texts = [re.sub("[0-9a-f]{32}", "", answer.body) for answer in answers]
            count += 1
            if answers[1].status != "404" or texts[0].replace(world.ids[line.path[name]], NEVER_WAS) != texts[1]:
                wrong.append(f"{method} {pair[0]} by {persona}")
    assert not wrong, "\n".join(wrong)
    assert count > 100


def test_the_pages_ask_the_policy(world: World, asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty table nobody may do anything, not even with their own."""
    monkeypatch.setattr("people.policy.TABLE", frozenset())
    done, read = [], []
    for line in [line for line in (*QUIZ, *REPORTS, *WHAT_IF) if "pk" in line.path]:
        path, data = path_of(line, world), data_of(line, world)
        posts = {persona: asker.ask(persona, "POST", path, data) for persona in line.post or ()}
        done += [f"{line} by {persona}: {answer.writes}" for persona, answer in posts.items() if answer.writes]
        # A quiz is a form, and what it sends is refused; a report is read.
        if line not in QUIZ and not line.leads_to and line.post is None:
            gets = {persona: asker.ask(persona, "GET", path).status for persona in line.get or ()}
            read += [f"{line} by {persona}: {status}" for persona, status in gets.items() if status != "404"]
    assert done + read == []
