"""My plan: what I agreed to do next, and how far it is."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.access import reviews_of
from growth.models import PlanItem
from ladder.models import current_rubric
from people.access import signed_in


@require_safe
def list_plan(request: HttpRequest) -> HttpResponse:
    """Open items by their date, then what is done or dropped."""
    user = signed_in(request)
    names = {slug: item.name for slug, item in current_rubric().competencies.items()}
    items = PlanItem.objects.filter(owner=user, organisation=user.home_id).select_related("commitment__review__manager")
    rows = [(item, names.get(item.competency, item.competency)) for item in items]
    ended = {PlanItem.State.DONE, PlanItem.State.DROPPED}
    context = {
        "open_rows": [row for row in rows if row[0].state not in ended],
        "ended_rows": [row for row in rows if row[0].state in ended],
        "states": PlanItem.State.choices,
        # Whoever left an organisation keeps their plan, but its reviews are closed to them.
        "open_reviews": set(reviews_of(user).filter(commitments__plan_item__owner=user).values_list("pk", flat=True)),
        "section": "plan",
    }
    return render(request, "growth/plan.html", context)


@require_POST
def set_plan_state(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Set how far an item is: `state` says it, so doing it twice is harmless."""
    user = signed_in(request)
    state = request.POST.get("state", "")
    if state not in PlanItem.State.values:
        messages.warning(request, _("Choose planned, doing, done or dropped."))
        return redirect("list_plan")
    if not PlanItem.objects.filter(pk=pk, owner=user, organisation=user.home_id).update(state=state):
        raise Http404
    messages.success(request, _("Saved."))
    return redirect("list_plan")
