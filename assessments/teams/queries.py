"""What a team's pages read, in a fixed number of statements whatever the size of the team.

Each query names the team's organisation, and asks for a copy's content only where the copy is open to that very
manager: what was not fetched can't leak through a template.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, UUIDField, Value, When
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest

from assessments.models import Assessment, CopyReader, Review, Share
from assessments.models.sharing import CopyReaderQuerySet
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import place_on
from assessments.scoring.values import RULE, Place
from assessments.teams.matrix import GivenAnswers, Person, Row, Status, row_of
from ladder.models import LadderVersion, NoLadderError, OrganisationLadder, rubric_of
from ladder.rubric import Rubric
from people.access import refuse, signed_in, the_one
from people.audit.log import Kind
from people.models import Membership, Team, TeamMembership, User, sort_name_in
from people.policy import Action
from people.standing import Standing, manages, standing_towards, teams_with_standing

# What `values()` gives: rows as dictionaries.
type Record = Mapping[str, Any]
type Rows = QuerySet[Any, Any]


class Side(StrEnum):
    """Whose steps the cells show: members' copies, or the viewer's reviews."""

    SHARED = "shared"
    MINE = "mine"


def team_for(
    request: HttpRequest, slug: str, team_slug: str, action: Action = Action.SEE_TEAM
) -> tuple[Team, Standing, Rubric]:
    """A team in which this person may do this, what they are in it, and its ladder. One statement.

    404 for those who may not know of it, else 403.
    """
    chosen = OrganisationLadder.objects.filter(organisation=OuterRef("organisation")).order_by()
    newest = LadderVersion.objects.current().values("pk")[:1]
    key = Coalesce(Subquery(chosen.values("ladder_version")), Subquery(newest), output_field=UUIDField())
    teams = teams_with_standing(signed_in(request)).annotate(ladder_version_key=key)
    team: Any = the_one(teams.filter(organisation__slug=slug, slug=team_slug))
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
    """Who is in the team now and still in its organisation, by name."""
    here = Membership.objects.of(team.organisation_id).filter(user=OuterRef("user"))
    rows: Rows = (
        TeamMembership.objects.of(team)
        .filter(Exists(here))
        .annotate(name=F("user__name"), email=F("user__email"), held=F("user__held_level"))
        .order_by(sort_name_in("organisation", "user"), "user_id")
    )
    return rows


# The copies that a member of a query over a team's members gave in it.
_COPIES = Share.objects.filter(organisation=OuterRef("organisation"), team=OuterRef("team"), author=OuterRef("user"))


def members_of(team: Team) -> Rows:
    return _members(team).values(
        "user_id", "role", "offers_coaching", "name", "email", "held", has_shared=Exists(_COPIES)
    )


def completion_of(team: Team) -> Rows:
    """The same people with how far they are: copied, reviewed, signed. Nothing of what anybody said."""
    reviews = Review.objects.filter(
        organisation=OuterRef("organisation"), team=OuterRef("team"), subject=OuterRef("user")
    )
    signed = reviews.filter(signed_by_subject_at__isnull=False, signed_by_manager_at__isnull=False)
    submitted = reviews.exclude(assessment=None).exclude(assessment__status=Assessment.Status.DRAFT)
    newest = _COPIES.order_by("-submitted_at", "-shared_at").values("pk")[:1]
    return _members(team).values(
        *("user_id", "role", "name", "email", "joined_at"),
        copy=Subquery(newest),
        is_reviewed=Exists(submitted),
        is_signed=Exists(signed),
    )


def display_name(member: Record) -> str:
    return str(member["name"] or member["email"])


_COLUMNS = ("pk", "subject_id", "share_id")
_ROUND_COLUMNS = ("round_id", "round__name", "round__starts_on")
# How far a review is; "" before the manager rates. The database says it in a word: each of these dates would become an
# object for each person of a large team.
_HOW_FAR = Case(
    When(signed_by_subject_at__isnull=False, signed_by_manager_at__isnull=False, then=Value(Status.SIGNED)),
    When(revealed_at__isnull=False, then=Value(Status.REVEALED)),
    When(assessment__submitted_at__isnull=False, then=Value(Status.RATED)),
    When(assessment__isnull=False, then=Value(Status.RATING)),
    default=Value(""),
)
# What a side's cells need: of a large team, each column that nobody reads is converted hundreds of times.
_OWN_COLUMNS = (
    *("assessment__submitted_at", "assessment__ladder_version_id", "assessment__held_level_id"),
    *("assessment__specialisation", "assessment__outcome__place_low", "assessment__outcome__place_high"),
    *("assessment__outcome__rule", "assessment__outcome__is_named", "assessment__outcome__track"),
    "assessment__outcome__answers",
)
_COPY_COLUMNS = (
    *("copy__ladder_version_id", "copy__held", "copy__specialisation", "copy__place_low", "copy__place_high"),
    *("copy__rule", "copy__is_named", "copy__track", "copy__submitted_at", "copy__answers"),
)


def _naming(reader: User, team: Team) -> CopyReaderQuerySet:
    """By what rows somebody reads copies that were given in the team."""
    return CopyReader.objects.standing().filter(organisation=team.organisation_id, copy__team=team, reader=reader)


def _newest_copies(reader: User, team: Team) -> dict[Any, tuple[Any, datetime]]:
    """Member → key and date of the newest copy that names this reader, opened or not."""
    rows = _naming(reader, team).order_by("copy__submitted_at", "copy__shared_at")
    return {
        author: (copy, at) for author, copy, at in rows.values_list("copy__author_id", "copy", "copy__submitted_at")
    }


def reviews_by(manager: User, team: Team, side: Side, *more: str) -> list[Record]:
    """This manager's reviews in the team since they manage it, newest first, with the answers of one side.

    `opened` is the member's copy, or None where it is not open to them. Two statements.
    """
    columns = _COPY_COLUMNS if side == Side.SHARED else ()
    opened = {row["copy"]: row for row in _naming(manager, team).open().order_by().values("copy", *columns)}
    rows: Rows = (
        Review.objects.filter(organisation=team.organisation_id, team=team, manager=manager)
        .filter(manages(OuterRef("manager"), since="opened_at"))
        .order_by("-opened_at", "-pk")
        .values(*_COLUMNS, *(_OWN_COLUMNS if side == Side.MINE else ()), *more, how_far=_HOW_FAR)
    )
    return [row | {"opened": opened.get(row["share_id"])} for row in rows]


def _shared(review: Record) -> GivenAnswers | None:
    """The member's copy, where it is open to the viewer."""
    copy = review["opened"]
    if copy is None:
        return None
    return GivenAnswers(
        answers=copy["copy__answers"],
        at=copy["copy__submitted_at"],
        rubric=rubric_of(copy["copy__ladder_version_id"]),
        held=copy["copy__held"],
        specialisation=copy["copy__specialisation"],
        place=_place(copy, "copy", rubric_of(copy["copy__ladder_version_id"]), copy["copy__specialisation"]),
        is_earlier=copy["copy__rule"] < RULE,
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
        place=_place(review, "assessment__outcome", rubric, review["assessment__specialisation"]),
        is_earlier=review["assessment__outcome__rule"] < RULE,
    )


