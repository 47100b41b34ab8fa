"""The outbox: mails wait in the database until a worker has sent them, once.

A worker takes a row by a conditional UPDATE that gives it a lease, and marks it as sent as soon as the mail server has
accepted the mail. If the worker is killed before, the row is free again when the lease ends, and no mail is lost. If it
is killed between the server's answer and the mark, the mail is sent a second time. It then has the same Message-ID, by
which mail programs can recognise it; SMTP offers no more (docs/decisions.md, 27).
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
"""Minutes to wait after each failed attempt; when the last wait was in vain too, the mail is given up."""
# A mail without a task, because a process died between the commit and the queue, gets a new one after this time.
FORGOTTEN = datetime.timedelta(minutes=5)
KEPT = datetime.timedelta(days=30)
FINISHED_KEPT = datetime.timedelta(days=1)


def put(message: EmailMessage) -> OutboxMail:
    """Write a mail into the outbox, in the caller's transaction. Raises ValueError for a mail that it can't hold."""
    message.message()  # raises for a line break in a header: here the sender sees it, in the worker nobody would
    if message.attachments or message.cc or message.bcc or message.reply_to:
        raise ValueError("the outbox holds mails with a text, an HTML text and headers")
    # Any, because the stubs take these named tuples for plain ones.
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
    """The mail of a row. Its Message-ID is made of the row's id, so that a mail sent twice can be recognised."""
    said: dict[str, Any] = row.message
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    headers = {"Message-ID": f"<{row.pk}@{host}>", **said["headers"]}
    message = EmailMultiAlternatives(said["subject"], said["body"], said["from"], said["to"], headers=headers)
    for content, mimetype in said["alternatives"]:
        message.attach_alternative(content, mimetype)
    return message


@task
def send_mail(pk: str) -> str:
    """Send a mail of the outbox, unless it was sent, is being sent, or its time has not come. Says what happened."""
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
    # Nothing may be done before this: a worker that dies here leaves a mail that will be sent again.
    OutboxMail.objects.filter(pk=row.pk).update(sent_at=timezone.now(), lease_until=None, message={}, error="")
    return "sent"


def _failed(row: OutboxMail, error: Exception) -> str:
    """Try again later, or give up. Only the error's type is kept: its message may quote the address or the text."""
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
    """Queue mails again that a dead worker left behind, and delete old rows. Running twice at once does no harm."""
    now = timezone.now()
    stale = now - datetime.timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    # Tasks of dead workers. They can go, as the outbox knows which mails are still to be sent.
    dead, _ = DBTaskResult.objects.running().filter(task_path=send_mail.module_path, started_at__lte=stale).delete()
    waiting = OutboxMail.objects.filter(sent_at__isnull=True, given_up_at__isnull=True, next_at__lte=now)
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    left = Q(queued_at__lt=F("next_at")) | Q(queued_at__lte=now - FORGOTTEN) | Q(lease_until__lte=now)
    queued = 0
    for row in waiting.filter(free & left).order_by("next_at")[:1000]:
        with transaction.atomic():
            # If two reapers run at once, only one of them may queue it.
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
