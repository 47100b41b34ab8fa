"""What is announced stands on every page for its time, and costs no statement; and the command that says it."""

import datetime
import re
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client

from people.models import Announcement, User
from people.upkeep import announcement
from tests.assessments.quiz.quiz_steps import answer, start
from tests.commands import ran, refusal
from tests.pages import Node, page_of

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)
NOW = datetime.datetime(2026, 11, 30, 16, 0, tzinfo=datetime.UTC)
TEXT = "Away for ten minutes."


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime.datetime], None]:
    """Sets the clock; this process looks again."""

    def put(now: datetime.datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)
        monkeypatch.setattr(announcement, "_look", announcement.LastLook())

    put(NOW)
    return put


def says(client: Client, path: str = "/ladder/") -> str:
    (place,) = page_of(client.get(path)).all("div", id="announcement", role="status")
    return place.text


def test_nothing_is_announced(client: Client, rubric: Any, at: Any) -> None:
    assert says(client) == ""
    assert ran("announce") == "Nothing is announced.\n"
    assert refusal("announce", end=True) == "nothing is announced"


def test_everybody_reads_it_wherever_they_are(client: Client, member_client: Client, at: Any) -> None:
    """Also where nothing is, and behind links that are over."""
    announcement.announce(TEXT, NOW + 2 * HOUR)
    draft = start(client)
    question = f"/quiz/{draft.pk}/"
    for path in ("/", "/ladder/", "/account/login/", "/nothing/", "/shared/nothing/", question):
        assert says(client, path) == f"{TEXT} This notice stands until 30 November 2026, 18:00 (UTC)", path
    for path in ("/reports/", "/account/profile/", "/organisations/"):
        assert TEXT in says(member_client, path)


def test_whoever_answers_gets_it_with_the_answer(client: Client, rubric: Any, at: Any) -> None:
    """The page that they are on stays; htmx puts in what comes with an answer."""
    draft = start(client)

    def comes_with(step: str) -> Node:
        return page_of(answer(client, draft, "data", htmx=True, step=step)).one("div", id="announcement")

    assert comes_with("1").text == ""
    announcement.announce(TEXT, NOW + 2 * HOUR)
    at(NOW)
    assert TEXT in comes_with("2").text
    form = page_of(client.get(f"/quiz/{draft.pk}/")).one("form", id="answer")
    assert form.attrs["hx-select-oob"] == "#announcement:innerHTML"


def test_times_are_those_of_the_reader(client: Client, member: User, member_client: Client, at: Any) -> None:
    User.objects.filter(pk=member.pk).update(time_zone="Asia/Tokyo")
    announcement.announce(TEXT, NOW + 2 * HOUR, NOW + HOUR)
    assert says(client) == f"{TEXT} 30 November 2026, 17:00 to 18:00 (UTC)"
    assert says(member_client) == f"{TEXT} 1 December 2026, 02:00 to 03:00 (Asia/Tokyo)"
    announcement.announce(TEXT, NOW + 10 * HOUR, NOW + HOUR)
    at(NOW)
    assert says(client) == f"{TEXT} 30 November 2026, 17:00 to 1 December 2026, 02:00 (UTC)"


def test_it_is_a_text_that_turns_nothing_around(client: Client, rubric: Any, at: Any) -> None:
    announcement.announce(" <b>שלום</b>\u202e\n& co ", NOW + HOUR)
    place = page_of(client.get("/ladder/")).one("div", id="announcement")
    said, _times = place.all("p")
    assert (said.text, said.attrs["dir"]) == ("<b>שלום</b> & co", "auto")


def test_it_goes_by_itself_and_the_next_one_takes_its_place(client: Client, rubric: Any, at: Any) -> None:
    announcement.announce("one", NOW + HOUR)
    assert "one" in says(client)
    announcement.announce("two", NOW + 2 * HOUR)
    assert Announcement.objects.count() == 1
    assert "one" in says(client), "until this process looks again"
    at(NOW)
    assert "two" in says(client)
    at(NOW + 2 * HOUR)
    assert says(client) == ""
    assert ran("announce") == "Nothing is announced.\n"


