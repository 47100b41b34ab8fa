"""Beginning a quiz: a new draft in the right space, prefilled on request."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from assessments.models import SESSION_KEY, Assessment, Rating
from assessments.quiz.forms import StartForm
from ladder.rubric import Rubric
from people.database.transactions import transactional
from people.models import VISITORS_ID, User

# A session that named every draft would grow without end; older ones stay until they are deleted as abandoned.
SESSION_MAX = 20


def start(request: HttpRequest, form: StartForm, last: Assessment | None) -> Assessment:
    """Make the draft that a filled-in start form asks for."""
    held = form.held()
    return _draft(
        request,
        form.rubric,
        prefill_from=last if form.cleaned_data["prefill"] else None,
        held_level_id=form.rubric.level_keys[held] if held else None,
        job_title=form.cleaned_data["title"],
        targets=form.targets(),
        specialisation=form.cleaned_data["specialisation"],
        length=form.cleaned_data["length"] or Assessment.Length.QUICK,
    )


def start_again(request: HttpRequest, last: Assessment) -> Assessment:
    """Make a draft with the answers and choices of an earlier run, against the same version."""
    return _draft(
        request,
        last.rubric,
        prefill_from=last,
        held_level_id=last.held_level_id,
        job_title=last.job_title,
        targets=last.targets,
        specialisation=last.specialisation,
        length=Assessment.Length.FULL,
    )


def _draft(request: HttpRequest, rubric: Rubric, *, prefill_from: Assessment | None, **choices: Any) -> Assessment:
    """A visitor's draft lies in the visitors' space, and only their session knows its id."""
    user = request.user if request.user.is_authenticated else None
    assessment = _make_draft(user, rubric, prefill_from, choices)
    if user is None:
        request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, []), str(assessment.pk)][-SESSION_MAX:]
    return assessment


@transactional
def _make_draft(
    user: User | None, rubric: Rubric, prefill_from: Assessment | None, choices: dict[str, Any]
) -> Assessment:
    assessment = Assessment.objects.create(
        organisation_id=user.home_id if user else VISITORS_ID,
        ladder_version_id=rubric.key,
        subject=user,
        rater=user,
        **choices,
    )
    if prefill_from:
        prefill(assessment, prefill_from)
    return assessment


def prefill(assessment: Assessment, last: Assessment) -> None:
    """Copy the answers of an earlier run, without those to competencies that the new version lacks."""
    keys = assessment.rubric.competency_keys
    slugs = last.rubric.competency_slugs
    now = timezone.now()
    Rating.objects.bulk_create(
        Rating(
            organisation_id=assessment.organisation_id,
            assessment=assessment,
            competency_id=keys[slugs[rating.competency_id]],
            step=rating.step,
            no_chance=rating.no_chance,
            evidence=rating.evidence,
            updated_at=now,
        )
        for rating in last.ratings.all()
        if slugs[rating.competency_id] in keys
    )
