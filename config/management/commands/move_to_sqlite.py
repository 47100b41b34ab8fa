"""manage.py move_to_sqlite FILE – moves everything from PostgreSQL into a new SQLite file."""

import argparse
from pathlib import Path
from typing import Any

from config.moving import Mover


class Command(Mover):
    help = (
        "Move everything from PostgreSQL into a new SQLite file. Stop the site first. Interrupted, it goes on where it "
        "stopped."
    )
    vendor = "sqlite"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, verbosity: int, **options: Any) -> None:
        url = f"sqlite:///{file.resolve()}"
        self.say(self.move_to(url, verbosity=verbosity), str(file))
        self.stdout.write(f"Set DATABASE_URL={url} and start the site. The other database is as it was.")
