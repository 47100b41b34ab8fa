"""Invitations to an organisation: making, sending, revoking and accepting them.

A token has 256 random bits and is shown once, in a mail or on a page; the database has only its SHA-256. What an
invitation gives is in its row, and nothing in the request can change it.
"""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.addresses import canonical
from people.audit.log import Entry, Kind, Verb, record, record_all
from people.database.transactions import transactional
from people.errors import PeopleError
from people.links.links import hash_of, new_token
from people.mail import budgets
from people.mail.post import post
from people.models import Invitation, Membership, Organisation, Team, TeamMembership, User
from people.organisations.appointing import Office, appoint, permit
from people.organisations.lock import lock_organisation
from people.organisations.open_invitations import is_backed, who_may
from people.organisations.refusals import WayOut, refusing, ways_out
from people.policy import Action
from people.texts import isolated

MAIL_DAYS = 14
LINK_DAYS_MAX, LINK_USES_MAX = 30, 500
RESEND_AFTER = datetime.timedelta(minutes=5)
TAKES_NO_MAIL = gettext_lazy("This address takes no mail from us. You can give the person a link.")


class OtherAddressError(PeopleError):
    """The invitation is for another person: it went to an address that is not one of their verified addresses."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A person to invite, and their roles. They are called by `name` until they say what they are called."""

    email: str
    name: str = ""
    team: Team | None = None
    role: str = Membership.Role.MEMBER
    team_role: str = TeamMembership.Role.MEMBER

    @property
    def role_name(self) -> Any:
        """The role that counts: in the organisation, or else in the team."""
        if self.role == Membership.Role.ADMIN:
            return Membership.Role.ADMIN.label
        return TeamMembership.Role(self.team_role).label


@transactional
def invite_by_mail(organisation: Organisation, by: User, guests: list[Guest]) -> int:
    """Make an invitation for each guest and mail it, today or on the first day that has room. Returns how many wait.

    Raises PeopleError when no day has room, and for somebody's own address, by which they would appoint themselves.
    """
    made: list[Invitation] = []
    lock_organisation(organisation.pk)
    _check_offices(organisation.pk, by, guests)
    sent = _days_for(organisation.pk, by, [guest.email for guest in guests])
    ways = ways_out([guest.email for guest in guests])
    for guest, sent_at in zip(guests, sent, strict=True):
        token = new_token()
        invitation = Invitation(
            organisation=organisation,
            team=guest.team,
            kind=Invitation.Kind.MAIL,
            email=guest.email,
            name=guest.name,
            role=guest.role,
            team_role=guest.team_role,
            token_hash=hash_of(token),
            created_by=by,
            sent_at=sent_at,
            expires_at=sent_at + datetime.timedelta(days=MAIL_DAYS),
        )
        _mail(invitation, token, by, ways[invitation.email])
        made.append(invitation)
    Invitation.objects.bulk_create(made)
    record_all(organisation.pk, [Entry(Verb.INVITED, Kind.INVITATION, invitation.pk) for invitation in made])
    return sum(invitation.waits for invitation in made)


@transactional
def make_link(organisation: Organisation, by: User, team: Team | None, *, days: int, uses: int) -> str:
    """Make a link for a few people, as members, and return its address: this once, as only its hash is stored."""
    token = new_token()
    invitation = Invitation.objects.create(
        organisation=organisation,
        team=team,
        kind=Invitation.Kind.LINK,
        token_hash=hash_of(token),
        created_by=by,
        expires_at=timezone.now() + datetime.timedelta(days=min(days, LINK_DAYS_MAX)),
        max_uses=min(uses, LINK_USES_MAX),
    )
    record(organisation.pk, Verb.INVITATION_LINK_MADE, invitation, kind=Kind.INVITATION)
    return _address(token)


