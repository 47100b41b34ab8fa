"""A review from its start to its sign-off, and its one rule: neither side sees the other's before both are there.

Every change of a review happens under a lock on its row: without it, two submits at the same moment would reveal twice
or not at all. Where copies come and go as well, the organisation's lock is taken first; the other order would deadlock.
"""

import datetime
import uuid

from django.db import transaction
from django.db.models import F, Q
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Agenda, Assessment, Commitment, Opening, Review, Round, Share
from assessments.openings import note_open_to
from assessments.reviews.mail import tell_both
from assessments.signals import copy_given, signed_off
from ladder.models import OrganisationLadder, current_rubric, rubric_of
from ladder.rubric import Rubric
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.models import Team, TeamMembership, User
from people.organisations.lock import lock_organisation
from people.policy import State


class ReviewError(Exception):
    """This can't be done now; the message is a sentence for the person."""


@transactional
def open_review(team: Team, subject: User, manager: User, *, in_round: Round | None = None) -> Review:
    """The open review of this pair; a new one where there is none, with the member's newest copy that none has met.

    Raises ReviewError when the person has left the team.
    """
    pair = {"organisation_id": team.organisation_id, "team": team, "subject": subject, "manager": manager}
    # Without the lock two clicks at once would open two, or the member could leave the team in between.
    lock_organisation(team.organisation_id)
    if not TeamMembership.objects.of(team).filter(user=subject, team__closed_at__isnull=True).exists():
        raise ReviewError(_("This person is not in the team any more."))
    found = Review.objects.select_for_update().filter(**pair).order_by("-opened_at").first()
    if found and not found.is_signed_off:
        return found
    review = Review.objects.create(**pair, round=in_round, share=_newest_unmet(team, subject.pk, manager.pk))
    _record(Verb.REVIEW_OPENED, review)
    return review


@transactional
def choose(review: Review, choice: Review.Choice) -> None:
    """Rate first or read now. Reading now can't be taken back. Raises ReviewError where a round rules it out."""
    locked = _lock(review)
    if locked.state != State.BLIND or locked.choice == Review.Choice.READ_NOW:
        return
    if choice == Review.Choice.READ_NOW:
        if locked.share_id is None:
            raise ReviewError(_("There is nothing to read yet."))
        if must_be_blind(locked):
            raise ReviewError(_("In this round managers rate before they read."))
        if _is_rated(locked):
            raise ReviewError(_("Your review is in; it opens to both as soon as the member shares."))
    locked.choice = review.choice = choice
    locked.save(update_fields=["choice"])
    _note_reading(locked)


@transactional
def start_rating(review: Review) -> Assessment:
    """The manager's draft, on the ladder version of the member's copy, else on the organisation's."""
    locked = _lock(review)
    if locked.assessment:
        return locked.assessment
    rubric = rubric_of(locked.share.ladder_version_id) if locked.share else rubric_for(locked.organisation_id)
    held, targets, specialisation = _aims(locked, rubric)
    locked.assessment = Assessment.objects.create(
        organisation_id=locked.organisation_id,
        ladder_version_id=rubric.key,
        kind=Assessment.Kind.MANAGER,
        subject_id=locked.subject_id,
        rater_id=locked.manager_id,
        team_id=locked.team_id,
        held_level_id=rubric.level_keys[held] if held else None,
        targets=targets,
        specialisation=specialisation,
        length=Assessment.Length.FULL,
    )
    if locked.choice == Review.Choice.NONE:
        locked.choice = Review.Choice.RATE_FIRST
    locked.save(update_fields=["assessment", "choice"])
    review.assessment, review.choice = locked.assessment, locked.choice
    return locked.assessment


