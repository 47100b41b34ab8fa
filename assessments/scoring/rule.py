"""The rule that turns answers into readiness, verdicts, places and a way on: pure, exact, checkable by hand.

This is rule 2. Credit is capped at what a level asks, so surplus hides no hole; only must-haves are conjunctive; an
unknown is never a zero but widens a range. For one level, over the competencies with weight > 0:

    readiness = sum of weight x min(step, expected) / sum of weight x expected

By hand: a level asks strategy 4 (a must-have, weight 3), data 3 (weight 2) and portfolio 2 (weight 1), 20 points in
all. Steps 4, 2 and 5 earn 12 + 4 + 2 = 18, so readiness is 9/10 and, with the must-have met and meets_at at 17/20, the
level is met. With data unknown, readiness is 7/10 to 1 and the verdict close to meets: it depends on that one answer.

The place on a track is the highest level met. Levels below it that are not are holes, and named; they lower nothing.
Sums stay whole numbers inside and become fractions at the end: a quiz scores after each answer, firmness works out
a place about fifty times.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from assessments.scoring.levels import (
    Asks,
    Steps,
    asks_at,
    asks_of,
    both_ends,
    checked_answers,
    checked_bonus,
    checked_levels,
    level_result,
    points_asked,
    reaches,
    verdict_of,
)
from assessments.scoring.values import (
    BEFORE_FIRST,
    LOWEST_STEP,
    NO_CHANCE,
    Answer,
    Answers,
    Firmness,
    Gap,
    LevelResult,
    Move,
    Place,
    Raise,
    Result,
    ScoringLadder,
    ScoringPolicy,
    Strength,
    TargetResult,
    Verdict,
)
from ladder.document.kinds import MUST_HAVE

KEPT = 1024
"""What follows from a ladder alone is worked out once for so many ladders, levels and wishes."""


def score(
    ladder: ScoringLadder,
    answers: Answers,
    *,
    held: str | None = None,
    targets: Sequence[str] | None = None,
    specialisation: str | None = None,
) -> Result:
    """Return all that follows from `answers`, the same for the same input.

    `targets` are what the person wishes; none means the next level(s) after `held`. `held` None means that nobody said
    it: then it is the low place on the track where that stands higher, or the first level.

    Raises ScoringError for a competency, level or specialisation the ladder lacks and for a step that is no whole
    number 0..n.
    """
    given = checked_answers(ladder, answers)
    checked_levels(ladder, held, targets)
    low, high = both_ends(ladder, given)
    asks = asks_of(ladder, specialisation)
    levels = {level: level_result(asks[level], given, low, high, ladder.policy) for level in ladder.levels}
    places = {track: _place(path, levels) for track, path in ladder.paths.items()}
    held = held or _assumed(ladder, places)
    places = _with_so_far(ladder, places, asks, given, held)
    wishes = checked_levels(ladder, held, targets)
    track = _own_track(ladder, wishes[0] if wishes else held, places)
    aims = tuple(dict.fromkeys(aim for wish in wishes or (held,) for aim in _aims(ladder, wish, places, levels)))
    order = _order(ladder, asks, held, aims, wishes)
    return Result(
        ladder=ladder.slug,
        version=ladder.version,
        levels=levels,
        places=places,
        held=held,
        wishes=wishes,
        track=track,
        aims=aims,
        targets={level: _target_result(ladder, asks[level], given, order) for level in dict.fromkeys((*aims, *wishes))},
        firmness=_firmness(ladder, asks, given, low, track),
    )


def place_on(ladder: ScoringLadder, answers: Answers, track: str, specialisation: str | None = None) -> Place:
    """Return where the answers stand on one track, without what is said so far. Cheaper than `score`."""
    given = checked_answers(ladder, answers)
    bonus = checked_bonus(ladder, specialisation)
    low, high = both_ends(ladder, given)
    path = ladder.paths[track]
    asks = {level: asks_at(ladder, level, bonus) for level in path}
    return _place(path, {level: level_result(asks[level], given, low, high, ladder.policy) for level in path})


def is_named(
    ladder: ScoringLadder,
    answers: Answers,
    held: str | None = None,
    targets: Sequence[str] | None = None,
    specialisation: str | None = None,
) -> bool:
    """Whether the place on the person's track can be named, as `score` finds it; False while nothing is rated.

    Cheaper than `score`, since a quiz asks after each answer. Targets and errors as in `score`.
    """
    given = checked_answers(ladder, answers)
    wishes = checked_levels(ladder, held, targets)
    asks = asks_of(ladder, specialisation)
    if not any(isinstance(answer, int) for answer in given.values()):
        return False
    ends = both_ends(ladder, given)
    places = {}
    for track, path in ladder.paths.items():
        low, high = (_placed_at(path, asks, steps, ladder.policy) for steps in ends)
        places[track] = Place(path[low] if low >= 0 else None, path[high] if high >= 0 else None, named=high - low <= 1)
    held = held or _assumed(ladder, places)
    wishes = wishes or checked_levels(ladder, held, targets)
    return places[_own_track(ladder, wishes[0] if wishes else held, places)].named


@lru_cache(maxsize=KEPT)
def asked_first(ladder: ScoringLadder, held: str | None = None) -> tuple[str, ...]:
    """Return what the quick quiz asks: the must-haves of the level held (without one, the first), then those of the
    next levels, each once, in the order of the questions. Empty where none of these levels has any.
    """
    held = held or _first_level(ladder)
    weights = weights_at(asks_of(ladder, None), (held, *checked_levels(ladder, held, None)))
    return tuple(slug for slug in question_order(ladder, held) if weights.get(slug) == MUST_HAVE)


def question_order(
    ladder: ScoringLadder,
    held: str | None = None,
    targets: Sequence[str] | None = None,
    specialisation: str | None = None,
) -> tuple[str, ...]:
    """Return all competencies in the order in which to ask them while nothing is answered, so aims are the wishes.

    Must-haves of the level held (without one, the first), must-haves of the wishes, the rest by falling weight at the
    wishes (the greater of two), then ladder order; last what none of them asks. Targets and errors as in `score`.
    """
    return _question_order(ladder, held or _first_level(ladder), tuple(targets or ()), specialisation)


@lru_cache(maxsize=KEPT)
def _question_order(
    ladder: ScoringLadder, held: str, targets: tuple[str, ...], specialisation: str | None
) -> tuple[str, ...]:
    wishes = checked_levels(ladder, held, targets)
    return _order(ladder, asks_of(ladder, specialisation), held, wishes, wishes)


def _order(
    ladder: ScoringLadder, asks: Mapping[str, Asks], held: str, aims: Iterable[str], wishes: Iterable[str]
) -> tuple[str, ...]:
    """Return all competencies in the order to ask them: must-haves of `held`, of `aims`, weight at `wishes`."""
    here, ahead, wished = (weights_at(asks, levels) for levels in ((held,), aims, wishes))

    def turn(competency: str) -> tuple[bool, bool, bool, int]:
        weights = [table.get(competency, 0) for table in (here, ahead, wished)]
        return not any(weights), weights[0] != MUST_HAVE, weights[1] != MUST_HAVE, -weights[2]

    return tuple(sorted(ladder.competencies, key=turn))  # a stable sort keeps ladder order


def weights_at(asks: Mapping[str, Asks], levels: Iterable[str]) -> dict[str, int]:
    """Return competency -> its greatest weight at any of the levels."""
    weights: dict[str, int] = {}
    for level in levels:
        for ask in asks[level]:
            weights[ask.competency] = max(ask.weight, weights.get(ask.competency, 0))
    return weights


# Place and firmness


def _place(path: Sequence[str], levels: Mapping[str, LevelResult]) -> Place:
    """Find the highest level met, at the low and at the high end, and what is not met below the low one."""
    low = _highest(path, lambda level: levels[level].verdict.low == Verdict.MEETS)
    high = _highest(path, lambda level: levels[level].verdict.high == Verdict.MEETS)
    below = [level for level in path[: max(low, 0)] if levels[level].verdict.low != Verdict.MEETS]
    return Place(
        low=path[low] if low >= 0 else None,
        high=path[high] if high >= 0 else None,
        named=high - low <= 1,
        holes=tuple(level for level in below if levels[level].verdict.high != Verdict.MEETS),
        unsettled=tuple(level for level in below if levels[level].verdict.high == Verdict.MEETS),
    )


def _highest(path: Sequence[str], is_met: Callable[[str], bool]) -> int:
    """Return the position of the highest level that is met; -1 for none."""
    return next((position for position in reversed(range(len(path))) if is_met(path[position])), -1)


def _placed(path: Sequence[str], asks: Mapping[str, Asks], steps: Steps, policy: ScoringPolicy) -> str | None:
    """Return the place of complete steps on one path."""
    position = _placed_at(path, asks, steps, policy)
    return path[position] if position >= 0 else None


def _placed_at(path: Sequence[str], asks: Mapping[str, Asks], steps: Steps, policy: ScoringPolicy) -> int:
    """Return the position of the place of complete steps on one path; -1 before the first level."""
    return _highest(path, lambda level: verdict_of(asks[level], steps, policy) == Verdict.MEETS)


def _with_so_far(
    ladder: ScoringLadder,
    places: Mapping[str, Place],
    asks: Mapping[str, Asks],
    given: Mapping[str, Answer],
    held: str,
) -> dict[str, Place]:
    """Add to places that can't be named where they are if each unknown is as the level held asks."""
    is_rated = any(isinstance(answer, int) for answer in given.values())
    if not is_rated or any(ask.weight == MUST_HAVE and ask.competency not in given for ask in asks[held]):
        return dict(places)
    steps = dict.fromkeys(ladder.competencies, LOWEST_STEP) | {ask.competency: ask.step for ask in asks[held]}
    steps |= {competency: answer for competency, answer in given.items() if isinstance(answer, int)}
    return {
        track: place
        if place.named
        else replace(place, so_far=_placed(ladder.paths[track], asks, steps, ladder.policy) or BEFORE_FIRST)
        for track, place in places.items()
    }


