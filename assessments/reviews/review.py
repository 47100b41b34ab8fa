"""A review from its start to its sign-off, and its one rule: neither side sees the other's before both are there.

Every change of a review happens under a lock on its row: without it, two submits at the same moment would reveal twice
or not at all. Where copies come and go as well, the organisation's lock is taken first; the other order would deadlock.
"""

import datetime
import uuid

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import (
    Agenda,
    Assessment,
    Commitment,
    CopyReader,
    Opening,
    Outcome,
    Review,
    Round,
    Share,
    SupportAccess,
)
from assessments.openings import note_open_to
from assessments.report import words
from assessments.reviews.mail import tell_both
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.raters import lacking
from assessments.scoring.rule import asked_first
from assessments.signals import copy_given, signed_off
from ladder.models import OrganisationLadder, current_rubric, rubric_of
from ladder.rubric import Rubric
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.models import Team, TeamMembership, User
from people.organisations.lock import lock_organisation
from people.policy import State
from people.standing import manages


class ReviewError(Exception):
    """This can't be done now; the message is a sentence for the person."""


class LevelError(ReviewError):
    """The ladder has no level of this name, or none was named."""

    def __init__(self) -> None:
        super().__init__(_("Say which level you rate against."))


@transactional
def open_review(team: Team, subject: User, manager: User, *, in_round: Round | None = None) -> Review:
    """The open review of this pair; a new one where there is none, with the member's newest copy for this manager that
    none has met. One from an earlier time as a manager is over.

    Raises ReviewError when the person has left the team.
    """
    # Without the lock two clicks at once would open two, or the member could leave the team in between.
    lock_organisation(team.organisation_id)
    if not TeamMembership.objects.of(team).filter(user=subject, team__closed_at__isnull=True).exists():
        raise ReviewError(_("This person is not in the team any more."))
    found = of_pair(team, subject.pk, manager.pk).select_for_update().order_by("-opened_at").first()
    if found and not found.is_signed_off:
        return found
    review = Review.objects.create(
        organisation_id=team.organisation_id,
        team=team,
        subject=subject,
        manager=manager,
        round=in_round,
        share=_newest_unmet(team, subject.pk, manager.pk),
    )
    _record(Verb.REVIEW_OPENED, review)
    return review


@transactional
def choose(review: Review, choice: Review.Choice) -> None:
    """Rate first or read now. Reading now can't be taken back. Raises ReviewError where a round rules it out."""
    locked = _lock(review)
    if locked.state != State.BLIND or locked.choice == Review.Choice.READ_NOW:
        return
    if choice == Review.Choice.READ_NOW:
        if _copy_of(locked) is None:
            raise ReviewError(_("There is nothing to read yet."))
        if must_be_blind(locked):
            raise ReviewError(_("In this round managers rate before they read."))
        if _is_rated(locked):
            raise ReviewError(_("Your review is in; it opens to both as soon as the member shares."))
    locked.choice = review.choice = choice
    locked.save(update_fields=["choice"])
    _note_reading(locked)


@transactional
def start_rating(review: Review, level: str = "") -> Assessment:
    """The manager's draft, against the level that they name, on the organisation's ladder.

    Nothing of it follows the member's copy: the order of the questions, or which are there, would tell of it before it
    is open. Raises ReviewError where there is no draft yet and the ladder has no such level.
    """
    locked = _lock(review)
    if locked.assessment:
        return locked.assessment
    rubric = rubric_for(locked.organisation_id)
    if level not in rubric.levels:
        raise LevelError
    locked.level, locked.level_from = level, Review.LevelFrom.SAID
    locked.assessment = Assessment.objects.create(
        organisation_id=locked.organisation_id,
        ladder_version_id=rubric.key,
        kind=Assessment.Kind.MANAGER,
        subject_id=locked.subject_id,
        rater_id=locked.manager_id,
        team_id=locked.team_id,
        held_level_id=rubric.level_keys[level],
        targets=list(rubric.next_levels[level]),
        asked=list(asked_first(scoring_ladder(rubric), level)),
    )
    if locked.choice == Review.Choice.NONE:
        locked.choice = Review.Choice.RATE_FIRST
    locked.save(update_fields=["assessment", "choice", "level", "level_from"])
    review.assessment, review.choice, review.level = locked.assessment, locked.choice, locked.level
    return locked.assessment


