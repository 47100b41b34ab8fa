"""What a team's pages read, in a fixed number of statements whatever the size of the team.

Each query names the team's organisation, and asks for a copy's content only where a review of that very manager opens
it: what was not fetched can't leak through a template.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest

from assessments.models import OPENS_COPY, Assessment, Review, Share
from assessments.teams.matrix import GivenAnswers, Person, Row, Status, row_of
from ladder.models import LadderVersion, NoLadderError, OrganisationLadder, rubric_of
from ladder.rubric import Rubric
from people.access import refuse, signed_in
from people.audit.log import Kind
from people.models import Membership, Organisation, Team, TeamMembership, User
from people.policy import Action
from people.standing import Standing, standing_towards, teams_with_standing

# What `values()` gives: rows as dictionaries.
type Record = Mapping[str, Any]
type Rows = QuerySet[Any, Any]


class Side(StrEnum):
    """Whose steps the cells show: members' copies, or the viewer's reviews."""

    SHARED = "shared"
    MINE = "mine"


def team_for(request: HttpRequest, slug: str, action: Action = Action.SEE_TEAM) -> tuple[Team, Standing, Rubric]:
    """A team in which this person may do this, what they are in it, and its ladder. One statement.

    404 for those who may not know of it, else 403.
    """
    chosen = OrganisationLadder.objects.filter(organisation=OuterRef("organisation")).values("ladder_version")[:1]
    newest = LadderVersion.objects.current().values("pk")[:1]
    key = Coalesce(Subquery(chosen), Subquery(newest), output_field=UUIDField())
    teams = teams_with_standing(signed_in(request)).annotate(ladder_version_key=key)
    team: Any = teams.filter(slug=slug).first()
    if team is None:
        raise Http404
    standing = standing_towards(team)
    knows = standing.may_in(team, Action.SEE_TEAM)
    if not (knows and standing.may_in(team, action)):
        raise refuse(request, team.organisation_id, action, team, Kind.TEAM, knows=knows)
    if team.ladder_version_key is None:
        raise NoLadderError
    return team, standing, rubric_of(team.ladder_version_key)


def _members(team: Team) -> Rows:
    here = Membership.objects.of(team.organisation_id).filter(user=OuterRef("user"))
    copies = Share.objects.filter(
        organisation=OuterRef("organisation"), team=OuterRef("team"), author=OuterRef("user")
    ).order_by("-submitted_at")
    rows: Rows = (
        TeamMembership.objects.of(team)
        .filter(Exists(here))
        .annotate(
            copy=Subquery(copies.values("pk")[:1]),
            copied_at=Subquery(copies.values("submitted_at")[:1]),
            name=F("user__name"),
            email=F("user__email"),
            held=F("user__held_level"),
        )
        .order_by("user__name", "user__email")
    )
    return rows


def members_of(team: Team) -> Rows:
    """Who is in the team now and still in its organisation, with the newest copy they gave its managers."""
    return _members(team).values("user_id", "role", "offers_coaching", "name", "email", "held", "copy", "copied_at")


def completion_of(team: Team) -> Rows:
    """The same people with how far they are: copied, reviewed, signed. Nothing of what anybody said."""
    reviews = Review.objects.filter(
        organisation=OuterRef("organisation"), team=OuterRef("team"), subject=OuterRef("user")
    )
    signed = reviews.filter(signed_by_subject_at__isnull=False, signed_by_manager_at__isnull=False)
    submitted = reviews.exclude(assessment=None).exclude(assessment__status=Assessment.Status.DRAFT)
    return _members(team).values(
        "user_id", "role", "name", "email", "joined_at", "copy", is_reviewed=Exists(submitted), is_signed=Exists(signed)
    )


def display_name(member: Record) -> str:
    return str(member["name"] or member["email"])


_COLUMNS = (
    *("pk", "subject_id", "share_id", "assessment_id", "round_id", "round__name", "round__starts_on"),
    *("revealed_at", "signed_by_subject_at", "signed_by_manager_at"),
    *("opened__ladder_version_id", "assessment__ladder_version_id", "assessment__submitted_at"),
)
# What a side's cells need: of a large team, each column that nobody reads is converted hundreds of times.
_SIDE_COLUMNS = {
    Side.SHARED: (
        *("opened__held", "opened__specialisation", "opened__place_low", "opened__place_high"),
        *("opened__submitted_at", "opened__answers"),
    ),
    Side.MINE: (
        *("assessment__held_level_id", "assessment__specialisation", "assessment__outcome__place_low"),
        *("assessment__outcome__place_high", "assessment__outcome__answers"),
    ),
}


def reviews_by(manager: User, team: Team, side: Side) -> Rows:
    """This manager's reviews in the team, newest first, with the answers of one side.

    The columns `opened__…` are None where the copy is not open to them.
    """
    rows: Rows = (
        Review.objects.filter(organisation=team.organisation_id, team=team, manager=manager)
        .annotate(opened=FilteredRelation("share", condition=OPENS_COPY))
        .order_by("-opened_at", "-pk")
        .values(*_COLUMNS, *_SIDE_COLUMNS[side])
    )
    return rows


def _shared(review: Record) -> GivenAnswers | None:
    """The member's copy, where the review opens it."""
    if review["opened__ladder_version_id"] is None:
        return None
    return GivenAnswers(
        answers=review["opened__answers"],
        at=review["opened__submitted_at"],
        rubric=rubric_of(review["opened__ladder_version_id"]),
        held=review["opened__held"],
        specialisation=review["opened__specialisation"],
        place_low=review["opened__place_low"],
        place_high=review["opened__place_high"],
    )


