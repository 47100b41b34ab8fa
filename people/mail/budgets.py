"""How many mails go out a day: from one person, and to one address, over all organisations and teams.

Anybody can found an organisation, so a limit by organisation would limit nobody. What has no room today waits for the
first day that has some. Mails that an account itself needs, such as codes, are not counted here.
"""

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import TextChoices

from people.addresses import canonical
from people.days import day_in, today_in
from people.limits import rates
from people.models import User

AHEAD = 14
"""Days that a mail may wait; after more, nobody would know why it comes."""
FROM_A_DAY = 1000
NEW_FOR = datetime.timedelta(days=7)


class MailKind(TextChoices):
    INVITATION = "invitation"
    REMINDER = "reminder"
    # About reviews, questions and appointments: to people whom the sender already works with.
    NEWS = "news"


TO_A_DAY = {MailKind.INVITATION: 2, MailKind.REMINDER: 2, MailKind.NEWS: 30}


@dataclass(slots=True)
class DayBudget:
    amount: int
    # Each day is counted by itself, also one that is still to come.
    duration: float = (AHEAD + 2) * 24 * 3600


def reserve(
    kind: MailKind,
    addresses: Sequence[str],
    sender: User | None = None,
    known: Collection[str] = (),
    ahead: int = AHEAD,
) -> list[int | None]:
    """Count a mail to each of these addresses on the first day that has room. Returns in how many days each goes out:
    0 is today, None is in none of the days that count.

    With a `sender` their own budget counts as well, except for mails to `known` addresses. Two statements for a list
    that goes out today; call it in the transaction that makes the mails.
    """
    today = today_in("UTC")
    asked = [canonical(address) for address in addresses]
    free = {canonical(address) for address in known} if sender else {*asked}
    days: list[int | None] = [None] * len(asked)
    for day in range(ahead + 1):
        full: set[str] = set()
        while None in days:
            # Of mails to one address one at a time: a statement counts each key once.
            waiting: dict[str, int] = {}
            for place, address in enumerate(asked):
                if days[place] is None and address not in full:
                    waiting.setdefault(address, place)
            chosen, there = _taken(kind, today + datetime.timedelta(days=day), [*waiting], sender, free)
            full |= chosen - there
            for address in there:
                days[waiting[address]] = day
            if not chosen:
                break
    return days


def _taken(
    kind: MailKind, day: datetime.date, addresses: list[str], sender: User | None, free: Collection[str]
) -> tuple[set[str], set[str]]:
    """To whom the sender could write on a day, and those of them for whom there is room, who are counted."""
    ours, own = f"mails from, {day}", DayBudget(_from_a_day(sender, day))
    counted = [address for address in addresses if address not in free]
    who = str(sender.pk) if sender else ""
    room, span = rates.take_some(ours, own, who, len(counted))
    chosen = {*counted[:room], *(address for address in addresses if address in free)}
    there = rates.take_each(f"mails to, {kind}, {day}", DayBudget(TO_A_DAY[kind]), chosen)
    unused = room - len(there.intersection(counted))
    if unused:
        rates.give_back(ours, own, who, span, unused)
    return chosen, there


def _from_a_day(sender: User | None, day: datetime.date) -> int:
    """A new account sends less in its first week, so that signing up to misuse the site does not pay."""
    is_new = sender is not None and day < day_in("UTC", sender.date_joined + NEW_FOR)
    return min(settings.NEW_ACCOUNT_MAILS, FROM_A_DAY) if is_new else FROM_A_DAY
