"""manage.py sendtestemail – sends a mail now, and says in one line why it can't."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import sendtestemail

from people.authorities import advice
from people.database.reasons import reason_of


class Command(sendtestemail.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            super().handle(*args, **options)
        except OSError as error:  # smtplib's errors are among them
            do = advice(error) or "Check MAIL_URL: host, port, user and password, TLS."
            raise CommandError(f"no mail was sent: {reason_of(error)} {do}", returncode=2) from error