@transactional
def submit_review(review: Review, *, at: datetime.datetime, level: str = "") -> None:
    """Freeze the manager's answers; when the member's copy is there, both see both from now on.

    `level` is what they name now; "" leaves it as it is. Does nothing when the answers are frozen already. Raises
    ReviewError where they leave out too much at that level, or it has none.
    """
    # A copy that is taken back at this moment would otherwise be met and gone.
    lock_organisation(review.organisation_id)
    locked = _lock(review)
    # Locked before it is looked at: an answer that is just being taken back would slip by.
    drafts = Assessment.objects.select_for_update().filter(organisation=locked.organisation_id)
    key = locked.assessment_id
    draft = drafts.filter(pk=key, status=Assessment.Status.DRAFT).first() if key else None
    if draft is None:
        return
    _set_level(locked, draft, level or locked.level)
    if found := lacking(scoring_ladder(draft.rubric), draft.answers(), locked.level):
        raise ReviewError(words.still_needed(draft.rubric, locked.level, found))
    draft.submit(at=at)
    locked.assessment = draft
    locked.is_blind = locked.choice != Review.Choice.READ_NOW
    if locked.share is None:
        locked.share = _newest_unmet(locked.team, locked.subject_id, locked.manager_id)
    locked.save(update_fields=["is_blind", "share", "level", "level_from"])
    _record(Verb.REVIEW_SUBMITTED, locked)
    meet(locked)
    review.refresh_from_db()


def _set_level(locked: Review, draft: Assessment, level: str) -> None:
    if level not in draft.rubric.levels:
        raise LevelError
    if level != locked.level:
        locked.level, locked.level_from = level, Review.LevelFrom.SAID
        draft.held_level_id = draft.rubric.level_keys[level]
        draft.targets = list(draft.rubric.next_levels[level])
        draft.save(update_fields=["held_level", "targets"])


def copy_lacks(review: Review) -> str:
    """What the member's copy leaves out too much of to meet the review, in a sentence; "" when it is enough."""
    if review.share is None or review.assessment is None:
        return ""
    rubric = review.assessment.rubric
    # A review that was submitted before managers named the level is against the one it was scored for.
    level = review.level or review.assessment.held or next(iter(rubric.levels))
    shared = rubric.shared_with(review.share.rubric)
    given = {slug: review.share.answers.get(theirs) for slug, theirs in shared.items()}
    found = lacking(scoring_ladder(rubric), given, level, shared)
    return words.still_needed(rubric, level, found) if found else ""


def waits_for_more(review: Review) -> bool:
    """Whether the member has given its manager a copy that leaves out too much."""
    return _copy_of(review) is not None and bool(copy_lacks(review))


def meet(review: Review) -> None:
    """Reveal the two sides when both are there and say enough.

    The caller holds the review's lock: two at once would reveal twice.
    """
    share = _copy_of(review)
    if not _is_rated(review) or review.revealed_at or share is None or copy_lacks(review):
        return
    review.revealed_at = timezone.now()
    review.source_id = share.source_id
    if review.is_blind and _had_read(review):
        review.is_blind = False
    review.save(update_fields=["revealed_at", "source", "is_blind"])
    Agenda.objects.get_or_create(review=review, defaults={"organisation_id": review.organisation_id})
    _open_copy(review)
    _record(Verb.REVIEW_REVEALED, review)
    transaction.on_commit(lambda: tell_both(review.pk), robust=True)


