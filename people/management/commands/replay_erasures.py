"""manage.py replay_erasures [FILE] – after a restore, erases again the people who were erased since the backup."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from people.erasure.erase import ErasureError, read_journal, replay


class Command(BaseCommand):
    help = "Read a journal of erasures and erase again who is in it. Doing it twice does it once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="erasures.jsonl in DATA_DIR, if not given")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        file = file or settings.ERASURE_JOURNAL
        if file is None:
            raise CommandError("name the journal of erasures", returncode=2)
        try:
            done = replay(read_journal(file))
        except ErasureError as error:
            raise CommandError(str(error), returncode=2) from error
        people = "1 person" if done.people == 1 else f"{done.people} people"
        organisations = "1 organisation" if done.organisations == 1 else f"{done.organisations} organisations"
        self.stdout.write(f"Erased again: {people}, {organisations}.")
        for slug in done.ownerless:
            self.stdout.write(f"{slug} has no owner now: name one with name_owner {slug} EMAIL --yes")