def _assumed(ladder: ScoringLadder, places: Mapping[str, Place]) -> str:
    """Return the level taken as held where nobody said one: the low place that stands highest, or the first level."""
    return places[_higher_track(ladder, places)].low or _first_level(ladder)


def _first_level(ladder: ScoringLadder) -> str:
    return next(iter(ladder.paths.values()))[0]


def _higher_track(ladder: ScoringLadder, places: Mapping[str, Place]) -> str:
    """Return the track on which the low place has the higher band; the first of equal ones."""
    return max(ladder.paths, key=lambda track: ladder.bands[low] if (low := places[track].low) else 0)


def _own_track(ladder: ScoringLadder, level: str, places: Mapping[str, Place]) -> str:
    """Return the track of the first wish, or of the level held without one; on the trunk that of the higher place."""
    return _higher_track(ladder, places) if level in ladder.trunk else ladder.track_of[level]


def _aims(
    ladder: ScoringLadder, wish: str, places: Mapping[str, Place], levels: Mapping[str, LevelResult]
) -> tuple[str, ...]:
    """Return what advice towards a wish is about: the level after the place on its path, named or so far.

    Without such a place the wish itself. At the end of the path the crossings that are ahead; else nothing.
    """
    track = ladder.track_for(wish)
    path, place = ladder.paths[track], places[track]
    if not place.named and place.so_far is None:
        return (wish,)
    stands = place.low if place.named else place.so_far
    at = path.index(stands) if stands in path else -1
    if at + 1 < len(path):
        return (path[at + 1],)
    return tuple(
        level for level in ladder.crossings.get(path[at], ()) if _is_ahead(ladder, level, places, levels[level])
    )


