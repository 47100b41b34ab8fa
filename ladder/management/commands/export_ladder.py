"""manage.py export_ladder SLUG – prints a published ladder version as one file, which load_ladder reads back."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ladder.document.documents import export
from ladder.document.files import to_yaml
from ladder.models import LadderVersion


class Command(BaseCommand):
    help = (
        "Print the framework SLUG as YAML or JSON: the newest published version unless --framework-version says which."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--framework-version", type=int)
        parser.add_argument("--format", choices=["yaml", "json"], default="yaml")

    def handle(self, *, slug: str, framework_version: int | None, format: str, **options: Any) -> None:  # noqa: A002
        found = LadderVersion.objects.built_in().exclude(status=LadderVersion.Status.DRAFT).filter(slug=slug)
        if framework_version is None:
            ladder_version = found.filter(status=LadderVersion.Status.PUBLISHED).order_by("-version").first()
        else:
            # Compared in Python: a number too large for the column would make the database fail.
            ladder_version = next((item for item in found if item.version == framework_version), None)
        if ladder_version is None:
            wanted = f"version {framework_version} of '{slug}'" if framework_version is not None else f"'{slug}'"
            raise CommandError(f"there is no published framework {wanted}", returncode=2)
        # In today's format, whatever it is stored in.
        document = export(ladder_version.read().document(), ladder_version.version)
        if format == "json":
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(to_yaml(document), ending="")
