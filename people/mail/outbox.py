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

from people import once
from people.limits import rates
from people.mail.hold import is_held
from people.models import Invitation, MailRefusal, OutboxMail

log = logging.getLogger(__name__)

MINUTES = (1, 5, 30, 120, 480, 1440)
"""Minutes to wait after each failed attempt; when the last wait was in vain too, the mail is given up."""
LONGEST = datetime.timedelta(minutes=sum(MINUTES))
AWAY = "away: "
"""Before the kind of an error by which the mail server lets nobody in. One of these mails asks for it again and again:
by the steps above, all would wait for hours after a short outage."""
ASK_EVERY = datetime.timedelta(seconds=55)
OUT_OF_TIME = "OutOfTime"
# Errors about the mail at hand, which say nothing of the next one.
_OF_ONE_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
# A mail without a task, because a process died between the commit and the queue, gets a new one after this time.
FORGOTTEN = datetime.timedelta(minutes=5)
KEPT = datetime.timedelta(days=30)
FINISHED_KEPT = datetime.timedelta(days=1)


def put(
    message: EmailMessage,
    at: datetime.datetime | None = None,
    *,
    invitation: uuid.UUID | None = None,
    refused_by: str = "",
    lasts: datetime.timedelta | None = None,
) -> OutboxMail:
    """Write a mail into the outbox, to be sent at a time or at once, in the caller's transaction. After `lasts` it is
    worth nothing, as a code that has run out, and is not sent any more.

    Raises ValueError for a mail that it can't hold.
    """
    message.message()  # raises for a line break in a header: here the sender sees it, in the worker nobody would
    if message.attachments or message.cc or message.bcc or message.reply_to:
        raise ValueError("the outbox holds mails with a text, an HTML text and headers")
    # Any, because the stubs take these named tuples for plain ones.
    alternatives: list[Any] = list(message.alternatives) if isinstance(message, EmailMultiAlternatives) else []
    now = timezone.now()
    return OutboxMail.objects.create(
        # Its age begins on its day: until then nobody is late with it.
        created_at=at or now,
        queued_at=now,
        next_at=at or now,
        invitation=invitation,
        refused_by=refused_by,
        valid_until=now + lasts if lasts else None,
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
    if is_held():
        return "held"
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = OutboxMail.objects.unsent().filter(free, pk=uuid.UUID(pk))
    lease = now + datetime.timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    if not waiting.filter(next_at__lte=now).update(lease_until=lease, attempts=F("attempts") + 1):
        return "not now"
    row = OutboxMail.objects.get(pk=pk)
    if _is_unwanted(row):
        row.delete()
        return "not wanted"
    if row.valid_until and row.valid_until < now:
        OutboxMail.objects.filter(pk=row.pk).give_up(now, OUT_OF_TIME)
        return "out of time"
    try:
        message_of(row).send()
    except Exception as error:  # noqa: BLE001  - whatever it is, the row must be free again
        return _failed(row, error)
    # Nothing may be done before this: a worker that dies here leaves a mail that will be sent again.
    OutboxMail.objects.filter(pk=row.pk).update(
        sent_at=timezone.now(), lease_until=None, error="", message={}, invitation=None, refused_by=""
    )
    if row.error.startswith(AWAY):
        # The server is back.
        OutboxMail.objects.unsent().filter(error__startswith=AWAY).update(next_at=timezone.now())
    return "sent"


def _is_unwanted(row: OutboxMail) -> bool:
    """Whether, while the mail waited, its address has refused such mails, or its invitation has ended: was taken back
    or used, or whoever sent it was shut out."""
    if row.refused_by and MailRefusal.objects.filter(to_hash=row.refused_by).exists():
        return True
    open_ones = Invitation.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), uses=0)
    let_in = Q(created_by__isnull=True) | Q(created_by__is_active=True)
    return bool(row.invitation and not open_ones.filter(let_in, pk=row.invitation).exists())


def _failed(row: OutboxMail, error: Exception) -> str:
    """Try again later, or give up. Only the error's type is kept: its message may quote the address or the text."""
    now, kind = timezone.now(), type(error).__name__
    is_away = isinstance(error, OSError) and not isinstance(error, _OF_ONE_MAIL)
    # While the server is away, one mail is tried many times.
    is_enough = now - row.created_at >= LONGEST if is_away else row.attempts > len(MINUTES)
    again = not is_enough and not _is_final(error)
    later = now + datetime.timedelta(minutes=MINUTES[min(row.attempts, len(MINUTES)) - 1])
    kind = f"{AWAY * is_away}{kind}"[:60]
    mail = OutboxMail.objects.filter(pk=row.pk)
    if again:
        mail.update(lease_until=None, error=kind, next_at=later)
    else:
        mail.give_up(now, kind)
    log.warning("mail %s: attempt %d failed (%s)%s", row.pk, row.attempts, kind, "" if again else ", given up")
    return "later" if again else "given up"


def _is_final(error: Exception) -> bool:
    """Whether the server has refused every recipient for good."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    return all(code >= 500 for code, _ in error.recipients.values())


def hurry() -> int:
    """Have all mails that were tried in vain tried again now. Returns how many."""
    return OutboxMail.objects.unsent().filter(attempts__gt=0, next_at__gt=timezone.now()).update(next_at=timezone.now())


def _ask_whether_it_is_back(now: datetime.datetime) -> None:
    """While the mail server is away, have one mail tried each minute; when it goes out, the others follow.

    The one that has not been tried for longest: with always the same, a mail that the server hangs up on would keep all
    others waiting.
    """
    away = OutboxMail.objects.unsent().filter(error__startswith=AWAY)
    if not away.filter(queued_at__gt=now - ASK_EVERY).exists():
        first = away.order_by("queued_at", "pk").values("pk")[:1]
        OutboxMail.objects.filter(pk__in=first, next_at__gt=now).update(next_at=now)


def reap() -> dict[str, int]:
    """Queue mails again that a dead worker left behind, and delete old rows. Running twice at once does no harm."""
    now = timezone.now()
    stale = now - datetime.timedelta(seconds=settings.MAIL_LEASE_SECONDS)
    # Tasks of dead workers. They can go, as the outbox knows which mails are still to be sent.
    dead, _ = DBTaskResult.objects.running().filter(task_path=send_mail.module_path, started_at__lte=stale).delete()
    _ask_whether_it_is_back(now)
    waiting = OutboxMail.objects.unsent().filter(next_at__lte=now)
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    left = Q(queued_at__lt=F("next_at")) | Q(queued_at__lte=now - FORGOTTEN) | Q(lease_until__lte=now)
    queued = 0
    for row in (waiting.none() if is_held() else waiting).filter(free & left).order_by("next_at")[:1000]:
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
        "old keys of forms deleted": once.forget_old(),
    }
