"""Mail that waits to be sent, in the database: each row is sent by one worker at a time, and once.

A worker takes a row by one conditional UPDATE that gives it a lease. It marks the row as sent right after the mail
server has taken the mail. Killed before that, the row is free again when the lease ends: no mail is lost. Killed in the
moment between the server's answer and the mark, the mail goes out a second time, under the same Message-ID, by which
mail servers and programs know a repeat. SMTP offers no more (docs/decisions.md, 27).
"""

import datetime
import logging
import smtplib
import uuid
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, Q
from django.tasks import task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from people.limits import rates
from people.models import OutboxMail

log = logging.getLogger(__name__)

MINUTES = (1, 5, 30, 120, 480, 1440)
"""How long to wait after each attempt that failed; after the last one the mail is given up."""
# A task that was lost between the commit and its row in the queue is made again after so long.
FORGOTTEN = datetime.timedelta(minutes=5)
KEPT = datetime.timedelta(days=30)
FINISHED_KEPT = datetime.timedelta(days=1)


def put(message: EmailMessage) -> OutboxMail:
    """Write a mail into the outbox, in the caller's transaction. Raises ValueError for what it can't hold."""
    message.message()  # raises for a line break in a header, while somebody is there to hear it
    if message.attachments or message.cc or message.bcc or message.reply_to:
        raise ValueError("the outbox holds mails with a text, an HTML text and headers")
    # A named tuple, which the stubs take for a plain one.
    alternatives: list[Any] = list(message.alternatives) if isinstance(message, EmailMultiAlternatives) else []
    now = timezone.now()
    return OutboxMail.objects.create(
        created_at=now,
        queued_at=now,
        next_at=now,
        message={
            "subject": str(message.subject),
            "body": str(message.body),
            "from": str(message.from_email),
            "to": [str(address) for address in message.to],
            "headers": {name: str(value) for name, value in message.extra_headers.items()},
            "alternatives": [[str(item.content), item.mimetype] for item in alternatives],
        },
    )


def message_of(row: OutboxMail) -> EmailMessage:
    """The mail of a row. Its Message-ID follows from the row, so that a repeat can be known."""
    said: dict[str, Any] = row.message
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{row.pk}@{host}>", **said["headers"]}
    message = EmailMultiAlternatives(said["subject"], said["body"], said["from"], said["to"], headers=headers)
    for content, mimetype in said["alternatives"]:
        message.attach_alternative(content, mimetype)
    return message


@task
def send_mail(pk: str) -> str:
    """Send a row of the outbox, unless it was sent, is being sent, or its time has not come. Says which it was."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = OutboxMail.objects.filter(free, pk=uuid.UUID(pk), sent_at__isnull=True, given_up_at__isnull=True)
    lease = now + datetime.timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    if not waiting.filter(next_at__lte=now).update(lease_until=lease, attempts=F("attempts") + 1):
        return "not now"
    row = OutboxMail.objects.get(pk=pk)
    try:
        message_of(row).send()
    except Exception as error:  # noqa: BLE001  - whatever it is, the row must be free again
        return _failed(row, error)
    # Now the moment in which a worker that dies leaves a repeat behind: nothing else happens in it.
    OutboxMail.objects.filter(pk=row.pk).update(sent_at=timezone.now(), lease_until=None, message={}, error="")
    return "sent"


def _failed(row: OutboxMail, error: Exception) -> str:
    """Try again later, or give up. Neither row nor log gets an address or a text: the server's answer may hold them."""
    now, kind = timezone.now(), type(error).__name__
    again = row.attempts <= len(MINUTES) and not _is_final(error)
    later = now + datetime.timedelta(minutes=MINUTES[min(row.attempts, len(MINUTES)) - 1])
    said = {"next_at": later} if again else {"given_up_at": now, "message": {}}
    OutboxMail.objects.filter(pk=row.pk).update(lease_until=None, error=kind[:60], **said)
    log.warning("mail %s: attempt %d failed (%s)%s", row.pk, row.attempts, kind, "" if again else ", given up")
    return "later" if again else "given up"


def _is_final(error: Exception) -> bool:
    """Whether the server has refused every recipient for good."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def reap() -> dict[str, int]:
    """Bring back what a dead worker left behind, and delete what is over. Doing it twice at once is harmless."""
    now = timezone.now()
    stale = now - datetime.timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    # The outbox says what is still to be done, so a task that nobody works on any more says nothing.
    dead, _ = DBTaskResult.objects.running().filter(task_path=send_mail.module_path, started_at__lte=stale).delete()
    waiting = OutboxMail.objects.filter(sent_at__isnull=True, given_up_at__isnull=True, next_at__lte=now)
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    left = Q(queued_at__lt=F("next_at")) | Q(queued_at__lte=now - FORGOTTEN) | Q(lease_until__lte=now)
    queued = 0
    for row in waiting.filter(free & left).order_by("next_at")[:1000]:
        with transaction.atomic():
            # One of two reapers takes it.
            mine = OutboxMail.objects.filter(pk=row.pk, queued_at=row.queued_at).update(queued_at=now, lease_until=None)
            if mine:
                transaction.on_commit(partial(send_mail.enqueue, str(row.pk)), robust=True)
                queued += 1
    over = Q(sent_at__lte=now - KEPT) | Q(given_up_at__lte=now - KEPT)
    deleted, _ = OutboxMail.objects.filter(over).delete()
    DBTaskResult.objects.finished().filter(finished_at__lte=now - FINISHED_KEPT).delete()
    return {
        "queued again": queued,
        "left by dead workers": dead,
        "old mails deleted": deleted,
        "old counts deleted": rates.forget_old(),
    }
