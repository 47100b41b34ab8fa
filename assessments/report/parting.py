"""Where a ladder splits into two tracks: what both first levels ask, what one asks more of, how far each is. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from assessments.scoring.levels import Ask, asks_at, checked_answers, checked_bonus, checked_levels
from assessments.scoring.values import Answer, Answers, ScoringLadder
from ladder.document.kinds import MUST_HAVE


@dataclass(frozen=True, slots=True)
class PartingSide:
    """What one of the two levels asks in one competency. `short` is None while the answer is unknown."""

    expected: int
    weight: int
    short: int | None

    @property
    def must_have(self) -> bool:
        return self.weight == MUST_HAVE


@dataclass(frozen=True, slots=True)
class Asked:
    """One competency that at least one of the two asks for; None for the level that doesn't."""

    competency: str
    answer: Answer | None
    left: PartingSide | None
    right: PartingSide | None

    @property
    def steps(self) -> tuple[int, int]:
        return self.left.expected if self.left else 0, self.right.expected if self.right else 0


@dataclass(frozen=True, slots=True)
class Parting:
    """Each competency that is asked at all stands in one of three lists, in ladder order.

    both      both ask, and the same step
    left      only the left level asks, or asks a higher step
    right     only the right level asks, or asks a higher step
    """

    both: tuple[Asked, ...]
    left: tuple[Asked, ...]
    right: tuple[Asked, ...]

    def __iter__(self) -> Iterator[Asked]:
        yield from (*self.both, *self.left, *self.right)

    @property
    def left_short(self) -> int:
        """Steps that the rated competencies are short of all that the left level asks."""
        return sum(item.left.short or 0 for item in self if item.left)

    @property
    def right_short(self) -> int:
        return sum(item.right.short or 0 for item in self if item.right)

    @property
    def left_open(self) -> int:
        """How many of what the left level asks have no step yet."""
        return sum(item.left.short is None for item in self if item.left)

    @property
    def right_open(self) -> int:
        return sum(item.right.short is None for item in self if item.right)


def first_levels(ladder: ScoringLadder) -> tuple[str, str] | None:
    """The first level of each of two tracks after the split; None for a ladder without a split."""
    beyond = [[level for level in path if level not in ladder.trunk] for path in ladder.paths.values()]
    firsts = [levels[0] for levels in beyond if levels]
    return (firsts[0], firsts[1]) if len(firsts) > 1 else None


def part(
    ladder: ScoringLadder, answers: Answers, left: str, right: str, *, specialisation: str | None = None
) -> Parting:
    """Compare what two levels ask, from where these answers stand. Raises ScoringError as `score` does."""
    given = checked_answers(ladder, answers)
    checked_levels(ladder, None, [left, right])
    bonus = checked_bonus(ladder, specialisation)
    lefts = {ask.competency: ask for ask in asks_at(ladder, left, bonus)}
    rights = {ask.competency: ask for ask in asks_at(ladder, right, bonus)}
    groups: dict[str, list[Asked]] = {"both": [], "left": [], "right": []}
    for slug in ladder.competencies:
        if slug not in lefts and slug not in rights:
            continue
        answer = given.get(slug)
        asked = Asked(slug, answer, _side(lefts.get(slug), answer), _side(rights.get(slug), answer))
        groups[_group(asked)].append(asked)
    return Parting(*(tuple(groups[name]) for name in ("both", "left", "right")))


def _side(ask: Ask | None, answer: Answer | None) -> PartingSide | None:
    if ask is None:
        return None
    return PartingSide(ask.step, ask.weight, max(0, ask.step - answer) if isinstance(answer, int) else None)


def _group(asked: Asked) -> str:
    if asked.left is None or asked.right is None:
        return "right" if asked.left is None else "left"
    left, right = asked.steps
    return "both" if left == right else "left" if left > right else "right"
