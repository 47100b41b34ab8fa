"""Organisations: mine, a new one, its people and their roles, and leaving."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.access import find_organisation, refuse, signed_in
from people.audit.log import Kind
from people.errors import PeopleError
from people.fragments import render_form
from people.login.reauth import confirm
from people.models import Membership, Organisation, TeamMembership, User
from people.organisations.forms import OrganisationForm, RoleForm
from people.organisations.organisations import change_role, found_organisation, leave
from people.policy import Action

PAGE = 50
SEARCH_MAX = 120


@require_http_methods(["GET", "HEAD", "POST"])
def list_organisations(request: HttpRequest) -> HttpResponse:
    """The organisations and teams that I am in, and a form for a new organisation, which I will own."""
    user = signed_in(request)
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation = found_organisation(form.cleaned_data["name"], user)
        messages.success(request, _("It is there, and you own it. Make a team next, and invite people."))
        return redirect("show_organisation", organisation.slug)
    memberships = list(
        Membership.objects.current()
        .filter(user=user, organisation__kind=Organisation.Kind.COMPANY)
        .select_related("organisation")
        .order_by("organisation__name", "pk")
    )
    here = [item.organisation_id for item in memberships]
    in_teams = TeamMembership.objects.current().filter(user=user, organisation__in=here)
    teams: dict[uuid.UUID, list[TeamMembership]] = {}
    for item in in_teams.select_related("team").order_by("team__name"):
        teams.setdefault(item.organisation_id, []).append(item)
    context = {
        "rows": [(item, teams.get(item.organisation_id, [])) for item in memberships],
        "form": form,
        "section": "teams",
    }
    return render_form(request, "people/organisations/organisations.html", context)


def found_people(organisation: Organisation, words: str) -> QuerySet[Membership]:
    """Current members by name: all of them, or those whose name or address holds the words."""
    people = Membership.objects.of(organisation).select_related("user")
    if words:
        people = people.filter(Q(user__name__icontains=words) | Q(user__email__icontains=words))
    return people.order_by("user__name", "user__email")


class NarrowPaginator(Paginator[Any]):
    """Sorts ids only, then reads the rows of one page in a second statement.

    Sorting ten thousand whole rows to show fifty would take most of the page's time. In a single statement, PostgreSQL
    may sort again for each row as long as it has no statistics.
    """

    def _get_page(self, object_list: Any, number: int, paginator: Any) -> Any:
        rows: Any = self.object_list
        return Page(rows.filter(pk__in=list(object_list.values_list("pk", flat=True))), number, paginator)


@contextmanager
def refusals_shown(request: HttpRequest) -> Iterator[None]:
    """Show why a change within it was refused, as a message. For a membership that is not there it is a 404."""
    try:
        yield
    except (Membership.DoesNotExist, TeamMembership.DoesNotExist):
        raise Http404 from None
    except PeopleError as error:
        messages.warning(request, str(error))


def searched(request: HttpRequest) -> str:
    """The words of `?q=`, without NUL, which PostgreSQL refuses."""
    return request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_MAX]


@require_safe
def list_people(request: HttpRequest, slug: str) -> HttpResponse:
    """The people of the organisation and their roles, 50 a page."""
    organisation, standing = find_organisation(request, slug, Action.MANAGE_PEOPLE)
    words = searched(request)
    page = NarrowPaginator(found_people(organisation, words), PAGE).get_page(request.GET.get("page"))
    context = {
        "organisation": organisation,
        "page": page,
        "words": words,
        "roles": Membership.Role.choices,
        "names_owners": standing.may(Action.NAME_OWNERS),
        "section": "teams",
    }
    return render(request, "people/organisations/people.html", context)


@require_POST
def change_person(request: HttpRequest, slug: str, user_id: uuid.UUID) -> HttpResponse:
    """Give somebody another role."""
    organisation, standing = find_organisation(request, slug, Action.MANAGE_PEOPLE)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose one of the roles."))
        return redirect("list_people", organisation.slug)
    role = form.cleaned_data["role"]
    if role == Membership.Role.OWNER and not standing.may(Action.NAME_OWNERS):
        what = (organisation.pk, Action.NAME_OWNERS, user_id, Kind.PERSON)
        raise refuse(request, *what, knows=True, person=user_id)
    if role == Membership.Role.OWNER:
        confirm(request)
    with refusals_shown(request):
        membership = change_role(organisation, user_id, role, by_owner=standing.may(Action.NAME_OWNERS))
        words = {"name": membership.user.display_name, "role": membership.get_role_display()}
        messages.success(request, _("%(name)s: %(role)s, from now on.") % words)
    if user_id == signed_in(request).pk:
        # In their new role they may get a 403 for the list.
        return redirect("show_organisation", organisation.slug)
    return redirect("list_people", organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_person(request: HttpRequest, slug: str, user_id: uuid.UUID) -> HttpResponse:
    """Ask once, then end somebody's time in the organisation."""
    organisation, standing = find_organisation(request, slug, Action.MANAGE_PEOPLE)
    person = get_object_or_404(
        User, pk=user_id, memberships__organisation=organisation, memberships__left_at__isnull=True
    )
    if request.method == "POST":
        return _end(request, organisation, person, by_owner=standing.may(Action.NAME_OWNERS), after="list_people")
    context = {"organisation": organisation, "person": person, "section": "teams"}
    return render(request, "people/organisations/remove.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leave_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask once, then leave; what I shared here is taken back."""
    organisation, _standing = find_organisation(request, slug, Action.LEAVE)
    if request.method == "POST":
        return _end(request, organisation, signed_in(request), by_owner=True, after="")
    return render(request, "people/organisations/leave.html", {"organisation": organisation, "section": "teams"})


def _end(request: HttpRequest, organisation: Organisation, person: User, *, by_owner: bool, after: str) -> HttpResponse:
    try:
        leave(organisation, person.pk, by_owner=by_owner)
    except Membership.DoesNotExist:
        raise Http404 from None
    except PeopleError as error:
        messages.warning(request, str(error))
        return redirect(after or "show_organisation", organisation.slug)
    if after and person != signed_in(request):
        said = _("%(name)s is no longer in %(organisation)s.")
        messages.success(request, said % {"name": person.display_name, "organisation": organisation.name})
        return redirect(after, organisation.slug)
    messages.success(request, _("You have left %(organisation)s.") % {"organisation": organisation.name})
    return redirect("list_organisations")
