"""Invitations to an organisation: making, sending, revoking and accepting them.

A token has 256 random bits and is shown once, in a mail or on a page; the database has only its SHA-256. What an
invitation gives is in its row, and nothing in the request can change it.
"""

import datetime
import uuid
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from people.audit.log import Entry, Kind, Verb, record, record_all
from people.database.transactions import transactional
from people.errors import PeopleError
from people.links.links import hash_of, new_token
from people.mail.post import post
from people.models import Invitation, Membership, Organisation, Team, TeamMembership, User
from people.organisations.lock import lock_organisation

MAIL_DAYS = 14
LINK_DAYS_MAX, LINK_USES_MAX = 30, 500
MAILS_A_DAY = 1000
"""For each organisation. Anybody can found one: without a limit, they could send spam by it."""
RESEND_AFTER = datetime.timedelta(minutes=5)


class OtherAddressError(PeopleError):
    """The invitation is for another person: it went to an address that is not one of their verified addresses."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A person to invite, and their roles. `name` is for the greeting in the mail and is stored nowhere."""

    email: str
    name: str = ""
    team: Team | None = None
    role: str = Membership.Role.MEMBER
    team_role: str = TeamMembership.Role.MEMBER


def open_ones(organisation_id: uuid.UUID) -> QuerySet[Invitation]:
    """Invitations that still let somebody in."""
    live = Invitation.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), uses__lt=F("max_uses"))
    return live.filter(organisation=organisation_id)


@transactional
def invite_by_mail(organisation: Organisation, by: User, guests: list[Guest]) -> None:
    """Make an invitation for each guest and mail it. Raises PeopleError when that is too much mail for a day."""
    now = timezone.now()
    made: list[tuple[Invitation, str, str]] = []
    lock_organisation(organisation.pk)
    _check_mails(organisation.pk, len(guests), now)
    for guest in guests:
        token = new_token()
        invitation = Invitation(
            organisation=organisation,
            team=guest.team,
            kind=Invitation.Kind.MAIL,
            email=guest.email,
            role=guest.role,
            team_role=guest.team_role,
            token_hash=hash_of(token),
            created_by=by,
            sent_at=now,
            expires_at=now + datetime.timedelta(days=MAIL_DAYS),
        )
        made.append((invitation, token, guest.name))
    Invitation.objects.bulk_create(invitation for invitation, _token, _name in made)
    record_all(organisation.pk, [Entry(Verb.INVITED, Kind.INVITATION, made_one.pk) for made_one, _token, _name in made])
    for invitation, token, name in made:
        _mail(invitation, token, by, name)


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
def resend(invitation: Invitation, by: User) -> None:
    """Send a new mail with a new token; the old one stops working. Raises PeopleError."""
    token = new_token()
    now = timezone.now()
    locked = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation", "team")
        .get(pk=invitation.pk, organisation=invitation.organisation_id)
    )
    if locked.kind != Invitation.Kind.MAIL or locked.revoked_at or locked.uses:
        raise PeopleError(_("This invitation can’t be sent again. Invite the person anew."))
    if locked.sent_at and now - locked.sent_at < RESEND_AFTER:
        raise PeopleError(_("It was sent a moment ago. Give it a few minutes."))
    _check_mails(locked.organisation_id, 1, now)
    locked.token_hash = hash_of(token)
    locked.sent_at, locked.expires_at = now, now + datetime.timedelta(days=MAIL_DAYS)
    locked.save(update_fields=["token_hash", "sent_at", "expires_at"])
    record(locked.organisation_id, Verb.INVITATION_SENT_AGAIN, locked, kind=Kind.INVITATION)
    _mail(locked, token, by, "")


@transactional
def revoke(invitation: Invitation) -> None:
    waiting = Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=True)
    if waiting.update(revoked_at=timezone.now()):
        record(invitation.organisation_id, Verb.INVITATION_REVOKED, invitation, kind=Kind.INVITATION)


def revoke_of(user_id: uuid.UUID, organisation_id: uuid.UUID, *, and_to_them: bool = False) -> None:
    """Revoke the invitations that somebody sent. With `and_to_them` also those they got, by which somebody who was
    removed could come back."""
    theirs = Q(created_by=user_id)
    if and_to_them:
        theirs |= Q(email__in=EmailAddress.objects.filter(user=user_id, verified=True).values("email"))
    Invitation.objects.filter(theirs, organisation=organisation_id, revoked_at__isnull=True).update(
        revoked_at=timezone.now()
    )


def revoke_for_team(team: Team, created_by: uuid.UUID | None = None) -> None:
    """Revoke a team's invitations: all of them, or those that one person sent."""
    found = Invitation.objects.filter(organisation=team.organisation_id, team=team, revoked_at__isnull=True)
    if created_by:
        found = found.filter(created_by=created_by)
    found.update(revoked_at=timezone.now())


def find_by_hash(token_hash: str) -> Invitation | None:
    """The invitation behind a token, even if it is used up; None if it was revoked, has expired or never existed."""
    live = Invitation.objects.filter(token_hash=token_hash, revoked_at__isnull=True, expires_at__gt=timezone.now())
    in_open_team = live.filter(Q(team__isnull=True) | Q(team__closed_at__isnull=True))
    return in_open_team.select_related("organisation", "team", "created_by").first()


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
        own = EmailAddress.objects.filter(user=user, verified=True, email__iexact=invitation.email)
        return bool(own.exists())
    return not Membership.objects.filter(
        organisation=invitation.organisation_id, user=user, left_at__gte=invitation.created_at
    ).exists()


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
    if locked is None:
        return False
    if not is_for(locked, user):
        raise OtherAddressError
    if is_in(locked, user):
        return True
    if is_used_up(locked):
        return False
    entries = _let_in(locked, user)
    Invitation.objects.filter(pk=locked.pk).update(uses=F("uses") + 1)
    record_all(locked.organisation_id, entries, actor=user)
    return True


def _let_in(invitation: Invitation, user: User) -> list[Entry]:
    """Make the memberships that the invitation gives and that are missing. Returns what to record."""
    entries = []
    if _once(Membership, organisation_id=invitation.organisation_id, user=user, role=invitation.role):
        entries.append(Entry(Verb.JOINED, Kind.INVITATION, invitation.pk, user.pk, invitation.role))
    where = {"organisation_id": invitation.organisation_id, "team_id": invitation.team_id}
    if invitation.team_id and _once(TeamMembership, **where, user=user, role=invitation.team_role):
        entries.append(Entry(Verb.TEAM_JOINED, Kind.TEAM, invitation.team_id, user.pk, invitation.team_role))
    return entries


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


def _check_mails(organisation_id: uuid.UUID, more: int, now: datetime.datetime) -> None:
    sent = Invitation.objects.filter(organisation=organisation_id, sent_at__gt=now - datetime.timedelta(days=1)).count()
    if sent + more > MAILS_A_DAY:
        raise PeopleError(
            _("An organisation can send %(count)d invitations a day. Send the rest tomorrow, or use a link.")
            % {"count": MAILS_A_DAY}
        )


def _address(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('show_invitation', args=[token])}"


def _mail(invitation: Invitation, token: str, by: User, name: str) -> None:
    context = {
        "invitation": invitation,
        "organisation": invitation.organisation,
        "team": invitation.team,
        "by": by,
        "name": name,
        "days": MAIL_DAYS,
        "address": _address(token),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    subject = _("Rungwise: an invitation to %(organisation)s") % {"organisation": invitation.organisation.name}
    text = render_to_string("people/organisations/mail.txt", context)
    post(EmailMessage(subject, text, to=[invitation.email]))
