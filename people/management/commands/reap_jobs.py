"""manage.py reap_jobs – queues mails again that a dead worker left behind, and deletes old rows."""

from typing import Any

from django.core.management.base import BaseCommand

from people.mail.outbox import reap


class Command(BaseCommand):
    help = "Put mails that nobody works on into the queue again, and delete old rows."

    def handle(self, **options: Any) -> None:
        self.stdout.write(", ".join(f"{count} {what}" for what, count in reap().items()) + ".")
