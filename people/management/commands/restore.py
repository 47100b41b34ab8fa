"""manage.py restore FILE – restores a backup."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from people.database.backup import restore
from people.database.backup_postgresql import BackupError


class Command(BaseCommand):
    help = (
        "Restore the backup FILE into an empty database, bring it up to date and log everybody out. "
        "Stop the site first. With --replace, delete what is in the database now."
    )

    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--replace", action="store_true", help="delete all that is in the database now")

    def handle(self, **options: Any) -> None:
        try:
            done = restore(options["file"], replace=options["replace"])
        except (BackupError, Error) as error:
            raise CommandError(" ".join(str(error).split()), returncode=2) from error
        self.stdout.write("; ".join([f"{options['file']} is restored", *done]))
