"""What a person calls a report of theirs and writes beside it; and the mail that asks them to look again, once."""

import calendar
import datetime
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.models import Assessment, ReportNote
from people.database.transactions import transactional
from people.days import today_in
from people.mail.post import post
from people.mail.stop_links import StopLink, one_click
from people.models import User

MONTHS = 3
STOP = StopLink("stop_look_again", wish="", salt="look-again")


@dataclass(frozen=True, slots=True)
class SaidOfReport:
    """What the form says. `seen` is the revision that its page showed, 0 for none."""

    name: str
    note: str
    look_again_on: datetime.date | None
    seen: int


def note_on(assessment: Assessment) -> ReportNote:
    """The note; an empty one of revision 0, which is not stored, where there is none. One statement."""
    own = {"organisation_id": assessment.organisation_id, "assessment_id": assessment.report_id}
    return ReportNote.objects.filter(**own).first() or ReportNote(**own, revision=0)


def save_note(assessment: Assessment, said: SaidOfReport) -> bool:
    """Save it if its revision is still the one that was seen. If another window saved meanwhile, change nothing: False.

    The same again is no conflict.
    """
    told = {"name": said.name, "note": said.note, "look_again_on": said.look_again_on}
    own = {"organisation_id": assessment.organisation_id, "assessment_id": assessment.report_id}
    row = ReportNote.objects.filter(**own, revision=said.seen)
    if row.update(**told, revision=F("revision") + 1):
        return True
    if said.seen == 0 and ReportNote.objects.get_or_create(**own, defaults=told)[1]:
        return True
    return ReportNote.objects.filter(**own, **told).exists()


def in_three_months(day: datetime.date) -> datetime.date:
    """The same day of the month, or the last one where it has fewer days."""
    months = day.month - 1 + MONTHS
    year, month = day.year + months // 12, months % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due_people(today: datetime.date) -> QuerySet[User]:
    """People who asked to be reminded, by the first date that counts anywhere; `remind` asks for their own day."""
    due = ReportNote.objects.filter(look_again_on__lte=today + datetime.timedelta(days=1))
    return User.objects.filter(is_active=True, pk__in=due.values("assessment__rater")).order_by("pk")


@transactional
def remind(user: User) -> bool:
    """One mail for all of a person's dates that have come, which are cleared. False if there is none (any more)."""
    due = _dates_of(user).filter(look_again_on__lte=today_in(user.time_zone))
    # Cleared before the mail and in one statement, or two jobs at once would send two.
    if not due.update(look_again_on=None, revision=F("revision") + 1):
        return False
    stop = STOP.of(user)
    context = {
        "person": user,
        "quiz": settings.SITE_URL + reverse("start_quiz"),
        "reports": settings.SITE_URL + reverse("list_reports"),
        "stop": stop,
        "site_name": settings.SITE_NAME,
    }
    text = render_to_string("assessments/report/mail.txt", context)
    post(EmailMessage(_("Rungwise: you wanted to look again"), text, to=[user.email], headers=one_click(stop)))
    return True


def never_remind(user: User) -> None:
    """Clear all dates of a person: what a click in the mail does."""
    _dates_of(user).update(look_again_on=None, revision=F("revision") + 1)


def _dates_of(user: User) -> QuerySet[ReportNote]:
    return ReportNote.objects.filter(organisation=user.home_id, assessment__rater=user, look_again_on__isnull=False)
