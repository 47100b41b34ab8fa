"""Teams: making, nesting and closing them, and changing who is in them, under the lock on the organisation."""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from itertools import count

from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from people.audit.log import Entry, Kind, Verb, record
from people.database.transactions import transactional
from people.errors import PeopleError
from people.models import Membership, Organisation, Team, TeamMembership, User
from people.organisations.appointing import Office, appoint
from people.organisations.lock import lock_organisation
from people.organisations.open_invitations import end_all
from people.signals import left_team, stopped_managing, team_closed

TEAMS_MAX = 500
"""Teams of an organisation that are not closed: all of them stand in the choices of its forms."""
DEEPEST = 8
"""Levels of teams inside teams; more would be a mistake."""
NOT_A_TEAM = "new"
"""The page that makes a team has the address that a team of this slug would have."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A team in the tree. A team on top has depth 0."""

    team: Team
    depth: int


def tree(organisation: Organisation, *, closed: bool = False) -> list[Branch]:
    """The active teams by name, each below its parent, or on top if that is closed. One statement."""
    every = Team.objects.filter(organisation=organisation).order_by("folded", "id")
    teams = [team for team in every if closed or not team.closed_at]
    known = {team.pk for team in teams}
    below: dict[uuid.UUID | None, list[Team]] = defaultdict(list)
    for team in teams:
        below[team.parent_id if team.parent_id in known else None].append(team)
    found: list[Branch] = []
    waiting = [(team, 0) for team in reversed(below[None])]
    while waiting:
        team, depth = waiting.pop()
        found.append(Branch(team, depth))
        waiting += [(child, depth + 1) for child in reversed(below[team.pk])]
    return found


def possible_parents(team: Team) -> list[Branch]:
    """The teams that this one can be moved into: all active ones but itself and those inside it."""
    inside = {team.pk}
    found = []
    for branch in tree(team.organisation):
        if branch.team.parent_id in inside or branch.team.pk == team.pk:
            inside.add(branch.team.pk)
        else:
            found.append(branch)
    return found


@transactional
def make_team(organisation: Organisation, name: str, parent: Team | None, manager: User | None = None) -> Team:
    lock_organisation(organisation.pk)
    _check_count(organisation.pk)
    _check_depth(organisation.pk, parent)
    team = Team.objects.create(organisation=organisation, name=name, parent=parent, slug=_free_slug(organisation, name))
    entries = [Entry(Verb.TEAM_MADE, Kind.TEAM, team.pk)]
    if manager:
        role = TeamMembership.Role.MANAGER
        TeamMembership.objects.create(organisation=organisation, team=team, user=manager, role=role)
        entries.append(_joined(team, manager.pk, role))
    appoint(organisation.pk, entries, given=[Office(manager, "manager", team)] if manager else [])
    return team


def _free_slug(organisation: Organisation, name: str) -> str:
    """A slug that no team of the organisation has: the name itself, or with a number."""
    base = slugify(name)[:72].strip("-") or "team"
    taken = {NOT_A_TEAM, *Team.objects.filter(organisation=organisation).values_list("slug", flat=True)}
    numbered = (f"{base}-{number}" for number in count(2))
    return base if base not in taken else next(slug for slug in numbered if slug not in taken)


def _joined(team: Team, user_id: uuid.UUID, role: str) -> Entry:
    return Entry(Verb.TEAM_JOINED, Kind.TEAM, team.pk, person=user_id, detail=role)


@transactional
def change_team(team: Team, name: str, parent: Team | None) -> None:
    """Rename a team and move it into another one. Its address stays, or links to it would break. Raises PeopleError."""
    lock_organisation(team.organisation_id)
    _check_depth(team.organisation_id, parent, moving=team)
    team.name, team.parent = name, parent
    # Without this list, a team that was closed meanwhile would be open again. A new field belongs into it.
    team.save(update_fields=["name", "folded", "parent"])
    record(team.organisation_id, Verb.TEAM_CHANGED, team, kind=Kind.TEAM)


@transactional
def close_team(team: Team) -> None:
    """Close a team: nobody joins it, reviews or reads copies in it any more. Closing it again changes nothing."""
    lock_organisation(team.organisation_id)
    if not Team.objects.filter(pk=team.pk, closed_at__isnull=True).update(closed_at=timezone.now()):
        return
    end_all(team.organisation_id, Q(team=team))
    team_closed.send(Team, team=team)
    record(team.organisation_id, Verb.TEAM_CLOSED, team, kind=Kind.TEAM)


@transactional
def reopen_team(team: Team) -> None:
    """Open a closed team with those who are still in it. Copies and invitations that ended stay ended. Raises
    PeopleError when there are too many."""
    lock_organisation(team.organisation_id)
    if Team.objects.filter(pk=team.pk, closed_at__isnull=False).exists():
        _check_count(team.organisation_id)
    if Team.objects.filter(pk=team.pk, closed_at__isnull=False).update(closed_at=None):
        record(team.organisation_id, Verb.TEAM_REOPENED, team, kind=Kind.TEAM)


