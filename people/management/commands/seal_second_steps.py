"""manage.py seal_second_steps – encrypts the secrets of all second steps under the present SECRET_KEY."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from people.login.second_steps import reseal


class Command(BaseCommand):
    help = "Encrypt secrets of second steps that are in the clear, or under an earlier key, under SECRET_KEY."

    def handle(self, **options: Any) -> None:
        if not settings.SEAL_SECOND_STEPS:
            raise CommandError("SEAL_SECOND_STEPS is 0: processes that can’t read sealed ones may run", returncode=2)
        done, left = reseal()
        self.stdout.write(f"{done} second steps were sealed under the present key.")
        if left:
            raise CommandError(f"{left} can’t be opened by any key of SECRET_KEY and SECRET_KEY_FALLBACKS")
