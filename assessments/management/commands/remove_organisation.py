"""manage.py remove_organisation SLUG – the operator removes an organisation, as its owners can on their page."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from assessments.models import Review, Round, Share
from people.erasure.erase import ErasureError
from people.erasure.removing import called, companies, named, reason_of, remove_at_server
from people.models import Membership, Organisation, Team

LISTED = 30


class Command(BaseCommand):
    help = (
        "Remove an organisation with everything in it; its people keep their accounts and what is their own. Its "
        "owners are mailed the reason. Given a part of a name, or an owner's address, it lists slugs and removes none."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "organisation", nargs="?", default="", help="its slug, as in /organisations/<slug>/, or its id"
        )
        parser.add_argument("--reason", default="", help="why, in a sentence that its owners will read")
        parser.add_argument("--yes", action="store_true", help="do it; without it you are only told what would happen")

    def handle(self, *, organisation: str, reason: str, yes: bool, **options: Any) -> None:
        found = named(organisation)
        if found is None:
            raise CommandError(self._list(organisation), returncode=2)
        self.stdout.write(_line(found))
        self.stdout.write(_goes(found))
        if not yes:
            raise CommandError("nothing was removed: add --reason and --yes to remove it for good", returncode=2)
        try:
            told = remove_at_server(found, reason_of(reason))
        except ErasureError as error:
            raise CommandError(f"nothing was removed: {error}", returncode=2) from error
        except Organisation.DoesNotExist:
            raise CommandError("nothing was removed: somebody was quicker, it is gone", returncode=2) from None
        self.stdout.write(f"Removed; {_count(told, 'owner was', 'owners were')} told by mail.")

    def _list(self, words: str) -> str:
        """Write the organisations that could be meant. Returns what to say of it."""
        rows = list((called(words) if words.strip() else companies())[: LISTED + 1])
        for row in rows[:LISTED]:
            self.stdout.write(_line(row))
        if len(rows) > LISTED:
            self.stdout.write(f"… and others: these are the first {LISTED}")
        if not words.strip():
            return "nothing was removed: name one by its slug, the first word of its line"
        return f"no organisation has this slug or id{'; these could be meant' if rows else ', and none is called so'}"


def _line(organisation: Organisation) -> str:
    people = _count(Membership.objects.of(organisation).count(), "person", "people")
    return f"{organisation.slug}  {organisation.name} ({people}, founded {organisation.created_at:%Y-%m-%d})"


def _goes(organisation: Organisation) -> str:
    def count(rows: QuerySet[Any], one: str, many: str) -> str:
        return _count(rows.filter(organisation=organisation).count(), one, many)

    said = [
        count(Team.objects.all(), "team", "teams"),
        count(Round.objects.all(), "round", "rounds"),
        count(Share.objects.all(), "shared report", "shared reports"),
        count(Review.objects.all(), "review", "reviews"),
    ]
    return f"{', '.join(said)} and its log go for good. Everybody keeps their account, own reports and plan."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