@transactional
def resend(invitation: Invitation, by: User) -> Invitation:
    """Send a new mail with a new token, today or on the first day that has room; the old one stops working. Raises
    PeopleError.

    If nobody stands behind the invitation any more, whoever sends it again does, and confirms it as if they made it.
    """
    token = new_token()
    now = timezone.now()
    locked = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation", "team")
        .get(pk=invitation.pk, organisation=invitation.organisation_id)
    )
    if locked.kind != Invitation.Kind.MAIL or locked.revoked_at or locked.uses:
        raise PeopleError(_("This invitation can’t be sent again. Invite the person anew."))
    if locked.waits:
        raise PeopleError(_("Its mail has not gone out yet: it waits for its day."))
    if locked.sent_at and now - locked.sent_at < RESEND_AFTER:
        raise PeopleError(_("It was sent a moment ago. Give it a few minutes."))
    if refusing([locked.email]):
        raise PeopleError(TAKES_NO_MAIL)
    if not is_backed(locked):
        _take_over(locked, by)
    (sent_at,) = _days_for(locked.organisation_id, by, [locked.email])
    locked.token_hash = hash_of(token)
    locked.sent_at, locked.expires_at = sent_at, sent_at + datetime.timedelta(days=MAIL_DAYS)
    locked.save(update_fields=["token_hash", "sent_at", "expires_at", "created_by"])
    _mail(locked, token, by, ways_out([locked.email])[locked.email])
    record(locked.organisation_id, Verb.INVITATION_SENT_AGAIN, locked, kind=Kind.INVITATION)
    return locked


def _take_over(invitation: Invitation, by: User) -> None:
    if not who_may(invitation.organisation_id, Action.MANAGE_PEOPLE).filter(user=by).exists():
        raise PeopleError(_("Whoever made it no longer leads here. An owner or admin can send it again."))
    guest = Guest(invitation.email, role=invitation.role, team_role=invitation.team_role)
    _check_offices(invitation.organisation_id, by, [guest])
    invitation.created_by = by


@transactional
def revoke(invitation: Invitation) -> None:
    waiting = Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=True)
    if waiting.update(revoked_at=timezone.now(), name=""):
        record(invitation.organisation_id, Verb.INVITATION_REVOKED, invitation, kind=Kind.INVITATION)


def find_by_hash(token_hash: str) -> Invitation | None:
    """The invitation behind a token, even if it is used up or has ended."""
    return Invitation.objects.filter(token_hash=token_hash).select_related("organisation", "team", "created_by").first()


def has_ended(invitation: Invitation) -> bool:
    """Whether it was revoked, has run out, or was for a team that is closed."""
    is_closed = invitation.team is not None and invitation.team.closed_at is not None
    return invitation.revoked_at is not None or invitation.expires_at <= timezone.now() or is_closed


def is_used_up(invitation: Invitation) -> bool:
    return invitation.uses >= invitation.max_uses


def is_in(invitation: Invitation, user: User) -> bool:
    """Whether the person already has what the invitation gives."""
    if not Membership.objects.of(invitation.organisation_id).filter(user=user).exists():
        return False
    # `team_id`, because `team` would be one more statement.
    where = {"organisation": invitation.organisation_id, "team": invitation.team_id, "user": user}
    return invitation.team_id is None or TeamMembership.objects.current().filter(**where).exists()


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the person may accept it. By mail: it went to one of their verified addresses. By link: they haven't left
    since it was made; somebody who was removed could otherwise come back by it."""
    if invitation.kind == Invitation.Kind.MAIL:
        return canonical(invitation.email) in addresses_of(user.pk)
    return not Membership.objects.filter(
        organisation=invitation.organisation_id, user=user, left_at__gte=invitation.created_at
    ).exists()


def addresses_of(user_id: uuid.UUID) -> set[str]:
    """The verified addresses of somebody, in their one form; none of somebody whose one belongs to another account."""
    own = EmailAddress.objects.filter(user=user_id, verified=True, user__email_clash=False)
    return {canonical(address) for address in own.values_list("email", flat=True)}


@transactional
def accept(invitation: Invitation, user: User) -> bool:
    """Let somebody in. Somebody who is in already keeps their role and uses nothing up.

    Returns False when the invitation is used up, or has ended meanwhile. Raises OtherAddressError. Without the lock on
    the row, more people could get in at once than it allows.
    """
    # The organisation first, as everywhere: in another order, two transactions could wait for each other.
    lock_organisation(invitation.organisation_id)
    Invitation.objects.select_for_update().filter(pk=invitation.pk, organisation=invitation.organisation_id).first()
    locked = find_by_hash(invitation.token_hash)
    if locked is None or has_ended(locked):
        return False
    if not is_for(locked, user):
        raise OtherAddressError
    if is_in(locked, user):
        return True
    if is_used_up(locked):
        return False
    if not is_backed(locked):
        raise PeopleError(nobody_behind(locked))
    _take_over_name(locked, user)
    entries, given = _let_in(locked, user)
    Invitation.objects.filter(pk=locked.pk).update(uses=F("uses") + 1, name="")
    appoint(locked.organisation_id, entries, given=given, by=locked.created_by, actor=user)
    return True


def nobody_behind(invitation: Invitation) -> str:
    said = _("Whoever invited you no longer decides this in %(name)s. Ask an owner or admin there to send it again.")
    return said % {"name": isolated(invitation.organisation.name)}


def _let_in(invitation: Invitation, user: User) -> tuple[list[Entry], list[Office]]:
    """Make the memberships that the invitation gives and that are missing. Returns what to record, and the roles."""
    entries, given = [], []
    if _once(Membership, organisation_id=invitation.organisation_id, user=user, role=invitation.role):
        entries.append(Entry(Verb.JOINED, Kind.INVITATION, invitation.pk, user.pk, invitation.role))
        _take_over_zone(invitation.organisation, user)
        given.append(Office(user, invitation.role))
    where = {"organisation_id": invitation.organisation_id, "team_id": invitation.team_id}
    if invitation.team_id and _once(TeamMembership, **where, user=user, role=invitation.team_role):
        entries.append(Entry(Verb.TEAM_JOINED, Kind.TEAM, invitation.team_id, user.pk, invitation.team_role))
        given.append(Office(user, invitation.team_role, invitation.team))
    return entries, given


def _take_over_name(invitation: Invitation, user: User) -> None:
    """Whoever has not said what they are called is called as they were invited."""
    if invitation.name and not user.name:
        user.name = invitation.name
        user.save(update_fields=["name"])


def _take_over_zone(organisation: Organisation, user: User) -> None:
    """Whoever has just signed up with a browser that did not say where it is reads the organisation's clock."""
    is_new = timezone.now() - user.date_joined < datetime.timedelta(days=1)
    if is_new and user.time_zone == "UTC" != organisation.zone:
        user.time_zone = organisation.zone
        user.save(update_fields=["time_zone"])


