"""manage.py send_mail_now – tries mails again at once that were tried in vain, such as after an outage."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.mail import heartbeat, hold
from people.mail.outbox import hurry, reap


class Command(BaseCommand):
    help = "Have the worker try all mails again now that could not be sent before."

    def handle(self, **options: Any) -> None:
        if held := hold.problem():
            raise CommandError(held, returncode=2)
        count = hurry()
        reap()
        silent = heartbeat.problem()
        self.stdout.write(f"{count} will be tried again." + (f" But {silent}." if silent else ""))
