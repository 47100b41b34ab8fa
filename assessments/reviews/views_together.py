"""Both views side by side, the shared note, the agreed steps, and signing them off."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.access import Seen, find_review
from assessments.models import Agenda, Commitment, Review
from assessments.reviews import review as reviewing
from assessments.reviews.forms import AgendaForm, CommitmentForms, fingerprint, rows_of
from assessments.reviews.review import AgreedStep, ReviewError
from assessments.reviews.together import put_together
from people.access import signed_in
from people.came_from import posted_from
from people.database.transactions import transactional
from people.policy import Action, Role
from people.requests import Request

PAGE = "assessments/reviews/together.html"


@require_safe
def show_together(request: Request, pk: uuid.UUID) -> HttpResponse:
    seen = find_review(request, pk, Action.READ_TOGETHER)
    return render(request, PAGE, _context(seen))


def _context(seen: Seen[Review], **more: Any) -> dict[str, Any]:
    """What the page shows. `more` replaces what is stored by what was typed, or a refused form would lose it."""
    review = seen.thing
    agendas = Agenda.objects.select_related("saved_by")
    agenda = agendas.filter(review=review, organisation=review.organisation_id).first()
    is_subject = seen.role == Role.SUBJECT
    together = put_together(review, for_subject=is_subject)
    agreed = [item for item, _name in together.agreed]
    return {
        "review": review,
        "together": together,
        "is_subject": is_subject,
        "other_name": review.manager_name if is_subject else review.subject_name,
        "agenda": agenda,
        "agenda_text": agenda.text if agenda else "",
        "revision": agenda.revision if agenda else 0,
        "agreed": together.agreed,
        "commitments": CommitmentForms(together.rubric, agreed),
        # The form sends these back: without them a field that nobody touched would look like a change.
        "seen_agreed": fingerprint(rows_of(agreed)),
        "shown": fingerprint(agenda.text if agenda else ""),
        "can_edit": seen.may(Action.EDIT_AGENDA),
        "signed_by_me": review.signed_by_subject_at if is_subject else review.signed_by_manager_at,
        "signed_by_other": review.signed_by_manager_at if is_subject else review.signed_by_subject_at,
        "section": "reviews",
        **more,
    }


@posted_from("show_together")
@require_POST
def edit_agenda(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Save the whole form, and come back to the shared note."""
    return _save(request, find_review(request, pk, Action.EDIT_AGENDA), "agenda")


@posted_from("show_together")
@require_POST
def edit_commitments(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Save the whole form, and come back to the agreed steps."""
    return _save(request, find_review(request, pk, Action.EDIT_AGENDA), "agreed")


@posted_from("show_together")
@require_POST
def sign_review(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Save the whole form and sign. Not when the other side changed something: nobody signs what they have not seen."""
    seen = find_review(request, pk, Action.SIGN)
    return _save(request, seen, "signed")


class _Typed:
    """The page's form compared with what is stored now. `text` and `rows` are what to save; None where unchanged."""

    def __init__(self, request: Request, review: Review, stored: list[Commitment], agenda: Agenda) -> None:
        assert review.assessment is not None  # noqa: S101  - a revealed review has answers
        said = request.POST
        self.note = AgendaForm(said) if "text" in said else None
        self.lines = CommitmentForms(review.assessment.rubric, [], said) if "c0-text" in said else None
        self.is_valid = all([form.is_valid() for form in (self.note, self.lines) if form])  # noqa: C419  - a generator would stop at the note, and the lines would show no error
        self._stale_note = said.get("revision") != str(agenda.revision)
        self._stale_lines = said.get("seen") != fingerprint(rows_of(stored))
        self.is_stale = self._stale_note or self._stale_lines
        self.text: str | None = None
        self.rows: list[AgreedStep] | None = None
        if self.is_valid:
            # What is as the page showed it was not touched: saving it would undo what the other side wrote since.
            text = self.note.cleaned_data["text"] if self.note else agenda.text
            if text != agenda.text and fingerprint(text) != said.get("shown"):
                self.text = text
            rows = self.lines.agreed() if self.lines else rows_of(stored)
            if rows != rows_of(stored) and fingerprint(rows) != said.get("seen"):
                self.rows = rows
        self._note_clashes = self.text is not None and self._stale_note
        self._lines_clash = self.rows is not None and self._stale_lines
        self.clashes = self._note_clashes or self._lines_clash

    def over(self, request: Request) -> dict[str, Any]:
        """Replacements for the page's context: what was typed stays in its fields, and errors and conflicts show."""
        more: dict[str, Any] = {}
        if self.note:
            typed = self.note.cleaned_data.get("text", request.POST["text"].replace("\0", ""))
            more |= {"agenda_form": self.note, "agenda_text": typed, "agenda_conflict": self._note_clashes}
        if self.lines:
            more |= {"commitments": self.lines, "agreed_conflict": self._lines_clash}
        return more


@transactional
def _take(request: Request, review: Review, *, signs: bool) -> _Typed:
    """Compare the form with what is stored, under a lock, and save it when it is valid and nothing clashes."""
    stored = _locked_commitments(review)
    agenda = Agenda.objects.get(organisation=review.organisation_id, review=review)
    typed = _Typed(request, review, stored, agenda)
    if typed.is_valid and not typed.clashes:
        reviewing.save_talk(
            review,
            signed_in(request),
            text=typed.text,
            rows=typed.rows,
            seen=agenda.revision,
            signed_at=timezone.now() if signs and not typed.is_stale else None,
        )
    return typed


def _save(request: Request, seen: Seen[Review], part: str) -> HttpResponse:
    """Save every part of the form, whichever button was pressed: one part's button must not lose the other's text."""
    review = seen.thing
    signs = part == "signed"
    try:
        typed = _take(request, review, signs=signs)
    except ReviewError as error:
        messages.warning(request, str(error))
    else:
        if not typed.is_valid or typed.clashes:
            context = _context(seen, **typed.over(request))
            return render(request, PAGE, context, status=409 if typed.is_valid else 422)
        if not signs:
            messages.success(request, _("Saved; both of you see it."))
        elif typed.is_stale:
            messages.warning(
                request, _("The other side changed it since you opened this page. Look at it again, then sign off.")
            )
        else:
            messages.success(request, _signed(seen))
    return redirect(f"{redirect('show_together', review.pk).url}#{part}")


def _signed(seen: Seen[Review]) -> str:
    if not seen.thing.is_signed_off:
        return _("You have signed off. When the other side has too, it no longer changes.")
    if seen.role == Role.SUBJECT:
        return _("Both of you have signed off. What you agreed on is in your plan.")
    return _("Both of you have signed off. What you agreed on is in the member’s plan.")


def _locked_commitments(review: Review) -> list[Commitment]:
    """The agreed steps, locked: nobody can change them until the transaction ends."""
    Review.objects.select_for_update().get(pk=review.pk, organisation=review.organisation_id)
    return list(Commitment.objects.filter(review=review, organisation=review.organisation_id))