def _mine(review: Record) -> GivenAnswers | None:
    """The manager's answers, once submitted."""
    if review["assessment__submitted_at"] is None:
        return None
    rubric = rubric_of(review["assessment__ladder_version_id"])
    held = review["assessment__held_level_id"]
    return GivenAnswers(
        answers=review["assessment__outcome__answers"],
        at=review["assessment__submitted_at"],
        rubric=rubric,
        held=rubric.level_slugs[held] if held else "",
        specialisation=review["assessment__specialisation"],
        place_low=review["assessment__outcome__place_low"],
        place_high=review["assessment__outcome__place_high"],
    )


_SIDES = {Side.SHARED: _shared, Side.MINE: _mine}


def _status(member: Record, reviews: Sequence[Record]) -> Status:
    newest = reviews[0] if reviews else None
    is_signed = newest and newest["signed_by_subject_at"] and newest["signed_by_manager_at"]
    if newest and not is_signed:
        if newest["revealed_at"]:
            return Status.REVEALED
        if newest["assessment__submitted_at"]:
            return Status.RATED
        if newest["assessment_id"]:
            return Status.RATING
    if is_signed and member["copy"] in {None, *(review["share_id"] for review in reviews)}:
        return Status.SIGNED
    if member["copy"] is None:
        return Status.NOT_SHARED
    opened = {review["share_id"] for review in reviews if review["opened__ladder_version_id"] is not None}
    return Status.READ if member["copy"] in opened else Status.WAITING


def _person(member: Record, reviews: Sequence[Record], side: Side) -> Person:
    said = max((said for review in reviews if (said := _SIDES[side](review))), key=lambda said: said.at, default=None)
    status = _status(member, reviews)
    return Person(
        id=member["user_id"],
        name=display_name(member),
        status=status,
        held=member["held"],
        said=said,
        last=member["copied_at"] if side == Side.SHARED else said.at if said else None,
        review=reviews[0]["pk"] if status in {Status.REVEALED, Status.SIGNED} else None,
        has_copy=member["copy"] is not None,
        offers_coaching=member["offers_coaching"],
    )


@dataclass(frozen=True)
class RoundRows:
    """What the viewer may see of one round: a row for each person with a review in it who is in the team now."""

    name: str
    rows: list[Row]


@dataclass(frozen=True)
class TeamView:
    """A team as one of its managers may see it: two statements."""

    managers: list[str]
    rows: list[Row]
    rounds: list[RoundRows]


def view_of(team: Team, rubric: Rubric, manager: User, side: Side) -> TeamView:
    members = members_of(team)
    by_subject: dict[Any, list[Record]] = defaultdict(list)
    for review in reviews_by(manager, team, side):
        by_subject[review["subject_id"]].append(review)
    people = [item for item in members if item["role"] == TeamMembership.Role.MEMBER]
    return TeamView(
        managers=[display_name(item) for item in members if item["role"] == TeamMembership.Role.MANAGER],
        rows=[row_of(_person(item, by_subject[item["user_id"]], side), rubric) for item in people],
        rounds=_rounds(people, by_subject, rubric, side),
    )


def _rounds(
    people: Sequence[Record], by_subject: Mapping[Any, Sequence[Record]], rubric: Rubric, side: Side
) -> list[RoundRows]:
    """The rounds in which the viewer reviewed somebody, oldest first."""
    rounds: dict[Any, list[Row]] = defaultdict(list)
    for member in people:
        by_round: dict[Any, list[Record]] = defaultdict(list)
        for review in by_subject[member["user_id"]]:
            if review["round_id"]:
                by_round[review["round__starts_on"], review["round_id"], review["round__name"]].append(review)
        for key, reviews in by_round.items():
            rounds[key].append(row_of(_person(member, reviews, side), rubric))
    return [RoundRows(name, rows) for (_, _, name), rows in sorted(rounds.items(), key=lambda item: item[0])]


def copies_in(organisation: Organisation) -> list[Record]:
    """The newest copy that each person in the organisation gave to managers, in the order in which they were given."""
    here = Membership.objects.of(organisation).filter(user=OuterRef("author"))
    copies = (
        Share.objects.filter(Exists(here), organisation=organisation, team__isnull=False, team__closed_at__isnull=True)
        .order_by("-submitted_at", "pk")
        .values(
            "pk", "author_id", "ladder_version_id", "held", "specialisation", "answers", "submitted_at", "shared_at"
        )
    )
    newest: dict[uuid.UUID, Record] = {}
    for copy in copies.iterator():
        newest.setdefault(copy["author_id"], copy)
    return sorted(newest.values(), key=lambda copy: (copy["shared_at"], copy["pk"]))


def row_of_copy(copy: Record, rubric: Rubric) -> Row:
    """A row without a name, for figures over a group: they must not be able to say whose it is."""
    said = GivenAnswers(
        answers=copy["answers"],
        at=copy["submitted_at"],
        rubric=rubric_of(copy["ladder_version_id"]),
        held=copy["held"],
        specialisation=copy["specialisation"],
    )
    return row_of(Person(id=copy["author_id"], name="", status=Status.NOT_SHARED, said=said), rubric)
