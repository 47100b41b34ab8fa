"""The rule that turns answers into readiness, verdicts, places and a way on: pure, exact, checkable by hand.

Credit is capped at what a level asks, so surplus hides no hole; only must-haves are conjunctive; an unknown is never a
zero but widens a range. For one level, over the competencies with weight > 0:

    readiness = sum of weight x min(step, expected) / sum of weight x expected

By hand: a level asks strategy 4 (a must-have, weight 3), data 3 (weight 2) and portfolio 2 (weight 1), 20 points in
all. Steps 4, 2 and 5 earn 12 + 4 + 2 = 18, so readiness is 9/10 and, with the must-have met and meets_at at 17/20, the
level is met. With data unknown, readiness is 7/10 to 1 and the verdict close to meets: it hangs on that one answer.

Sums stay whole numbers inside and become fractions at the end: a quiz scores after each answer, firmness works out
a place about fifty times.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from assessments.scoring.levels import (
    Asks,
    Steps,
    asks_at,
    both_ends,
    checked_aims,
    checked_answers,
    checked_bonus,
    greatest_weights,
    level_result,
    points_asked,
    reaches,
    verdict_of,
)
from assessments.scoring.values import (
    HIGHEST_STEP,
    LOWEST_STEP,
    MUST_HAVE,
    NO_CHANCE,
    Agreement,
    Answer,
    Answers,
    Firmness,
    Gap,
    LevelResult,
    Move,
    Pair,
    Place,
    Raise,
    Result,
    ScoringLadder,
    ScoringPolicy,
    Strength,
    TargetResult,
    Verdict,
)

KAPPA_FROM_PAIRS: Final = 20
"""Below this many pairs kappa says more about chance than about two raters."""


def score(
    ladder: ScoringLadder,
    answers: Answers,
    *,
    held: str | None = None,
    targets: Sequence[str] | None = None,
    specialisation: str | None = None,
) -> Result:
    """Return all that follows from `answers`, the same for the same input.

    `targets` None means the next level(s) after `held`; there are none after a top level or without `held`. The first
    target decides which track firmness is about.

    Raises ScoringError for a competency, level or specialisation the ladder lacks and for a step that is no whole
    number 0..5.
    """
    given = checked_answers(ladder, answers)
    targets = checked_aims(ladder, held, targets)
    bonus = checked_bonus(ladder, specialisation)
    low, high = both_ends(ladder, given)
    asks = {level: asks_at(ladder, level, bonus) for level in ladder.levels}
    levels = {level: level_result(asks[level], given, low, high, ladder.policy) for level in ladder.levels}
    order = question_order(ladder, held, targets, specialisation)
    return Result(
        ladder=ladder.slug,
        version=ladder.version,
        levels=levels,
        places={track: _place(path, levels) for track, path in ladder.paths.items()},
        targets={target: _target_result(asks[target], given, order, ladder.policy) for target in targets},
        firmness=_firmness(ladder, asks, given, low, _own_track(ladder, held, targets)),
    )


def is_settled(
    ladder: ScoringLadder,
    answers: Answers,
    held: str | None = None,
    targets: Sequence[str] | None = None,
    specialisation: str | None = None,
) -> bool:
    """Whether the verdicts of the held and all target levels are settled; False without any of them.

    Cheaper than `score`, since a quiz asks after each answer. Targets and errors as in `score`.
    """
    given = checked_answers(ladder, answers)
    targets = checked_aims(ladder, held, targets)
    bonus = checked_bonus(ladder, specialisation)
    low, high = both_ends(ladder, given)
    aims = targets if held is None else (held, *targets)
    for level in aims:
        asks = asks_at(ladder, level, bonus)
        if verdict_of(asks, low, ladder.policy) != verdict_of(asks, high, ladder.policy):
            return False
    return bool(aims)


def question_order(
    ladder: ScoringLadder,
    held: str | None = None,
    targets: Sequence[str] | None = None,
    specialisation: str | None = None,
) -> tuple[str, ...]:
    """Return all competencies in the order in which to ask them.

    Must-haves of a target, must-haves of the held level, the rest that either asks for, and last what neither does;
    within each, falling weight at the target (the greater of two targets'), then ladder order. Targets and errors as in
    `score`.
    """
    targets = checked_aims(ladder, held, targets)
    bonus = checked_bonus(ladder, specialisation)
    at_target = greatest_weights(ladder, targets, bonus)
    at_held = greatest_weights(ladder, () if held is None else (held,), bonus)

    def turn(competency: str) -> tuple[int, int]:
        ahead, here = at_target.get(competency, 0), at_held.get(competency, 0)
        if ahead == MUST_HAVE:
            group = 0
        elif here == MUST_HAVE:
            group = 1
        else:
            group = 2 if ahead or here else 3
        return group, -ahead

    return tuple(sorted(ladder.competencies, key=turn))  # a stable sort keeps ladder order


def compare_raters(  # noqa: PLR0917 - two raters, and the same four choices as everywhere else
    own: Answers,
    other: Answers,
    ladder: ScoringLadder,
    held: str | None = None,
    targets: Sequence[str] | None = (),
    specialisation: str | None = None,
) -> Agreement:
    """Compare a person's own steps with another rater's, over the competencies that both rated.

    `talk_first` holds differences of two steps or more, the largest first, then those of one step on must-haves of the
    held or a target level; ties in ladder order. Errors as in `score`.
    """
    mine, theirs = checked_answers(ladder, own), checked_answers(ladder, other)
    aims = checked_aims(ladder, held, targets)
    bonus = checked_bonus(ladder, specialisation)
    weights = greatest_weights(ladder, aims if held is None else (held, *aims), bonus)
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


# Place and firmness


def _place(path: Sequence[str], levels: Mapping[str, LevelResult]) -> Place:
    """Climb one path twice, at the low and at the high end, and name the levels met above the low place."""
    low = _climbed(path, {level for level in path if levels[level].verdict.low == Verdict.MEETS})
    high = _climbed(path, {level for level in path if levels[level].verdict.high == Verdict.MEETS})
    return Place(
        low=path[low - 1] if low else None,
        high=path[high - 1] if high else None,
        spiky=tuple(level for level in path[low:] if levels[level].verdict.low == Verdict.MEETS),
    )


def _climbed(path: Sequence[str], met: set[str]) -> int:
    """Return how many levels from the bottom are met without one missing."""
    return next((count for count, level in enumerate(path) if level not in met), len(path))


def _own_track(ladder: ScoringLadder, held: str | None, targets: Sequence[str]) -> str:
    """Return the track a person is on or headed for; the individual contributor's, which comes first, if undecided."""
    level = targets[0] if targets else held
    if level is None or level in ladder.trunk:
        return next(iter(ladder.paths))
    return ladder.track_of[level]


def _firmness(
    ladder: ScoringLadder, asks: Mapping[str, Asks], given: Mapping[str, Answer], low: Steps, track: str
) -> Firmness:
    """Move each rating one step down and up and see which single moves change the low place."""

    def place(steps: Steps) -> str | None:
        reached = None
        for level in ladder.paths[track]:
            if verdict_of(asks[level], steps, ladder.policy) != Verdict.MEETS:
                break
            reached = level
        return reached

    before = place(low)
    moves = []
    for competency, answer in given.items():
        if not isinstance(answer, int):
            continue
        for step in (answer - 1, answer + 1):
            if LOWEST_STEP <= step <= HIGHEST_STEP:
                after = place({**low, competency: step})
                if after != before:
                    moves.append(Move(competency, step, after))
    return Firmness(track, tuple(moves))


# Towards a target


def _target_result(
    asks: Asks, given: Mapping[str, Answer], order: Iterable[str], policy: ScoringPolicy
) -> TargetResult:
    """Return what lies between the answers and a level that asks `asks`; `order` is the order of the questions."""
    rated = [(ask, answer) for ask in asks if isinstance(answer := given.get(ask.competency), int)]
    gaps = [Gap(ask.competency, step, ask.step, ask.weight) for ask, step in rated if step < ask.step]
    strengths = [Strength(ask.competency, step, ask.step, ask.weight) for ask, step in rated if step > ask.step]
    exposure = tuple(ask.competency for ask in asks if given.get(ask.competency) == NO_CHANCE)
    unanswered = tuple(ask.competency for ask in asks if ask.competency not in given)
    unknown = {*exposure, *unanswered}
    return TargetResult(
        # Both sorts are stable, so ties stay in ladder order.
        gaps=tuple(sorted(gaps, key=lambda gap: (not gap.must_have, -gap.weight * gap.gap))),
        exposure=exposure,
        unanswered=unanswered,
        strengths=tuple(sorted(strengths, key=lambda strength: -strength.surplus)),
        shortest_way=_shortest_way(gaps, points_asked(asks), policy),
        settles=tuple(competency for competency in order if competency in unknown),
    )


def _shortest_way(gaps: Sequence[Gap], asked: int, policy: ScoringPolicy) -> tuple[Raise, ...]:
    """Return the fewest single-step raises that make the level met once every unknown is met.

    Every must-have has to reach its step, so those raises are in any way. Each further raise earns its weight, so
    taking the heaviest first needs the fewest. Must-haves weigh most: one pass by falling weight does both. `gaps` in
    ladder order.
    """
    points = asked - sum(gap.weight * gap.gap for gap in gaps)
    raises = []
    for gap in sorted(gaps, key=lambda gap: -gap.weight):
        step = gap.step
        while step < gap.expected and (gap.must_have or not reaches(points, asked, policy.meets_at)):
            step += 1
            points += gap.weight
        if step > gap.step:
            raises.append(Raise(gap.competency, gap.step, step))
    return tuple(raises)


# Two raters


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
