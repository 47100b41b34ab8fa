"""The one function that all mail is sent by.

In production it writes a row of the outbox, in the transaction of what the mail is about, and a worker sends it. Sent
at once, a mail could be lost with the process, and the time it takes would tell which addresses have accounts.
"""

import datetime
import logging
import uuid
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from people.mail.budgets import MailKind, reserve
from people.mail.hold import is_held, problem
from people.mail.outbox import put, send_mail
from people.mail.unlinked import without_links
from people.texts import clean_page, clean_sentence

log = logging.getLogger(__name__)


def post(
    message: EmailMessage,
    *,
    at: datetime.datetime | None = None,
    invitation: uuid.UUID | None = None,
    refused_by: str = "",
    by_others: bool = False,
    lasts: datetime.timedelta | None = None,
) -> None:
    """Send a mail: by the worker after the commit if MAIL_IN_BACKGROUND is set, else at once; what is to go out `at` a
    later time, by the worker in any case.

    If the mail server is away, the visitor still gets their page, and can ask for the mail again. A line break in a
    name could else begin a header of its own, and an address in it be a link. `invitation` and `refused_by`: see
    OutboxMail. `by_others`: it says what people call themselves. `lasts`: see `put`.
    """
    unlinked = partial(without_links, keeps_addresses=not by_others)
    message.subject = unlinked(clean_sentence(str(message.subject)).strip())
    message.body = unlinked(clean_page(str(message.body)), settings.SITE_URL)
    is_later = at is not None and at > timezone.now()
    if not (is_later or settings.MAIL_IN_BACKGROUND):
        _send(message)
        return
    row = put(message, at if is_later else None, invitation=invitation, refused_by=refused_by, lasts=lasts)
    if not is_later:
        # If this fails, the reaper finds the committed row and queues it.
        transaction.on_commit(partial(send_mail.enqueue, str(row.pk)), robust=True)


def post_news(message: EmailMessage) -> None:
    """Send what somebody did to a person they work with, within what one address gets a day; all of it stands on pages,
    too."""
    (days,) = reserve(MailKind.NEWS, message.to)
    if days is None:
        log.warning("a mail was left out: as many as can wait for its address wait already")
    else:
        post(message, at=timezone.now() + datetime.timedelta(days=days), by_others=True)


def _send(message: EmailMessage) -> None:
    if settings.MAILERS["default"]["BACKEND"].endswith("smtp.EmailBackend") and is_held():
        log.warning("a mail was not sent: %s", problem())
        return
    try:
        message.send()
    except OSError:  # smtplib's errors are among them
        log.exception("a mail could not be sent")
