"""manage.py title "Sr. PM" – prints as JSON what a job title means on the ladder."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from ladder.document.format import LadderDocument
from ladder.management.reading import read_or_exit
from ladder.models import NoLadderError, current_rubric
from ladder.titles.titles import look_up


class Command(BaseCommand):
    help = (
        "Print which level the job title QUERY means, or the levels it may mean, as JSON. A title unknown is no error."
    )
    # Without a database the shipped ladder answers; the system checks would fail there.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--ladder", type=Path, metavar="PATH", help="read this ladder's files, not the database")

    def handle(self, *, query: str, ladder: Path | None, **_options: Any) -> None:
        known = read_or_exit(ladder)[0] if ladder else self._current_ladder()
        self.stdout.write(json.dumps(look_up(known, query).as_json(), ensure_ascii=False, indent=2))

    def _current_ladder(self) -> LadderDocument:
        """The published ladder; before the first `migrate` and `load_ladder`, the shipped one."""
        try:
            return current_rubric().ladder
        except (NoLadderError, DatabaseError) as error:
            shipped = settings.BASE_DIR / "fixtures" / "ladders" / settings.DEFAULT_LADDER
            if not shipped.is_dir():
                raise CommandError(str(NoLadderError()), returncode=2) from error
            self.stderr.write("The database has no ladder; this is what the shipped one says.")
            return read_or_exit(shipped)[0]
