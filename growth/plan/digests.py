"""Mails people their plan once a week if they asked for it; one click in the mail stops it (RFC 8058)."""

import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from growth.models import PlanDigest, PlanItem
from growth.plan.plan import OPEN, State, plan_of
from people.database.transactions import transactional
from people.mail.post import post
from people.mail.stop_links import StopLink, one_click
from people.models import User

# Half a day less than a week: the daily job runs at a slightly different time each day, and with a full week a run a
# minute early would put the mail off by a day.
EVERY = datetime.timedelta(days=6, hours=12)
STOP = StopLink("stop_digest", wish="wants_digest", salt="plan-digest")


def due_people(now: datetime.datetime) -> QuerySet[User]:
    """People who want the mail, have an open item, and got no mail within EVERY."""
    has_open = PlanItem.objects.filter(state__in=OPEN).values("owner")
    return (
        User.objects.filter(is_active=True, wants_digest=True, pk__in=has_open)
        .exclude(plan_digest__sent_at__gt=now - EVERY)
        .order_by("pk")
    )


@transactional
def send_digest(user: User, now: datetime.datetime) -> bool:
    """Mail a person their plan. False if nothing is open, or if another process has just sent it."""
    PlanDigest.objects.get_or_create(owner=user, defaults={"organisation_id": user.home_id})
    # Marked as sent before the mail and in one statement, or two jobs at once would send two mails.
    free = PlanDigest.objects.filter(Q(sent_at__isnull=True) | Q(sent_at__lte=now - EVERY), owner=user)
    items = list(plan_of(user).filter(state__in=OPEN))
    if not items or not free.update(sent_at=now):
        return False
    with timezone.override(user.time_zone):
        post(_message(user, items, timezone.localdate(now)))
    return True


def _message(user: User, items: list[PlanItem], today: datetime.date) -> EmailMessage:
    soon = today + datetime.timedelta(days=14)
    first = [item for item in items if item.state == State.DOING or (item.due_on and item.due_on <= soon)]
    stop = STOP.of(user)
    context = {
        "person": user,
        "first": first,
        "others": len(items) - len(first),
        "plan": settings.SITE_URL + reverse("list_plan"),
        "stop": stop,
        "site_name": settings.SITE_NAME,
    }
    body = render_to_string("growth/plan/mail.txt", context)
    return EmailMessage(_("Rungwise: your plan this week"), body, to=[user.email], headers=one_click(stop))
