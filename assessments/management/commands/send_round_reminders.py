"""manage.py send_round_reminders – reminds of rounds that are due within a week; run it once a day."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assessments.models import Round
from assessments.rounds.rounds import LAST_DAYS, remind_before_due
from people.days import is_daytime, today_in
from people.mail import hold


class Command(BaseCommand):
    help = "Mail those who have not submitted yet in a round that is due within seven days: once a person and round."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by-day", action="store_true", help="only where it is day by the organisation's clock")

    def handle(self, *, by_day: bool, **options: Any) -> None:
        if held := hold.problem():
            self.stdout.write(f"0 reminders sent: {held}.")
            return
        # Somewhere it is a day later, or earlier, than here.
        day, today = datetime.timedelta(days=1), today_in("UTC")
        rounds = Round.objects.select_related("organisation").filter(
            closed_at__isnull=True, due_on__gte=today - day, due_on__lte=today + LAST_DAYS + day
        )
        awake = (item for item in rounds.order_by("due_on", "pk") if not by_day or is_daytime(item.zone))
        count = sum(remind_before_due(item) for item in awake)
        self.stdout.write(f"{count} {'reminder' if count == 1 else 'reminders'} sent.")
