"""manage.py erase_person EMAIL – the operator erases an account, as people can themselves under Account → Your data."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.erasure.erase import ErasureError, erase_person
from people.models import User


class Command(BaseCommand):
    help = "Erase an account and everything that is its person's own. What goes and what stays: docs/privacy.md."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", help="the address that the person logs in with")
        parser.add_argument("--yes", action="store_true", help="do it; without it you are only told what would happen")

    def handle(self, *, email: str, yes: bool, **options: Any) -> None:
        user = User.objects.filter(email=User.objects.spelled(email)).first()
        if user is None:
            raise CommandError("nobody logs in with this address", returncode=2)
        if not yes:
            raise CommandError("nothing was erased: add --yes to erase this account for good", returncode=2)
        try:
            erase_person(user)
        except ErasureError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write("Erased. Backups forget this account when they are restored with replay_erasures.")
