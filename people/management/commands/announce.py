"""manage.py announce TEXT – a sentence at the top of every page, such as about maintenance."""

import argparse
import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from people.models import Announcement
from people.upkeep import announcement
from people.upkeep.announcement import DAYS_MAX, LOOKS_EVERY, TEXT_MAX

HOURS_MAX = 24 * DAYS_MAX


class Command(BaseCommand):
    help = (
        "Show a sentence at the top of every page, to visitors, too, until it is over. Times are read as UTC unless "
        "they say otherwise (2026-12-01T18:00, 2026-12-01T18:00+01:00), and shown by each reader's own clock. Without "
        "a text, say what is announced."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", default="", help=f"plain text, at most {TEXT_MAX} characters")
        parser.add_argument("--from", dest="starts", metavar="TIME", help="when it begins; shown, if given")
        over = parser.add_mutually_exclusive_group()
        over.add_argument("--until", metavar="TIME", help="when it is over, and the announcement goes by itself")
        over.add_argument("--hours", type=int, metavar="N", help="or after how many hours, from its beginning or now")
        over.add_argument("--end", action="store_true", help="take away what is announced")

    def handle(
        self,
        *,
        text: str,
        starts: str | None = None,
        until: str | None = None,
        hours: int | None = None,
        end: bool = False,
        **options: Any,
    ) -> None:
        if end:
            self._end(text, starts)
        elif text or starts or until or hours is not None:
            self._announce(text, starts, until, hours)
        else:
            row = Announcement.objects.filter(ends_at__gt=timezone.now()).first()
            self.stdout.write(_line(row) if row else "Nothing is announced.")

    def _announce(self, text: str, starts: str | None, until: str | None, hours: int | None) -> None:
        begins = _time("--from", starts) if starts else None
        if until:
            over = _time("--until", until)
        elif hours is None:
            raise CommandError("nothing was announced: say when it is over, by --until or --hours", returncode=2)
        elif 1 <= hours <= HOURS_MAX:
            over = (begins or timezone.now()) + datetime.timedelta(hours=hours)
        else:
            raise CommandError(f"--hours is a number from 1 to {HOURS_MAX}", returncode=2)
        try:
            row = announcement.announce(text, over, begins)
        except announcement.UnfitAnnouncementError as error:
            raise CommandError(f"nothing was announced: {error}", returncode=2) from error
        self.stdout.write(_line(row))
        self.stdout.write(f"Every page that is opened says so within {LOOKS_EVERY:.0f} seconds.")

    def _end(self, text: str, starts: str | None) -> None:
        if text or starts:
            raise CommandError("--end stands alone", returncode=2)
        if not announcement.end():
            raise CommandError("nothing is announced", returncode=2)
        self.stdout.write(f"Ended: gone from every page within {LOOKS_EVERY:.0f} seconds.")


def _time(option: str, said: str) -> datetime.datetime:
    try:
        at = datetime.datetime.fromisoformat(said)
        at = (at if at.tzinfo else at.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
        # The last hours of the year 9999 have none after them.
        _ = at + datetime.timedelta(hours=HOURS_MAX)
    except (ValueError, OverflowError):
        raise CommandError(f"{option} is a time such as 2026-12-01T18:00, in UTC", returncode=2) from None
    return at


def _line(row: Announcement) -> str:
    begins = f"from {row.starts_at:%Y-%m-%d %H:%M} UTC " if row.starts_at else ""
    return f"{row.text} ({begins}until {row.ends_at:%Y-%m-%d %H:%M} UTC)"
