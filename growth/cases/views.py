"""My cases for a promotion: list, make, read, edit section by section, and download."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Assessment
from assessments.report.find import level_of
from growth.cases.cases import (
    BY_SLUG,
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
from growth.cases.texts import FROM_REPORT, draft_of
from growth.models import Case
from growth.pages import plan_page, posted, refusals_on
from ladder.models import current_rubric
from ladder.rubric import Rubric
from people.access import signed_in
from people.files import file_response
from people.fragments import wants_part
from people.limits.limits import limited, within
from people.markdown import html_of
from people.once import once
from people.requests import Request


def find_case(request: Request, pk: uuid.UUID, joined: str = "report") -> Case:
    """One of the person's own cases; 404 for all others."""
    return get_object_or_404(cases_of(signed_in(request)).select_related(joined), pk=pk)


def title_of_level(case: Case) -> str:
    return level_title(_rubric(case), case.target)


def _rubric(case: Case) -> Rubric:
    return case.report.rubric if case.report else current_rubric()


@require_safe
def list_cases(request: Request) -> HttpResponse:
    """My cases, newest first."""
    rubric = current_rubric()
    rows = [
        (case, level_title(case.report.rubric if case.report else rubric, case.target))
        for case in cases_of(signed_in(request)).select_related("report")
    ]
    return plan_page(request, "cases/cases.html", rows=rows)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def create_case(request: Request) -> HttpResponse:
    """Make a case from a report: the one that `?report=` names, else the newest."""
    user = signed_in(request)
    reports = reports_of(user)
    if not reports:
        if request.method == "POST":
            messages.warning(request, _("A case leans on a report. Take the quiz first."))
        return plan_page(request, "cases/new.html")
    named = request.GET.get("report")
    chosen = next((report for report in reports if str(report.pk) == named), None) if named else reports[0]
    if chosen is None:
        raise Http404
    form = CaseForm(posted(request), reports=reports, chosen=chosen)
    if form.is_valid() and not within(request, "write"):
        form.add_error(None, _("That was a lot in a short time. Wait a minute, then try again."))
    if form.is_valid():
        with refusals_on(form):
            said = form.cleaned_data
            case = make_case(user, form.report_chosen, said["target"], said["title"])
            messages.success(request, _("Your case is begun. What your data can say is written; the rest is yours."))
            return redirect("show_case", case.pk)
    return plan_page(request, "cases/new.html", form=form)


@require_safe
def show_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The document with a link to edit each section; for htmx the one section that `?only=` names."""
    case = find_case(request, pk, "report__outcome")
    only = request.GET.get("only")
    if only and wants_part(request):
        if only not in BY_SLUG:
            raise Http404
        return plan_page(request, "cases/case.html#section", case=case, part=section_of(case, only))
    sections = sections_of(case)
    empty = sum(not section.text.strip() for section in sections)
    rubric = _rubric(case)
    stands = level_of(case.report, signed_in(request), rubric)
    context: dict[str, Any] = {
        "case": case,
        "level": level_title(rubric, case.target),
        "sections": sections,
        "empty": empty,
        "note": stands.notes.case if stands else "",
    }
    return plan_page(request, "cases/case.html", **context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change the title."""
    case = find_case(request, pk)
    form = TitleForm(posted(request), initial={"title": case.title})
    if form.is_valid():
        cases_of(signed_in(request)).filter(pk=case.pk).update(title=form.cleaned_data["title"])
        messages.success(request, _("Saved."))
        return redirect("show_case", case.pk)
    return plan_page(request, "cases/edit.html", case=case, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_case(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask once, then delete the document and its links."""
    case = find_case(request, pk)
    if request.method == "POST":
        case.delete()
        messages.success(request, _("The case is deleted, and its links open nothing any more."))
        return redirect("list_cases")
    return plan_page(request, "cases/delete.html", case=case)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_section(request: Request, pk: uuid.UUID, slug: str) -> HttpResponse:
    """Edit a section. `preview` renders it without saving. If another tab saved in between, show both texts (409):
    overwriting would lose one."""
    case = find_case(request, pk)
    if slug not in BY_SLUG:
        raise Http404
    if request.method != "POST":
        part = section_of(case, slug)
        return _editor(request, case, slug, text=part.text, revision=part.revision)
    form = SectionForm(request.POST)
    is_early = not within(request, "write")
    if is_early or not form.is_valid():
        typed, said = request.POST.get("text", "").replace("\0", ""), request.POST.get("revision", "")
        seen = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
        errors = form.errors.get("text") or [_("Something was missing. Look at your text, then save it again.")]
        if is_early:
            errors = [_("That was a lot in a short time. Wait a minute, then save it again.")]
        return _editor(request, case, slug, text=typed, revision=seen, errors=errors, status=422)
    text, seen = form.cleaned_data["text"], form.cleaned_data["revision"]
    if "preview" in request.POST:
        return _editor(request, case, slug, text=text, revision=seen, preview=form.html)
    if not save_section(case, slug, text, seen=seen, html=form.html):
        stored = section_of(case, slug)
        if stored.text != text:
            return _editor(request, case, slug, text=text, revision=stored.revision, stored=stored, status=409)
    if wants_part(request):
        return plan_page(request, "cases/case.html#section", case=case, part=section_of(case, slug), saved=True)
    messages.success(request, _("Saved."))
    return _back(case, slug)


def _editor(request: Request, case: Case, slug: str, **more: Any) -> HttpResponse:
    """The editor of a section: a page of its own, or for htmx a part that takes the section's place."""
    part = "#editor" if wants_part(request) else ""
    return plan_page(request, f"cases/section.html{part}", case=case, kind=BY_SLUG[slug], **more)


@require_http_methods(["GET", "HEAD", "POST"])
@limited("write")
def renew_section(request: Request, pk: uuid.UUID, slug: str) -> HttpResponse:
    """Write a generated section again from the data: GET shows the old and the new text, POST replaces the old one."""
    case = find_case(request, pk)
    if slug not in BY_SLUG or not BY_SLUG[slug].generated:
        raise Http404
    user = signed_in(request)
    report = _newest_for(reports_of(user), case)
    context: dict[str, Any] = {"case": case, "part": section_of(case, slug), "report": report}
    status = 409 if request.method == "POST" else 200
    if report is None and slug in FROM_REPORT:
        return plan_page(request, "cases/renew.html", status=status, **context)
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
    return plan_page(request, "cases/renew.html", status=status, **context, new=text, new_html=html_of(text))


def _newest_for(reports: list[Assessment], case: Case) -> Assessment | None:
    """The newest report whose ladder knows the level of the case."""
    return next((report for report in reports if case.target in report.rubric.now.levels), None)


def _back(case: Case, slug: str) -> HttpResponse:
    return redirect(f"{reverse('show_case', args=[case.pk])}#{slug}")


@require_safe
@limited("file")
def export_case_markdown(request: Request, pk: uuid.UUID) -> HttpResponse:
    case = find_case(request, pk)
    document = as_markdown(case, sections_of(case))
    return file_response(document, f"{file_name(case)}.md", "text/markdown; charset=utf-8")


def file_name(case: Case) -> str:
    return f"rungwise-case-{case.target}"
