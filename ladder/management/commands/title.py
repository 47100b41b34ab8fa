"""manage.py title "Sr. PM" – what a job title means on the ladder, as JSON."""

import json
from pathlib import Path
from typing import Any

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

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--ladder", type=Path, metavar="PATH", help="read this ladder's files, not the database")

    def handle(self, *, query: str, ladder: Path | None, **_options: Any) -> None:
        known = read_or_exit(ladder)[0] if ladder else _current_ladder()
        self.stdout.write(json.dumps(look_up(known, query).as_json(), ensure_ascii=False, indent=2))


def _current_ladder() -> LadderDocument:
    try:
        return current_rubric().ladder
    except NoLadderError as error:
        raise CommandError(str(error), returncode=2) from error
    except DatabaseError as error:
        raise CommandError(
            "the database has no ladder yet: run manage.py migrate and load_ladder, or give --ladder", returncode=2
        ) from error
