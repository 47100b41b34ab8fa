"""Writes the audit log, in the transaction of what it records. Each event holds the hash of the one before.

Call `record` last in a transaction. It locks the end of the organisation's chain until the commit, so transactions that
take other locks after it could wait for each other.
"""

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from people.database.transactions import retried
from people.models import Membership, Organisation, User
from people.models.audit import AuditEvent, AuditHead, Kind, Verb, as_hashed
from people.policy import Action, Role

# Whoever records needs these two as well. Without this line mypy would take them for names of this module alone.
__all__ = ["Kind", "Verb"]

OPERATOR, OUTSIDE = "operator", "outside"
"""Roles in addition to those of the policy: a command on the server; somebody who is not in the organisation."""
SAME_REFUSAL = datetime.timedelta(minutes=10)
"""Whoever is refused the same thing again within this time isn't logged again: a loop would flood the log."""

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done, to what, and whom it is about. `detail` must be a word of ours, never what somebody wrote."""

    verb: Verb
    kind: str = ""
    thing: uuid.UUID | None = None
    person: uuid.UUID | None = None
    detail: str = ""
    role: str = ""
    denied: bool = False


type Refusal = tuple[uuid.UUID, Entry]
"""What the policy refused in this request, and in whose log it belongs."""


@contextmanager
def acting(request: HttpRequest) -> Iterator[None]:
    """Within it, events are recorded as done by the person who sent this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def record(
    organisation_id: uuid.UUID,
    verb: Verb,
    thing: Any = None,
    *,
    kind: str = "",
    person: uuid.UUID | None = None,
    detail: str = "",
    role: str = "",
    actor: User | None = None,
) -> None:
    """Add one event. `thing` is a row or an id. Unless given, the actor is the person who sent the request."""
    entry = Entry(verb, kind=kind, thing=getattr(thing, "pk", thing), person=person, detail=detail, role=role)
    record_all(organisation_id, [entry], actor=actor)


@retried
def record_all(organisation_id: uuid.UUID, entries: list[Entry], *, actor: User | None = None) -> None:
    """Add events, all or none, in the caller's transaction. Four statements, however many there are."""
    if not entries:
        return
    actor = actor or whoever_asks()
    with transaction.atomic(savepoint=False):
        role = _role(actor, organisation_id)
        head = _locked_head(organisation_id)
        # Taken after the lock: before it, a later event could get an earlier time.
        now = timezone.now()
        events = []
        for entry in entries:
            event = AuditEvent(
                organisation_id=organisation_id,
                number=head.number + 1,
                at=now,
                actor=actor.pk if actor else None,
                role=entry.role or role,
                verb=entry.verb,
                outcome=AuditEvent.Outcome.DENIED if entry.denied else AuditEvent.Outcome.DONE,
                kind=entry.kind,
                thing=entry.thing,
                person=entry.person,
                detail=entry.detail,
                previous=head.hash,
            )
            event.hash = hash_of_event(event)
            head.number, head.hash = event.number, event.hash
            events.append(event)
        AuditEvent.objects.bulk_create(events)
        AuditHead.objects.filter(pk=organisation_id).update(number=head.number, hash=head.hash)


def hash_of_event(event: AuditEvent) -> str:
    said = json.dumps(as_hashed(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def is_by(user_id: uuid.UUID) -> bool:
    """Whether this person sent the request that is being answered."""
    actor = whoever_asks()
    return actor is not None and actor.pk == user_id


def asking() -> HttpRequest | None:
    """The request that is being answered; None for a command."""
    return _request.get()


def whoever_asks() -> User | None:
    """Who sent it, if they are logged in."""
    request = _request.get()
    user = getattr(request, "user", None)
    return user if isinstance(user, User) else None


def _role(actor: User | None, organisation_id: uuid.UUID) -> str:
    """What the actor is in the organisation at this moment, in one word."""
    if actor is None:
        return Role.VISITOR if _request.get() else OPERATOR
    if actor.home_id == organisation_id:
        return Role.AUTHOR
    current = Membership.objects.of(organisation_id).filter(user=actor.pk)
    role = current.values_list("role", flat=True).first()
    return str(Role.ORGANISATION_MEMBER) if role == Membership.Role.MEMBER else role or OUTSIDE


def _locked_head(organisation_id: uuid.UUID) -> AuditHead:
    locked = AuditHead.objects.select_for_update().filter(pk=organisation_id)
    head = locked.first()
    if head is None:
        # Two transactions may be the first at once: one makes the row, and both lock it.
        AuditHead.objects.get_or_create(pk=organisation_id)
        head = locked.get()
    return head


# What was refused


def note_refusal(
    request: HttpRequest,
    organisation_id: uuid.UUID,
    action: Action,
    thing: Any,
    *,
    kind: str,
    person: uuid.UUID | None = None,
) -> None:
    """Remember a refusal until the answer is ready. Written now, it could be rolled back with the request."""
    key, word = getattr(thing, "pk", thing), action.name.lower()
    entry = Entry(Verb.REFUSED, kind=kind, thing=key, person=person, detail=word, denied=True)
    request.refusals = [*refusals_of(request), (organisation_id, entry)]  # type: ignore[attr-defined]


def refusals_of(request: HttpRequest) -> list[Refusal]:
    found: list[Refusal] = getattr(request, "refusals", [])
    return found


def write_refusals(request: HttpRequest) -> None:
    """Write the refusals of a request, except those of the last minutes. Call it within `acting`."""
    actor = whoever_asks()
    since = timezone.now() - SAME_REFUSAL
    for organisation_id, entry in refusals_of(request):
        same = AuditEvent.objects.filter(
            organisation=organisation_id,
            at__gt=since,
            outcome=AuditEvent.Outcome.DENIED,
            actor=actor.pk if actor else None,
            thing=entry.thing,
            detail=entry.detail,
        )
        if not same.exists() and Organisation.objects.filter(pk=organisation_id).exists():
            record_all(organisation_id, [entry], actor=actor)


# Verifying it


@dataclass(frozen=True, slots=True)
class Chain:
    """The result of verifying a chain: how many events were looked at, and the first thing wrong, if anything."""

    looked_at: int
    wrong: str = ""


def verify(organisation_id: uuid.UUID, *, newest: int = 0) -> Chain:
    """Follow a chain from its end to its beginning, or through its `newest` events."""
    head = AuditHead.objects.filter(pk=organisation_id).first() or AuditHead(pk=organisation_id)
    events = AuditEvent.objects.filter(organisation=organisation_id).order_by("-number")
    number, expected, count = head.number, head.hash, 0
    for event in (events[:newest] if newest else events).iterator(chunk_size=2000):
        if event.number > number:
            return Chain(count, f"event {event.number} is not in the chain")
        if event.number != number:
            return Chain(count, f"event {number} is missing")
        if event.hash != expected or hash_of_event(event) != event.hash:
            return Chain(count, f"event {number} was changed")
        number, expected, count = number - 1, event.previous, count + 1
    if number and not (newest and count == newest):
        return Chain(count, f"event {number} is missing")
    if not number and expected:
        return Chain(count, "the first event names one before it")
    return Chain(count)
