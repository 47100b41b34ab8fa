"""My evidence log as files, and reading one in: first a look at what would come, then the entries themselves."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from growth.evidence.files import CHARACTERS_MAX, ROWS_MAX, as_csv, as_json, as_markdown, mark_known, read
from growth.evidence.log import EvidenceError, add_entries, log_of
from ladder.models import current_rubric
from people.access import signed_in
from people.limits.limits import limited
from people.requests import Request

NAME = "rungwise-evidence"


class ImportForm(forms.Form):
    """A file, or a text in its place. What a file holds is put into `text`, so that nothing is chosen twice."""

    file = forms.FileField(label=gettext_lazy("A CSV or Markdown file"), required=False, allow_empty_file=True)
    text = forms.CharField(
        label=gettext_lazy("Or paste it here"),
        required=False,
        strip=False,
        max_length=CHARACTERS_MAX,
        error_messages={
            "max_length": gettext_lazy("This is too much at once: bring it in parts of at most 500,000 characters."),
            "null_characters_not_allowed": gettext_lazy("This is not a text file."),
        },
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if (file := data.get("file")) is not None:
            data["text"] = self._text_of(file)
        if not self.errors and not str(data.get("text", "")).strip():
            self.add_error("file", _("Choose a file, or paste its text."))
        return data

    def _text_of(self, file: forms.FileField) -> str:
        # In UTF-8 a character has up to four bytes.
        raw = file.read(4 * CHARACTERS_MAX + 1)  # type: ignore[attr-defined]
        try:
            text: str = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", _("This is not text in UTF-8. Save the file as CSV in UTF-8, or paste its text."))
            return ""
        if "\0" in text:
            self.add_error("file", _("This is not a text file."))
            return ""
        if len(text) > CHARACTERS_MAX:
            self.add_error("file", _("This is too much at once: bring it in parts of at most 500,000 characters."))
            return ""
        return text


@require_http_methods(["GET", "HEAD", "POST"])
def import_evidence(request: Request) -> HttpResponse:
    """Read a file: show what each line would become, with what is wrong by line; `confirm` then adds what is right."""
    if request.method != "POST":
        return render(request, "growth/evidence/import.html", {"form": ImportForm(), "section": "plan"})
    form = ImportForm(request.POST, request.FILES)
    context = {"form": form, "section": "plan"}
    if not form.is_valid():
        return render(request, "growth/evidence/import.html", context, status=422)
    user, text = signed_in(request), form.cleaned_data["text"]
    rows = read(text, current_rubric())
    if not rows or len(rows) > ROWS_MAX:
        form.add_error(None, _("No entry was found in it.") if not rows else _too_many())
        return render(request, "growth/evidence/import.html", context, status=422)
    mark_known(rows, log_of(user))
    new = [row.entry for row in rows if row.is_new]
    if "confirm" in request.POST and new:
        try:
            add_entries(user, new)
        except EvidenceError as error:
            form.add_error(None, str(error))
            return render(request, "growth/evidence/import.html", context, status=422)
        messages.success(
            request,
            ngettext("%(count)d entry was added.", "%(count)d entries were added.", len(new)) % {"count": len(new)},
        )
        return redirect("list_evidence")
    context |= {
        "rows": rows,
        "text": text,
        "new": len(new),
        "wrong": [row for row in rows if row.errors],
        "known": sum(row.is_there for row in rows),
    }
    return render(request, "growth/evidence/import.html", context)


def _too_many() -> str:
    return _("A file may hold %(count)d entries. Bring it in parts.") % {"count": ROWS_MAX}


@require_safe
@limited("file")
def export_evidence_csv(request: Request) -> HttpResponse:
    # The mark in front tells spreadsheets that it is UTF-8.
    return _file("\ufeff" + as_csv(log_of(signed_in(request))), "text/csv", "csv")


@require_safe
@limited("file")
def export_evidence_markdown(request: Request) -> HttpResponse:
    return _file(as_markdown(log_of(signed_in(request))), "text/markdown", "md")


@require_safe
@limited("file")
def export_evidence_json(request: Request) -> HttpResponse:
    response = JsonResponse(
        {"evidence": as_json(log_of(signed_in(request)))}, json_dumps_params={"ensure_ascii": False}
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{NAME}.json"'
    return response


def _file(body: str, kind: str, ending: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{NAME}.{ending}"'}
    return HttpResponse(body, content_type=f"{kind}; charset=utf-8", headers=headers)
