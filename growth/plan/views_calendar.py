"""The secret address of my calendar feed, and what a calendar program fetches there."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from growth.models import CalendarFeed
from growth.pages import plan_page
from growth.plan.calendars import calendar_of, feed_behind, make_feed
from people.access import signed_in
from people.links.pages import gone, unlisted
from people.requests import Request


@require_http_methods(["GET", "HEAD", "POST"])
def show_calendar(request: Request) -> HttpResponse:
    """Show whether there is a feed; POST makes a new address.

    No redirect after the POST: only a hash of the token is stored, so the next page could not show the address.
    """
    user = signed_in(request)
    address = ""
    if request.method == "POST":
        address = request.build_absolute_uri(reverse("fetch_calendar", args=[make_feed(user)]))
    feed = CalendarFeed.objects.filter(owner=user, organisation=user.home_id).first()
    return plan_page(request, "plan/calendar.html", feed=feed, address=address)


@require_POST
def revoke_calendar(request: Request) -> HttpResponse:
    """Delete the feed: its address answers 404 from the next request on. Doing it twice is harmless."""
    user = signed_in(request)
    CalendarFeed.objects.filter(owner=user, organisation=user.home_id).delete()
    messages.success(request, _("Revoked: the address opens nothing any more."))
    return redirect("show_calendar")


@login_not_required
@require_safe
@unlisted
def fetch_calendar(request: Request, token: str) -> HttpResponse:
    feed = feed_behind(token)
    if feed is None:
        return gone(request)
    if request.method == "GET":
        CalendarFeed.objects.filter(pk=feed.pk).update(fetched_at=timezone.now())
    headers = {"Content-Disposition": 'inline; filename="rungwise-plan.ics"'}
    return HttpResponse(calendar_of(feed.owner), content_type="text/calendar; charset=utf-8", headers=headers)
