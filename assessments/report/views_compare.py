"""Two of one's own reports side by side."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.models import Assessment
from assessments.report.compare import Compared
from assessments.report.find import find_submitted
from people.fields import as_id
from people.requests import Request

OFFERED_MAX = 200


@login_not_required
@require_safe
def compare_reports(request: Request) -> HttpResponse:
    """The reports that `?a=` and `?b=` name, in either order; without both, the two newest. 404 for what is not theirs.

    Below it, a form to choose two others.
    """
    reports = Assessment.objects.own_list(request).filter(status=Assessment.Status.SUBMITTED)
    own = list(reports.defer("outcome__result")[:OFFERED_MAX])
    named = [request.GET[name] for name in ("a", "b") if request.GET.get(name)]
    keys = [as_id(raw) for raw in named]
    if None in keys:
        raise Http404
    known = {item.report_id: item for item in own}
    chosen = [known.get(key) or find_submitted(request, key) for key in keys if key]
    for item in own:
        if len(chosen) < 2 and item.pk not in {other.pk for other in chosen}:
            chosen.append(item)
    is_same = len(chosen) == 2 and chosen[0].pk == chosen[1].pk
    context = {
        "own": own,
        "chosen": [item.report_id for item in chosen],
        "compared": Compared.of(*chosen) if len(chosen) == 2 and not is_same else None,
        "problem": _("These are the same report. Choose two different ones.") if is_same else "",
        "section": "reports",
    }
    return render(request, "assessments/report/compare.html", context, status=422 if is_same else 200)
