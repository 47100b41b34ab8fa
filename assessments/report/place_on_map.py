"""What the ladder's pages need to show a person's own place; they may not import it (see ladder/pages/places.py)."""

from collections.abc import Mapping

from django.conf import settings
from django.db.models import OuterRef, Subquery, UUIDField
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from assessments.models import Assessment, Outcome, own_session_ids
from assessments.report.sample import NAME, sample_report
from ladder.pages.places import Sample
from ladder.rubric import Rubric


def newest_result(request: HttpRequest) -> Mapping[str, Combinable]:
    """Expressions over a ladder version: the asker's newest submitted self-assessment on this ladder, and its result.

    Nothing for a browser without a session: it has answered nothing here.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return {}
    # A session that ended, or one that answered nothing: there is no row to look for.
    if not request.user.is_authenticated and not own_session_ids(request):
        return {}
    newest = Outcome.objects.filter(
        assessment__in=Assessment.objects.visible_to(request),
        assessment__kind=Assessment.Kind.SELF,
        assessment__status=Assessment.Status.SUBMITTED,
        assessment__ladder_version__slug=OuterRef("slug"),
    ).order_by("-assessment__submitted_at", "-assessment__started_at", "-assessment_id")
    return {
        # Without the field named, SQLite would give the foreign key as text.
        "report": Subquery(newest.values("assessment_id")[:1], output_field=UUIDField()),
        "result": Subquery(newest.values("result")[:1]),
        "targets": Subquery(newest.values("assessment__targets")[:1]),
    }


def sample(rubric: Rubric) -> Sample:
    """The made-up person's report, really scored, in short."""
    report = sample_report(rubric)
    return Sample(name=NAME, headline=report.headline, picture=report.picture, view="show_sample_report")