@transactional
def add_to_team(team: Team, user_ids: list[uuid.UUID], role: str) -> int:
    """Add people of the organisation who are not in the team yet. Returns how many; raises PeopleError."""
    lock_organisation(team.organisation_id)
    _check_open(team)
    there = set(TeamMembership.objects.of(team).values_list("user_id", flat=True))
    chosen = Membership.objects.of(team.organisation_id).filter(user__in=user_ids).values_list("user_id", flat=True)
    joining = [user for user in chosen if user not in there]
    TeamMembership.objects.bulk_create(
        TeamMembership(organisation_id=team.organisation_id, team=team, user_id=user, role=role) for user in joining
    )
    given = [Office(person, role, team) for person in User.objects.filter(pk__in=joining)]
    appoint(team.organisation_id, [_joined(team, user, role) for user in joining], given=given)
    return len(joining)


@transactional
def change_team_role(team: Team, user_id: uuid.UUID, role: str) -> None:
    """Make somebody a manager or a member of the team. This ends one membership and begins another, as roles are dated.

    Raises TeamMembership.DoesNotExist for somebody who is not in it.
    """
    lock_organisation(team.organisation_id)
    _check_open(team)
    current = _current(team, user_id)
    if current.role == role:
        return
    now = timezone.now()
    TeamMembership.objects.filter(pk=current.pk).update(left_at=now)
    TeamMembership.objects.create(
        organisation_id=team.organisation_id, team=team, user_id=user_id, role=role, joined_at=now
    )
    if role == TeamMembership.Role.MEMBER:
        stopped_managing.send(Team, user=current.user, team=team)
    appoint(
        team.organisation_id,
        [Entry(Verb.TEAM_ROLE_CHANGED, Kind.TEAM, team.pk, person=user_id, detail=role)],
        given=[Office(current.user, role, team)],
        taken=[Office(current.user, current.role, team)],
    )


@transactional
def remove_from_team(team: Team, user_id: uuid.UUID) -> None:
    """End somebody's time in the team; copies for its managers are taken back. Raises as `change_team_role`."""
    lock_organisation(team.organisation_id)
    ended = _end(team, user_id)
    appoint(team.organisation_id, [_left(team, user_id)], taken=[Office(ended.user, ended.role, team)])


def _left(team: Team, user_id: uuid.UUID) -> Entry:
    return Entry(Verb.TEAM_LEFT, Kind.TEAM, team.pk, person=user_id)


@transactional
def move_to_team(team: Team, user_id: uuid.UUID, target: Team) -> None:
    """Move somebody to another team of the same organisation, in the same role. Raises PeopleError."""
    if target.organisation_id != team.organisation_id or target.pk == team.pk:
        raise PeopleError(_("Choose another team of this organisation."))
    lock_organisation(team.organisation_id)
    _check_open(target)
    ended = _end(team, user_id)
    given, entries = [], [_left(team, user_id)]
    if not TeamMembership.objects.of(target).filter(user=user_id).exists():
        TeamMembership.objects.create(
            organisation_id=team.organisation_id, team=target, user_id=user_id, role=ended.role
        )
        entries.append(_joined(target, user_id, ended.role))
        given.append(Office(ended.user, ended.role, target))
    appoint(team.organisation_id, entries, given=given, taken=[Office(ended.user, ended.role, team)])


def _end(team: Team, user_id: uuid.UUID) -> TeamMembership:
    current = _current(team, user_id)
    current.left_at = timezone.now()
    current.save(update_fields=["left_at"])
    left_team.send(Team, user=current.user, team=team)
    return current


def _current(team: Team, user_id: uuid.UUID) -> TeamMembership:
    return TeamMembership.objects.of(team).select_related("user").get(user=user_id)


def _check_open(team: Team) -> None:
    if Team.objects.filter(pk=team.pk, closed_at__isnull=False).exists():
        raise PeopleError(_("The team is closed."))


def _check_count(organisation_id: uuid.UUID) -> None:
    if Team.objects.filter(organisation=organisation_id, closed_at__isnull=True).count() >= TEAMS_MAX:
        raise PeopleError(_("There are %(count)d teams. Close one that you don’t need.") % {"count": TEAMS_MAX})


def _check_depth(organisation_id: uuid.UUID, parent: Team | None, moving: Team | None = None) -> None:
    """Refuse a parent of another organisation, a circle, or too many levels. One statement."""
    if parent is None:
        return
    if parent.organisation_id != organisation_id:
        raise PeopleError(_("Choose a team of this organisation."))
    parents = dict(Team.objects.filter(organisation=organisation_id).values_list("id", "parent"))
    at: uuid.UUID | None = parent.pk
    above = 0
    while at is not None:
        if moving and at == moving.pk:
            raise PeopleError(_("A team can’t lie inside itself or inside one of its own teams."))
        at = parents.get(at)
        above += 1
    below = _height(parents, moving.pk) if moving else 1
    if above + below > DEEPEST:
        raise PeopleError(_("Teams can lie %(count)d deep at most.") % {"count": DEEPEST})


def _height(parents: dict[uuid.UUID, uuid.UUID | None], top: uuid.UUID) -> int:
    """The number of levels of a team with those inside it."""
    layer, height = {top}, 0
    while layer:
        layer = {team for team, parent in parents.items() if parent in layer}
        height += 1
    return height