def _place(row: Record, prefix: str, rubric: Rubric, specialisation: str) -> Place:
    """The stored place. What an earlier rule found is found again: all of a page are by the same rule."""
    if row[f"{prefix}__rule"] < RULE:
        answers, track = row[f"{prefix}__answers"], row[f"{prefix}__track"]
        return place_on(scoring_ladder(rubric), answers, track, specialisation or None)
    low, high = row[f"{prefix}__place_low"], row[f"{prefix}__place_high"]
    return Place(low or None, high or None, named=row[f"{prefix}__is_named"])


_SIDES = {Side.SHARED: _shared, Side.MINE: _mine}


def _status(member: Record, reviews: Sequence[Record]) -> Status:
    how_far = reviews[0]["how_far"] if reviews else ""
    is_signed = how_far == Status.SIGNED
    if how_far and not is_signed:
        return Status(how_far)
    if is_signed and member["copy"] in {None, *(review["share_id"] for review in reviews)}:
        return Status.SIGNED
    if member["copy"] is None:
        return Status.EARLIER if member["has_shared"] else Status.NOT_SHARED
    opened = {review["share_id"] for review in reviews if review["opened"]}
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
    """A team as one of its managers may see it: four statements."""

    managers: list[str]
    rows: list[Row]
    rounds: list[RoundRows]
    """Empty where nobody asked for them."""


def view_of(team: Team, rubric: Rubric, manager: User, side: Side, *, with_rounds: bool = False) -> TeamView:
    newest = _newest_copies(manager, team)
    nothing = (None, None)
    members = [
        item | dict(zip(("copy", "copied_at"), newest.get(item["user_id"], nothing), strict=True))
        for item in members_of(team)
    ]
    by_subject: dict[Any, list[Record]] = defaultdict(list)
    for review in reviews_by(manager, team, side, *(_ROUND_COLUMNS if with_rounds else ())):
        by_subject[review["subject_id"]].append(review)
    people = [item for item in members if item["role"] == TeamMembership.Role.MEMBER]
    return TeamView(
        managers=[display_name(item) for item in members if item["role"] == TeamMembership.Role.MANAGER],
        rows=[row_of(_person(item, by_subject[item["user_id"]], side), rubric) for item in people],
        rounds=_rounds(people, by_subject, rubric, side) if with_rounds else [],
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
