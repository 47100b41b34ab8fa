"""The steps of `manage.py daily`, in their order."""

import io
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from assessments.quiz.pace import measure
from config.doctor import examine
from people.upkeep.backups import back_up, folder, prove_newest
from people.upkeep.steps import DAILY, WEEKLY, Step, runs_once_a_day


def _command(name: str, *words: Any) -> Callable[[], str]:
    """A function that runs a command and returns what it printed."""

    def run() -> str:
        out = io.StringIO()
        try:
            call_command(name, *words, stdout=out)
        except SystemExit as error:
            if error.code:
                raise CommandError(out.getvalue() or f"{name} exits with {error.code}") from error
        return out.getvalue() or "done"

    return run


def _by_day(step: str, command: str) -> Callable[[], str]:
    """A command that mails people where it is daytime now; all of them where it runs once a day only, or some would
    never be reached."""

    def run() -> str:
        return _command(command, *([] if runs_once_a_day(step) else ["--by-day"]))()

    return run


def _export_erasures() -> str:
    file = folder() / "erasures.jsonl"
    call_command("export_erasures", file, stdout=io.StringIO())
    return file.name


def _examine() -> str:
    # That a step failed is said by the step.
    found = [(name, finding) for name, finding in examine() if name != "upkeep"]
    failed = [f"{name}: {finding.said}" for name, finding in found if finding.state == "fail"]
    warned = sorted({name for name, finding in found if finding.state == "warn"})
    if failed:
        raise CommandError("; ".join(failed))
    return f"nothing fails; warnings: {', '.join(warned)}" if warned else "nothing fails"


STEPS = (
    Step("abandoned", _command("delete_abandoned"), DAILY),
    Step("sessions", _command("clearsessions"), DAILY),
    Step("pace", measure, DAILY),
    Step("reminders", _by_day("reminders", "send_round_reminders")),
    Step("digests", _by_day("digests", "send_plan_digests")),
    Step("look_again", _by_day("look_again", "send_look_again")),
    Step("backup", back_up, DAILY),
    Step("erasures", _export_erasures, DAILY),
    Step("proof", prove_newest, WEEKLY),
    Step("audit", _command("verify_audit"), WEEKLY, on_a_copy=True),
    Step("doctor", _examine, DAILY, on_a_copy=True),
)
