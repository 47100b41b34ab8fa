"""The milestones of a level, and the entries of my log attached to each as proof."""

import uuid
from collections import defaultdict

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.report.words import joined
from growth.evidence.log import log_of
from growth.models import EvidenceEntry, MilestoneProof
from growth.pages import plan_page
from ladder.document.format import Milestone
from ladder.models import current_rubric
from ladder.rubric import Rubric
from people.access import signed_in
from people.models import User
from people.requests import Request

# How many of the newest entries a milestone offers. An older one is found in the log, which leads here with `?entry=`.
OFFERED = 100
# How many of its proofs a milestone shows.
SHOWN = 50


@require_safe
def list_milestones(request: Request) -> HttpResponse:
    """The milestones of `?level=`, else of the next levels, each with the entries attached to it.

    The entry that `?entry=` names is offered first, however old it is.
    """
    user, rubric = signed_in(request), current_rubric()
    named = request.GET.get("level", "")
    named = rubric.now.levels.get(named, "")
    slugs = [named] if named else next_levels(rubric, user.held_level)
    proofs = defaultdict(list)
    for proof in MilestoneProof.objects.filter(owner=user, organisation=user.home_id).select_related("entry"):
        proofs[rubric.now.milestones.get(proof.milestone)].append(proof)
    key = _entry(user, request.GET.get("entry", ""))
    chosen = log_of(user).filter(pk=key).first() if key else None
    entries = [*([chosen] if chosen else []), *(entry for entry in log_of(user)[:OFFERED] if entry != chosen)]
    groups = [
        (
            joined(rubric.levels[slug].title for slug in group),
            [_row(item, proofs[item.slug], entries) for item in items],
        )
        for group, items in grouped(rubric, slugs)
    ]
    return plan_page(
        request,
        "evidence/milestones.html",
        groups=groups,
        all_levels=[level for level in rubric.levels.values() if rubric.milestones_for(level.slug)],
        named=named,
        chosen=chosen,
        has_entries=bool(entries),
    )


type Row = tuple[Milestone, list[MilestoneProof], int, list[EvidenceEntry]]


def _row(item: Milestone, attached: list[MilestoneProof], entries: list[EvidenceEntry]) -> Row:
    """A milestone, the first of its proofs, how many more there are, and the entries that could still be attached."""
    there = {proof.entry_id for proof in attached}
    return item, attached[:SHOWN], max(0, len(attached) - SHOWN), [entry for entry in entries if entry.pk not in there]


def grouped(rubric: Rubric, slugs: list[str]) -> list[tuple[list[str], list[Milestone]]]:
    """The milestones of some levels, each once, grouped by the levels that share them; the most shared come first."""
    groups: dict[tuple[str, ...], list[Milestone]] = {}
    for item in rubric.ladder.milestones:
        if shared := tuple(slug for slug in slugs if slug in item.levels):
            groups.setdefault(shared, []).append(item)
    return [(list(group), items) for group, items in sorted(groups.items(), key=lambda pair: -len(pair[0]))]


def next_levels(rubric: Rubric, held: str) -> list[str]:
    """The levels after `held` that have milestones; else the first level of the ladder that has some."""
    level = rubric.now.levels.get(held, "")
    onward = [slug for slug in rubric.next_levels.get(level, ()) if rubric.milestones_for(slug)]
    return onward or [slug for slug in rubric.levels if rubric.milestones_for(slug)][:1]


@require_POST
def attach_evidence(request: Request, milestone: str) -> HttpResponse:
    """Attach one of the person's own entries to a milestone; doing it twice is harmless."""
    user, rubric = signed_in(request), current_rubric()
    if milestone not in rubric.now.milestones:
        raise Http404
    milestone = rubric.now.milestones[milestone]
    entry = _entry(user, request.POST.get("entry", ""))
    if entry is None:
        messages.warning(request, _("Choose an entry of your log."))
        return _back(request, milestone)
    MilestoneProof.objects.get_or_create(organisation_id=user.home_id, owner=user, milestone=milestone, entry_id=entry)
    messages.success(request, _("Attached."))
    return _back(request, milestone)


def _entry(user: User, said: str) -> uuid.UUID | None:
    try:
        pk = uuid.UUID(said)
    except ValueError:
        return None
    found: uuid.UUID | None = log_of(user).filter(pk=pk).values_list("pk", flat=True).first()
    return found


@require_POST
def detach_evidence(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Detach an entry from a milestone; the entry itself stays in the log."""
    user = signed_in(request)
    proof = get_object_or_404(MilestoneProof.objects.filter(owner=user, organisation=user.home_id), pk=pk)
    proof.delete()
    messages.success(request, _("Taken off. The entry stays in your log."))
    return _back(request, proof.milestone)


def _back(request: Request, milestone: str) -> HttpResponse:
    level = request.POST.get("level", "")
    query = f"?level={level}" if level in current_rubric().levels else ""
    return redirect(f"{reverse('list_milestones')}{query}#{milestone}")
