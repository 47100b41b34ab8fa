"""manage.py ladder_schema – prints the JSON Schema of a ladder's files, for editors."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from ladder.document.schema import json_schema


class Command(BaseCommand):
    help = "Print the JSON Schema of the framework file format. docs/ladder.schema.json is its output."

    def handle(self, **options: Any) -> None:
        self.stdout.write(json.dumps(json_schema(), ensure_ascii=False, indent=2))
