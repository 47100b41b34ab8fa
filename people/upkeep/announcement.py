"""One announcement at the top of every page, such as that the site will be away for some minutes.

Every page says it and none asks for it: each process looks once in a while and remembers.
"""

import datetime
import logging
import time
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from people.database.transactions import transactional
from people.errors import PeopleError
from people.models import Announcement
from people.texts import clean_line, is_blank

log = logging.getLogger(__name__)

TEXT_MAX = 300
DAYS_MAX = 30
"""How far ahead it may end: with another year by mistake it would stay for ever."""
LOOKS_EVERY = 20.0
"""Seconds after which a process looks again. All pages say it, and say it no more, within that time."""


class UnfitAnnouncementError(PeopleError):
    """Nothing was announced; the message says why."""


@dataclass(slots=True)
class LastLook:
    """What this process saw when it last looked, and from when on it looks again."""

    row: Announcement | None = None
    again_at: float = 0.0


_look = LastLook()


def shown() -> Announcement | None:
    """What is announced now. A statement every 20 seconds, none between."""
    now = time.monotonic()
    if now >= _look.again_at:
        _look.again_at = now + LOOKS_EVERY
        try:
            _look.row = Announcement.objects.first()
        except (DatabaseError, InterfaceError) as error:
            # A page that has something else to say, or the page of the error: what was known stays.
            log.warning("announcements could not be looked for: %s", type(error).__name__)
    return known()


def known() -> Announcement | None:
    """The same without asking the database, for pages that come when it is away."""
    row = _look.row
    return row if row and row.ends_at > timezone.now() else None


@transactional
def announce(text: str, ends_at: datetime.datetime, starts_at: datetime.datetime | None = None) -> Announcement:
    """Put this in the place of what is announced. Raises UnfitAnnouncementError."""
    said, now = clean_line(text), timezone.now()
    if is_blank(said):
        raise UnfitAnnouncementError("the text says nothing")
    if len(said) > TEXT_MAX:
        raise UnfitAnnouncementError(f"the text has {len(said)} characters, and may have {TEXT_MAX}")
    if ends_at <= now:
        raise UnfitAnnouncementError("it would be over already")
    if ends_at > now + datetime.timedelta(days=DAYS_MAX):
        raise UnfitAnnouncementError(f"it would stay for more than {DAYS_MAX} days")
    if starts_at and starts_at >= ends_at:
        raise UnfitAnnouncementError("it would end before it begins")
    row, _ = Announcement.objects.update_or_create(
        pk=1, defaults={"text": said, "starts_at": starts_at, "ends_at": ends_at}
    )
    return row


def end() -> bool:
    """Take it away. False when nothing was announced."""
    found = Announcement.objects.filter(ends_at__gt=timezone.now()).exists()
    Announcement.objects.all().delete()
    return found
