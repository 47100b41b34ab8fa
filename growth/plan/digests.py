"""The plan by mail, once a week, for those who asked for it; one click in the mail ends it (RFC 8058)."""

import datetime

from django.conf import settings
from django.core import signing
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
from people.models import User

# A week, less what the hour of a daily job may wander.
EVERY = datetime.timedelta(days=6, hours=12)
_SALT = "plan-digest"


def due_people(now: datetime.datetime) -> QuerySet[User]:
    """Those who want the mail, have something open, and got none this week."""
    has_open = PlanItem.objects.filter(state__in=OPEN).values("owner")
    return (
        User.objects.filter(is_active=True, wants_digest=True, pk__in=has_open)
        .exclude(plan_digest__sent_at__gt=now - EVERY)
        .order_by("pk")
    )


@transactional
def send_digest(user: User, now: datetime.datetime) -> bool:
    """Mail somebody their plan; False when there is nothing open, or another process was first."""
    PlanDigest.objects.get_or_create(owner=user, defaults={"organisation_id": user.home_id})
    # The mark is made before the mail, in one statement: two that run at once send one mail.
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
    stop = settings.SITE_URL + reverse("stop_digest", args=[signing.dumps(str(user.pk), salt=_SALT)])
    context = {
        "person": user,
        "first": first,
        "others": len(items) - len(first),
        "plan": settings.SITE_URL + reverse("list_plan"),
        "stop": stop,
        "site_name": settings.SITE_NAME,
    }
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    body = render_to_string("growth/plan/mail.txt", context)
    return EmailMessage(_("Rungwise: your plan this week"), body, to=[user.email], headers=headers)


def stop_digest_of(token: str, *, really: bool) -> bool:
    """Whether the token is one of ours; with `really` the mails end. It works as long as the account is there."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return False
    found = User.objects.filter(pk=pk)
    if really:
        found.update(wants_digest=False)
    return found.exists()
