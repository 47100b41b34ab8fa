"""Steps of the daily upkeep: when each is due, that one process does it, and what it came to.

Runs come each hour, or once a day, or twice at once; a machine may have been off, and a clock may have been wrong. What
was done and when is a row of each step in the database, so that nothing depends on where it runs.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.core.management import CommandError
from django.db import DatabaseError, InterfaceError
from django.db.models import Q
from django.utils import timezone

from people.database.backup_postgresql import BackupError
from people.models import Proof

type Outcome = Literal["ok", "fail", "skip", "later"]
LEASE = datetime.timedelta(hours=6)
"""How long a step belongs to the process that began it. A backup of many gigabytes takes an hour or two."""
DAILY, WEEKLY = datetime.timedelta(days=1), datetime.timedelta(days=7)
SAID_MAX = 300


class SkippedError(Exception):
    """A step that has nothing to do here, with the reason."""


@dataclass(frozen=True, slots=True)
class Step:
    """`do` returns a line about what it did, or raises. Without `every` it is done in each run. `on_a_copy`: also on
    a restored database that nobody has declared live."""

    name: str
    do: Callable[[], str]
    every: datetime.timedelta | None = None
    on_a_copy: bool = False


@dataclass(frozen=True, slots=True)
class StepReport:
    step: str
    outcome: Outcome
    said: str


def run(step: Step, *, now_in_any_case: bool = False) -> StepReport:
    """Do a step if it is due and nobody else is doing it. Never raises for what the step meets."""
    try:
        taken = _take(step, now_in_any_case=now_in_any_case)
        if taken:
            return StepReport(step.name, "later", taken)
        report = _done(step)
        _keep(report)
    except (DatabaseError, InterfaceError) as error:
        return StepReport(step.name, "fail", _line(str(error)) or "the database does not answer")
    return report


def _take(step: Step, *, now_in_any_case: bool) -> str:
    """Make a step ours. Why it is not done now; empty when it is ours."""
    now = timezone.now()
    last, _ = Proof.objects.get_or_create(step=step.name)
    row = Proof.objects.filter(step=step.name)
    row.update(seen_at=now)
    # A lease that ends later than any could was given while the clock was wrong.
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now) | Q(lease_until__gt=now + LEASE)
    is_due = now_in_any_case or step.every is None or _is_due(last, now, step.every)
    # If it was tried since we looked, somebody else has just done it.
    if is_due and row.filter(free, tried_at=last.tried_at).update(lease_until=now + LEASE, tried_at=now):
        return ""
    last.refresh_from_db()
    if last.lease_until and now < last.lease_until <= now + LEASE:
        return "another process is doing it"
    return f"last done {last.at:%Y-%m-%d %H:%M} UTC" if last.ok and last.at else "failed a short time ago"


def _is_due(last: Proof, now: datetime.datetime, every: datetime.timedelta) -> bool:
    """Once in each span. Runs that come each hour do what is daily as the day begins; one that comes once a day is
    never too early. What failed is tried again after a while."""
    if last.said and not last.ok and last.tried_at and last.tried_at <= now:
        return now - last.tried_at >= every / 28
    # A time that is yet to come was written while the clock was wrong.
    if last.at is None or last.at > now:
        return True
    if every > DAILY:
        return now - last.at >= every - DAILY / 2
    if runs_each_hour(last, now):
        return last.at < now.replace(hour=0, minute=0, second=0, microsecond=0) and now - last.at >= DAILY / 4
    return now - last.at >= DAILY / 2


def runs_each_hour(last: Proof, now: datetime.datetime) -> bool:
    """Whether the last run came less than three hours ago."""
    return last.seen_at is not None and now - last.seen_at < datetime.timedelta(hours=3)


def runs_once_a_day(step: str) -> bool:
    """Whether a step that is done in each run went well so long ago that runs do not come each hour."""
    last = Proof.objects.filter(step=step).values_list("at", flat=True).first()
    return last is not None and timezone.now() - last > datetime.timedelta(hours=20)


def _done(step: Step) -> StepReport:
    try:
        return StepReport(step.name, "ok", _line(step.do()))
    except SkippedError as reason:
        return StepReport(step.name, "skip", str(reason))
    except (BackupError, CommandError, DatabaseError, InterfaceError) as error:
        return StepReport(step.name, "fail", _line(str(error)))
    except (Exception, SystemExit) as error:  # noqa: BLE001  - whatever it is, the next step must have its turn
        return StepReport(step.name, "fail", _line(f"{type(error).__name__}: {error}"))


def _keep(report: StepReport) -> None:
    """Note what a step came to. What was skipped neither went well nor badly."""
    now = timezone.now()
    went = {"ok": report.outcome == "ok", "said": report.said[:SAID_MAX]} if report.outcome != "skip" else {}
    at = {"at": now} if report.outcome == "ok" else {}
    Proof.objects.filter(step=report.step).update(lease_until=None, **went, **at)


def _line(text: str) -> str:
    return " ".join(text.split())
