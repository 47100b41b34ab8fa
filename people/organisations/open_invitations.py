"""Open invitations: which are open, who stands behind them, and how they end.

They belong to the organisation, so they outlive the time of whoever made them. But none gives what nobody here would
give now: anybody comes in as a member while somebody is here who may invite; as an admin or a manager only while
whoever made the invitation may name those. Until another of them sends it again, it waits.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone

from people.audit.log import Entry, Kind, Verb, record_all
from people.models import Invitation, Membership, OutboxMail, User
from people.policy import Action, State, allowed
from people.standing import ROLES

# The type of the error for an address that its own mail server refuses (people/mail/outbox.py).
REFUSED = "SMTPRecipientsRefused"


def open_ones(organisation_id: uuid.UUID) -> QuerySet[Invitation]:
    """Invitations that have not been used, revoked or run out."""
    return _live().filter(organisation=organisation_id)


def _live() -> QuerySet[Invitation]:
    return Invitation.objects.filter(revoked_at__isnull=True, expires_at__gt=timezone.now(), uses__lt=F("max_uses"))


def invitations_to(user: User) -> QuerySet[Invitation]:
    """Open invitations that were mailed to the address that somebody logs in with, once they have confirmed it; those
    to their other addresses they find in the mail. Newest first."""
    confirmed = EmailAddress.objects.filter(user=user, email=user.email, verified=True)
    mailed = _live().filter(Exists(confirmed), kind=Invitation.Kind.MAIL, email_canonical=user.email_canonical)
    return mailed.exclude(sent_at__gt=timezone.now())


def who_may(organisation_id: uuid.UUID, action: Action) -> QuerySet[Membership]:
    """Current members whose role in the organisation allows this."""
    roles = [role for role, meant in ROLES.items() if allowed(meant, action, State.ACTIVE)]
    return Membership.objects.of(organisation_id).filter(role__in=roles, user__is_active=True)


def is_backed(invitation: Invitation) -> bool:
    """Whether somebody stands behind it who may give what it gives. One statement."""
    if not invitation.leads:
        return who_may(invitation.organisation_id, Action.INVITE).exists()
    namers = who_may(invitation.organisation_id, Action.MANAGE_PEOPLE)
    return invitation.created_by_id is not None and namers.filter(user=invitation.created_by_id).exists()


def waiting_among(invitations: Iterable[Invitation], organisation_id: uuid.UUID) -> set[uuid.UUID]:
    """The keys of those that wait for somebody who stands behind them. One statement at most."""
    leading = [item for item in invitations if item.leads]
    if not leading:
        return set()
    makers = [item.created_by_id for item in leading if item.created_by_id]
    namers = who_may(organisation_id, Action.MANAGE_PEOPLE).filter(user__in=makers)
    backing = set(namers.values_list("user_id", flat=True))
    return {item.pk for item in leading if item.created_by_id not in backing}


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The keys of invitations whose mail has not arrived: the address was refused, or we stopped trying."""

    refused: frozenset[uuid.UUID] = frozenset()
    given_up: frozenset[uuid.UUID] = frozenset()


def undelivered_among(invitations: Iterable[Invitation]) -> Undelivered:
    """One statement at most."""
    sent = {item.pk: item.sent_at for item in invitations if item.sent_at}
    if not sent:
        return Undelivered()
    failed = OutboxMail.objects.given_up().filter(invitation__in=sent)
    rows = failed.values_list("invitation", "created_at", "error")
    # A mail before the newest one says nothing of it.
    errors = {pk: error for pk, made_at, error in rows if pk and made_at >= sent[pk]}
    refused = frozenset(pk for pk, error in errors.items() if error == REFUSED)
    return Undelivered(refused, frozenset(errors) - refused)


@dataclass(frozen=True, slots=True)
class Made:
    """What becomes of somebody's open invitations when they no longer lead: how many stay as they are, links among
    them, and how many wait for another owner or admin."""

    stay: int
    wait: int
    links: int

    @property
    def stay_by_mail(self) -> int:
        return self.stay - self.links


def made_by(user_id: uuid.UUID, organisation_id: uuid.UUID) -> Made:
    theirs = list(open_ones(organisation_id).filter(created_by=user_id))
    wait = sum(item.leads for item in theirs)
    return Made(len(theirs) - wait, wait, sum(item.kind == Invitation.Kind.LINK for item in theirs))


def end_all(organisation_id: uuid.UUID, which: Q) -> None:
    """Revoke those of an organisation that could still be used or sent again, each in its log."""
    found = Invitation.objects.filter(which, organisation=organisation_id, revoked_at__isnull=True)
    ended = list(found.filter(uses__lt=F("max_uses")).values_list("pk", flat=True))
    if ended:
        Invitation.objects.filter(pk__in=ended).update(revoked_at=timezone.now(), name="")
        record_all(organisation_id, [Entry(Verb.INVITATION_REVOKED, Kind.INVITATION, pk) for pk in ended])
