"""A submitted assessment, found for whoever may read it, and put together as a report."""

import uuid
from collections.abc import Mapping

from django.http import Http404, HttpRequest

from assessments.access import find, may
from assessments.models import Assessment, MilestoneMark
from assessments.report.kept import kept_report
from assessments.report.parts import NO_RUNGS
from assessments.report.report import Report, build_report
from ladder.models import rubric_of
from people.database.prepared import Prepared
from people.policy import Action


def find_submitted(request: HttpRequest, pk: uuid.UUID) -> Assessment:
    """A report that this person may read; a draft of theirs has none yet."""
    assessment = find(request, pk)
    if not may(request, Action.READ_REPORT, assessment):
        raise Http404
    return assessment


def kept_report_of(assessment: Assessment, against: str | None = None, rungs: Mapping[str, str] = NO_RUNGS) -> Report:
    """The same without the lines of evidence, from the outcome: no statement, and mostly no arithmetic."""
    return kept_report(
        assessment.rubric,
        assessment.outcome.answers,
        held=assessment.held,
        targets=assessment.targets,
        specialisation=assessment.specialisation or None,
        against=against,
        rungs=rungs,
        may_be_assumed=assessment.may_be_assumed,
    )


_MARKED = Prepared(
    lambda organisation, assessment: (
        MilestoneMark.objects.filter(organisation=organisation, assessment=assessment)
        .order_by()
        .values_list("milestone", flat=True)
    )
)


def marks_of(assessment: Assessment) -> set[str]:
    """The milestones that somebody ticked beside their report. One statement."""
    return set(_MARKED.all(assessment.organisation_id, assessment.pk))


def report_of(assessment: Assessment, against: str | None = None, rungs: Mapping[str, str] = NO_RUNGS) -> Report:
    """Put the report of a submitted assessment together: one statement, for the ratings."""
    rubric = rubric_of(assessment.framework_id)
    slugs = rubric.competency_slugs
    ratings = {slugs[rating.competency_id]: rating for rating in assessment.ratings.all()}
    in_order = [(slug, ratings[slug]) for slug in rubric.competencies if slug in ratings]
    return build_report(
        rubric,
        {slug: answer for slug, rating in in_order if (answer := rating.answer) is not None},
        held=assessment.held,
        targets=assessment.targets,
        specialisation=assessment.specialisation or None,
        against=against,
        evidence={slug: rating.evidence for slug, rating in in_order if rating.evidence},
        rungs=rungs,
        may_be_assumed=assessment.may_be_assumed,
    )
