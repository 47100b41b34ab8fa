"""My evidence log: writing, finding, changing and deleting entries, and what the quiz offers of it."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments.models import EVIDENCE_MAX
from growth.evidence.forms import EvidenceForm
from growth.evidence.log import EvidenceError, add_entries, change_entry, log_of
from growth.evidence.search import search
from growth.models import EvidenceEntry
from ladder.models import current_rubric
from ladder.rubric import Rubric
from people.access import signed_in
from people.models import User
from people.requests import Request

PAGE, OFFERED = 30, 5
QUERY_MAX = 200


def find_entry(request: Request, pk: uuid.UUID) -> EvidenceEntry:
    """An entry of this person's own; 404 for everything else."""
    entry = log_of(signed_in(request)).filter(pk=pk).first()
    if entry is None:
        raise Http404
    return entry


@require_http_methods(["GET", "HEAD", "POST"])
def list_evidence(request: Request) -> HttpResponse:
    """Newest first, or what `?q=` finds, of one `?competency=` or of all. POST adds an entry."""
    user, rubric = signed_in(request), current_rubric()
    form = _new(request, rubric, request.GET.get("competency", ""))
    if request.method == "POST" and form.is_valid() and _add(user, form):
        messages.success(request, _("Your log has it."))
        return _to_log(request.GET.get("competency", ""), rubric)
    return _log(request, form, rubric)


def _to_log(competency: str, rubric: Rubric) -> HttpResponse:
    """Back to the log, to the part of it that was looked at."""
    query = f"?competency={competency}" if competency in rubric.competencies else ""
    return redirect(reverse("list_evidence") + query)


def _log(request: Request, form: EvidenceForm, rubric: Rubric) -> HttpResponse:
    user = signed_in(request)
    names = _names(rubric)
    query = request.GET.get("q", "").strip().replace("\0", "")[:QUERY_MAX]
    competency = request.GET.get("competency", "")
    entries = _found(user, query, competency, names)
    page = Paginator(entries, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": [(entry, [names.get(slug, slug) for slug in entry.competencies]) for entry in page],
        "query": query,
        "competency": competency if competency in names else "",
        "rubric": rubric,
        "is_filtered": bool(query or competency),
        "has_any": bool(page) or log_of(user).exists(),
        "section": "plan",
    }
    return render(request, "growth/evidence/log.html", context, status=422 if form.errors else 200)


def _found(user: User, query: str, competency: str, names: dict[str, str]) -> Any:
    entries: Any = log_of(user)
    # In memory: SQLite can't look into a list of slugs, and one person's log is small.
    if competency:
        entries = [entry for entry in entries if competency in entry.competencies]
    return search(entries, query, names) if query else entries


def _names(rubric: Rubric) -> dict[str, str]:
    return {slug: item.name for slug, item in rubric.competencies.items()}


def _new(request: Request, rubric: Rubric, competency: str) -> EvidenceForm:
    initial = {
        "happened_on": timezone.localdate(),
        "competencies": [competency] if competency in rubric.competencies else [],
    }
    return EvidenceForm(request.POST if request.method == "POST" else None, rubric=rubric, initial=initial)


def _add(user: User, form: EvidenceForm) -> bool:
    try:
        add_entries(user, [form.cleaned_data])
    except EvidenceError as error:
        form.add_error(None, str(error))
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def edit_evidence(request: Request, pk: uuid.UUID) -> HttpResponse:
    entry = find_entry(request, pk)
    initial = {name: getattr(entry, name) for name in EvidenceForm.base_fields}
    form = EvidenceForm(request.POST if request.method == "POST" else None, rubric=current_rubric(), initial=initial)
    if request.method == "POST" and form.is_valid():
        change_entry(entry, form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("list_evidence")
    context = {"form": form, "entry": entry, "section": "plan"}
    return render(request, "growth/evidence/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_evidence(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask once, then delete the entry; milestones and plan items that it stood behind lose it."""
    entry = find_entry(request, pk)
    if request.method == "POST":
        entry.delete()
        messages.success(request, _("The entry is deleted."))
        return redirect("list_evidence")
    return render(request, "growth/evidence/delete.html", {"entry": entry, "section": "plan"})


@require_http_methods(["GET", "HEAD", "POST"])
def offer_evidence(request: Request, competency: str) -> HttpResponse:
    """For the quiz: my newest entries about a competency, and a short form for one more. Without htmx, the log."""
    user, rubric = signed_in(request), current_rubric()
    if competency not in rubric.competencies:
        raise Http404
    form = _new(request, rubric, competency)
    added = request.method == "POST" and form.is_valid() and _add(user, form)
    if not request.htmx:
        return _log(request, form, rubric) if form.errors else _to_log(competency, rubric)
    entries = [entry for entry in log_of(user) if competency in entry.competencies]
    context = {
        "competency": rubric.competencies[competency],
        "rows": [(entry, entry.as_line[:EVIDENCE_MAX]) for entry in entries[:OFFERED]],
        "more": max(0, len(entries) - OFFERED),
        "form": _new_blank(rubric, competency) if added else form,
        "added": added,
    }
    return render(request, "growth/evidence/offer.html", context, status=422 if form.errors else 200)


def _new_blank(rubric: Rubric, competency: str) -> EvidenceForm:
    return EvidenceForm(rubric=rubric, initial={"happened_on": timezone.localdate(), "competencies": [competency]})
