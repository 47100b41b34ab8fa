"""What somebody is in an organisation and its teams. Read for each request, or it would outlive their leaving."""

import uuid
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from people.models import Membership, Organisation, Team, TeamMembership, User
from people.policy import Action, Role, State, allowed


@dataclass(frozen=True, slots=True)
class Standing:
    """The roles of one person in one organisation: in it as a whole, and team by team."""

    organisation: uuid.UUID
    roles: frozenset[Role] = frozenset()
    teams: dict[uuid.UUID, Role] = field(default_factory=dict)

    def in_team(self, team: Team) -> frozenset[Role]:
        """Roles in a team; none for somebody who is not in its organisation."""
        if not self.roles or team.organisation_id != self.organisation:
            return frozenset()
        own = self.teams.get(team.pk)
        return self.roles | ({own} if own else set())

    def may(self, action: Action) -> bool:
        return allowed(self.roles, action, State.ACTIVE)

    def may_in(self, team: Team, action: Action) -> bool:
        return allowed(self.in_team(team), action, State.CLOSED if team.closed_at else State.ACTIVE)

    @property
    def is_in(self) -> bool:
        return bool(self.roles)


@dataclass(frozen=True, slots=True)
class Offices:
    """What somebody is anywhere: in an organisation, one who leads it, a manager of an open team."""

    is_in: bool
    leads: bool
    manages: bool


ROLES = {
    Membership.Role.OWNER: Role.OWNER,
    Membership.Role.ADMIN: Role.ADMIN,
    Membership.Role.MEMBER: Role.ORGANISATION_MEMBER,
}


def standing_of(user: User, organisation: uuid.UUID) -> Standing:
    """A person's standing in an organisation. Two statements; one if they are not in it."""
    role = Membership.objects.of(organisation).filter(user=user).values_list("role", flat=True).first()
    if role is None:
        return Standing(organisation)
    teams = TeamMembership.objects.current().filter(organisation=organisation, user=user)
    return Standing(
        organisation,
        frozenset({ROLES[Membership.Role(role)]}),
        {team: _team_role(team_role) for team, team_role in teams.values_list("team_id", "role")},
    )


def offices_of(user: User) -> Offices:
    """What somebody is in all organisations together. One statement; what it says opens nothing."""
    managing = TeamMembership.objects.current().filter(
        organisation=OuterRef("organisation"),
        user=user,
        role=TeamMembership.Role.MANAGER,
        team__closed_at__isnull=True,
    )
    memberships = Membership.objects.current().filter(user=user, organisation__kind=Organisation.Kind.COMPANY)
    found = list(memberships.order_by().annotate(manages=Exists(managing)).values_list("role", "manages"))
    leads = any(allowed(ROLES[Membership.Role(role)], Action.MANAGE_PEOPLE, State.ACTIVE) for role, _manages in found)
    return Offices(bool(found), leads, any(manages for _role, manages in found))


def teams_with_standing(user: User | uuid.UUID) -> QuerySet[Team]:
    """Teams with this person's roles, for `standing_towards`, in one statement; `standing_of` takes two for each."""
    # One row each at most: sorted by the models' own order, the statement would take Django a third longer to write.
    memberships = Membership.objects.of(OuterRef("organisation")).filter(user=user).order_by()
    in_team = (
        TeamMembership.objects.current()
        .filter(organisation=OuterRef("organisation"), team=OuterRef("pk"), user=user)
        .order_by()
    )
    return Team.objects.select_related("organisation").annotate(
        own_role=Subquery(memberships.values("role")[:1]), own_team_role=Subquery(in_team.values("role")[:1])
    )


def standing_towards(team: Team) -> Standing:
    """The person's standing, from a team of `teams_with_standing`. It knows of no other team."""
    role, team_role = getattr(team, "own_role", None), getattr(team, "own_team_role", None)
    if role is None:
        return Standing(team.organisation_id)
    teams = {team.pk: _team_role(team_role)} if team_role else {}
    return Standing(team.organisation_id, frozenset({ROLES[Membership.Role(role)]}), teams)


def manages(who: User | OuterRef, *, team: str = "team", since: str = "") -> Exists:
    """Whether somebody manages the team that a row names.

    With `since`, a moment of the row, only who has without a break since then: what ended with somebody's time as a
    manager must not come back when they are appointed again, or when the team is closed.
    """
    lasting = {"joined_at__lte": OuterRef(since)} if since else {}
    return Exists(
        TeamMembership.objects.current().filter(
            organisation=OuterRef("organisation"),
            team=OuterRef(team),
            user=who,
            role=TeamMembership.Role.MANAGER,
            **lasting,
        )
    )


def _team_role(role: str) -> Role:
    return Role.TEAM_MANAGER if role == TeamMembership.Role.MANAGER else Role.TEAM_MEMBER
