"""Breaking the glass for support: one report of one person, for an hour, for a reason that is kept for good.

Staff have no other way to what somebody said, and this one is never silent: row, audit record and mail are written in
one transaction, so that none of them can be missing.
"""

import datetime
import logging
import uuid
import zoneinfo
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Assessment, SupportAccess
from people.access import signed_in
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.mail.post import post
from people.models import User
from people.policy import Action, Role, allowed

log = logging.getLogger(__name__)
# At most so many rows in a person's list of accesses, and in staff's list of a person's reports.
LISTED = 100
OPEN_FOR = datetime.timedelta(hours=1)


def reports_to_open(person: User) -> QuerySet[Assessment]:
    """Reports that could be opened, newest first: their dates, nothing of what they say."""
    return Assessment.objects.reports_of(person).only("pk", "submitted_at").order_by("-submitted_at")[:LISTED]


def find_to_open(pk: uuid.UUID) -> Assessment:
    """A submitted report of a person with an account, as it was corrected last; 404 for reviews, drafts and
    visitors' answers."""
    found = (
        Assessment.objects.select_related("rater")
        .filter(kind=Assessment.Kind.SELF, rater__isnull=False)
        .defer("targets", "job_title")
        .newest_of(pk)
    )
    if found is None or not allowed(Role.STAFF, Action.OPEN_FOR_SUPPORT, found.status):
        raise Http404
    return found


@transactional
def open_for_support(assessment: Assessment, staff: User, reason: str) -> SupportAccess:
    """Record that `staff` opens a report for an hour and why, and tell its person by mail."""
    person = assessment.rater
    assert person is not None  # noqa: S101  - find_to_open finds no others
    access = SupportAccess.objects.create(
        organisation_id=person.home_id,
        staff=staff,
        person=person,
        assessment=assessment,
        reason=reason,
        ends_at=timezone.now() + OPEN_FOR,
    )
    record(person.home_id, Verb.SUPPORT_OPENED, assessment, kind=Kind.REPORT, person=person.pk, actor=staff)
    context = {
        "person": person,
        "staff": staff,
        "reason": reason,
        "submitted_at": assessment.submitted_at,
        "ends_at": access.ends_at,
        "address": settings.SITE_URL + reverse("list_support_accesses"),
        "site_name": settings.SITE_NAME,
    }
    with timezone.override(zoneinfo.ZoneInfo(person.time_zone)):
        text = render_to_string("assessments/support/mail.txt", context)
    subject = _("%(site)s: support opened a report of yours") % {"site": settings.SITE_NAME}
    post(EmailMessage(subject, text, to=[person.email]))
    log.warning("support access %s: staff %s opened report %s", access.pk, staff.pk, assessment.pk)
    return access


def find_opened(request: HttpRequest, pk: uuid.UUID) -> tuple[Assessment, SupportAccess] | None:
    """A report that this member of staff has open now, and the access that opened it; None when it is not open."""
    access = (
        SupportAccess.objects.filter(staff=signed_in(request), assessment=pk, ends_at__gt=timezone.now())
        .select_related("assessment__outcome", "assessment__rater")
        .first()
    )
    if access is None or access.assessment.rater_id != access.person_id:
        return None
    is_readable = allowed(Role.SUPPORT, Action.READ_REPORT, access.assessment.status)
    return (access.assessment, access) if is_readable else None


@dataclass(frozen=True, slots=True)
class Known:
    """An access as its person sees it. `by` and `submitted_at` are None once staff or report are gone."""

    access: SupportAccess
    by: User | None
    submitted_at: datetime.datetime | None


def accesses_to(person: User) -> list[Known]:
    """Accesses to this person's reports, newest first, for the person's own list."""
    rows = list(SupportAccess.objects.filter(person=person)[:LISTED])
    # Whom and what a row names may be gone: a join would leave the row out.
    staff = {user.pk: user for user in User.objects.filter(pk__in={row.staff_id for row in rows})}
    reports = dict(
        Assessment.objects.filter(pk__in={row.assessment_id for row in rows}).values_list("pk", "submitted_at")
    )
    return [Known(row, staff.get(row.staff_id), reports.get(row.assessment_id)) for row in rows]