def _is_ahead(ladder: ScoringLadder, level: str, places: Mapping[str, Place], result: LevelResult) -> bool:
    """Whether a level is not met, and lies above the low place of its own track."""
    if result.verdict.low == Verdict.MEETS or level in ladder.trunk:
        return False
    track = ladder.track_of[level]
    path, low = ladder.paths[track], places[track].low
    return low is None or path.index(level) > path.index(low)


def _firmness(
    ladder: ScoringLadder, asks: Mapping[str, Asks], given: Mapping[str, Answer], low: Steps, track: str
) -> Firmness:
    """Move each rating one described step down and up and see which single moves change the low place."""
    path = ladder.paths[track]
    before = _placed(path, asks, low, ladder.policy)
    moves = []
    for competency, answer in given.items():
        if not isinstance(answer, int):
            continue
        for step in (ladder.below(competency, answer), ladder.above(competency, answer)):
            if step is None:
                continue
            after = _placed(path, asks, {**low, competency: step}, ladder.policy)
            if after != before:
                moves.append(Move(competency, step, after))
    return Firmness(track, tuple(moves))


# Towards a target


def _target_result(
    ladder: ScoringLadder, asks: Asks, given: Mapping[str, Answer], order: Iterable[str]
) -> TargetResult:
    """Return what lies between the answers and a level that asks `asks`; `order` is the order of the questions."""
    rated = [(ask, answer) for ask in asks if isinstance(answer := given.get(ask.competency), int)]
    gaps = [Gap(ask.competency, step, ask.step, ask.weight) for ask, step in rated if step < ask.step]
    strengths = [Strength(ask.competency, step, ask.step, ask.weight) for ask, step in rated if step > ask.step]
    exposure = tuple(ask.competency for ask in asks if given.get(ask.competency) == NO_CHANCE)
    unanswered = tuple(ask.competency for ask in asks if ask.competency not in given)
    unknown = {*exposure, *unanswered}
    # Both sorts are stable, so ties stay in ladder order.
    gaps.sort(key=lambda gap: (not gap.must_have, -gap.weight * gap.gap))
    return TargetResult(
        gaps=tuple(gaps),
        exposure=exposure,
        unanswered=unanswered,
        strengths=tuple(sorted(strengths, key=lambda strength: -strength.surplus)),
        shortest_way=_shortest_way(ladder, gaps, points_asked(asks)),
        settles=tuple(competency for competency in order if competency in unknown),
    )


def _shortest_way(ladder: ScoringLadder, gaps: Sequence[Gap], asked: int) -> tuple[Raise, ...]:
    """Return the fewest single-step raises that make the level met once every unknown is met.

    Every must-have has to reach its step, so those raises are in any way, in the order of `gaps`. Each further raise
    earns its weight, so taking the heaviest first, in ladder order, needs the fewest.
    """
    points = asked - sum(gap.weight * gap.gap for gap in gaps)
    raises = []
    for gap in gaps:
        if gap.must_have:
            points += gap.weight * gap.gap
            raises.append(Raise(gap.competency, gap.step, gap.expected))
    position = {competency: number for number, competency in enumerate(ladder.competencies)}
    others = [gap for gap in gaps if not gap.must_have]
    for gap in sorted(others, key=lambda gap: (-gap.weight, position[gap.competency])):
        step = gap.step
        while step < gap.expected and not reaches(points, asked, ladder.policy.meets_at):
            higher = min(ladder.above(gap.competency, step) or gap.expected, gap.expected)
            points += gap.weight * (higher - step)
            step = higher
        if step > gap.step:
            raises.append(Raise(gap.competency, gap.step, step))
    return tuple(raises)
