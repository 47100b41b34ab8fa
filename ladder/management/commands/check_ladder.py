"""manage.py check_ladder PATH – prints what is wrong with a ladder and what could be better."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ladder.document.checks import warnings
from ladder.management.reading import publishable_or_exit, read_or_exit


class Command(BaseCommand):
    help = "Validate the ladder in PATH; exit 2 when it can't be loaded. Warnings don't fail unless --strict is given."
    # It only reads files; the system checks would fail without a configured site.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--strict", action="store_true", help="exit 2 on warnings too")

    def handle(self, *, path: Path, strict: bool, **options: Any) -> None:
        ladder, source = read_or_exit(path)
        publishable_or_exit(ladder, source)
        found = [source.problem(where, message) for where, message in warnings(ladder)]
        for problem in found:
            self.stdout.write(f"warning: {problem}")
        self.stdout.write(
            f"{ladder.title}: {len(ladder.levels)} levels, {len(ladder.competencies)} competencies, "
            f"{sum(len(c.described) for c in ladder.competencies)} sentences, {len(ladder.actions)} actions; "
            f"{len(found)} {'warning' if len(found) == 1 else 'warnings'}."
        )
        if strict and found:
            raise CommandError("there are warnings, and --strict was given", returncode=2)
