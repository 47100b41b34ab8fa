"""Founding an organisation, roles in it, and leaving it. Each change happens under a lock on the organisation."""

import uuid

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from people.audit.log import Entry, Kind, Verb, is_by, record
from people.database.transactions import transactional
from people.errors import PeopleError
from people.models import Invitation, Membership, Organisation, TeamMembership, User
from people.organisations.appointing import Office, appoint
from people.organisations.invitations import addresses_of
from people.organisations.lock import lock_organisation
from people.organisations.open_invitations import end_all
from people.policy import Action, State, allowed
from people.signals import left_organisation
from people.standing import ROLES

OWNED_MAX = 20
"""Organisations that one person owns at a time."""
RANKS = (Membership.Role.MEMBER, Membership.Role.ADMIN, Membership.Role.OWNER)


def _free_slug(name: str) -> str:
    """The name with four random characters, always: without them, a slug would tell what other organisations there are.

    They are of no word, and hard to misread.
    """
    base = slugify(name)[:55].strip("-") or "organisation"
    while Organisation.objects.filter(slug=(slug := f"{base}-{get_random_string(4, 'bcdfghjkmnpqrstvwxz23456789')}")):
        pass
    return slug


@transactional
def found_organisation(name: str, owner: User, zone: str = "UTC") -> Organisation:
    """Make an organisation; whoever makes it owns it. Raises PeopleError for somebody who owns OWNED_MAX."""
    lock_organisation(owner.home_id)
    owned = Membership.objects.current().filter(user=owner, role=Membership.Role.OWNER)
    if owned.filter(organisation__kind=Organisation.Kind.COMPANY).count() >= OWNED_MAX:
        said = _(
            "You own %(count)d organisations. Remove one, or make somebody else its owner, before you add another."
        )
        raise PeopleError(said % {"count": OWNED_MAX})
    organisation = Organisation.objects.create(
        kind=Organisation.Kind.COMPANY, name=name, zone=zone, slug=_free_slug(name)
    )
    Membership.objects.create(organisation=organisation, user=owner, role=Membership.Role.OWNER)
    record(organisation.pk, Verb.ORGANISATION_FOUNDED, organisation, kind=Kind.ORGANISATION, person=owner.pk)
    return organisation


def led_by(user: User) -> QuerySet[Organisation]:
    """The organisations whose people somebody manages, by name, each with its number of `people`, and how many of them
    are in no open team: `without_team`, its owners and admins aside."""
    roles = [role for role, meant in ROLES.items() if allowed(meant, Action.MANAGE_PEOPLE, State.ACTIVE)]
    here = Membership.objects.of(OuterRef("pk"))
    team = TeamMembership.objects.current().filter(
        organisation=OuterRef("organisation"), user=OuterRef("user"), team__closed_at__isnull=True
    )
    return (
        Organisation.objects.filter(Exists(here.filter(user=user, role__in=roles)), kind=Organisation.Kind.COMPANY)
        .annotate(people=_number(here), without_team=_number(here.exclude(role__in=roles).exclude(Exists(team))))
        .order_by("folded", "pk")
    )


def _number(rows: QuerySet[Membership]) -> Coalesce:
    count = rows.order_by().values("organisation").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(count), 0)


@transactional
def change_role(
    organisation: Organisation, user_id: uuid.UUID, role: str, *, by_owner: bool, at_server: bool = False
) -> Membership:
    """Give a current member another role. Only owners make and unmake owners, and the last one must stay.

    `at_server`: by the operator. Raises Membership.DoesNotExist for somebody who is not in the organisation, and
    PeopleError when it is refused.
    """
    membership = _current(organisation, user_id)
    if membership.role == role:
        return membership
    if Membership.Role.OWNER in {membership.role, role} and not by_owner:
        raise PeopleError(_("Only owners make and unmake owners."))
    _keep_an_owner(membership, role)
    before = Office(membership.user, membership.role)
    rises = RANKS.index(role) > RANKS.index(membership.role)
    membership.role = role
    membership.save(update_fields=["role"])
    appoint(
        organisation.pk,
        [Entry(Verb.ROLE_CHANGED, Kind.PERSON, user_id, person=user_id, detail=role)],
        given=[Office(membership.user, role)] if rises else [],
        taken=[] if rises else [before],
        at_server=at_server,
    )
    return membership


@transactional
def leave(organisation: Organisation, user_id: uuid.UUID, *, by_owner: bool = True) -> None:
    """End somebody's time in an organisation and all its teams, from the next request on.

    `by_owner`: an owner does it, or the person themselves. Raises as `change_role`.
    """
    membership = _current(organisation, user_id)
    if membership.role == Membership.Role.OWNER and not by_owner:
        raise PeopleError(_("Only owners make and unmake owners."))
    _keep_an_owner(membership, None)
    now = timezone.now()
    teams = TeamMembership.objects.current().filter(organisation=organisation, user=membership.user_id)
    taken = [Office(membership.user, row.role, row.team) for row in teams.select_related("team")]
    taken.append(Office(membership.user, membership.role))
    teams.update(left_at=now)
    membership.left_at = now
    membership.save(update_fields=["left_at"])
    # By these they could come back. A link that they made may be in their hands, and names nobody.
    ways_back = Q(email_canonical__in=addresses_of(user_id))
    if not is_by(user_id):
        ways_back |= Q(created_by=user_id, kind=Invitation.Kind.LINK)
    end_all(organisation.pk, ways_back)
    left_organisation.send(Organisation, user=membership.user, organisation_id=organisation.pk)
    verb = Verb.LEFT if is_by(user_id) else Verb.REMOVED
    appoint(organisation.pk, [Entry(verb, Kind.PERSON, user_id, person=user_id)], taken=taken)


def _current(organisation: Organisation, user_id: uuid.UUID) -> Membership:
    """Somebody's current membership, under the lock on the organisation. Raises Membership.DoesNotExist."""
    lock_organisation(organisation.pk)
    return Membership.objects.of(organisation).select_related("user").get(user=user_id)


def _keep_an_owner(membership: Membership, role: str | None) -> None:
    if membership.role != Membership.Role.OWNER or role == Membership.Role.OWNER:
        return
    owners = Membership.objects.of(membership.organisation_id).filter(role=Membership.Role.OWNER)
    if not owners.exclude(pk=membership.pk).exists():
        raise PeopleError(
            _(
                "This is the last owner. Make somebody else an owner first: "
                "an organisation without one can’t be looked after."
            )
        )
