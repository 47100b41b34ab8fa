"""Reads a ladder for a command; problems go to standard error, one a line, and the exit status is 2."""

from pathlib import Path

from django.core.management.base import CommandError

from ladder.document.files import LadderError, MergedFiles, read_ladder
from ladder.document.format import LadderDocument


def read_or_exit(path: Path) -> tuple[LadderDocument, MergedFiles]:
    try:
        return read_ladder(path)
    except LadderError as error:
        raise CommandError(str(error), returncode=2) from error
