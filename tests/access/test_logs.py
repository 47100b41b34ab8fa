"""What the log holds after everybody has asked for everything: routes and figures, and nothing that is anybody's."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from config import watching
from config.logs import json_lines
from tests.access.asking import Asker
from tests.access.table import Line
from tests.access.test_walk import FIRST, data_of, path_of
from tests.access.world import World

pytestmark = pytest.mark.django_db
ASKING = ("anonymous", "member")


@contextmanager
def log_of_production() -> Iterator[io.StringIO]:
    """Everything that is logged, down to the chatter, as production would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_lines())
    # Not "django": it is never below INFO, and its templates tell of each variable that is empty.
    names = ["", "django.request", "django.security", "rungwise.request"]
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    heads = [logging.getLogger(), logging.getLogger("django")]
    for head in heads:
        head.addHandler(handler)
    try:
        yield stream
    finally:
        for head in heads:
            head.removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def walk(world: World, asker: Asker, lines: list[Line]) -> list[str]:
    with log_of_production() as stream:
        for line in lines:
            path, data = path_of(line, world), data_of(line, world)
            for persona in ASKING:
                asker.ask(persona, "GET", f"{path}?q=zqquerycanary")
                asker.ask(persona, "POST", path, data | {"name": "zqtypedcanary", "email": "typed@zq.example"})
    return stream.getvalue().splitlines()


def secrets(world: World) -> dict[str, str]:
    """What must not stand in a line: canaries, addresses, names, identifiers, tokens of links."""
    found = dict.fromkeys((*world.canaries, "zqquerycanary", "zqtypedcanary", "typed@zq.example"), "a canary")
    for user in world.users.values():
        found |= {user.email: "an address", user.name: "a name"}
    # Ids and tokens; short ones are words such as a slug that a route's name may hold too.
    found |= {value: f"what the path calls {name}" for name, value in world.ids.items() if len(value) > 20}
    return {text: what for text, what in found.items() if text}


def leaks(world: World, lines: list[str]) -> list[str]:
    hidden = secrets(world)
    return [f"{what} ({text}) in {line}" for line in lines for text, what in hidden.items() if text in line]


def test_nothing_of_anybody_is_in_the_log(world: World, asker: Asker) -> None:
    lines = walk(world, asker, [*FIRST.values()])
    assert leaks(world, lines) == []
    said = [json.loads(line) for line in lines]
    asked = [each for each in said if each["logger"] == "rungwise.request"]
    assert len(asked) == len(FIRST) * len(ASKING) * 2
    for each in asked:
        assert set(each) == {"time", "level", "logger", "message", "request_id", "route", "method", "status", "ms"}
        assert re.fullmatch("[0-9a-f]{32}", each["request_id"])
        assert each["route"] in FIRST
    assert len({each["request_id"] for each in asked}) == len(asked)


def test_a_log_of_paths_would_be_noticed(world: World, asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above can see: without the care for routes it finds ids, tokens and queries."""
    monkeypatch.setattr(watching, "route", lambda request: request.get_full_path())
    found = leaks(world, walk(world, asker, [FIRST["show_report"], FIRST["show_invitation"]]))
    assert any("zqquerycanary" in each for each in found)
    assert any("what the path calls" in each for each in found)


def failing(asker: Asker, monkeypatch: pytest.MonkeyPatch, error: Exception) -> list[dict[str, Any]]:
    """What is logged when a page fails with an error that quotes what somebody wrote."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("assessments.report.views.render", fail)
    asker.client.raise_request_exception = False
    with log_of_production() as stream:
        asker.ask("member", "GET", "/reports/?q=zqquerycanary")
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_error_is_told_by_kind_and_place_not_by_its_text(
    world: World, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ValueError("mira@example.com wrote: a sentence that is nobody's business")
    error.__cause__ = KeyError("zqcausecanary")
    said = failing(asker, monkeypatch, error)
    text = json.dumps(said)
    assert not re.search(r"mira@|nobody's business|zqcausecanary|zqquerycanary|/reports/", text)
    (line,) = [each for each in said if each["logger"] == "django.request"]
    assert (line["level"], line["message"]) == ("error", "Internal Server Error")
    assert [each["kind"] for each in line["errors"]] == ["ValueError", "KeyError"]
    assert "assessments/report/views.py" in line["errors"][0]["places"][-2]
    (request,) = [each for each in said if each["logger"] == "rungwise.request"]
    assert (request["route"], request["status"], request["level"]) == ("list_reports", 500, "warning")
    assert line["request_id"] == request["request_id"]
