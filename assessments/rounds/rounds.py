"""Rounds: how far each person has come, never what they said; and the mails that remind."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Assessment, Review, Round, RoundReminder, Share
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.mail.post import post
from people.models import Membership, Organisation, TeamMembership, User

LAST_DAYS = datetime.timedelta(days=7)
"""How long before the due date `send_round_reminders` begins to send mail."""
BY_HAND_AFTER = datetime.timedelta(hours=24)
"""For so long nobody gets another reminder that is sent by hand, or impatient owners would flood people."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people take part in a round, and how many of them have taken each step."""

    people: int
    started: int
    submitted: int
    shared: int
    reviewed: int


def period(item: Round) -> tuple[datetime.datetime, datetime.datetime]:
    """From when until when something counts for a round: until it is closed, even after the due date."""
    start = datetime.datetime.combine(item.starts_on, datetime.time.min, tzinfo=datetime.UTC)
    return start, item.closed_at or datetime.datetime.max.replace(tzinfo=datetime.UTC)


def taking_part(item: Round) -> QuerySet[User]:
    """The members of the organisation's open teams, by name, each with `started`, `submitted`, `shared`, `reviewed`.

    A member whose copy met a manager's review during the round counts as done, even when the copy is older than the
    round: otherwise they would be reminded of something that is over.
    """
    start, end = period(item)
    current = Membership.objects.of(item.organisation_id)
    in_teams = TeamMembership.objects.current().filter(
        organisation=item.organisation_id,
        role=TeamMembership.Role.MEMBER,
        joined_at__lte=end,
        team__closed_at__isnull=True,
    )
    own = Assessment.objects.filter(organisation=OuterRef("home"), rater=OuterRef("pk"), kind=Assessment.Kind.SELF)
    handed_in = Q(submitted_at__gte=start, submitted_at__lte=end)
    # Compared as sets, which the database builds once. Asked again for each person, they took 20 seconds for 10,000.
    shares = Share.objects.filter(
        handed_in, organisation=item.organisation_id, team__isnull=False, author__isnull=False
    )
    reviews = Review.objects.filter(
        organisation=item.organisation_id,
        subject__isnull=False,
        assessment__submitted_at__gte=start,
        assessment__submitted_at__lte=end,
    )
    met = Q(pk__in=reviews.filter(revealed_at__lte=end).values("subject"))
    return (
        User.objects.filter(pk__in=current.values("user"))
        .filter(pk__in=in_teams.values("user"))
        .annotate(
            started=_whether(Exists(own.filter(Q(started_at__gte=start, started_at__lte=end) | handed_in)) | met),
            submitted=_whether(Exists(own.filter(handed_in)) | met),
            shared=_whether(Q(pk__in=shares.values("author")) | met),
            reviewed=_whether(Q(pk__in=reviews.values("subject"))),
        )
        .order_by("name", "email")
    )


def _whether(condition: Q) -> Combinable:
    return ExpressionWrapper(condition, output_field=BooleanField())


def progress_of(item: Round) -> Progress:
    """Counted by the database, in one statement."""
    steps = ("started", "submitted", "shared", "reviewed")
    counts = taking_part(item).aggregate(
        people=Count("pk"), **{f"{step}_count": Count("pk", filter=Q(**{step: True})) for step in steps}
    )
    return Progress(counts["people"], *(counts[f"{step}_count"] for step in steps))


@transactional
def open_round(organisation: Organisation, **said: Any) -> Round:
    item = Round.objects.create(organisation=organisation, **said)
    record(organisation.pk, Verb.ROUND_OPENED, item, kind=Kind.ROUND)
    return item


@transactional
def change(item: Round, **said: Any) -> bool:
    """Change an open round. False when it is closed by now: somebody else may have done that meanwhile."""
    changed = Round.objects.filter(pk=item.pk, closed_at__isnull=True).update(**said)
    if changed:
        record(item.organisation_id, Verb.ROUND_CHANGED, item, kind=Kind.ROUND)
    return bool(changed)


@transactional
def close(item: Round) -> None:
    if Round.objects.filter(pk=item.pk, closed_at__isnull=True).update(closed_at=timezone.now()):
        record(item.organisation_id, Verb.ROUND_CLOSED, item, kind=Kind.ROUND)


@transactional
def reopen(item: Round) -> None:
    """Open it again; what was submitted since it was closed counts too."""
    if Round.objects.filter(pk=item.pk, closed_at__isnull=False).update(closed_at=None):
        record(item.organisation_id, Verb.ROUND_REOPENED, item, kind=Kind.ROUND)


def remind_by_hand(item: Round) -> int:
    """Mail people who have not submitted, want reminders, and got none in the last day. Returns how many.

    Nobody before the start: what they would submit then would not count.
    """
    return _remind(item, timezone.now() - BY_HAND_AFTER)


def remind_before_due(item: Round, today: datetime.date) -> int:
    """The mail of the last week. Once for each person and round; one sent by hand in that week counts."""
    if not item.is_open or not item.starts_on <= today <= item.due_on or item.due_on - today > LAST_DAYS:
        return 0
    week = datetime.datetime.combine(item.due_on - LAST_DAYS, datetime.time.min, tzinfo=datetime.UTC)
    return _remind(item, week)


@transactional
def _remind(item: Round, since: datetime.datetime) -> int:
    now = timezone.now()
    # Without the lock, two that run at once would both find nobody reminded and mail everybody twice.
    locked = Round.objects.select_for_update().get(pk=item.pk, organisation=item.organisation_id)
    if not locked.is_open or not locked.has_begun:
        return 0
    marked = RoundReminder.objects.filter(organisation=item.organisation_id, round=item, sent_at__gt=since)
    people = list(
        taking_part(locked)
        .filter(Q(submitted=False), is_active=True, wants_reminders=True)
        .exclude(pk__in=marked.values("user"))
    )
    RoundReminder.objects.bulk_create(
        [RoundReminder(organisation_id=item.organisation_id, round=item, user=user, sent_at=now) for user in people],
        update_conflicts=True,
        unique_fields=["organisation", "round", "user"],
        update_fields=["sent_at"],
    )
    if people:
        record(item.organisation_id, Verb.ROUND_REMINDED, item, kind=Kind.ROUND)
    for person in people:
        _mail(item, person)
    return len(people)


def _mail(item: Round, person: User) -> None:
    context = {
        "person": person,
        "round": item,
        "organisation": item.organisation,
        "quiz": settings.SITE_URL + reverse("start_quiz"),
        "profile": settings.SITE_URL + reverse("edit_profile"),
        "site_name": settings.SITE_NAME,
    }
    is_due = item.due_on - timezone.now().date() <= LAST_DAYS
    subject = _("Rungwise: %(round)s is due") if is_due else _("Rungwise: %(round)s is under way")
    text = render_to_string("assessments/rounds/mail.txt", context)
    post(EmailMessage(subject % {"round": item.name}, text, to=[person.email]))
