"""Counts how often somebody did something, exactly and over all processes, in one statement for each rate."""

import datetime
from typing import Any, Protocol

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from people.models import RateCount

# Returns a row only where there was room: what is refused is not counted.
_COUNT = """
INSERT INTO people_ratecount (key, used, ends_at) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN people_ratecount.ends_at <= %s THEN 1 ELSE people_ratecount.used + 1 END,
    ends_at = CASE WHEN people_ratecount.ends_at <= %s THEN excluded.ends_at ELSE people_ratecount.ends_at END
WHERE people_ratecount.ends_at <= %s OR people_ratecount.used < %s
RETURNING used, ends_at
"""
_GIVE_BACK = "UPDATE people_ratecount SET used = used - 1 WHERE key = %s AND ends_at = %s AND used > 0"


class Rate(Protocol):
    """`amount` uses in `duration` seconds."""

    amount: int
    duration: float


def take(action: str, rate: Rate, who: str) -> Any:
    """Count one more: gives the span in which it counts, for `give_back`, or None where there is no room.

    A span begins with its first use, and the next one with the first use after its end.
    """
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    at, ends_at = adapt(now), adapt(now + datetime.timedelta(seconds=rate.duration))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [_key(action, rate, who), ends_at, at, at, at, rate.amount])
        row = cursor.fetchone()
    return row[1] if row is not None and row[0] <= rate.amount else None


def give_back(action: str, rate: Rate, who: str, span: Any) -> None:
    """Undo a `take`, unless its span is over and another has begun."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [_key(action, rate, who), span])


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
