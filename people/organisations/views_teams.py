"""Making, changing and closing a team, and changing who is in it."""

import uuid
from contextlib import suppress

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.access import find_organisation, find_team, refuse, signed_in
from people.audit.log import Kind
from people.came_from import form_page
from people.errors import PeopleError
from people.fields import as_id
from people.fragments import render_form
from people.models import Team, TeamMembership, sort_name_in
from people.once import once
from people.organisations.appointing import SelfAppointedError, may_appoint_themselves
from people.organisations.forms import NewTeamForm, TeamForm, TeamRoleForm
from people.organisations.teams import (
    add_to_team,
    change_team,
    change_team_role,
    close_team,
    make_team,
    move_to_team,
    possible_parents,
    remove_from_team,
    reopen_team,
    tree,
)
from people.organisations.views import PAGE, found_people, refusals_shown, searched
from people.policy import Action, Role
from people.standing import standing_of
from people.texts import isolated

ADDED_AT_ONCE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@once
def create_team(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a team, perhaps inside another one."""
    organisation, standing = find_organisation(request, slug, Action.MANAGE_PEOPLE)
    form = NewTeamForm(request.POST or None, branches=tree(organisation))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            team = make_team(organisation, data["name"], data["parent"], signed_in(request) if data["manage"] else None)
        except PeopleError as error:
            form.add_error("manage" if isinstance(error, SelfAppointedError) else "parent", str(error))
        else:
            messages.success(request, _("The team is there. Add people who are in already, or invite new ones."))
            return redirect("list_team_people", *team.slugs)
    may_manage = may_appoint_themselves(organisation.pk, signed_in(request))
    context = {"organisation": organisation, "form": form, "standing": standing, "section": "teams"}
    context["may_manage"] = may_manage or form["manage"].value()
    return render_form(request, "people/organisations/new_team.html", context)


@require_safe
def list_team_people(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """The people in the team and their roles, and those of the organisation who could join; 50 a page."""
    team, standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    words = searched(request)
    here = TeamMembership.objects.of(team).select_related("user")
    by_name = here.order_by("role", sort_name_in("organisation", "user"), "pk")
    page = Paginator(by_name, PAGE).get_page(request.GET.get("page"))
    others = found_people(team.organisation, words).filter(~Exists(here.filter(user=OuterRef("user"))))
    branches = tree(team.organisation)
    context = {
        "team": team,
        "organisation": team.organisation,
        "page": page,
        "words": words,
        "others": [] if team.closed_at else list(others[: PAGE + 1]),
        "others_shown": PAGE,
        "roles": TeamMembership.Role.choices,
        "targets": [branch for branch in branches if branch.team.pk != team.pk],
        "invites": standing.may_in(team, Action.INVITE),
        "section": "teams",
    }
    return render(request, "people/organisations/team_people.html", context)


@require_POST
def add_team_people(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """Add people of the organisation, as members or managers. Ids of others are ignored."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    form = TeamRoleForm(request.POST)
    chosen = [found for raw in request.POST.getlist("user")[:ADDED_AT_ONCE] if (found := as_id(raw))]
    if not form.is_valid() or not chosen:
        messages.warning(request, _("Choose at least one person, and a role."))
        return redirect("list_team_people", *team.slugs)
    with refusals_shown(request):
        count = add_to_team(team, chosen, form.cleaned_data["role"])
        messages.success(request, _("Added: %(count)d.") % {"count": count})
        if left := len(request.POST.getlist("user")) - count:
            said = ngettext(
                "%(count)d was left out: in the team already, or no longer in the organisation.",
                "%(count)d were left out: in the team already, or no longer in the organisation.",
                left,
            )
            messages.warning(request, said % {"count": left})
    return redirect("list_team_people", *team.slugs)


@require_POST
def change_team_person(request: HttpRequest, slug: str, team_slug: str, user_id: uuid.UUID) -> HttpResponse:
    """Make somebody a manager or a member of the team."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    form = TeamRoleForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose one of the roles."))
        return redirect("list_team_people", *team.slugs)
    with refusals_shown(request):
        change_team_role(team, user_id, form.cleaned_data["role"])
        messages.success(request, _("Changed."))
    return redirect("list_team_people", *team.slugs)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_team_person(request: HttpRequest, slug: str, team_slug: str, user_id: uuid.UUID) -> HttpResponse:
    """Ask once, then end somebody's time in the team."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    if request.method != "POST":
        person = get_object_or_404(TeamMembership.objects.of(team).select_related("user"), user=user_id).user
        context = {"team": team, "organisation": team.organisation, "person": person, "section": "teams"}
        return render(request, "people/organisations/remove_from_team.html", context)
    with refusals_shown(request):
        remove_from_team(team, user_id)
        messages.success(request, _("Removed from the team, and still in the organisation."))
    return redirect("list_team_people", *team.slugs)


@require_POST
def move_team_person(request: HttpRequest, slug: str, team_slug: str, user_id: uuid.UUID) -> HttpResponse:
    """Move somebody to another team of the organisation."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    wanted = as_id(request.POST.get("team", ""))
    active = Team.objects.filter(organisation=team.organisation_id, closed_at__isnull=True)
    target = active.filter(pk=wanted).first() if wanted else None
    if target is None:
        messages.warning(request, _("Choose another team of this organisation."))
        return redirect("list_team_people", *team.slugs)
    with refusals_shown(request):
        move_to_team(team, user_id, target)
        messages.success(request, _("Moved to %(team)s.") % {"team": isolated(target.name)})
    return redirect("list_team_people", *team.slugs)


@require_http_methods(["GET", "HEAD", "POST"])
def leave_team(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """Ask once, then leave this team; what I shared with its managers is taken back."""
    team, standing = find_team(request, slug, team_slug, Action.LEAVE_TEAM)
    if request.method == "POST":
        # Somebody else may have removed me a moment ago, and then I have left as well.
        with suppress(TeamMembership.DoesNotExist):
            remove_from_team(team, signed_in(request).pk)
        messages.success(request, _("You have left %(team)s.") % {"team": isolated(team.name)})
        return redirect("show_organisation", team.organisation.slug)
    context = {
        "team": team,
        "organisation": team.organisation,
        "manages": Role.TEAM_MANAGER in standing.in_team(team),
        "section": "teams",
    }
    return render(request, "people/organisations/leave_team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_team(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """Rename the team or move it in the tree."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    initial = {"name": team.name, "parent": str(team.parent_id or "")}
    form = TeamForm(request.POST or None, branches=possible_parents(team), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_team(team, form.cleaned_data["name"], form.cleaned_data["parent"])
        except PeopleError as error:
            form.add_error("parent", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("list_team_people", *team.slugs)
    context = {"team": team, "organisation": team.organisation, "form": form, "section": "teams"}
    return render_form(request, "people/organisations/edit_team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def close_one_team(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """Ask once, then close the team."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    if request.method == "POST":
        close_team(team)
        messages.success(request, _("%(team)s is closed.") % {"team": isolated(team.name)})
        return redirect("show_organisation", team.organisation.slug)
    context = {"team": team, "organisation": team.organisation, "section": "teams"}
    return render(request, "people/organisations/close_team.html", context)


@require_POST
def reopen_one_team(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """Open a closed team again; an open one stays as it is."""
    team, _standing = find_team(request, slug, team_slug, Action.CHANGE_TEAM)
    with refusals_shown(request):
        reopen_team(team)
        said = _("%(team)s is open. What was shared there before is not: members share anew.")
        messages.success(request, said % {"team": isolated(team.name)})
    return redirect("list_team_people", *team.slugs)


def lead_on_to_team(request: HttpRequest, old_slug: str, rest: str = "") -> HttpResponse:
    """From a team's address before 0.2.0 to where that page is now, for those who may know of the team."""
    team = Team.objects.select_related("organisation").filter(old_slug=old_slug).first()
    if team is None:
        raise Http404
    if not standing_of(signed_in(request), team.organisation_id).may_in(team, Action.SEE_TEAM):
        raise refuse(request, team.organisation_id, Action.SEE_TEAM, team, Kind.TEAM)
    query = request.META["QUERY_STRING"]
    address = reverse("show_team", args=team.slugs) + escape_uri_path(rest)
    # Who comes from the log-in opens an address that may take forms alone.
    page = form_page(address) if request.method in {"GET", "HEAD"} else ""
    address = page or address + (f"?{query}" if query else "")
    # A browser would turn a POST into a GET, unless told not to.
    return HttpResponsePermanentRedirect(address, preserve_request=request.method not in {"GET", "HEAD"})
