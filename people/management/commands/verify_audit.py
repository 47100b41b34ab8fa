"""manage.py verify_audit – follows the chain of every audit log from its end to its beginning."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.audit.log import verify
from people.models import AuditEvent, AuditHead, Organisation


class Command(BaseCommand):
    help = "See whether any audit log was changed past Rungwise. Exits with 1 when one was."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("slug", nargs="?", help="one organisation; all of them, and everybody's own, if not given")

    def handle(self, *, slug: str | None, **options: Any) -> None:
        keys = set(AuditHead.objects.values_list("pk", flat=True))
        keys |= set(AuditEvent.objects.order_by().values_list("organisation", flat=True).distinct())
        if slug is not None:
            found = Organisation.objects.filter(slug=slug.replace("\0", "")).values_list("pk", flat=True).first()
            if found is None:
                raise CommandError("no organisation has this slug", returncode=2)
            keys = {found}
        events = broken = 0
        for key in sorted(keys):
            chain = verify(key)
            events += chain.looked_at
            if chain.wrong:
                broken += 1
                self.stdout.write(f"{key}: {chain.wrong}")
        self.stdout.write(f"{len(keys)} logs, {events} events, {broken} broken.")
        if broken:
            raise SystemExit(1)
