"""Counting how often somebody did something, exactly and over all processes: one statement a rate."""

import datetime
from typing import Protocol

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from people.models import RateCount

# A use counts where there is room, so what was refused is not held against anybody for longer.
_COUNT = """
INSERT INTO people_ratecount (key, used, ends_at) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN people_ratecount.ends_at <= %s THEN 1 ELSE people_ratecount.used + 1 END,
    ends_at = CASE WHEN people_ratecount.ends_at <= %s THEN excluded.ends_at ELSE people_ratecount.ends_at END
WHERE people_ratecount.ends_at <= %s OR people_ratecount.used < %s
RETURNING used
"""


class Rate(Protocol):
    """So many in so many seconds."""

    amount: int
    duration: float


def use(action: str, rate: Rate, who: str) -> bool:
    """Count one more, if there is room. A span begins with its first use, and the next with the first after its end."""
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    at, ends_at = adapt(now), adapt(now + datetime.timedelta(seconds=rate.duration))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [_key(action, rate, who), ends_at, at, at, at, rate.amount])
        row = cursor.fetchone()
    return row is not None and row[0] <= rate.amount


def forget_old() -> int:
    """Delete the counts whose time is over. Says how many that were."""
    return RateCount.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def _key(action: str, rate: Rate, who: str) -> str:
    """A person's id or an address of the net, which nobody reads out of the table."""
    said = f"{action}:{rate.amount}:{rate.duration}:{who}"
    return salted_hmac("people.rates", said, algorithm="sha256").hexdigest()
