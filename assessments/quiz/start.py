"""Beginning a quiz: its page, and a new draft in the right space, prefilled on request."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import SESSION_KEY, Assessment, Rating
from assessments.models.assessment import rated_by
from assessments.quiz.forms import StartForm
from assessments.quiz.page import Quiz
from ladder.minutes import minutes
from ladder.models import current_rubric
from ladder.pages.schemes import chosen, rung_titles
from ladder.rubric import Rubric
from ladder.titles.titles import suggest
from people.database.transactions import transactional
from people.errors import PeopleError
from people.limits.limits import within
from people.models import VISITORS_ID, User
from people.organisations.lock import lock_organisation
from people.requests import Request

# What a visitor has in one browser, and what a person has begun and not handed in.
SESSION_MAX = 20
DRAFTS_MAX = 20


class DraftsError(PeopleError):
    """There are too many already, or too many were begun in a short time."""


def start_page(
    request: Request, begin: Callable[[HttpRequest, StartForm, Assessment | None], Assessment], **more: Any
) -> HttpResponse:
    """Ask for the level and the target, and `begin` a draft; every field may stay empty. `more` is for the template."""
    rubric = current_rubric()
    own = list(Assessment.objects.own_list(request)[: DRAFTS_MAX + 1])
    last = next((item for item in own if not item.is_draft), None)
    draft = next((item for item in own if item.is_draft), None)
    initial = _start_initial(request, rubric.levels, last)
    rungs = rung_titles(chosen(request, rubric))
    sent = request.POST if request.method == "POST" else None
    form = StartForm(sent, rubric=rubric, rungs=rungs, initial=initial)
    too_many = ""
    if form.is_valid():
        try:
            return redirect("show_quiz", begin(request, form, last).pk)
        except DraftsError as error:
            too_many = str(error)
    context = {
        "too_many": too_many,
        "form": form,
        "last": last,
        "draft": draft,
        "quiz": Quiz.of(draft) if draft else None,
        "titles": suggest(rubric.ladder, "", 80),
        "total": len(rubric.competencies),
        "minutes": minutes(rubric),
        "levels": rubric.levels,
        "section": "quiz",
        **more,
    }
    return render(request, "assessments/quiz/start.html", context, status=422 if form.errors or too_many else 200)


def _start_initial(request: HttpRequest, levels: Any, last: Assessment | None) -> dict[str, Any]:
    """What is known already: from the profile, else from the last run; what the address names comes first."""
    initial: dict[str, Any] = {"target": "next"}
    if request.user.is_authenticated and request.user.held_level in levels:
        initial |= {"level": request.user.held_level, "title": request.user.job_title}
    elif last and last.held in levels:
        initial |= {"level": last.held, "title": last.job_title, "specialisation": last.specialisation}
    if request.GET.get("target") in levels:
        initial["target"] = request.GET["target"]
    if request.GET.get("level") in levels:
        initial["level"] = request.GET["level"]
    if "title" in request.GET:
        # A link from the title look-up, cut to what the field takes; the form checks the rest.
        initial |= {"title": request.GET["title"].replace("\0", "")[:120], "level": request.GET.get("level", "")}
    return initial


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
    )


def _draft(request: HttpRequest, rubric: Rubric, *, prefill_from: Assessment | None, **choices: Any) -> Assessment:
    """A visitor's draft lies in the visitors' space, and only their session knows its id."""
    if not within(request, "begin"):
        raise DraftsError(_("That was a lot in a short time. Nothing was begun; wait a while, then try again."))
    user = request.user if request.user.is_authenticated else None
    if user is None and Assessment.objects.visible_to(request).count() >= SESSION_MAX:
        said = _("You have %(count)d quizzes and reports in this browser. Delete one, or log in to keep more.")
        raise DraftsError(said % {"count": SESSION_MAX})
    assessment = _make_draft(user, rubric, prefill_from, choices)
    if user is None:
        request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, []), str(assessment.pk)][-SESSION_MAX:]
    return assessment


@transactional
def _make_draft(
    user: User | None, rubric: Rubric, prefill_from: Assessment | None, choices: dict[str, Any]
) -> Assessment:
    if user:
        lock_organisation(user.home_id)
        mine = Assessment.objects.filter(rated_by(user.pk, user.home_id), kind=Assessment.Kind.SELF)
        if mine.filter(status=Assessment.Status.DRAFT).count() >= DRAFTS_MAX:
            said = _("You have %(count)d quizzes in progress. Go on with one of them, or delete one.")
            raise DraftsError(said % {"count": DRAFTS_MAX})
    assessment = Assessment(
        organisation_id=user.home_id if user else VISITORS_ID,
        ladder_version_id=rubric.key,
        subject=user,
        rater=user,
        **choices,
    )
    assessment.asked = list(assessment.first_asked)
    assessment.save(force_insert=True)
    if prefill_from:
        prefill(assessment, prefill_from)
    return assessment


def prefill(assessment: Assessment, last: Assessment) -> None:
    """Copy the answers of an earlier run that the new version has a place for; lines of evidence stay in any case."""
    rubric = assessment.rubric
    keys, shared = rubric.competency_keys, frozenset(rubric.shared_with(last.rubric))
    slugs = last.rubric.competency_slugs

    def step(rating: Rating) -> int | None:
        slug = slugs[rating.competency_id]
        fits = slug in shared and rating.step in {0, *rubric.competencies[slug].described}
        return rating.step if fits else None

    now = timezone.now()
    Rating.objects.bulk_create(
        Rating(
            organisation_id=assessment.organisation_id,
            assessment=assessment,
            competency_id=keys[slugs[rating.competency_id]],
            step=step(rating),
            no_chance=rating.no_chance,
            evidence=rating.evidence,
            updated_at=now,
        )
        for rating in last.ratings.all()
        if slugs[rating.competency_id] in keys
    )
