"""Secret links to a report: making them, listing them, and what one of them opens."""

from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from assessments.models import Assessment, ReportLink
from assessments.report.inputs import Inputs
from assessments.report.report import Report, build_report
from assessments.sharing.copies import SharingError
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.links.links import LINKS_LISTED, LINKS_MAX, hash_of, made_for, new_token
from people.models import User


@transactional
def make_link(
    assessment: Assessment, author: User, *, days: int, label: str = "", password: str = "", with_evidence: bool = False
) -> tuple[ReportLink, str]:
    """Make a link; the token comes back with it and is stored nowhere.

    Raises SharingError when the report has as many as it may have, or is gone.
    """
    # One at a time, so that two requests at once don't both find room for the last.
    own = {"rater": author, "organisation": author.home_id, "status": Assessment.Status.SUBMITTED}
    locked = Assessment.objects.select_for_update().filter(pk=assessment.report_id, kind=Assessment.Kind.SELF, **own)
    if not locked.exists():
        raise SharingError(_("This report can’t be shared."))
    if ReportLink.objects.filter(ReportLink.live(), assessment=assessment.report_id).count() >= LINKS_MAX:
        raise SharingError(
            _("This report has %(count)d links that work. Revoke one that you don’t need.") % {"count": LINKS_MAX}
        )
    token = new_token()
    link = ReportLink(
        assessment_id=assessment.report_id,
        token_hash=hash_of(token),
        label=label,
        with_evidence=with_evidence,
        **made_for(author, days),
    )
    link.set_password(password)
    link.save(force_insert=True)
    record(link.organisation_id, Verb.LINK_MADE, link, kind=Kind.LINK)
    return link, token


def links_of(author: User, assessment: Assessment) -> QuerySet[ReportLink]:
    """The author's links to a report: those that work, then those that ended, then those revoked last."""
    found: QuerySet[ReportLink] = ReportLink.objects.filter(
        author=author, organisation=author.home_id, assessment=assessment.report_id
    )
    return found.order_by(F("revoked_at").desc(nulls_first=True), "-expires_at", "-pk")[:LINKS_LISTED]


def find_link(token: str) -> tuple[ReportLink, Assessment] | None:
    """The live link behind a token, and its report as it was corrected last; None when it ended, or never was.

    One statement; more for a report that was corrected.
    """
    of_first = {"organisation": OuterRef("organisation"), "corrects": OuterRef("assessment")}
    found: Any = (
        ReportLink.objects.filter(ReportLink.live(), token_hash=hash_of(token))
        # Whatever else happens to a report: only its own author's links open it.
        .filter(assessment__rater=F("author"), assessment__status=Assessment.Status.SUBMITTED)
        .select_related("author", "assessment__outcome")
        .annotate(is_corrected=Exists(Assessment.objects.filter(**of_first).order_by()))
        .first()
    )
    if found is None or not found.is_corrected:
        return (found, found.assessment) if found else None
    own = Assessment.objects.filter(organisation=found.organisation_id).select_related("outcome")
    return found, own.newest_of(found.assessment_id) or found.assessment


def report_behind(
    link: ReportLink, assessment: Assessment, against: str | None = None, *, by_today: bool = True
) -> Report:
    """Put the report together from its outcome. Lines of evidence are read only when the author ticked them."""
    slugs = assessment.rubric.competency_slugs
    notes = {}
    if link.with_evidence:
        rows = assessment.ratings.exclude(evidence="").values_list("competency_id", "evidence")
        notes = {slugs[key]: evidence for key, evidence in rows}
    outcome = assessment.outcome
    return build_report(Inputs.of(assessment, outcome.answers, notes, stored=outcome, by_today=by_today), against)
