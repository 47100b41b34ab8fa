"""Giving a copy of a submitted self-assessment, and taking it back."""

import uuid

from django.db import transaction
from django.utils import timezone

from assessments.models import Assessment, Opening, Outcome, Review, Share
from assessments.reviewing import meet
from people.models import Membership, Team, TeamMembership, User


class SharingError(Exception):
    """The copy can't be given; the message is a sentence for the person."""


def share_with_team(assessment: Assessment, team: Team, *, with_notes: bool) -> Share:
    """Give the managers of a team a copy. Giving it twice gives it once, with the notes as said last.

    Raises SharingError when the author is not a member of the team (any more).
    """
    author = assessment.rater
    if author is None or not _is_member(author, team):
        raise SharingError("Only members of a team share with its managers.")
    with transaction.atomic():
        share, _ = Share.objects.update_or_create(
            organisation_id=team.organisation_id,
            team=team,
            author=author,
            source=assessment,
            defaults=_copy(assessment, with_notes=with_notes),
        )
        # Locking the reviews makes this and a manager's submit at the same time reveal once.
        reviews = Review.objects.select_for_update().filter(
            organisation=team.organisation_id, team=team, subject=author, share__isnull=True
        )
        for review in reviews:
            if review.is_signed_off:
                continue
            review.share = share
            review.save(update_fields=["share"])
            meet(review)
    return share


def share_with_person(
    assessment: Assessment, recipient: User, organisation_id: uuid.UUID, *, with_notes: bool
) -> Share:
    """Give a named person of the same organisation a copy."""
    author = assessment.rater
    both = Membership.objects.filter(organisation=organisation_id, user__in=[author, recipient], left_at__isnull=True)
    if author is None or author == recipient or both.count() != 2:
        raise SharingError("Choose somebody of your organisation.")
    share, _ = Share.objects.update_or_create(
        organisation_id=organisation_id,
        recipient=recipient,
        author=author,
        source=assessment,
        defaults=_copy(assessment, with_notes=with_notes),
    )
    return share


def withdraw(share: Share) -> None:
    """Delete the copy: from the next request on nobody reads it. What a manager wrote on their own stays theirs."""
    share.delete()


def withdraw_from_team(user: User, team: Team) -> None:
    """What leaving a team, or closing it, does to the copies given to its managers."""
    Share.objects.filter(organisation=team.organisation_id, team=team, author=user).delete()


def withdraw_from_organisation(user: User, organisation_id: uuid.UUID) -> None:
    """What leaving an organisation does: copies given in it, and copies received in it, go."""
    Share.objects.filter(organisation=organisation_id, author=user).delete()
    Share.objects.filter(organisation=organisation_id, recipient=user).delete()


def note_opening(share: Share, reader: User) -> None:
    """Write into the author's ledger that somebody opened their copy."""
    now = timezone.now()
    opening, made = Opening.objects.get_or_create(
        organisation_id=share.organisation_id,
        source_id=share.source_id,
        reader=reader,
        defaults={"author_id": share.author_id, "first_at": now, "last_at": now},
    )
    if not made:
        opening.last_at = now
        opening.times += 1
        opening.save(update_fields=["last_at", "times"])


def _is_member(user: User, team: Team) -> bool:
    return (
        team.closed_at is None
        and Membership.objects.filter(organisation=team.organisation_id, user=user, left_at__isnull=True).exists()
        and TeamMembership.objects.filter(
            organisation=team.organisation_id, team=team, user=user, left_at__isnull=True
        ).exists()
    )


def _copy(assessment: Assessment, *, with_notes: bool) -> dict[str, object]:
    outcome = Outcome.objects.get(assessment=assessment)
    slugs = assessment.rubric.competency_slugs
    notes = {slugs[rating.competency_id]: rating.evidence for rating in assessment.ratings.all() if rating.evidence}
    return {
        "framework_id": assessment.framework_id,
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
