"""manage.py reset_second_steps EMAIL – for somebody who has lost their phone, key and recovery codes."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.login.at_server import REASONS, find, reset_second_steps


class Command(BaseCommand):
    help = (
        "Take away all second steps and passkeys of an account and log it out everywhere; make sure that you know who "
        "asks. It is logged with the reason, and mailed to the person."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", help="the address that the person logs in with")
        parser.add_argument("--reason", choices=REASONS, required=True, help="what became of them")
        parser.add_argument("--yes", action="store_true", help="do it; without it you are only told what would happen")

    def handle(self, *, email: str, reason: str, yes: bool, **options: Any) -> None:
        user = find(email)
        if user is None:
            raise CommandError("nobody logs in with this address", returncode=2)
        if not yes:
            raise CommandError("nothing was changed: add --yes to take the second steps away", returncode=2)
        gone = reset_second_steps(user, reason)
        self.stdout.write(f"Removed {gone}. They log in with their password now, and were told by mail.")
