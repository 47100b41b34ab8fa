"""What a round's people can do: figures for owners and admins, over people who did not share with them.

They are made once, while the round closes, and stored. What somebody could ask for twice, or over people of their own
choice, they could subtract until one person is left. So nobody is counted who may read the result, nobody who came
shortly before the round, and no copy that an earlier round has counted.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Max, OuterRef

from assessments.models import GroupFigure, Round, Share
from assessments.teams.group_figures import group_figures
from assessments.teams.queries import Record, row_of_copy
from assessments.teams.words import group_share
from ladder.document.format import Area, Competency
from ladder.models import rubric_of
from ladder.rubric import Rubric
from people.models import Membership
from people.policy import Action, State, allowed
from people.standing import ROLES

MEMBER_FOR = datetime.timedelta(days=90)
"""Accounts of one's own would fill the smallest group. They are not counted unless they are as old as this."""


def make_figures(item: Round, start: datetime.datetime, now: datetime.datetime) -> None:
    """Make the figures of a round that began at `start` and is being closed, unless it had been closed before.

    The caller holds the organisation's lock: copies come and go under it, and of two rounds that close at once the
    second must see what the first has counted.
    """
    if not Round.objects.filter(pk=item.pk, figures_at__isnull=True).update(figures_at=now):
        return
    by_version: dict[Any, list[Record]] = defaultdict(list)
    for copy in copies_counted(item, start):
        by_version[copy["ladder_version_id"]].append(copy)
    for version, copies in by_version.items():
        rubric = rubric_of(version)
        found = group_figures([row_of_copy(copy, rubric) for copy in copies], rubric)
        if found:
            GroupFigure.objects.create(
                organisation_id=item.organisation_id,
                round=item,
                version_id=version,
                people=len(copies),
                figures={figure.competency.slug: [figure.asked, *figure.bounds] for figure in found},
            )


def copies_counted(item: Round, start: datetime.datetime) -> list[Record]:
    """The newest copy of each person among those given to managers in the round."""
    # Not by its start, which can be changed.
    since = item.created_at - MEMBER_FOR
    readers = [role for role, known in ROLES.items() if allowed(known, Action.READ_FIGURES, State.CLOSED)]
    counted = (
        Membership.objects.of(item.organisation_id)
        .filter(user=OuterRef("author"), joined_at__lte=since)
        .exclude(role__in=readers)
    )
    copies = Share.objects.filter(
        Exists(counted),
        organisation=item.organisation_id,
        team__isnull=False,
        team__closed_at__isnull=True,
        shared_at__gte=start,
    )
    made = GroupFigure.objects.filter(organisation=item.organisation_id)
    if counted_at := made.aggregate(at=Max("round__figures_at"))["at"]:
        copies = copies.filter(shared_at__gt=counted_at)
    newest: dict[Any, Record] = {}
    columns = ("author_id", "ladder_version_id", "held", "specialisation", "answers", "submitted_at")
    for copy in copies.order_by("-submitted_at", "-shared_at", "pk").values(*columns).iterator():
        newest.setdefault(copy["author_id"], copy)
    return list(newest.values())


@dataclass(frozen=True, slots=True)
class ShownFigures:
    """The figures over people on one version of the ladder, by area, each in words."""

    people: int
    rubric: Rubric
    areas: list[tuple[Area, list[tuple[Competency, str]]]]


def figures_of(item: Round) -> list[ShownFigures]:
    """What is stored, the largest group first. One statement."""
    stored = GroupFigure.objects.filter(organisation=item.organisation_id, round=item).order_by("-people", "version")
    return [_shown(row, rubric_of(row.version_id)) for row in stored]


def _shown(row: GroupFigure, rubric: Rubric) -> ShownFigures:
    areas = [
        (area, [(found, group_share(*row.figures[found.slug])) for found in items if found.slug in row.figures])
        for area, items in rubric.by_area
    ]
    return ShownFigures(row.people, rubric, [(area, items) for area, items in areas if items])
