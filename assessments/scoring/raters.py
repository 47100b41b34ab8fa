"""Two raters: what answers must hold to stand beside another's, and how far the two agree. Pure."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from assessments.scoring.levels import asks_at, checked_answers, checked_bonus, checked_levels
from assessments.scoring.rule import weights_at
from assessments.scoring.values import Answers, ScoringLadder
from ladder.document.kinds import MUST_HAVE

ENTERS_FROM: Final = Fraction(3, 5)
"""The share of a level's weight that steps must carry before answers meet another rater's: one step bought them all."""
KAPPA_FROM_PAIRS: Final = 20
"""Below this many pairs kappa says more about chance than about two raters."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One competency rated by both: difference = own - other, -n..n; must-have at the held or a target level."""

    competency: str
    own: int
    other: int
    must_have: bool

    @property
    def difference(self) -> int:
        """How many steps the own rating is above the other."""
        return self.own - self.other


@dataclass(frozen=True, slots=True)
class Lacking:
    """What answers leave out that stand beside another rater's, at one level."""

    must_haves: tuple[str, ...]
    """Without any answer, in ladder order."""
    unrated: tuple[str, ...]
    """Without a step, the heaviest first; empty where steps carry enough."""
    carried: Fraction
    """The share of the level's weight that steps carry."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two raters compare over the competencies that both rated, in ladder order.

    The figures are None without a pair; kappa also below 20 pairs, or when both gave one and the same step throughout
    (chance alone then explains full agreement and kappa has no value).
    """

    pairs: tuple[Pair, ...]
    mean_difference: Fraction | None
    equal: Fraction | None
    within_one: Fraction | None
    kappa: Fraction | None
    talk_first: tuple[Pair, ...]


def lacking(ladder: ScoringLadder, answers: Answers, level: str, among: Container[str] | None = None) -> Lacking | None:
    """Return what these answers leave out too much of to stand beside another rater's; None when they are enough.

    Every must-have of the level has an answer, and steps carry three fifths of its weight. What is not `among` the
    competencies that both know is not asked. Errors as in `score`.
    """
    checked_levels(ladder, level, ())
    asks = [ask for ask in asks_at(ladder, level, {}) if among is None or ask.competency in among]
    open_ones = [ask.competency for ask in asks if ask.weight == MUST_HAVE and answers.get(ask.competency) is None]
    unrated = [ask for ask in asks if not isinstance(answers.get(ask.competency), int)]
    weight = sum(ask.weight for ask in asks)
    carried = 1 - Fraction(sum(ask.weight for ask in unrated), weight) if weight else Fraction(1)
    is_thin = carried < ENTERS_FROM
    if not open_ones and not is_thin:
        return None
    heaviest = sorted(unrated, key=lambda ask: -ask.weight) if is_thin else []
    return Lacking(tuple(open_ones), tuple(ask.competency for ask in heaviest), carried)


def compare_raters(  # noqa: PLR0917 - two raters, and the same four choices as everywhere else
    own: Answers,
    other: Answers,
    ladder: ScoringLadder,
    held: str | None = None,
    targets: Sequence[str] = (),
    specialisation: str | None = None,
) -> Agreement:
    """Compare a person's own steps with another rater's, over the competencies that both rated.

    `talk_first` holds differences of two steps or more, the largest first, then those of one step on must-haves of the
    held or a target level, which are just those given; ties in ladder order. Errors as in `score`.
    """
    mine, theirs = checked_answers(ladder, own), checked_answers(ladder, other)
    checked_levels(ladder, held, targets)
    bonus = checked_bonus(ladder, specialisation)
    looked_at = tuple(targets) if held is None else (held, *targets)
    weights = weights_at({level: asks_at(ladder, level, bonus) for level in looked_at}, looked_at)
    pairs = tuple(
        Pair(competency, left, right, must_have=weights.get(competency) == MUST_HAVE)
        for competency in ladder.competencies
        if isinstance(left := mine.get(competency), int) and isinstance(right := theirs.get(competency), int)
    )
    distances = [abs(pair.difference) for pair in pairs]
    count = len(pairs)
    return Agreement(
        pairs=pairs,
        mean_difference=Fraction(sum(pair.difference for pair in pairs), count) if pairs else None,
        equal=Fraction(distances.count(0), count) if pairs else None,
        within_one=Fraction(distances.count(0) + distances.count(1), count) if pairs else None,
        kappa=_quadratic_kappa(pairs) if count >= KAPPA_FROM_PAIRS else None,
        talk_first=tuple(
            sorted(
                (pair for pair in pairs if abs(pair.difference) > (0 if pair.must_have else 1)),
                key=lambda pair: -abs(pair.difference),
            )
        ),
    )


def _quadratic_kappa(pairs: Sequence[Pair]) -> Fraction | None:
    """Return Cohen's kappa with weights (own - other)²: 1 - observed / expected by chance; None where chance gives 0.

    Chance pairs each own step with each other step, which needs no table: the mean of (x - y)² over all of them is
    (n sum x² + n sum y² - 2 sum x sum y) / n².
    """
    count = len(pairs)
    observed = count * sum(pair.difference**2 for pair in pairs)
    squares = sum(pair.own**2 + pair.other**2 for pair in pairs)
    by_chance = count * squares - 2 * sum(pair.own for pair in pairs) * sum(pair.other for pair in pairs)
    return 1 - Fraction(observed, by_chance) if by_chance else None
