"""manage.py load_ladder PATH – publishes a ladder, unless its newest version is the same."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ladder.document.checks import dead_links
from ladder.management.reading import publishable_or_exit, read_or_exit
from ladder.models import compared, load
from ladder.pages.texts import listing
from ladder.publishing import asking_the_same
from ladder.rubric import Rubric


class Command(BaseCommand):
    help = "Publish the ladder in PATH (a folder of YAML files, or one file). A changed ladder becomes a new version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--yes", action="store_true", help="publish although levels of a path ask the same")

    def handle(self, *, path: Path, yes: bool, **options: Any) -> None:
        ladder, source = read_or_exit(path)
        ladder, same_version = compared(ladder)
        if same_version is None:
            publishable_or_exit(ladder, source)
            same = [listing(titles) for titles in asking_the_same(Rubric(ladder, 1))]
            if same and not yes:
                raise CommandError(
                    f"no answers tell these levels apart, as they ask the same: {'; '.join(same)}. "
                    "Publish it all the same with --yes",
                    returncode=2,
                )
            for where, message in dead_links(ladder):
                self.stdout.write(f"warning: {source.problem(where, message)}")
        ladder_version, made = load(ladder)
        said = "is published" if made else "is unchanged"
        self.stdout.write(f"{ladder_version.title}: {ladder_version} {said}.")