def test_it_costs_a_statement_now_and_then(
    client: Client, rubric: Any, at: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    clock = Mock(return_value=1000.0)
    monkeypatch.setattr("people.upkeep.announcement.time.monotonic", clock)
    client.get("/ladder/")
    at(NOW)
    for seconds, statements in ((0, 2), (1, 1), (19.9, 1), (20, 2), (21, 1)):
        clock.return_value = 1000.0 + seconds
        with django_assert_num_queries(statements):
            client.get("/ladder/")


def test_a_page_with_one_is_kept_for_a_shorter_time(client: Client, rubric: Any, at: Any) -> None:
    assert client.get("/ladder/").headers["Cache-Control"] == "public, max-age=300"
    announcement.announce(TEXT, NOW + HOUR)
    at(NOW)
    assert client.get("/ladder/").headers["Cache-Control"] == "public, max-age=60"


def test_a_database_that_is_away_takes_nothing_away(
    client: Client, rubric: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    announcement.announce(TEXT, NOW + HOUR)
    assert TEXT in says(client)
    away = Mock(side_effect=OperationalError("gone"))
    monkeypatch.setattr(announcement.Announcement.objects, "first", away)
    announcement._look.again_at = 0
    assert TEXT in says(client)
    assert TEXT in says(client)
    assert away.call_count == 1
    client.raise_request_exception = False
    monkeypatch.setattr("ladder.models.LadderVersionQuerySet.current", away)
    announcement._look.again_at = 0
    response = client.get("/ladder/")
    assert response.status_code == 503
    assert TEXT in page_of(response).one("div", id="announcement").text
    assert away.call_count == 2, "the page of the error asks nothing"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["hi"], "say when it is over, by --until or --hours"),
        (["", "--hours", "1"], "the text says nothing"),
        ([" \u200b\0 ", "--hours", "1"], "the text says nothing"),
        (["x" * 301, "--hours", "1"], "the text has 301 characters, and may have 300"),
        (["hi", "--until", "2026-11-30T16:00"], "it would be over already"),
        (["hi", "--until", "2027-11-30T16:00"], "it would stay for more than 30 days"),
        (["hi", "--until", "soon"], "--until is a time such as 2026-12-01T18:00, in UTC"),
        (["hi", "--until", "0001-01-01T00:00+14:00"], "--until is a time such as 2026-12-01T18:00, in UTC"),
        (["hi", "--from", "18:00", "--hours", "1"], "--from is a time such as 2026-12-01T18:00, in UTC"),
        (["hi", "--from", "9999-12-31T23:00", "--hours", "2"], "--from is a time such as 2026-12-01T18:00, in UTC"),
        (["hi", "--from", "2027-12-31T23:00", "--hours", "2"], "it would stay for more than 30 days"),
        (["hi", "--from", "2026-11-30T18:00", "--until", "2026-11-30T18:00"], "it would end before it begins"),
        (["hi", "--hours", "0"], "--hours is a number from 1 to 720"),
        (["--hours", "1"], "the text says nothing"),
        (["hi", "--end"], "--end stands alone"),
    ],
)
def test_what_can_not_be_announced_is_refused(words: list[str], said: str, at: Any) -> None:
    assert re.search(rf"{re.escape(said)}$", refusal("announce", *words))
    assert not Announcement.objects.exists()


def test_the_command_says_what_it_did(at: Any) -> None:
    line = f"{TEXT} (from 2026-11-30 17:00 UTC until 2026-11-30 20:00 UTC)"
    said = ran("announce", TEXT, "--from", "2026-11-30T18:00+01:00", "--hours", "3")
    assert said == f"{line}\nEvery page that is opened says so within 20 seconds.\n"
    assert ran("announce") == f"{line}\n"
    assert ran("announce", TEXT, "--until", "2026-12-30T15:59").startswith(f"{TEXT} (until 2026-12-30 15:59 UTC)")
    assert ran("announce", "--end") == "Ended: gone from every page within 20 seconds.\n"
    assert not Announcement.objects.exists()
