"""manage.py load_ladder PATH – publishes a ladder, unless its newest version is the same."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ladder.management.reading import read_or_exit
from ladder.models import load


class Command(BaseCommand):
    help = "Publish the ladder in PATH (a folder of YAML files, or one file). A changed ladder becomes a new version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *, path: Path, **options: Any) -> None:
        ladder, _ = read_or_exit(path)
        ladder_version, made = load(ladder)
        said = "is published" if made else "is unchanged"
        self.stdout.write(f"{ladder_version.title}: {ladder_version} {said}.")
