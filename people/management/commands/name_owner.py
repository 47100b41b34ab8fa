"""manage.py name_owner SLUG EMAIL – gives an organisation that has lost its last owner a new one."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.models import Membership, Organisation, User
from people.organisations.organisations import change_role


class Command(BaseCommand):
    help = "Make somebody who is in an organisation an owner of it. It is logged, and mailed to them and the owners."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", help="the organisation, as in /organisations/<slug>/")
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do it; without it you are only told what would happen")

    def handle(self, *, slug: str, email: str, yes: bool, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=slug.replace("\0", ""), kind=Organisation.Kind.COMPANY).first()
        user = User.objects.filter(email=User.objects.spelled(email)).first()
        if organisation is None:
            raise CommandError("no organisation has this slug", returncode=2)
        if user is None:
            raise CommandError("nobody logs in with this address", returncode=2)
        if not yes:
            raise CommandError("nothing was changed: add --yes to make this person an owner", returncode=2)
        try:
            change_role(organisation, user.pk, Membership.Role.OWNER, by_owner=True, at_server=True)
        except Membership.DoesNotExist:
            raise CommandError("this person is not in the organisation", returncode=2) from None
        self.stdout.write("Done.")
