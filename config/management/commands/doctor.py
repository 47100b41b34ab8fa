"""manage.py doctor – looks at everything that an operator may have to mend, and says what to do."""

import argparse
import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.doctor import examine


class Command(BaseCommand):
    help = "Check settings, database, mail, clock, disk and worker. Exits with 1 when something fails."

    # The doctor runs them itself; run by Django, a failing one would end the command before anything is printed.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text", help="how to print what was found")

    def handle(self, **options: Any) -> None:
        found = list(examine())
        failed = any(finding.state == "fail" for _name, finding in found)
        if options["format"] == "json":
            rows = [{"name": name, **dataclasses.asdict(finding)} for name, finding in found]
            self.stdout.write(json.dumps({"healthy": not failed, "findings": rows}, ensure_ascii=False, indent=2))
        else:
            for name, finding in found:
                do = f" → {finding.do}" if finding.do and finding.state != "ok" else ""
                self.stdout.write(f"{finding.state:4}  {name:12}  {finding.said}{do}")
        if failed:
            sys.exit(1)
