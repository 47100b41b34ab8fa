"""Inviting people to an organisation or a team, managing open invitations, and accepting one."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from people.access import find_organisation, find_team, refuse, signed_in
from people.audit.log import Kind
from people.came_from import posted_from
from people.errors import PeopleError
from people.limits.limits import limited, within
from people.links.links import hash_of
from people.models import Invitation, Membership, Organisation, Team, User
from people.once import once
from people.organisations.forms import GuestsForm, LinkForm
from people.organisations.guest_lists import GuestList, Rights, read
from people.organisations.invitations import (
    OtherAddressError,
    accept,
    find_by_hash,
    has_ended,
    invite_by_mail,
    is_for,
    is_in,
    is_used_up,
    make_link,
    nobody_behind,
    resend,
    revoke,
)
from people.organisations.open_invitations import (
    invitations_to,
    is_backed,
    open_ones,
    undelivered_among,
    waiting_among,
)
from people.organisations.refusals import refusing
from people.organisations.teams import Branch, tree
from people.policy import Action
from people.standing import Standing

PAGE = 50
# Key in the session: an invitation, while somebody signs up, by its hash. The token itself is stored nowhere.
SESSION_KEY = "invitation"
_TOO_OFTEN = gettext_lazy("That was a lot in a short time. Nothing went out; wait a while, then try again.")


@dataclass(frozen=True, slots=True)
class Door:
    """What somebody invites people to: an organisation, or one of its teams."""

    organisation: Organisation
    team: Team | None
    standing: Standing

    @property
    def branches(self) -> list[Branch]:
        return [Branch(self.team, 0)] if self.team else tree(self.organisation)

    @property
    def address(self) -> str:
        if self.team:
            return reverse("invite_to_team", args=[*self.team.slugs])
        return reverse("invite_people", args=[self.organisation.slug])

    @property
    def link_address(self) -> str:
        if self.team:
            return reverse("create_team_link", args=[*self.team.slugs])
        return reverse("create_link", args=[self.organisation.slug])

    def rights(self, chosen: Team | None, branches: list[Branch]) -> Rights:
        return Rights(
            organisation=self.organisation,
            teams=[branch.team for branch in branches],
            default_team=self.team or chosen,
            # A manager could otherwise decide who reads what the team's members share.
            may_name_roles=self.standing.may(Action.MANAGE_PEOPLE),
        )


@dataclass(frozen=True, slots=True)
class Look:
    """A list that was sent, and what was understood of it. `without` are heads of columns to leave out."""

    door: Door
    branches: list[Branch]
    form: GuestsForm
    found: GuestList
    without: list[str]


def _organisation_door(request: HttpRequest, slug: str) -> Door:
    organisation, standing = find_organisation(request, slug, Action.INVITE)
    return Door(organisation, None, standing)


def _team_door(request: HttpRequest, slug: str, team_slug: str) -> Door:
    team, standing = find_team(request, slug, team_slug, Action.INVITE)
    return Door(team.organisation, team, standing)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def invite_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite to the organisation: a list of addresses, or a link."""
    return _invite(request, _organisation_door(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@once
def invite_to_team(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    """Invite to a team, and with it to its organisation."""
    return _invite(request, _team_door(request, slug, team_slug))


@posted_from("invite_people")
@require_POST
def create_link(request: HttpRequest, slug: str) -> HttpResponse:
    return _make_link(request, _organisation_door(request, slug))


@posted_from("invite_to_team")
@require_POST
def create_team_link(request: HttpRequest, slug: str, team_slug: str) -> HttpResponse:
    return _make_link(request, _team_door(request, slug, team_slug))


def _invite(request: HttpRequest, door: Door) -> HttpResponse:
    branches = door.branches
    if request.method != "POST":
        return _page(request, door, branches)
    form = GuestsForm(request.POST, request.FILES, branches=branches)
    if request.FILES and not within(request, "file"):
        form.add_error("file", _TOO_OFTEN)
    if not form.is_valid():
        return _page(request, door, branches, form=form, status=422)
    without = [head for heads in request.POST.getlist("without") for head in heads.splitlines()]
    found = read(form.given, door.rights(form.cleaned_data["team"], branches), frozenset(without))
    look = Look(door, branches, form, found, without)
    confirmed = request.POST.get("confirm")
    if confirmed is None or not found.guests:
        return _show(request, look)
    if confirmed != found.seal:
        # The text was changed, or somebody came in meanwhile: it is not what was shown.
        return _show(request, look, error=_("This is not what you saw before. Look at it again."))
    return _send(request, look)


def _send(request: HttpRequest, look: Look) -> HttpResponse:
    """Invite the people whom the page has shown."""
    if not within(request, "invite"):
        return _show(request, look, error=str(_TOO_OFTEN), status=429)
    guests = look.found.guests
    try:
        later = invite_by_mail(look.door.organisation, signed_in(request), guests)
    except PeopleError as error:
        return _show(request, look, error=str(error))
    _say_when(request, len(guests) - later, later)
    if not look.found.problems:
        return redirect(look.door.address)
    # What could not be sent stays in the form, to be corrected.
    initial = {"text": "\n".join(look.found.rest), "team": request.POST.get("team", "")}
    form = GuestsForm(initial=initial, branches=look.branches)
    return _page(request, look.door, look.branches, form=form, found=look.found)


def _show(request: HttpRequest, look: Look, *, error: str = "", status: int = 422) -> HttpResponse:
    """What was understood of a list, and whom it would invite. Nothing goes out by it."""
    context = {
        "door": look.door,
        "organisation": look.door.organisation,
        "team": look.door.team,
        "found": look.found,
        "notes": look.form.notes,
        "text": look.form.given,
        "chosen": request.POST.get("team", ""),
        "without": look.without,
        "unknown": "\n".join(look.found.unknown),
        "others": [(head, "\n".join(set(look.found.choices) - {head})) for head in look.found.choices],
        "error": error,
        "section": "teams",
    }
    status = status if error or not look.found.guests else 200
    return render(request, "people/organisations/invite_look.html", context, status=status)


def _say_when(request: HttpRequest, now: int, later: int) -> None:
    if now:
        said = ngettext("%(count)d invitation is on its way.", "%(count)d invitations are on their way.", now)
        messages.success(request, said % {"count": now})
    if later:
        said = ngettext(
            "%(count)d waits, as only so many mails leave a day: the list below says when it goes out.",
            "%(count)d wait, as only so many mails leave a day: the list below says when each goes out.",
            later,
        )
        messages.success(request, said % {"count": later})


def _make_link(request: HttpRequest, door: Door) -> HttpResponse:
    """Make a link and show it at once: after a redirect its address would be lost, as it is stored nowhere."""
    branches = door.branches
    form = LinkForm(request.POST, branches=branches)
    if not form.is_valid():
        return _page(request, door, branches, link_form=form, status=422)
    if not within(request, "invite"):
        form.add_error("days", _TOO_OFTEN)
        return _page(request, door, branches, link_form=form, status=429)
    data = form.cleaned_data
    team = door.team or data["link_team"]
    link = make_link(door.organisation, signed_in(request), team, days=data["days"], uses=data["uses"])
    return _page(request, door, branches, link=link)


def _page(
    request: HttpRequest,
    door: Door,
    branches: list[Branch],
    *,
    form: GuestsForm | None = None,
    link_form: LinkForm | None = None,
    found: GuestList | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    waiting = open_ones(door.organisation.pk).select_related("team", "created_by")
    if door.team:
        waiting = waiting.filter(team=door.team)
    listed = Paginator(waiting, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "door": door,
        "organisation": door.organisation,
        "team": door.team,
        "form": form or GuestsForm(branches=branches),
        "link_form": link_form or LinkForm(branches=branches),
        "has_teams": bool(branches),
        "names_roles": door.standing.may(Action.MANAGE_PEOPLE),
        "problems": found.problems if found else [],
        "link": link,
        "page": listed,
        "waiting": waiting_among(listed, door.organisation.pk),
        "undelivered": undelivered_among(listed),
        "refused": refusing({item.email for item in listed if item.email}),
        "section": "teams",
    }
    return render(request, "people/organisations/invite.html", context, status=status)


def _own_invitation(request: HttpRequest, slug: str, pk: uuid.UUID) -> tuple[Invitation, str]:
    """An invitation that this person may resend or revoke, and the page to go back to."""
    organisation, standing = find_organisation(request, slug, Action.SEE_ORGANISATION)
    invitations = Invitation.objects.select_related("team", "organisation")
    invitation = get_object_or_404(invitations, organisation=organisation, pk=pk)
    team = invitation.team
    if standing.may(Action.INVITE):
        from_team = team is not None and request.POST.get("back") == "team" and not team.closed_at
        return invitation, Door(organisation, team if from_team else None, standing).address
    if team is None or not standing.may_in(team, Action.INVITE):
        raise refuse(request, organisation.pk, Action.INVITE, invitation, Kind.INVITATION, knows=True)
    return invitation, Door(organisation, team, standing).address


@require_POST
@limited("resend")
def resend_invitation(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    """Send a new mail; the old one stops working."""
    invitation, back = _own_invitation(request, slug, pk)
    try:
        sent = resend(invitation, signed_in(request))
    except PeopleError as error:
        messages.warning(request, str(error))
    else:
        messages.success(
            request,
            _("A new mail waits for its day; the old one no longer works.")
            if sent.waits
            else _("A new mail is on its way; the old one no longer works."),
        )
    return redirect(back)


@require_POST
def revoke_invitation(request: HttpRequest, slug: str, pk: uuid.UUID) -> HttpResponse:
    invitation, back = _own_invitation(request, slug, pk)
    revoke(invitation)
    messages.success(request, _("Revoked: it lets nobody in any more."))
    return redirect(back)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def show_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What I am invited to. POST accepts it; logged out, it remembers the invitation and leads to an account."""
    token_hash = hash_of(token)
    invitation = find_by_hash(token_hash)
    if request.user.is_authenticated:
        return _answer(request, invitation)
    if invitation is None or has_ended(invitation) or is_used_up(invitation):
        return _gone(request, invitation)
    if request.method == "POST":
        request.session[SESSION_KEY] = token_hash
        way_in = "account_login" if request.POST.get("way") == "log-in" else "account_signup"
        back = urlencode({"next": reverse("show_remembered_invitation")})
        return redirect(f"{reverse(way_in)}?{back}")
    return _invited(request, invitation)


@require_http_methods(["GET", "HEAD", "POST"])
def show_remembered_invitation(request: HttpRequest) -> HttpResponse:
    """The same after a sign-up or log-in, for the invitation that the session remembers."""
    return _answer(request, find_by_hash(str(request.session.get(SESSION_KEY, ""))))


@require_http_methods(["GET", "HEAD", "POST"])
def show_own_invitation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The same for one that was mailed to the person's own address: whoever can log in with it needs no link."""
    invitation = invitations_to(signed_in(request)).select_related("organisation", "team", "created_by").filter(pk=pk)
    return _answer(request, get_object_or_404(invitation))


def _answer(request: HttpRequest, invitation: Invitation | None) -> HttpResponse:
    """Show an invitation to somebody who is logged in, and accept it on POST."""
    if invitation is None:
        return _gone(request, None)
    user = signed_in(request)
    fits = is_for(invitation, user)
    is_over = has_ended(invitation) or is_used_up(invitation)
    if is_over or (not fits and invitation.kind == Invitation.Kind.LINK):
        return _over(request, invitation, fits=fits)
    if request.method == "POST" and fits:
        return _accept(request, invitation, user)
    status = 403 if request.method == "POST" else 200
    return _invited(request, invitation, fits=fits, there=fits and is_in(invitation, user), status=status)


def _accept(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    try:
        if not accept(invitation, user):
            return _gone(request, invitation)
    except OtherAddressError:
        return _gone(request, invitation)
    except PeopleError as error:
        messages.warning(request, str(error))
        return _invited(request, invitation, status=422)
    request.session.pop(SESSION_KEY, None)
    messages.success(request, _("You are in. What you answer stays yours until you share it."))
    return redirect("show_organisation", invitation.organisation.slug)


def _over(request: HttpRequest, invitation: Invitation, *, fits: bool) -> HttpResponse:
    """Lead who came in by it to where they are; say to others that it is over, and why to whom it was sent."""
    is_theirs = fits or invitation.kind == Invitation.Kind.LINK
    if is_theirs and Membership.objects.of(invitation.organisation).filter(user=signed_in(request)).exists():
        request.session.pop(SESSION_KEY, None)
        messages.info(request, _("You are in already."))
        return redirect("show_organisation", invitation.organisation.slug)
    return _gone(request, invitation, knows=fits and invitation.kind == Invitation.Kind.MAIL)


def _gone(request: HttpRequest, invitation: Invitation | None, *, knows: bool = False) -> HttpResponse:
    """For an invitation that was used or has ended, 410; for an address that is none, or no longer, 404.

    Strangers learn no more than that. `knows`: it was sent to the person who asks.
    """
    context = {
        "is_known": invitation is not None,
        "invitation": invitation if knows else None,
        "is_used": knows and invitation is not None and is_used_up(invitation),
        "back": request.path,
    }
    return render(request, "people/organisations/invitation_gone.html", context, status=410 if invitation else 404)


def _invited(
    request: HttpRequest, invitation: Invitation, *, fits: bool = True, there: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "team": invitation.team,
        "is_admin": invitation.role == "admin",
        "is_manager": invitation.team_id is not None and invitation.team_role == "manager",
        "fits": fits,
        "there": there,
        "nobody_behind": "" if there or is_backed(invitation) else nobody_behind(invitation),
        "section": "teams",
    }
    return render(request, "people/organisations/invitation.html", context, status=status)
