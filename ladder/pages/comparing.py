"""Compares two levels: what grows, by how much, and which must-haves are new. Pure."""

from dataclasses import dataclass

from ladder.document.format import Area, Competency, Expectation, Level
from ladder.document.kinds import MUST_HAVE
from ladder.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Expected:
    """What a level asks of one competency. `dots` holds for each step whether the level asks for it."""

    competency: Competency
    cell: Expectation
    steps: int

    @property
    def dots(self) -> tuple[bool, ...]:
        return tuple(step <= self.cell.step for step in range(1, self.steps + 1))

    @property
    def must_have(self) -> bool:
        return self.cell.weight == MUST_HAVE


@dataclass(frozen=True, slots=True)
class Change:
    """One competency at two levels. `by` is in steps, above zero if the second level asks for more."""

    competency: Competency
    one: Expectation
    other: Expectation
    steps: int

    @property
    def by(self) -> int:
        return self.other.step - self.one.step

    @property
    def by_less(self) -> int:
        """How many steps less the second level asks for, without a sign."""
        return max(0, -self.by)

    @property
    def says(self) -> str:
        """What the step that the second level asks for looks like, in short; empty where it asks for none."""
        return self.competency.short_of(self.other.step)

    @property
    def new_must_have(self) -> bool:
        return self.other.weight == MUST_HAVE and self.one.weight != MUST_HAVE

    @property
    def must_have_no_more(self) -> bool:
        return self.one.weight == MUST_HAVE and self.other.weight != MUST_HAVE

    @property
    def dots(self) -> tuple[str, ...]:
        """For each step: both ask it, only the second (more), only the first (less), or neither."""
        low, high = sorted((self.one.step, self.other.step))
        between = "more" if self.by > 0 else "less"
        return tuple("both" if step <= low else between if step <= high else "" for step in range(1, self.steps + 1))


@dataclass(frozen=True, slots=True)
class Comparison:
    """`grows` has new must-haves first, then the largest growth; `asks_less` the largest loss; ties in ladder order."""

    one: Level
    other: Level
    changes: tuple[Change, ...]
    grows: tuple[Change, ...]
    asks_less: tuple[Change, ...]
    same: tuple[Change, ...]
    new_must_haves: tuple[Competency, ...]
    must_haves_no_more: tuple[Competency, ...]


def compare(rubric: Rubric, one: str, other: str) -> Comparison:
    """Compare two levels. The one of the lower band becomes `one`; levels of the same band stay as given."""
    lower, upper = sorted((rubric.levels[one], rubric.levels[other]), key=lambda level: level.band)
    changes = tuple(
        Change(item, rubric.expectation(lower.slug, item.slug), rubric.expectation(upper.slug, item.slug), rubric.steps)
        for item in rubric.ladder.competencies
    )
    grows = sorted((change for change in changes if change.by > 0), key=lambda c: (-c.new_must_have, -c.by))
    less = sorted((change for change in changes if change.by < 0), key=lambda c: c.by)
    return Comparison(
        one=lower,
        other=upper,
        changes=changes,
        grows=tuple(grows),
        asks_less=tuple(less),
        same=tuple(change for change in changes if not change.by),
        new_must_haves=tuple(change.competency for change in changes if change.new_must_have),
        must_haves_no_more=tuple(change.competency for change in changes if change.must_have_no_more),
    )


def expected_by_area(rubric: Rubric, level: str) -> tuple[tuple[Area, tuple[Expected, ...]], ...]:
    """What a level asks, by area, in the order of the ladder."""
    return tuple(
        (area, tuple(Expected(item, rubric.expectation(level, item.slug), rubric.steps) for item in items))
        for area, items in rubric.by_area
    )


def must_haves_of(rubric: Rubric, level: str) -> tuple[Competency, ...]:
    return tuple(
        item for item in rubric.ladder.competencies if rubric.expectation(level, item.slug).weight == MUST_HAVE
    )


def neighbours(rubric: Rubric, level: str, kind: str) -> list[Level]:
    """The levels that a promotion or a crossing leads to from here."""
    return [rubric.levels[link.target] for link in rubric.ladder.links if link.kind == kind and link.source == level]


def ways_here(rubric: Rubric, level: str, kind: str) -> list[Level]:
    """The levels from which a promotion or a crossing leads here."""
    return [rubric.levels[link.source] for link in rubric.ladder.links if link.kind == kind and link.target == level]
