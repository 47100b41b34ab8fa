"""My evidence log as CSV, Markdown and JSON, and importing a file: first a preview, then the entries."""

import json

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from growth.evidence.dates import Order
from growth.evidence.files import CHARACTERS_MAX, ROWS_MAX, as_csv, as_json, as_markdown, mark_known, read
from growth.evidence.log import add_entries, log_of
from growth.pages import plan_page, posted, refusals_on
from ladder.models import current_rubric
from people.access import signed_in
from people.files import CSV, file_response
from people.limits.limits import limited
from people.once import once
from people.requests import Request
from people.tables import Brought, UnreadableError, read_file

NAME = "rungwise-evidence"
_NOT_TEXT = gettext_lazy("This is not a text file.")
_TOO_MUCH = gettext_lazy("This is too much at once: bring it in parts of at most 500,000 characters.")


class ImportForm(forms.Form):
    """A file, or a pasted text. A file's content goes into `text`, so that nobody has to choose it again to confirm."""

    file = forms.FileField(label=gettext_lazy("A CSV, XLSX or Markdown file"), required=False, allow_empty_file=True)
    text = forms.CharField(
        label=gettext_lazy("Or paste it here"),
        required=False,
        strip=False,
        max_length=CHARACTERS_MAX,
        error_messages={"max_length": _TOO_MUCH, "null_characters_not_allowed": _NOT_TEXT},
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("file") is not None:
            data["text"] = data["file"].text
        if not self.errors and not str(data.get("text", "")).strip():
            self.add_error("file", _("Choose a file, or paste its text."))
        return data

    def clean_file(self) -> Brought | None:
        file = self.cleaned_data["file"]
        if file is None:
            return None
        try:
            # A character has up to four bytes in UTF-8. One more shows that the file is too long, and no more is read.
            brought = read_file(file.read(4 * CHARACTERS_MAX + 1))
        except UnreadableError as error:
            raise forms.ValidationError(str(error)) from None
        if len(brought.text) > CHARACTERS_MAX:
            raise forms.ValidationError(_TOO_MUCH)
        return brought

    @property
    def notes(self) -> list[str]:
        """What was guessed or left out of the file."""
        brought: Brought | None = self.cleaned_data["file"]
        return brought.notes if brought else []


@require_http_methods(["GET", "HEAD", "POST"])
@once
def import_evidence(request: Request) -> HttpResponse:
    """Show what each line of a file would become and what is wrong with it; `confirm` adds the valid new entries."""
    # An empty set of files would bind the form on a GET, and the first look would show errors.
    form = ImportForm(posted(request), request.FILES or None)
    if not form.is_valid():
        return plan_page(request, "evidence/import.html", form=form)
    user, text = signed_in(request), form.cleaned_data["text"]
    orders: dict[str | None, Order] = {"day": "day", "month": "month"}
    order = orders.get(request.POST.get("order"), "")
    rows = read(text, current_rubric(), order)
    if not rows or len(rows) > ROWS_MAX:
        too_many = _("A file may hold %(count)d entries. Bring it in parts.") % {"count": ROWS_MAX}
        form.add_error(None, too_many if rows else _("No entry was found in it."))
        return plan_page(request, "evidence/import.html", form=form)
    mark_known(rows, log_of(user))
    new = [row.entry for row in rows if row.is_new]
    if "confirm" in request.POST and new:
        with refusals_on(form):
            add_entries(user, new)
            said = ngettext("%(count)d entry was added.", "%(count)d entries were added.", len(new))
            messages.success(request, said % {"count": len(new)})
            return redirect("list_evidence")
        return plan_page(request, "evidence/import.html", form=form)
    return plan_page(
        request,
        "evidence/import.html",
        form=form,
        rows=rows,
        notes=form.notes,
        text=text,
        new=len(new),
        wrong=[row for row in rows if row.errors],
        known=sum(row.is_there for row in rows),
        order=order,
        asked=next((row for row in rows if row.may_mean), None),
    )


@require_safe
@limited("file")
def export_evidence_csv(request: Request) -> HttpResponse:
    return file_response(as_csv(log_of(signed_in(request))), f"{NAME}.csv", CSV)


@require_safe
@limited("file")
def export_evidence_markdown(request: Request) -> HttpResponse:
    return file_response(as_markdown(log_of(signed_in(request))), f"{NAME}.md", "text/markdown; charset=utf-8")


@require_safe
@limited("file")
def export_evidence_json(request: Request) -> HttpResponse:
    body = json.dumps({"evidence": as_json(log_of(signed_in(request)))}, ensure_ascii=False)
    return file_response(body, f"{NAME}.json", "application/json")
