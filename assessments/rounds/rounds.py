"""Rounds: how far each person has come, never what they said; and the mails that remind."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Assessment, Review, Round, RoundReminder, RoundStart, Share
from assessments.rounds.figures import make_figures
from ladder.minutes import minutes
from ladder.models import current_rubric
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.days import start_of
from people.errors import PeopleError
from people.mail.budgets import MailKind, reserve
from people.mail.post import post
from people.mail.stop_links import StopLink, one_click
from people.models import Membership, Organisation, Team, TeamMembership, User
from people.organisations.lock import lock_organisation
from people.policy import Action, State, allowed
from people.standing import ROLES, manages
from people.texts import isolated

LAST_DAYS = datetime.timedelta(days=7)
"""How long before the due date `send_round_reminders` begins to send mail."""
BY_HAND_AFTER = datetime.timedelta(hours=24)
"""For so long nobody gets another reminder that is sent by hand, or impatient owners would flood people."""

OPEN_MAX, A_DAY_MAX = 20, 20
"""Rounds of an organisation that are open at a time, and that it sets up within a day."""
STOP = StopLink("stop_reminders", wish="wants_reminders", salt="round-reminders")


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
    start = start_of(item.starts_on, item.zone)
    return start, item.closed_at or datetime.datetime.max.replace(tzinfo=datetime.UTC)


def taking_part(item: Round) -> QuerySet[User]:
    """The members of the organisation's open teams, by name, each with `started`, `submitted`, `shared`, `reviewed`.

    Nothing is read from anybody's own space: that somebody looked at their own career in these weeks is theirs. Begun
    counts what was begun by the round's own button; any other self-assessment counts from when it is given.

    A member whose copy met a manager's review during the round counts as done, even when the copy is older than the
    round: otherwise they would be reminded of something that is over.
    """
    start, end = period(item)
    within = {"organisation": item.organisation_id}
    current = Membership.objects.of(item.organisation_id)
    in_teams = TeamMembership.objects.current().filter(
        **within, role=TeamMembership.Role.MEMBER, joined_at__lte=end, team__closed_at__isnull=True
    )
    # Compared as sets, which the database builds once. Asked again for each person, they took 20 seconds for 10,000.
    begun = RoundStart.objects.filter(**within, round=item, begun_at__lte=end)
    given = Share.objects.filter(**within, shared_at__gte=start, shared_at__lte=end, team__isnull=False)
    reviews = Review.objects.filter(
        **within, subject__isnull=False, assessment__submitted_at__gte=start, assessment__submitted_at__lte=end
    )
    met = Q(pk__in=reviews.filter(revealed_at__lte=end).values("subject"))
    shared = Q(pk__in=given.values("author")) | met
    return (
        User.objects.filter(pk__in=current.values("user"))
        .filter(pk__in=in_teams.values("user"))
        .annotate(
            started=_whether(Q(pk__in=begun.values("user")) | shared),
            submitted=_whether(Q(pk__in=begun.filter(submitted_at__lte=end).values("user")) | shared),
            shared=_whether(shared),
            reviewed=_whether(Q(pk__in=reviews.values("subject"))),
        )
        .order_by(Subquery(current.filter(user=OuterRef("pk")).values("sort_name")[:1]), "pk")
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


@dataclass(frozen=True, slots=True)
class OwnRound:
    """An open round that has begun, as one person of its organisation meets it."""

    round: Round
    reads_progress: bool
    takes_part: bool
    """A member of one of the teams."""
    handed_in: bool
    """By the round's own button."""
    given: bool
    """Shared, or met by a review, since it began: done, as `taking_part` has it."""

    def counts(self, report: Assessment) -> bool:
        """Whether a report was handed in since the round began, so that it can be shared for it."""
        return report.submitted_at is not None and report.submitted_at >= period(self.round)[0]


