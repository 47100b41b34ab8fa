"""Every address × method × persona answers as tests/access/table.py says, and tells nobody what is not theirs.

A new address fails here until it has a line in the table.
"""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from tests.access.asking import Asker, all_patterns
from tests.access.table import TABLE, Line
from tests.access.world import PERSONAS, World

pytestmark = pytest.mark.django_db
READING = {"GET", "HEAD"}
FEW = {"anonymous", "visitor", "member", "outsider", "staff"}
LEDGER = {"assessments_opening", "assessments_reportlink", "growth_caselink", "growth_calendarfeed"}


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
    return "403" if persona in line.knows else "404"


def questions(line: Line) -> Iterator[tuple[str, str]]:
    """Who asks by which method: everybody reads and posts. The rest is answered before anybody looks who asks."""
    for persona in PERSONAS:
        if not line.loose or persona in FEW:
            yield from ((persona, method) for method in ("GET", "POST"))
    if not line.loose:
        some = {"anonymous", "outsider", *sorted(line.get or line.post or ())[:1]}
        yield from ((persona, method) for persona in sorted(some) for method in ("HEAD", "PUT", "PATCH", "DELETE"))


def test_every_address_is_in_the_table() -> None:
    patterns = all_patterns()
    assert sorted(set(patterns) - {line.name for line in TABLE}) == [], "say in tests/access/table.py who may"
    assert sorted({line.name for line in TABLE} - set(patterns)) == [], "these addresses are gone"
    wrong = [str(line) for line in TABLE if set(line.path) != set(patterns[line.name][1])]
    assert wrong == [], "the table names the objects in the path"


@pytest.mark.parametrize("line", TABLE, ids=str)
def test_everybody_gets_what_the_table_says(line: Line, world: World, asker: Asker) -> None:
    path, data = path_of(line, world), data_of(line, world)
    sent = f"{path} {data} {[world.canary_of[name] for name in line.shows]}"
    wrong: list[str] = []
    for persona, method in questions(line):
        answer = asker.ask(persona, method, path, data)
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
        leaks = asker.leaks(persona, answer, sent=sent)
        wrong += [f"{what}: {leak}" for leak in leaks]
    assert not wrong, "\n".join(wrong)
