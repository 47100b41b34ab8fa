"""The one door for mail. In production a row of the outbox is written beside what the mail is about, and a worker sends
it: an answer takes no longer for an address that we know, and a mail that was promised leaves although a process dies.
"""

import logging
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from people.mail.outbox import put, send_mail

log = logging.getLogger(__name__)


def post(message: EmailMessage) -> None:
    """Send a mail: by the worker when MAIL_IN_BACKGROUND is set, once the transaction is through; else at once.

    A mail server that is away costs the visitor no page: the worker tries again, and they can ask for the mail again.
    """
    if settings.MAIL_IN_BACKGROUND:
        # The row is committed and decides; a queue that fails now is found out by the reaper.
        transaction.on_commit(partial(send_mail.enqueue, str(put(message).pk)), robust=True)
    else:
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:  # smtplib's errors are among them
        log.exception("a mail could not be sent")
