"""Turning the weekly mail with my plan on and off, and off from the mail itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from growth.plan.digests import STOP
from people.access import signed_in
from people.links.pages import gone, unlisted
from people.models import User
from people.requests import Request


@require_POST
def set_digest(request: Request) -> HttpResponse:
    """Set to `value`, on or off: a toggle would undo itself when sent twice."""
    wanted = request.POST.get("value") == "on"
    User.objects.filter(pk=signed_in(request).pk).update(wants_digest=wanted)
    said = _("Your plan comes by mail once a week.") if wanted else _("No more mails of your plan.")
    messages.success(request, said)
    return redirect("list_plan")


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def stop_digest(request: Request, token: str) -> HttpResponse:
    """Ask for confirmation, then stop the mails. Mail programs post here on their own (RFC 8058), without cookies, so a
    CSRF check would refuse them."""
    is_post = request.method == "POST"
    if not STOP.follow(token, really=is_post):
        return gone(request)
    return render(request, "growth/plan/stop_digest.html", {"stopped": is_post})