def rounds_of(user: User) -> list[OwnRound]:
    """The rounds that are open in the person's organisations, the one that is due first on top. One statement."""
    here = {"organisation": OuterRef("organisation")}
    member = Membership.objects.of(OuterRef("organisation")).filter(user=user)
    in_team = TeamMembership.objects.current().filter(
        **here, user=user, role=TeamMembership.Role.MEMBER, team__closed_at__isnull=True
    )
    starts = RoundStart.objects.filter(**here, round=OuterRef("pk"), user=user, submitted_at__isnull=False)
    shares = Share.objects.filter(**here, author=user, team__isnull=False).order_by("-shared_at")
    met = Review.objects.filter(**here, subject=user, revealed_at__isnull=False, assessment__submitted_at__isnull=False)
    rows: Any = (
        Round.objects.filter(Exists(member), closed_at__isnull=True)
        .annotate(
            role=Subquery(member.values("role")[:1]),
            takes_part=Exists(in_team),
            handed_in=Exists(starts),
            shared_at=Subquery(shares.values("shared_at")[:1]),
            met_at=Subquery(met.order_by("-assessment__submitted_at").values("assessment__submitted_at")[:1]),
        )
        .select_related("organisation")
        .order_by("due_on", "pk")
    )
    return [_own(row) for row in rows if row.has_begun]


def _own(row: Any) -> OwnRound:
    start, _end = period(row)
    given = any(at is not None and at >= start for at in (row.shared_at, row.met_at))
    reads = allowed(ROLES[Membership.Role(row.role)], Action.READ_COMPLETION, State.ACTIVE)
    return OwnRound(row, reads, row.takes_part, row.handed_in, given)


@dataclass(frozen=True, slots=True)
class ToRate:
    """The members of a team that somebody manages: how many there are, and whom nobody has rated in a round."""

    round: Round
    team: Team
    left: tuple[uuid.UUID, ...]
    people: int


def to_rate(user: User, items: Sequence[Round]) -> list[ToRate]:
    """For each round and each open team of its organisation that the person manages. One statement; themselves, where
    they are a member of it too, are not counted."""
    by_round = {item.organisation_id: item for item in reversed(items)}
    current = Membership.objects.of(OuterRef("organisation")).filter(user=OuterRef("user"))
    about = Review.objects.filter(
        organisation=OuterRef("organisation"), subject=OuterRef("user"), assessment__submitted_at__isnull=False
    )
    newest = about.order_by("-assessment__submitted_at").values("assessment__submitted_at")[:1]
    rows: Any = (
        TeamMembership.objects.current()
        .filter(manages(user), Exists(current), organisation__in=by_round, team__closed_at__isnull=True)
        .filter(role=TeamMembership.Role.MEMBER)
        .exclude(user=user)
        .annotate(rated_at=Subquery(newest))
        .select_related("team__organisation")
        .order_by("team__folded", "team", "pk")
    )
    found: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.team_id, []).append(row)
    teams = []
    for members in found.values():
        item, team = by_round[members[0].organisation_id], members[0].team
        start, _end = period(item)
        left = tuple(row.user_id for row in members if row.rated_at is None or row.rated_at < start)
        teams.append(ToRate(item, team, left, len(members)))
    return teams


class RoundClosedError(Exception):
    """The round takes nobody any more."""


@transactional
def begin(item: Round, user: User, make: Callable[[], Assessment]) -> Assessment:
    """Begin a self-assessment for the round. Raises RoundClosedError when it was closed meanwhile."""
    locked = Round.objects.select_for_update().get(pk=item.pk, organisation=item.organisation_id)
    if not locked.is_open:
        raise RoundClosedError
    draft = make()
    RoundStart.objects.create(organisation_id=item.organisation_id, round=item, user=user, source=draft)
    return draft


@transactional
def open_round(organisation: Organisation, **said: Any) -> Round:
    """Raises PeopleError when there are too many already."""
    _check_open(organisation.pk)
    made = Round.objects.filter(organisation=organisation, created_at__gt=timezone.now() - datetime.timedelta(days=1))
    if made.count() >= A_DAY_MAX:
        said_so = _("%(count)d rounds were set up within a day. Change one of them, or wait until tomorrow.")
        raise PeopleError(said_so % {"count": A_DAY_MAX})
    item = Round.objects.create(organisation=organisation, zone=organisation.zone, **said)
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
    """Close it, and make its figures when it is for the first time."""
    now = timezone.now()
    lock_organisation(item.organisation_id)
    locked = Round.objects.select_for_update().get(pk=item.pk, organisation=item.organisation_id)
    if not locked.is_open:
        return
    Round.objects.filter(pk=item.pk).update(closed_at=now)
    make_figures(locked, period(locked)[0], now)
    record(item.organisation_id, Verb.ROUND_CLOSED, item, kind=Kind.ROUND)


