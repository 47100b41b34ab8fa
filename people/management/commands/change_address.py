"""manage.py change_address OLD NEW – gives an account, or all accounts of a mail domain, another address."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.addresses import canonical
from people.login.at_server import UnfitAddressError, change_address, find, refuse_unfit
from people.models import User


class Command(BaseCommand):
    help = (
        "Give an account another address, or, with two domains such as @old.example @new.example, all accounts of one. "
        "Passwords stay. The new address counts as confirmed, so make sure that it is theirs. Each is logged, and "
        "mailed to both addresses. Nobody is changed when one can't be."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("old", help="the address that the person logs in with, or @ and a domain")
        parser.add_argument("new", help="the new address, or @ and the new domain")
        parser.add_argument("--yes", action="store_true", help="do it; without it you are only told what would happen")

    def handle(self, *, old: str, new: str, yes: bool, **options: Any) -> None:
        changes = self._of_domain(old, new) if old.startswith("@") and new.startswith("@") else self._of_one(old, new)
        wrong = []
        for user, address in changes:
            try:
                refuse_unfit(user, canonical(address))
            except UnfitAddressError as error:
                wrong.append(str(error))
        if wrong:
            raise CommandError(f"nothing was changed: {'; '.join(wrong[:10])}", returncode=2)
        for user, address in changes:
            self.stdout.write(f"{user.email} → {canonical(address)}")
        if not yes:
            raise CommandError(f"nothing was changed: add --yes to change {len(changes)}", returncode=2)
        for user, address in changes:
            change_address(user, address)
        self.stdout.write(f"Changed: {len(changes)}.")

    def _of_one(self, old: str, new: str) -> list[tuple[User, str]]:
        user = find(old)
        if user is None:
            raise CommandError("nobody logs in with this address", returncode=2)
        return [(user, new)]

    def _of_domain(self, old: str, new: str) -> list[tuple[User, str]]:
        domain = canonical(f"x{old}").removeprefix("x")
        everybody = User.objects.order_by("email").iterator()
        users = [user for user in everybody if user.email.rpartition("@")[2] == domain.removeprefix("@")]
        if not users:
            raise CommandError("nobody logs in with an address of this domain", returncode=2)
        return [(user, user.email.removesuffix(domain) + new) for user in users]
