"""A submitted assessment, found for whoever may read it, and put together as a report."""

import uuid
from collections.abc import Mapping

from django.http import Http404, HttpRequest

from assessments.access import find, may
from assessments.models import Assessment, MilestoneMark, Share
from assessments.report.inputs import Inputs
from assessments.report.parts import NO_RUNGS
from assessments.report.report import Report, build_report
from ladder.rubric import Rubric
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


def marks_of(assessment: Assessment) -> set[str]:
    """The milestones that somebody ticked beside their report. One statement."""
    marks = MilestoneMark.objects.filter(organisation=assessment.organisation_id, assessment=assessment.report_id)
    return set(marks.order_by().values_list("milestone", flat=True))


def report_of(
    assessment: Assessment,
    against: str | None = None,
    *,
    by_today: bool | None = None,
) -> Report:
    """Put the report of a submitted assessment together: one statement, for the ratings.

    With `by_today` the outcome must be there, too: a result of an earlier rule is shown as it was, or computed again.
    """
    rubric = assessment.rubric
    slugs = rubric.competency_slugs
    ratings = {slugs[rating.competency_id]: rating for rating in assessment.ratings.all()}
    in_order = [(slug, ratings[slug]) for slug in rubric.competencies if slug in ratings]
    answers = {slug: answer for slug, rating in in_order if (answer := rating.answer) is not None}
    evidence = {slug: rating.evidence for slug, rating in in_order if rating.evidence}
    if by_today is None:
        return build_report(Inputs.of(assessment, answers, evidence), against)
    inputs = Inputs.of(assessment, answers, evidence, stored=assessment.outcome, by_today=by_today)
    return build_report(inputs, against)


def report_of_copy(share: Share, against: str | None = None, *, by_today: bool = True) -> Report:
    """Put the report together from the copy, without a look at the author's space."""
    return build_report(Inputs.of(share, share.answers, share.notes, stored=share, by_today=by_today), against)
