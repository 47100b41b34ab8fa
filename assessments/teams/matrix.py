"""A team as a table: people × competencies, each step against what the person's own level asks. Pure.

A row holds what one viewer may see of one side, members' copies or the viewer's reviews. Never both: a cell could not
say whose step it shows.
"""

import datetime
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import NamedTuple

from assessments.report.words import place_words
from assessments.scoring.values import NO_CHANCE, Answer, Place
from ladder.document.format import Area, Competency
from ladder.rubric import Rubric


class Status(StrEnum):
    """How far one viewer and one member are with each other."""

    NOT_SHARED = "not_shared"
    EARLIER = "earlier"
    """What they shared names other managers: the viewer can ask for it."""
    WAITING = "waiting"
    """There is a copy that the viewer has not opened."""
    READ = "read"
    """The viewer chose to read the copy first and has not rated."""
    RATING = "rating"
    RATED = "rated"
    """The viewer's review is in; the member's copy is not."""
    REVEALED = "revealed"
    SIGNED = "signed"


class CellKind(StrEnum):
    """A step compared with what the person's own level asks; the value is the CSS class of the cell."""

    ABOVE = "a"
    AT = "b"
    ONE_SHORT = "c"
    MORE_SHORT = "d"
    NO_CHANCE = "n"
    OPEN = "o"
    NOT_ASKED = "u"
    """Their level does not ask for it, or is not known."""

    @property
    def sign(self) -> str:
        """Follows the number, for people who can't tell the colours apart."""
        return {"a": "+", "c": "−", "d": "−−"}.get(self.value, "")

    @property
    def is_short(self) -> bool:
        return self in {CellKind.ONE_SHORT, CellKind.MORE_SHORT}

    @property
    def is_met(self) -> bool:
        return self in {CellKind.ABOVE, CellKind.AT}


class GivenAnswers(NamedTuple):
    """One rater's answers about one person, with slugs of the level and specialisation; "" where there is none."""

    answers: Mapping[str, Answer]
    at: datetime.datetime
    rubric: Rubric
    held: str = ""
    specialisation: str = ""
    place: Place | None = None
    """On the rater's own track, by today's rule."""
    is_earlier: bool = False
    """Whether an earlier rule found another result when they were given."""


@dataclass(frozen=True, slots=True)
class Cell:
    answer: Answer | None
    asked: int | None
    kind: CellKind
    is_met: bool
    is_short: bool
    text: str

    @property
    def step(self) -> int | None:
        return self.answer if isinstance(self.answer, int) else None


class Person(NamedTuple):
    """A member as the viewer may see them. `said` is None where the viewer may see no answers."""

    id: uuid.UUID
    name: str
    status: Status
    held: str = ""
    said: GivenAnswers | None = None
    last: datetime.datetime | None = None
    review: uuid.UUID | None = None
    """The viewer's newest review of them, once both sides are open to both."""
    has_copy: bool = False
    offers_coaching: bool = False

    @property
    def level(self) -> str:
        """The level they held when the answers were given; without answers, what their profile says."""
        return self.said.held or self.held if self.said else self.held


@dataclass(frozen=True)
class Row:
    person: Person
    level: str
    """Its slug on the ladder that is shown, or what the answers' own ladder calls it where this one has no such."""
    level_title: str
    place: str
    """In words; "" without answers."""
    cells: dict[str, Cell] = field(default_factory=dict)

    @cached_property
    def short_in(self) -> list[str]:
        return [slug for slug, cell in self.cells.items() if cell.is_short]


def cells_of(said: GivenAnswers, level: str, shown: Rubric) -> dict[str, Cell]:
    """Slug → cell, for the competencies of the ladder that is shown; `level` is a slug of the answers' own ladder."""
    own, given = said.rubric, said.answers
    asked = own.asked.get((level, said.specialisation if said.specialisation in own.specialisations else None), {})
    if own is not shown:
        # An answer to what their own version does not have must not show: its step would mean something else.
        shared = shown.shared_with(own)
        given = {slug: given[theirs] for slug, theirs in shared.items() if theirs in given}
        asked = {slug: asked.get(theirs) for slug, theirs in shared.items()}
    return {slug: cell(given.get(slug), asked.get(slug)) for slug in shown.competencies}


