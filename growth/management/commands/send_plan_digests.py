"""manage.py send_plan_digests – mails the plan to those who asked for it, once a week; run it once a day."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from growth.plan.digests import due_people, send_digest


class Command(BaseCommand):
    help = "Mail their plan to those who asked for it and got none for a week."

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        count = sum(send_digest(person, now) for person in due_people(now).iterator())
        self.stdout.write(f"{count} {'mail' if count == 1 else 'mails'} sent.")
