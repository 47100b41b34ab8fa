"""A submitted assessment, found for whoever may read it, and put together as a report."""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from django.http import Http404, HttpRequest

from assessments.access import find, may
from assessments.models import Assessment, MilestoneMark, Share
from assessments.report.inputs import Inputs
from assessments.report.parts import NO_RUNGS
from assessments.report.report import Report, build_report
from ladder.document.format import Level
from ladder.rubric import Rubric
from people.fragments import wants_part
from people.models import User
from people.policy import Action


def find_submitted(request: HttpRequest, pk: uuid.UUID) -> Assessment:
    """A report that this person may read; a draft of theirs has none yet."""
    assessment = find(request, pk, "outcome")
    if not may(Action.READ_REPORT, assessment):
        raise Http404
    return assessment


def level_asked(request: HttpRequest, rubric: Rubric) -> str | None:
    """The level that `?target=` names; 404 for one that the ladder lacks."""
    slug = request.GET.get("target") or None
    if slug and slug not in rubric.levels:
        raise Http404
    return slug


FOLDS = ("against", "tracks", "strengths", "chances", "files")
"""The parts of a report that its reader opens."""


def folds_asked(request: HttpRequest) -> frozenset[str]:
    """The folds that a page shows open: that of `?fold=`, all of them for "all", and the details for a `?target=`."""
    asked = request.GET.get("fold", "")
    if asked == "all":
        return frozenset(FOLDS)
    details = {"against"} if request.GET.get("target") else set()
    return frozenset(details | ({asked} & {*FOLDS}))


def part_asked(request: HttpRequest, *, by_author: bool = False) -> str | None:
    """The fold that htmx fetches alone. That of the files is the author's."""
    names = FOLDS if by_author else FOLDS[:-1]
    return next((name for name in names if wants_part(request, name)), None)


def part_template(part: str) -> str:
    return f"assessments/report/folds.html#{part}"


def wants_today(request: HttpRequest) -> bool:
    """Whether `?rule=today` asks to compute a report again that an earlier rule found."""
    return request.GET.get("rule") == "today"


def report_of_outcome(
    assessment: Assessment,
    against: str | None = None,
    rungs: Mapping[str, str] = NO_RUNGS,
    *,
    by_today: bool = True,
) -> Report:
    """The report without the lines of evidence: no statement, as the outcome keeps the answers."""
    outcome = assessment.outcome
    return build_report(Inputs.of(assessment, outcome.answers, stored=outcome, by_today=by_today), against, rungs)


def newest_report(person: User) -> Assessment | None:
    """A person's newest report with its outcome, for where they stand. One statement, without the long columns."""
    found = Assessment.objects.reports_of(person).select_related("outcome").order_by("-submitted_at", "-pk")
    return found.defer("outcome__answers", "outcome__result", "outcome__focus").first()


def level_of(report: Assessment | None, person: User, rubric: Rubric) -> Level | None:
    """Where somebody stands by a report with its outcome, else the level held there, else the one in their profile."""
    if report is not None:
        slug = report.outcome.place.low if report.outcome.is_named else None
        if slug := slug or report.held:
            return report.rubric.levels[slug]
    return rubric.levels.get(rubric.now.levels.get(person.held_level, ""))


def marks_of(assessment: Assessment) -> set[str]:
    """The milestones that somebody ticked beside their report. One statement."""
    marks = MilestoneMark.objects.filter(organisation=assessment.organisation_id, assessment=assessment.report_id)
    return set(marks.order_by().values_list("milestone", flat=True))


def report_of(
    assessment: Assessment,
    against: str | None = None,
    *,
    by_today: bool | None = None,
    by_ladder: bool = False,
) -> Report:
    """Put the report of a submitted assessment together: one statement, for the ratings.

    With `by_ladder` it is in the words of the ladder in a small company, too: for files, sums, cases and reviews.

    With `by_today` the outcome must be there, too: a result of an earlier rule is shown as it was, or computed again.
    """
    rubric = assessment.rubric
    slugs = rubric.competency_slugs
    ratings = {slugs[rating.competency_id]: rating for rating in assessment.ratings.all()}
    in_order = [(slug, ratings[slug]) for slug in rubric.competencies if slug in ratings]
    answers = {slug: answer for slug, rating in in_order if (answer := rating.answer) is not None}
    evidence = {slug: rating.evidence for slug, rating in in_order if rating.evidence}
    inputs = Inputs.of(assessment, answers, evidence)
    if by_today is not None:
        inputs = Inputs.of(assessment, answers, evidence, stored=assessment.outcome, by_today=by_today)
    return build_report(replace(inputs, small_company=False) if by_ladder else inputs, against)


def report_of_copy(share: Share, against: str | None = None, *, by_today: bool = True) -> Report:
    """Put the report together from the copy, without a look at the author's space."""
    return build_report(Inputs.of(share, share.answers, share.notes, stored=share, by_today=by_today), against)