@receiver(copy_given)
def bring_to_reviews(share: Share, **_kwargs: object) -> None:
    """Give a new copy to its readers' reviews that wait for one, and to those that met this very snapshot before.

    A review that was revealed with another snapshot keeps it; the new copy waits for a new review. Assessments are
    fetched after the lock: a join would show them as they were before a submit that the lock waited for.
    """
    reviews = (
        Review.objects.select_for_update(of=("self",))
        .prefetch_related("assessment")
        .filter(organisation=share.organisation_id, team=share.team_id, subject=share.author_id)
        .filter(
            Exists(CopyReader.objects.of(share, OuterRef("manager"))), manages(OuterRef("manager"), since="opened_at")
        )
        .filter(
            Q(revealed_at__isnull=True, share__isnull=True)
            | Q(revealed_at__isnull=True, share=share)
            | Q(revealed_at__isnull=True, share__submitted_at__lt=share.submitted_at)
            # The corrected copy of a report whose other one has met a review already.
            | Q(revealed_at__isnull=True, share__submitted_at=share.submitted_at, share__shared_at__lt=share.shared_at)
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
        if review.revealed_at:
            _open_copy(review)
        meet(review)


def _is_rated(review: Review) -> bool:
    return review.assessment is not None and not review.assessment.is_draft


def _note_reading(review: Review) -> None:
    """A copy that the manager chose to read stands in their matrix from now on, whether or not they open its page."""
    if review.choice == Review.Choice.READ_NOW and review.share and review.manager_id:
        note_open_to(review.share, review.manager_id)
        _open_copy(review)


def _copy_of(review: Review) -> Share | None:
    """The copy that the review is to meet, if it names the manager."""
    share = review.share
    return share if share and CopyReader.objects.of(share, review.manager_id).exists() else None


def _open_copy(review: Review) -> None:
    """The manager reads the copy from now on, if it names them."""
    reading = CopyReader.objects.filter(organisation=review.organisation_id, copy=review.share, reader=review.manager)
    reading.filter(open_since__isnull=True).update(open_since=timezone.now())


def round_now(organisation_id: uuid.UUID) -> Round | None:
    """The round that is open in an organisation today; of several, the one that started last; None without one."""
    found = Round.objects.filter(organisation=organisation_id, closed_at__isnull=True).order_by("-starts_on", "-pk")
    return next((item for item in found if item.has_begun), None)


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


def of_pair(team: Team, subject: uuid.UUID | None, manager: uuid.UUID | None) -> QuerySet[Review]:
    """This manager's reviews of a member in this team, since they manage it."""
    pair = {"organisation": team.organisation_id, "team": team, "subject": subject, "manager": manager}
    return Review.objects.filter(manages(OuterRef("manager"), since="opened_at"), **pair)


def _lock(review: Review) -> Review:
    """The locked row as it is now. Without joins: they would show other rows as they were before the wait."""
    return Review.objects.select_for_update().get(pk=review.pk, organisation=review.organisation_id)


def _had_read(review: Review) -> bool:
    """Whether the manager had read these answers before they submitted: in any organisation, by whichever way.

    Any report that says the same counts, and one that says half of it: with a few answers changed it is still read. Of
    what the two met in before, in this organisation, only one that says all the same does: that was their last talk.
    """
    at = review.assessment.submitted_at if review.assessment else None
    pair = {"subject": review.subject_id, "manager": review.manager_id}
    talks = Review.objects.filter(**pair, revealed_at__lte=at).exclude(pk=review.pk)
    openings = Opening.objects.filter(author=review.subject_id, reader=review.manager_id, first_at__lte=at)
    # Whom a copy names may read it at once, and has not until they open it; the others chose to, or asked.
    given = CopyReader.objects.exclude(why=CopyReader.Why.NAMED)
    given = given.filter(copy__author=review.subject_id, reader=review.manager_id, open_since__lte=at)
    for_support = SupportAccess.objects.filter(person=review.subject_id, staff=review.manager_id, opened_at__lte=at)
    read = Q(assessment__in=talks.values("source")) | Q(assessment__in=openings.values("source"))
    read |= Q(assessment__in=for_support.values("assessment")) | Q(assessment__in=given.values("copy__source"))
    last_talks = set(talks.filter(organisation=review.organisation_id).values_list("source", flat=True))
    now = review.share.answers if review.share else {}
    report = review.source.report_id if review.source else None
    rows = Outcome.objects.filter(read).values_list("assessment", "assessment__chain", "answers")
    for source, chain, then in rows:
        both = now.keys() & then.keys()
        same = sum(now[slug] == then[slug] for slug in both)
        is_half = same * 2 >= len(now) and source not in last_talks
        # Of the same report counts any row: they differ in what was corrected.
        if (chain or source) == report or (same and (is_half or same == len(both))):
            return True
    return False


def _unsign(review: Review) -> None:
    if review.signed_by_subject_at or review.signed_by_manager_at:
        review.signed_by_subject_at = review.signed_by_manager_at = None
        review.save(update_fields=["signed_by_subject_at", "signed_by_manager_at"])


def _newest_unmet(team: Team, subject: uuid.UUID | None, manager: uuid.UUID | None) -> Share | None:
    """The member's newest copy in this team that names this manager and that no review of this pair has met."""
    met = Review.objects.filter(organisation=team.organisation_id, team=team, subject=subject, manager=manager)
    return (
        Share.objects.of(team)
        .filter(Exists(CopyReader.objects.of(OuterRef("pk"), manager)), author=subject)
        .exclude(pk__in=met.exclude(share=None).values("share"))
        .order_by("-submitted_at", "-shared_at")
        .first()
    )
