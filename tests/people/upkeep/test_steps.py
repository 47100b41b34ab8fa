"""The daily upkeep: each step when it is due, by one process, and none stops the next."""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.management import CommandError
from django.db import DatabaseError
from django.utils import timezone

from config import doctor_upkeep
from config.admin import site
from config.daily import STEPS
from config.health import warnings
from config.management.commands import daily
from config.metrics import _upkeep as figures
from people.mail import hold
from people.models import Proof, User
from people.upkeep import state
from people.upkeep.steps import DAILY, LEASE, WEEKLY, SkippedError, Step, run
from tests.commands import ran, refusal

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)
START = datetime.datetime(2026, 3, 2, 15, 10, tzinfo=datetime.UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime.datetime], None]:
    """Sets the clock."""

    def put(now: datetime.datetime) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now)

    put(START)
    return put


def step(do: Any = lambda: "done", every: datetime.timedelta | None = DAILY, name: str = "backup") -> Step:
    return Step(name, do, every)


def note(name: str, said: str) -> None:
    """Let a step have been done well."""
    assert run(Step(name, lambda: said), now_in_any_case=True).outcome == "ok"


def runs(at: Callable[[datetime.datetime], None], each: datetime.timedelta, days: int, of: Step) -> Counter[str]:
    """How often a step was done on each day, when it is asked that often."""
    now, done = START, Counter[str]()
    while now < START + datetime.timedelta(days=days):
        at(now)
        done[f"{now:%Y-%m-%d}"] += run(of).outcome == "ok"
        now += each
    return done


def test_a_daily_step_is_done_once_a_day_by_runs_each_hour(at: Callable[[datetime.datetime], None]) -> None:
    done = runs(at, HOUR, 5, step())
    # It began in the afternoon; from the second day on it is done as the day begins.
    assert set(done.values()) == {1}
    assert Proof.objects.get().at == START.replace(hour=0) + datetime.timedelta(days=5)


@pytest.mark.parametrize("minutes", [-65, -1, 0, 1, 65])
def test_a_run_that_comes_once_a_day_does_it_each_time(minutes: int, at: Callable[[datetime.datetime], None]) -> None:
    """Also where summer time begins or ends between two of them, and UTC's day is another."""
    for offset in range(0, 24, 6):
        Proof.objects.all().delete()
        first = START + offset * HOUR
        at(first)
        assert run(step()).outcome == "ok"
        at(first + DAILY + datetime.timedelta(minutes=minutes))
        assert run(step()).outcome == "ok", offset


def test_a_weekly_step_is_done_each_week(at: Callable[[datetime.datetime], None]) -> None:
    for each in (6 * HOUR, DAILY):
        Proof.objects.all().delete()
        assert runs(at, each, 28, step(every=WEEKLY)).total() in {4, 5}


