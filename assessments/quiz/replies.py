"""The replies to the save of an answer: on to the next question, refused, changed elsewhere, submitted, logged out."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from assessments.models import Assessment, FrozenError, Rating
from assessments.quiz.forms import AnswerForm
from assessments.quiz.page import BY_HAND, NO_KEYS, ListedQuestion, Quiz, Routes, question_context
from assessments.quiz.save import Conflict, save_answer
from people.middleware import page_of
from people.models import User
from people.requests import Request

QUESTION = "assessments/quiz/question.html"
# Buttons beside the question that say how it is used, not where to go: name, key in the session, whether it is there.
SWITCHES = {
    "by-hand": (BY_HAND, True),
    "by-itself": (BY_HAND, False),
    "no-keys": (NO_KEYS, True),
    "keys": (NO_KEYS, False),
}


def erased_is_logged_out[View: Callable[..., HttpResponse]](view: View) -> View:
    """Decorate a save: somebody whose account is erased while it runs gets the reply to a person who is logged out.

    Without it their page would get an error. Costs a statement where a save failed, and nothing elsewhere.
    """

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (IntegrityError, ObjectDoesNotExist, Http404, PermissionDenied):
            if not _was_erased(request):
                raise
        request.user = AnonymousUser()
        return view(request, *args, **kwargs)

    return cast("View", wrapped)


def _was_erased(request: Request) -> bool:
    return request.user.is_authenticated and not User.objects.filter(pk=request.user.pk).exists()


def logged_out(request: Request) -> HttpResponse:
    """The reply to an open page whose person is no longer logged in; what was typed stays on the page."""
    # The page says whether it was made for a visitor: somebody without an account can't be asked to log in.
    context = {"back": page_of(request), "was_visitor": "visitor" in request.POST}
    return _into_save_mark(render(request, f"{QUESTION}#logged_out", context, status=401))


def save(request: Request, assessment: Assessment, competency: str, routes: Routes) -> HttpResponse:
    """Save an answer to a draft that this person may fill in, whomever it is about."""
    form = AnswerForm(request.POST, competency=assessment.rubric.competencies[competency])
    if not form.is_valid():
        return _refused(request, Quiz.of(assessment, competency, routes), form)
    try:
        outcome = save_answer(assessment, assessment.rubric.competency_keys[competency], form.said())
    except FrozenError:
        return frozen(request, routes)
    if isinstance(outcome, Conflict):
        return _conflict(request, Quiz.of(assessment, competency, routes), form, outcome.stored)
    return _saved(request, assessment, competency, outcome.revision, routes)


def _saved(request: Request, assessment: Assessment, competency: str, revision: int, routes: Routes) -> HttpResponse:
    go, knew = request.POST.get("go", ""), request.POST.get("stands", "")
    if request.htmx and not go:
        quiz = Quiz.of(assessment, competency, routes)
        context = {
            "quiz": quiz,
            "revision": revision,
            "save_state": "saved",
            "onward": "" if BY_HAND in request.session else quiz.onward(knew),
        }
        return render(request, f"{QUESTION}#saved", context)
    if go in SWITCHES:
        _switch(request, *SWITCHES[go])
        go = "stay"
    elif not go and BY_HAND in request.session:
        go = "stay"
    to = _where_to(Quiz(assessment, {}, competency, routes), go) or Quiz.of(assessment, competency, routes).onward(knew)
    if request.htmx and not to.startswith(f"{routes.show}?"):
        # The overview and the moment are pages of their own: htmx would swap them into the question.
        return HttpResponseClientRedirect(to)
    return redirect(to)


def _switch(request: Request, key: str, is_on: bool) -> None:
    if is_on:
        request.session[key] = True
    else:
        request.session.pop(key, None)


def _where_to(quiz: Quiz, go: str) -> str:
    """The address after a save that does not go on: one back, here, the overview, a question by name; else ""."""
    if go == "check":
        return quiz.urls.check
    if go == "previous" and quiz.previous:
        return quiz.urls.at(quiz.previous.slug)
    if go in {"previous", "stay"}:
        return quiz.urls.at(quiz.competency.slug)
    return quiz.urls.at(go) if go in quiz.assessment.rubric.competencies else ""


def _refused(request: Request, quiz: Quiz, form: AnswerForm) -> HttpResponse:
    """Say what does not fit, beside its field, with what was typed still there."""
    if request.htmx and not request.POST.get("go"):
        return render(request, f"{QUESTION}#refused", {"form": form}, status=422)
    typed = {"chosen": request.POST.get("step", ""), "evidence": request.POST.get("evidence", "").replace("\0", "")}
    context = question_context(request, quiz, form=form, save_state="refused", **typed)
    return render(request, QUESTION, context, status=422)


def _conflict(request: Request, quiz: Quiz, form: AnswerForm, stored: Rating) -> HttpResponse:
    """Another window wrote in between: show both, let the person choose."""
    said = form.said()
    evidence = said.evidence or ""
    context = question_context(
        request,
        quiz,
        theirs=quiz.listed(quiz.competency),
        mine=ListedQuestion(quiz.competency, said.answer, evidence).said,
        my_evidence=evidence,
        revision=stored.revision,
        save_state="conflict",
        chosen="" if said.answer is None else str(said.answer),
        evidence=evidence,
    )
    is_part = request.htmx and not request.POST.get("go")
    return render(request, f"{QUESTION}#conflict" if is_part else QUESTION, context, status=409)


def frozen(request: Request, routes: Routes) -> HttpResponse:
    """Say that it was submitted. Raises Http404 when the person was erased meanwhile, and their answers with them."""
    if _was_erased(request):
        raise Http404
    context = {"urls": routes, "section": routes.section}
    if request.htmx:
        return _into_save_mark(render(request, "assessments/quiz/frozen.html#frozen", context, status=409))
    return render(request, "assessments/quiz/frozen.html", context, status=409)


def _into_save_mark(response: HttpResponse) -> HttpResponse:
    """Swap the reply in where "saved" would stand: in the part that was asked for it would replace what was typed."""
    response.headers["HX-Retarget"] = response.headers["HX-Reselect"] = "#save"
    response.headers["HX-Reswap"] = "outerHTML"
    response.headers["HX-Push-Url"] = "false"
    return response
