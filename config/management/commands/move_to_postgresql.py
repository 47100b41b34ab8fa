"""manage.py move_to_postgresql URL – moves everything from SQLite into an empty PostgreSQL database."""

import argparse
import sys
from typing import Any

from config.moving import Mover


class Command(Mover):
    help = (
        "Move everything from the SQLite file into an empty PostgreSQL database: postgres://user:password@host/name, "
        "or - to read that from standard input. Stop the site first. Interrupted, it goes on where it stopped."
    )
    vendor = "postgresql"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("url", metavar="URL")

    def handle(self, *, url: str, verbosity: int, **options: Any) -> None:
        if url == "-":
            url = sys.stdin.readline().strip()
        self.say(self.move_to(url, verbosity=verbosity), "PostgreSQL")
        self.stdout.write("Set DATABASE_URL to it and start the site. The SQLite file is as it was: keep it a while.")