def test_what_failed_is_tried_again_and_the_next_steps_have_their_turn(
    at: Callable[[datetime.datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = Mock(side_effect=[CommandError("no\n room"), SystemExit(3), KeyError("x"), DatabaseError("gone"), "well"])
    after = Mock(return_value="after")
    steps = (step(bad), step(after, None, "last"))
    monkeypatch.setattr(daily, "STEPS", steps)
    said = []
    for hours in range(5):
        at(START + hours * HOUR)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.exit", left := Mock())
            said.append(ran("daily").splitlines())
        assert left.called == (hours < 4), "exit status 1 when one failed, else 0"
    assert [lines[0].split(maxsplit=2)[2] for lines in said] == [
        *("no room", "SystemExit: 3", "KeyError: 'x'", "gone", "well")
    ]
    assert after.call_count == 5
    at(START + 5 * HOUR)
    assert ran("daily") == "ok     last        after\n"
    assert ran("daily", verbosity=2).startswith("later  backup      last done 2026-03-02 19:10 UTC\n")
    assert ran("daily", verbosity=0) == ""


def test_a_weekly_step_that_fails_is_not_tried_each_hour(at: Callable[[datetime.datetime], None]) -> None:
    bad = Mock(side_effect=CommandError("no"))
    runs(at, HOUR, 1, step(bad, WEEKLY))
    assert bad.call_count == 4


def test_one_process_does_it_until_it_is_dead(at: Callable[[datetime.datetime], None]) -> None:
    beside: list[str] = []
    began = step(lambda: beside.append(run(step()).said) or "done")  # type: ignore[func-returns-value]
    assert run(began).outcome == "ok"
    assert beside == ["another process is doing it"]
    Proof.objects.update(at=None, lease_until=START + LEASE)
    assert run(step()).outcome == "later"
    assert run(step(), now_in_any_case=True).outcome == "later"
    # Who looked before another one did it comes too late.
    late = Proof.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Proof.objects, "get_or_create", lambda **_: (late, False))
        Proof.objects.update(lease_until=None, tried_at=START + HOUR)
        assert run(step()).outcome == "later"
    at(START + LEASE)
    assert run(step()).outcome == "ok"


def test_a_clock_that_was_wrong_stops_nothing(at: Callable[[datetime.datetime], None]) -> None:
    at(START + datetime.timedelta(days=400))
    assert run(step()).outcome == "ok"
    Proof.objects.update(lease_until=START + datetime.timedelta(days=400))
    at(START)
    assert run(step()).outcome == "ok"


def test_what_has_nothing_to_do_here_is_no_failure(at: Callable[[datetime.datetime], None]) -> None:
    report = run(step(Mock(side_effect=SkippedError("BACKUP_DIR is not set"))))
    assert (report.outcome, report.said) == ("skip", "BACKUP_DIR is not set")
    assert state.problems(state.steps()) == []
    assert Proof.objects.get().at is None


def test_steps_are_asked_for_by_name_and_an_unknown_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no step backups; there are abandoned, sessions" in refusal("daily", "backups")
    assert (
        ran("daily", "abandoned")
        == ran("daily", "abandoned")
        == "ok     abandoned   0 abandoned assessments deleted.\n"
    )
    assert ran("daily", "backup").startswith("skip   backup      BACKUP_DIR is not set")


def test_all_steps_work_here(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Those that need BACKUP_DIR are in test_backups.py; the doctor does not like these settings."""
    lines = [line.split(maxsplit=2) for line in ran("daily", verbosity=2).splitlines()]
    said = {name: outcome for outcome, name, *_ in lines}
    assert list(said) == [each.name for each in STEPS]
    assert {name for name, outcome in said.items() if outcome == "ok"} >= {
        "abandoned",
        "sessions",
        "reminders",
        "audit",
    }
    assert {name for name, outcome in said.items() if outcome == "skip"} == {"backup", "erasures", "proof"}


def test_mails_that_come_by_themselves_come_by_day(
    at: Callable[[datetime.datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless runs come once a day, when it might never be."""
    asked: list[bool] = []
    command = "assessments.management.commands.send_round_reminders.Command.handle"
    monkeypatch.setattr(command, lambda _self, by_day, **_: asked.append(by_day))
    for hours in (0, 1, 2, 14, 38):
        at(START + hours * HOUR)
        ran("daily", "reminders")
    assert asked == [True, True, True, True, False]


def test_a_restored_copy_does_no_more_than_look(monkeypatch: pytest.MonkeyPatch) -> None:
    hold.hold()
    lines = [line.split(maxsplit=2) for line in ran("daily", "abandoned", "backup", "audit").splitlines()]
    assert [(outcome, name) for outcome, name, _ in lines] == [
        ("skip", "abandoned"),
        ("skip", "backup"),
        ("ok", "audit"),
    ]
    assert lines[0][2].startswith("a restored copy since")


def test_a_database_that_is_away_is_a_line_for_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.upkeep.steps._take", Mock(side_effect=DatabaseError("can't connect")))
    monkeypatch.setattr("config.management.commands.daily.hold.problem", Mock(side_effect=DatabaseError))
    monkeypatch.setattr("sys.exit", left := Mock())
    lines = ran("daily").splitlines()
    assert len(lines) == len(STEPS)
    assert all(line.startswith("fail ") and line.endswith("can't connect") for line in lines)
    left.assert_called_once_with(1)


@pytest.fixture
def told(at: Callable[[datetime.datetime], None], settings: Any, tmp_path: Any) -> Iterator[None]:
    settings.BACKUP_DIR = tmp_path
    return


def findings() -> list[tuple[str, str]]:
    return [(finding.state, finding.said) for finding in doctor_upkeep.upkeep()]


def test_the_age_of_the_last_backup_is_told_everywhere(
    told: None, at: Callable[[datetime.datetime], None], settings: Any
) -> None:
    assert findings() == [
        ("warn", "the last good backup: there is none yet"),
        ("warn", "manage.py daily was never run"),
    ]
    for name in ("backup", "proof", "sessions"):
        note(name, "done")
    assert findings() == [("ok", "last backup less than an hour ago, last proof less than an hour ago")]
    assert warnings() == []
    at(START + 37 * HOUR)
    assert "the last good backup is 37 hours old" in warnings()
    assert findings()[-1] == ("warn", "manage.py daily was last run at 2026-03-02 15:10 UTC")
    at(START + datetime.timedelta(days=10))
    assert {"the last good backup is 10 days old", "the last proof of a backup is 10 days old"} <= set(warnings())
    ages = {tuple(sample.labels.values()): sample.value for metric in figures() for sample in metric.samples}
    assert ages["backup",] == 0.0, "rungwise_upkeep_failed"
    (family,) = [metric for metric in figures() if metric.name == "rungwise_upkeep_age_seconds"]
    assert {sample.labels["step"]: sample.value for sample in family.samples}["backup"] == 10 * 24 * 3600
    settings.BACKUP_DIR = None
    assert warnings() == [], "who backs up elsewhere is not told"


def test_a_step_that_failed_is_told_until_it_goes_well(told: None) -> None:
    note("sessions", "done")
    note("backup", "done")
    for name in ("backup", "reminders"):
        run(step(Mock(side_effect=CommandError("the disk is full")), name=name), now_in_any_case=True)
    assert findings() == [("fail", "backup failed: the disk is full"), ("warn", "reminders failed: the disk is full")]
    assert "backup failed: the disk is full" in warnings()
    run(step(), now_in_any_case=True)
    run(step(name="reminders"), now_in_any_case=True)
    assert findings() == [("ok", "last backup less than an hour ago")]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        *((0, "less than an hour"), (0.9, "less than an hour"), (1, "1 hour"), (2, "2 hours"), (47, "47 hours")),
        *((48, "2 days"), (24 * 90, "90 days")),
    ],
)
def test_ages_in_words(age: float, words: str) -> None:
    assert state.age_in_words(datetime.timedelta(hours=age)) == words


def test_the_first_page_of_staff_shows_it(told: None, member: User, rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is for staff alone, as tests/access/test_admin.py sees."""
    request = rf.get("/admin/")
    request.user = member
    monkeypatch.setattr("config.admin.staff_turned_away", lambda _request: None)

    def page() -> str:
        return str(site.index(request).render().content.decode())

    assert "Nothing was done yet" in page()
    note("backup", "one.backup: 12 bytes")
    run(step(Mock(side_effect=CommandError("<b>no</b> room")), name="audit"))
    with timezone.override("Asia/Tokyo"):
        assert "Last good at 2026-03-02 15:10 UTC." in page()
    assert "one.backup: 12 bytes" in page()
    assert "&lt;b&gt;no&lt;/b&gt; room" in page()
