"""My cases for a promotion: listing, making, reading, writing section by section, and taking the document along."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Assessment
from growth.cases.cases import (
    BY_SLUG,
    CaseError,
    as_markdown,
    cases_of,
    level_title,
    make_case,
    reports_of,
    save_section,
    section_of,
    sections_of,
)
from growth.cases.forms import CaseForm, SectionForm, TitleForm
from growth.cases.markdown import to_html
from growth.cases.texts import FROM_REPORT, draft_of
from growth.models import Case
from ladder.models import current_rubric
from people.access import signed_in
from people.fragments import wants_part
from people.limits.limits import limited
from people.requests import Request


def find_case(request: Request, pk: uuid.UUID) -> Case:
    """A case of this person's own; 404 for everything else."""
    case = cases_of(signed_in(request)).select_related("report").filter(pk=pk).first()
    if case is None:
        raise Http404
    return case


def title_of_level(case: Case) -> str:
    rubric = case.report.rubric if case.report else current_rubric()
    return level_title(rubric, case.target)


@require_safe
def list_cases(request: Request) -> HttpResponse:
    """Mine, newest first."""
    rubric = current_rubric()
    rows = [
        (case, level_title(case.report.rubric if case.report else rubric, case.target))
        for case in cases_of(signed_in(request)).select_related("report")
    ]
    return render(request, "growth/cases/cases.html", {"rows": rows, "section": "plan"})


@require_http_methods(["GET", "HEAD", "POST"])
def create_case(request: Request) -> HttpResponse:
    """Make a case from a report; `?report=` names the one to begin with, else it is the newest."""
    user = signed_in(request)
    reports = reports_of(user)
    if not reports:
        if request.method == "POST":
            messages.warning(request, _("A case leans on a report. Take the quiz first."))
        return render(request, "growth/cases/new.html", {"section": "plan"})
    named = request.GET.get("report")
    chosen = next((report for report in reports if str(report.pk) == named), None) if named else reports[0]
    if chosen is None:
        raise Http404
    form = CaseForm(request.POST if request.method == "POST" else None, reports=reports, chosen=chosen)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            said = form.cleaned_data
            try:
                case = make_case(user, form.report_chosen, said["target"], said["title"])
            except CaseError as error:
                form.add_error(None, str(error))
            else:
                messages.success(
                    request, _("Your case is begun. What your data can say is written; the rest is yours.")
                )
                return redirect("show_case", case.pk)
    return render(request, "growth/cases/new.html", {"form": form, "section": "plan"}, status=status)


@require_safe
def show_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The document, each section with its way to edit; htmx gets one section when it names it (`?only=`)."""
    case = find_case(request, pk)
    only = request.GET.get("only")
    if only and wants_part(request):
        if only not in BY_SLUG:
            raise Http404
        return render(request, "growth/cases/case.html#section", {"case": case, "part": section_of(case, only)})
    sections = sections_of(case)
    context = {
        "case": case,
        "level": title_of_level(case),
        "sections": sections,
        "empty": sum(not section.text.strip() for section in sections),
        "section": "plan",
    }
    return render(request, "growth/cases/case.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change the title."""
    case = find_case(request, pk)
    form = TitleForm(request.POST if request.method == "POST" else None, initial={"title": case.title})
    if request.method == "POST" and form.is_valid():
        cases_of(signed_in(request)).filter(pk=case.pk).update(title=form.cleaned_data["title"])
        messages.success(request, _("Saved."))
        return redirect("show_case", case.pk)
    context = {"case": case, "form": form, "section": "plan"}
    return render(request, "growth/cases/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask once, then delete the document and its links."""
    case = find_case(request, pk)
    if request.method == "POST":
        case.delete()
        messages.success(request, _("The case is deleted, and its links open nothing any more."))
        return redirect("list_cases")
    return render(request, "growth/cases/delete.html", {"case": case, "section": "plan"})


@require_http_methods(["GET", "HEAD", "POST"])
def edit_section(request: Request, pk: uuid.UUID, slug: str) -> HttpResponse:
    """Write a section. `preview` shows how it reads and saves nothing; a save that comes second shows both texts."""
    case = find_case(request, pk)
    if slug not in BY_SLUG:
        raise Http404
    if request.method != "POST":
        part = section_of(case, slug)
        return _editor(request, case, slug, text=part.text, revision=part.revision)
    form = SectionForm(request.POST)
    if not form.is_valid():
        typed = request.POST.get("text", "").replace("\0", "")
        seen = form.cleaned_data.get("revision", 0)
        errors = form.errors.get("text") or [_("Something was missing. Look at your text, then save it again.")]
        return _editor(request, case, slug, text=typed, revision=seen, errors=errors, status=422)
    text, seen = form.cleaned_data["text"], form.cleaned_data["revision"]
    if "preview" in request.POST:
        return _editor(request, case, slug, text=text, revision=seen, preview=to_html(text))
    if not save_section(case, slug, text, seen=seen):
        stored = section_of(case, slug)
        if stored.text != text:
            return _editor(request, case, slug, text=text, revision=stored.revision, stored=stored, status=409)
    if wants_part(request):
        context = {"case": case, "part": section_of(case, slug), "saved": True}
        return render(request, "growth/cases/case.html#section", context)
    messages.success(request, _("Saved."))
    return _back(case, slug)


def _editor(request: Request, case: Case, slug: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """The text of a section in a box: as a page of its own, or in place of the section."""
    context = {"case": case, "kind": BY_SLUG[slug], "section": "plan", **more}
    name = "growth/cases/section.html#editor" if wants_part(request) else "growth/cases/section.html"
    return render(request, name, context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def renew_section(request: Request, pk: uuid.UUID, slug: str) -> HttpResponse:
    """Take a section anew from the data: show what stands and what would, then replace it when that is wanted."""
    case = find_case(request, pk)
    if slug not in BY_SLUG or not BY_SLUG[slug].generated:
        raise Http404
    user = signed_in(request)
    report = _newest_for(reports_of(user), case)
    context: dict[str, Any] = {"case": case, "part": section_of(case, slug), "report": report, "section": "plan"}
    if report is None and slug in FROM_REPORT:
        status = 409 if request.method == "POST" else 200
        return render(request, "growth/cases/renew.html", context, status=status)
    text = draft_of(slug, user, report, case.target)
    if request.method == "POST":
        seen = request.POST.get("revision", "")
        if seen.isascii() and seen.isdigit() and len(seen) < 10 and save_section(case, slug, text, seen=int(seen)):
            if slug in FROM_REPORT:
                cases_of(user).filter(pk=case.pk).update(report=report)
            messages.success(request, _("Taken anew from your data."))
            return _back(case, slug)
        messages.warning(request, _("The section was changed since you opened this page. Look at both again."))
        context["part"] = section_of(case, slug)
    status = 409 if request.method == "POST" else 200
    return render(request, "growth/cases/renew.html", context | {"new": text, "new_html": to_html(text)}, status=status)


def _newest_for(reports: list[Assessment], case: Case) -> Assessment | None:
    """The newest report whose ladder knows the level of the case."""
    return next((report for report in reports if case.target in report.rubric.levels), None)


def _back(case: Case, slug: str) -> HttpResponse:
    return redirect(f"{reverse('show_case', args=[case.pk])}#{slug}")


@require_safe
@limited("file")
def export_case_markdown(request: Request, pk: uuid.UUID) -> HttpResponse:
    case = find_case(request, pk)
    response = HttpResponse(as_markdown(case, sections_of(case)), content_type="text/markdown; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(case)}.md"'
    return response


def file_name(case: Case) -> str:
    return f"rungwise-case-{case.target}"
