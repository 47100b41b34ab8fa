"""manage.py send_plan_digests – mails the plan to those who asked for it, once a week; run it once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from growth.plan.digests import due_people, send_digest
from people.days import is_daytime
from people.mail import hold


class Command(BaseCommand):
    help = "Mail their plan to those who asked for it and got none for a week."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by-day", action="store_true", help="only to whom it is day by their own clock")

    def handle(self, *, by_day: bool, **options: Any) -> None:
        if held := hold.problem():
            self.stdout.write(f"0 mails sent: {held}.")
            return
        now = timezone.now()
        awake = (person for person in due_people(now).iterator() if not by_day or is_daytime(person.time_zone))
        count = sum(send_digest(person, now) for person in awake)
        self.stdout.write(f"{count} {'mail' if count == 1 else 'mails'} sent.")
