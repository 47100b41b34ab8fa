"""Beginning a quiz: its page, and a new draft in the right space, prefilled on request."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from assessments.models import SESSION_KEY, Assessment, Rating
from assessments.models.assessment import rated_by
from assessments.quiz.forms import StartForm, implied
from assessments.quiz.page import Quiz
from ladder.levels import NOT_YET
from ladder.minutes import minutes
from ladder.models import current_rubric
from ladder.pages.offers import ways_in
from ladder.pages.schemes import chosen, rung_titles
from ladder.rubric import Rubric
from ladder.titles.titles import suggest
from people.database.transactions import transactional
from people.errors import PeopleError
from people.fragments import wants_part
from people.limits.limits import within
from people.models import VISITORS_ID, User
from people.organisations.lock import lock_organisation
from people.requests import Request

PAGE = "assessments/quiz/start.html"
# What a visitor has in one browser, and what a person has begun and not handed in.
SESSION_MAX = 20
DRAFTS_MAX = 20


class DraftsError(PeopleError):
    """There are too many already, or too many were begun in a short time."""


def start_page(
    request: Request, begin: Callable[[HttpRequest, StartForm, Assessment | None], Assessment], **more: Any
) -> HttpResponse:
    """Ask for the level and the target, and `begin` a draft; every field may stay empty. `more` is for the template.

    What a title implies is shown in its fields before anything begins: while it is typed, with htmx, or by the page
    that comes back once.
    """
    rubric = current_rubric()
    if wants_part(request, "from-title"):
        form = StartForm(request.GET, rubric=rubric, rungs=rung_titles(chosen(request, rubric)))
        form.full_clean()
        return render(request, f"{PAGE}#from_title", {"form": form, "levels": rubric.levels, "is_typing": True})
    own = list(Assessment.objects.own_list(request)[: DRAFTS_MAX + 1])
    last = next((item for item in own if not item.is_draft), None)
    draft = next((item for item in own if item.is_draft), None)
    initial = _start_initial(request, rubric, last)
    rungs = rung_titles(chosen(request, rubric))
    sent = request.POST if request.method == "POST" else None
    form = StartForm(sent, rubric=rubric, rungs=rungs, initial=initial)
    too_many = ""
    if form.is_valid() and not form.taken:
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
        "ways_in": ways_in(rubric.ladder),
        "is_level_gone": _held(request, rubric, last).is_gone,
        "section": "quiz",
        **more,
    }
    return render(request, PAGE, context, status=422 if form.errors or form.taken or too_many else 200)


class Held(NamedTuple):
    """The level that somebody said before, as the ladder calls it today; `is_gone` where it no longer has it."""

    level: str = ""
    is_gone: bool = False


def _held(request: HttpRequest, rubric: Rubric, last: Assessment | None) -> Held:
    """From the profile, else from the last run."""
    if request.user.is_authenticated and request.user.held_level not in {"", NOT_YET}:
        level = rubric.now.levels.get(request.user.held_level, "")
    elif last and last.held:
        level = last.rubric.names_in(rubric).levels.get(last.held, "")
    else:
        return Held()
    return Held(level, is_gone=not level)


def _start_initial(request: HttpRequest, rubric: Rubric, last: Assessment | None) -> dict[str, Any]:
    """What is known already: from the profile, else from the last run; what the address names comes first."""
    levels, held = rubric.now.levels, _held(request, rubric, last)
    initial: dict[str, Any] = {"target": "next", "level": held.level}
    if last:
        special = last.rubric.names_in(rubric).specialisations.get(last.specialisation, "")
        said = {"small_company": last.small_company, "programme": last.programme}
        initial |= {"specialisation": special, **said}
    if request.user.is_authenticated and request.user.held_level not in {"", NOT_YET}:
        initial["title"] = request.user.job_title
    elif last and last.held:
        initial["title"] = last.job_title
    if request.GET.get("target") in levels:
        initial["target"] = levels[request.GET["target"]]
    if asked := rubric.now.specialisations.get(request.GET.get("specialisation", "")):
        initial["specialisation"] = asked
    if (level := request.GET.get("level", "")) in {*levels, NOT_YET}:
        initial["level"] = levels.get(level, level)
    if "title" in request.GET:
        # A link from the title look-up, cut to what the field takes; the form checks the rest.
        initial |= {"title": request.GET["title"].replace("\0", "")[:120], "level": levels.get(level, level)}
    title = initial.get("title", "")
    if title and not (last and title == last.job_title):
        # Who said "None" to this very title is not asked again.
        means = implied(rubric, title)
        initial["level"] = initial.get("level") or means.level
        initial["specialisation"] = means.specialisation or initial.get("specialisation", "")
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
        small_company=form.cleaned_data["small_company"],
        programme=form.cleaned_data["programme"],
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
        small_company=last.small_company,
        programme=last.programme,
    )


def _draft(request: HttpRequest, rubric: Rubric, *, prefill_from: Assessment | None, **choices: Any) -> Assessment:
    """A visitor's draft lies in the visitors' space, and only their session knows its id."""
    if not within(request, "begin"):
        raise DraftsError(_("That was a lot in a short time. Nothing was begun; wait a while, then try again."))
    user = request.user if request.user.is_authenticated else None
    if user is None and Assessment.objects.visible_to(request).uncorrected().count() >= SESSION_MAX:
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
    """Copy the answers of an earlier run that the new version has a place for, under what it calls them; lines of
    evidence stay in any case."""
    rubric = assessment.rubric
    slugs, names = last.rubric.competency_slugs, last.rubric.names_in(rubric).competencies

    def step(rating: Rating, slug: str) -> int | None:
        fits = rubric.steps == last.rubric.steps and rating.step in {0, *rubric.competencies[slug].described}
        return rating.step if fits else None

    now = timezone.now()
    kept = ((rating, slug) for rating in last.ratings.all() if (slug := names.get(slugs[rating.competency_id])))
    Rating.objects.bulk_create(
        Rating(
            organisation_id=assessment.organisation_id,
            assessment=assessment,
            competency_id=rubric.competency_keys[slug],
            step=step(rating, slug),
            no_chance=rating.no_chance,
            evidence=rating.evidence,
            updated_at=now,
        )
        for rating, slug in kept
    )
