"""A person's plan: adding items, ordering them, and moving them from planned to done."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from growth.evidence.log import add_entries
from growth.models import PlanItem
from people.database.transactions import transactional
from people.errors import PeopleError
from people.models import User

PLAN_MAX = 200
TEXT_MAX = 400
# How many items under way the page recommends at most; more are allowed.
AT_ONCE = 3
State = PlanItem.State
OPEN = (State.PLANNED, State.DOING)


class PlanError(PeopleError):
    """The plan is full; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to add; texts have at most TEXT_MAX characters. `from_step` and `to_step` (from 0) come from a report."""

    text: str
    competency: str = ""
    first_step: str = ""
    done_when: str = ""
    due_on: datetime.date | None = None
    from_step: int | None = None
    to_step: int | None = None


def plan_of(user: User) -> QuerySet[PlanItem]:
    return PlanItem.objects.filter(owner=user, organisation=user.home_id)


def next_position(user: User) -> int:
    """The position after the last item, 0 in an empty plan."""
    last: int | None = plan_of(user).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


@transactional
def add_items(user: User, items: Iterable[NewItem]) -> int:
    """Add items at the end and return how many; one with the text of an open item is skipped.

    Raises PlanError, and adds none, if the plan would hold more than PLAN_MAX.
    """
    _one_at_a_time(user)
    there = set(plan_of(user).filter(state__in=OPEN).values_list("text", flat=True))
    new = list({item.text: item for item in items if item.text not in there}.values())
    if plan_of(user).count() + len(new) > PLAN_MAX:
        raise PlanError(_("A plan holds %(count)d items. Delete some that are done or dropped.") % {"count": PLAN_MAX})
    start = next_position(user)
    PlanItem.objects.bulk_create(
        PlanItem(
            organisation_id=user.home_id,
            owner=user,
            position=start + n,
            **asdict(item),
        )
        for n, item in enumerate(new)
    )
    return len(new)


@transactional
def set_state(user: User, pk: uuid.UUID, state: str, today: datetime.date) -> bool:
    """Set the state of an item; marking it done twice keeps the first day. False if the person has no such item."""
    _one_at_a_time(user)
    item = plan_of(user).filter(pk=pk).first()
    if item is None:
        return False
    if item.state not in OPEN and state in OPEN:
        item.position = next_position(user)
    item.done_on = (item.done_on or today) if state == State.DONE else None
    item.state = state
    item.save(update_fields=["state", "done_on", "position"])
    return True


@transactional
def finish(user: User, pk: uuid.UUID, said: dict[str, Any]) -> None:
    """Add the evidence for a done item to the log and link the two; a second submit adds nothing.

    Raises EvidenceError when the log is full.
    """
    _one_at_a_time(user)
    item = plan_of(user).filter(pk=pk, state=State.DONE, evidence=None).first()
    if item is None:
        return
    (item.evidence,) = add_entries(user, [said])
    item.save(update_fields=["evidence"])


@transactional
def move(user: User, pk: uuid.UUID, place: str, before: uuid.UUID | None = None) -> bool:
    """Move an open item `up` or `down` by one, or `before` another one, which is None for the end.

    False when there is no such open item. Moving beyond an end changes nothing.
    """
    _one_at_a_time(user)
    order = list(plan_of(user).filter(state__in=OPEN))
    item = next((item for item in order if item.pk == pk), None)
    if item is None:
        return False
    at = order.index(item)
    order.remove(item)
    if place == "before":
        at = next((n for n, other in enumerate(order) if other.pk == before), len(order))
    else:
        at = max(0, at - 1) if place == "up" else at + 1
    order.insert(at, item)
    for position, other in enumerate(order):
        other.position = position
    PlanItem.objects.bulk_update(order, ["position"])
    return True


def _one_at_a_time(user: User) -> None:
    """Lock the person's row, or two requests at once would give two items the same position."""
    User.objects.select_for_update().get(pk=user.pk)
