"""What `manage.py move_to_postgresql` and `move_to_sqlite` have in common."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from config import databases
from people.database.moving import Moved, MoveError, move
from people.mail import heartbeat

# Seconds. A worker beats each half minute.
STOPPED = 60


class Mover(BaseCommand):
    """Moves everything to the database of a URL."""

    vendor = ""
    """The kind of database that is moved to."""
    requires_system_checks = ()

    def move_to(self, url: str, *, verbosity: int) -> Moved:
        """Move, or raise CommandError with exit status 2."""
        try:
            self._refuse_while_running()
            target = self._target(url)
            return move(target, self.stdout.write if verbosity > 1 else lambda _: None)
        except (MoveError, ImproperlyConfigured, Error) as error:
            raise CommandError(" ".join(str(error).split()), returncode=2) from error

    def _target(self, url: str) -> BaseDatabaseWrapper:
        settings: dict[str, Any] = databases.to_move_to(url)
        target: BaseDatabaseWrapper = ConnectionHandler({"default": settings})["default"]
        if target.vendor != self.vendor:
            raise MoveError(f"this moves to {self.vendor}, and the URL is of {target.vendor}")
        if connection.vendor == self.vendor:
            raise MoveError(f"the site is on {self.vendor} already (DATABASE_URL)")
        return target

    def _refuse_while_running(self) -> None:
        """What the site writes after its table was read would be lost."""
        seen = heartbeat.age()
        if seen is not None and seen < STOPPED:
            raise MoveError(f"a worker was seen {seen:.0f} s ago: stop the site, and wait a minute")

    def say(self, moved: Moved, where: str) -> None:
        again = f", {moved.skipped} of them there already" if moved.skipped else ""
        self.stdout.write(f"{moved.tables} tables with {moved.rows} rows are in {where}{again}; all rows are equal.")
        if moved.strange:
            self.stdout.write(f"Not moved, as they are none of Rungwise's: {', '.join(moved.strange)}.")
