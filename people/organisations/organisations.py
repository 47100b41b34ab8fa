"""Founding an organisation, roles in it, and leaving it. Each change happens under a lock on the organisation."""

import uuid

from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from people.audit.log import Kind, Verb, is_by, record
from people.database.transactions import transactional
from people.errors import PeopleError
from people.models import Membership, Organisation, Team, TeamMembership, User
from people.organisations.invitations import revoke_of
from people.organisations.lock import lock_organisation
from people.signals import left_organisation


def free_slug(model: type[Organisation | Team], name: str, fallback: str, *, room: int) -> str:
    """A slug that is not taken: the name itself, or with a number. `room` is the most characters that it can have."""
    base = slugify(name)[: room - 8].strip("-") or fallback
    taken = set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))  # noqa: SLF001
    number = 1
    slug = base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


@transactional
def found_organisation(name: str, owner: User) -> Organisation:
    """Make an organisation; whoever makes it owns it."""
    organisation = Organisation.objects.create(
        kind=Organisation.Kind.COMPANY, name=name, slug=free_slug(Organisation, name, "organisation", room=60)
    )
    Membership.objects.create(organisation=organisation, user=owner, role=Membership.Role.OWNER)
    record(organisation.pk, Verb.ORGANISATION_FOUNDED, organisation, kind=Kind.ORGANISATION, person=owner.pk)
    return organisation


@transactional
def change_role(organisation: Organisation, user_id: uuid.UUID, role: str, *, by_owner: bool) -> Membership:
    """Give a current member another role. Only owners make and unmake owners, and the last one must stay.

    Raises Membership.DoesNotExist for somebody who is not in the organisation, and PeopleError when it is refused.
    """
    membership = _current(organisation, user_id)
    if membership.role == role:
        return membership
    if Membership.Role.OWNER in {membership.role, role} and not by_owner:
        raise PeopleError(_("Only owners make and unmake owners."))
    _keep_an_owner(membership, role)
    membership.role = role
    membership.save(update_fields=["role"])
    if role == Membership.Role.MEMBER:
        # Members may not invite, so what they sent before must not let anybody in.
        revoke_of(user_id, organisation.pk)
    record(organisation.pk, Verb.ROLE_CHANGED, user_id, kind=Kind.PERSON, person=user_id, detail=role)
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
    TeamMembership.objects.current().filter(organisation=organisation, user=membership.user_id).update(left_at=now)
    membership.left_at = now
    membership.save(update_fields=["left_at"])
    revoke_of(user_id, organisation.pk, and_to_them=True)
    left_organisation.send(Organisation, user=membership.user, organisation_id=organisation.pk)
    verb = Verb.LEFT if is_by(user_id) else Verb.REMOVED
    record(organisation.pk, verb, user_id, kind=Kind.PERSON, person=user_id)


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
