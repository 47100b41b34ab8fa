"""How answers moved over time, and what the same answers say under another version. Pure.

Each rater keeps a line of their own: two raters are never joined and never averaged. An unknown interrupts a line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from assessments.scoring.rule import score
from assessments.scoring.values import Answer, Answers, LevelResult, Range, ScoringLadder

WIDTH, HEIGHT, EDGE = 240, 84, 8


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One rater's values in the order of all events: a share 0..1 (a range while open), None where there is none."""

    rater: str
    values: tuple[Range[Fraction] | None, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    x: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line as drawn: a dot for each value, and the pieces between values that follow each other."""

    rater: str
    dots: tuple[Dot, ...]
    pieces: tuple[str, ...]


class AskedLevel(NamedTuple):
    """A level of a version, with a specialisation or none."""

    ladder: ScoringLadder
    level: str
    specialisation: str | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """The same answers under two versions. The newer counts what both have; what it alone has is open."""

    matched: tuple[str, ...]
    old: LevelResult
    new: LevelResult


def level_under(asked: AskedLevel, answers: Answers) -> LevelResult | None:
    """How the answers stand to one level of a version, as `score` says; None when it has no such level."""
    ladder, level, specialisation = asked
    if level not in ladder.levels:
        return None
    special = specialisation if specialisation in ladder.specialisations else None
    known = {slug: answers.get(slug) for slug in ladder.competencies}
    return score(ladder, known, specialisation=special).levels[level]


def beside(old: AskedLevel, new: AskedLevel, shared: Mapping[str, str], answers: Answers) -> Beside | None:
    """One level under two versions from the same answers; None unless both have the level.

    `shared` has the competencies that both have: slug in the newer → slug in the older.
    """
    both = {slug: answers.get(theirs) for slug, theirs in shared.items()}
    was, now = level_under(old, answers), level_under(new, both)
    return Beside(matched=tuple(shared), old=was, new=now) if was and now else None


def as_share(answer: Answer | None, steps: int) -> Range[Fraction] | None:
    """A step as a share of the highest; None for an unknown."""
    return Range(Fraction(answer, steps), Fraction(answer, steps)) if isinstance(answer, int) else None


def x_of(event: int, count: int) -> int:
    """Where an event stands: all at the same distance, oldest first."""
    return EDGE + (WIDTH - 2 * EDGE) * event // max(1, count - 1)


def stroke(line: TrendLine, skips: frozenset[int] = frozenset()) -> Stroke:
    """Draw a line. `skips` are the events of others: they don't interrupt, an unknown of one's own does."""
    dots, pieces, piece = [], [], list[str]()
    for event, value in enumerate(line.values):
        if value is None:
            if event not in skips:
                pieces.append(piece)
                piece = []
            continue
        dot = Dot(x_of(event, len(line.values)), _y(value.low), _y(value.high))
        dots.append(dot)
        piece.append(f"{dot.x} {dot.low}")
    pieces.append(piece)
    return Stroke(line.rater, tuple(dots), tuple("M" + " L".join(points) for points in pieces if len(points) > 1))


def _y(share: Fraction) -> int:
    return HEIGHT - EDGE - int((HEIGHT - 2 * EDGE) * share)