@cache
def cell(answer: Answer | None, asked: int | None) -> Cell:
    """An answer, None while open, compared with the step asked for, None where the level asks for none.

    There are fifty different ones, and thousands on a large team's page.
    """
    kind = kind_of(answer, asked)
    text = "·" if answer is None else "n" if answer == NO_CHANCE else str(answer)
    return Cell(answer, asked, kind, kind.is_met, kind.is_short, text)


def kind_of(answer: Answer | None, asked: int | None) -> CellKind:
    if answer is None:
        return CellKind.OPEN
    if not isinstance(answer, int):
        return CellKind.NO_CHANCE
    if asked is None:
        return CellKind.NOT_ASKED
    if answer > asked:
        return CellKind.ABOVE
    return {0: CellKind.AT, 1: CellKind.ONE_SHORT}.get(asked - answer, CellKind.MORE_SHORT)


def row_of(person: Person, rubric: Rubric) -> Row:
    """A person's row over all competencies of the organisation's ladder."""
    said, level = person.said, person.level
    if said is None:
        level = rubric.now.levels.get(level, level)
        return Row(person, level, _title(rubric, level), "")
    own = said.rubric
    # A profile's level may have had another slug on the ladder of the answers.
    level = own.now.levels.get(level, level)
    place = place_words(own, said.place) if said.place else ""
    shown = own.names_in(rubric).levels.get(level, level)
    return Row(person, shown, _title(own, level), place, cells_of(said, level, rubric))


def _title(rubric: Rubric, level: str) -> str:
    return rubric.levels[level].short_title if level in rubric.levels else ""


@dataclass(frozen=True, slots=True)
class MatrixFilter:
    """The order, and the slugs of area, level and competency with a step to go; "" filters nothing."""

    sort: str = "name"
    area: str = ""
    level: str = ""
    gap: str = ""


@dataclass(frozen=True)
class Matrix:
    """All rows of a team, by name; `shown` are those that the filter lets through, in its order."""

    rubric: Rubric
    rows: Sequence[Row]
    wish: MatrixFilter = field(default_factory=MatrixFilter)

    @cached_property
    def columns(self) -> list[tuple[Area, tuple[Competency, ...]]]:
        return [(area, items) for area, items in self.rubric.by_area if self.wish.area in {"", area.slug} and items]

    @cached_property
    def competencies(self) -> list[Competency]:
        return [item for _, items in self.columns for item in items]

    @cached_property
    def shown(self) -> list[Row]:
        level, gap = self.wish.level, self.wish.gap
        rows = [row for row in self.rows if level in {"", row.level} and (not gap or gap in row.short_in)]
        return self._sorted(rows)

    def cells(self, row: Row) -> list[Cell]:
        return [row.cells[item.slug] for item in self.competencies] if row.cells else []

    @cached_property
    def of_earlier_rule(self) -> int:
        """How many of the answers shown were given under an earlier rule; the places are by today's."""
        return sum(row.person.said.is_earlier for row in self.shown if row.person.said)

    @cached_property
    def with_answers(self) -> list[Row]:
        return [row for row in self.rows if row.cells]

    def _sorted(self, rows: list[Row]) -> list[Row]:
        """By name, as they came, or by something else first. Rows without answers come last by gaps and by dates."""
        match self.wish.sort:
            case "level":
                turn = {slug: n for n, slug in enumerate(self.rubric.levels)}
                return sorted(rows, key=lambda row: turn.get(row.level, len(turn)))
            case "date":
                return sorted(rows, key=lambda row: -row.person.last.timestamp() if row.person.last else 0.0)
            case "gaps":
                return sorted(rows, key=lambda row: (not row.cells, -len(row.short_in)))
            case _:
                return rows


def levels_in(rows: Iterable[Row], rubric: Rubric) -> list[str]:
    """Slugs of the levels that somebody in the team holds, in the ladder's order."""
    held = {row.level for row in rows}
    return [slug for slug in rubric.levels if slug in held]
