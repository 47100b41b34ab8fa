"""What a group can do: counted from rows that the viewer may see, and rounded off over people they may not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from assessments.teams.matrix import Row
from ladder.document.format import Area, Competency
from ladder.rubric import Rubric

# Figures over fewer people would tell what single ones said (scoring.md, Groups).
SMALLEST_GROUP = 5
COACH_AHEAD = 2
COMMON_GAPS = 3


@dataclass(frozen=True, slots=True)
class GroupStrength:
    """One competency over a group: `asked` people whose own level asks for it gave a step, `met` of them have it."""

    competency: Competency
    asked: int
    met: int
    sole: str = ""
    """Name of the only person who has what their level asks, where at least two are asked; else ""."""

    @property
    def short(self) -> int:
        return self.asked - self.met


@dataclass(frozen=True, slots=True)
class Coaching:
    """`coach` offers to help and is two steps or more above each of `learners`, who have a step to go. Names."""

    coach: str
    learners: tuple[str, ...]


def strengths(rows: Sequence[Row], rubric: Rubric) -> dict[str, GroupStrength]:
    """Slug of a competency → its count, in the ladder's order."""
    found = {}
    rows = [row for row in rows if row.cells]
    for slug, competency in rubric.competencies.items():
        met = [row for row in rows if row.cells[slug].is_met]
        asked = len(met) + len([row for row in rows if row.cells[slug].is_short])
        sole = met[0].person.name if len(met) == 1 and asked > 1 else ""
        found[slug] = GroupStrength(competency, asked, len(met), sole)
    return found


def common_gaps(found: dict[str, GroupStrength]) -> list[GroupStrength]:
    """The three competencies in which most people have a step to go; ties in the ladder's order."""
    return sorted((item for item in found.values() if item.short), key=lambda item: -item.short)[:COMMON_GAPS]


def coachings(rows: Sequence[Row], rubric: Rubric) -> list[tuple[Competency, list[Coaching]]]:
    """Who could coach whom: only people who offer it, only where the other has a step to go at their own level."""
    found = []
    for slug, competency in rubric.competencies.items():
        rated = [(row, row.cells[slug], row.cells[slug].step) for row in rows if row.cells]
        learners = [(row, step) for row, cell, step in rated if cell.kind.is_short and step is not None]
        pairs = []
        for row, _, step in rated:
            if step is None or not row.person.offers_coaching:
                continue
            names = tuple(other.person.name for other, below in learners if step - below >= COACH_AHEAD)
            if names:
                pairs.append(Coaching(row.person.name, names))
        if pairs:
            found.append((competency, pairs))
    return found


def area_shares(rows: Sequence[Row], rubric: Rubric) -> list[tuple[Area, int, int]]:
    """(area, met, asked): `asked` counts rated steps that the people's own levels ask for, `met` those they have."""
    shares = []
    for area, competencies in rubric.by_area:
        kinds = [row.cells[item.slug].kind for row in rows if row.cells for item in competencies]
        met = sum(kind.is_met for kind in kinds)
        shares.append((area, met, met + sum(kind.is_short for kind in kinds)))
    return shares


@dataclass(frozen=True, slots=True)
class AreaMoves:
    """Steps up and steps down in one area between two rounds; their difference would hide both."""

    area: Area
    up: int
    down: int


def moves(before: Sequence[Row], now: Sequence[Row], rubric: Rubric) -> tuple[int, list[AreaMoves]]:
    """How many people have answers in both, and how far they moved, by area, where both gave a step."""
    earlier = {row.person.id: row for row in before if row.cells}
    pairs = [(earlier[row.person.id], row) for row in now if row.cells and row.person.id in earlier]
    found = []
    for area, competencies in rubric.by_area:
        steps = [(was.cells[item.slug].step, row.cells[item.slug].step) for was, row in pairs for item in competencies]
        changes = [new - old for old, new in steps if old is not None and new is not None]
        found.append(AreaMoves(area, sum(n for n in changes if n > 0), -sum(n for n in changes if n < 0)))
    return len(pairs), found


# Figures over people who did not share with the viewer


@dataclass(frozen=True, slots=True)
class Figure:
    """`met` of `asked` people. Keep `bounds` and not `met`: "all of them" and "none" would tell about each person."""

    competency: Competency
    asked: int
    met: int

    @property
    def bounds(self) -> tuple[int, int]:
        """The range that is shown for `met`: 0 and 1 as "at most one", the upper end as "all but at most one"."""
        if self.met <= 1:
            return 0, 1
        if self.met >= self.asked - 1:
            return self.asked - 1, self.asked
        return self.met, self.met


def group_figures(rows: Sequence[Row], rubric: Rubric) -> list[Figure]:
    """A figure for each competency that enough of these people are asked for and gave a step; none over a few."""
    if len(rows) < SMALLEST_GROUP:
        return []
    found = strengths(rows, rubric).values()
    return [Figure(item.competency, item.asked, item.met) for item in found if item.asked >= SMALLEST_GROUP]
