"""Both views side by side, the agenda of the talk, what was agreed, and signing it off."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import reviewing
from assessments.access import Seen, find_review
from assessments.models import Agenda, Commitment, Review
from assessments.review_forms import AgendaForm, CommitmentForms, fingerprint
from assessments.reviewing import ReviewError
from assessments.together import put_together
from people.access import signed_in
from people.came_from import posted_from
from people.database.retrying import retried
from people.policy import Action, Role
from people.requests import Request

PAGE = "assessments/together.html"


@require_safe
def show_together(request: Request, pk: uuid.UUID) -> HttpResponse:
    seen = find_review(request, pk, Action.READ_TOGETHER)
    return render(request, PAGE, _context(seen))


def _context(seen: Seen[Review], **more: Any) -> dict[str, Any]:
    """What the page shows; `more` lays what was typed over what is stored."""
    review = seen.thing
    review.share = review.share if review.share_id else None
    agenda = (
        Agenda.objects.select_related("saved_by").filter(review=review, organisation=review.organisation_id).first()
    )
    agreed = list(review.commitments.all())
    is_subject = seen.role == Role.SUBJECT
    together = put_together(review, for_subject=is_subject)
    names = {slug: item.name for slug, item in together.rubric.competencies.items()}
    return {
        "review": review,
        "together": together,
        "is_subject": is_subject,
        "other_name": review.manager_name if is_subject else review.subject_name,
        "agenda": agenda,
        "agenda_text": agenda.text if agenda else "",
        "revision": agenda.revision if agenda else 0,
        "agreed": [(item, names.get(item.competency, item.competency)) for item in agreed],
        "commitments": CommitmentForms(together.rubric, agreed),
        "seen_agreed": fingerprint(agreed),
        "can_edit": seen.may(Action.EDIT_AGENDA),
        "signed_by_me": review.signed_by_subject_at if is_subject else review.signed_by_manager_at,
        "signed_by_other": review.signed_by_manager_at if is_subject else review.signed_by_subject_at,
        "section": "reviews",
        **more,
    }


@posted_from("show_together")
@require_POST
def edit_agenda(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Save the shared note, when nobody saved in between; else show both and let the person choose."""
    seen = find_review(request, pk, Action.EDIT_AGENDA)
    form = AgendaForm(request.POST)
    if not form.is_valid():
        typed = request.POST.get("text", "").replace("\0", "")
        context = _context(seen, agenda_form=form, agenda_text=typed)
        return render(request, PAGE, context, status=422)
    try:
        saved = reviewing.save_agenda(
            seen.thing, form.cleaned_data["text"], seen=form.cleaned_data["revision"], by=signed_in(request)
        )
    except ReviewError as error:
        messages.warning(request, str(error))
        return _back(pk, "agenda")
    if saved is None:
        context = _context(seen, agenda_text=form.cleaned_data["text"], agenda_conflict=True)
        if context["agenda"].text != form.cleaned_data["text"]:
            return render(request, PAGE, context, status=409)
    messages.success(request, _("The agenda is saved; both of you see it."))
    return _back(pk, "agenda")


@posted_from("show_together")
@require_POST
@retried
def edit_commitments(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Set what was agreed, at most three lines, when nobody changed it in between."""
    seen = find_review(request, pk, Action.EDIT_AGENDA)
    review = seen.thing
    assert review.assessment is not None  # noqa: S101  - a revealed review has answers
    forms = CommitmentForms(review.assessment.rubric, [], request.POST)
    if not forms.is_valid():
        return render(request, PAGE, _context(seen, commitments=forms, agreed_errors=True), status=422)
    try:
        with transaction.atomic():
            stored = _locked_commitments(review)
            if fingerprint(stored) != request.POST.get("seen"):
                return render(request, PAGE, _context(seen, commitments=forms, agreed_conflict=True), status=409)
            if [(item.text, item.competency, item.due_on) for item in stored] != forms.agreed():
                reviewing.save_commitments(review, forms.agreed())
    except ReviewError as error:
        messages.warning(request, str(error))
        return _back(pk, "agreed")
    messages.success(request, _("What you agreed on is saved; both of you see it."))
    return _back(pk, "agreed")


@posted_from("show_together")
@require_POST
@retried
def sign_review(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Sign off what the page showed. When it changed in between, the person looks at it again first."""
    seen = find_review(request, pk, Action.SIGN)
    review = seen.thing
    with transaction.atomic():
        stored = _locked_commitments(review)
        revision = (
            Agenda.objects.filter(organisation=review.organisation_id, review=review)
            .values_list("revision", flat=True)
            .first()
            or 0
        )
        if fingerprint(stored) != request.POST.get("seen") or str(revision) != request.POST.get("revision"):
            messages.warning(request, _("It was changed since you opened this page. Look at it again, then sign off."))
            return _back(pk, "agreed")
        reviewing.sign(review, signed_in(request), at=timezone.now())
    if review.is_signed_off:
        messages.success(request, _("Both of you have signed off. What you agreed on is in the member’s plan."))
    else:
        messages.success(request, _("You have signed off. When the other side has too, it no longer changes."))
    return _back(pk, "agreed")


def _locked_commitments(review: Review) -> list[Commitment]:
    """What is agreed now, with nobody able to change it until the transaction ends."""
    Review.objects.select_for_update().get(pk=review.pk, organisation=review.organisation_id)
    return list(Commitment.objects.filter(review=review, organisation=review.organisation_id))


def _back(pk: uuid.UUID, part: str) -> HttpResponse:
    return redirect(f"{redirect('show_together', pk).url}#{part}")
