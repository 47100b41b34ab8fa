"""The page behind the link in the foot of an invitation: no more of them, by one click and without an account."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from people.links.pages import gone, unlisted
from people.organisations.refusals import hash_in, is_refused, refuse, take_again


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def refuse_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, then refuse; and take it back on request. Mail programs post here on their own (RFC 8058), without cookies,
    so a CSRF check would refuse them."""
    to_hash = hash_in(token)
    if not to_hash:
        return gone(request)
    if request.method == "POST":
        (take_again if request.POST.get("value") == "again" else refuse)(to_hash)
    context = {"refused": is_refused(to_hash), "again": request.POST.get("value") == "again"}
    return render(request, "people/organisations/refuse_mails.html", context)
