"""An organisation's page for everybody in it, and its settings for its owners."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from assessments.models import Round
from assessments.rounds.forms import SettingsForm
from assessments.rounds.rounds import Progress, progress_of
from ladder.models import LadderVersion, OrganisationLadder, current_rubric, rubric_of
from people.access import find_organisation
from people.audit.log import Kind, Verb, record
from people.database.columns import folded
from people.database.transactions import transactional
from people.models import Membership, Organisation, Team
from people.organisations.teams import tree
from people.policy import Action, Role
from people.standing import Standing
from people.upkeep.state import last_backup

ROUNDS_SHOWN = 3
TEAMS_SHOWN = 100
VERSIONS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in the tree. `may_open`: the viewer may see its page. `count`: its people, for owners and admins."""

    team: Team
    depth: int
    may_open: bool
    role: str
    count: int | None


@dataclass(frozen=True, slots=True)
class RoundRow:
    """An open round; `progress` for owners and admins only. `may_begin`: the viewer is one of those it is about."""

    round: Round
    progress: Progress | None
    may_begin: bool


@require_safe
def show_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Teams and open rounds, for owners and admins with how many people there are and how far they have come."""
    organisation, standing = find_organisation(request, slug, Action.SEE_ORGANISATION)
    manages = standing.may(Action.MANAGE_PEOPLE)
    counts = _team_counts(organisation) if manages else {}
    rows = [
        TeamRow(
            branch.team,
            branch.depth,
            standing.may_in(branch.team, Action.SEE_TEAM),
            standing.teams.get(branch.team.pk, ""),
            counts.get(branch.team.pk, 0) if manages else None,
        )
        for branch in tree(organisation, closed=True)
    ]
    # In the order of the tree, the closed ones after all others.
    rows = [row for row in rows if not row.team.closed_at] + [
        row for row in rows if row.team.closed_at and row.may_open
    ]
    page = Paginator(rows, TEAMS_SHOWN).get_page(request.GET.get("page"))
    reads = standing.may(Action.READ_COMPLETION)
    takes_part = Role.TEAM_MEMBER in standing.teams.values()
    rounds = Round.objects.filter(organisation=organisation, closed_at__isnull=True)[:ROUNDS_SHOWN]
    context = {
        "organisation": organisation,
        "teams": [row for row in page if not row.team.closed_at],
        "closed": [row for row in page if row.team.closed_at],
        "page": page,
        "rounds": [
            RoundRow(item, progress_of(item) if reads else None, may_begin=item.has_begun and (takes_part or not reads))
            for item in rounds
        ],
        "people": Membership.objects.of(organisation).count() if manages else None,
        "is_owner": Role.OWNER in standing.roles,
        "may": _may(standing),
        "section": "teams",
    }
    return render(request, "assessments/rounds/organisation.html", context)


def _team_counts(organisation: Organisation) -> dict[object, int]:
    current = Count("memberships", filter=Q(memberships__left_at__isnull=True))
    teams = Team.objects.filter(organisation=organisation).order_by()
    return dict(teams.annotate(count=current).values_list("pk", "count"))


def _may(standing: Standing) -> dict[str, bool]:
    """What the viewer may do here: a lower-case name of each action → whether."""
    actions = (
        *(Action.MANAGE_PEOPLE, Action.INVITE, Action.MANAGE_ROUNDS),
        *(Action.READ_COMPLETION, Action.CHANGE_ORGANISATION, Action.READ_LOG),
    )
    return {action.name.lower(): standing.may(action) for action in actions}


@require_http_methods(["GET", "HEAD", "POST"])
def edit_organisation(request: HttpRequest, slug: str) -> HttpResponse:
    """Name, time zone, ladder version and scheme; and when all of it was last backed up, with the rest of the site."""
    organisation, _standing = find_organisation(request, slug, Action.CHANGE_ORGANISATION)
    chosen = OrganisationLadder.objects.filter(organisation=organisation).first()
    ladder_versions = list(
        LadderVersion.objects.published()
        .filter(Q(organisation__isnull=True) | Q(organisation=organisation))
        .order_by("slug", "-version")
        .defer("document")[:VERSIONS_SHOWN]
    )
    initial = {
        "name": organisation.name,
        "zone": organisation.zone,
        "ladder_version": str(chosen.ladder_version_id) if chosen else "",
        "scheme": chosen.scheme if chosen else "",
    }
    rubrics = [current_rubric(), *([rubric_of(chosen.ladder_version_id)] if chosen else [])]
    form = SettingsForm(request.POST or None, ladder_versions=ladder_versions, rubrics=rubrics, initial=initial)
    if request.method == "POST" and form.is_valid():
        _save(organisation, form)
        messages.success(request, _("Saved."))
        return redirect("edit_organisation", organisation.slug)
    context = {"organisation": organisation, "form": form, "backup": last_backup(), "section": "teams"}
    return render(request, "assessments/rounds/settings.html", context, status=422 if request.method == "POST" else 200)


@transactional
def _save(organisation: Organisation, form: SettingsForm) -> None:
    data = form.cleaned_data
    said = {"name": data["name"], "folded": folded(data["name"]), "zone": data["zone"] or organisation.zone}
    Organisation.objects.filter(pk=organisation.pk).update(**said)
    if data["ladder_version"]:
        chosen = {"ladder_version_id": data["ladder_version"], "scheme": data["scheme"]}
        OrganisationLadder.objects.update_or_create(organisation=organisation, defaults=chosen)
    else:
        OrganisationLadder.objects.filter(organisation=organisation).delete()
    record(organisation.pk, Verb.SETTINGS_CHANGED, organisation, kind=Kind.ORGANISATION)
