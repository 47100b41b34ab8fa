"""Which day it is: the one place where a moment loses its time of day. For who reads a page, Django's `localdate`."""

import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

MAIL_FROM, MAIL_UNTIL = 8, 18
"""Hours of the day between which mails go out that come by themselves."""


QUARTER_DAYS_LEFT = 45


def day_in(zone: str, at: datetime.datetime) -> datetime.date:
    """The day of a moment by the clocks of a time zone."""
    return timezone.localdate(at, ZoneInfo(zone))


def today_in(zone: str) -> datetime.date:
    return day_in(zone, timezone.now())


def is_daytime(zone: str) -> bool:
    """Whether it is a time there at which nobody minds a mail that they did not ask for."""
    return MAIL_FROM <= timezone.localtime(timezone.now(), ZoneInfo(zone)).hour < MAIL_UNTIL


def quarter_end(today: datetime.date) -> datetime.date:
    """Until when something is done that takes about a quarter: its end, else the next one's if that is too near."""
    ends = [
        datetime.date(today.year + (month > 12), (month - 1) % 12 + 1, 1) - datetime.timedelta(days=1)
        for month in (4, 7, 10, 13, 16)
    ]
    return next(end for end in ends if (end - today).days >= QUARTER_DAYS_LEFT)


def start_of(day: datetime.date, zone: str) -> datetime.datetime:
    """The moment at which a day begins there. Where clocks skip midnight, that is the moment of the skip."""
    return datetime.datetime.combine(day, datetime.time.min, tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC)
