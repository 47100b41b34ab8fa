"""manage.py send_round_reminders – reminds of rounds that are due within a week; run it once a day."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from assessments.models import Round
from assessments.rounds.rounds import LAST_DAYS, remind_before_due


class Command(BaseCommand):
    help = "Mail those who have not submitted yet in a round that is due within seven days: once a person and round."

    def handle(self, **options: Any) -> None:
        today = timezone.now().date()
        rounds = Round.objects.select_related("organisation").filter(
            closed_at__isnull=True, starts_on__lte=today, due_on__gte=today, due_on__lte=today + LAST_DAYS
        )
        count = sum(remind_before_due(item, today) for item in rounds.order_by("due_on", "pk"))
        self.stdout.write(f"{count} {'reminder' if count == 1 else 'reminders'} sent.")
