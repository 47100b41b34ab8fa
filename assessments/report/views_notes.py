"""Naming a report, writing beside it, and being reminded of it; and the end of that from the mail itself."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from assessments.access import find, may
from assessments.models import NOTE_MAX, NOTE_NAME_MAX, Assessment, ReportNote
from assessments.report.notes import STOP, SaidOfReport, in_three_months, never_remind, note_on, save_note
from people.access import signed_in
from people.days import today_in
from people.fields import NULLS, TOO_LONG, LineField, LinesField
from people.links.pages import gone, unlisted
from people.policy import Action
from people.requests import Request


class NoteForm(forms.Form):
    name = LineField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=NOTE_NAME_MAX,
        error_messages=NULLS | TOO_LONG,
        help_text=gettext_lazy("Such as: after my first year in Payments."),
    )
    note = LinesField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=NOTE_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages=NULLS | TOO_LONG,
    )
    look_again = forms.BooleanField(required=False)
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_report_note(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Name a report and write beside it. If another window saved in between, show both (409), and save nothing."""
    assessment = find(request, pk)
    if not may(Action.WRITE_NOTE, assessment):
        raise PermissionDenied
    stored = note_on(assessment)
    if request.method != "POST":
        initial = {"name": stored.name, "note": stored.note, "look_again": stored.look_again_on is not None}
        return _page(request, assessment, stored, NoteForm(initial=initial | {"revision": stored.revision}))
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, assessment, stored, form, status=422)
    # A date that stands already is kept: saving the note again does not put it off.
    day = stored.look_again_on or in_three_months(today_in(signed_in(request).time_zone))
    said = SaidOfReport(
        name=form.cleaned_data["name"],
        note=form.cleaned_data["note"],
        look_again_on=day if form.cleaned_data["look_again"] else None,
        seen=form.cleaned_data["revision"],
    )
    if save_note(assessment, said):
        messages.success(request, _("Saved."))
        return redirect("show_report", assessment.report_id)
    stored = note_on(assessment)
    again = NoteForm(initial=form.cleaned_data | {"revision": stored.revision})
    return _page(request, assessment, stored, again, status=409, clash=True)


def _page(
    request: Request, assessment: Assessment, stored: ReportNote, form: NoteForm, status: int = 200, **more: Any
) -> HttpResponse:
    context = {"assessment": assessment, "stored": stored, "form": form, "section": "reports"} | more
    return render(request, "assessments/report/note.html", context, status=status)


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@unlisted
def stop_look_again(request: Request, token: str) -> HttpResponse:
    """Ask for confirmation, then clear the dates. Mail programs post here on their own (RFC 8058), without cookies, so
    a CSRF check would refuse them."""
    is_post = request.method == "POST"
    user = STOP.whose(token)
    if user is None:
        return gone(request)
    if is_post:
        never_remind(user)
    return render(request, "assessments/report/stop_look_again.html", {"stopped": is_post})
