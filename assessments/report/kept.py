"""Reports that stay in memory for a while, found again by what they say, never by whose they are.

A report follows from the answers, the ladder's version and the level looked at. The same of these gives the same
report, so one that was put together a moment ago serves the next request for it, with the parts of its page that are
rendered already ({% kept %}). Nothing here knows a person: lines of evidence are not in it, and who may read a report
is asked before, for each request.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import get_language

from assessments.report.parts import NO_RUNGS
from assessments.report.report import Report, build_report
from assessments.scoring.values import Answer
from ladder.models import rubric_of
from ladder.rubric import Rubric

# Each takes about 60 KB.
REPORTS = 64


class _Key(NamedTuple):
    rubric: str
    language: str | None
    answers: tuple[tuple[str, Answer], ...]
    held: str | None
    targets: tuple[str, ...]
    specialisation: str | None
    against: str | None
    rungs: tuple[tuple[str, str], ...]
    may_be_assumed: bool


def kept_report(
    rubric: Rubric,
    answers: Mapping[str, Answer],
    *,
    held: str | None,
    targets: Sequence[str],
    specialisation: str | None = None,
    against: str | None = None,
    rungs: Mapping[str, str] = NO_RUNGS,
    may_be_assumed: bool = False,
) -> Report:
    """The report that `build_report` makes of a published ladder, without lines of evidence."""
    in_order = tuple((slug, answers[slug]) for slug in rubric.competencies if slug in answers)
    return _report(
        _Key(
            rubric.key,
            get_language(),
            in_order,
            held,
            tuple(targets),
            specialisation,
            against,
            tuple(rungs.items()),
            may_be_assumed,
        )
    )


@lru_cache(maxsize=REPORTS)
def _report(key: _Key) -> Report:
    return build_report(
        rubric_of(key.rubric),
        dict(key.answers),
        held=key.held,
        targets=key.targets,
        specialisation=key.specialisation,
        against=key.against,
        rungs=dict(key.rungs),
        may_be_assumed=key.may_be_assumed,
    )


def forget_reports() -> None:
    _report.cache_clear()
