"""manage.py export_erasures [FILE] – writes the journal of erasures, to be kept with the backups."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.database.private import whole_file
from people.models import ErasureRecord


class Command(BaseCommand):
    help = "Write who was erased, as hashes of ids with dates and nothing personal, to a file or to standard output."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *, file: Path | None, **options: Any) -> None:
        lines = "".join(f"{erased.as_line()}\n" for erased in ErasureRecord.objects.iterator())
        if file is None:
            self.stdout.write(lines, ending="")
            return
        try:
            # Under its name only when it is whole: a full disk must not take the earlier one.
            with whole_file(file, replaces=True) as unfinished:
                unfinished.write_text(lines)
        except OSError as error:
            raise CommandError(f"{file} can't be written: {error.strerror}", returncode=2) from error
