"""Saving one answer: one request, one statement, nothing lost and nothing overwritten unseen.

Each page that shows a question carries the revision it saw, a name of its own (`page`) and a count of its saves.
The statement writes when the stored revision is the one that the page saw, or when the same page wrote last and
this save is newer than its last. A save that comes twice is answered like the first time; one that arrives late,
after a newer save of the same page, changes nothing; anything else is a conflict for the person to decide.
"""

from dataclasses import dataclass

from django.db import IntegrityError, connection
from django.utils import timezone

from assessments.models import Assessment, FrozenError, Rating
from assessments.scoring.values import NO_CHANCE, Answer
from people.ids import uuid7

_UPSERT = """
INSERT INTO assessments_rating
    (id, organisation_id, assessment_id, competency_id, step, no_chance, evidence, revision, page, page_save,
     created_at, updated_at)
SELECT %s, organisation_id, id, %s, %s, %s, %s, 1, %s, %s, %s, %s
FROM assessments_assessment WHERE id = %s AND organisation_id = %s AND status = 'draft'
ON CONFLICT (organisation_id, assessment_id, competency_id) DO UPDATE SET
    step = CASE WHEN %s THEN assessments_rating.step ELSE excluded.step END,
    no_chance = CASE WHEN %s THEN assessments_rating.no_chance ELSE excluded.no_chance END,
    evidence = CASE WHEN %s THEN assessments_rating.evidence ELSE excluded.evidence END,
    revision = assessments_rating.revision + 1, page = excluded.page, page_save = excluded.page_save,
    updated_at = excluded.updated_at
WHERE %s OR assessments_rating.revision = %s
    OR (excluded.page <> '' AND assessments_rating.page = excluded.page
        AND assessments_rating.page_save < excluded.page_save)
RETURNING revision
"""


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What a page sends and what it knew.

    answer, evidence   None was not sent, and leaves the stored value alone
    revision           the revision that the page saw, 0 for none; None writes without asking
    page, page_save    the name of the page and the count of its saves
    """

    answer: Answer | None = None
    evidence: str | None = None
    revision: int | None = None
    page: str = ""
    page_save: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    revision: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody wrote in between; `stored` is what they said."""

    stored: Rating


def save_answer(assessment: Assessment, competency_key: int, said: SentAnswer) -> Saved | Conflict:
    """Save one answer of a draft: one statement when all is well. Raises FrozenError when it is submitted."""
    revision = _upsert(assessment, competency_key, said)
    if revision is not None:
        return Saved(revision)
    stored = Rating.objects.filter(
        organisation=assessment.organisation_id,
        assessment=assessment.pk,
        assessment__status=Assessment.Status.DRAFT,
        competency=competency_key,
    ).first()
    if stored is None:
        raise FrozenError
    same = said.answer in {None, stored.answer} and said.evidence in {None, stored.evidence}
    late = bool(said.page) and stored.page == said.page and stored.page_save >= said.page_save > 0
    return Saved(stored.revision) if same or late else Conflict(stored)


def _upsert(assessment: Assessment, competency_key: int, said: SentAnswer) -> int | None:
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    step = None if said.answer == NO_CHANCE else said.answer
    values = [
        *(uuid7(), competency_key, step, said.answer == NO_CHANCE, said.evidence or "", said.page, said.page_save),
        *(adapt(now), adapt(now), assessment.pk, assessment.organisation_id),
        *(said.answer is None, said.answer is None, said.evidence is None),
        *(said.revision is None, said.revision or 0),
    ]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_UPSERT, values)
            row = cursor.fetchone()
    except IntegrityError as error:
        # A trigger refused: since we looked, it was submitted, or claimed by somebody who logged in.
        draft = Assessment.objects.filter(
            pk=assessment.pk, organisation=assessment.organisation_id, status=Assessment.Status.DRAFT
        )
        if not draft.exists():
            raise FrozenError from error
        raise
    return row[0] if row else None
