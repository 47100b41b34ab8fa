"""manage.py send_look_again – reminds people of a report who asked for it three months ago; run it once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assessments.report.notes import due_people, remind
from people.days import is_daytime, today_in
from people.mail import hold


class Command(BaseCommand):
    help = "Mail those who asked to look at a report again, on the day that they asked for: once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by-day", action="store_true", help="only to whom it is day by their own clock")

    def handle(self, *, by_day: bool, **options: Any) -> None:
        if held := hold.problem():
            self.stdout.write(f"0 mails sent: {held}.")
            return
        due = due_people(today_in("UTC")).iterator()
        count = sum(remind(person) for person in due if not by_day or is_daytime(person.time_zone))
        self.stdout.write(f"{count} {'mail' if count == 1 else 'mails'} sent.")
