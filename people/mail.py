"""Sends a mail beside the request, so that an answer takes no longer for an address that we know."""

import logging
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

log = logging.getLogger(__name__)

# One at a time, in order; the interpreter waits for it on its way out, so a mail that was promised still leaves.
_postman = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def post(message: EmailMessage) -> None:
    """Send once the transaction is through: in the background when MAIL_IN_BACKGROUND is set, else at once.

    A mail server that is away is logged and costs the visitor no page: they can ask for the mail again.
    """
    if settings.MAIL_IN_BACKGROUND:
        transaction.on_commit(lambda: _postman.submit(_send, message) and None)
    else:
        _send(message)


def _send(message: EmailMessage) -> None:
    try:
        message.send()
    except OSError:  # smtplib's errors are among them
        log.exception("a mail could not be sent: %s", message.subject)
