"""How the upkeep stands: what operators are told by the doctor, by readiness, by figures and on the page of staff."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from people.mail import hold
from people.models import Proof

LATE = {"backup": datetime.timedelta(hours=36), "proof": datetime.timedelta(days=9)}
"""How old the last good one may be."""


@dataclass(frozen=True, slots=True)
class StepState:
    """A step's last good time and its last try. `age` is None when it never went well."""

    step: str
    at: datetime.datetime | None
    tried_at: datetime.datetime | None
    ok: bool
    said: str

    @property
    def age(self) -> datetime.timedelta | None:
        return max(timezone.now() - self.at, datetime.timedelta()) if self.at else None

    @property
    def failed(self) -> bool:
        return bool(self.said) and not self.ok


def steps() -> list[StepState]:
    """All steps that were ever tried, by name."""
    rows = Proof.objects.order_by("step").values_list("step", "at", "tried_at", "ok", "said")
    return [StepState(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LastBackup:
    """What owners read of the site's backups: when the last good one was made and one was last proved by a restore,
    and whether either is later than it should be. `makes_them`: by itself, as far as this process can tell."""

    made: datetime.datetime | None
    proved: datetime.datetime | None
    is_late: bool
    makes_them: bool


def last_backup() -> LastBackup:
    """One statement. It goes by what was done: the setting may be one of another machine alone, which makes them."""
    known = {state.step: state for state in steps() if state.step in LATE}
    made, proved = (known[name].at if name in known else None for name in ("backup", "proof"))
    is_late = any(_late(name, state) for name, state in known.items() if state.at)
    return LastBackup(made, proved, is_late, makes_them=settings.BACKUP_DIR is not None)


def problems(known: list[StepState]) -> list[tuple[str, str]]:
    """What is late or failed last: steps, each with a line. On a restored copy nothing but that it is one."""
    if held := hold.problem():
        return [("", held)]
    found = [(state.step, f"{state.step} failed: {state.said}") for state in known if state.failed]
    if settings.BACKUP_DIR is not None:
        by_name = {state.step: state for state in known}
        found += [(name, said) for name in LATE if (said := _late(name, by_name.get(name)))]
    return found


def _late(name: str, state: StepState | None) -> str:
    what = {"backup": "the last good backup", "proof": "the last proof of a backup"}[name]
    if state is None or state.age is None:
        return "" if name == "proof" else f"{what}: there is none yet"
    return f"{what} is {age_in_words(state.age)} old" if state.age > LATE[name] else ""


def age_in_words(age: datetime.timedelta) -> str:
    """Such as "5 hours" or "12 days"; in hours up to two days."""
    hours = int(age.total_seconds() // 3600)
    if not hours:
        return "less than an hour"
    count, unit = (hours, "hour") if hours < 48 else (hours // 24, "day")
    return f"{count} {unit}{'' if count == 1 else 's'}"