@transactional
def submit_review(review: Review, *, at: datetime.datetime) -> None:
    """Freeze the manager's answers; when the member's copy is there, both see both from now on.

    Does nothing when they are frozen already.
    """
    # A copy that is taken back at this moment would otherwise be met and gone.
    lock_organisation(review.organisation_id)
    locked = _lock(review)
    if locked.assessment is None or not locked.assessment.submit(at=at):
        return
    locked.is_blind = locked.choice != Review.Choice.READ_NOW
    if locked.share is None:
        locked.share = _newest_unmet(locked.team, locked.subject_id, locked.manager_id)
    locked.save(update_fields=["is_blind", "share"])
    _record(Verb.REVIEW_SUBMITTED, locked)
    meet(locked)
    review.refresh_from_db()


def meet(review: Review) -> None:
    """Reveal the two sides when both are there. The caller holds the review's lock: two at once would reveal twice."""
    if not _is_rated(review) or review.revealed_at or review.share is None:
        return
    review.revealed_at = timezone.now()
    review.source_id = review.share.source_id
    if review.is_blind and _had_read(review):
        review.is_blind = False
    review.save(update_fields=["revealed_at", "source", "is_blind"])
    Agenda.objects.get_or_create(review=review, defaults={"organisation_id": review.organisation_id})
    _record(Verb.REVIEW_REVEALED, review)
    transaction.on_commit(lambda: tell_both(review.pk), robust=True)


@receiver(copy_given)
def bring_to_reviews(share: Share, **_kwargs: object) -> None:
    """Give a new copy to the reviews that wait for one, and to those that met this very snapshot before.

    A review that was revealed with another snapshot keeps it; the new copy waits for a new review. Assessments are
    fetched after the lock: a join would show them as they were before a submit that the lock waited for.
    """
    reviews = (
        Review.objects.select_for_update(of=("self",))
        .prefetch_related("assessment")
        .filter(organisation=share.organisation_id, team=share.team_id, subject=share.author_id)
        .filter(
            Q(revealed_at__isnull=True, share__isnull=True)
            | Q(revealed_at__isnull=True, share__submitted_at__lt=share.submitted_at)
            | Q(share__isnull=True, source=share.source_id)
        )
    )
    for review in reviews:
        review.share, review.withdrawn_at = share, None
        if review.choice == Review.Choice.READ_NOW and not _is_rated(review) and must_be_blind(review):
            # The choice was for an earlier copy. A round that began since forbids it for this one.
            review.choice = Review.Choice.RATE_FIRST if review.assessment else Review.Choice.NONE
        review.save(update_fields=["share", "withdrawn_at", "choice"])
        _note_reading(review)
        meet(review)


def _is_rated(review: Review) -> bool:
    return review.assessment is not None and not review.assessment.is_draft


def _note_reading(review: Review) -> None:
    """A copy that the manager chose to read stands in their matrix from now on, whether or not they open its page."""
    if review.choice == Review.Choice.READ_NOW and review.share and review.manager_id:
        note_open_to(review.share, review.manager_id)


def round_now(organisation_id: uuid.UUID) -> Round | None:
    """The round that is open in an organisation today; of several, the one that started last; None without one."""
    today = timezone.localdate()
    return (
        Round.objects.filter(organisation=organisation_id, starts_on__lte=today, closed_at__isnull=True)
        .order_by("-starts_on", "-pk")
        .first()
    )


def must_be_blind(review: Review) -> bool:
    """Whether the review's round, or the one open now, asks managers to rate before they read."""
    now = round_now(review.organisation_id)
    return any(item is not None and item.requires_blind for item in (review.round, now))


type AgreedStep = tuple[str, str, datetime.date | None]
"""An agreed step: what, the competency's slug or "", until when."""


@transactional
def save_talk(
    review: Review,
    by: User,
    *,
    text: str | None = None,
    seen: int = 0,
    rows: list[AgreedStep] | None = None,
    signed_at: datetime.datetime | None = None,
) -> None:
    """Save the shared note and the agreed steps, at most three, each when it is given; then sign, when a moment is.

    A change takes back both signatures. The note stays as it is when its revision is not the one that was `seen`.
    Raises ReviewError once both have signed.
    """
    locked = _lock(review)
    if locked.state != State.REVEALED:
        raise ReviewError(_("It is signed off and no longer changes."))
    if text is not None:
        agenda = Agenda.objects.filter(review=locked, organisation=locked.organisation_id, revision=seen)
        if agenda.update(text=text, revision=F("revision") + 1, saved_by=by, saved_at=timezone.now()):
            _unsign(locked)
    if rows is not None:
        _set_commitments(locked, rows)
    if signed_at:
        _sign(locked, by, at=signed_at)
    review.refresh_from_db()


