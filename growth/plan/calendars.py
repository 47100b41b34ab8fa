"""The due dates of a plan as an iCalendar feed (RFC 5545) under a secret address that its owner can revoke."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from growth.models import CalendarFeed
from growth.plan.plan import OPEN, plan_of
from people.links.links import hash_of, new_token
from people.models import User


def make_feed(user: User) -> str:
    """Give the feed a new address and end the old one. Returns the token, of which only a hash is stored."""
    token = new_token()
    new = {"organisation_id": user.home_id, "token_hash": hash_of(token), "created_at": timezone.now()}
    CalendarFeed.objects.update_or_create(owner=user, defaults={**new, "fetched_at": None})
    return token


def feed_behind(token: str) -> CalendarFeed | None:
    """The feed with a token, if its owner's account is open; else None."""
    return CalendarFeed.objects.filter(token_hash=hash_of(token), owner__is_active=True).select_related("owner").first()


def calendar_of(user: User) -> bytes:
    """An all-day event for each open item with a date. It is transparent, or it would show its owner as busy."""
    from icalendar import Calendar, Event  # noqa: PLC0415  - else every worker holds 2 MB more

    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//plan//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("%(site)s plan") % {"site": settings.SITE_NAME})
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    for item in plan_of(user).filter(state__in=OPEN, due_on__isnull=False).order_by("due_on", "position", "pk"):
        event = Event()
        event.add("uid", f"{item.pk}@{host}")
        event.add("dtstamp", item.created_at)
        event.add("dtstart", item.due_on)
        event.add("summary", item.text)
        said = [
            _("First step: %(text)s") % {"text": item.first_step} if item.first_step else "",
            _("You know it is done when: %(text)s") % {"text": item.done_when} if item.done_when else "",
            settings.SITE_URL + reverse("list_plan"),
        ]
        event.add("description", "\n".join(part for part in said if part))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
