"""The laws of scoring, on random small ladders and against a second, naive reading of the rule."""

import itertools
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.rule import compare_raters, is_settled, question_order, score
from assessments.scoring.values import Answer, Move, ScoringLadder, ScoringPolicy, Verdict
from tests.assessments.scoring.small_frameworks import (
    IC,
    MANAGER,
    POLICY,
    answers_to,
    exactly,
    frameworks,
    pm_framework,
    table_framework,
)

PM = pm_framework()

# Not by the clock: a slow machine should not turn a law red.
laws = settings(max_examples=150, deadline=None)
few = settings(max_examples=60, deadline=None)
SPECIALISATIONS = st.sampled_from([None, "special"])


@st.composite
def cases(draw: st.DrawFn, most: int = 5, *, complete: bool = False) -> tuple[ScoringLadder, dict[str, Answer]]:
    """Draw a framework and answers to it."""
    framework = draw(frameworks(most))
    return framework, draw(answers_to(framework, complete=complete))


@st.composite
def fuller(draw: st.DrawFn) -> tuple[ScoringLadder, dict[str, Answer], dict[str, Answer]]:
    """Draw answers and the same with one or more unknowns rated."""
    framework, before = draw(cases())
    unknown = [name for name in framework.competencies if not isinstance(before.get(name), int)]
    more: dict[str, Answer] = {name: draw(st.integers(0, 5)) for name in unknown if draw(st.booleans())}
    return framework, before, before | more


# The rule once more, word by word and without any of the module's helpers.


def expected(framework: ScoringLadder, level: str, competency: str, special: str | None) -> tuple[int, int]:
    """Return (step, weight) with the specialisation added."""
    asked = framework.expectations[level][competency]
    bonus = framework.specialisations[special].get(competency) if special else None
    if bonus is None or asked.weight == 0:
        return asked.step, asked.weight
    return min(5, asked.step + bonus), max(asked.weight, 2)


def naive(
    framework: ScoringLadder, level: str, steps: Mapping[str, int], special: str | None = None
) -> tuple[Fraction, Verdict]:
    """Return readiness and verdict of complete steps."""
    asked = {name: expected(framework, level, name, special) for name in framework.competencies}
    full = sum(weight * step for step, weight in asked.values())
    earned = sum((Fraction(weight) * min(steps[name], step) for name, (step, weight) in asked.items()), Fraction(0))
    readiness = earned / full if full else Fraction(1)
    short = [step - steps[name] for name, (step, weight) in asked.items() if weight == 3 and steps[name] < step]
    policy = framework.policy
    if not short and readiness >= policy.meets_at:
        return readiness, Verdict.MEETS
    if readiness < policy.close_at or len(short) > policy.close_max_blockers:
        return readiness, Verdict.NOT_YET
    return readiness, Verdict.NOT_YET if any(gap > policy.close_max_short for gap in short) else Verdict.CLOSE


def naive_place(framework: ScoringLadder, track: str, steps: Mapping[str, int], special: str | None = None) -> int:
    """Return how many levels of the track's path are met without a break."""
    path = framework.paths[track]
    met = [naive(framework, level, steps, special)[1] is Verdict.MEETS for level in path]
    return (*met, False).index(False)


def filled(framework: ScoringLadder, answers: Mapping[str, Answer], unknown: int) -> dict[str, int]:
    """Return complete steps with every unknown at one step."""
    return {
        name: answer if isinstance(answer := answers.get(name), int) else unknown for name in framework.competencies
    }


def completions(framework: ScoringLadder, answers: Mapping[str, Answer]) -> Iterator[dict[str, int]]:
    """Yield every way to answer what is unknown."""
    choices = [
        (answer,) if isinstance(answer := answers.get(name), int) else range(6) for name in framework.competencies
    ]
    for steps in itertools.product(*choices):
        yield dict(zip(framework.competencies, steps, strict=True))


def height(framework: ScoringLadder, track: str, place: str | None) -> int:
    """Return a place as the count of levels climbed."""
    return 0 if place is None else framework.paths[track].index(place) + 1


@laws
@given(cases(), SPECIALISATIONS)
def test_both_ends_are_the_rule_with_unknowns_at_0_and_at_5(
    case: tuple[ScoringLadder, dict[str, Answer]], special: str | None
) -> None:
    framework, answers = case
    result = score(framework, answers, specialisation=special)
    low, high = filled(framework, answers, 0), filled(framework, answers, 5)
    for slug, level in result.levels.items():
        assert (level.readiness.low, level.verdict.low) == naive(framework, slug, low, special)
        assert (level.readiness.high, level.verdict.high) == naive(framework, slug, high, special)
    for track, place in result.places.items():
        assert height(framework, track, place.low) == naive_place(framework, track, low, special)
        assert height(framework, track, place.high) == naive_place(framework, track, high, special)