@transactional
def reopen(item: Round) -> None:
    """Open it again; what was handed in since it was closed counts too, but for the figures, which stay as they are.
    Raises PeopleError when too many are open."""
    if Round.objects.filter(pk=item.pk, closed_at__isnull=False).exists():
        _check_open(item.organisation_id)
    if Round.objects.filter(pk=item.pk, closed_at__isnull=False).update(closed_at=None):
        record(item.organisation_id, Verb.ROUND_REOPENED, item, kind=Kind.ROUND)


def _check_open(organisation_id: uuid.UUID) -> None:
    lock_organisation(organisation_id)
    if Round.objects.filter(organisation=organisation_id, closed_at__isnull=True).count() >= OPEN_MAX:
        raise PeopleError(_("%(count)d rounds are open. Close one that is over first.") % {"count": OPEN_MAX})


def remind_by_hand(item: Round) -> int:
    """Mail people who have not submitted, want reminders, and got none in the last day. Returns how many.

    Nobody before the start: what they would submit then would not count.
    """
    return _remind(item, timezone.now() - BY_HAND_AFTER)


def remind_before_due(item: Round) -> int:
    """The mail of the last week. Once for each person and round; one sent by hand in that week counts."""
    first = max(item.starts_on, item.due_on - LAST_DAYS)
    if not item.is_open or not first <= item.today <= item.due_on:
        return 0
    return _remind(item, start_of(item.due_on - LAST_DAYS, item.zone))


@transactional
def _remind(item: Round, since: datetime.datetime) -> int:
    now = timezone.now()
    # Without the lock, two that run at once would both find nobody reminded and mail everybody twice.
    locked = Round.objects.select_for_update().get(pk=item.pk, organisation=item.organisation_id)
    if not locked.is_open or not locked.has_begun:
        return 0
    marked = RoundReminder.objects.filter(organisation=item.organisation_id, round=item, sent_at__gt=since)
    wanted = list(
        taking_part(locked)
        .filter(Q(submitted=False), is_active=True, wants_reminders=True)
        .exclude(pk__in=marked.values("user"))
    )
    # Whoever had enough of them today, from whichever organisation, is not marked, so that tomorrow's try finds them.
    days = reserve(MailKind.REMINDER, [user.email for user in wanted], ahead=0)
    people = [user for user, day in zip(wanted, days, strict=True) if day == 0]
    RoundReminder.objects.bulk_create(
        [RoundReminder(organisation_id=item.organisation_id, round=item, user=user, sent_at=now) for user in people],
        update_conflicts=True,
        unique_fields=["organisation", "round", "user"],
        update_fields=["sent_at"],
    )
    if people:
        record(item.organisation_id, Verb.ROUND_REMINDED, item, kind=Kind.ROUND)
    takes = minutes(current_rubric()) if people else 0
    for person in people:
        _mail(item, person, takes)
    return len(people)


def _mail(item: Round, person: User, takes: int) -> None:
    stop = STOP.of(person)
    context = {
        "person": person,
        "round": item,
        "organisation": item.organisation,
        "quiz": settings.SITE_URL + reverse("begin_round", args=[item.pk]),
        "minutes": takes,
        "stop": stop,
        "site_name": settings.SITE_NAME,
    }
    is_due = item.due_on - item.today <= LAST_DAYS
    subject = _("Rungwise: %(round)s is due") if is_due else _("Rungwise: %(round)s is under way")
    text = render_to_string("assessments/rounds/mail.txt", context)
    post(
        EmailMessage(subject % {"round": isolated(item.name)}, text, to=[person.email], headers=one_click(stop)),
        by_others=True,
    )
