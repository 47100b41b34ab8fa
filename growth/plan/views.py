"""My plan: list, add, pick from a report, edit, reorder, and finish items."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from assessments.access import reviews_of
from assessments.report.find import find_submitted, level_of, newest_report, report_of, wants_today
from growth.evidence.forms import EvidenceForm
from growth.models import PlanItem
from growth.pages import plan_page, posted, refusals_on
from growth.plan.forms import PickForm, PlanItemForm, suggested
from growth.plan.plan import AT_ONCE, OPEN, State, add_items, finish, move, plan_of, set_state
from ladder.models import current_rubric
from people.access import signed_in
from people.fragments import wants_part
from people.once import once
from people.requests import Request

PAGE = 30
ALREADY = gettext_lazy("It is in your plan already.")


def find_item(request: Request, pk: uuid.UUID) -> PlanItem:
    """One of the person's own items; 404 for all others."""
    items = plan_of(signed_in(request)).select_related("commitment__review__manager", "evidence")
    return get_object_or_404(items, pk=pk)


@require_safe
def list_plan(request: Request) -> HttpResponse:
    """Open items in their order, then done and dropped ones, 30 a page."""
    return _lists(request)


def _lists(request: Request) -> HttpResponse:
    user = signed_in(request)
    rubric = current_rubric()
    names = {slug: rubric.competencies[now].name for slug, now in rubric.now.competencies.items()}
    items = plan_of(user).select_related("commitment__review__manager", "evidence")
    rows = [(item, names.get(item.competency, item.competency)) for item in items]
    open_rows = [row for row in rows if row[0].state in OPEN]
    ended = sorted((row for row in rows if row[0].state not in OPEN), key=_done_on, reverse=True)
    page = Paginator([*open_rows, *ended], PAGE).get_page(_page_asked(request))
    context: dict[str, Any] = {
        "page": page,
        "open_rows": [row for row in page if row[0].state in OPEN],
        "ended_rows": [row for row in page if row[0].state not in OPEN],
        "many": len(open_rows) > 1,
        # Where an item goes that is dragged to the end of this page.
        "behind": next((item.pk for item, _name in open_rows[page.end_index() :]), ""),
        "states": State.choices,
        # Somebody who left an organisation keeps their plan, but a link to its reviews would answer 404.
        "open_reviews": set(reviews_of(user).filter(commitments__plan_item__owner=user).values_list("pk", flat=True)),
        "doing": sum(item.state == State.DOING for item, _name in rows),
        "at_once": AT_ONCE,
    }
    if wants_part(request):
        return plan_page(request, "plan/plan.html#lists", **context)
    newest = newest_report(user)
    level = level_of(newest, user, rubric)
    return plan_page(request, "plan/plan.html", **context, newest=newest, note=level.notes.plan if level else "")


def _done_on(row: tuple[PlanItem, str]) -> str:
    return str(row[0].done_on or "")


def _page_asked(request: Request) -> str:
    """The page of the list; an action of htmx answers with the one that it was sent from."""
    asked = QueryDict(urlsplit(request.htmx.current_url or "").query) if request.htmx else request.GET
    return asked.get("page", "")


@require_http_methods(["GET", "HEAD", "POST"])
@once
def create_plan_item(request: Request) -> HttpResponse:
    """Add an item in one's own words, or begin with the competency and the action of the ladder that a page names."""
    rubric = current_rubric()
    initial = suggested(rubric, request.GET.get("competency", ""), request.GET.get("action", ""))
    form = PlanItemForm(posted(request), rubric=rubric, initial=initial)
    if form.is_valid():
        with refusals_on(form):
            added = add_items(signed_in(request), [form.item])
            messages.success(request, _("It is in your plan.") if added else _("It is in your plan already."))
            return redirect("list_plan")
    return plan_page(request, "plan/item.html", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def pick_plan_items(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Choose among the actions that a report suggests; `?target=` is the level to compare with."""
    user = signed_in(request)
    assessment = find_submitted(request, pk)
    target = request.GET.get("target", "")
    against = assessment.rubric.now.levels.get(target)
    report = report_of(assessment, against=against, by_today=wants_today(request))
    form = PickForm(posted(request), report=report)
    if form.is_valid():
        with refusals_on(form):
            added = add_items(user, form.items)
            said = _("It is in your plan. Write a small first step beside it.") if added else ALREADY
            messages.success(request, said)
            return redirect("list_plan")
    return plan_page(request, "plan/pick.html", form=form, assessment=assessment, report=report)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_plan_item(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change an item. In one from a review, text, competency and date can't be changed."""
    item = find_item(request, pk)
    fields = ("text", "competency", "first_step", "done_when", "due_on")
    form = PlanItemForm(
        posted(request),
        rubric=current_rubric(),
        agreed=item.commitment_id is not None,
        initial={name: getattr(item, name) for name in fields},
    )
    if form.is_valid():
        plan_of(signed_in(request)).filter(pk=item.pk).update(**{name: form.cleaned_data[name] for name in fields})
        messages.success(request, _("Saved."))
        return redirect("list_plan")
    return plan_page(request, "plan/item.html", form=form, item=item)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_plan_item(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for confirmation, then delete the item."""
    item = find_item(request, pk)
    if request.method == "POST":
        item.delete()
        messages.success(request, _("It is out of your plan."))
        return redirect("list_plan")
    return plan_page(request, "plan/delete.html", item=item)


@require_POST
def set_plan_state(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Set the state to `state`: a toggle would undo itself when sent twice. Done leads on to a line of evidence."""
    user, state = signed_in(request), request.POST.get("state", "")
    if state not in State.values:
        messages.warning(request, _("Choose planned, doing, done or dropped."))
        return redirect("list_plan")
    if not set_state(user, pk, state, timezone.localdate()):
        raise Http404
    if state == State.DONE:
        response = redirect("finish_plan_item", pk)
        return HttpResponseClientRedirect(response.url) if wants_part(request) else response
    return _lists(request) if wants_part(request) else redirect("list_plan")


@require_POST
def move_plan_item(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Move an open item. `place` is up, down or before; then `before` is the id of another item, or empty: the end."""
    place = request.POST.get("place", "")
    named = request.POST.get("before")
    try:
        before = uuid.UUID(named) if named else None
    except ValueError:
        place = ""
    if place not in {"up", "down", "before"}:
        messages.warning(request, _("Choose up or down."))
        return redirect("list_plan")
    if not move(signed_in(request), pk, place, before):
        raise Http404
    return _lists(request) if wants_part(request) else redirect("list_plan")


@require_http_methods(["GET", "HEAD", "POST"])
def finish_plan_item(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for evidence of a done item; it becomes an entry of the log that the item points to."""
    item = find_item(request, pk)
    if item.state != State.DONE or item.evidence is not None:
        return redirect("list_plan")
    initial: dict[str, Any] = {
        "approach": item.text,
        "happened_on": item.done_on or timezone.localdate(),
        "competencies": [item.competency] if item.competency else [],
    }
    form = EvidenceForm(posted(request), rubric=current_rubric(), initial=initial)
    if form.is_valid():
        with refusals_on(form):
            finish(signed_in(request), item.pk, form.cleaned_data)
            messages.success(request, _("Your evidence log has it."))
            return redirect("list_plan")
    return plan_page(request, "plan/done.html", form=form, item=item)
