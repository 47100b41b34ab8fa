"""Giving a copy of a submitted self-assessment, and taking it back."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Assessment, Outcome, Review, Share
from assessments.signals import copy_given
from people.audit.log import Entry, Kind, Verb, record, record_all
from people.database.transactions import transactional
from people.models import Membership, Team, TeamMembership, User
from people.organisations.lock import lock_organisation


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """A team that somebody is in, with its managers other than themselves."""

    team: Team
    managers: tuple[User, ...]

    @property
    def names(self) -> str:
        return ", ".join(manager.display_name for manager in self.managers)


class SharingError(Exception):
    """The copy can't be given; the message is a sentence for the person."""


@transactional
def share_with_team(assessment: Assessment, team: Team, *, with_notes: bool) -> Share:
    """Give the managers of a team a copy. Giving it twice gives it once, with the notes as said last.

    Raises SharingError when the author is not a member of the team (any more).
    """
    author = assessment.rater
    # Without the lock, somebody who leaves at the same time would leave this copy behind.
    lock_organisation(team.organisation_id)
    if author is None or not _is_member(author, team):
        raise SharingError(_("Only members of a team share with its managers."))
    share = _give(assessment, author, team.organisation_id, with_notes, team=team)
    copy_given.send(sender=Share, share=share)
    record(share.organisation_id, Verb.COPY_GIVEN, share, kind=Kind.COPY, person=share.author_id)
    return share


@transactional
def share_with_person(
    assessment: Assessment, recipient: User, organisation_id: uuid.UUID, *, with_notes: bool
) -> Share:
    """Give a named person of the same organisation a copy."""
    author = assessment.rater
    both = Membership.objects.of(organisation_id).filter(user__in=[author, recipient])
    lock_organisation(organisation_id)
    if author is None or author == recipient or both.count() != 2:
        raise SharingError(_("Choose somebody of your organisation."))
    share = _give(assessment, author, organisation_id, with_notes, recipient=recipient)
    record(share.organisation_id, Verb.COPY_GIVEN, share, kind=Kind.COPY, person=share.author_id)
    return share


def withdraw(share: Share) -> None:
    """Delete the copy: from the next request on nobody reads it. What a manager wrote on their own stays theirs."""
    _delete(Share.objects.filter(pk=share.pk), share.organisation_id)


@transactional
def erase_with_copies(assessment: Assessment) -> None:
    """Delete a report; its copies first, each organisation locked: a review there could be about to meet one."""
    copies = Share.objects.filter(source=assessment)
    for organisation_id in copies.order_by("organisation").values_list("organisation", flat=True).distinct():
        _delete(copies.filter(organisation=organisation_id), organisation_id)
    assessment.erase()


def withdraw_from_team(user: User, team: Team) -> None:
    """What leaving a team does to the copies given to its managers."""
    _delete(Share.objects.of(team).filter(author=user), team.organisation_id)


def withdraw_all_from_team(team: Team) -> None:
    """What closing a team does to them: all of its members' copies go."""
    _delete(Share.objects.of(team), team.organisation_id)


def withdraw_from_organisation(user: User, organisation_id: uuid.UUID) -> None:
    """What leaving an organisation does: copies given in it, and copies received in it, go."""
    given_or_received = Q(author=user) | Q(recipient=user)
    _delete(Share.objects.filter(given_or_received, organisation=organisation_id), organisation_id)


@transactional
def _delete(shares: QuerySet[Share], organisation_id: uuid.UUID) -> None:
    lock_organisation(organisation_id)
    going = list(shares.values_list("pk", "author_id"))
    Review.objects.filter(share__in=shares, revealed_at__isnull=False).update(withdrawn_at=timezone.now())
    shares.delete()
    record_all(organisation_id, [Entry(Verb.COPY_WITHDRAWN, Kind.COPY, pk, person=author) for pk, author in going])


def teams_of(user: User) -> list[OwnTeam]:
    """The active teams that a person is in, as they are now. Two statements; one for somebody in none."""
    memberships = Membership.objects.of(OuterRef("organisation")).filter(user=OuterRef("user"))
    current = TeamMembership.objects.current().filter(Exists(memberships))
    teams = [row.team for row in current.filter(user=user, team__closed_at__isnull=True).select_related("team")]
    managers: dict[uuid.UUID, list[User]] = {team.pk: [] for team in teams}
    if teams:
        rows = current.filter(team__in=teams, role=TeamMembership.Role.MANAGER).exclude(user=user)
        for row in rows.select_related("user"):
            managers[row.team_id].append(row.user)
    return [OwnTeam(team, tuple(managers[team.pk])) for team in sorted(teams, key=lambda team: team.name)]


def _is_member(user: User, team: Team) -> bool:
    return (
        Membership.objects.of(team.organisation_id).filter(user=user).exists()
        and TeamMembership.objects.of(team).filter(user=user, team__closed_at__isnull=True).exists()
    )


def _give(assessment: Assessment, author: User, organisation_id: uuid.UUID, with_notes: bool, **to: Any) -> Share:
    """Write the copy into the organisation of those it is for; an older copy of the same report is written over."""
    outcome = Outcome.objects.get(assessment=assessment)
    slugs = assessment.rubric.competency_slugs
    notes = {slugs[rating.competency_id]: rating.evidence for rating in assessment.ratings.all() if rating.evidence}
    copied = {
        "ladder_version_id": assessment.ladder_version_id,
        "held": assessment.held or "",
        "targets": assessment.targets,
        "specialisation": assessment.specialisation,
        "answers": outcome.answers,
        "notes": notes if with_notes else {},
        "result": outcome.result,
        "track": outcome.track,
        "place_low": outcome.place_low,
        "place_high": outcome.place_high,
        "submitted_at": assessment.submitted_at,
        "shared_at": timezone.now(),
    }
    share, _made = Share.objects.update_or_create(
        organisation_id=organisation_id, author=author, source=assessment, **to, defaults=copied
    )
    return share