def _once(model: type[Membership | TeamMembership], **fields: object) -> bool:
    """Add a membership unless there is a current one. Returns whether it was added."""
    try:
        with transaction.atomic():
            model.objects.create(**fields)
    except IntegrityError:
        where = {name: value for name, value in fields.items() if name != "role"}
        if not model.objects.current().filter(**where).exists():
            raise
        return False
    return True


def _check_offices(organisation_id: uuid.UUID, by: User, guests: list[Guest]) -> None:
    """Who invites somebody to lead confirms it, once for the list."""
    own = {by.email, *EmailAddress.objects.filter(user=by).values_list("email", flat=True)}
    roles = [(guest, role) for guest in guests for role in (guest.role, guest.team_role)]
    leading = [(guest, role) for guest, role in roles if Office(by, role).leads]
    if leading:
        permit(organisation_id, [Office(by, role) for guest, role in leading if guest.email in own], by)


def members_by_address(organisation_id: uuid.UUID, emails: list[str]) -> dict[str, uuid.UUID]:
    """Who of these addresses is in the organisation now. One statement."""
    current = Membership.objects.of(organisation_id).values("user")
    known = EmailAddress.objects.filter(email__in=emails, verified=True, user__in=current)
    return dict(known.values_list("email", "user_id"))


def _days_for(organisation_id: uuid.UUID, by: User, emails: list[str]) -> list[datetime.datetime]:
    """When the mail to each address goes out. Raises PeopleError for one that no day has room for."""
    days = budgets.reserve(budgets.MailKind.INVITATION, emails, by, members_by_address(organisation_id, emails))
    now = timezone.now()
    for email, day in zip(emails, days, strict=True):
        if day is None:
            said = _("More can’t go to %(address)s in the next %(count)d days. Take it out, or use a link.")
            raise PeopleError(said % {"address": email, "count": budgets.AHEAD})
    return [now + datetime.timedelta(days=day or 0) for day in days]


def _address(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('show_invitation', args=[token])}"


def _mail(invitation: Invitation, token: str, by: User, way_out: WayOut) -> None:
    context = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "team": invitation.team,
        "by": by,
        "name": invitation.name,
        "days": MAIL_DAYS,
        "address": _address(token),
        "way_out": way_out.link,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    subject = _("Rungwise: an invitation to %(organisation)s") % {
        "organisation": isolated(invitation.organisation.name)
    }
    text = render_to_string("people/organisations/mail.txt", context)
    message = EmailMessage(subject, text, to=[invitation.email], headers=way_out.headers)
    post(message, at=invitation.sent_at, invitation=invitation.pk, refused_by=way_out.to_hash, by_others=True)
