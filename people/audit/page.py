"""The audit log as its readers see it: found by what, who and when, with names instead of ids.

Only people who are in the organisation today are named; others are "a former member" or "somebody from outside". Else
the log would name people whom its readers can see nowhere else.
"""

import datetime
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit.log import OPERATOR, OUTSIDE
from people.files import csv_file
from people.models import AuditEvent, Membership, Organisation, Team, User
from people.policy import Action, Role

PEOPLE_FOUND = 200
EXPORTED_MAX = 100_000


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to look for. Days are in the reader's time zone; `since` and `until` are included."""

    verb: str = ""
    who: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event in words."""

    event: AuditEvent
    actor: str
    person: str
    thing: str
    detail: str


def found(organisation: Organisation, wish: LogFilter) -> QuerySet[AuditEvent]:
    """The events that match, the newest first."""
    events = AuditEvent.objects.filter(organisation=organisation).order_by("-number")
    if wish.verb:
        events = events.filter(verb=wish.verb)
    if wish.who:
        people = _called(organisation, wish.who)
        events = events.filter(Q(actor__in=people) | Q(person__in=people))
    if wish.since:
        events = events.filter(at__gte=_midnight(wish.since))
    if wish.until and wish.until < datetime.date.max:
        events = events.filter(at__lt=_midnight(wish.until + datetime.timedelta(days=1)))
    return events


def _called(organisation: Organisation, words: str) -> list[uuid.UUID]:
    """Ids of people in the organisation who are called so."""
    here = Membership.objects.of(organisation).called(words)
    return list(here.values_list("user", flat=True)[:PEOPLE_FOUND])


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=timezone.get_current_timezone())


def in_words(organisation: Organisation, events: Iterable[AuditEvent]) -> list[LogLine]:
    """Names for the ids. Three statements, however many events."""
    rows = list(events)
    people = {key for event in rows for key in (event.actor, event.person) if key}
    if organisation.kind == Organisation.Kind.PERSONAL:
        names = dict.fromkeys(User.objects.filter(home=organisation).values_list("pk", flat=True), _("You"))
        here: dict[uuid.UUID, str] = names
        known: set[uuid.UUID] = set(names)
    else:
        memberships = Membership.objects.filter(organisation=organisation, user__in=people).select_related("user")
        here, known = {}, set()
        for item in memberships:
            known.add(item.user_id)
            if item.left_at is None:
                here[item.user_id] = item.user.display_name
    there = set(User.objects.filter(pk__in=people).values_list("pk", flat=True))
    teams = dict(
        Team.objects.filter(
            organisation=organisation, pk__in=[event.thing for event in rows if event.kind == "team"]
        ).values_list("pk", "name")
    )

    def name(key: uuid.UUID | None, role: str = "") -> str:
        if key is None:
            return _("The operator") if role == OPERATOR else _("Somebody who was not logged in") if role else ""
        if key in here:
            return here[key]
        # People who were erased have no membership left, so only the role of the event tells.
        was_in = key in known or (key not in there and role != OUTSIDE)
        return _("A former member") if was_in else _("Somebody from outside")

    return [
        LogLine(
            event,
            name(event.actor, event.role or OUTSIDE),
            name(event.person) if event.person and event.person != event.actor else "",
            teams.get(event.thing, "") if event.thing else "",
            str(_detail(event)),
        )
        for event in rows
    ]


def _detail(event: AuditEvent) -> str:
    """The word in `detail`, for people to read."""
    if event.outcome == AuditEvent.Outcome.DENIED and event.detail:
        return Action[event.detail.upper()].value if event.detail.upper() in Action.__members__ else ""
    labels = {"owner": _("owner"), "admin": _("admin"), "member": _("member"), "manager": _("manager")}
    # Why the operator did it, as in REASONS of people/login/at_server.py.
    labels |= {"lost": _("lost"), "stolen": _("stolen"), "broken": _("broken"), "asked": _("asked for")}
    return labels.get(event.detail, "")


def role_in_words(role: str) -> str:
    return {OPERATOR: _("on the server"), OUTSIDE: _("not in the organisation"), Role.AUTHOR: "", Role.VISITOR: ""}.get(
        role, role
    )


HEADS = ("number", "time", "actor", "role", "action", "outcome", "kind", "thing", "person", "detail", "id", "hash")


def as_csv(organisation: Organisation, events: QuerySet[AuditEvent]) -> bytes:
    """The newest events that match, at most EXPORTED_MAX, as a file."""
    return csv_file(HEADS, _rows(organisation, events))


def _rows(organisation: Organisation, events: QuerySet[AuditEvent]) -> Iterator[tuple[object, ...]]:
    # In pieces, as the names of all whom a hundred thousand events name would be one statement too long.
    for start in range(0, EXPORTED_MAX, 1000):
        some = list(events[start : start + 1000])
        for line in in_words(organisation, some):
            event = line.event
            yield (
                event.number,
                timezone.localtime(event.at).isoformat(timespec="seconds"),
                line.actor,
                event.role,
                event.verb,
                event.outcome,
                event.kind,
                line.thing or event.thing or "",
                line.person,
                event.detail,
                event.pk,
                event.hash,
            )
        if len(some) < 1000:
            return