@laws
@given(cases(), SPECIALISATIONS)
def test_bounded(case: tuple[ScoringLadder, dict[str, Answer]], special: str | None) -> None:
    framework, answers = case
    result = score(framework, answers, specialisation=special)
    for level in result.levels.values():
        assert 0 <= level.readiness.low <= level.readiness.high <= 1
        assert level.verdict.low <= level.verdict.high
    for track, place in result.places.items():
        assert height(framework, track, place.low) <= height(framework, track, place.high)


@laws
@given(cases(), st.data())
def test_raising_a_step_lowers_nothing(case: tuple[ScoringLadder, dict[str, Answer]], data: st.DataObject) -> None:
    framework, answers = case
    name = data.draw(st.sampled_from(framework.competencies))
    lower, upper = sorted((data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))))
    before, after = score(framework, answers | {name: lower}), score(framework, answers | {name: upper})
    for slug in framework.levels:
        one, two = before.levels[slug], after.levels[slug]
        assert one.readiness.low <= two.readiness.low
        assert one.readiness.high <= two.readiness.high
        assert one.verdict.low <= two.verdict.low
        assert one.verdict.high <= two.verdict.high
    for track in framework.paths:
        one_place, two_place = before.places[track], after.places[track]
        assert height(framework, track, one_place.low) <= height(framework, track, two_place.low)
        assert height(framework, track, one_place.high) <= height(framework, track, two_place.high)


@laws
@given(fuller(), SPECIALISATIONS)
def test_a_fuller_answer_stays_inside_the_range_shown_before(
    case: tuple[ScoringLadder, dict[str, Answer], dict[str, Answer]], special: str | None
) -> None:
    framework, answers, more = case
    before, after = (score(framework, given_, specialisation=special) for given_ in (answers, more))
    for slug in framework.levels:
        wide, narrow = before.levels[slug], after.levels[slug]
        assert wide.readiness.low <= narrow.readiness.low <= narrow.readiness.high <= wide.readiness.high
        assert wide.verdict.low <= narrow.verdict.low <= narrow.verdict.high <= wide.verdict.high
        if wide.verdict.settled:
            assert narrow.verdict == wide.verdict
    for track in framework.paths:
        outer, inner = before.places[track], after.places[track]
        heights = [height(framework, track, place) for place in (outer.low, inner.low, inner.high, outer.high)]
        assert heights == sorted(heights)


@few
@given(cases(most=3))
def test_a_range_is_as_narrow_as_it_can_be(case: tuple[ScoringLadder, dict[str, Answer]]) -> None:
    """Over all ways to answer the rest, the least and the greatest outcome are the two ends."""
    framework, answers = case
    result = score(framework, answers)
    ways = list(completions(framework, answers))
    for slug, level in result.levels.items():
        outcomes = [naive(framework, slug, steps) for steps in ways]
        readiness = [share for share, _ in outcomes]
        verdicts = [verdict.rank for _, verdict in outcomes]
        assert (min(readiness), max(readiness)) == (level.readiness.low, level.readiness.high)
        assert (min(verdicts), max(verdicts)) == (level.verdict.low.rank, level.verdict.high.rank)


@laws
@given(fuller(), SPECIALISATIONS, st.sampled_from([None, "low", "left", "right"]), st.booleans())
def test_settled_stays_settled(
    case: tuple[ScoringLadder, dict[str, Answer], dict[str, Answer]], special: str | None, held: str | None, both: bool
) -> None:
    framework, answers, more = case
    targets = ("left", "right") if both else None
    before = score(framework, answers, held=held, targets=targets, specialisation=special)
    aims = [*([held] if held else []), *before.targets]
    told = is_settled(framework, answers, held, targets, special)
    assert told == (bool(aims) and all(before.levels[slug].verdict.settled for slug in aims))
    if told:
        assert is_settled(framework, more, held, targets, special)
        after = score(framework, more, held=held, targets=targets, specialisation=special)
        assert all(after.levels[slug].verdict == before.levels[slug].verdict for slug in aims)


