"""manage.py end_sessions EMAIL – logs somebody out everywhere, or everybody; or says where they are logged in."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.login.at_server import REASONS, end_all_sessions, end_sessions, find, logged_in
from people.login.sessions import LISTED, alive
from people.models import User


class Command(BaseCommand):
    help = (
        "List where an account is logged in, as its person sees it, or how many people are; with --yes, end these "
        "log-ins. It is logged. Visitors, who have no account, keep their answers."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", nargs="?", help="the address that the person logs in with")
        parser.add_argument("--everybody", action="store_true", help="all accounts, such as after a theft of the key")
        parser.add_argument("--reason", choices=REASONS, help="for the log of each account")
        parser.add_argument("--yes", action="store_true", help="end them; without it they are only listed")

    def handle(self, *, email: str | None, everybody: bool, reason: str | None, yes: bool, **options: Any) -> None:
        if everybody == bool(email):
            raise CommandError("name one address, or --everybody", returncode=2)
        if everybody:
            self._everybody(reason, yes=yes)
            return
        user = find(email or "")
        if user is None:
            raise CommandError("nobody logs in with this address", returncode=2)
        self._list(user)
        self.stdout.write(f"Ended: {end_sessions(user, reason or '')}." if yes else "Add --yes to end them.")

    def _everybody(self, reason: str | None, *, yes: bool) -> None:
        if yes and not reason:
            raise CommandError(f"nobody was logged out: give a --reason, one of {', '.join(REASONS)}", returncode=2)
        if yes:
            ended, people = end_all_sessions(reason or "")
            self.stdout.write(f"Ended: {ended}, of {_people(people)}.")
            return
        self.stdout.write(f"{_people(logged_in().count())}, logged in {alive().count()} times.")
        self.stdout.write("Add --reason and --yes to log all of them out.")

    def _list(self, user: User) -> None:
        sessions = alive().filter(user=user)
        for session in sessions[:LISTED]:
            self.stdout.write(
                f"{session.browser or 'unknown browser'}, since {session.started_at:%Y-%m-%d %H:%M} UTC, "
                f"last used {session.seen_at:%Y-%m-%d %H:%M} UTC"
            )
        if not sessions:
            self.stdout.write("Logged in nowhere.")
        elif (more := sessions.count() - LISTED) > 0:
            self.stdout.write(f"… and {more} more")


def _people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"
