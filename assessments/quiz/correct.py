"""Correcting one answer of a submitted report. What was submitted does not change: a new row takes its place."""

import datetime
import uuid

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import Assessment, Opening, Rating, Review, shared_with
from assessments.report import words
from assessments.scoring.values import NO_CHANCE, Answer
from people.database.transactions import transactional
from people.errors import PeopleError
from people.ids import uuid7
from people.texts import isolated

CORRECTIONS_MAX = 100
"""Of one report: each keeps all answers once more."""


class CorrectionError(PeopleError):
    """It can't be corrected, or a correction can't be taken back."""


class OvertakenError(CorrectionError):
    """Another window has corrected the report meanwhile, or taken a correction back."""


@transactional
def correct(seen: Assessment, competency: str, answer: Answer, evidence: str) -> Assessment:
    """What the report says with one answer changed: a new row, frozen at once, with a result by today's rule.

    The same row when nothing is changed. Raises OvertakenError when `seen` is not what the report says now, and
    CorrectionError when there are too many already.
    """
    now = _lock_newest(seen)
    if Assessment.objects.chain_of(now).count() > CORRECTIONS_MAX:
        said = _("This report was corrected %(count)d times. Start a new one instead.")
        raise CorrectionError(said % {"count": CORRECTIONS_MAX})
    ratings = {rating.competency_id: rating for rating in now.ratings.all()}
    key = now.rubric.competency_keys[competency]
    rating = ratings.setdefault(key, Rating(competency_id=key, revision=0))
    if (rating.answer, rating.evidence) == (answer, evidence):
        return now
    rating.no_chance = answer == NO_CHANCE
    rating.step = None if answer == NO_CHANCE else int(answer)
    rating.evidence, rating.revision, rating.updated_at = evidence, rating.revision + 1, timezone.now()
    new = _draft_after(now)
    for item in ratings.values():
        item.pk, item.organisation_id, item.assessment_id = uuid7(), new.organisation_id, new.pk
    Rating.objects.bulk_create(ratings.values())
    assert now.submitted_at is not None  # noqa: S101  - _lock_newest finds submitted ones only
    new.submit(at=now.submitted_at)
    return new


def _lock_newest(seen: Assessment) -> Assessment:
    """The row as it is now, locked: of two corrections at once one waits here, and finds that it came late."""
    own = Assessment.objects.filter(organisation=seen.organisation_id)
    now = own.select_for_update().filter(pk=seen.pk, status=Assessment.Status.SUBMITTED).first()
    if now is None or own.filter(corrects=seen.pk).exists():
        raise OvertakenError(_("This report was corrected in another window."))
    return now


def _draft_after(corrected: Assessment) -> Assessment:
    """A draft that is the same in every column but those that make it a correction."""
    same = {field.attname: getattr(corrected, field.attname) for field in Assessment._meta.concrete_fields}  # noqa: SLF001
    # A clock that was set back must not put it before what it corrects.
    at = max(timezone.now(), corrected.started_at + datetime.timedelta(microseconds=1))
    new = Assessment(
        **same
        | {
            "id": uuid7(),
            "status": Assessment.Status.DRAFT,
            "submitted_at": None,
            "started_at": at,
            "corrects_id": corrected.pk,
            "chain": corrected.report_id,
        }
    )
    new.save(force_insert=True)
    return new


@transactional
def undo(correction: Assessment) -> None:
    """Delete a report's newest correction, so that it says again what it said before.

    Raises OvertakenError when it is not the newest any more, and CorrectionError when somebody else has it.
    """
    now = _lock_newest(correction)
    if not now.corrects_id:
        raise OvertakenError(_("This report was not corrected, or it was taken back already."))
    if why := why_kept(now):
        raise CorrectionError(why)
    now.erase()


def why_kept(correction: Assessment) -> str:
    """Why a correction can't be taken back, in a sentence: it was given to somebody, or read. "" when it can be."""
    if correction.rater_id is None:
        return ""
    if names := shared_with(correction, alone=True):
        said = _("The corrected report is shared with %(names)s. Take it back there first, or change the answer again.")
        return said % {"names": words.joined(map(isolated, names))}
    if readers := _readers(correction.pk, correction.rater_id):
        said = _("%(names)s could read the corrected report, so it stays. Change the answer again instead.")
        return said % {"names": words.joined(map(isolated, readers))}
    return ""


def _readers(row: uuid.UUID, author: uuid.UUID) -> list[str]:
    openings = Opening.objects.filter(source=row, author=author).select_related("reader")
    reviews = Review.objects.filter(Q(source=row), subject=author).select_related("manager")
    return sorted({*(item.reader_name for item in openings), *(item.manager_name for item in reviews)})