@laws
@given(cases(), SPECIALISATIONS)
def test_surplus_never_helps(case: tuple[ScoringLadder, dict[str, Answer]], special: str | None) -> None:
    """A level sees of each step no more than it asks, so cutting off the surplus changes nothing there."""
    framework, answers = case
    result = score(framework, answers, specialisation=special)
    for slug in framework.levels:
        cut: dict[str, Answer] = {
            name: min(answer, expected(framework, slug, name, special)[0]) if isinstance(answer, int) else answer
            for name, answer in answers.items()
        }
        level = score(framework, cut, specialisation=special).levels[slug]
        assert (level.readiness, level.verdict) == (result.levels[slug].readiness, result.levels[slug].verdict)
        assert (level.blockers, level.not_rated) == (result.levels[slug].blockers, result.levels[slug].not_rated)


@laws
@given(frameworks(), SPECIALISATIONS)
def test_exactly_what_a_level_asks_meets_it_and_all_below(framework: ScoringLadder, special: str | None) -> None:
    bonus = framework.specialisations[special] if special else {}
    for path in framework.paths.values():
        for count, slug in enumerate(path, start=1):
            levels = score(framework, exactly(framework, slug, bonus), specialisation=special).levels
            assert levels[slug].readiness.low == 1
            assert all(levels[lower].verdict.low is Verdict.MEETS for lower in path[:count])


@st.composite
def short_of_one_level(draw: st.DrawFn) -> tuple[ScoringLadder, dict[str, Answer]]:
    """Draw one level with all weights and answers mostly below what it asks, so that there is a way to go.

    Random ladders are met too often or by must-haves alone: on them a wrong choice among the light gaps went unseen.
    """
    rows, answers = [], dict[str, Answer]()
    for name in "abcd"[: draw(st.integers(2, 4))]:
        step = draw(st.integers(2, 5))
        rows.append(f"{name} | {draw(st.sampled_from(['{}*', '{}', '({})'])).format(step)}")
        if draw(st.integers(0, 5)):  # one in six stays open
            answers[name] = draw(st.one_of(st.integers(0, step - 1), st.integers(0, step - 1), st.integers(step, 5)))
    meets_at = draw(st.fractions(Fraction(1, 2), Fraction(1), max_denominator=20))
    policy = draw(st.sampled_from([POLICY, ScoringPolicy(meets_at, Fraction(1, 2), 1, 1)]))
    return table_framework("\n".join(["competency | only", *rows]), policy), answers


@given(
    st.one_of(
        st.tuples(short_of_one_level(), st.just("only"), st.none()),
        st.tuples(cases(most=4), st.sampled_from(["low", "left-top", "right"]), SPECIALISATIONS),
    )
)
@settings(max_examples=200, deadline=None)
def test_the_shortest_way_reaches_the_level_and_no_shorter_one_does(
    drawn: tuple[tuple[ScoringLadder, dict[str, Answer]], str, str | None],
) -> None:
    (framework, answers), target, special = drawn
    way = score(framework, answers, targets=(target,), specialisation=special).targets[target].shortest_way
    start = filled(framework, answers, 5)
    rated = [name for name in framework.competencies if isinstance(answers.get(name), int)]
    for step in way:
        assert step.competency in rated
        assert start[step.competency] == step.from_step < step.to_step
        assert step.to_step <= expected(framework, target, step.competency, special)[0]
    assert len({step.competency for step in way}) == len(way)
    end = start | {step.competency: step.to_step for step in way}
    assert naive(framework, target, end, special)[1] is Verdict.MEETS

    length = sum(step.to_step - step.from_step for step in way)
    for steps in itertools.product(*(range(start[name], 6) for name in rated)):
        if sum(steps) - sum(start[name] for name in rated) < length:
            other = start | dict(zip(rated, steps, strict=True))
            assert naive(framework, target, other, special)[1] is not Verdict.MEETS


@laws
@given(cases(), st.sampled_from(["left", "left-top", "right"]), SPECIALISATIONS)
def test_a_target_sorts_what_it_asks_for(
    case: tuple[ScoringLadder, dict[str, Answer]], target: str, special: str | None
) -> None:
    """Each competency asked for is in just one of: gap, met to the point, strength, no chance, unanswered."""
    framework, answers = case
    result = score(framework, answers, held="low", targets=(target,), specialisation=special)
    found = result.targets[target]
    asked = [name for name in framework.competencies if expected(framework, target, name, special)[1]]
    met = [name for name in asked if answers.get(name) == expected(framework, target, name, special)[0]]
    listed = [
        *(gap.competency for gap in found.gaps),
        *met,
        *(strength.competency for strength in found.strengths),
        *found.exposure,
        *found.unanswered,
    ]
    assert sorted(listed) == sorted(asked)
    keys = [(not gap.must_have, -gap.weight * gap.gap, asked.index(gap.competency)) for gap in found.gaps]
    assert keys == sorted(keys)
    surplus = [(-strength.surplus, asked.index(strength.competency)) for strength in found.strengths]
    assert surplus == sorted(surplus)
    assert {gap.competency for gap in found.gaps if gap.must_have} == set(result.levels[target].blockers)
    order = question_order(framework, "low", (target,), special)
    assert sorted(order) == sorted(framework.competencies)
    assert found.settles == tuple(name for name in order if name in {*found.exposure, *found.unanswered})


