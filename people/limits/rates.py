"""Counts how often somebody did something, exactly and over all processes, in one statement for each rate."""

import datetime
from collections.abc import Collection
from typing import Any, Protocol

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from people.models import RateCount

# Returns a row only where there was room: what is refused is not counted.
_COUNT = """
INSERT INTO people_ratecount (key, used, ends_at) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN people_ratecount.ends_at <= %s
        THEN excluded.used ELSE people_ratecount.used + excluded.used END,
    ends_at = CASE WHEN people_ratecount.ends_at <= %s THEN excluded.ends_at ELSE people_ratecount.ends_at END
WHERE people_ratecount.ends_at <= %s OR people_ratecount.used <= %s - excluded.used
RETURNING key, ends_at
"""
_GIVE_BACK = "UPDATE people_ratecount SET used = used - %s WHERE key = %s AND ends_at = %s AND used >= %s"
# Rows of one statement: databases have limits for what one takes.
_AT_ONCE = 500


class Rate(Protocol):
    """`amount` uses in `duration` seconds."""

    amount: int
    duration: float


def take(action: str, rate: Rate, who: str, count: int = 1) -> Any:
    """Count `count` more: gives the span in which they count, for `give_back`, or None where there is no room for all.

    A span begins with its first use, and the next one with the first use after its end.
    """
    return _count(action, rate, [who], count).get(who)


def take_each(action: str, rate: Rate, whos: Collection[str]) -> set[str]:
    """Count one more for each of these, and return those who had room. One statement for 500 of them."""
    # In one order, as two such statements could else wait for each other.
    ordered = sorted(set(whos))
    parts = [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
    return {who for part in parts for who in _count(action, rate, part, 1)}


def take_some(action: str, rate: Rate, who: str, wanted: int) -> tuple[int, Any]:
    """Count as many of `wanted` as there is room for. Returns how many, and their span."""
    while wanted > 0:
        if (span := take(action, rate, who, wanted)) is not None:
            return wanted, span
        wanted = min(wanted - 1, rate.amount - _used(action, rate, who))
    return 0, None


def give_back(action: str, rate: Rate, who: str, span: Any, count: int = 1) -> None:
    """Undo a `take`, unless its span is over and another has begun."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [count, _key(action, rate, who), span, count])


def _count(action: str, rate: Rate, whos: list[str], count: int) -> dict[str, Any]:
    """Those who had room, each with the span."""
    if not whos or count > rate.amount:
        return {}
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    at, ends_at = adapt(now), adapt(now + datetime.timedelta(seconds=rate.duration))
    keys = {_key(action, rate, who): who for who in whos}
    rows = [value for key in keys for value in (key, count, ends_at)]
    with connection.cursor() as cursor:
        statement = _COUNT.format(rows=", ".join(["(%s, %s, %s)"] * len(keys)))
        cursor.execute(statement, [*rows, at, at, at, rate.amount])
        return {keys[key]: span for key, span in cursor.fetchall()}


def _used(action: str, rate: Rate, who: str) -> int:
    counts = RateCount.objects.filter(key=_key(action, rate, who), ends_at__gt=timezone.now())
    return counts.values_list("used", flat=True).first() or 0


def look(action: str, rate: Rate, who: str) -> Any:
    """True if there is room for one more, else None. Nothing is counted."""
    counts = RateCount.objects.filter(key=_key(action, rate, who), ends_at__gt=timezone.now(), used__gte=rate.amount)
    return None if rate.amount < 1 or counts.exists() else True


def clear(action: str, rate: Rate, who: str) -> None:
    RateCount.objects.filter(key=_key(action, rate, who)).delete()


def forget_old() -> int:
    """Delete the counts whose span is over. Returns how many that were."""
    return RateCount.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def _key(action: str, rate: Rate, who: str) -> str:
    """Hashed, so that nobody can read ids and IP addresses out of the table."""
    said = f"{action}:{rate.amount}:{rate.duration}:{who}"
    return salted_hmac("people.rates", said, algorithm="sha256").hexdigest()
