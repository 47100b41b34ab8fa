"""Writing the audit log: in the transaction of what it records, one after the other, each chained to the one before.

`record` belongs at the end of a transaction: it locks the end of the organisation's chain until the transaction is
through, and whoever waits for that lock should hold nothing that we still need.
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
"""Roles beside those of the policy: a command on the server; somebody who is not in the organisation."""
SAME_REFUSAL = datetime.timedelta(minutes=10)
"""The same person refused the same thing again within this time is one refusal: a loop must not flood the log."""

_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done, to what, and whom it is about. `detail` is a word of ours, never one that somebody wrote."""

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
    """Within it, what is recorded was done by whoever sent this request."""
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
    """Add one event. `thing` is a row or an id; the actor is whoever sent the request that is being answered."""
    entry = Entry(verb, kind=kind, thing=getattr(thing, "pk", thing), person=person, detail=detail, role=role)
    record_all(organisation_id, [entry], actor=actor)


@retried
def record_all(organisation_id: uuid.UUID, entries: list[Entry], *, actor: User | None = None) -> None:
    """Add events, all or none, in the caller's transaction. Four statements, however many there are."""
    if not entries:
        return
    actor = actor or _whoever_asks()
    with transaction.atomic(savepoint=False):
        role = _role(actor, organisation_id)
        head = _locked_head(organisation_id)
        # After the lock, so that times rise as the numbers do.
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
    """Whether this very person sent the request that is being answered."""
    actor = _whoever_asks()
    return actor is not None and actor.pk == user_id


def _whoever_asks() -> User | None:
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
        # Two that are first at once: one makes the row, both lock it.
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
    """Remember a refusal until the answer is made: the transaction of the request may be rolled back."""
    key, word = getattr(thing, "pk", thing), action.name.lower()
    entry = Entry(Verb.REFUSED, kind=kind, thing=key, person=person, detail=word, denied=True)
    request.refusals = [*refusals_of(request), (organisation_id, entry)]  # type: ignore[attr-defined]


def refusals_of(request: HttpRequest) -> list[Refusal]:
    found: list[Refusal] = getattr(request, "refusals", [])
    return found


def write_refusals(request: HttpRequest) -> None:
    """Write what was refused, but for what the same person was refused a moment ago. Needs to be `acting`."""
    actor = _whoever_asks()
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


# Looking whether it is whole


@dataclass(frozen=True, slots=True)
class Chain:
    """What came of looking at a chain: how many events were looked at, and what is wrong first, if anything."""

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