@laws
@given(cases(), st.sampled_from([("left", IC), ("right", MANAGER)]), SPECIALISATIONS)
def test_firmness_names_just_the_moves_that_change_the_place(
    case: tuple[ScoringLadder, dict[str, Answer]], target: tuple[str, str], special: str | None
) -> None:
    framework, answers = case
    slug, track = target

    def place(given_: Mapping[str, Answer]) -> str | None:
        return score(framework, given_, specialisation=special).places[track].low

    moves = [
        Move(name, step, place(answers | {name: step}))
        for name in framework.competencies
        if isinstance(answer := answers.get(name), int)
        for step in (answer - 1, answer + 1)
        if 0 <= step <= 5
    ]
    firmness = score(framework, answers, targets=(slug,), specialisation=special).firmness
    assert firmness.track == track
    assert list(firmness.moved_by) == [move for move in moves if move.place != place(answers)]


@few
@given(cases(), st.randoms(use_true_random=False), SPECIALISATIONS)
def test_the_order_of_the_answers_does_not_matter_and_the_same_gives_the_same(
    case: tuple[ScoringLadder, dict[str, Answer]], random: Any, special: str | None
) -> None:
    framework, answers = case
    shuffled = list(answers.items())
    random.shuffle(shuffled)
    documents = [
        json.dumps(score(framework, given_, held="low", specialisation=special).as_json(with_terms=True))
        for given_ in (answers, answers, dict(shuffled))
    ]
    assert documents[0] == documents[1] == documents[2]


@few
@given(cases(), SPECIALISATIONS)
def test_json_round_trips_and_its_terms_give_the_readiness_again(
    case: tuple[ScoringLadder, dict[str, Answer]], special: str | None
) -> None:
    framework, answers = case
    document = score(framework, answers, held="low", specialisation=special).as_json(with_terms=True)
    assert json.loads(json.dumps(document)) == document
    for level in document["levels"].values():
        asked = sum(term["asked"] for term in level["terms"])
        for end in ("low", "high"):
            earned = sum(term["credit"][end] for term in level["terms"])
            assert Fraction(level["readiness"][end]) == (Fraction(earned, asked) if asked else 1)


@few
@given(answers_to(PM, complete=True), answers_to(PM, complete=True))
def test_kappa_is_the_textbooks(own: dict[str, Answer], other: dict[str, Answer]) -> None:
    """Cohen's kappa from its six by six tables: observed shares, shares by chance, weights (i - j)²."""
    pairs = [(own[name], other[name]) for name in PM.competencies]
    cells = list(itertools.product(range(6), repeat=2))
    observed = sum(Fraction((i - j) ** 2 * pairs.count((i, j)), 25) for i, j in cells)
    mine, theirs = [own[name] for name in own], [other[name] for name in other]
    by_chance = sum(Fraction((i - j) ** 2 * mine.count(i) * theirs.count(j), 25 * 25) for i, j in cells)
    agreement = compare_raters(own, other, PM)
    assert agreement.kappa == (1 - observed / by_chance if by_chance else None)
    assert compare_raters(other, own, PM).kappa == agreement.kappa


@few
@given(answers_to(PM), st.sampled_from([None, *PM.levels]), st.sampled_from([None, *PM.specialisations]))
def test_the_built_in_ladder_agrees_with_the_naive_reading(
    answers: dict[str, Answer], held: str | None, special: str | None
) -> None:
    result = score(PM, answers, held=held, specialisation=special)
    for slug, level in result.levels.items():
        assert (level.readiness.low, level.verdict.low) == naive(PM, slug, filled(PM, answers, 0), special)
        assert (level.readiness.high, level.verdict.high) == naive(PM, slug, filled(PM, answers, 5), special)
    for slug, target in result.targets.items():
        end = filled(PM, answers, 5) | {step.competency: step.to_step for step in target.shortest_way}
        assert naive(PM, slug, end, special)[1] is Verdict.MEETS
