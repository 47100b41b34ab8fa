"""manage.py import_person FILE – reads the ZIP of a person's data back into an account."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from growth.my_data.read_back import ImportPersonError, import_document, read_document


class Command(BaseCommand):
    help = "Make an account from the ZIP that somebody downloaded under Account → Your data."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--email", default="", help="the address of the account, if not the one in the file")

    def handle(self, **options: Any) -> None:
        try:
            user, counts = import_document(read_document(options["file"]), options["email"].strip())
        except ImportPersonError as error:
            raise CommandError(str(error), returncode=2) from error
        said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
        self.stdout.write(f"{user.email}: {said}. What belongs to an organisation stayed in the file.")
