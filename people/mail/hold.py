"""A restored copy mails nobody until somebody says that it is live.

Whoever restores a backup to see whether it is any good starts the site on it, and there the worker would send what
waited when the backup was made, and remind everybody, beside the site that is live. So a restore leaves a row that
holds mail: it is written into the outbox as ever and waits there.
"""

import datetime
import logging
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.utils import timezone

from people.database.backup import AFTER_RESTORE, AS_SOON_AS_RESTORED
from people.database.transactions import transactional
from people.models import MailHold, OutboxMail

log = logging.getLogger(__name__)

BEFORE_THE_RESTORE = "Restored"
"""What a mail was given up for that waited when the backup was made."""


@dataclass(frozen=True, slots=True)
class WentLive:
    """What became of the mails that were held: how many go out, now or on their day, and how many were given up."""

    sent: int
    given_up: int


def held_since() -> datetime.datetime | None:
    """Since when mail is held; None where it is not."""
    return MailHold.objects.values_list("since", flat=True).first()


def is_held() -> bool:
    return held_since() is not None


def is_held_as_far_as_we_see() -> bool:
    """The same for a page that has something else to say: nothing is held while the database can't be asked."""
    try:
        return is_held()
    except DatabaseError:
        return False


def problem() -> str:
    """What operators should know; empty when mail is sent."""
    since = held_since()
    return f"a restored copy since {since:%Y-%m-%d %H:%M} UTC: it mails nobody until manage.py go_live" if since else ""


def hold() -> str:
    """Hold mail from now on. Returns what to say after a restore."""
    MailHold.objects.update_or_create(defaults={"since": timezone.now()}, pk=1)
    return "nothing is mailed until manage.py go_live"


def hold_if_there_is_a_table() -> None:
    """Hold mail in a restored database that is not brought up to date yet: it may be older than the hold."""
    if MailHold._meta.db_table in connection.introspection.table_names():  # noqa: SLF001
        hold()


@transactional
def go_live(*, send_waiting: bool) -> WentLive | None:
    """Let mail go again. None where it is not held.

    What was written since the restore is sent. What waited before was most likely sent by the site that was backed up,
    so it is given up unless `send_waiting` is set.
    """
    held = MailHold.objects.select_for_update().first()
    if held is None:
        return None
    now = timezone.now()
    given_up = 0
    if not send_waiting:
        # While mail is held nothing is queued again, so this says when they were written.
        given_up = OutboxMail.objects.unsent().filter(queued_at__lt=held.since).give_up(now, BEFORE_THE_RESTORE)
    # Due now and queued before: the reaper queues them again within half a minute. Others keep their day.
    due = OutboxMail.objects.due_by(now)
    due.update(next_at=now, queued_at=now - datetime.timedelta(seconds=1), lease_until=None)
    held.delete()
    return WentLive(OutboxMail.objects.unsent().count(), given_up)


# First of all: if a later step failed, a worker that is started would send.
AS_SOON_AS_RESTORED.append(hold_if_there_is_a_table)
AFTER_RESTORE.insert(0, hold)
