"""My evidence log: add, find, change and delete entries, and offer them to the quiz."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments.models import EVIDENCE_MAX
from assessments.report.find import level_of, newest_report
from growth.evidence.forms import EvidenceForm
from growth.evidence.log import about, add_entries, change_entry, log_of
from growth.evidence.search import search
from growth.models import EvidenceEntry
from growth.pages import plan_page, posted, refusals_on
from ladder.models import current_rubric
from ladder.rubric import Rubric
from people.access import signed_in
from people.once import once
from people.requests import Request

PAGE, OFFERED = 30, 5
QUERY_MAX = 200


def find_entry(request: Request, pk: uuid.UUID) -> EvidenceEntry:
    """One of the person's own entries; 404 for all others."""
    return get_object_or_404(log_of(signed_in(request)), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def list_evidence(request: Request) -> HttpResponse:
    """The log, newest first, filtered by `?q=` and `?competency=`. POST adds an entry."""
    rubric = current_rubric()
    form = _form(rubric, request.GET.get("competency", ""), posted(request))
    if _is_added(request, form):
        messages.success(request, _("Your log has it."))
        return _to_log(request.GET.get("competency", ""), rubric)
    return _log(request, form, rubric)


def _to_log(competency: str, rubric: Rubric) -> HttpResponse:
    """Back to the log, filtered by the same competency."""
    found = rubric.competency(competency)
    query = f"?competency={found.slug}" if found else ""
    return redirect(reverse("list_evidence") + query)


def _log(request: Request, form: EvidenceForm, rubric: Rubric) -> HttpResponse:
    user = signed_in(request)
    now = rubric.now.competencies
    names = {slug: rubric.competencies[now[slug]].name for slug in now}
    query = request.GET.get("q", "").strip().replace("\0", "")[:QUERY_MAX]
    competency = request.GET.get("competency", "")
    competency = now.get(competency, competency)
    entries: Any = log_of(user)
    # Filtered in memory: SQLite can't search a JSON list, and one person's log is small.
    if competency:
        entries = about(rubric, entries, competency)
    if query:
        entries = search(entries, query, names)
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    is_filtered = bool(query or competency)
    # Whoever looks for something has it before them already.
    level = None if is_filtered else level_of(newest_report(user), user, rubric)
    return plan_page(
        request,
        "evidence/log.html",
        form=form,
        page=page,
        rows=[(entry, [names.get(slug, slug) for slug in entry.competencies]) for entry in page],
        query=query,
        competency=competency if competency in names else "",
        rubric=rubric,
        is_filtered=is_filtered,
        note=level.notes.evidence if level else "",
        has_any=bool(page) or log_of(user).exists(),
    )


def _form(rubric: Rubric, competency: str, data: Any = None) -> EvidenceForm:
    """The form for a new entry, filled in with today and the competency."""
    found = rubric.competency(competency)
    competencies = [found.slug] if found else []
    initial = {"happened_on": timezone.localdate(), "competencies": competencies}
    return EvidenceForm(data, rubric=rubric, initial=initial)


def _is_added(request: Request, form: EvidenceForm) -> bool:
    if form.is_valid():
        with refusals_on(form):
            add_entries(signed_in(request), [form.cleaned_data])
    return form.is_valid()


@require_http_methods(["GET", "HEAD", "POST"])
def edit_evidence(request: Request, pk: uuid.UUID) -> HttpResponse:
    entry = find_entry(request, pk)
    initial = {name: getattr(entry, name) for name in EvidenceForm.base_fields}
    form = EvidenceForm(posted(request), rubric=current_rubric(), initial=initial)
    if form.is_valid():
        change_entry(entry, form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("list_evidence")
    return plan_page(request, "evidence/edit.html", form=form, entry=entry)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_evidence(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for confirmation, then delete the entry. Milestones and plan items lose it as their evidence."""
    entry = find_entry(request, pk)
    if request.method == "POST":
        entry.delete()
        messages.success(request, _("The entry is deleted."))
        return redirect("list_evidence")
    return plan_page(request, "evidence/delete.html", entry=entry)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def offer_evidence(request: Request, competency: str) -> HttpResponse:
    """For the quiz: the newest entries about a competency and a form for another. Without htmx, show or return to the
    log."""
    rubric = current_rubric()
    found = rubric.competency(competency)
    if found is None:
        raise Http404
    form = _form(rubric, competency, posted(request))
    added = _is_added(request, form)
    if not request.htmx:
        return _log(request, form, rubric) if form.errors else _to_log(competency, rubric)
    entries = about(rubric, log_of(signed_in(request)), found.slug)
    return plan_page(
        request,
        "evidence/offer.html",
        competency=found,
        rows=[(entry, entry.as_line[:EVIDENCE_MAX]) for entry in entries[:OFFERED]],
        more=max(0, len(entries) - OFFERED),
        form=_form(rubric, competency) if added else form,
        added=added,
    )