def _set_commitments(locked: Review, rows: list[AgreedStep]) -> None:
    locked.commitments.all().delete()
    Commitment.objects.bulk_create(
        Commitment(
            organisation_id=locked.organisation_id,
            review=locked,
            position=n,
            text=text,
            competency=competency,
            due_on=due,
        )
        for n, (text, competency, due) in enumerate(rows, start=1)
    )
    _unsign(locked)


def _sign(locked: Review, by: User, *, at: datetime.datetime) -> None:
    """Sign off for one side. With the second signature the database freezes agenda and steps; `signed_off` is sent."""
    name = "signed_by_subject_at" if by.pk == locked.subject_id else "signed_by_manager_at"
    is_new = getattr(locked, name) is None
    if is_new:
        setattr(locked, name, at)
        locked.save(update_fields=[name])
    if locked.is_signed_off:
        signed_off.send(sender=Review, review=locked)
    if is_new:
        _record(Verb.REVIEW_SIGNED, locked)


def rubric_for(organisation_id: uuid.UUID) -> Rubric:
    """The ladder version that an organisation works with."""
    chosen = (
        OrganisationLadder.objects.filter(organisation=organisation_id).values_list("ladder_version", flat=True).first()
    )
    return rubric_of(chosen) if chosen else current_rubric()


def _record(verb: Verb, review: Review) -> None:
    record(review.organisation_id, verb, review, kind=Kind.REVIEW, person=review.subject_id)


def _lock(review: Review) -> Review:
    """The locked row as it is now. Without joins: they would show other rows as they were before the wait."""
    return Review.objects.select_for_update().get(pk=review.pk, organisation=review.organisation_id)


def _had_read(review: Review) -> bool:
    """Whether the manager saw this snapshot before they submitted: in a copy of their own, or in another review."""
    submitted_at = review.assessment.submitted_at if review.assessment else None
    snapshot = {"organisation": review.organisation_id, "source": review.source_id}
    openings = Opening.objects.filter(**snapshot, reader=review.manager_id, first_at__lte=submitted_at)
    reviews = Review.objects.filter(**snapshot, manager=review.manager_id, revealed_at__lte=submitted_at)
    return openings.exists() or reviews.exclude(pk=review.pk).exists()


def _unsign(review: Review) -> None:
    if review.signed_by_subject_at or review.signed_by_manager_at:
        review.signed_by_subject_at = review.signed_by_manager_at = None
        review.save(update_fields=["signed_by_subject_at", "signed_by_manager_at"])


def _newest_unmet(team: Team, subject: uuid.UUID | None, manager: uuid.UUID | None) -> Share | None:
    """The member's newest copy for this team that no review of this pair has met."""
    met = Review.objects.filter(organisation=team.organisation_id, team=team, subject=subject, manager=manager)
    return (
        Share.objects.of(team)
        .filter(author=subject)
        .exclude(pk__in=met.exclude(share=None).values("share"))
        .order_by("-submitted_at")
        .first()
    )


def _aims(review: Review, rubric: Rubric) -> tuple[str | None, list[str], str]:
    """Slugs of level, targets and specialisation: as the member shared them, else from their profile.

    Those that the review's ladder does not have are left out.
    """
    share = review.share
    said = share.held if share else review.subject.held_level if review.subject else ""
    held = said if said in rubric.levels else None
    if share:
        return held, [slug for slug in share.targets if slug in rubric.levels], share.specialisation
    return held, list(rubric.next_levels[held]) if held else [], ""
