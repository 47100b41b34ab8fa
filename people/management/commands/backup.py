"""manage.py backup FILE – copies the whole database while it is in use."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from people.database.backup import backup
from people.database.backup_postgresql import BackupError


class Command(BaseCommand):
    help = "Write a backup of the whole database to FILE, while the site runs. Never overwrites a file."

    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, **options: Any) -> None:
        try:
            backup(options["file"])
        except (BackupError, Error) as error:
            raise CommandError(" ".join(str(error).split()), returncode=2) from error
        self.stdout.write(f"{options['file']}: {options['file'].stat().st_size} bytes")
