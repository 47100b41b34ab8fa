"""manage.py delete_abandoned – deletes visitors' answers that nobody came back to; run it once a day."""

import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assessments.models import Assessment


class Command(BaseCommand):
    help = "Delete what visitors answered, did not keep by signing up, and did not touch for 30 days."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30)

    def handle(self, *, days: int, **options: Any) -> None:
        if not 1 <= days <= 36500:
            raise CommandError("--days is a number from 1 to 36500", returncode=2)
        count = 0
        for assessment in Assessment.objects.abandoned(timezone.now() - datetime.timedelta(days=days)).iterator():
            assessment.erase()
            count += 1
        self.stdout.write(f"{count} abandoned {'assessment' if count == 1 else 'assessments'} deleted.")
