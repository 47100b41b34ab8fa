"""The one function that all mail is sent by.

In production it writes a row of the outbox, in the transaction of what the mail is about, and a worker sends it. Sent
at once, a mail could be lost with the process, and the time it takes would tell which addresses have accounts.
"""

import logging
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from people.mail.outbox import put, send_mail

log = logging.getLogger(__name__)


def post(message: EmailMessage) -> None:
    """Send a mail: by the worker after the commit if MAIL_IN_BACKGROUND is set, else at once.

    If the mail server is away, the visitor still gets their page, and can ask for the mail again.
    """
    if settings.MAIL_IN_BACKGROUND:
        # If this fails, the reaper finds the committed row and queues it.
        transaction.on_commit(partial(send_mail.enqueue, str(put(message).pk)), robust=True)
    else:
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:  # smtplib's errors are among them
        log.exception("a mail could not be sent")
