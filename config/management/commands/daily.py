"""manage.py daily – does what must be done each day, each step once: run it each hour, or once a day."""

import argparse
import sys
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from config.daily import STEPS
from people.mail import hold
from people.upkeep.steps import Step, StepReport, run

_NAMES = {step.name: step for step in STEPS}


class Command(BaseCommand):
    help = (
        "Clean up, remind, mail plans, back up, prove the backup, follow the audit logs, ask the doctor: each step "
        "when it is due. Run it each hour; twice at once does no harm. Exits with 1 when a step failed. "
        "With names of steps, do those now."
    )

    # Django's checks open the database: while it is away, each step says so in a line.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "steps", nargs="*", metavar="STEP", help=f"of {', '.join(_NAMES)}; all that are due if none"
        )

    def handle(self, *, steps: list[str], verbosity: int, **options: Any) -> None:
        if unknown := [name for name in steps if name not in _NAMES]:
            raise CommandError(f"there is no step {unknown[0]}; there are {', '.join(_NAMES)}", returncode=2)
        failed = False
        for step in [_NAMES[name] for name in steps] or STEPS:
            report = self._run(step, asked=bool(steps))
            failed |= report.outcome == "fail"
            # That a step is not due is shown to who asked for it, and kept out of an hourly log.
            level = {"fail": 0, "ok": 1, "skip": 1 if steps else 2, "later": 1 if steps else 2}[report.outcome]
            if verbosity >= level:
                self.stdout.write(f"{report.outcome:5}  {report.step:10}  {report.said}".rstrip())
        if failed:
            sys.exit(1)

    def _run(self, step: Step, *, asked: bool) -> StepReport:
        with suppress(Error):  # the step says that the database is away
            if not step.on_a_copy and (held := hold.problem()):
                return StepReport(step.name, "skip", held)
        return run(step, now_in_any_case=asked)
