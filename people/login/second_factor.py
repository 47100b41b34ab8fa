"""Shows nothing private to people who must log in with a second step until they have used it.

SECOND_FACTOR says who must. `staff`: only the pages for staff ask (people/login/staff.py). `managers`: also everybody
who leads people, on every page. `everybody`: all who have an account.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from people.login.reauth import second_step_shown_at, way_to_confirm
from people.models import Membership, TeamMembership, User

# Setting up a second step and using it, confirming who one is before that, and logging out. All other pages wait, even
# those open to visitors: to somebody with an account they show private things.
_OPEN = frozenset({"account_logout", "account_reauthenticate", "reauthenticate_by_mail"})
_OPEN_TOO = "mfa_"


def is_open(name: str) -> bool:
    """Whether people may see the page with this URL name before they have used their second step."""
    return name in _OPEN or name.startswith(_OPEN_TOO)


def named() -> QuerySet[User]:
    """The people who must log in with a second step."""
    people = User.objects.filter(is_active=True)
    if settings.SECOND_FACTOR == "everybody":
        return people
    if settings.SECOND_FACTOR == "staff":
        return people.filter(is_staff=True)
    above = (Membership.Role.OWNER, Membership.Role.ADMIN)
    leads = Membership.objects.current().filter(user=OuterRef("pk"), role__in=above)
    manages = TeamMembership.objects.current().filter(user=OuterRef("pk"), role=TeamMembership.Role.MANAGER)
    return people.filter(Q(is_staff=True) | Exists(leads) | Exists(manages))


def without_one() -> QuerySet[User]:
    """Those of them who have no second step yet."""
    return named().exclude(Exists(Authenticator.objects.filter(user=OuterRef("pk"))))


class SecondFactorMiddleware:
    """Leads people to their second step: to set it up, or to use it in a session in which they have not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        # Without a session cookie nobody is logged in, and the database need not be asked.
        if settings.SECOND_FACTOR == "staff" or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user, match = request.user, request.resolver_match
        if not isinstance(user, User) or (match and is_open(match.view_name)):
            return None
        if Authenticator.objects.filter(user=user).exists():
            if second_step_shown_at(request) or not _is_named(user):
                return None
            back = request.get_full_path() if request.method == "GET" else "/"
            return _go(request, way_to_confirm(request, back, by_second_step=True))
        if not _is_named(user):
            return None
        messages.info(
            request, _("Here you log in with a second step. Set one up first, then come back: all that is yours waits.")
        )
        return _go(request, reverse("mfa_index"))


def _is_named(user: User) -> bool:
    return settings.SECOND_FACTOR == "everybody" or named().filter(pk=user.pk).exists()


def _go(request: HttpRequest, target: str) -> HttpResponse:
    """Redirect the whole page, also for htmx: it would put the target into a part of the present page."""
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return redirect(target)
