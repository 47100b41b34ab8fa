"""Organisations: mine, a new one, its people and their roles, and leaving."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.access import find_organisation, refuse, signed_in
from people.audit.log import Kind
from people.errors import PeopleError
from people.fragments import render_form
from people.limits.limits import within
from people.models import Membership, Organisation, TeamMembership, User
from people.once import once
from people.organisations.forms import OrganisationForm, RoleForm
from people.organisations.open_invitations import made_by
from people.organisations.organisations import change_role, found_organisation, leave
from people.policy import Action
from people.texts import isolated

PAGE = 50
SEARCH_MAX = 120


@require_http_methods(["GET", "HEAD", "POST"])
@once
def list_organisations(request: HttpRequest) -> HttpResponse:
    """The organisations and teams that I am in, and a form for a new organisation, which I will own."""
    user = signed_in(request)
    form = OrganisationForm(request.POST or None, initial={"zone": user.time_zone})
    if request.method == "POST" and form.is_valid():
        organisation = _founded(request, form, user)
        if organisation:
            messages.success(request, _("It is there, and you own it. Make a team next, and invite people."))
            return redirect("show_organisation", organisation.slug)
    memberships = Paginator(
        Membership.objects.current()
        .filter(user=user, organisation__kind=Organisation.Kind.COMPANY)
        .select_related("organisation")
        .order_by("organisation__folded", "pk"),
        PAGE,
    ).get_page(request.GET.get("page"))
    here = [item.organisation_id for item in memberships]
    in_teams = TeamMembership.objects.current().filter(user=user, organisation__in=here)
    teams: dict[uuid.UUID, list[TeamMembership]] = {}
    for item in in_teams.select_related("team").order_by("team__folded", "pk"):
        teams.setdefault(item.organisation_id, []).append(item)
    context = {
        "rows": [(item, teams.get(item.organisation_id, [])) for item in memberships],
        "page": memberships,
        "form": form,
        "section": "teams",
    }
    return render_form(request, "people/organisations/organisations.html", context)


def _founded(request: HttpRequest, form: OrganisationForm, user: User) -> Organisation | None:
    """The organisation that the form asks for; None where there are too many, which the form says then."""
    name, zone = form.cleaned_data["name"], form.cleaned_data["zone"] or user.time_zone
    try:
        if within(request, "found"):
            return found_organisation(name, user, zone)
        form.add_error("name", _("That was a lot in a short time. Wait a while, then try again."))
    except PeopleError as error:
        form.add_error("name", str(error))
    return None


def found_people(organisation: Organisation, words: str) -> QuerySet[Membership]:
    """Current members by name: all of them, or those who are called so."""
    people = Membership.objects.of(organisation).select_related("user")
    return (people.called(words) if words else people).order_by("sort_name", "pk")


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
    with refusals_shown(request):
        membership = change_role(organisation, user_id, role, by_owner=standing.may(Action.NAME_OWNERS))
        words = {"name": isolated(membership.user.display_name), "role": membership.get_role_display()}
        messages.success(request, _("%(name)s: %(role)s, from now on.") % words)
        if role == Membership.Role.MEMBER and (wait := made_by(user_id, organisation.pk).wait):
            said = ngettext(
                "%(count)d invitation they made, to lead here, waits until another owner or admin sends it again.",
                "%(count)d invitations they made, to lead here, wait until another owner or admin sends them again.",
                wait,
            )
            messages.info(request, said % {"count": wait})
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
    made = made_by(person.pk, organisation.pk)
    context = {"organisation": organisation, "person": person, "made": made, "section": "teams"}
    return render(request, "people/organisations/remove.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leave_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask once, then leave; what I shared here is taken back."""
    organisation, _standing = find_organisation(request, slug, Action.LEAVE)
    if request.method == "POST":
        return _end(request, organisation, signed_in(request), by_owner=True, after="")
    made = made_by(signed_in(request).pk, organisation.pk)
    context = {"organisation": organisation, "made": made, "section": "teams"}
    return render(request, "people/organisations/leave.html", context)


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
        messages.success(
            request, said % {"name": isolated(person.display_name), "organisation": isolated(organisation.name)}
        )
        return redirect(after, organisation.slug)
    messages.success(request, _("You have left %(organisation)s.") % {"organisation": isolated(organisation.name)})
    return redirect("list_organisations")
