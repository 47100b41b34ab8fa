"""Reads a ladder for a command; problems go to standard error, one a line, and the exit status is 2."""

from pathlib import Path

from django.core.management.base import CommandError

from ladder.document.files import LadderError, MergedFiles, read_ladder
from ladder.document.format import LadderDocument
from ladder.publishing import publishing_problems
from ladder.rubric import Rubric


def read_or_exit(path: Path) -> tuple[LadderDocument, MergedFiles]:
    try:
        return read_ladder(path)
    except LadderError as error:
        raise CommandError(str(error), returncode=2) from error


def publishable_or_exit(ladder: LadderDocument, source: MergedFiles) -> None:
    """Stop before a ladder is published that the rule could not tell people anything by."""
    problems = [str(source.problem(where, message)) for where, message in publishing_problems(Rubric(ladder, 1))]
    if problems:
        raise CommandError("\n".join(problems), returncode=2)
