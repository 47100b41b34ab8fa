"""manage.py name_owner SLUG EMAIL – gives an organisation that has lost its last owner a new one."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.models import Membership, Organisation, User
from people.organisations.organisations import change_role


class Command(BaseCommand):
    help = "Make somebody who is in an organisation an owner of it. The audit log says that the operator did."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", help="the organisation, as in /organisations/<slug>/")
        parser.add_argument("email")

    def handle(self, *, slug: str, email: str, **options: Any) -> None:
        organisation = Organisation.objects.filter(slug=slug.replace("\0", ""), kind=Organisation.Kind.COMPANY).first()
        user = User.objects.filter(email=email.strip().lower().replace("\0", "")).first()
        if organisation is None:
            raise CommandError("no organisation has this slug", returncode=2)
        if user is None:
            raise CommandError("nobody logs in with this address", returncode=2)
        try:
            change_role(organisation, user.pk, Membership.Role.OWNER, by_owner=True)
        except Membership.DoesNotExist:
            raise CommandError("this person is not in the organisation", returncode=2) from None
        self.stdout.write("Done.")
