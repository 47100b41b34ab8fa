"""`manage.py fill_in`: fill columns that are younger than their rows, once all processes are of this release."""

from typing import Any

from django.core.management.base import BaseCommand

from people.database.fill_in import fill_in


class Command(BaseCommand):
    help = "Fill in what a migration left empty. `migrate` does it, too; run it again after the last old process."

    def handle(self, *args: Any, **options: Any) -> None:
        for what, count in fill_in().items():
            self.stdout.write(f"{what}: {count}")
